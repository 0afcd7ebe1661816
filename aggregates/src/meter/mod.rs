//! Прибор учёта: a device with a serial number, its readings and what is judged of them.
//!
//! Rules are pure methods that return events; [`Meter::handle`] only dispatches to them.
//! **Invariant:** a reading of a registered meter always becomes an event or names the event that
//! carries it already; it is never lost and never refused by an error.
//! **Invariant:** the state is bounded: it costs the same after 100 readings and after 100,000.

mod amendment;
pub mod command;
mod control;
mod custody;
pub mod error;
pub mod event;
mod explain;
mod finding;
mod fold;
mod heard;
mod imputation;
mod inspection;
mod intake;
mod lifecycle;
mod memory;
pub mod model;
pub mod reading;
pub mod settlement_period;
mod state;
pub mod submission;
mod validation;
mod values;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::ids::MeteringPointId;
use crate::ledger::LedgerAggregate;
use crate::meter::command::MeterCommand;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::model::RegisterSpec;
use crate::meter::state::{
    ChannelMap, DatedAct, Failure, KnownReading, KnownSeal, Passport, Placement, Refusals,
    Registered, StandingImputation, Tamperings, Unaccepted,
};
use crate::time::Period;
use crate::vocabulary::Resource;

pub use crate::meter::amendment::Correction;
pub use crate::meter::intake::Answer;
pub use crate::meter::memory::is_of_origin;

/// State of a meter: what the next command is judged by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// Events applied so far: the sequence of the last one.
    sequence: u64,
    registered: Option<Registered>,
    passports: Vec<Passport>,
    /// Oldest first.
    placements: Vec<Placement>,
    seals: Vec<KnownSeal>,
    channels: ChannelMap,
    verifications: Vec<command::Verification>,
    failure: Option<Failure>,
    /// The last restoration, so that a repeated command is recognised.
    restored_at: Option<DateTime<Utc>>,
    refusals: Refusals,
    inspections: Vec<DatedAct>,
    tamperings: Tamperings,
    repairs: Vec<DateTime<Utc>>,
    /// In the order of their acceptance.
    readings: Vec<KnownReading>,
    unaccepted: Vec<Unaccepted>,
    /// Sequences of withdrawn readings.
    withdrawn: Vec<u64>,
    imputations: Vec<StandingImputation>,
    /// Imputations up to this sequence may have been let go.
    imputations_forgotten: u64,
    siblings_missed: Vec<Period>,
    entered: bool,
    left_at: Option<DateTime<Utc>>,
}

impl Meter {
    /// The sequence of the last event, 0 before the registration.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What it measures, once registered.
    pub fn resource(&self) -> Option<Resource> {
        self.registered
            .as_ref()
            .map(|registered| registered.resource)
    }

    /// Its registers; empty before the registration.
    pub fn registers(&self) -> &[RegisterSpec] {
        self.registered
            .as_ref()
            .map_or(&[], |registered| &registered.registers)
    }

    /// Where it stands now.
    pub fn installed_at(&self) -> Option<MeteringPointId> {
        self.current_placement().map(|placement| placement.point)
    }

    fn registered(&self) -> Result<&Registered, MeterError> {
        self.registered.as_ref().ok_or(MeterError::NotRegistered)
    }

    /// The registration, of a meter that is still in this book.
    fn in_book(&self) -> Result<&Registered, MeterError> {
        match self.left_at {
            Some(since) => Err(MeterError::LeftBook { since }),
            None => self.registered(),
        }
    }

    fn current_placement(&self) -> Option<&Placement> {
        self.placements
            .last()
            .filter(|placement| placement.removal.is_none())
    }

    fn decide(&self, command: MeterCommand) -> Result<Vec<MeterEvent>, MeterError> {
        use MeterCommand as C;
        match command {
            C::RecordReading(submission) => self.record_reading(&submission),
            C::RecordControlReading { submission, act } => {
                self.record_control_reading(*submission, act)
            }
            C::WithdrawReading {
                target,
                reason,
                note,
            } => self.withdraw_reading(&target, reason, note),
            C::CorrectReading {
                target,
                values,
                reason,
                act,
                note,
                facts,
            } => {
                let correction = Correction {
                    values,
                    reason,
                    act,
                    note,
                };
                self.correct_reading(&target, correction, *facts)
            }
            C::DeclareRollover { target, register } => self.declare_rollover(&target, register),
            C::FlagReading { target, finding } => self.flag_reading(&target, finding),
            C::ImputeValue(imputation) => self.impute_value(imputation),
            C::SupersedeImputation { imputed, by } => self.supersede_imputation(imputed, by),
            C::NoteSiblingMissed { period, sent } => self.note_sibling_missed(period, sent),
            device => self.decide_device(device),
        }
    }

    /// Commands to the device itself, apart from its readings.
    fn decide_device(&self, command: MeterCommand) -> Result<Vec<MeterEvent>, MeterError> {
        use MeterCommand as C;
        match command {
            C::RegisterMeter(registration) => self.register(registration),
            C::LinkPassport { registry, number } => self.link_passport(registry, number),
            C::Install {
                point,
                at,
                initial,
                act,
                transformer_ratio,
            } => self.install(point, at, &initial, (act, transformer_ratio)),
            C::Commission { act, at } => self.commission(act, at),
            C::Seal {
                seal,
                place,
                at,
                act,
            } => self.seal(seal, place, at, act),
            C::BreakSeal { seal, at, act } => self.break_seal(seal, at, act),
            C::ConfigureSubsystem { from, channels } => self.configure_subsystem(from, channels),
            C::RecordVerification(verification) => self.record_verification(verification),
            C::Fail { at, cause, act } => self.fail(at, cause, act),
            C::Restore { at, act } => self.restore(at, act),
            C::RefuseAccess { act, at } => self.refuse_access(act, at),
            C::Inspect { act, at } => self.inspect(act, at),
            C::FindTampering {
                act,
                at,
                since,
                hourly,
            } => self.find_tampering(act, at, since, hourly),
            C::EndTampering { act, at } => self.end_tampering(act, at),
            C::Repair {
                at,
                organisation,
                act,
            } => self.repair(at, organisation, act),
            C::Remove {
                at,
                r#final,
                reason,
                act,
            } => self.remove(at, &r#final, reason, act),
            C::RecordFinalReading { r#final, act } => self.record_final_reading(&r#final, act),
            C::LeaveBook { to, successor, at } => self.leave_book(to, successor, at),
            C::EnterBook {
                from,
                predecessor,
                at,
            } => self.enter_book(from, predecessor, at),
            C::AdoptSeries { from, readings } => self.adopt_series(from, readings),
            // Spelled out, so that a new command cannot be forgotten.
            C::RecordReading(_)
            | C::RecordControlReading { .. }
            | C::WithdrawReading { .. }
            | C::CorrectReading { .. }
            | C::DeclareRollover { .. }
            | C::FlagReading { .. }
            | C::ImputeValue(_)
            | C::SupersedeImputation { .. }
            | C::NoteSiblingMissed { .. } => self.decide(command),
        }
    }
}

impl Aggregate for Meter {
    const TYPE: &'static str = "meter";
    type Command = MeterCommand;
    type Event = MeterEvent;
    type Error = MeterError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.sequence += 1;
        self.fold(event);
    }
}

impl LedgerAggregate for Meter {
    const STATE_VERSION: u32 = 3;
}
