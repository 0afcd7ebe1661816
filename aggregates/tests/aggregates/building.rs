use aggregates::building::Building;
use aggregates::building::address::{Address, BuildingKind, Degrees, Location};
use aggregates::building::arrangement::{
    Arrangement, ArrangementFault as Fault, ContractScope, LatePolicy, Management, ProviderRole,
    ReadingsOwner, ReportTerms, SubmissionWindow, SupplyContract,
};
use aggregates::building::command::BuildingCommand as Command;
use aggregates::building::error::BuildingError as Error;
use aggregates::building::event::{
    BuildingAreaPurpose as Purpose, BuildingEvent as Event, CompanyRole, HeatLayout,
    HeatingPayment, OutageKind, ScopeMember, Sign,
};
use aggregates::ids::{BookId, MeteringPointId, OrganisationId, PersonId, PremisesId};
use aggregates::ledger::LedgerFact;
use aggregates::quantity::Unit;
use aggregates::text::Code;
use aggregates::time::{DateSpan, Interval, ZoneName};
use aggregates::vocabulary::{AdoptionSource, FactSource, Resource};

use crate::support::*;

const FIAS: u128 = 0x5f1a;

fn address(house: &str, fias: Option<u128>) -> Address {
    Address {
        region: label("Свердловская обл"),
        settlement: label("г Екатеринбург"),
        street: label("ул Щорса"),
        house: label(house),
        block: None,
        postal_code: Some(code("620142")),
        fias: fias.map(id),
        kladr: None,
        oktmo: Some(code("65701000")),
    }
}

fn zone() -> ZoneName {
    ZoneName::new("Asia/Yekaterinburg").expect("a zone")
}

fn register(address: Address, floors: Option<u16>, built_in: Option<i32>) -> Command {
    let (kind, zone) = (BuildingKind::ApartmentBuilding, zone());
    Command::RegisterBuilding {
        address,
        kind,
        zone,
        floors,
        entrances: Some(3),
        built_in,
    }
}

fn registered_at(address: Address) -> Event {
    Event::BuildingRegistered {
        address,
        kind: BuildingKind::ApartmentBuilding,
        zone: zone(),
        floors: Some(9),
        entrances: Some(3),
        built_in: Some(1987),
    }
}

pub(crate) fn registered() -> Event {
    registered_at(address("107", Some(FIAS)))
}

fn house(events: &[Event]) -> Vec<Event> {
    [registered()]
        .into_iter()
        .chain(events.iter().cloned())
        .collect()
}

async fn accepts(when: Command, then: Event) {
    emits::<Building>(house(&[]), when, vec![then]).await;
}

async fn rejects(when: Command, because: Error) {
    refuses::<Building>(house(&[]), when, because).await;
}

#[tokio::test]
async fn a_house_is_registered_once() {
    let command = register(address("107", Some(FIAS)), Some(9), Some(1987));
    emits::<Building>(vec![], command, vec![registered()]).await;
    let error = |field| Error::RegisteredDifferently { field };
    rejects(
        register(address("109", Some(FIAS)), Some(9), Some(1987)),
        error("адрес"),
    )
    .await;
    rejects(
        register(address("107", Some(FIAS)), Some(10), Some(1987)),
        error("этажность"),
    )
    .await;
}

#[tokio::test]
async fn codes_and_numbers_of_a_house_have_their_form() {
    let form = |field, given: &str, expected| Error::AddressCode {
        field,
        given: given.into(),
        expected,
    };
    let right = || address("107", Some(FIAS));
    let range = |field, given: &str, least, most| Error::OutOfRange {
        field,
        given: given.into(),
        least,
        most,
    };
    let cases = [
        (
            register(
                Address {
                    postal_code: Some(code("62014")),
                    ..right()
                },
                None,
                None,
            ),
            form("индекс", "62014", "шесть цифр"),
        ),
        (
            register(
                Address {
                    kladr: Some(code("66")),
                    ..right()
                },
                None,
                None,
            ),
            form("КЛАДР", "66", "13, 17 или 19 цифр"),
        ),
        (
            register(
                Address {
                    oktmo: Some(code("6570100a")),
                    ..right()
                },
                None,
                None,
            ),
            form("ОКТМО", "6570100a", "8 или 11 цифр"),
        ),
        (
            register(address("107", Some(0)), None, None),
            form(
                "код ФИАС",
                &id(0).to_string(),
                "GUID дома из реестра, не нулевой",
            ),
        ),
        (
            register(right(), Some(0), None),
            range("этажей", "0", 1, 200),
        ),
        (
            register(right(), None, Some(1599)),
            range("год постройки", "1599", 1600, 2200),
        ),
    ];
    for (command, error) in cases {
        refuses::<Building>(vec![], command, error).await;
    }
}

#[tokio::test]
async fn everything_else_needs_a_registered_house() {
    for command in [
        change_address(address("109", Some(FIAS)), false),
        arrange(arrangement()),
        Command::OpenPeriod {
            period: period("2026-01"),
        },
        start_season("2025-09-20"),
        outage("2026-01-10T00:00:00Z", "2026-01-10T06:00:00Z", &[]),
    ] {
        refuses::<Building>(vec![], command, Error::NotRegistered).await;
    }
    let terms =
        folded::<Building>(vec![]).reading_terms(Resource::ColdWater, at("2026-01-10T00:00:00Z"));
    assert_eq!(terms, Err(Error::NotRegistered));
}

fn change_address(address: Address, fias_replaced: bool) -> Command {
    Command::ChangeAddress {
        address,
        from: date("2026-02-01"),
        fias_replaced,
    }
}

fn address_changed(address: Address) -> Event {
    Event::AddressChanged {
        address,
        from: date("2026-02-01"),
    }
}

#[tokio::test]
async fn a_new_address_keeps_the_fias_code_or_says_so() {
    let renamed = address("107А", Some(FIAS));
    accepts(
        change_address(renamed.clone(), false),
        address_changed(renamed),
    )
    .await;
    let error = Error::FiasDiffers {
        recorded: id(FIAS).to_string(),
    };
    for fias in [None, Some(0x77)] {
        let given = address("107А", fias);
        rejects(change_address(given.clone(), false), error.clone()).await;
        accepts(change_address(given.clone(), true), address_changed(given)).await;
    }
    // A house that had no code may get one.
    let given = vec![registered_at(address("107", None))];
    let then = vec![address_changed(address("107", Some(FIAS)))];
    let command = change_address(address("107", Some(FIAS)), false);
    emits::<Building>(given, command, then).await;
}

#[test]
fn the_old_address_stays_in_history() {
    let state = folded::<Building>(house(&[address_changed(address("107А", Some(FIAS)))]));
    assert_eq!(
        state.address_on(date("2026-01-31")),
        Some(&address("107", Some(FIAS)))
    );
    assert_eq!(
        state.address_on(date("2026-02-01")),
        Some(&address("107А", Some(FIAS)))
    );
}

#[tokio::test]
async fn a_house_is_put_on_the_map() {
    let degrees = |text: &str| Degrees::try_from(text.to_owned()).expect("an angle");
    let location = Location {
        latitude: degrees("56.80"),
        longitude: degrees("60.59"),
    };
    let command = Command::LocateBuilding {
        location: location.clone(),
    };
    accepts(command, Event::BuildingLocated { location }).await;
    let beyond = Location {
        latitude: degrees("90.5"),
        longitude: degrees("60.59"),
    };
    let error = Error::NoSuchLatitude {
        given: "90.5".into(),
    };
    rejects(Command::LocateBuilding { location: beyond }, error).await;
}

fn arrangement() -> Arrangement {
    Arrangement {
        management: Management::ManagingCompany,
        provider: OrganisationId(id(1)),
        provider_role: ProviderRole::Manager,
        supplier: Some(OrganisationId(id(2))),
        contract: Some(SupplyContract {
            covers: ContractScope::Utility,
            act: act("д-1"),
        }),
        readings_owner: ReadingsOwner::Provider,
        biller: OrganisationId(id(1)),
        readings_owed_to: OrganisationId(id(1)),
        readings_owed_by_day: 25,
        report: Some(ReportTerms {
            day: 26,
            form: label("карточка"),
        }),
    }
}

fn direct() -> Arrangement {
    Arrangement {
        management: Management::Direct,
        provider: OrganisationId(id(2)),
        provider_role: ProviderRole::SupplierUnderDirectManagement,
        supplier: None,
        contract: None,
        ..arrangement()
    }
}

fn arrange(arrangement: Arrangement) -> Command {
    arrange_for(arrangement, since("2026-01-01"))
}

fn arrange_for(arrangement: Arrangement, validity: DateSpan) -> Command {
    Command::SetArrangement {
        resource: Resource::ColdWater,
        validity,
        arrangement,
    }
}

fn arranged(arrangement: Arrangement, validity: DateSpan) -> Event {
    Event::ArrangementSet {
        resource: Resource::ColdWater,
        validity,
        arrangement,
    }
}

#[tokio::test]
async fn the_arrangement_of_a_resource_is_set() {
    for row in [arrangement(), direct()] {
        accepts(arrange(row.clone()), arranged(row, since("2026-01-01"))).await;
    }
}

#[test]
fn a_later_row_ends_the_arrangement_before_it() {
    let state = folded::<Building>(house(&[
        arranged(direct(), since("2026-03-01")),
        arranged(arrangement(), since("2025-01-01")),
    ]));
    let management = |resource, day| {
        state
            .arrangement_on(resource, date(day))
            .map(|row| row.management)
    };
    assert_eq!(management(Resource::ColdWater, "2024-12-31"), None);
    assert_eq!(
        management(Resource::ColdWater, "2026-02-28"),
        Some(Management::ManagingCompany)
    );
    assert_eq!(
        management(Resource::ColdWater, "2026-03-01"),
        Some(Management::Direct)
    );
    assert_eq!(
        management(Resource::Heat, "2026-03-01"),
        None,
        "a row is for one resource"
    );
}

#[test]
fn a_row_set_again_from_the_same_day_takes_its_place() {
    let state = folded::<Building>(house(&[
        arranged(arrangement(), since("2026-01-01")),
        arranged(direct(), since("2026-01-01")),
        arranged(direct(), between("2026-01-01", "2026-06-01")),
    ]));
    let on = |day| state.arrangement_on(Resource::ColdWater, date(day));
    assert_eq!(on("2026-05-31"), Some(&direct()));
    assert_eq!(
        on("2026-06-01"),
        None,
        "what is not arranged is not guessed"
    );
}

#[tokio::test]
async fn an_arrangement_does_not_contradict_itself() {
    let contract = |covers| {
        Some(SupplyContract {
            covers,
            act: act("д-1"),
        })
    };
    let cases = [
        (
            Arrangement {
                supplier: Some(OrganisationId(id(1))),
                ..arrangement()
            },
            Fault::SupplierIsProvider,
        ),
        (
            Arrangement {
                management: Management::Direct,
                ..arrangement()
            },
            Fault::ManagerUnderDirectManagement,
        ),
        (
            Arrangement {
                management: Management::Association,
                ..direct()
            },
            Fault::NoDirectManagement,
        ),
        (
            Arrangement {
                contract: contract(ContractScope::CommonPropertyOnly),
                ..direct()
            },
            Fault::ContractWithoutManager,
        ),
        (
            Arrangement {
                contract: contract(ContractScope::CommonPropertyOnly),
                ..arrangement()
            },
            Fault::ManagerBuysCommonOnly,
        ),
        (
            Arrangement {
                provider_role: ProviderRole::SupplierByDirectContracts,
                ..arrangement()
            },
            Fault::UtilityBoughtUnderDirectContracts,
        ),
    ];
    for (row, fault) in cases {
        rejects(arrange(row), Error::Arrangement(fault)).await;
    }
}

#[tokio::test]
async fn the_days_of_an_arrangement_are_days_of_a_month() {
    for given in [0, 32] {
        let owed = Arrangement {
            readings_owed_by_day: given,
            ..arrangement()
        };
        rejects(arrange(owed), Error::NoSuchDay { given }).await;
        let report = Some(ReportTerms {
            day: given,
            form: label("карточка"),
        });
        let reported = Arrangement {
            report,
            ..arrangement()
        };
        rejects(arrange(reported), Error::NoSuchDay { given }).await;
    }
}

fn window(opens: Option<u8>, closes: u8) -> SubmissionWindow {
    SubmissionWindow {
        opens_on_day: opens,
        closes_on_day: closes,
        late_policy: LatePolicy::ByTaking,
    }
}

fn set_window(window: SubmissionWindow) -> Command {
    Command::SetSubmissionWindow {
        resource: Resource::ColdWater,
        from: date("2026-01-01"),
        window,
        basis: label("договор управления"),
    }
}

fn window_set(window: SubmissionWindow) -> Event {
    Event::SubmissionWindowSet {
        resource: Resource::ColdWater,
        from: date("2026-01-01"),
        window,
        basis: label("договор управления"),
    }
}

#[tokio::test]
async fn a_window_opens_before_it_closes() {
    for given in [window(None, 31), window(Some(1), 1), window(Some(20), 25)] {
        accepts(set_window(given), window_set(given)).await;
    }
    let error = Error::WindowReversed {
        opens: 26,
        closes: 25,
    };
    rejects(set_window(window(Some(26), 25)), error).await;
    for given in [0, 32] {
        rejects(set_window(window(None, given)), Error::NoSuchDay { given }).await;
        rejects(
            set_window(window(Some(given), 25)),
            Error::NoSuchDay { given },
        )
        .await;
    }
}

#[test]
fn readings_are_judged_by_the_terms_of_their_day_in_the_house() {
    let own = window(Some(20), 23);
    let state = folded::<Building>(house(&[
        window_set(own),
        arranged(arrangement(), since("2026-01-01")),
        intake_outage_recorded("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z", &["web"]),
        intake_outage_recorded("2025-11-24T00:00:00Z", "2025-11-25T00:00:00Z", &[]),
        Event::PeriodOpened {
            period: period("2025-12"),
        },
        Event::PeriodClosed {
            period: period("2025-12"),
            computed_at: 5,
            edition_hash: None,
            engine: None,
            totals: vec![],
            stream_heads_root: None,
        },
    ]));
    let terms = |resource, instant| {
        state
            .reading_terms(resource, at(instant))
            .expect("the house is registered")
    };
    // 19:00 UTC is midnight in Ekaterinburg: the new year has begun there.
    let by_law = terms(Resource::ColdWater, "2025-12-31T18:59:59Z");
    assert_eq!(by_law.window, SubmissionWindow::BY_LAW);
    assert_eq!(
        (by_law.window.closes_on_day, by_law.window.late_policy),
        (25, LatePolicy::ByReceipt)
    );
    assert_eq!(by_law.provider, None);
    let agreed = terms(Resource::ColdWater, "2025-12-31T19:00:00Z");
    assert_eq!(agreed.window, own);
    assert_eq!(agreed.provider, Some(OrganisationId(id(1))));
    assert_eq!(agreed.closed_through, Some(period("2025-12")));
    assert_eq!(agreed.zone, zone());
    let oldest_first = [
        interval("2025-11-24T00:00:00Z", "2025-11-25T00:00:00Z"),
        interval("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z"),
    ];
    assert_eq!(agreed.intake_outages, oldest_first);
    assert_eq!(
        terms(Resource::Heat, "2026-02-01T00:00:00Z").window,
        SubmissionWindow::BY_LAW
    );
}

fn record_area(purpose: Purpose, size: &str) -> Command {
    let (from, source) = (date("2026-01-01"), FactSource::Egrn);
    Command::RecordBuildingArea {
        purpose,
        area: area(size),
        from,
        source,
    }
}

fn area_recorded(purpose: Purpose, size: &str, from: &str, source: FactSource) -> Event {
    Event::BuildingAreaRecorded {
        purpose,
        area: area(size),
        from: date(from),
        source,
    }
}

#[tokio::test]
async fn areas_of_the_house_are_recorded_by_purpose() {
    for (purpose, size) in [(Purpose::AllPremises, "4215"), (Purpose::CommonHeated, "0")] {
        let event = area_recorded(purpose, size, "2026-01-01", FactSource::Egrn);
        accepts(record_area(purpose, size), event).await;
    }
    for (purpose, size) in [
        (Purpose::AllPremises, "0"),
        (Purpose::CommonHeated, "-1"),
        (Purpose::AllPremises, "1000000.01"),
    ] {
        rejects(
            record_area(purpose, size),
            Error::AreaOutOfRange { area: size.into() },
        )
        .await;
    }
    let bti = FactSource::TechnicalPassport;
    let state = folded::<Building>(house(&[
        area_recorded(Purpose::AllPremises, "4215", "2026-01-01", FactSource::Egrn),
        area_recorded(Purpose::AllPremises, "4300", "2026-02-01", bti),
    ]));
    let known = state.area_on(Purpose::AllPremises, date("2026-03-01"));
    assert_eq!(known, Some((area("4215"), FactSource::Egrn)));
}

fn plus(number: u128) -> ScopeMember {
    ScopeMember {
        point: MeteringPointId(id(number)),
        sign: Sign::Plus,
    }
}

fn minus(number: u128) -> ScopeMember {
    ScopeMember {
        point: MeteringPointId(id(number)),
        sign: Sign::Minus,
    }
}

fn define(name: &str, from: &str, inputs: &[ScopeMember], members: &[ScopeMember]) -> Command {
    Command::DefineBalanceScope {
        resource: Resource::ColdWater,
        name: code(name),
        from: date(from),
        house: inputs.to_vec(),
        members: members.to_vec(),
    }
}

fn defined(name: &str, from: &str, inputs: &[ScopeMember], members: &[ScopeMember]) -> Event {
    Event::BalanceScopeDefined {
        resource: Resource::ColdWater,
        name: code(name),
        from: date(from),
        house: inputs.to_vec(),
        members: members.to_vec(),
    }
}

#[tokio::test]
async fn a_balance_has_inputs_and_each_point_once() {
    // Given in any order, kept in one.
    let command = define(
        "house",
        "2026-01-01",
        &[minus(3), plus(1)],
        &[plus(9), minus(8)],
    );
    let event = defined(
        "house",
        "2026-01-01",
        &[plus(1), minus(3)],
        &[minus(8), plus(9)],
    );
    accepts(command, event).await;
    accepts(
        define("house", "2026-01-01", &[plus(1)], &[]),
        defined("house", "2026-01-01", &[plus(1)], &[]),
    )
    .await;
    for inputs in [vec![], vec![minus(1)]] {
        rejects(
            define("house", "2026-01-01", &inputs, &[plus(9)]),
            Error::ScopeWithoutInput,
        )
        .await;
    }
    for (inputs, members) in [
        (vec![plus(1), plus(1)], vec![]),
        (vec![plus(1), minus(1)], vec![]),
        (vec![plus(1)], vec![plus(1)]),
        (vec![plus(2)], vec![plus(1), minus(1)]),
    ] {
        let error = Error::ScopePointRepeated {
            point: MeteringPointId(id(1)),
        };
        rejects(define("house", "2026-01-01", &inputs, &members), error).await;
    }
}

#[test]
fn a_scope_is_replaced_by_name_from_its_day() {
    let state = folded::<Building>(house(&[
        defined("input-1", "2026-01-01", &[plus(1)], &[plus(9)]),
        defined("input-2", "2026-01-01", &[plus(2)], &[]),
        defined("input-1", "2026-03-01", &[plus(1)], &[plus(9), plus(10)]),
    ]));
    let members = |day| -> Vec<_> {
        let scopes = state.balance_scopes_on(Resource::ColdWater, date(day));
        scopes
            .map(|(name, scope)| (name.to_string(), scope.members.len()))
            .collect()
    };
    assert_eq!(members("2025-12-31"), []);
    assert_eq!(
        members("2026-02-28"),
        [("input-1".to_owned(), 1), ("input-2".to_owned(), 0)]
    );
    assert_eq!(
        members("2026-03-01"),
        [("input-1".to_owned(), 2), ("input-2".to_owned(), 0)]
    );
}

fn relate(resources: &[Resource], validity: DateSpan) -> Command {
    Command::SetRelation {
        organisation: OrganisationId(id(2)),
        role: CompanyRole::Supplier,
        resources: resources.to_vec(),
        validity,
        act: Some(act("д-2")),
    }
}

fn related(resources: &[Resource], validity: DateSpan) -> Event {
    Event::RelationSet {
        organisation: OrganisationId(id(2)),
        role: CompanyRole::Supplier,
        resources: resources.to_vec(),
        validity,
        act: Some(act("д-2")),
    }
}

#[tokio::test]
async fn a_company_stands_in_a_relation_for_a_time() {
    let both = [Resource::ColdWater, Resource::HotWater];
    let command = relate(
        &[Resource::HotWater, Resource::ColdWater],
        since("2026-01-01"),
    );
    accepts(command, related(&both, since("2026-01-01"))).await;
    let twice = relate(&[Resource::Heat, Resource::Heat], since("2026-01-01"));
    rejects(
        twice,
        Error::Repeated {
            what: "тепло".into(),
        },
    )
    .await;
    let state = folded::<Building>(house(&[
        related(&both, since("2026-01-01")),
        related(&[Resource::Heat], since("2026-02-01")),
        related(&both, between("2026-01-01", "2026-03-01")),
    ]));
    let companies = |day| state.companies_on(date(day)).count();
    assert_eq!(companies("2026-01-31"), 1);
    assert_eq!(
        companies("2026-02-28"),
        2,
        "another contract does not end the first"
    );
    assert_eq!(
        companies("2026-03-01"),
        1,
        "the first has ended with its contract"
    );
}

#[tokio::test]
async fn a_senior_is_appointed_for_a_time() {
    let appointed = |person, validity| Event::SeniorAppointed {
        person: PersonId(id(person)),
        act: act("п-1"),
        validity,
    };
    let command = Command::AppointSenior {
        person: PersonId(id(1)),
        act: act("п-1"),
        validity: since("2026-01-01"),
    };
    accepts(command, appointed(1, since("2026-01-01"))).await;
    let state = folded::<Building>(house(&[
        appointed(1, since("2026-01-01")),
        appointed(2, between("2026-06-01", "2027-01-01")),
    ]));
    let senior = |day| state.senior_on(date(day)).map(|senior| senior.person);
    assert_eq!(senior("2026-05-31"), Some(PersonId(id(1))));
    assert_eq!(senior("2026-06-01"), Some(PersonId(id(2))));
    assert_eq!(senior("2027-01-01"), None);
}

#[tokio::test]
async fn a_weather_station_is_linked_by_its_number() {
    let link = |station: &str| Command::LinkWeatherStation {
        station: code(station),
        from: date("2026-01-01"),
    };
    let linked = Event::WeatherStationLinked {
        station: code("28440"),
        from: date("2026-01-01"),
    };
    accepts(link("28440"), linked.clone()).await;
    for given in ["2844", "284401", "2844a"] {
        rejects(link(given), Error::NotAStation { given: code(given) }).await;
    }
    let state = folded::<Building>(house(&[linked]));
    assert_eq!(state.station_on(date("2025-12-31")), None);
    assert_eq!(state.station_on(date("2026-01-01")), Some(&code("28440")));
}

fn start_season(on: &str) -> Command {
    Command::StartHeatingSeason {
        on: date(on),
        act: act("н"),
    }
}

fn end_season(on: &str) -> Command {
    Command::EndHeatingSeason {
        on: date(on),
        act: act("о"),
    }
}

fn season_started(on: &str) -> Event {
    Event::HeatingSeasonStarted {
        on: date(on),
        act: act("н"),
    }
}

fn season_ended(on: &str) -> Event {
    Event::HeatingSeasonEnded {
        on: date(on),
        act: act("о"),
    }
}

#[tokio::test]
async fn heating_seasons_begin_and_end_by_turns() {
    accepts(start_season("2025-09-20"), season_started("2025-09-20")).await;
    accepts(end_season("2025-05-10"), season_ended("2025-05-10")).await;
    let heated = house(&[season_started("2025-09-20")]);
    let then = vec![season_ended("2026-05-10")];
    emits::<Building>(heated.clone(), end_season("2026-05-10"), then).await;
    let error = Error::SeasonStarted {
        since: date("2025-09-20"),
    };
    refuses::<Building>(heated.clone(), start_season("2025-10-01"), error).await;
    for day in ["2025-09-20", "2025-09-01"] {
        let error = Error::SeasonNotInOrder {
            on: date(day),
            last: date("2025-09-20"),
        };
        refuses::<Building>(heated.clone(), end_season(day), error).await;
    }
    let over = house(&[season_started("2025-09-20"), season_ended("2026-05-10")]);
    let error = Error::SeasonEnded {
        since: date("2026-05-10"),
    };
    refuses::<Building>(over.clone(), end_season("2026-05-20"), error).await;
    repeats::<Building>(over.clone(), start_season("2025-09-20")).await;
    let state = folded::<Building>(over);
    assert_eq!(
        state.is_heated_on(date("2025-09-19")),
        None,
        "not known is not cold"
    );
    assert_eq!(state.is_heated_on(date("2025-09-20")), Some(true));
    assert_eq!(state.is_heated_on(date("2026-05-09")), Some(true));
    assert_eq!(state.is_heated_on(date("2026-05-10")), Some(false));
}

#[tokio::test]
async fn the_way_of_paying_for_heat_and_its_layout_are_dated() {
    let command = Command::ChooseHeatingPayment {
        mode: HeatingPayment::Evenly,
        from: date("2026-07-01"),
        act: act("1-ПП"),
    };
    let chosen = Event::HeatingPaymentChosen {
        mode: HeatingPayment::Evenly,
        from: date("2026-07-01"),
        act: act("1-ПП"),
    };
    accepts(command, chosen.clone()).await;
    let command = Command::RecordHeatDistribution {
        layout: HeatLayout::Vertical,
        source: FactSource::Project,
        from: date("2020-01-01"),
    };
    let laid = Event::HeatDistributionRecorded {
        layout: HeatLayout::Vertical,
        source: FactSource::Project,
        from: date("2020-01-01"),
    };
    accepts(command, laid.clone()).await;
    let state = folded::<Building>(house(&[chosen, laid]));
    assert_eq!(state.heating_payment_on(date("2026-06-30")), None);
    let mode = state
        .heating_payment_on(date("2026-07-01"))
        .map(|(mode, _)| *mode);
    assert_eq!(mode, Some(HeatingPayment::Evenly));
    let layout = state.heat_layout_on(date("2026-07-01"));
    assert_eq!(layout, Some((HeatLayout::Vertical, FactSource::Project)));
}

fn premises(numbers: &[u128]) -> Vec<PremisesId> {
    numbers
        .iter()
        .map(|number| PremisesId(id(*number)))
        .collect()
}

fn outage(from: &str, until: &str, of: &[u128]) -> Command {
    Command::RecordServiceOutage {
        resource: Resource::HotWater,
        interval: interval(from, until),
        premises: premises(of),
        kind: OutageKind::Planned,
        act: None,
    }
}

fn outage_recorded(from: &str, until: &str, of: &[u128]) -> Event {
    Event::ServiceOutageRecorded {
        resource: Resource::HotWater,
        interval: interval(from, until),
        premises: premises(of),
        kind: OutageKind::Planned,
        act: None,
    }
}

#[tokio::test]
async fn a_service_is_interrupted_for_some_or_for_all() {
    let (from, until) = ("2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z");
    accepts(outage(from, until, &[]), outage_recorded(from, until, &[])).await;
    accepts(
        outage(from, until, &[2, 1]),
        outage_recorded(from, until, &[1, 2]),
    )
    .await;
    let error = Error::Repeated {
        what: format!("помещение {}", id(1)),
    };
    rejects(outage(from, until, &[1, 1]), error).await;
}

#[tokio::test]
async fn an_interruption_is_prolonged_from_its_beginning_and_never_counted_twice() {
    let (from, until) = ("2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z");
    let given = house(&[outage_recorded(from, until, &[])]);
    let longer = "2026-06-17T00:00:00Z";
    let then = vec![outage_recorded(from, longer, &[])];
    emits::<Building>(given.clone(), outage(from, longer, &[]), then.clone()).await;
    let state = folded::<Building>(given.iter().cloned().chain(then).collect());
    assert_eq!(state.service_outages().len(), 1);
    let error = Error::OutagesOverlap {
        from: at(from),
        until: at(until),
    };
    let command = outage("2026-06-14T00:00:00Z", longer, &[]);
    refuses::<Building>(given.clone(), command, error).await;
    let (next, end) = (until, "2026-06-20T00:00:00Z");
    let then = vec![outage_recorded(next, end, &[])];
    emits::<Building>(given.clone(), outage(next, end, &[]), then).await;
    let then = vec![outage_recorded("2026-06-10T00:00:00Z", end, &[1])];
    emits::<Building>(given, outage("2026-06-10T00:00:00Z", end, &[1]), then).await;
}

fn channels(names: &[&str]) -> Vec<Code> {
    names.iter().map(|name| code(name)).collect()
}

fn intake_outage(from: &str, until: &str, of: &[&str]) -> Command {
    Command::RecordIntakeOutage {
        interval: interval(from, until),
        channels: channels(of),
    }
}

fn intake_outage_recorded(from: &str, until: &str, of: &[&str]) -> Event {
    Event::IntakeOutageRecorded {
        interval: interval(from, until),
        channels: channels(of),
    }
}

#[tokio::test]
async fn our_own_intake_may_fail() {
    let (from, until) = ("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z");
    let command = intake_outage(from, until, &["web", "app"]);
    accepts(
        command,
        intake_outage_recorded(from, until, &["app", "web"]),
    )
    .await;
    let error = Error::Repeated {
        what: "канал web".into(),
    };
    rejects(intake_outage(from, until, &["web", "web"]), error).await;
    let given = house(&[intake_outage_recorded(from, until, &[])]);
    let error = Error::OutagesOverlap {
        from: at(from),
        until: at(until),
    };
    let overlapping = intake_outage("2026-01-24T12:00:00Z", "2026-01-26T00:00:00Z", &[]);
    refuses::<Building>(given, overlapping, error).await;
}

#[tokio::test]
async fn a_decision_of_the_meeting_is_recorded_by_resource() {
    let command = Command::RecordMeetingDecision {
        decision: code("soi_by_fact"),
        resource: Some(Resource::ColdWater),
        validity: since("2026-01-01"),
        act: act("п-2"),
    };
    let event = Event::MeetingDecisionRecorded {
        decision: code("soi_by_fact"),
        resource: Some(Resource::ColdWater),
        validity: since("2026-01-01"),
        act: act("п-2"),
    };
    accepts(command, event.clone()).await;
    let state = folded::<Building>(house(&[event]));
    let on = |resource, day| state.decision_on(&code("soi_by_fact"), resource, date(day));
    assert_eq!(
        on(Some(Resource::ColdWater), "2026-01-01"),
        Some(&act("п-2"))
    );
    assert_eq!(on(Some(Resource::ColdWater), "2025-12-31"), None);
    assert_eq!(on(None, "2026-01-01"), None);
}

fn from_book(position: u64, leaf_hash: &str) -> AdoptionSource {
    AdoptionSource::Book {
        book: BookId(id(50)),
        position,
        leaf_hash: code(leaf_hash),
    }
}

fn january() -> Interval {
    interval("2025-12-31T19:00:00Z", "2026-01-31T19:00:00Z")
}

fn adopt(value: &str, from: AdoptionSource) -> Command {
    Command::AdoptValue {
        purpose: code("transit"),
        resource: Some(Resource::Heat),
        interval: january(),
        value: measure(value, Unit::Gigacalorie),
        from,
    }
}

fn adopted(value: &str, from: AdoptionSource) -> Event {
    Event::ValueAdopted {
        purpose: code("transit"),
        resource: Some(Resource::Heat),
        interval: january(),
        value: measure(value, Unit::Gigacalorie),
        from,
    }
}

#[tokio::test]
async fn a_value_is_adopted_with_its_source() {
    let hash = "cd".repeat(32);
    let supplier = AdoptionSource::Organisation {
        organisation: OrganisationId(id(2)),
        act: act("с"),
    };
    for source in [from_book(7, &hash), supplier] {
        accepts(adopt("12.5", source.clone()), adopted("12.5", source)).await;
    }
    rejects(
        adopt("12.5", from_book(0, &hash)),
        Error::AdoptedFromNowhere,
    )
    .await;
    let error = Error::NotASha256 {
        field: "хеш записи",
        given: code("cd"),
    };
    rejects(adopt("12.5", from_book(7, "cd")), error).await;
}

#[test]
fn an_adopted_value_is_named_by_its_source() {
    let hash = "cd".repeat(32);
    let key = |event: Event| event.natural_key().expect("an adopted value has a key");
    let first = key(adopted("12.5", from_book(7, &hash)));
    let begins = january().from().timestamp();
    assert_eq!(first, format!("adopted/transit/heat/{begins}/{}/7", id(50)));
    assert_eq!(
        first,
        key(adopted("13", from_book(7, &hash))),
        "the value is not the name"
    );
    assert_ne!(first, key(adopted("12.5", from_book(8, &hash))));
    assert_eq!(registered().natural_key(), None);
}
