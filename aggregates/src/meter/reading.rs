//! Readings and what validation says of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, MeterId, OrganisationId};
use crate::quantity::Measure;
use crate::text::{Code, Label};
use crate::time::Period;
use crate::vocabulary::{DocumentRef, ReadingSource};

/// The value of one register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterValue {
    /// Which register.
    pub register: Code,
    /// What it showed, in the register's unit.
    pub value: Measure,
}

/// A reading as it came in, never changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Values, one a register, in the order of the meter's registers.
    pub values: Vec<RegisterValue>,
    /// When the display showed them.
    pub taken_at: DateTime<Utc>,
    /// When we got them.
    pub received_at: DateTime<Utc>,
    /// Settlement period it belongs to (ПП 354 п. 31, 37).
    pub period: Period,
    /// Who reported it.
    pub source: ReadingSource,
    /// By which way: `web`, `app`, `api`, `csv`, `xlsx`, `modbus-tcp` …
    pub channel: Code,
    /// The provider (исполнитель) for whom it was accepted; absent while the house has no
    /// arrangement for the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_for: Option<OrganisationId>,
    /// The account it was sent from, where it came from a resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Photo or scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<DocumentRef>,
    /// The submission's own identity where it has one (device stamp, row of a file, key of a
    /// request): a second submission of the same identity and content is nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Label>,
}

/// Rules of validation, numbered as in the product description.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum ValidationRule {
    /// Below the previous reading of the same meter.
    V01,
    /// Rollover by the number of digits.
    V02,
    /// In the future, before installation or after removal.
    V03,
    /// Received outside the window of the period.
    V04,
    /// Repeated: same value, channel and period.
    V05,
    /// Wrong set of tariff zones.
    V06,
    /// High against the meter's own twelve months.
    V07,
    /// Zero or low for several periods.
    V08,
    /// High against peers.
    V09,
    /// Cold and hot swapped.
    V10,
    /// A digit transposed or the comma lost.
    V11,
    /// More decimals than the meter shows.
    V12,
    /// Verification expired.
    V13,
    /// No act of admission, or a broken seal.
    V14,
    /// A sibling meter was not read.
    V18,
    /// A control reading contradicts submitted ones.
    V25,
    /// Sent from another premises' account.
    V26,
    /// Several readings in one period.
    V28,
    /// Taken and received fall into different periods.
    V29,
}

/// What a rule found, with the figures it judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule.
    pub rule: ValidationRule,
    /// Figures as decimal strings, dates and codes by name; explained in Russian on display.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// A way out of a held reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proposal {
    /// The values are right as sent.
    ConfirmAsSent,
    /// The register turned over.
    DeclareRollover {
        /// Which one.
        register: Code,
    },
    /// The device was replaced: record the replacement first.
    RecordReplacement,
    /// Another value was meant.
    UseValue {
        /// Register to change.
        register: Code,
        /// The probable value.
        value: Measure,
    },
    /// The values of this meter and its pair were swapped.
    SwapWith {
        /// The other meter.
        meter: MeterId,
    },
    /// Values of these registers are missing.
    AddRegisters {
        /// Which ones.
        registers: Vec<Code>,
    },
    /// Take it back.
    Withdraw,
}

/// Why a reading was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalReason {
    /// The sender made a mistake.
    SendersMistake,
    /// It belongs to another meter.
    WrongMeter,
    /// The device answered for another one, or in the wrong unit.
    DeviceError,
}

/// Why a reading was corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionReason {
    /// A slip of the keyboard.
    TypingMistake,
    /// Values of two meters were swapped.
    SwappedMeters,
    /// A control reading showed otherwise (ПП 354 п. 61).
    ControlReading,
    /// The device's archive shows otherwise on a second reading.
    ArchiveReread,
    /// The same row of an imported file came again with another value.
    Reimported,
    /// By a decision on a dispute or of a court.
    Decision,
}

/// How a rollover was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RolloverBasis {
    /// By the capacity and a plausible difference (V02).
    Plausible,
    /// The sender confirmed it.
    Confirmed,
}

/// How a missing volume was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ImputationMethod {
    /// Totals of the device itself.
    DeviceTotals,
    /// Profile of power or flow.
    Profile,
    /// Interpolation between two valid readings.
    Interpolation,
    /// Среднемесячный объём (ПП 354 п. 59).
    Average,
    /// Норматив потребления (ПП 354 п. 60).
    Norm,
    /// Договорная нагрузка.
    ContractLoad,
}
