//! The case file: a house, what happened in it, and nothing outside.
//!
//! `energokabinet schema case` prints the JSON Schema of these types; `docs/formats/case.md`
//! explains them.

use std::collections::BTreeMap;

use aggregates::meter::submission::Choice;
use aggregates::quantity::exact;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::{ActRef, ReadingSource};
use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::case::file_facts::{
    AbsenceRecorded, AccessRefused, AccountClosed, FinalReadingRecorded, Happening, MeetingDecided,
    MeterFailed, MeterInspected, MeterRemoved, MeterRestored, MeterVerified, ReadingCorrected,
    ReadingWithdrawn, ResidentsChanged, RuleOverridden, ServiceInterrupted, TamperingEnded,
    TamperingFound, ValueAdopted,
};
use crate::import::house::file::HouseFile;

/// A house with everything that happened, as far as a settlement needs it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Always `energokabinet/case/v1`.
    pub format: CaseFormat,
    /// What the case shows.
    #[serde(default)]
    pub title: Option<Label>,
    /// The house, as in a house file.
    pub house: HouseFile,
    /// Readings of its meters.
    #[serde(default)]
    pub readings: Vec<CaseReading>,
    /// What else happened.
    #[serde(default)]
    pub facts: Vec<CaseFact>,
    /// Periods that are closed before the one asked for, oldest first.
    #[serde(default)]
    pub closings: Vec<CaseClosing>,
}

/// Version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CaseFormat {
    /// The only one so far.
    #[serde(rename = "energokabinet/case/v1")]
    CaseV1,
}

/// What the display of a meter showed. Its meter is named by `point` or by `meter`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseReading {
    /// Its name in this file, for what speaks of it later.
    #[serde(default)]
    pub key: Option<Code>,
    /// `name` of the point: the meter that stands there when the reading is received.
    #[serde(default)]
    pub point: Option<Code>,
    /// Serial number of the meter.
    #[serde(default)]
    pub meter: Option<Label>,
    /// Values by register, in the register's unit.
    pub values: BTreeMap<Code, Shown>,
    /// When the display showed them.
    pub taken_at: DateTime<FixedOffset>,
    /// When it was received; `taken_at` where nothing is said.
    #[serde(default)]
    pub received_at: Option<DateTime<FixedOffset>>,
    /// Who reports; `import` where nothing is said.
    #[serde(default)]
    pub source: Option<ReadingSource>,
    /// By which way; `case` where nothing is said.
    #[serde(default)]
    pub channel: Option<Code>,
    /// Number of the account it was sent from.
    #[serde(default)]
    pub account: Option<Label>,
    /// Act of a контрольное снятие; a reading with it is one.
    #[serde(default)]
    pub act: Option<ActRef>,
    /// The held reading that it answers.
    #[serde(default)]
    pub confirms: Option<CaseConfirmation>,
}

/// A value of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String")]
pub struct Shown(
    /// The number, as a decimal string.
    #[serde(
        serialize_with = "exact::serialize",
        deserialize_with = "exact::deserialize"
    )]
    pub Decimal,
);

/// An answer to a held reading.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseConfirmation {
    /// `key` of the held reading.
    pub reading: Code,
    /// What is said of it.
    pub choice: Choice,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFact {
    /// What.
    pub happened: Happening,
    /// When it became known; the time that the fact itself names where nothing is said.
    #[serde(default)]
    pub received_at: Option<DateTime<FixedOffset>>,
}

/// A settlement period that is closed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseClosing {
    /// Which.
    pub period: Period,
    /// When; midnight after its last day where nothing is said.
    #[serde(default)]
    pub at: Option<DateTime<FixedOffset>>,
}
