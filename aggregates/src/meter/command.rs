//! What a meter may be asked to do.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{BookId, MeterId, MeteringPointId, OrganisationId};
use crate::ledger::EventId;
use crate::meter::event::{AdoptedReading, FailureCause, RemovalReason};
use crate::meter::model::{ModelRef, RegisterSpec, SubsystemChannel, TransformerRatio};
use crate::meter::reading::{
    CorrectionReason, Finding, ImputationMethod, RegisterValue, WithdrawalReason,
};
use crate::meter::submission::{ReadingFacts, Submission, TargetReading};
use crate::quantity::Measure;
use crate::text::{Code, Label};
use crate::time::{Interval, Period};
use crate::vocabulary::{ActRef, AdoptionSource, NoteRef, Resource};

/// A command to a meter.
///
/// A repeated command whose fact stands already writes nothing and is not an error. An error means
/// that the command contradicts the registry; a reading of a registered meter never ends in one.
#[derive(Clone, Debug, PartialEq)]
pub enum MeterCommand {
    /// Make the device known to the book; the first command of every meter.
    RegisterMeter(Registration),
    /// Link the device's electronic passport.
    LinkPassport {
        /// Registry the passport stands in.
        registry: Label,
        /// Its number there.
        number: Label,
    },
    /// Put the meter in at a metering point.
    Install {
        /// Where.
        point: MeteringPointId,
        /// When the work was done; not before the last removal.
        at: DateTime<Utc>,
        /// Initial readings, exactly one a cumulative register.
        initial: Vec<RegisterValue>,
        /// Act of the installation.
        act: Option<ActRef>,
        /// Ratio of the transformers; a new one is a removal and an installation with readings.
        transformer_ratio: Option<TransformerRatio>,
    },
    /// Ввести в эксплуатацию.
    Commission {
        /// The act.
        act: ActRef,
        /// From when charges follow the meter.
        at: DateTime<Utc>,
    },
    /// Set a control seal.
    Seal {
        /// Number of the seal.
        seal: Label,
        /// Where on the device.
        place: Label,
        /// When.
        at: DateTime<Utc>,
        /// Act.
        act: Option<ActRef>,
    },
    /// Note that a seal was found broken; it need not have been recorded before.
    BreakSeal {
        /// Number of the seal.
        seal: Label,
        /// When it was found.
        at: DateTime<Utc>,
        /// Act.
        act: Option<ActRef>,
    },
    /// Assign the device's channels to registers: the whole map anew.
    ConfigureSubsystem {
        /// From when the map holds.
        from: DateTime<Utc>,
        /// The whole map; no input twice.
        channels: Vec<SubsystemChannel>,
    },
    /// Take in a reading, from whomever.
    RecordReading(Box<Submission>),
    /// Take in a контрольное снятие. Its source is `control`, whatever the submission says.
    RecordControlReading {
        /// The values and when they were taken.
        submission: Box<Submission>,
        /// The act of the control.
        act: ActRef,
    },
    /// Take a reading back.
    WithdrawReading {
        /// The reading as loaded; accepted or held.
        target: Box<TargetReading>,
        /// Why.
        reason: WithdrawalReason,
        /// Comment, kept outside.
        note: Option<NoteRef>,
    },
    /// Replace wrong values by the right ones.
    CorrectReading {
        /// The reading as loaded; accepted.
        target: Box<TargetReading>,
        /// The right values, exactly one for every register of the reading.
        values: Vec<RegisterValue>,
        /// Why.
        reason: CorrectionReason,
        /// Act the correction rests on.
        act: Option<ActRef>,
        /// Comment, kept outside.
        note: Option<NoteRef>,
        /// Facts of the house, as for a reading.
        facts: Box<ReadingFacts>,
    },
    /// Declare that a register turned over just before an accepted reading.
    DeclareRollover {
        /// The reading after the turn, as loaded.
        target: Box<TargetReading>,
        /// Which register; its number of digits must be known.
        register: Code,
    },
    /// Mark an accepted reading by a later check.
    FlagReading {
        /// The reading as loaded.
        target: Box<TargetReading>,
        /// The mark.
        finding: Finding,
    },
    /// Record a поверка.
    RecordVerification(Verification),
    /// Note that the meter counts as out of order (ПП 354 п. 81(12)).
    Fail {
        /// Since when.
        at: DateTime<Utc>,
        /// Which ground.
        cause: FailureCause,
        /// Act.
        act: Option<ActRef>,
    },
    /// Note that metering was restored.
    Restore {
        /// Since when.
        at: DateTime<Utc>,
        /// Act.
        act: Option<ActRef>,
    },
    /// Note an отказ в допуске (ПП 354 п. 85); the meter counts refusals in a row itself.
    RefuseAccess {
        /// The act.
        act: ActRef,
        /// When.
        at: DateTime<Utc>,
    },
    /// Note an inspection (ПП 354 п. 82–85): it ends the refusals before it.
    Inspect {
        /// The act.
        act: ActRef,
        /// When.
        at: DateTime<Utc>,
    },
    /// Note a несанкционированное вмешательство (ПП 354 п. 81(11)).
    FindTampering {
        /// The act.
        act: ActRef,
        /// When it was found.
        at: DateTime<Utc>,
        /// When it began, where established; not after `at`.
        since: Option<DateTime<Utc>>,
        /// What goes through in an hour, above zero and in a unit of the resource, where the act
        /// establishes it.
        hourly: Option<Measure>,
    },
    /// Note that the tampering found last was done away with.
    EndTampering {
        /// The act.
        act: ActRef,
        /// Since when; not before it was found.
        at: DateTime<Utc>,
    },
    /// Note a repair.
    Repair {
        /// When.
        at: DateTime<Utc>,
        /// Who did it.
        organisation: Option<OrganisationId>,
        /// Act.
        act: Option<ActRef>,
    },
    /// Take the meter away from its point.
    Remove {
        /// When; not before the installation.
        at: DateTime<Utc>,
        /// Final readings, exactly one a cumulative register; empty when the display gave none.
        r#final: Vec<RegisterValue>,
        /// Why.
        reason: RemovalReason,
        /// Act.
        act: Option<ActRef>,
    },
    /// Add what the display showed at a removal that was recorded without final readings.
    RecordFinalReading {
        /// Final readings, exactly one a cumulative register.
        r#final: Vec<RegisterValue>,
        /// Act or another document they are taken from.
        act: Option<ActRef>,
    },
    /// Fill in a missing volume.
    ImputeValue(Imputation),
    /// Let a real value take an imputed one's place.
    SupersedeImputation {
        /// Sequence of the imputation in this stream.
        imputed: u64,
        /// The event that replaces it.
        by: EventId,
    },
    /// Note that a meter of the same premises sent its reading and this one did not (V18). Writes
    /// nothing if this one has an accepted or held reading for the period.
    NoteSiblingMissed {
        /// The settlement period.
        period: Period,
        /// The sibling's accepted reading.
        sent: EventId,
    },
    /// Let the device go to another book. Readings that come afterwards are rejected (V03).
    LeaveBook {
        /// Where it goes.
        to: BookId,
        /// The stream that continues it there.
        successor: MeterId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Take the device in from another book; after `RegisterMeter`, before `Install`.
    EnterBook {
        /// Where the old stream stands.
        from: AdoptionSource,
        /// The old stream.
        predecessor: MeterId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Take over readings from another book or organisation.
    AdoptSeries {
        /// From where.
        from: AdoptionSource,
        /// The readings, oldest first.
        readings: Vec<AdoptedReading>,
    },
}

/// What is known of a device when it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What it measures.
    pub resource: Resource,
    /// Заводской номер.
    pub serial: Label,
    /// Type by the directory of models.
    pub model: Option<ModelRef>,
    /// At least one, names unique, at least one of them cumulative. A tariff zone is named `t1`,
    /// `t2` …; without zones the first cumulative register is the main one.
    pub registers: Vec<RegisterSpec>,
    /// Межповерочный интервал, in months.
    pub verification_interval_months: Option<u16>,
    /// Year of manufacture.
    pub made_in: Option<i32>,
}

/// One поверка.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// When it was done.
    pub performed_on: NaiveDate,
    /// Last day of validity, not before `performed_on`; `None` when the device was found unfit.
    pub valid_until: Option<NaiveDate>,
    /// Certificate or notice of unfitness.
    pub certificate: Option<Label>,
    /// Record in ФГИС «Аршин».
    pub registry_record: Option<Label>,
    /// Who verified.
    pub organisation: Option<OrganisationId>,
}

/// One missing volume, calculated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imputation {
    /// Volumes, one a register.
    pub volumes: Vec<RegisterValue>,
    /// For which settlement period.
    pub period: Period,
    /// The part of the period that is filled.
    pub interval: Interval,
    /// How.
    pub method: ImputationMethod,
    /// Clause of the law.
    pub clause: Label,
    /// Edition of the rules.
    pub edition: Label,
    /// The events it was calculated from; never empty.
    pub inputs: Vec<EventId>,
}
