//! Takes in the events of one meter and keeps them all, each with what became of it.

use aggregates::book_event::BookEvent;
use aggregates::ids::MeterId;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Finding, Reading};
use chrono::{DateTime, Utc};

use crate::meter_history::model::{
    CorrectionEntry, Entry, Fact, FindingEntry, ImputedEntry, MeterHistory, Outcome, ReadingEntry,
    RolloverEntry, SupersessionEntry, WithdrawalEntry,
};
use crate::recorded::{Cursor, EventAt, FoldError, Recorded};

/// Collects the history of one meter. Events of other streams are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterHistoryFold {
    meter: MeterId,
    cursor: Cursor,
    registered: Option<Box<MeterEvent>>,
    position: u64,
    entries: Vec<Entry>,
}

impl MeterHistoryFold {
    /// The fold of a meter's history; nothing is known of it yet.
    pub fn new(meter: MeterId) -> Self {
        Self {
            meter,
            cursor: Cursor::default(),
            registered: None,
            position: 0,
            entries: Vec::new(),
        }
    }

    /// Takes in the next event of the book. The reader may leave out all streams but the meter's.
    ///
    /// # Errors
    /// [`FoldError`]: another book, a position that does not rise, or a stream whose first event
    /// is missing.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let mut cursor = self.cursor;
        cursor.advance(recorded)?;
        if let BookEvent::Meter(event) = &recorded.event
            && recorded.aggregate_id == self.meter.0
        {
            self.take_in(event, recorded)?;
            self.position = recorded.position;
        }
        self.cursor = cursor;
        Ok(())
    }

    /// The history so far, in the order of when things were true; `None` while the meter is not
    /// registered.
    pub fn history(&self) -> Option<MeterHistory> {
        let MeterEvent::MeterRegistered {
            resource,
            serial,
            model,
            registers,
            ..
        } = self.registered.as_deref()?
        else {
            return None;
        };
        let mut entries = self.entries.clone();
        entries.sort_by_key(|entry| (entry.at, entry.event.position));
        Some(MeterHistory {
            meter: self.meter,
            resource: *resource,
            serial: serial.clone(),
            model: model.clone(),
            registers: registers.clone(),
            position: self.position,
            entries,
        })
    }

    fn take_in(&mut self, event: &MeterEvent, recorded: &Recorded) -> Result<(), FoldError> {
        if matches!(event, MeterEvent::MeterRegistered { .. }) {
            self.registered = Some(Box::new(event.clone()));
        } else if self.registered.is_none() {
            let (event, position) = (recorded.event_id(), recorded.position);
            return Err(FoldError::MeterNotRegistered { event, position });
        }
        match event {
            MeterEvent::ReadingRecorded { .. }
            | MeterEvent::ReadingHeld { .. }
            | MeterEvent::ReadingRejected { .. }
            | MeterEvent::ControlReadingRecorded { .. }
            | MeterEvent::SeriesAdopted { .. } => self.take_in_reading(event, recorded),
            MeterEvent::ReadingFlagged { .. }
            | MeterEvent::ReadingWithdrawn { .. }
            | MeterEvent::ReadingCorrected { .. }
            | MeterEvent::RolloverDeclared { .. } => self.act_on_reading(event, recorded),
            MeterEvent::ValueImputed { .. } | MeterEvent::ImputationSuperseded { .. } => {
                self.take_in_imputation(event, recorded);
            }
            _ => self.keep(event, recorded),
        }
        Ok(())
    }

    fn push(&mut self, at: DateTime<Utc>, recorded: &Recorded, fact: Fact) {
        let recorded_at = recorded.recorded_at;
        self.entries.push(Entry {
            at,
            recorded_at,
            event: recorded.at(),
            fact,
        });
    }

    fn keep(&mut self, event: &MeterEvent, recorded: &Recorded) {
        let fact = Fact::Event {
            happened: Box::new(event.clone()),
        };
        self.push(recorded.effective_at, recorded, fact);
    }

    fn take_in_reading(&mut self, event: &MeterEvent, recorded: &Recorded) {
        let by = recorded.at();
        match event {
            MeterEvent::ReadingRecorded {
                reading,
                flags,
                confirms,
            } => {
                let outcome = if flags.is_empty() {
                    Outcome::Accepted
                } else {
                    Outcome::Flagged
                };
                let mut entry = entry_of(reading, outcome, flags, by);
                if let Some(held) = confirms.and_then(|held| self.event_of(held)) {
                    entry.confirms = Some(held);
                    self.on_reading(held.sequence, |held| held.confirmed_by = Some(by));
                }
                self.push(reading.taken_at, recorded, Fact::Reading(Box::new(entry)));
            }
            MeterEvent::ReadingHeld {
                reading,
                findings,
                proposals,
            } => {
                let mut entry = entry_of(reading, Outcome::Held, findings, by);
                entry.proposals.clone_from(proposals);
                self.push(reading.taken_at, recorded, Fact::Reading(Box::new(entry)));
            }
            MeterEvent::ReadingRejected { reading, findings } => {
                let entry = entry_of(reading, Outcome::Rejected, findings, by);
                self.push(reading.taken_at, recorded, Fact::Reading(Box::new(entry)));
            }
            MeterEvent::ControlReadingRecorded {
                reading,
                act,
                contradicts,
            } => {
                let mut entry = entry_of(reading, Outcome::Control, &[], by);
                entry.act = Some(act.clone());
                self.supersede_period(reading, contradicts, by);
                self.push(reading.taken_at, recorded, Fact::Reading(Box::new(entry)));
            }
            MeterEvent::SeriesAdopted { from, readings } => {
                for adopted in readings {
                    let mut entry = adopted_entry(adopted);
                    entry.adopted_from = Some(from.clone());
                    self.push(adopted.taken_at, recorded, Fact::Reading(Box::new(entry)));
                }
            }
            _ => {}
        }
    }

    /// A control reading takes the place of every accepted one of its period, and of those that it
    /// contradicts.
    fn supersede_period(&mut self, control: &Reading, contradicts: &[u64], by: EventAt) {
        for entry in &mut self.entries {
            let sequence = entry.event.sequence;
            let Fact::Reading(reading) = &mut entry.fact else {
                continue;
            };
            let accepted = matches!(
                reading.outcome,
                Outcome::Accepted | Outcome::Flagged | Outcome::Adopted
            );
            let same_period = reading.period == control.period;
            if accepted && (same_period || contradicts.contains(&sequence)) {
                reading.superseded_by = Some(by);
            }
        }
    }

    fn act_on_reading(&mut self, event: &MeterEvent, recorded: &Recorded) {
        let (by, recorded_at) = (recorded.at(), recorded.recorded_at);
        let found = match event {
            MeterEvent::ReadingFlagged { reading, finding } => {
                let finding = FindingEntry {
                    finding: finding.clone(),
                    event: by,
                };
                self.on_reading(*reading, |entry| {
                    if entry.outcome == Outcome::Accepted {
                        entry.outcome = Outcome::Flagged;
                    }
                    entry.findings.push(finding);
                })
            }
            MeterEvent::ReadingWithdrawn {
                reading, reason, ..
            } => {
                let withdrawn = WithdrawalEntry {
                    reason: *reason,
                    recorded_at,
                    event: by,
                };
                self.on_reading(*reading, |entry| entry.withdrawn = Some(withdrawn))
            }
            MeterEvent::ReadingCorrected {
                reading,
                values,
                reason,
                act,
                ..
            } => {
                let (after, reason, act) = (values.clone(), *reason, act.clone());
                self.on_reading(*reading, |entry| {
                    let before = std::mem::replace(&mut entry.values, after.clone());
                    let correction = CorrectionEntry {
                        before,
                        after,
                        reason,
                        act,
                        recorded_at,
                        event: by,
                    };
                    entry.corrections.push(correction);
                })
            }
            MeterEvent::RolloverDeclared {
                register,
                reading,
                capacity,
                basis,
            } => {
                let (register, capacity, basis) = (register.clone(), *capacity, *basis);
                self.on_reading(*reading, |entry| {
                    entry.rollovers.push(RolloverEntry {
                        register,
                        capacity,
                        basis,
                        event: by,
                    });
                })
            }
            _ => true,
        };
        if !found {
            // It speaks of no reading told here (a turn found at a removal): kept as it stands.
            self.keep(event, recorded);
        }
    }

    fn take_in_imputation(&mut self, event: &MeterEvent, recorded: &Recorded) {
        match event {
            MeterEvent::ValueImputed {
                volumes,
                period,
                interval,
                method,
                clause,
                edition,
                inputs,
            } => {
                let entry = ImputedEntry {
                    volumes: volumes.clone(),
                    period: *period,
                    interval: *interval,
                    method: *method,
                    clause: clause.clone(),
                    edition: edition.clone(),
                    inputs: inputs.clone(),
                    superseded: None,
                };
                self.push(interval.until(), recorded, Fact::Imputed(Box::new(entry)));
            }
            MeterEvent::ImputationSuperseded { imputed, by } => {
                let superseded = SupersessionEntry {
                    by: by.clone(),
                    event: recorded.at(),
                };
                let entries = self.entries.iter_mut();
                let found = entries
                    .filter(|entry| entry.event.sequence == *imputed)
                    .find_map(|entry| match &mut entry.fact {
                        Fact::Imputed(imputed) => Some(imputed),
                        _ => None,
                    });
                match found {
                    Some(imputed) => imputed.superseded = Some(superseded),
                    None => self.keep(event, recorded),
                }
            }
            _ => {}
        }
    }

    fn event_of(&self, sequence: u64) -> Option<EventAt> {
        let found = self
            .entries
            .iter()
            .find(|entry| entry.event.sequence == sequence)?;
        Some(found.event)
    }

    /// Changes the reading of that event; tells whether there is one.
    fn on_reading(&mut self, sequence: u64, change: impl FnOnce(&mut ReadingEntry)) -> bool {
        let first = self
            .entries
            .partition_point(|entry| entry.event.sequence < sequence);
        let found = self.entries[first..]
            .iter_mut()
            .take_while(|entry| entry.event.sequence == sequence)
            .find_map(|entry| match &mut entry.fact {
                Fact::Reading(reading) => Some(reading),
                _ => None,
            });
        match found {
            Some(reading) => {
                change(reading);
                true
            }
            None => false,
        }
    }
}

fn entry_of(
    reading: &Reading,
    outcome: Outcome,
    findings: &[Finding],
    event: EventAt,
) -> ReadingEntry {
    let findings = findings.iter().map(|finding| FindingEntry {
        finding: finding.clone(),
        event,
    });
    ReadingEntry {
        values: reading.values.clone(),
        received_at: Some(reading.received_at),
        source: Some(reading.source),
        channel: Some(reading.channel.clone()),
        findings: findings.collect(),
        ..empty_entry(outcome, reading.taken_at, reading.period)
    }
}

fn adopted_entry(adopted: &aggregates::meter::event::AdoptedReading) -> ReadingEntry {
    ReadingEntry {
        values: adopted.values.clone(),
        ..empty_entry(Outcome::Adopted, adopted.taken_at, adopted.period)
    }
}

fn empty_entry(
    outcome: Outcome,
    taken_at: DateTime<Utc>,
    period: aggregates::time::Period,
) -> ReadingEntry {
    ReadingEntry {
        outcome,
        values: Vec::new(),
        taken_at,
        received_at: None,
        period,
        source: None,
        channel: None,
        adopted_from: None,
        act: None,
        findings: Vec::new(),
        proposals: Vec::new(),
        corrections: Vec::new(),
        rollovers: Vec::new(),
        withdrawn: None,
        confirmed_by: None,
        confirms: None,
        superseded_by: None,
    }
}
