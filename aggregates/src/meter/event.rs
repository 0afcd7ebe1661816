//! Events of a meter. Names and fields are the storage format: pinned by tests, changed only by
//! upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BookId, MeterId, MeteringPointId, OrganisationId};
use crate::ledger::{EventId, LedgerFact};
use crate::meter::model::{ModelRef, RegisterSpec, SubsystemChannel, TransformerRatio};
use crate::meter::reading::{
    CorrectionReason, Finding, ImputationMethod, Proposal, Reading, RegisterValue, RolloverBasis,
    WithdrawalReason,
};
use crate::quantity::Measure;
use crate::text::{Code, Label};
use crate::time::{Interval, Period};
use crate::vocabulary::{ActRef, AdoptionSource, NoteRef, Resource, filed_at};

/// What may happen to a meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MeterEvent {
    /// The device became known to the book.
    MeterRegistered {
        /// What it measures.
        resource: Resource,
        /// Заводской номер.
        serial: Label,
        /// Type by the directory of models, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelRef>,
        /// What it counts: one register, or one a tariff zone or quantity.
        registers: Vec<RegisterSpec>,
        /// Межповерочный интервал of the type, in months, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verification_interval_months: Option<u16>,
        /// Year of manufacture, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_in: Option<i32>,
    },
    /// The device's electronic passport was linked.
    PassportLinked {
        /// Registry the passport stands in.
        registry: Label,
        /// Its number there.
        number: Label,
    },
    /// The meter was put in at a metering point.
    MeterInstalled {
        /// Where.
        point: MeteringPointId,
        /// When the work was done.
        at: DateTime<Utc>,
        /// Initial readings, one a cumulative register.
        initial: Vec<RegisterValue>,
        /// Act of the installation, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
        /// Ratio of the transformers it is connected through (electricity); absent without them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transformer_ratio: Option<TransformerRatio>,
    },
    /// Ввод в эксплуатацию by an act (ПП 354 п. 81).
    MeterCommissioned {
        /// The act.
        act: ActRef,
        /// From when charges follow the meter.
        at: DateTime<Utc>,
    },
    /// A control seal was set.
    MeterSealed {
        /// Number of the seal.
        seal: Label,
        /// Where on the device.
        place: Label,
        /// When.
        at: DateTime<Utc>,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// A seal was found broken.
    SealBroken {
        /// Number of the seal.
        seal: Label,
        /// When it was found.
        at: DateTime<Utc>,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Channels of the device were assigned to registers, as a new version of the map.
    SubsystemConfigured {
        /// 1, 2, 3 …
        version: u32,
        /// From when the map holds.
        from: DateTime<Utc>,
        /// The whole map.
        channels: Vec<SubsystemChannel>,
    },
    /// A reading was accepted, with or without marks.
    ReadingRecorded {
        /// The reading.
        reading: Reading,
        /// Marks («принято с отметкой»); empty when clean.
        flags: Vec<Finding>,
        /// The held submission (its sequence in this stream) that this one confirms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirms: Option<u64>,
    },
    /// A reading waits for confirmation or for a missing part («ждёт подтверждения»).
    ReadingHeld {
        /// The reading as sent.
        reading: Reading,
        /// Why it waits.
        findings: Vec<Finding>,
        /// What can be done with one tap.
        proposals: Vec<Proposal>,
    },
    /// A reading cannot be used («отклонено»); it is kept all the same.
    ReadingRejected {
        /// The reading as sent.
        reading: Reading,
        /// Why.
        findings: Vec<Finding>,
    },
    /// A later check marked an accepted reading.
    ReadingFlagged {
        /// Its sequence in this stream.
        reading: u64,
        /// The mark.
        finding: Finding,
    },
    /// Контрольное снятие by an act; beats every other reading of its period.
    ControlReadingRecorded {
        /// The reading; its source is `control`.
        reading: Reading,
        /// The act of the control.
        act: ActRef,
        /// Accepted readings (sequences in this stream) that it contradicts (V25).
        contradicts: Vec<u64>,
    },
    /// The sender took a reading back.
    ReadingWithdrawn {
        /// Its sequence in this stream.
        reading: u64,
        /// Why.
        reason: WithdrawalReason,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// A wrong value was replaced by the right one.
    ReadingCorrected {
        /// Sequence of the reading in this stream.
        reading: u64,
        /// The right values, one for every register of the reading.
        values: Vec<RegisterValue>,
        /// Why.
        reason: CorrectionReason,
        /// Act the correction rests on, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// The register passed its capacity between two readings.
    RolloverDeclared {
        /// Which register.
        register: Code,
        /// The reading (sequence in this stream) that stands after the turn.
        reading: u64,
        /// What one turn counts: 10 to the number of whole digits, in the register's unit.
        capacity: Measure,
        /// How it was established.
        basis: RolloverBasis,
    },
    /// Поверка.
    VerificationRecorded {
        /// When it was done.
        performed_on: NaiveDate,
        /// Last day of validity; `None` when the device was found unfit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<NaiveDate>,
        /// Certificate or notice of unfitness.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<Label>,
        /// Record in ФГИС «Аршин»: since 24.09.2020 the record is what counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registry_record: Option<Label>,
        /// Who verified.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<OrganisationId>,
    },
    /// The meter counts as out of order (ПП 354 п. 81(12)).
    MeterFailed {
        /// Since when.
        at: DateTime<Utc>,
        /// Which ground of п. 81(12).
        cause: FailureCause,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Metering was restored.
    MeterRestored {
        /// Since when.
        at: DateTime<Utc>,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Отказ в допуске by an act (ПП 354 п. 85).
    AccessRefused {
        /// The act.
        act: ActRef,
        /// When.
        at: DateTime<Utc>,
        /// 1 for the first refusal in a row, 2 for the second …
        ordinal: u32,
    },
    /// The provider was let in and has inspected the meter (ПП 354 п. 82–85). What it showed is a
    /// control reading of its own.
    MeterInspected {
        /// The act.
        act: ActRef,
        /// When.
        at: DateTime<Utc>,
    },
    /// Несанкционированное вмешательство (ПП 354 п. 81(11)).
    TamperingFound {
        /// The act.
        act: ActRef,
        /// When it was found.
        at: DateTime<Utc>,
        /// When it began, where established.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DateTime<Utc>>,
        /// What the equipment or the pipe lets through in an hour, in a unit of the resource, where
        /// the act establishes it (п. 62).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hourly: Option<Measure>,
    },
    /// The tampering was done away with.
    TamperingEnded {
        /// The act.
        act: ActRef,
        /// Since when nothing interferes.
        at: DateTime<Utc>,
    },
    /// The device was repaired.
    MeterRepaired {
        /// When.
        at: DateTime<Utc>,
        /// Who did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<OrganisationId>,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// The meter was taken away from its point.
    MeterRemoved {
        /// When.
        at: DateTime<Utc>,
        /// Final readings, one a cumulative register; empty when the display gave none.
        r#final: Vec<RegisterValue>,
        /// Why.
        reason: RemovalReason,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// What the display showed at a removal that was recorded without final readings.
    FinalReadingRecorded {
        /// The removal that it belongs to.
        removed_at: DateTime<Utc>,
        /// Final readings, one a cumulative register.
        r#final: Vec<RegisterValue>,
        /// Act or another document they are taken from, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// A missing volume was calculated by the rules.
    ValueImputed {
        /// Volumes, one a register.
        volumes: Vec<RegisterValue>,
        /// For which settlement period.
        period: Period,
        /// The part of the period that is filled.
        interval: Interval,
        /// How.
        method: ImputationMethod,
        /// Clause of the law, for example `ПП 354 п. 59(б)`.
        clause: Label,
        /// Edition of the rules.
        edition: Label,
        /// The events it was calculated from.
        inputs: Vec<EventId>,
    },
    /// A real value took an imputed one's place.
    ImputationSuperseded {
        /// Sequence of the imputation in this stream.
        imputed: u64,
        /// The event that replaced it.
        by: EventId,
    },
    /// A meter of the same premises sent its reading for the period and this one did not (V18).
    SiblingReadingMissed {
        /// The settlement period.
        period: Period,
        /// The sibling's accepted reading.
        sent: EventId,
    },
    /// The device left this book for another one.
    MeterLeftBook {
        /// Where it went.
        to: BookId,
        /// The stream that continues it there.
        successor: MeterId,
        /// When.
        at: DateTime<Utc>,
    },
    /// The device came from another book.
    MeterEnteredBook {
        /// Where the old stream stands.
        from: AdoptionSource,
        /// The old stream.
        predecessor: MeterId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Readings taken over from another book or organisation.
    SeriesAdopted {
        /// From where.
        from: AdoptionSource,
        /// The readings, oldest first.
        readings: Vec<AdoptedReading>,
    },
}

/// One reading of an adopted series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptedReading {
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// The settlement period it was accepted for there.
    pub period: Period,
    /// Values, one a register.
    pub values: Vec<RegisterValue>,
}

/// Grounds on which a meter counts as out of order (ПП 354 п. 81(12)).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// а) the display shows nothing.
    NoDisplay,
    /// б) seals or marks of verification are broken.
    SealsBroken,
    /// в) mechanical damage.
    Damaged,
    /// г) the permissible error is exceeded.
    ErrorExceeded,
    /// д) the verification interval has ended.
    VerificationExpired,
    /// The device is lost.
    Lost,
    /// Stands still or does not answer; ground to be established.
    Unestablished,
}

/// Why a meter was removed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// Replaced by another device.
    Replaced,
    /// Taken to verification.
    ForVerification,
    /// Taken to repair.
    ForRepair,
    /// Metering ends here.
    Abolished,
}

event_names!(MeterEvent {
    MeterRegistered,
    PassportLinked,
    MeterInstalled,
    MeterCommissioned,
    MeterSealed,
    SealBroken,
    SubsystemConfigured,
    ReadingRecorded,
    ReadingHeld,
    ReadingRejected,
    ReadingFlagged,
    ControlReadingRecorded,
    ReadingWithdrawn,
    ReadingCorrected,
    RolloverDeclared,
    VerificationRecorded,
    MeterFailed,
    MeterRestored,
    AccessRefused,
    MeterInspected,
    TamperingFound,
    TamperingEnded,
    MeterRepaired,
    MeterRemoved,
    FinalReadingRecorded,
    ValueImputed,
    ImputationSuperseded,
    SiblingReadingMissed,
    MeterLeftBook,
    MeterEnteredBook,
    SeriesAdopted,
});

impl LedgerFact for MeterEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::ReadingRecorded { reading, .. }
            | Self::ReadingHeld { reading, .. }
            | Self::ReadingRejected { reading, .. }
            | Self::ControlReadingRecorded { reading, .. } => Some(reading.taken_at),
            Self::MeterInstalled { at, .. }
            | Self::MeterCommissioned { at, .. }
            | Self::MeterSealed { at, .. }
            | Self::SealBroken { at, .. }
            | Self::MeterFailed { at, .. }
            | Self::MeterRestored { at, .. }
            | Self::AccessRefused { at, .. }
            | Self::MeterInspected { at, .. }
            | Self::TamperingFound { at, .. }
            | Self::TamperingEnded { at, .. }
            | Self::MeterRepaired { at, .. }
            | Self::MeterRemoved { at, .. }
            | Self::MeterLeftBook { at, .. }
            | Self::MeterEnteredBook { at, .. } => Some(*at),
            Self::SubsystemConfigured { from, .. } => Some(*from),
            Self::FinalReadingRecorded { removed_at, .. } => Some(*removed_at),
            Self::VerificationRecorded { performed_on, .. } => filed_at(*performed_on),
            Self::ValueImputed { interval, .. } => Some(interval.until()),
            Self::SeriesAdopted { readings, .. } => readings.last().map(|last| last.taken_at),
            Self::MeterRegistered { .. }
            | Self::PassportLinked { .. }
            | Self::ReadingFlagged { .. }
            | Self::ReadingWithdrawn { .. }
            | Self::ReadingCorrected { .. }
            | Self::RolloverDeclared { .. }
            | Self::ImputationSuperseded { .. }
            | Self::SiblingReadingMissed { .. } => None,
        }
    }

    fn natural_key(&self) -> Option<String> {
        match self {
            Self::ReadingRecorded { reading, .. }
            | Self::ReadingHeld { reading, .. }
            | Self::ReadingRejected { reading, .. } => reading
                .origin
                .as_ref()
                .map(|origin| format!("reading/{origin}")),
            Self::ControlReadingRecorded { act, .. } => {
                Some(format!("control/{}/{}", act.date, act.number))
            }
            Self::SiblingReadingMissed { period, .. } => Some(format!("sibling/{period}")),
            _ => None,
        }
    }
}
