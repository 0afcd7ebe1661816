//! Events of a building. Names and fields are the storage format: pinned by tests, changed only by
//! upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::building::address::{Address, BuildingKind, Location};
use crate::building::arrangement::{Arrangement, SubmissionWindow};
pub use crate::building::choices::{GapPolicy, HeatLayout, HeatingPayment};
use crate::building::closing::{
    AcceptedFlags, BatchRef, ClosingStage, Flagged, FourEyes, StageCount,
};
use crate::building::payee::Payee;
use crate::ids::{MeterId, MeteringPointId, OrganisationId, PersonId, PremisesId};
use crate::ledger::{EventId, LedgerFact};
use crate::meter::reading::{ImputationMethod, RegisterValue};
use crate::quantity::{Measure, Quantity, SquareMetre};
use crate::rule::{RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use crate::text::{Code, Label};
use crate::time::{DateSpan, Interval, Period, ZoneName};
use crate::vocabulary::{ActRef, AdoptionSource, FactSource, NoteRef, Resource, filed_at};

/// What may happen to a building.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum BuildingEvent {
    /// The building entered the ledger.
    BuildingRegistered {
        /// Where it stands.
        address: Address,
        /// What it is.
        kind: BuildingKind,
        /// IANA name of its time zone; months begin at its midnight.
        zone: ZoneName,
        /// Storeys, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floors: Option<u16>,
        /// Entrances (подъезды), where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entrances: Option<u16>,
        /// Year of construction, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        built_in: Option<i32>,
    },
    /// The address changed; the old one stays in history.
    AddressChanged {
        /// The new one.
        address: Address,
        /// From which day.
        from: NaiveDate,
    },
    /// The building was put on the map.
    BuildingLocated {
        /// Where.
        location: Location,
    },
    /// Договорённость: who provides, reads and bills a resource (rules 0.2).
    ArrangementSet {
        /// For which resource.
        resource: Resource,
        /// When it holds.
        validity: DateSpan,
        /// The row.
        arrangement: Arrangement,
    },
    /// Days on which residents' readings are taken in.
    SubmissionWindowSet {
        /// For which resource.
        resource: Resource,
        /// From which day.
        from: NaiveDate,
        /// The window.
        window: SubmissionWindow,
        /// Contract, meeting's decision or the law.
        basis: Label,
    },
    /// An area of the whole house by purpose.
    BuildingAreaRecorded {
        /// Which area.
        purpose: BuildingAreaPurpose,
        /// Its size, m².
        area: Quantity<SquareMetre>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Which points stand under which house meters.
    BalanceScopeDefined {
        /// Of which resource.
        resource: Resource,
        /// Name of the scope: `house`, `input-1`, `entrance-2` …
        name: Code,
        /// From which day; replaces the scope of this name.
        from: NaiveDate,
        /// House meters with their sign.
        house: Vec<ScopeMember>,
        /// Points inside, with their sign.
        members: Vec<ScopeMember>,
    },
    /// A company stands in a relation to the house.
    RelationSet {
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
    /// Where a provider is paid became known.
    PayeeRecorded {
        /// The provider.
        organisation: OrganisationId,
        /// Its details.
        payee: Payee,
        /// From which day bills print them; replaces the details with this beginning.
        from: NaiveDate,
    },
    /// Старший по дому was elected.
    SeniorAppointed {
        /// Who.
        person: PersonId,
        /// Protocol of the meeting.
        act: ActRef,
        /// When.
        validity: DateSpan,
    },
    /// The weather station that the house's heat is judged by.
    WeatherStationLinked {
        /// WMO number of the station.
        station: Code,
        /// From which day.
        from: NaiveDate,
    },
    /// Начало отопительного периода by an act of the city.
    HeatingSeasonStarted {
        /// First day with heating.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
    /// Окончание отопительного периода by an act of the city.
    HeatingSeasonEnded {
        /// First day without heating.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
    /// Способ оплаты отопления (ПП 354 п. 42(1)).
    HeatingPaymentChosen {
        /// Which way.
        mode: HeatingPayment,
        /// From which day.
        from: NaiveDate,
        /// The region's act.
        act: ActRef,
    },
    /// How heat is laid through the house.
    HeatDistributionRecorded {
        /// Horizontal lets a flat have its own heat meter.
        layout: HeatLayout,
        /// By which document.
        source: FactSource,
        /// From which day.
        from: NaiveDate,
    },
    /// A service was interrupted.
    ServiceOutageRecorded {
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
    /// Our own intake of readings did not work.
    IntakeOutageRecorded {
        /// When.
        interval: Interval,
        /// Channels concerned; empty means all.
        channels: Vec<Code>,
    },
    /// A decision of the owners' meeting that figures depend on.
    MeetingDecisionRecorded {
        /// What was decided: `soi_by_fact`, `soi_by_average`, `odn_excess_by_area` …
        decision: Code,
        /// About which resource, where it concerns one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
        /// When it holds.
        validity: DateSpan,
        /// Protocol.
        act: ActRef,
    },
    /// Another rule than the common one holds for this house. Recorded again with the same first
    /// day it replaces the row: so a term is shortened or a value corrected.
    RuleOverridden {
        /// Name of the parameter in the registry of rules.
        parameter: Code,
        /// For what.
        #[serde(default, skip_serializing_if = "RuleScope::is_everything")]
        scope: RuleScope,
        /// What holds.
        value: RuleValue,
        /// On which days.
        validity: DateSpan,
        /// By which act, decision or policy.
        basis: RuleBasis,
    },
    /// An override counts as never recorded: the common rule holds on its days.
    RuleOverrideWithdrawn {
        /// Name of the parameter.
        parameter: Code,
        /// For what.
        #[serde(default, skip_serializing_if = "RuleScope::is_everything")]
        scope: RuleScope,
        /// First day of the withdrawn row.
        from: NaiveDate,
        /// By which act, decision or policy.
        basis: RuleBasis,
    },
    /// Somebody answers for an uncertain row of the rules that this house is settled by: taken over
    /// from the book of rules.
    RuleConfirmationAdopted {
        /// Identity of the row: SHA-256, 64 hexadecimal digits.
        rule: Code,
        /// Name of its parameter.
        parameter: Code,
        /// Who, and by what.
        confirmation: RuleConfirmation,
        /// The event of the book of rules.
        from: AdoptionSource,
    },
    /// A settlement period was opened.
    PeriodOpened {
        /// Which.
        period: Period,
    },
    /// A settlement period was closed: what arrives after `computed_at` is late.
    PeriodClosed {
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
        /// Root over the stream heads at `computed_at`, 64 hexadecimal digits, where settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream_heads_root: Option<Code>,
        /// Root over all lines of its bills, 64 hexadecimal digits, where settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines_root: Option<Code>,
        /// What it was closed with that had asked for a cause.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<AcceptedFlags>,
        /// The batch it was closed in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch: Option<BatchRef>,
        /// Its bills are computed and held back: until they go out it may be opened again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        bills_held: bool,
    },
    /// The bills of a period that was closed without them went out, in the same append.
    HeldBillsReleased {
        /// Of which period.
        period: Period,
    },
    /// A stage of closing was passed.
    PeriodStagePassed {
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
        /// Root over all lines that were approved, 64 hexadecimal digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines_root: Option<Code>,
    },
    /// What a settlement flagged has its cause: the period may be closed with it.
    FlagAccepted {
        /// In which period.
        period: Period,
        /// What.
        flagged: Flagged,
        /// Why: `checked`, `awaiting_documents`, `being_mended` …
        cause: Code,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// Somebody decided how a gap of a meter is filled.
    GapDecided {
        /// Which meter.
        meter: MeterId,
        /// The open period.
        period: Period,
        /// By which method.
        method: ImputationMethod,
        /// What was proposed by it then: another proposal asks for another decision.
        volumes: Vec<RegisterValue>,
        /// Why not as the law has it by itself; absent where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<ActRef>,
    },
    /// Whether gaps are filled as the law has it by itself, or somebody is asked of each.
    GapPolicySet {
        /// Which.
        policy: GapPolicy,
        /// From which period on.
        from: Period,
    },
    /// Somebody asks to open a closed period again.
    ReopeningRequested {
        /// Which.
        period: Period,
        /// Why.
        reason: ReopeningReason,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
        /// Who asks: the code of an actor.
        by: Code,
    },
    /// A closed period was opened again.
    PeriodReopened {
        /// Which.
        period: Period,
        /// Why.
        reason: ReopeningReason,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
        /// Who asked and who agreed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<FourEyes>,
    },
    /// A part of an imbalance found its cause.
    ImbalanceExplained {
        /// In which period.
        period: Period,
        /// Of which resource.
        resource: Resource,
        /// `unmetered`, `leak`, `not_simultaneous`, `own_needs` …
        cause: Code,
        /// How much of it.
        amount: Measure,
        /// What it rests on.
        evidence: Vec<EventId>,
    },
    /// A value taken over from another book or organisation: transit, a shared node, a weather
    /// series.
    ValueAdopted {
        /// What it is: `transit`, `shared_node`, `outdoor_temperature` …
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

/// Purposes of a house's areas: different numbers, each dated with its source.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BuildingAreaPurpose {
    /// S_об: all residential and non-residential premises.
    AllPremises,
    /// S_ои for heating: heated common premises.
    CommonHeated,
    /// S_ои for water and sewage.
    CommonWater,
    /// S_ои for electricity.
    CommonElectricity,
    /// Further common premises for electricity («доп. МОП»).
    CommonElectricityExtra,
    /// S_инд: premises without heating devices by the technical documents.
    WithoutHeating,
}

/// A metering point in a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeMember {
    /// The point.
    pub point: MeteringPointId,
    /// Adds or takes away (transit, a sub-consumer behind the input).
    pub sign: Sign,
}

/// Sign of a balance member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Adds.
    Plus,
    /// Takes away.
    Minus,
}

/// What a company is to a house.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CompanyRole {
    /// УК, ТСЖ or ЖСК.
    Manager,
    /// РСО.
    Supplier,
    /// Service company for meters.
    Service,
    /// Billing centre (ЕРЦ).
    BillingCentre,
    /// Auditor.
    Auditor,
}

/// Kinds of interruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutageKind {
    /// Announced beforehand.
    Planned,
    /// Emergency.
    Emergency,
}

/// Grounds for opening a closed period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReopeningReason {
    /// Closed by mistake, before bills went out.
    ClosedByMistake,
    /// By a decision of a court or inspectorate.
    Decision,
}

/// One total of a closed period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodTotal {
    /// Of which resource.
    pub resource: Resource,
    /// What: `house`, `premises`, `common`, `charged`; of КР на СОИ `difference`, `soi_due`,
    /// `carried_over`, `owed_to_supplier` …
    pub kind: Code,
    /// The earlier period whose total this replaces, where it is not one of the closed period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// How much; `None` when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Measure>,
    /// How much money; `None` when not settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<crate::quantity::Money>,
}

event_names!(BuildingEvent {
    BuildingRegistered,
    AddressChanged,
    BuildingLocated,
    ArrangementSet,
    SubmissionWindowSet,
    BuildingAreaRecorded,
    BalanceScopeDefined,
    RelationSet,
    PayeeRecorded,
    SeniorAppointed,
    WeatherStationLinked,
    HeatingSeasonStarted,
    HeatingSeasonEnded,
    HeatingPaymentChosen,
    HeatDistributionRecorded,
    ServiceOutageRecorded,
    IntakeOutageRecorded,
    MeetingDecisionRecorded,
    RuleOverridden,
    RuleOverrideWithdrawn,
    RuleConfirmationAdopted,
    PeriodOpened,
    PeriodClosed,
    HeldBillsReleased,
    PeriodStagePassed,
    FlagAccepted,
    GapDecided,
    GapPolicySet,
    ReopeningRequested,
    PeriodReopened,
    ImbalanceExplained,
    ValueAdopted,
});

impl LedgerFact for BuildingEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::AddressChanged { from, .. }
            | Self::SubmissionWindowSet { from, .. }
            | Self::BuildingAreaRecorded { from, .. }
            | Self::BalanceScopeDefined { from, .. }
            | Self::PayeeRecorded { from, .. }
            | Self::WeatherStationLinked { from, .. }
            | Self::HeatingPaymentChosen { from, .. }
            | Self::HeatDistributionRecorded { from, .. }
            | Self::RuleOverrideWithdrawn { from, .. } => filed_at(*from),
            Self::ArrangementSet { validity, .. }
            | Self::RelationSet { validity, .. }
            | Self::SeniorAppointed { validity, .. }
            | Self::MeetingDecisionRecorded { validity, .. }
            | Self::RuleOverridden { validity, .. } => filed_at(validity.from()),
            Self::HeatingSeasonStarted { on, .. } | Self::HeatingSeasonEnded { on, .. } => {
                filed_at(*on)
            }
            Self::ServiceOutageRecorded { interval, .. }
            | Self::IntakeOutageRecorded { interval, .. } => Some(interval.from()),
            Self::RuleConfirmationAdopted { confirmation, .. } => filed_at(confirmation.on),
            Self::ValueAdopted { interval, .. } => Some(interval.until()),
            Self::BuildingRegistered { .. }
            | Self::BuildingLocated { .. }
            | Self::PeriodOpened { .. }
            | Self::PeriodClosed { .. }
            | Self::HeldBillsReleased { .. }
            | Self::PeriodStagePassed { .. }
            | Self::FlagAccepted { .. }
            | Self::GapDecided { .. }
            | Self::GapPolicySet { .. }
            | Self::ReopeningRequested { .. }
            | Self::PeriodReopened { .. }
            | Self::ImbalanceExplained { .. } => None,
        }
    }

    /// An adopted value is named by its source: a long series need not stand in the state of the
    /// building to be adopted once only.
    fn natural_key(&self) -> Option<String> {
        let Self::ValueAdopted {
            purpose,
            resource,
            interval,
            from,
            ..
        } = self
        else {
            return None;
        };
        let source = match from {
            AdoptionSource::Book { book, position, .. } => format!("{book}/{position}"),
            AdoptionSource::Organisation { organisation, act } => {
                format!("{organisation}/{}/{}", act.date, act.number)
            }
        };
        let resource = resource.map_or("-", Resource::code);
        let begins = interval.from().timestamp();
        Some(format!("adopted/{purpose}/{resource}/{begins}/{source}"))
    }
}
