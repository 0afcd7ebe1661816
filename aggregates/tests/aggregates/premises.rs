use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::premises::Premises;
use aggregates::premises::command::PremisesCommand as Command;
use aggregates::premises::error::PremisesError as Error;
use aggregates::premises::event::{
    AbsenceRefusal, HeatSource, PremisesAreaPurpose as Purpose, PremisesEvent as Event,
    PremisesKind as Kind,
};
use aggregates::time::DateSpan;
use aggregates::vocabulary::{FactSource, Resource};

use crate::support::*;

fn register(kind: Kind, part_of: Option<u128>, floor: Option<i16>) -> Command {
    Command::RegisterPremises {
        number: label("12"),
        kind,
        part_of: part_of.map(|number| PremisesId(id(number))),
        entrance: None,
        floor,
        gis_number: None,
    }
}

fn registered(kind: Kind, part_of: Option<u128>) -> Event {
    Event::PremisesRegistered {
        number: label("12"),
        kind,
        part_of: part_of.map(|number| PremisesId(id(number))),
        entrance: None,
        floor: Some(4),
        gis_number: None,
    }
}

fn flat() -> Event {
    registered(Kind::Flat, None)
}

fn record_area(purpose: Purpose, size: &str, from: &str, source: FactSource) -> Command {
    Command::RecordPremisesArea {
        purpose,
        area: area(size),
        from: date(from),
        source,
    }
}

fn area_recorded(purpose: Purpose, size: &str, from: &str, source: FactSource) -> Event {
    Event::PremisesAreaRecorded {
        purpose,
        area: area(size),
        from: date(from),
        source,
    }
}

fn record_residents(registered: u16, temporary: u16, validity: DateSpan) -> Command {
    let source = FactSource::RegistrationOffice;
    Command::RecordResidents {
        registered,
        temporary,
        validity,
        source,
    }
}

fn residents_recorded(registered: u16, temporary: u16, validity: DateSpan) -> Event {
    let source = FactSource::RegistrationOffice;
    Event::ResidentsRecorded {
        registered,
        temporary,
        validity,
        source,
    }
}

fn record_owners(shares: &[&str], count: u16) -> Command {
    Command::RecordOwners {
        shares: shares.iter().map(|text| share(text)).collect(),
        count,
        from: date("2026-01-01"),
        source: FactSource::Egrn,
    }
}

fn owners_recorded(shares: &[&str], count: u16) -> Event {
    Event::OwnersRecorded {
        shares: shares.iter().map(|text| share(text)).collect(),
        count,
        from: date("2026-01-01"),
        source: FactSource::Egrn,
    }
}

#[tokio::test]
async fn they_are_registered_once() {
    emits::<Premises>(vec![], register(Kind::Flat, None, Some(4)), vec![flat()]).await;
    let error = Error::RegisteredDifferently { field: "этаж" };
    refuses::<Premises>(vec![flat()], register(Kind::Flat, None, Some(5)), error).await;
    let error = Error::RegisteredDifferently { field: "тип" };
    refuses::<Premises>(vec![flat()], register(Kind::Office, None, Some(4)), error).await;
}

#[tokio::test]
async fn only_what_lies_in_another_place_is_part_of_it() {
    let room = register(Kind::Room, None, Some(4));
    refuses::<Premises>(vec![], room, Error::RoomWithoutFlat).await;
    for kind in [Kind::Flat, Kind::CommunalFlat] {
        let command = register(kind, Some(7), Some(4));
        refuses::<Premises>(vec![], command, Error::CannotBePart { kind }).await;
    }
    for kind in [
        Kind::Room,
        Kind::Office,
        Kind::Store,
        Kind::StorageRoom,
        Kind::ParkingPlace,
        Kind::OtherNonResidential,
    ] {
        let command = register(kind, Some(7), Some(4));
        emits::<Premises>(vec![], command, vec![registered(kind, Some(7))]).await;
    }
}

#[tokio::test]
async fn the_storey_is_one_a_house_has() {
    for floor in [-11, 201] {
        let command = register(Kind::Flat, None, Some(floor));
        refuses::<Premises>(vec![], command, Error::FloorOutOfRange { floor }).await;
    }
}

#[tokio::test]
async fn everything_else_needs_registered_premises() {
    for command in [
        record_area(Purpose::Total, "50.1", "2026-01-01", FactSource::Egrn),
        record_residents(3, 0, since("2026-01-01")),
        record_owners(&[], 1),
        Command::RecordMeteringImpossible {
            resource: Resource::Heat,
            validity: since("2026-01-01"),
            act: act("1"),
        },
        record_heat_source(HeatSource::Central, true, FactSource::Project),
        separate_billing("2026-01-01"),
        amenities(Some(2)),
        change_use(Kind::Office),
    ] {
        refuses::<Premises>(vec![], command, Error::NotRegistered).await;
    }
}

#[tokio::test]
async fn an_area_is_recorded_with_its_document() {
    let command = record_area(Purpose::Total, "50.1", "2026-01-01", FactSource::Egrn);
    let event = area_recorded(Purpose::Total, "50.1", "2026-01-01", FactSource::Egrn);
    emits::<Premises>(vec![flat()], command, vec![event]).await;
}

#[tokio::test]
async fn an_area_is_above_nothing_and_below_a_hangar() {
    for size in ["0", "-1", "100000.01"] {
        let command = record_area(Purpose::Total, size, "2026-01-01", FactSource::Egrn);
        let error = Error::AreaOutOfRange { area: size.into() };
        refuses::<Premises>(vec![flat()], command, error).await;
    }
}

#[test]
fn egrn_prevails_from_the_day_it_is_presented() {
    let state = folded::<Premises>(vec![
        flat(),
        area_recorded(
            Purpose::Total,
            "50",
            "2024-01-01",
            FactSource::TechnicalPassport,
        ),
        area_recorded(Purpose::Total, "48.7", "2025-06-01", FactSource::Egrn),
        area_recorded(Purpose::Total, "52", "2026-01-01", FactSource::Act),
    ]);
    let on = |day| state.area_on(Purpose::Total, date(day));
    assert_eq!(on("2023-12-31"), None);
    assert_eq!(
        on("2025-05-31"),
        Some((area("50"), FactSource::TechnicalPassport))
    );
    assert_eq!(on("2025-06-01"), Some((area("48.7"), FactSource::Egrn)));
    assert_eq!(on("2026-02-01"), Some((area("48.7"), FactSource::Egrn)));
    assert_eq!(
        state.area_on(Purpose::Heated, date("2026-02-01")),
        None,
        "unknown is not 0"
    );
}

#[test]
fn the_last_recorded_area_of_a_day_wins() {
    let state = folded::<Premises>(vec![
        flat(),
        area_recorded(
            Purpose::Total,
            "50",
            "2024-01-01",
            FactSource::TechnicalPassport,
        ),
        area_recorded(Purpose::Total, "51", "2024-01-01", FactSource::Act),
    ]);
    let known = state.area_on(Purpose::Total, date("2024-01-01"));
    assert_eq!(known, Some((area("51"), FactSource::Act)));
}

#[tokio::test]
async fn the_living_area_never_exceeds_the_total_one() {
    let bti = FactSource::TechnicalPassport;
    let given = vec![
        flat(),
        area_recorded(Purpose::Total, "50", "2025-01-01", bti),
    ];
    let fits = record_area(Purpose::Living, "50", "2025-01-01", bti);
    let event = area_recorded(Purpose::Living, "50", "2025-01-01", bti);
    emits::<Premises>(given.clone(), fits, vec![event]).await;
    let exceeds = |on: &str, living: &str, total: &str| Error::LivingExceedsTotal {
        on: date(on),
        living: living.into(),
        total: total.into(),
    };
    let command = record_area(Purpose::Living, "50.1", "2025-03-01", bti);
    refuses::<Premises>(given.clone(), command, exceeds("2025-03-01", "50.1", "50")).await;

    // A living area that fits today is contradicted by a total that is on record for later.
    let given = vec![
        flat(),
        area_recorded(Purpose::Total, "50", "2025-01-01", bti),
        area_recorded(Purpose::Total, "30", "2026-01-01", bti),
    ];
    let command = record_area(Purpose::Living, "40", "2025-03-01", bti);
    refuses::<Premises>(given, command, exceeds("2026-01-01", "40", "30")).await;

    // The total may be recorded after the living area.
    let given = vec![
        flat(),
        area_recorded(Purpose::Living, "40", "2025-01-01", bti),
    ];
    let command = record_area(Purpose::Total, "30", "2025-06-01", FactSource::Egrn);
    refuses::<Premises>(given, command, exceeds("2025-06-01", "40", "30")).await;
}

#[tokio::test]
async fn residents_are_recorded_for_a_time() {
    let command = record_residents(3, 2, between("2026-06-01", "2026-09-01"));
    let event = residents_recorded(3, 2, between("2026-06-01", "2026-09-01"));
    let given = vec![flat(), residents_recorded(3, 0, since("2020-01-01"))];
    emits::<Premises>(given.clone(), command, vec![event.clone()]).await;
    let state = folded::<Premises>(given.into_iter().chain([event]).collect());
    let temporary = |day| {
        state
            .residents_on(date(day))
            .map(|residents| residents.temporary)
    };
    assert_eq!(temporary("2019-12-31"), None, "unknown is not nobody");
    assert_eq!(temporary("2026-05-31"), Some(0));
    assert_eq!(temporary("2026-06-01"), Some(2));
    assert_eq!(
        temporary("2026-09-01"),
        Some(0),
        "those who stayed for the summer have left"
    );
}

#[tokio::test]
async fn nobody_lives_in_an_office_and_no_crowd_in_a_flat() {
    let command = record_residents(1, 0, since("2026-01-01"));
    let error = Error::NotResidential {
        on: date("2026-01-01"),
    };
    refuses::<Premises>(
        vec![registered(Kind::Office, None)],
        command.clone(),
        error.clone(),
    )
    .await;
    let given = vec![flat(), use_changed(Kind::Office)];
    refuses::<Premises>(given, command, error).await;
    let crowd = record_residents(999, 2, since("2026-01-01"));
    refuses::<Premises>(vec![flat()], crowd, Error::TooManyResidents { count: 1001 }).await;
}

#[tokio::test]
async fn owners_hold_the_whole_together() {
    for (shares, count) in [
        (vec![], 3),
        (vec!["1/1"], 1),
        (vec!["1/3", "1/3", "1/3"], 3),
        (vec!["1/2", "1/3", "1/6"], 3),
    ] {
        let event = owners_recorded(&shares, count);
        emits::<Premises>(vec![flat()], record_owners(&shares, count), vec![event]).await;
    }
    let cases = [
        (record_owners(&[], 0), Error::NoOwners),
        (
            record_owners(&["1/1"], 2),
            Error::SharesMiscounted {
                shares: 1,
                count: 2,
            },
        ),
        (
            record_owners(&["1/2", "1/3"], 2),
            Error::SharesNotWhole { sum: "5/6".into() },
        ),
        (
            record_owners(&["2/3", "2/3"], 2),
            Error::SharesNotWhole { sum: "4/3".into() },
        ),
    ];
    for (command, error) in cases {
        refuses::<Premises>(vec![flat()], command, error).await;
    }
}

#[tokio::test]
async fn shares_that_cannot_be_added_exactly_are_refused() {
    let primes = [
        "4294967291",
        "4294967279",
        "4294967231",
        "4294967197",
        "4294967189",
    ];
    let shares: Vec<_> = primes.iter().map(|prime| format!("1/{prime}")).collect();
    let shares: Vec<_> = shares.iter().map(String::as_str).collect();
    refuses::<Premises>(
        vec![flat()],
        record_owners(&shares, 5),
        Error::SharesUnreckonable,
    )
    .await;
}

#[tokio::test]
async fn an_act_says_that_metering_is_impossible_for_one_resource() {
    let impossible = |validity| Event::MeteringImpossible {
        resource: Resource::HotWater,
        validity,
        act: act("1"),
    };
    let command = Command::RecordMeteringImpossible {
        resource: Resource::HotWater,
        validity: since("2025-01-01"),
        act: act("1"),
    };
    let first = impossible(since("2025-01-01"));
    emits::<Premises>(vec![flat()], command, vec![first.clone()]).await;
    // Recorded again from the same day with an end: metering has become possible.
    let ended = impossible(between("2025-01-01", "2026-01-01"));
    let state = folded::<Premises>(vec![flat(), first, ended]);
    let on = |resource, day| state.metering_impossible_on(resource, date(day));
    assert_eq!(on(Resource::HotWater, "2025-12-31"), Some(&act("1")));
    assert_eq!(on(Resource::HotWater, "2026-01-01"), None);
    assert_eq!(on(Resource::ColdWater, "2025-12-31"), None);
}

fn record_heat_source(heating: HeatSource, with_act: bool, source: FactSource) -> Command {
    let act = with_act.then(|| act("2"));
    Command::RecordHeatSource {
        heating,
        from: date("2026-01-01"),
        act,
        source,
    }
}

fn heat_source_recorded(heating: HeatSource, with_act: bool, source: FactSource) -> Event {
    let act = with_act.then(|| act("2"));
    Event::HeatSourceRecorded {
        heating,
        from: date("2026-01-01"),
        act,
        source,
    }
}

#[tokio::test]
async fn an_own_source_of_heat_is_proved() {
    for (heating, with_act, source) in [
        (HeatSource::OwnBoiler, true, FactSource::OwnerStatement),
        (HeatSource::OwnBoiler, false, FactSource::Project),
        (HeatSource::None, false, FactSource::TechnicalPassport),
        (HeatSource::Central, false, FactSource::OwnerStatement),
    ] {
        let command = record_heat_source(heating, with_act, source);
        let event = heat_source_recorded(heating, with_act, source);
        emits::<Premises>(vec![flat()], command, vec![event]).await;
    }
    for heating in [HeatSource::OwnBoiler, HeatSource::None] {
        let command = record_heat_source(heating, false, FactSource::OwnerStatement);
        refuses::<Premises>(vec![flat()], command, Error::HeatSourceUnproved { heating }).await;
    }
    let event = heat_source_recorded(HeatSource::OwnBoiler, true, FactSource::Act);
    let state = folded::<Premises>(vec![flat(), event]);
    let heating = state
        .heat_source_on(date("2026-01-01"))
        .map(|supply| supply.heating);
    assert_eq!(heating, Some(HeatSource::OwnBoiler));
    assert_eq!(state.heat_source_on(date("2025-12-31")), None);
}

fn separate_billing(from: &str) -> Command {
    Command::SetSeparateBilling {
        resource: Resource::Heat,
        biller: OrganisationId(id(3)),
        validity: since(from),
        act: act("3"),
    }
}

#[tokio::test]
async fn somebody_else_may_bill_a_resource() {
    let event = Event::SeparateBillingSet {
        resource: Resource::Heat,
        biller: OrganisationId(id(3)),
        validity: since("2026-01-01"),
        act: act("3"),
    };
    let office = registered(Kind::Office, None);
    let given = vec![office.clone()];
    emits::<Premises>(given, separate_billing("2026-01-01"), vec![event.clone()]).await;
    let state = folded::<Premises>(vec![office, event]);
    let biller = |day| {
        state
            .separate_billing_on(Resource::Heat, date(day))
            .map(|billing| billing.biller)
    };
    assert_eq!(biller("2025-12-31"), None);
    assert_eq!(biller("2026-01-01"), Some(OrganisationId(id(3))));
}

fn amenities(rooms: Option<u8>) -> Command {
    Command::RecordAmenities {
        category: code("bath-1500"),
        rooms,
        from: date("2026-01-01"),
        source: FactSource::TechnicalPassport,
    }
}

#[tokio::test]
async fn the_category_of_norms_is_recorded() {
    let event = Event::AmenitiesRecorded {
        category: code("bath-1500"),
        rooms: Some(2),
        from: date("2026-01-01"),
        source: FactSource::TechnicalPassport,
    };
    emits::<Premises>(vec![flat()], amenities(Some(2)), vec![event.clone()]).await;
    refuses::<Premises>(vec![flat()], amenities(Some(0)), Error::NoRooms).await;
    let state = folded::<Premises>(vec![flat(), event]);
    let rooms = state
        .amenities_on(date("2026-01-01"))
        .and_then(|known| known.rooms);
    assert_eq!(rooms, Some(2));
}

fn change_use(kind: Kind) -> Command {
    Command::ChangeUse {
        kind,
        from: date("2026-01-01"),
        act: act("4"),
    }
}

fn use_changed(kind: Kind) -> Event {
    Event::UseChanged {
        kind,
        from: date("2026-01-01"),
        act: act("4"),
    }
}

#[tokio::test]
async fn the_use_changes_from_a_day_on_within_the_place() {
    emits::<Premises>(
        vec![flat()],
        change_use(Kind::Office),
        vec![use_changed(Kind::Office)],
    )
    .await;
    let state = folded::<Premises>(vec![flat(), use_changed(Kind::Office)]);
    assert_eq!(state.kind_on(date("2025-12-31")), Some(Kind::Flat));
    assert_eq!(state.kind_on(date("2026-01-01")), Some(Kind::Office));
    refuses::<Premises>(vec![flat()], change_use(Kind::Room), Error::RoomWithoutFlat).await;
    let room = registered(Kind::Room, Some(7));
    let error = Error::CannotBePart { kind: Kind::Flat };
    refuses::<Premises>(vec![room], change_use(Kind::Flat), error).await;
}

fn record_absence(persons: u16, returned: &str, refused: Option<AbsenceRefusal>) -> Command {
    Command::RecordAbsence {
        persons,
        departed: date("2026-03-01"),
        returned: date(returned),
        applied_on: date("2026-03-20"),
        act: act("5"),
        refused,
    }
}

fn absence_recorded(persons: u16, refused: Option<AbsenceRefusal>) -> Event {
    Event::AbsenceRecorded {
        persons,
        departed: date("2026-03-01"),
        returned: date("2026-03-18"),
        applied_on: date("2026-03-20"),
        act: act("5"),
        refused,
    }
}

#[tokio::test]
async fn an_absence_is_recorded_with_the_answer_to_it() {
    let command = record_absence(2, "2026-03-18", None);
    let event = absence_recorded(2, None);
    emits::<Premises>(vec![flat()], command.clone(), vec![event.clone()]).await;
    emits::<Premises>(vec![flat(), event.clone()], command.clone(), vec![]).await;
    let disproved = Some(AbsenceRefusal::Disproved);
    let refuse = record_absence(2, "2026-03-18", disproved);
    let refused = absence_recorded(2, disproved);
    emits::<Premises>(vec![flat(), event], refuse, vec![refused.clone()]).await;
    emits::<Premises>(
        vec![flat(), refused],
        command,
        vec![absence_recorded(2, None)],
    )
    .await;
}

#[tokio::test]
async fn an_absence_has_persons_and_days_in_order() {
    let nobody = record_absence(0, "2026-03-18", None);
    refuses::<Premises>(vec![flat()], nobody, Error::NobodyAbsent).await;
    let backwards = Error::AbsenceBackwards {
        departed: date("2026-03-01"),
        returned: date("2026-03-01"),
    };
    let command = record_absence(1, "2026-03-01", None);
    refuses::<Premises>(vec![flat()], command, backwards).await;
    let command = record_absence(1, "2026-03-18", None);
    refuses::<Premises>(vec![], command, Error::NotRegistered).await;
    let office = registered(Kind::Office, None);
    let on = date("2026-03-01");
    let command = record_absence(1, "2026-03-18", None);
    refuses::<Premises>(vec![office], command, Error::NotResidential { on }).await;
}
