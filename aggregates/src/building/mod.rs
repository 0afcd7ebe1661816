//! Дом.

pub mod address;
pub mod arrangement;
mod check;
pub mod choices;
pub mod closing;
pub mod command;
mod decide;
pub mod error;
pub mod event;
mod fold;
mod heating;
pub mod outage;
mod overrides;
pub mod payee;
mod periods;
mod rules;
mod stages;
pub mod terms;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::building::address::{Address, BuildingKind, Location};
use crate::building::arrangement::{Arrangement, SubmissionWindow};
use crate::building::command::BuildingCommand;
use crate::building::error::BuildingError;
use crate::building::event::{
    BuildingAreaPurpose, BuildingEvent, CompanyRole, HeatLayout, HeatingPayment, ScopeMember,
};
use crate::building::heating::SeasonMark;
use crate::building::outage::{IntakeOutage, ServiceOutage};
use crate::building::overrides::RuleOverride;
use crate::building::payee::Payees;
use crate::building::periods::Periods;
pub use crate::building::stages::{AcceptedFlag, PassedStage};
use crate::building::terms::ReadingTerms;
use crate::dated::{DatedArea, DatedRows};
use crate::ids::{OrganisationId, PersonId};
use crate::ledger::{EventId, LedgerAggregate};
use crate::quantity::{Measure, Quantity, SquareMetre};
use crate::rule::RuleConfirmation;
use crate::text::{Code, Label};
use crate::time::{Interval, Period, ZoneName};
use crate::vocabulary::{ActRef, AdoptionSource, FactSource, Resource};

/// A building: what is true of it as a whole. Premises, accounts and points stand beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Building {
    registered: Option<Registered>,
    addresses: DatedRows<Address>,
    location: Option<Location>,
    arrangements: BTreeMap<Resource, DatedRows<Arrangement>>,
    windows: BTreeMap<Resource, DatedRows<WindowTerms>>,
    areas: BTreeMap<BuildingAreaPurpose, DatedArea>,
    scopes: BTreeMap<Resource, BTreeMap<Code, DatedRows<BalanceScope>>>,
    relations: Vec<Relation>,
    payees: Vec<Payees>,
    seniors: DatedRows<Senior>,
    stations: DatedRows<Code>,
    /// Beginnings and ends of heating seasons by turns, oldest first.
    season: Vec<SeasonMark>,
    heating_payment: DatedRows<(HeatingPayment, ActRef)>,
    heat_layout: DatedRows<(HeatLayout, FactSource)>,
    service_outages: Vec<ServiceOutage>,
    intake_outages: Vec<IntakeOutage>,
    decisions: Vec<Decision>,
    overrides: Vec<RuleOverride>,
    /// By identity of the row.
    confirmations: BTreeMap<Code, (RuleConfirmation, AdoptionSource)>,
    periods: Periods,
    explanations: Vec<Explanation>,
    /// The last value of each purpose and resource: a series may be long, and the natural key of
    /// its events keeps the older ones from being adopted twice.
    adopted: Vec<Adopted>,
}

/// What the building was registered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Registered {
    address: Address,
    kind: BuildingKind,
    zone: ZoneName,
    floors: Option<u16>,
    entrances: Option<u16>,
    built_in: Option<i32>,
}

/// A window for readings with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowTerms {
    /// The window.
    pub window: SubmissionWindow,
    /// Contract, meeting's decision or the law.
    pub basis: Label,
}

/// Which points stand under which house meters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceScope {
    /// House meters with their sign.
    pub house: Vec<ScopeMember>,
    /// Points inside, with their sign.
    pub members: Vec<ScopeMember>,
}

/// A company in one role for one set of resources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Relation {
    organisation: OrganisationId,
    role: CompanyRole,
    /// In one order; empty means all.
    resources: Vec<Resource>,
    rows: DatedRows<Option<ActRef>>,
}

/// A company as it stands to the house on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Company<'a> {
    /// Which company.
    pub organisation: OrganisationId,
    /// As what.
    pub role: CompanyRole,
    /// For which resources; empty means all.
    pub resources: &'a [Resource],
    /// By which contract.
    pub act: Option<&'a ActRef>,
}

/// Старший по дому.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Senior {
    /// Who.
    pub person: PersonId,
    /// Protocol of the meeting.
    pub act: ActRef,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Decision {
    decision: Code,
    resource: Option<Resource>,
    rows: DatedRows<ActRef>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Explanation {
    period: Period,
    resource: Resource,
    cause: Code,
    amount: Measure,
    evidence: Vec<EventId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Adopted {
    purpose: Code,
    resource: Option<Resource>,
    interval: Interval,
    value: Measure,
    from: AdoptionSource,
}

impl Building {
    /// Whether it is registered.
    pub fn is_registered(&self) -> bool {
        self.registered.is_some()
    }

    /// Time zone of the house, once registered.
    pub fn zone(&self) -> Option<ZoneName> {
        self.registered.as_ref().map(|known| known.zone)
    }

    /// What stands at the address, once registered.
    pub fn kind(&self) -> Option<BuildingKind> {
        self.registered.as_ref().map(|known| known.kind)
    }

    /// Address on `date`; before the first change, the one it was registered with.
    pub fn address_on(&self, date: NaiveDate) -> Option<&Address> {
        self.addresses
            .on(date)
            .or(self.registered.as_ref().map(|known| &known.address))
    }

    /// Where it stands on the map, once known.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Договорённость for `resource` on `date`: the row that began last, if its term holds the day.
    /// Without a row nothing is settled (rules 0.2).
    pub fn arrangement_on(&self, resource: Resource, date: NaiveDate) -> Option<&Arrangement> {
        self.arrangements.get(&resource)?.on(date)
    }

    /// The window for readings of `resource` on `date` with its basis; `None` where the law's
    /// default holds ([`SubmissionWindow::BY_LAW`]).
    pub fn window_on(&self, resource: Resource, date: NaiveDate) -> Option<&WindowTerms> {
        self.windows.get(&resource)?.on(date)
    }

    /// An area of the whole house on `date` and its document; ЕГРН prevails (ПП 354 п. 36).
    pub fn area_on(
        &self,
        purpose: BuildingAreaPurpose,
        date: NaiveDate,
    ) -> Option<(Quantity<SquareMetre>, FactSource)> {
        self.areas.get(&purpose)?.on(date)
    }

    /// Balance scopes of `resource` in force on `date`, by name.
    pub fn balance_scopes_on(
        &self,
        resource: Resource,
        date: NaiveDate,
    ) -> impl Iterator<Item = (&Code, &BalanceScope)> {
        let named = self.scopes.get(&resource).into_iter().flatten();
        named.filter_map(move |(name, rows)| Some((name, rows.on(date)?)))
    }

    /// Companies that stand in a relation to the house on `date`.
    pub fn companies_on(&self, date: NaiveDate) -> impl Iterator<Item = Company<'_>> {
        self.relations.iter().filter_map(move |relation| {
            relation.rows.on(date).map(|act| Company {
                organisation: relation.organisation,
                role: relation.role,
                resources: &relation.resources,
                act: act.as_ref(),
            })
        })
    }

    /// The senior of the house on `date`.
    pub fn senior_on(&self, date: NaiveDate) -> Option<&Senior> {
        self.seniors.on(date)
    }

    /// WMO number of the weather station on `date`.
    pub fn station_on(&self, date: NaiveDate) -> Option<&Code> {
        self.stations.on(date)
    }

    /// Whether the house is heated on `date`; `None` before the first mark, when it is not known.
    pub fn is_heated_on(&self, date: NaiveDate) -> Option<bool> {
        heating::is_heated_on(&self.season, date)
    }

    /// How heat is paid for on `date`, and by which act.
    pub fn heating_payment_on(&self, date: NaiveDate) -> Option<&(HeatingPayment, ActRef)> {
        self.heating_payment.on(date)
    }

    /// How heat is laid through the house on `date`, and by which document.
    pub fn heat_layout_on(&self, date: NaiveDate) -> Option<(HeatLayout, FactSource)> {
        self.heat_layout.on(date).copied()
    }

    /// Protocol of the meeting's decision in force on `date`.
    pub fn decision_on(
        &self,
        decision: &Code,
        resource: Option<Resource>,
        date: NaiveDate,
    ) -> Option<&ActRef> {
        let same = |known: &&Decision| known.decision == *decision && known.resource == resource;
        self.decisions.iter().find(same)?.rows.on(date)
    }

    /// Interruptions of services on record, in the order of recording.
    pub fn service_outages(&self) -> &[ServiceOutage] {
        &self.service_outages
    }

    /// The last closed settlement period: what is known later cannot change it in place.
    pub fn closed_through(&self) -> Option<Period> {
        self.periods.closed_through()
    }

    /// What was flagged in the open period and has its cause, in the order of acceptance.
    pub fn accepted_flags(&self) -> &[AcceptedFlag] {
        self.periods.accepted()
    }

    /// The stages of closing that the open period has passed.
    pub fn stages(&self) -> &[PassedStage] {
        self.periods.stages()
    }

    /// The last closed period whose bills are held back.
    pub fn bills_held(&self) -> Option<Period> {
        self.periods.bills_held()
    }

    /// Whether the period was opened, be it closed since.
    pub fn is_period_opened(&self, period: Period) -> bool {
        self.periods.is_opened(period)
    }

    /// What a reading of `resource` that is received at `at` is judged by.
    ///
    /// # Errors
    /// [`BuildingError::NotRegistered`]: without a time zone no reading has a day.
    pub fn reading_terms(
        &self,
        resource: Resource,
        at: DateTime<Utc>,
    ) -> Result<ReadingTerms, BuildingError> {
        let zone = self.zone().ok_or(BuildingError::NotRegistered)?;
        let day = zone.local_date(at);
        let window = self.window_on(resource, day).map(|terms| terms.window);
        Ok(ReadingTerms {
            zone,
            window: window.unwrap_or(SubmissionWindow::BY_LAW),
            provider: self.arrangement_on(resource, day).map(|row| row.provider),
            closed_through: self.closed_through(),
            intake_outages: outage::intervals(&self.intake_outages),
        })
    }
}

impl Aggregate for Building {
    const TYPE: &'static str = "building";
    type Command = BuildingCommand;
    type Event = BuildingEvent;
    type Error = BuildingError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.fold(event);
    }
}

impl LedgerAggregate for Building {
    const STATE_VERSION: u32 = 3;
}
