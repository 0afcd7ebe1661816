//! A small language for houses that are settled: facts in, lines out. Closings go through the
//! aggregates, so that what is tested can also be appended.

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aggregates::account::Account;
use aggregates::account::command::AccountCommand;
use aggregates::account::event::{AccountEvent, ClosingReason, Holder, HolderKind};
use aggregates::book_event::BookEvent;
use aggregates::building::Building;
use aggregates::building::arrangement::{Arrangement, Management, ProviderRole, ReadingsOwner};
use aggregates::building::command::BuildingCommand;
use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent};
use aggregates::ids::{AccountId, BookId, MeterId, OrganisationId, PremisesId};
use aggregates::ledger::{EventId, LedgerAggregate};
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::event::MeterEvent;
use aggregates::premises::event::{PremisesAreaPurpose, PremisesEvent, PremisesKind};
use aggregates::quantity::{NormBasis, NormRate, Percent, Quantity, TariffRate, Unit};
use aggregates::tariff_book::event::{
    NormKey, RateBasis, TariffBookEvent, TariffComponent, TariffKey, TariffPrice,
};
use aggregates::text::{Code, Label};
use aggregates::time::{DateSpan, Period, ZoneName};
use aggregates::vocabulary::{ActRef, FactSource, Resource};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use cqrs_es::event_sink::EventSink;
use projections::recorded::Recorded;
use projections::settlement::{Closing, HouseBook, Settlement, close};
use uuid::Uuid;

use crate::kept::kept;
use crate::telling::settled;

/// Everything that is not dated otherwise holds from here on.
pub(crate) const BEGIN: &str = "2020-01-01";

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a period such as 2026-05")
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date such as 2026-05-25")
}

pub(crate) fn zone() -> ZoneName {
    ZoneName::new("Asia/Yekaterinburg").expect("a zone of the IANA list")
}

/// `2026-05-25` (then 10:00) or `2026-05-25T13:30`, by the clock of the house.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let full = match text.len() {
        10 => format!("{text}T10:00"),
        _ => text.to_owned(),
    };
    let local = NaiveDateTime::parse_from_str(&full, "%Y-%m-%dT%H:%M").expect("date and time");
    let found = zone().tz().from_local_datetime(&local).single();
    found.expect("one instant").to_utc()
}

pub(crate) fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

pub(crate) fn since(from: &str) -> DateSpan {
    DateSpan::since(day(from))
}

pub(crate) fn act() -> ActRef {
    ActRef {
        number: label("17"),
        date: day(BEGIN),
        document: None,
    }
}

pub(crate) fn company() -> OrganisationId {
    OrganisationId(Uuid::from_u128(7))
}

/// A flat or other premises with its account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flat {
    pub(crate) id: PremisesId,
    pub(crate) account: AccountId,
}

/// A price as a test gives it: for the population, with the tax in it.
pub(crate) fn price(resource: Resource, component: TariffComponent) -> TariffKey {
    TariffKey {
        resource,
        component,
        zone: None,
        range: None,
        payers: code("population"),
    }
}

/// A house in the making.
pub(crate) struct House {
    pub(crate) events: Vec<Recorded>,
    sequences: HashMap<Uuid, u64>,
    pub(crate) registers: HashMap<MeterId, Vec<(Code, Unit)>>,
    book: BookId,
    next: u128,
}

impl House {
    /// A house managed by a company that provides the given resources and bills them.
    pub(crate) fn new(resources: &[Resource]) -> Self {
        let book = BookId(Uuid::from_u128(1));
        let mut house = Self {
            events: Vec::new(),
            sequences: HashMap::new(),
            registers: HashMap::new(),
            book,
            next: 100,
        };
        let registered = serde_json::json!({"BuildingRegistered": {
            "address": {"region": "Свердловская обл", "settlement": "г Екатеринбург",
                        "street": "ул Малышева", "house": "51"},
            "kind": "apartment_building",
            "zone": "Asia/Yekaterinburg",
        }});
        house.building(serde_json::from_value(registered).expect("its stored form"));
        for resource in resources {
            house.arrange(*resource, Management::ManagingCompany);
        }
        house
    }

    pub(crate) fn id(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    /// Appends an event; returns its sequence in the stream.
    pub(crate) fn record(&mut self, stream: Uuid, event: BookEvent) -> u64 {
        let sequence = self.sequences.entry(stream).or_default();
        *sequence += 1;
        let position = self.events.len() as u64 + 1;
        let seconds = i64::try_from(position).expect("a short book");
        let recorded_at = at("2026-01-01") + TimeDelta::seconds(seconds);
        self.events.push(Recorded {
            book: self.book,
            position,
            recorded_at,
            effective_at: recorded_at,
            aggregate_id: stream,
            sequence: *sequence,
            event,
        });
        *sequence
    }

    pub(crate) fn building(&mut self, event: BuildingEvent) {
        self.record(self.book.0, BookEvent::Building(event));
    }

    pub(crate) fn arrange(&mut self, resource: Resource, management: Management) {
        self.arrange_with(resource, management, ProviderRole::Manager);
    }

    /// The first arrangement on record.
    pub(crate) fn arrangement(&self) -> Arrangement {
        let mut set = self
            .events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                BookEvent::Building(BuildingEvent::ArrangementSet { arrangement, .. }) => {
                    Some(arrangement.clone())
                }
                _ => None,
            });
        set.next().expect("an arrangement")
    }

    pub(crate) fn arrange_with(
        &mut self,
        resource: Resource,
        management: Management,
        provider_role: ProviderRole,
    ) {
        self.building(BuildingEvent::ArrangementSet {
            resource,
            validity: since(BEGIN),
            arrangement: Arrangement {
                management,
                provider: company(),
                provider_role,
                supplier: None,
                contract: None,
                readings_owner: ReadingsOwner::Provider,
                biller: company(),
                readings_owed_to: company(),
                readings_owed_by_day: 25,
                report: None,
            },
        });
    }

    pub(crate) fn house_area(&mut self, purpose: BuildingAreaPurpose, area: &str) {
        self.building(BuildingEvent::BuildingAreaRecorded {
            purpose,
            area: Quantity::parse(area).expect("an area"),
            from: day(BEGIN),
            source: FactSource::TechnicalPassport,
        });
    }

    pub(crate) fn decide(&mut self, decision: &str, resource: Resource) {
        self.building(BuildingEvent::MeetingDecisionRecorded {
            decision: code(decision),
            resource: Some(resource),
            validity: since(BEGIN),
            act: act(),
        });
    }

    pub(crate) fn heating_from(&mut self, on: &str) {
        self.building(BuildingEvent::HeatingSeasonStarted {
            on: day(on),
            act: act(),
        });
    }

    pub(crate) fn tell(&mut self, premises: PremisesId, event: PremisesEvent) {
        self.record(premises.0, BookEvent::Premises(event));
    }

    /// Premises of this kind without an account.
    pub(crate) fn premises(&mut self, number: &str, kind: PremisesKind, area: &str) -> PremisesId {
        let id = PremisesId(self.id());
        let registered = PremisesEvent::PremisesRegistered {
            number: label(number),
            kind,
            part_of: None,
            entrance: None,
            floor: None,
            gis_number: None,
        };
        self.tell(id, registered);
        let area = PremisesEvent::PremisesAreaRecorded {
            purpose: PremisesAreaPurpose::Total,
            area: Quantity::parse(area).expect("an area"),
            from: day(BEGIN),
            source: FactSource::Egrn,
        };
        self.tell(id, area);
        id
    }

    /// A flat with its area and one account for the whole.
    pub(crate) fn flat(&mut self, number: &str, area: &str) -> Flat {
        let id = self.premises(number, PremisesKind::Flat, area);
        let account = self.account(id, number, "1/1", BEGIN);
        Flat { id, account }
    }

    pub(crate) fn account(
        &mut self,
        premises: PremisesId,
        number: &str,
        share: &str,
        from: &str,
    ) -> AccountId {
        let account = AccountId(self.id());
        let opened = AccountEvent::AccountOpened {
            number: label(number),
            premises,
            holder: Holder {
                kind: HolderKind::Owner,
                person: None,
                organisation: None,
            },
            share: share.parse().expect("a share"),
            from: day(from),
        };
        self.record(account.0, BookEvent::Account(opened));
        account
    }

    pub(crate) fn close_account(&mut self, account: AccountId, from: &str) {
        let closed = AccountEvent::AccountClosed {
            from: day(from),
            reason: ClosingReason::Rearranged,
            act: None,
        };
        self.record(account.0, BookEvent::Account(closed));
    }

    pub(crate) fn residents(&mut self, flat: Flat, registered: u16) {
        self.residents_from(flat, registered, BEGIN);
    }

    pub(crate) fn residents_from(&mut self, flat: Flat, registered: u16, from: &str) {
        let residents = PremisesEvent::ResidentsRecorded {
            registered,
            temporary: 0,
            validity: since(from),
            source: FactSource::RegistrationOffice,
        };
        self.tell(flat.id, residents);
    }

    fn tariffs(&self) -> Uuid {
        Uuid::from_u128(2)
    }

    /// A price of the population for the resource's usual unit, the tax in it.
    pub(crate) fn price(&mut self, resource: Resource, rate: &str) -> EventId {
        let unit = resource.amount_units()[0];
        let key = price(resource, TariffComponent::Single);
        self.price_of(key, rate, unit, BEGIN)
    }

    pub(crate) fn price_of(
        &mut self,
        key: TariffKey,
        rate: &str,
        unit: Unit,
        from: &str,
    ) -> EventId {
        self.price_with(key, rate, unit, from, None)
    }

    /// A price with the tax on top where its rate is given.
    pub(crate) fn price_with(
        &mut self,
        key: TariffKey,
        rate: &str,
        unit: Unit,
        from: &str,
        vat_on_top: Option<&str>,
    ) -> EventId {
        let vat =
            vat_on_top.map(|vat| Percent::new(vat.parse().expect("a number")).expect("per cent"));
        let set = TariffBookEvent::TariffSet {
            key,
            price: TariffPrice {
                rate: TariffRate::new(rate.parse().expect("a price"), unit).expect("a price"),
                vat,
                vat_included: false,
            },
            validity: since(from),
            supplier: company(),
            basis: RateBasis::Act { act: act() },
            adopted: None,
        };
        let aggregate_id = self.tariffs();
        EventId {
            aggregate_type: "tariff_book".to_owned(),
            aggregate_id,
            sequence: self.record(aggregate_id, BookEvent::TariffBook(set)),
        }
    }

    pub(crate) fn withdraw_price(&mut self, tariff: EventId) {
        let withdrawn = TariffBookEvent::TariffWithdrawn {
            tariff,
            reason: code("typing_mistake"),
        };
        self.record(self.tariffs(), BookEvent::TariffBook(withdrawn));
    }

    pub(crate) fn norm(
        &mut self,
        resource: Resource,
        purpose: &str,
        value: &str,
        unit: Unit,
        per: NormBasis,
    ) {
        let set = TariffBookEvent::NormSet {
            key: NormKey {
                resource,
                purpose: code(purpose),
                category: code("all"),
                rooms: None,
                persons: None,
            },
            rate: NormRate::new(value.parse().expect("a norm"), unit, per).expect("a norm"),
            validity: since(BEGIN),
            basis: RateBasis::Act { act: act() },
        };
        self.record(self.tariffs(), BookEvent::TariffBook(set));
    }

    /// A norm of water for a person.
    pub(crate) fn water_norm(&mut self, resource: Resource, value: &str) {
        let (unit, per) = (Unit::CubicMetre, NormBasis::PersonMonth);
        self.norm(resource, "individual", value, unit, per);
    }

    /// Position of the last event.
    pub(crate) fn position(&self) -> u64 {
        self.events.len() as u64
    }

    pub(crate) fn folded(&self) -> HouseBook {
        self.folded_until(self.position())
    }

    pub(crate) fn folded_until(&self, position: u64) -> HouseBook {
        let mut book = HouseBook::new();
        let prefix = self
            .events
            .iter()
            .filter(|event| event.position <= position);
        for event in prefix {
            book.apply(event)
                .expect("an event of this book in its order");
        }
        kept(&book)
    }

    pub(crate) fn settle(&self, of: &str) -> Settlement {
        settled(&self.folded(), period(of))
    }

    /// Closes a period as the ledger does: everything that follows from the closing is decided by
    /// the aggregates and appended.
    pub(crate) fn close(&mut self, of: &str) -> Closing {
        let closing = close(&self.folded(), period(of)).expect("a closing");
        let blocking: Vec<String> = closing.blocking().map(ToString::to_string).collect();
        assert!(blocking.is_empty(), "{blocking:?}");
        for gap in &closing.imputations {
            let command = MeterCommand::ImputeValue(gap.imputation());
            self.command::<Meter>(gap.gap.meter.0, command, METER);
        }
        let book = self.book.0;
        let open = BuildingCommand::OpenPeriod {
            period: closing.period,
        };
        self.command::<Building>(book, open, BUILDING);
        let closed = BuildingCommand::ClosePeriod {
            period: closing.period,
            computed_at: closing.computed_at,
            edition_hash: Some(closing.edition_hash.clone()),
            engine: Some(closing.engine.clone()),
            totals: closing.totals.clone(),
            stream_heads_root: Some(code(&"ab".repeat(32))),
            lines_root: None,
            accepted: Vec::new(),
            batch: None,
            bills_held: false,
        };
        self.command::<Building>(book, closed, BUILDING);
        for bill in &closing.bills {
            let command = AccountCommand::IssueBill {
                bill: closing.issued(bill),
            };
            self.command::<Account>(bill.account.0, command, ACCOUNT);
        }
        for notice in &closing.notices {
            let command = AccountCommand::NoticeProvider {
                notice: closing.noticed(notice),
            };
            self.command::<Account>(notice.account.0, command, ACCOUNT);
        }
        closing
    }

    /// Lets the aggregate decide a command on what its stream holds, and appends the outcome.
    fn command<A: LedgerAggregate>(
        &mut self,
        stream: Uuid,
        command: A::Command,
        (wrap, own): InBook<A::Event>,
    ) {
        let mut state = A::default();
        let stored = self
            .events
            .iter()
            .filter(|event| event.aggregate_id == stream);
        for event in stored {
            state.apply(own(&event.event).expect("an event of this stream"));
        }
        let sink = EventSink::<A>::default();
        let refused = at_once(state.handle(command, &(), &sink)).err();
        let refused = refused.map(|error| error.to_string());
        assert_eq!(refused, None, "the aggregate refuses what closing appends");
        for event in at_once(sink.collect()) {
            self.record(stream, wrap(event));
        }
    }
}

/// How an event of an aggregate stands in a book, and back.
type InBook<E> = (fn(E) -> BookEvent, fn(&BookEvent) -> Option<E>);

macro_rules! conversions {
    ($($name:ident: $variant:ident($event:ty);)*) => {$(
        const $name: InBook<$event> = (BookEvent::$variant, |event| match event {
            BookEvent::$variant(event) => Some(event.clone()),
            _ => None,
        });
    )*};
}

conversions! {
    METER: Meter(MeterEvent);
    BUILDING: Building(BuildingEvent);
    ACCOUNT: Account(AccountEvent);
}

/// The outcome of something that waits for nothing.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => unreachable!("a decision waits for nothing"),
    }
}
