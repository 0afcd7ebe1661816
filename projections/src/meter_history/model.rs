//! The history of a meter as it is told to the outside. Field names are part of the JSON output.

use aggregates::ids::MeterId;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::model::{ModelRef, RegisterSpec};
use aggregates::meter::reading::{
    CorrectionReason, Finding, ImputationMethod, Proposal, RegisterValue, RolloverBasis,
    WithdrawalReason,
};
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::{ActRef, AdoptionSource, ReadingSource, Resource};
use chrono::{DateTime, Utc};
use serde::Serialize;

use aggregates::ledger::EventId;

use crate::recorded::EventAt;

/// The history of one meter with the origin of each value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeterHistory {
    /// The meter.
    pub meter: MeterId,
    /// What it measures.
    pub resource: Resource,
    /// Its serial number.
    pub serial: Label,
    /// Its type, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// What it counts.
    pub registers: Vec<RegisterSpec>,
    /// Position of the last event of the meter that is told here.
    pub position: u64,
    /// What happened, in the order in which it was true in the world.
    pub entries: Vec<Entry>,
}

/// One fact of a meter's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// When it was true: the taking of a reading, the work on the meter.
    pub at: DateTime<Utc>,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// The event.
    pub event: EventAt,
    /// The fact.
    pub fact: Fact,
}

/// Kinds of fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A reading, whatever became of it.
    Reading(Box<ReadingEntry>),
    /// A calculated volume.
    Imputed(Box<ImputedEntry>),
    /// Anything else that happened to the meter: the event as it is stored.
    Event {
        /// The event.
        happened: Box<MeterEvent>,
    },
}

/// A reading and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingEntry {
    /// How it was received.
    pub outcome: Outcome,
    /// Values as they count now, corrections included.
    pub values: Vec<RegisterValue>,
    /// When the display showed them.
    pub taken_at: DateTime<Utc>,
    /// When we got them; absent for adopted readings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<DateTime<Utc>>,
    /// Settlement period it belongs to.
    pub period: Period,
    /// Who reported it; absent for adopted readings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReadingSource>,
    /// By which way; absent for adopted readings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Code>,
    /// Where an adopted reading was taken over from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_from: Option<AdoptionSource>,
    /// Act of a control reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ActRef>,
    /// Marks and findings, each with the event that made it.
    pub findings: Vec<FindingEntry>,
    /// Ways out that were offered, for a held reading.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<Proposal>,
    /// Corrections, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<CorrectionEntry>,
    /// Turns of a register declared on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollovers: Vec<RolloverEntry>,
    /// Withdrawal, where it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<WithdrawalEntry>,
    /// The later submission that confirmed it, for a held reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<EventAt>,
    /// The held submission that it confirms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirms: Option<EventAt>,
    /// The control reading that takes its place in the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<EventAt>,
}

/// How a reading was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// «Принято».
    Accepted,
    /// «Принято с отметкой».
    Flagged,
    /// «Ждёт подтверждения».
    Held,
    /// «Отклонено».
    Rejected,
    /// Контрольное снятие.
    Control,
    /// Taken over from another book or organisation.
    Adopted,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingEntry {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The event that made it.
    pub event: EventAt,
}

/// A correction: from what to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorrectionEntry {
    /// Values before it.
    pub before: Vec<RegisterValue>,
    /// Values after it.
    pub after: Vec<RegisterValue>,
    /// Why.
    pub reason: CorrectionReason,
    /// Act it rests on, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ActRef>,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// The event.
    pub event: EventAt,
}

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithdrawalEntry {
    /// Why.
    pub reason: WithdrawalReason,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// The event.
    pub event: EventAt,
}

/// A turn of a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RolloverEntry {
    /// Which register.
    pub register: Code,
    /// What one turn counts.
    pub capacity: Measure,
    /// How it was established.
    pub basis: RolloverBasis,
    /// The event.
    pub event: EventAt,
}

/// A calculated volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImputedEntry {
    /// Volumes, one a register.
    pub volumes: Vec<RegisterValue>,
    /// For which settlement period.
    pub period: Period,
    /// The part of the period that is filled.
    pub interval: Interval,
    /// How.
    pub method: ImputationMethod,
    /// By which clause.
    pub clause: Label,
    /// Edition of the rules.
    pub edition: Label,
    /// The events it was calculated from.
    pub inputs: Vec<EventId>,
    /// The real value that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded: Option<SupersessionEntry>,
}

/// How a calculated volume lost its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SupersessionEntry {
    /// The event that replaced it.
    pub by: EventId,
    /// The event that says so.
    pub event: EventAt,
}
