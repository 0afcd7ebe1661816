//! Areas, balance scopes, companies, decisions, values from elsewhere.

use super::*;

pub(super) fn record_area(purpose: Purpose, size: &str) -> Command {
    let (from, source) = (date("2026-01-01"), FactSource::Egrn);
    Command::RecordBuildingArea {
        purpose,
        area: area(size),
        from,
        source,
    }
}

pub(super) fn area_recorded(purpose: Purpose, size: &str, from: &str, source: FactSource) -> Event {
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

pub(super) fn plus(number: u128) -> ScopeMember {
    ScopeMember {
        point: MeteringPointId(id(number)),
        sign: Sign::Plus,
    }
}

pub(super) fn minus(number: u128) -> ScopeMember {
    ScopeMember {
        point: MeteringPointId(id(number)),
        sign: Sign::Minus,
    }
}

pub(super) fn define(
    name: &str,
    from: &str,
    inputs: &[ScopeMember],
    members: &[ScopeMember],
) -> Command {
    Command::DefineBalanceScope {
        resource: Resource::ColdWater,
        name: code(name),
        from: date(from),
        house: inputs.to_vec(),
        members: members.to_vec(),
    }
}

pub(super) fn defined(
    name: &str,
    from: &str,
    inputs: &[ScopeMember],
    members: &[ScopeMember],
) -> Event {
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

pub(super) fn relate(resources: &[Resource], validity: DateSpan) -> Command {
    Command::SetRelation {
        organisation: OrganisationId(id(2)),
        role: CompanyRole::Supplier,
        resources: resources.to_vec(),
        validity,
        act: Some(act("д-2")),
    }
}

pub(super) fn related(resources: &[Resource], validity: DateSpan) -> Event {
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

pub(super) fn from_book(position: u64, leaf_hash: &str) -> AdoptionSource {
    AdoptionSource::Book {
        book: BookId(id(50)),
        position,
        leaf_hash: code(leaf_hash),
    }
}

pub(super) fn january() -> Interval {
    interval("2025-12-31T19:00:00Z", "2026-01-31T19:00:00Z")
}

pub(super) fn adopt(value: &str, from: AdoptionSource) -> Command {
    Command::AdoptValue {
        purpose: code("transit"),
        resource: Some(Resource::Heat),
        interval: january(),
        value: measure(value, Unit::Gigacalorie),
        from,
    }
}

pub(super) fn adopted(value: &str, from: AdoptionSource) -> Event {
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
