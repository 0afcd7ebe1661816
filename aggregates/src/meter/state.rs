//! What a meter remembers: enough to judge the next command, never its history.
//!
//! Every list is bounded. Older facts are looked up by event id and come with the command.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::MeteringPointId;
use crate::meter::event::{FailureCause, RemovalReason};
use crate::meter::model::{
    ModelRef, RegisterKind, RegisterSpec, SubsystemChannel, TransformerRatio,
};
use crate::meter::reading::{ImputationMethod, RegisterValue, ValidationRule};
use crate::meter::submission::Outcome;
use crate::text::{Code, Label};
use crate::time::{Interval, Period};
use crate::vocabulary::{ActRef, ReadingSource, Resource};

/// Accepted readings remembered in the order of their acceptance.
pub(super) const RECENT_READINGS: usize = 32;
/// Settlement periods whose winning reading is remembered: a year, the month before it, this one.
pub(super) const PERIODS: usize = 14;
/// Readings held at once before the oldest are let go; pruned in steps to keep pruning rare.
pub(super) const READINGS_MAX: usize = 56;
/// Held and rejected submissions remembered, of each kind.
pub(super) const UNACCEPTED_MAX: usize = 8;
/// Ids of withdrawn readings remembered.
pub(super) const WITHDRAWN_MAX: usize = 64;
/// Imputations remembered that nothing has superseded: three years of months.
pub(super) const IMPUTATIONS_MAX: usize = 36;
/// Stays at a metering point remembered.
pub(super) const PLACEMENTS_MAX: usize = 8;
/// Seals remembered.
pub(super) const SEALS_MAX: usize = 16;
/// Verifications, passports and acts remembered, each.
pub(super) const PAPERS_MAX: usize = 4;

/// Values by the index of the meter's register; `None` where the reading does not give one.
pub(super) type Values = Vec<Option<Decimal>>;

/// Appends `item`, letting the oldest go beyond `limit`.
pub(super) fn push_bounded<T>(list: &mut Vec<T>, item: T, limit: usize) {
    list.push(item);
    if list.len() > limit {
        list.drain(..list.len() - limit);
    }
}

/// What was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Registered {
    pub resource: Resource,
    pub serial: Label,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    pub registers: Vec<RegisterSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_interval_months: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_in: Option<i32>,
}

impl Registered {
    pub(super) fn index_of(&self, register: &Code) -> Option<usize> {
        self.registers
            .iter()
            .position(|spec| spec.name == *register)
    }

    pub(super) fn names(&self) -> Vec<Code> {
        self.registers
            .iter()
            .map(|spec| spec.name.clone())
            .collect()
    }

    /// Indices of the registers that count up.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = usize> + '_ {
        let counts = |spec: &RegisterSpec| spec.kind == RegisterKind::Cumulative;
        (0..self.registers.len()).filter(move |index| counts(&self.registers[*index]))
    }

    /// Indices of the registers that every reading must give: the tariff zones, or the first
    /// cumulative register where there are none.
    pub(super) fn required(&self) -> Vec<usize> {
        let is_zone = |index: &usize| is_zone_name(self.registers[*index].name.as_str());
        let zones: Vec<usize> = self.cumulative().filter(is_zone).collect();
        match zones.is_empty() {
            true => self.cumulative().take(1).collect(),
            false => zones,
        }
    }
}

fn is_zone_name(name: &str) -> bool {
    let digits = name.strip_prefix('t').unwrap_or_default();
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// What one turn of the register counts, where the number of digits is known.
pub(super) fn capacity(spec: &RegisterSpec) -> Option<Decimal> {
    let digits = spec.digits?;
    (0..digits).try_fold(Decimal::ONE, |product, _| product.checked_mul(Decimal::TEN))
}

/// One stay at a metering point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Placement {
    /// Sequence of the installation.
    pub sequence: u64,
    pub point: MeteringPointId,
    pub installed_at: DateTime<Utc>,
    pub initial: Values,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transformer_ratio: Option<TransformerRatio>,
    /// Acts of commissioning in this stay, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commissionings: Vec<DatedAct>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Removal>,
}

impl Placement {
    pub(super) fn covers(&self, at: DateTime<Utc>) -> bool {
        let ended = self.removal.as_ref().is_some_and(|removal| removal.at < at);
        self.installed_at <= at && !ended
    }
}

/// An act and the instant it takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DatedAct {
    pub act: ActRef,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Removal {
    pub at: DateTime<Utc>,
    pub r#final: Values,
    pub reason: RemovalReason,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownSeal {
    pub seal: Label,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passport {
    pub registry: Label,
    pub number: Label,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub at: DateTime<Utc>,
    pub cause: FailureCause,
}

/// The map of channels in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChannelMap {
    pub version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<SubsystemChannel>,
}

/// Refusals of access since the last inspection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusals {
    pub in_row: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<DatedAct>,
}

/// Tampering that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tamperings {
    /// When the one was found that nobody has done away with yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<DatedAct>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<DatedAct>,
}

/// An accepted reading, as far as later ones are judged by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownReading {
    /// Its sequence in the stream; readings of one adopted series share it.
    pub sequence: u64,
    pub taken_at: DateTime<Utc>,
    pub period: Period,
    /// `None`: adopted from another book or organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ReadingSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Label>,
    /// As they stand after corrections.
    pub values: Values,
    /// As the sender last reported them, where a correction made them other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Values>,
    /// Registers that turned over just before this reading.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub turned: BTreeSet<usize>,
    /// Rules that marked it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub marks: BTreeSet<ValidationRule>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// A control reading showed that it was wrong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contradicted: bool,
}

impl KnownReading {
    pub(super) fn reported(&self) -> &Values {
        self.reported.as_ref().unwrap_or(&self.values)
    }

    pub(super) fn is_control(&self) -> bool {
        self.source == Some(ReadingSource::Control)
    }

    /// Whether it can be compared with: neither withdrawn nor shown to be wrong.
    pub(super) fn is_sound(&self) -> bool {
        !self.withdrawn && !self.contradicted
    }

    /// Of several readings of a period the greatest rank wins: a control reading beats all, then
    /// the last taken, then the last accepted.
    pub(super) fn rank(&self) -> (bool, DateTime<Utc>, u64) {
        (self.is_control(), self.taken_at, self.sequence)
    }
}

/// A held or rejected submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unaccepted {
    pub sequence: u64,
    pub outcome: Outcome,
    pub taken_at: DateTime<Utc>,
    pub period: Period,
    pub source: ReadingSource,
    pub channel: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Label>,
    pub values: Vec<RegisterValue>,
    pub rules: BTreeSet<ValidationRule>,
    /// The accepted reading that settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Unaccepted {
    /// Whether it still waits for an answer.
    pub(super) fn waits(&self) -> bool {
        self.outcome == Outcome::Held && self.settled_by.is_none() && !self.withdrawn
    }
}

/// An imputation that nothing has superseded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StandingImputation {
    pub sequence: u64,
    pub period: Period,
    pub interval: Interval,
    pub method: ImputationMethod,
    pub volumes: Vec<RegisterValue>,
}
