//! What a settlement depends on beside the readings: dated facts, each with the event that told it.

use std::collections::BTreeMap;

use aggregates::account::bill::{Bill, BillLine, ProviderNotice};
use aggregates::account::event::ClosingReason;
use aggregates::building::arrangement::Arrangement;
use aggregates::building::event::{BuildingAreaPurpose, CompanyRole, GapPolicy, HeatingPayment};
use aggregates::building::{AcceptedFlag, PassedStage};
use aggregates::dated::DatedRows;
use aggregates::ids::{MeterId, OrganisationId, PremisesId};
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::metering_point::event::RadiatorFactor;
use aggregates::premises::event::{AbsenceRefusal, HeatSource, PremisesKind};
use aggregates::quantity::{Fraction, Measure, NormRate, Quantity, SquareMetre};
use aggregates::rule::{RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use aggregates::tariff_book::event::{NormKey, TariffKey, TariffPrice};
use aggregates::text::{Code, Label};
use aggregates::time::{DateSpan, Period, ZoneName};
use aggregates::vocabulary::{FactSource, Resource};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::recorded::EventAt;

/// A value together with the event that told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact<T> {
    pub(crate) value: T,
    pub(crate) event: EventAt,
}

impl<T> Fact<T> {
    pub(crate) fn new(value: T, event: EventAt) -> Self {
        Self { value, event }
    }
}

/// Rows of a fact with their events.
pub(crate) type Dated<T> = DatedRows<Fact<T>>;

/// An area of m² with its event.
pub(crate) type Area = Fact<Quantity<SquareMetre>>;

/// An area by its documents: ЕГРН prevails from the day it is presented on (ПП 354 п. 36).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AreaRows {
    egrn: Dated<Quantity<SquareMetre>>,
    other: Dated<Quantity<SquareMetre>>,
}

impl AreaRows {
    pub(crate) fn record(&mut self, area: Area, from: NaiveDate, source: FactSource) {
        match source {
            FactSource::Egrn => self.egrn.record_from(from, area),
            _ => self.other.record_from(from, area),
        }
    }

    pub(crate) fn on(&self, day: NaiveDate) -> Option<&Area> {
        self.egrn.on(day).or_else(|| self.other.on(day))
    }
}

/// Factors of the radiator under a distributor.
pub(crate) type RadiatorFactors = Dated<RadiatorFactor>;

/// The house as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct HouseFacts {
    /// What the house used for heating in a year, as it was told from outside.
    pub(crate) heat_of_years: BTreeMap<i32, Fact<Measure>>,
    /// Mean outdoor temperatures of days, °C.
    pub(crate) temperatures: BTreeMap<NaiveDate, Fact<Decimal>>,
    /// How gaps were decided, by meter and period.
    pub(crate) gaps: BTreeMap<(MeterId, Period), Fact<GapDecision>>,
    /// Who accepts how gaps are filled, by the period it holds from.
    pub(crate) gap_policy: BTreeMap<Period, Fact<GapPolicy>>,
    pub(crate) registered: Option<EventAt>,
    pub(crate) arrangements: BTreeMap<Resource, Dated<Arrangement>>,
    pub(crate) areas: BTreeMap<BuildingAreaPurpose, AreaRows>,
    pub(crate) decisions: BTreeMap<(Code, Option<Resource>), Dated<()>>,
    pub(crate) payment: Dated<HeatingPayment>,
    /// Beginnings (`true`) and ends of heating seasons, oldest first.
    pub(crate) season: Vec<(NaiveDate, Fact<bool>)>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) overrides: Vec<RuleOverrides>,
    /// Explanations of imbalances, in the order of recording.
    pub(crate) explanations: Vec<Fact<ImbalanceFact>>,
    /// Who answers for an uncertain row of the rules, by its identity.
    pub(crate) confirmations: BTreeMap<Code, Fact<RuleConfirmation>>,
}

/// Rows of one parameter and scope that stand in the place of the common rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleOverrides {
    pub(crate) parameter: Code,
    pub(crate) scope: RuleScope,
    pub(crate) rows: Dated<(RuleValue, RuleBasis)>,
}

/// How somebody decided that the gaps of a meter are filled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GapDecision {
    pub(crate) method: ImputationMethod,
    /// By a paper, in the place of what the law has by itself.
    pub(crate) is_by_paper: bool,
    /// What was proposed then, of all gaps of the meter in their order.
    pub(crate) volumes: Vec<RegisterValue>,
}

/// What people say of an imbalance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImbalanceFact {
    pub(crate) period: Period,
    pub(crate) resource: Resource,
    pub(crate) cause: Code,
    pub(crate) amount: Measure,
}

/// A company in one role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Relation {
    pub(crate) organisation: OrganisationId,
    pub(crate) role: CompanyRole,
    pub(crate) resources: Vec<Resource>,
    pub(crate) rows: Dated<()>,
}

impl HouseFacts {
    /// The arrangement of a resource on a day.
    pub(crate) fn arrangement_on(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Option<&Fact<Arrangement>> {
        self.arrangements.get(&resource)?.on(day)
    }

    /// An area of the house on a day.
    pub(crate) fn area_on(&self, purpose: BuildingAreaPurpose, day: NaiveDate) -> Option<&Area> {
        self.areas.get(&purpose)?.on(day)
    }

    /// The event of a decision that holds for the resource, be it taken for it or for all.
    pub(crate) fn decision_on(
        &self,
        decision: &str,
        resource: Resource,
        day: NaiveDate,
    ) -> Option<EventAt> {
        let holding = self.decisions.iter().filter(|((code, about), _)| {
            code.as_str() == decision && about.is_none_or(|about| about == resource)
        });
        let mut found = holding.filter_map(|(_, rows)| Some(rows.on(day)?.event));
        found.next()
    }

    /// Whether the house prints the bills of this biller: its manager or billing centre. Where no
    /// manager is on record, every biller of an arrangement counts as the house's own.
    pub(crate) fn bills_here(
        &self,
        biller: OrganisationId,
        resource: Resource,
        day: NaiveDate,
    ) -> bool {
        let holding = |relation: &&Relation| relation.rows.on(day).is_some();
        let managed = self
            .relations
            .iter()
            .filter(holding)
            .any(|relation| relation.role == CompanyRole::Manager);
        !managed
            || self.relations.iter().filter(holding).any(|relation| {
                let billing = matches!(
                    relation.role,
                    CompanyRole::Manager | CompanyRole::BillingCentre
                );
                let about = relation.resources.is_empty() || relation.resources.contains(&resource);
                billing && about && relation.organisation == biller
            })
    }

    /// Whether the house is heated on a day, with the mark that says so; `None` before the first.
    pub(crate) fn heated_on(&self, day: NaiveDate) -> Option<&Fact<bool>> {
        let passed = self.season.partition_point(|(on, _)| *on <= day);
        self.season[..passed].last().map(|(_, mark)| mark)
    }
}

/// Premises as a settlement sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PremisesFacts {
    pub(crate) number: Label,
    pub(crate) registered: Fact<PremisesKind>,
    pub(crate) part_of: Option<PremisesId>,
    pub(crate) uses: Dated<PremisesKind>,
    /// Общая площадь.
    pub(crate) area: AreaRows,
    /// Жилая площадь.
    pub(crate) living: AreaRows,
    /// Registered and temporary residents together.
    pub(crate) residents: Dated<u32>,
    pub(crate) owners: Dated<u32>,
    pub(crate) absences: Vec<AbsenceFact>,
    pub(crate) impossible: BTreeMap<Resource, Dated<()>>,
    pub(crate) heat: Dated<HeatSource>,
    pub(crate) separate: BTreeMap<Resource, Dated<OrganisationId>>,
    pub(crate) amenities: Dated<Amenities>,
}

/// A temporary absence with the answer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AbsenceFact {
    pub(crate) persons: u32,
    pub(crate) departed: NaiveDate,
    pub(crate) returned: NaiveDate,
    pub(crate) applied_on: NaiveDate,
    pub(crate) refused: Option<AbsenceRefusal>,
    pub(crate) event: EventAt,
}

impl AbsenceFact {
    /// Full days of absence: those of departure and return are none (п. 90).
    pub(crate) fn full_days(&self) -> i64 {
        (self.returned - self.departed).num_days() - 1
    }

    /// Whether a day is one of them.
    pub(crate) fn covers(&self, day: NaiveDate) -> bool {
        self.departed < day && day < self.returned
    }
}

/// Category by which norms are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amenities {
    pub(crate) category: Code,
    pub(crate) rooms: Option<u8>,
}

impl PremisesFacts {
    /// What the premises are on a day, and the event that says so.
    pub(crate) fn kind_on(&self, day: NaiveDate) -> Fact<PremisesKind> {
        self.uses.on(day).copied().unwrap_or(self.registered)
    }

    /// Who lives here on a day; `None` where nobody is registered.
    pub(crate) fn residents_on(&self, day: NaiveDate) -> Option<Fact<u32>> {
        let residents = self.residents.covering(day).copied();
        residents.filter(|fact| fact.value > 0)
    }

    /// Who is counted on a day: residents, owners where nobody is registered (ПП 354 п. 56(2)).
    pub(crate) fn persons_on(&self, day: NaiveDate) -> Option<Fact<u32>> {
        let living = self.residents_on(day);
        living.or_else(|| self.owners.on(day).copied())
    }

    /// Whether the premises have no heating from the house, and by which event.
    pub(crate) fn without_heating_on(&self, day: NaiveDate) -> Option<EventAt> {
        let heat = self.heat.on(day)?;
        (heat.value != HeatSource::Central).then_some(heat.event)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountFacts {
    pub(crate) number: Label,
    pub(crate) premises: PremisesId,
    pub(crate) opened: Fact<(NaiveDate, Fraction)>,
    pub(crate) shares: Dated<Fraction>,
    pub(crate) closed: Option<Fact<(NaiveDate, ClosingReason)>>,
    pub(crate) bills: Vec<Fact<Bill>>,
    pub(crate) notices: Vec<Fact<ProviderNotice>>,
}

impl AccountFacts {
    /// The share billed here on a day; `None` while the account is not open.
    pub(crate) fn share_on(&self, day: NaiveDate) -> Option<Fact<Fraction>> {
        let (from, share) = self.opened.value;
        let closed = self.closed.as_ref().is_some_and(|closed| {
            let (until, reason) = closed.value;
            until <= day || reason == ClosingReason::OpenedByMistake
        });
        let held = self.shares.on(day).copied();
        (from <= day && !closed).then(|| held.unwrap_or(Fact::new(share, self.opened.event)))
    }

    /// Lines that went out in bills and notices of `from` and later, with the event of each.
    pub(crate) fn sent_since(&self, from: Period) -> impl Iterator<Item = (EventAt, &BillLine)> {
        let bills = self
            .bills
            .iter()
            .filter(move |bill| from <= bill.value.period);
        let bills = bills.map(|bill| (bill.event, &bill.value.lines));
        let notices = self
            .notices
            .iter()
            .filter(move |told| from <= told.value.period);
        let notices = notices.map(|told| (told.event, &told.value.lines));
        let sent = bills.chain(notices);
        sent.flat_map(|(event, lines)| lines.iter().map(move |line| (event, line)))
    }

    /// Whether the account is closed on that day and for good.
    pub(crate) fn is_closed_by(&self, day: NaiveDate) -> bool {
        self.closed
            .as_ref()
            .is_some_and(|closed| closed.value.0 <= day)
    }
}

/// A price on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TariffFact {
    pub(crate) key: TariffKey,
    pub(crate) price: TariffPrice,
    pub(crate) validity: DateSpan,
    pub(crate) event: EventAt,
}

/// Prices and norms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RateFacts {
    /// Prices that were not withdrawn.
    pub(crate) tariffs: Vec<TariffFact>,
    pub(crate) norms: Vec<(NormKey, Dated<NormRate>)>,
}

impl RateFacts {
    /// First day on which a price holds no more: its own end, or the beginning of the next one for
    /// the same thing.
    pub(crate) fn holds_until(&self, tariff: &TariffFact) -> Option<NaiveDate> {
        let rivals = self
            .tariffs
            .iter()
            .filter(|other| other.key.rivals(&tariff.key));
        let later = rivals
            .map(|other| other.validity.from())
            .filter(|from| *from > tariff.validity.from());
        later.chain(tariff.validity.until()).min()
    }
}

/// What a meter's papers say, and the place of its stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MeterLife {
    /// Sequence of the last event.
    pub(crate) sequence: u64,
    /// Day of each verification with the last day of validity; `None`: found unfit.
    pub(crate) verifications: Vec<Fact<(NaiveDate, Option<NaiveDate>)>>,
    pub(crate) failures: Vec<Outage>,
    /// Readings that wait for a decision, by sequence.
    pub(crate) held: BTreeMap<u64, Fact<Period>>,
}

/// A time in which a meter was out of order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outage {
    pub(crate) since: Fact<DateTime<Utc>>,
    /// When metering was restored.
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Outage {
    /// Whether the meter was out of order at an instant.
    pub(crate) fn holds_at(&self, instant: DateTime<Utc>) -> bool {
        self.since.value < instant && self.until.is_none_or(|until| instant < until)
    }
}

impl MeterLife {
    /// The outage that a day belongs to: the day of failure does, that of restoration does not.
    pub(crate) fn outage_on(&self, day: NaiveDate, zone: ZoneName) -> Option<&Outage> {
        self.failures.iter().find(|outage| {
            let ended = outage.until.map(|until| zone.local_date(until));
            zone.local_date(outage.since.value) <= day && ended.is_none_or(|ended| day < ended)
        })
    }

    /// The verification in force on a day, by its last day of validity.
    pub(crate) fn verification_on(
        &self,
        day: NaiveDate,
    ) -> Option<Fact<(NaiveDate, Option<NaiveDate>)>> {
        let done = self
            .verifications
            .iter()
            .filter(|known| known.value.0 <= day);
        done.max_by_key(|known| known.value.0).copied()
    }

    /// The verification that has ended before a day, without another since.
    pub(crate) fn expired_on(&self, day: NaiveDate) -> Option<EventAt> {
        let last = self.verification_on(day)?;
        let ended = last.value.1.is_none_or(|until| until < day);
        ended.then_some(last.event)
    }
}

/// What a closing recorded of a resource, and how much.
pub(crate) type PeriodVolume = Fact<(Code, Measure)>;

/// Settlement periods of the house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PeriodFacts {
    pub(crate) opened: Option<(Period, Period)>,
    pub(crate) closed: BTreeMap<Period, ClosedPeriod>,
    /// Volumes of closed periods by what they are: `house`, `common`, `soi_due` …
    pub(crate) volumes: BTreeMap<(Resource, Period), Vec<PeriodVolume>>,
    /// Stages of closing that the open period has passed.
    pub(crate) stages: Vec<PassedStage>,
    /// What was flagged in periods that are not closed and has its cause.
    pub(crate) accepted: Vec<AcceptedFlag>,
    /// Changes that the last closing has mended: they come back where it is opened again.
    pub(crate) mended: Vec<Change>,
}

impl PeriodFacts {
    /// A volume of a closed period.
    pub(crate) fn volume(
        &self,
        resource: Resource,
        period: Period,
        kind: &str,
    ) -> Option<&PeriodVolume> {
        let known = self.volumes.get(&(resource, period))?;
        known.iter().find(|fact| fact.value.0.as_str() == kind)
    }
}

/// How a period was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClosedPeriod {
    /// Position that it was computed at.
    pub(crate) computed_at: u64,
    /// Whether it was settled: bills went out, which later facts may mend.
    pub(crate) settled: bool,
    /// Whether its bills are held back.
    pub(crate) bills_held: bool,
}

/// An event that may change figures of a period, remembered until the next closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) event: EventAt,
    /// The first period whose figures it may change.
    pub(crate) from: Period,
    /// What it is about.
    pub(crate) about: About,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum About {
    /// The whole house, or one of its resources.
    House(Option<Resource>),
    /// Premises.
    Premises(PremisesId),
    /// An account.
    Account(Uuid),
    /// A meter.
    Meter(Uuid),
    /// A volume calculated for a meter.
    Imputed(Uuid),
}
