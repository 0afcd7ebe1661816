//! How each event changes what the meter remembers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::meter::Meter;
use crate::meter::command::Verification;
use crate::meter::event::{AdoptedReading, MeterEvent};
use crate::meter::reading::{CorrectionReason, Finding, Reading, RegisterValue};
use crate::meter::state::{
    ChannelMap, DatedAct, Failure, IMPUTATIONS_MAX, KnownReading, KnownSeal, PAPERS_MAX, PERIODS,
    PLACEMENTS_MAX, Passport, Placement, Registered, Removal, SEALS_MAX, StandingImputation,
    UNACCEPTED_MAX, Unaccepted, Values, WITHDRAWN_MAX, push_bounded,
};
use crate::meter::submission::Outcome;
use crate::text::{Code, Label};
use crate::vocabulary::ReadingSource;

impl Meter {
    /// Takes the event in; `sequence` is its own already.
    pub(super) fn fold(&mut self, event: MeterEvent) {
        use MeterEvent as E;
        match event {
            E::ReadingRecorded {
                reading,
                flags,
                confirms,
            } => {
                self.change_readings(|meter| meter.fold_recorded(reading, &flags, confirms));
                self.prune_readings();
            }
            E::ReadingHeld {
                reading, findings, ..
            } => {
                self.fold_unaccepted(reading, Outcome::Held, &findings);
            }
            E::ReadingRejected { reading, findings } => {
                self.fold_unaccepted(reading, Outcome::Rejected, &findings);
            }
            E::ReadingFlagged { reading, finding } => self.fold_flag(reading, &finding),
            E::ControlReadingRecorded {
                reading,
                contradicts,
                ..
            } => {
                self.change_readings(|meter| meter.fold_control(reading, &contradicts));
                self.prune_readings();
            }
            E::ReadingWithdrawn { reading, .. } => {
                self.change_readings(|meter| meter.fold_withdrawal(reading));
            }
            E::ReadingCorrected {
                reading,
                values,
                reason,
                ..
            } => {
                self.change_readings(|meter| meter.fold_correction(reading, &values, reason));
            }
            E::RolloverDeclared {
                register, reading, ..
            } => self.fold_turn(reading, &register),
            E::SeriesAdopted { readings, .. } => self.fold_series(readings),
            E::ValueImputed {
                volumes,
                period,
                interval,
                method,
                ..
            } => {
                let sequence = self.sequence;
                self.fold_imputation(StandingImputation {
                    sequence,
                    period,
                    interval,
                    method,
                    volumes,
                });
            }
            E::ImputationSuperseded { imputed, .. } => {
                self.imputations
                    .retain(|standing| standing.sequence != imputed);
            }
            E::SiblingReadingMissed { period, .. } => {
                push_bounded(&mut self.siblings_missed, period, PERIODS);
            }
            device => self.fold_device(device),
        }
    }

    /// Events of the device itself, apart from its readings.
    fn fold_device(&mut self, event: MeterEvent) {
        use MeterEvent as E;
        match event {
            E::MeterRegistered {
                resource,
                serial,
                model,
                registers,
                verification_interval_months,
                made_in,
            } => {
                self.registered = Some(Registered {
                    resource,
                    serial,
                    model,
                    registers,
                    verification_interval_months,
                    made_in,
                });
            }
            E::PassportLinked { registry, number } => {
                push_bounded(
                    &mut self.passports,
                    Passport { registry, number },
                    PAPERS_MAX,
                );
            }
            E::SubsystemConfigured {
                version,
                from,
                channels,
            } => {
                self.channels = ChannelMap {
                    version,
                    from: Some(from),
                    channels,
                };
            }
            E::VerificationRecorded {
                performed_on,
                valid_until,
                certificate,
                registry_record,
                organisation,
            } => {
                let verification = Verification {
                    performed_on,
                    valid_until,
                    certificate,
                    registry_record,
                    organisation,
                };
                push_bounded(&mut self.verifications, verification, PAPERS_MAX);
            }
            E::MeterEnteredBook { .. } => self.entered = true,
            E::MeterLeftBook { at, .. } => self.left_at = Some(at),
            at_the_point => self.fold_stay(at_the_point),
        }
    }

    /// Events of the stay at a point.
    fn fold_stay(&mut self, event: MeterEvent) {
        use MeterEvent as E;
        match event {
            E::MeterInstalled {
                point,
                at,
                initial,
                transformer_ratio,
                ..
            } => {
                let placement = Placement {
                    sequence: self.sequence,
                    point,
                    installed_at: at,
                    initial: self.recall(&initial),
                    transformer_ratio,
                    commissionings: vec![],
                    removal: None,
                };
                push_bounded(&mut self.placements, placement, PLACEMENTS_MAX);
            }
            E::MeterCommissioned { act, at } => {
                if let Some(placement) = self.placements.last_mut() {
                    push_bounded(
                        &mut placement.commissionings,
                        DatedAct { act, at },
                        PAPERS_MAX,
                    );
                }
            }
            E::MeterRemoved {
                at,
                r#final,
                reason,
                ..
            } => {
                let removal = Removal {
                    at,
                    r#final: self.recall(&r#final),
                    reason,
                };
                if let Some(placement) = self.placements.last_mut() {
                    placement.removal = Some(removal);
                }
            }
            E::FinalReadingRecorded {
                removed_at,
                r#final,
                ..
            } => self.fold_final(removed_at, &r#final),
            E::MeterSealed { seal, at, .. } => {
                let known = KnownSeal {
                    seal,
                    set_at: Some(at),
                    broken_at: None,
                };
                push_bounded(&mut self.seals, known, SEALS_MAX);
            }
            E::SealBroken { seal, at, .. } => self.fold_broken_seal(seal, at),
            E::MeterFailed { at, cause, .. } => self.failure = Some(Failure { at, cause }),
            E::MeterRestored { at, .. } => {
                self.failure = None;
                self.restored_at = Some(at);
            }
            E::MeterRepaired { at, .. } => push_bounded(&mut self.repairs, at, PAPERS_MAX),
            of_an_act => self.fold_act(of_an_act),
        }
    }

    /// A final reading of a meter that was taken away without one.
    fn fold_final(&mut self, removed_at: DateTime<Utc>, r#final: &[RegisterValue]) {
        let r#final = self.recall(r#final);
        let removals = self.placements.iter_mut().rev();
        let mut removals = removals.filter_map(|placement| placement.removal.as_mut());
        if let Some(removal) = removals.find(|removal| removal.at == removed_at) {
            removal.r#final = r#final;
        }
    }

    /// Acts about access to the meter and tampering with it.
    fn fold_act(&mut self, event: MeterEvent) {
        use MeterEvent as E;
        match event {
            E::AccessRefused { act, at, ordinal } => {
                self.refusals.in_row = ordinal;
                push_bounded(&mut self.refusals.acts, DatedAct { act, at }, PAPERS_MAX);
            }
            E::MeterInspected { act, at } => {
                self.refusals.in_row = 0;
                push_bounded(&mut self.inspections, DatedAct { act, at }, PAPERS_MAX);
            }
            E::TamperingFound { act, at, .. } => {
                self.tamperings.open = Some(at);
                push_bounded(&mut self.tamperings.found, DatedAct { act, at }, PAPERS_MAX);
            }
            E::TamperingEnded { act, at } => {
                self.tamperings.open = None;
                push_bounded(&mut self.tamperings.ended, DatedAct { act, at }, PAPERS_MAX);
            }
            _ => {}
        }
    }

    fn fold_broken_seal(&mut self, seal: Label, at: DateTime<Utc>) {
        let intact = |known: &&mut KnownSeal| known.seal == seal && known.broken_at.is_none();
        match self.seals.iter_mut().rev().find(intact) {
            Some(known) => known.broken_at = Some(at),
            None => {
                let found = KnownSeal {
                    seal,
                    set_at: None,
                    broken_at: Some(at),
                };
                push_bounded(&mut self.seals, found, SEALS_MAX);
            }
        }
    }

    fn recall(&self, values: &[RegisterValue]) -> Values {
        self.registered
            .as_ref()
            .map_or_else(Vec::new, |registered| registered.recall(values))
    }

    fn fold_recorded(&mut self, reading: Reading, flags: &[Finding], confirms: Option<u64>) {
        let sequence = self.sequence;
        let settled = |known: &&mut Unaccepted| Some(known.sequence) == confirms;
        if let Some(held) = self.unaccepted.iter_mut().find(settled) {
            held.settled_by = Some(sequence);
        }
        if matches!(
            reading.source,
            ReadingSource::Control | ReadingSource::Inspector
        ) {
            self.refusals.in_row = 0;
        }
        let known = KnownReading {
            sequence,
            taken_at: reading.taken_at,
            period: reading.period,
            source: Some(reading.source),
            channel: Some(reading.channel),
            origin: reading.origin,
            values: self.recall(&reading.values),
            reported: None,
            turned: BTreeSet::new(),
            marks: flags.iter().map(|flag| flag.rule).collect(),
            withdrawn: false,
            contradicted: false,
        };
        self.readings.push(known);
    }

    fn fold_unaccepted(&mut self, reading: Reading, outcome: Outcome, findings: &[Finding]) {
        let known = Unaccepted {
            sequence: self.sequence,
            outcome,
            taken_at: reading.taken_at,
            period: reading.period,
            source: reading.source,
            channel: reading.channel,
            origin: reading.origin,
            values: reading.values,
            rules: findings.iter().map(|finding| finding.rule).collect(),
            settled_by: None,
            withdrawn: false,
        };
        self.unaccepted.push(known);
        // Rejections must not drive out what waits for an answer: each kind has its own bound.
        let same_kind = |known: &Unaccepted| known.outcome == outcome;
        let count = self
            .unaccepted
            .iter()
            .filter(|known| same_kind(known))
            .count();
        let oldest = self.unaccepted.iter().position(same_kind);
        if let Some(oldest) = oldest.filter(|_| count > UNACCEPTED_MAX) {
            self.unaccepted.remove(oldest);
        }
    }

    fn fold_flag(&mut self, reading: u64, finding: &Finding) {
        for known in self
            .readings
            .iter_mut()
            .filter(|known| known.sequence == reading)
        {
            known.marks.insert(finding.rule);
        }
    }

    fn fold_withdrawal(&mut self, reading: u64) {
        for known in self
            .readings
            .iter_mut()
            .filter(|known| known.sequence == reading)
        {
            known.withdrawn = true;
        }
        for held in self
            .unaccepted
            .iter_mut()
            .filter(|held| held.sequence == reading)
        {
            held.withdrawn = true;
        }
        push_bounded(&mut self.withdrawn, reading, WITHDRAWN_MAX);
    }

    /// A correction by the sender himself changes what he reported; one by us does not, so that
    /// his old row, sent again, is recognised and does not undo the correction.
    fn fold_correction(&mut self, reading: u64, values: &[RegisterValue], why: CorrectionReason) {
        let corrected = self.recall(values);
        let by_sender = matches!(
            why,
            CorrectionReason::Reimported | CorrectionReason::ArchiveReread
        );
        for known in self
            .readings
            .iter_mut()
            .filter(|known| known.sequence == reading)
        {
            let before = std::mem::replace(&mut known.values, corrected.clone());
            known.contradicted = false;
            known.reported = match by_sender {
                true => None,
                false => Some(known.reported.take().unwrap_or(before)),
            };
        }
    }

    fn fold_turn(&mut self, reading: u64, register: &Code) {
        let registered = self.registered.as_ref();
        let Some(index) = registered.and_then(|registered| registered.index_of(register)) else {
            return;
        };
        for known in self
            .readings
            .iter_mut()
            .filter(|known| known.sequence == reading)
        {
            known.turned.insert(index);
        }
    }

    fn fold_control(&mut self, reading: Reading, contradicts: &[u64]) {
        self.fold_recorded(reading, &[], None);
        for known in &mut self.readings {
            known.contradicted |= contradicts.contains(&known.sequence);
        }
    }

    fn fold_series(&mut self, series: Vec<AdoptedReading>) {
        for adopted in series {
            let known = KnownReading {
                sequence: self.sequence,
                taken_at: adopted.taken_at,
                period: adopted.period,
                source: None,
                channel: None,
                origin: None,
                values: self.recall(&adopted.values),
                reported: None,
                turned: BTreeSet::new(),
                marks: BTreeSet::new(),
                withdrawn: false,
                contradicted: false,
            };
            self.readings.push(known);
        }
        self.prune_readings();
    }

    fn fold_imputation(&mut self, imputation: StandingImputation) {
        if self.imputations.len() == IMPUTATIONS_MAX {
            self.imputations_forgotten = self.imputations[0].sequence;
        }
        push_bounded(&mut self.imputations, imputation, IMPUTATIONS_MAX);
    }
}
