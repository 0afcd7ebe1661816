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

use services::{intake_outage_recorded, outage, start_season};
use terms::{arrange, arrangement};

mod balance;
mod overrides;
mod payee;
mod services;
mod terms;

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
