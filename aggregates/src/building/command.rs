//! What one may ask of a building. Fields mean what they mean in the event of the same form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::building::address::{Address, BuildingKind, Location};
use crate::building::arrangement::{Arrangement, SubmissionWindow};
use crate::building::closing::{AcceptedFlags, BatchRef, ClosingStage, Flagged, StageCount};
use crate::building::event::{
    BuildingAreaPurpose, CompanyRole, GapPolicy, HeatLayout, HeatingPayment, OutageKind,
    PeriodTotal, ReopeningReason, ScopeMember,
};
use crate::building::payee::Payee;
use crate::ids::{MeterId, OrganisationId, PersonId, PremisesId};
use crate::ledger::EventId;
use crate::meter::reading::{ImputationMethod, RegisterValue};
use crate::quantity::{Measure, Quantity, SquareMetre};
use crate::rule::{RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use crate::text::{Code, Label};
use crate::time::{DateSpan, Interval, Period, ZoneName};
use crate::vocabulary::{ActRef, AdoptionSource, FactSource, NoteRef, Resource};

/// Commands of a building. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum BuildingCommand {
    /// Enter the building into the ledger.
    RegisterBuilding {
        /// Where it stands.
        address: Address,
        /// What it is.
        kind: BuildingKind,
        /// IANA name of its time zone.
        zone: ZoneName,
        /// Storeys, 1–200, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floors: Option<u16>,
        /// Entrances, 1–200, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entrances: Option<u16>,
        /// Year of construction, 1600–2200, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        built_in: Option<i32>,
    },
    /// Give it another address.
    ChangeAddress {
        /// The new one.
        address: Address,
        /// From which day.
        from: NaiveDate,
        /// Says that the register itself gave the house another ФИАС GUID; without it a GUID that
        /// differs or is left out is taken for a mistake.
        #[serde(default)]
        fias_replaced: bool,
    },
    /// Put it on the map.
    LocateBuilding {
        /// Where.
        location: Location,
    },
    /// Say who provides, reads and bills a resource.
    SetArrangement {
        /// For which resource.
        resource: Resource,
        /// When it holds.
        validity: DateSpan,
        /// The row.
        arrangement: Arrangement,
    },
    /// Say on which days readings are taken in.
    SetSubmissionWindow {
        /// For which resource.
        resource: Resource,
        /// From which day.
        from: NaiveDate,
        /// The window.
        window: SubmissionWindow,
        /// Contract, meeting's decision or the law.
        basis: Label,
    },
    /// Record an area of the whole house.
    RecordBuildingArea {
        /// Which area.
        purpose: BuildingAreaPurpose,
        /// Its size, m².
        area: Quantity<SquareMetre>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Say which points stand under which house meters.
    DefineBalanceScope {
        /// Of which resource.
        resource: Resource,
        /// Name of the scope.
        name: Code,
        /// From which day.
        from: NaiveDate,
        /// House meters with their sign.
        house: Vec<ScopeMember>,
        /// Points inside, with their sign.
        members: Vec<ScopeMember>,
    },
    /// Put a company in a relation to the house.
    SetRelation {
        /// The company.
        organisation: OrganisationId,
        /// As what.
        role: CompanyRole,
        /// For which resources; empty means all.
        resources: Vec<Resource>,
        /// When.
        validity: DateSpan,
        /// Contract.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Record where a provider is paid.
    RecordPayee {
        /// The provider.
        organisation: OrganisationId,
        /// Its details.
        payee: Payee,
        /// From which day.
        from: NaiveDate,
    },
    /// Name the senior of the house.
    AppointSenior {
        /// Who.
        person: PersonId,
        /// Protocol of the meeting.
        act: ActRef,
        /// When.
        validity: DateSpan,
    },
    /// Choose the weather station.
    LinkWeatherStation {
        /// WMO number, five digits.
        station: Code,
        /// From which day.
        from: NaiveDate,
    },
    /// Begin the heating season.
    StartHeatingSeason {
        /// First day with heating.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
    /// End the heating season.
    EndHeatingSeason {
        /// First day without heating.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
    /// Record how heat is paid for.
    ChooseHeatingPayment {
        /// Which way.
        mode: HeatingPayment,
        /// From which day.
        from: NaiveDate,
        /// The region's act.
        act: ActRef,
    },
    /// Record how heat is laid through the house.
    RecordHeatDistribution {
        /// Which layout.
        layout: HeatLayout,
        /// By which document.
        source: FactSource,
        /// From which day.
        from: NaiveDate,
    },
    /// Record that a service was interrupted.
    RecordServiceOutage {
        /// Which.
        resource: Resource,
        /// When.
        interval: Interval,
        /// Premises concerned; empty means the whole house.
        premises: Vec<PremisesId>,
        /// Planned or emergency.
        kind: OutageKind,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Record that our own intake did not work.
    RecordIntakeOutage {
        /// When.
        interval: Interval,
        /// Channels concerned; empty means all.
        channels: Vec<Code>,
    },
    /// Record a decision of the owners' meeting.
    RecordMeetingDecision {
        /// What was decided.
        decision: Code,
        /// About which resource, where it concerns one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
        /// When it holds.
        validity: DateSpan,
        /// Protocol.
        act: ActRef,
    },
    /// Let another rule than the common one hold for this house. That the parameter exists and the
    /// value is of its kind is judged before, where the registry stands.
    OverrideRule {
        /// Name of the parameter.
        parameter: Code,
        /// For what.
        #[serde(default)]
        scope: RuleScope,
        /// What holds.
        value: RuleValue,
        /// On which days.
        validity: DateSpan,
        /// By which act, decision or policy.
        basis: RuleBasis,
    },
    /// Take an override back.
    WithdrawRuleOverride {
        /// Name of the parameter.
        parameter: Code,
        /// For what.
        #[serde(default)]
        scope: RuleScope,
        /// First day of the row.
        from: NaiveDate,
        /// By which act, decision or policy.
        basis: RuleBasis,
    },
    /// Take over that somebody answers for an uncertain row of the rules.
    AdoptRuleConfirmation {
        /// Identity of the row.
        rule: Code,
        /// Name of its parameter.
        parameter: Code,
        /// Who, and by what.
        confirmation: RuleConfirmation,
        /// The event of the book of rules.
        from: AdoptionSource,
    },
    /// Open a settlement period.
    OpenPeriod {
        /// Which.
        period: Period,
    },
    /// Close a settlement period.
    ClosePeriod {
        /// Which.
        period: Period,
        /// Position of the book that it was computed at.
        computed_at: u64,
        /// SHA-256 of the rule edition, where settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edition_hash: Option<Code>,
        /// Version of the engine, where settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        engine: Option<Label>,
        /// Totals of the house, one a resource and kind.
        totals: Vec<PeriodTotal>,
        /// Root over the stream heads, where settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream_heads_root: Option<Code>,
        /// Root over all lines, where settled: what was approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines_root: Option<Code>,
        /// What it is closed with that asks for a cause.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<AcceptedFlags>,
        /// The batch it is closed in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch: Option<BatchRef>,
        /// Its bills go out later.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        bills_held: bool,
    },
    /// Let the bills of the last closed period go out.
    ReleaseHeldBills {
        /// Of which period.
        period: Period,
    },
    /// Pass a stage of closing; each after the one before.
    PassStage {
        /// Of which period.
        period: Period,
        /// The stage.
        stage: ClosingStage,
        /// Position of the book that it was counted at.
        computed_at: u64,
        /// What was counted.
        counts: Vec<StageCount>,
        /// Totals of the house, where the stage states them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        totals: Vec<PeriodTotal>,
        /// Root over all lines: of an approval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines_root: Option<Code>,
    },
    /// Give what a settlement flagged its cause.
    AcceptFlag {
        /// In which period.
        period: Period,
        /// What; without resource or premises all of the kind.
        flagged: Flagged,
        /// The cause.
        cause: Code,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// Decide how a gap of a meter is filled. That the method is allowed is judged before, where
    /// the settlement stands.
    DecideGap {
        /// Which meter.
        meter: MeterId,
        /// The open period.
        period: Period,
        /// By which method.
        method: ImputationMethod,
        /// What is proposed by it.
        volumes: Vec<RegisterValue>,
        /// Why not as the law has it by itself.
        #[serde(default)]
        basis: Option<ActRef>,
    },
    /// Say whether gaps are filled as the law has it, or somebody is asked.
    SetGapPolicy {
        /// Which.
        policy: GapPolicy,
        /// From which period on; not a closed one.
        from: Period,
    },
    /// Ask for the last closed period to be opened again.
    RequestReopening {
        /// Which.
        period: Period,
        /// Why.
        reason: ReopeningReason,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
        /// Who asks.
        by: Code,
    },
    /// Open the last closed period again, as another actor has asked.
    ReopenPeriod {
        /// Which.
        period: Period,
        /// Who agrees.
        by: Code,
    },
    /// Give a part of an imbalance its cause.
    ExplainImbalance {
        /// In which period.
        period: Period,
        /// Of which resource.
        resource: Resource,
        /// The cause.
        cause: Code,
        /// How much of it.
        amount: Measure,
        /// What it rests on.
        evidence: Vec<EventId>,
    },
    /// Take over a value from another book or organisation.
    AdoptValue {
        /// What it is.
        purpose: Code,
        /// For which resource, where it concerns one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
        /// For which time.
        interval: Interval,
        /// The value.
        value: Measure,
        /// From where.
        from: AdoptionSource,
    },
}
