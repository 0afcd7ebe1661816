//! What may happen in a case beside readings.

use std::collections::BTreeMap;

use aggregates::account::event::ClosingReason;
use aggregates::building::event::OutageKind;
use aggregates::meter::event::FailureCause;
use aggregates::meter::reading::{CorrectionReason, WithdrawalReason};
use aggregates::quantity::Measure;
use aggregates::rule::{RuleBasis, RuleScope, RuleValue};
use aggregates::text::{Code, Label};
use aggregates::vocabulary::{ActRef, Resource};
use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::file::Shown;
use crate::import::house::file::{AbsenceEntry, MeterEntry, ResidentsEntry, VerificationEntry};
use crate::operations::Removal;

/// What may happen beside readings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The meter of a point was taken away, and perhaps another one put in.
    MeterRemoved(MeterRemoved),
    /// The meter of a point counts as out of order (ПП 354 п. 81(12)).
    MeterFailed(MeterFailed),
    /// The meter of a point is in order again.
    MeterRestored(MeterRestored),
    /// The meter of a point was verified.
    MeterVerified(MeterVerified),
    /// The provider was not let in to the meter of a point (ПП 354 п. 85).
    AccessRefused(AccessRefused),
    /// The meter of a point was inspected.
    MeterInspected(MeterInspected),
    /// The meter of a point was found to be tampered with (ПП 354 п. 81(11)).
    TamperingFound(TamperingFound),
    /// The tampering was done away with.
    TamperingEnded(TamperingEnded),
    /// Final readings of a meter that was taken away without them became known.
    FinalReadingRecorded(FinalReadingRecorded),
    /// Values of an accepted reading were replaced by the right ones.
    ReadingCorrected(ReadingCorrected),
    /// A reading was taken back.
    ReadingWithdrawn(ReadingWithdrawn),
    /// The owners' meeting decided something that figures depend on.
    MeetingDecided(MeetingDecided),
    /// Another rule than the common one holds for the house.
    RuleOverridden(RuleOverridden),
    /// A service was interrupted.
    ServiceInterrupted(ServiceInterrupted),
    /// A value of another organisation was taken over.
    ValueAdopted(ValueAdopted),
    /// The residents of premises were recorded anew.
    ResidentsChanged(ResidentsChanged),
    /// Consumers applied for перерасчёт of a temporary absence.
    AbsenceRecorded(AbsenceRecorded),
    /// An account was closed.
    AccountClosed(AccountClosed),
}

/// The meter of a point was taken away, and perhaps another one put in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterRemoved {
    /// `name` of the point.
    pub point: Code,
    /// How it was taken away.
    pub removed: Removal,
    /// The next meter, as in a house file.
    #[serde(default)]
    pub installed: Option<Box<MeterEntry>>,
}

/// The meter of a point counts as out of order (ПП 354 п. 81(12)).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterFailed {
    /// `name` of the point.
    pub point: Code,
    /// Since when.
    pub at: DateTime<FixedOffset>,
    /// Which ground.
    pub cause: FailureCause,
    /// Act.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// The meter of a point is in order again.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterRestored {
    /// `name` of the point.
    pub point: Code,
    /// Since when.
    pub at: DateTime<FixedOffset>,
    /// Act.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// The meter of a point was verified.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterVerified {
    /// `name` of the point.
    pub point: Code,
    /// The verification, as in a house file.
    pub verification: VerificationEntry,
}

/// The provider was not let in to the meter of a point (ПП 354 п. 85).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRefused {
    /// `name` of the point.
    pub point: Code,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Act.
    pub act: ActRef,
}

/// The meter of a point was inspected: refusals of access before it are over.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterInspected {
    /// `name` of the point.
    pub point: Code,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Act.
    pub act: ActRef,
}

/// The meter of a point was found to be tampered with (ПП 354 п. 81(11)).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TamperingFound {
    /// `name` of the point.
    pub point: Code,
    /// When it was found.
    pub at: DateTime<FixedOffset>,
    /// Since when, where established.
    #[serde(default)]
    pub since: Option<DateTime<FixedOffset>>,
    /// What goes through in an hour, where the act tells it.
    #[serde(default)]
    pub hourly: Option<Measure>,
    /// Act.
    pub act: ActRef,
}

/// The tampering with the meter of a point was done away with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TamperingEnded {
    /// `name` of the point.
    pub point: Code,
    /// Since when.
    pub at: DateTime<FixedOffset>,
    /// Act.
    pub act: ActRef,
}

/// Final readings of a meter that was taken away without them became known.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinalReadingRecorded {
    /// Serial number of the meter.
    pub meter: Label,
    /// When that became known.
    pub at: DateTime<FixedOffset>,
    /// What it showed, one a register.
    pub r#final: BTreeMap<Code, Shown>,
    /// Act or another document.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// Values of an accepted reading were replaced by the right ones.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingCorrected {
    /// `key` of the reading.
    pub reading: Code,
    /// The right values, one for every register of the reading.
    pub values: BTreeMap<Code, Shown>,
    /// Why.
    pub reason: CorrectionReason,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Act.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// A reading was taken back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingWithdrawn {
    /// `key` of the reading.
    pub reading: Code,
    /// Why.
    pub reason: WithdrawalReason,
    /// When.
    pub at: DateTime<FixedOffset>,
}

/// The owners' meeting decided something that figures depend on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingDecided {
    /// What: `soi_by_fact`, `odn_excess_by_area`, `heat_meter_includes_hot_water` …
    pub decision: Code,
    /// About which resource, where it concerns one.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// First day.
    pub from: NaiveDate,
    /// First day after the term.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Protocol.
    pub act: ActRef,
}

/// Another rule than the common one holds for the house.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleOverridden {
    /// Name of the parameter: `multiplier`, `average_run_start` … (`docs/rules.md`).
    pub parameter: Code,
    /// What it is limited to; left out: nothing.
    #[serde(default)]
    pub scope: RuleScope,
    /// What holds.
    pub value: RuleValue,
    /// First day.
    pub from: NaiveDate,
    /// First day after the term.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// By which act, decision or policy.
    pub basis: RuleBasis,
}

/// A service was interrupted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceInterrupted {
    /// Which.
    pub resource: Resource,
    /// From when.
    pub from: DateTime<FixedOffset>,
    /// Until when.
    pub until: DateTime<FixedOffset>,
    /// Numbers of the premises concerned; empty means the whole house.
    #[serde(default)]
    pub premises: Vec<Label>,
    /// Planned or emergency.
    pub kind: OutageKind,
    /// Act.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// A value of another organisation was taken over.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueAdopted {
    /// What it is: `transit`, `shared_node` …
    pub purpose: Code,
    /// For which resource, where it concerns one.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// From when.
    pub from: DateTime<FixedOffset>,
    /// Until when.
    pub until: DateTime<FixedOffset>,
    /// How much.
    pub value: Measure,
    /// `key` of the organisation that gave it.
    pub organisation: Code,
    /// In which document.
    pub act: ActRef,
}

/// The residents of premises were recorded anew.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentsChanged {
    /// Number of the premises, a room as `flat/room`.
    pub premises: Label,
    /// Who lives there, as in a house file.
    pub residents: ResidentsEntry,
}

/// Consumers applied for перерасчёт of a temporary absence.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceRecorded {
    /// Number of the premises, a room as `flat/room`.
    pub premises: Label,
    /// The absence, as in a house file.
    pub absence: AbsenceEntry,
}

/// An account was closed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountClosed {
    /// Number of the account.
    pub account: Label,
    /// First day that is not billed there any more.
    pub from: NaiveDate,
    /// Why.
    pub reason: ClosingReason,
    /// What it rests on.
    #[serde(default)]
    pub act: Option<ActRef>,
}
