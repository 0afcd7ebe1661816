//! Communal flats: the rooms bear what the flat is charged, each its part, together the whole.

use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingAreaPurpose;
use aggregates::ids::{AccountId, MeteringPointId, PremisesId};
use aggregates::metering_point::event::{MeteringPointEvent, PointKind};
use aggregates::premises::event::{PremisesAreaPurpose, PremisesEvent, PremisesKind};
use aggregates::quantity::{NormBasis, Quantity, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::FactSource;
use aggregates::vocabulary::Resource::{self, ColdWater, Electricity, Heat, HotWater};
use projections::settlement::ratio::Ratio;
use projections::settlement::{ProblemKind, Settlement};
use proptest::prelude::*;

use crate::support::{BEGIN, Flat, House, act, day, label, price, since};
use crate::telling::{problems, told};

/// A communal flat without an account of its own.
fn communal(house: &mut House) -> PremisesId {
    house.premises("12", PremisesKind::CommunalFlat, "70")
}

/// A room with its living area, its residents and an account.
fn room(house: &mut House, flat: PremisesId, number: &str, living: &str, persons: u16) -> Flat {
    let id = PremisesId(house.id());
    house.tell(
        id,
        PremisesEvent::PremisesRegistered {
            number: label(number),
            kind: PremisesKind::Room,
            part_of: Some(flat),
            entrance: None,
            floor: None,
            gis_number: None,
        },
    );
    house.tell(
        id,
        PremisesEvent::PremisesAreaRecorded {
            purpose: PremisesAreaPurpose::Living,
            area: Quantity::parse(living).expect("an area"),
            from: day(BEGIN),
            source: FactSource::TechnicalPassport,
        },
    );
    let account = house.account(id, &format!("12-{number}"), "1/1", BEGIN);
    let room = Flat { id, account };
    house.residents(room, persons);
    room
}

fn lines(settlement: &Settlement, account: AccountId) -> Vec<String> {
    told(&settlement.account(account).expect("an account").lines)
}

/// A meter of a room, put in on the last day of February.
fn room_meter(house: &mut House, room: Flat, registers: &[&str], shows: &str) {
    let point = MeteringPointId(house.id());
    let registered = MeteringPointEvent::PointRegistered {
        resource: Electricity,
        kind: PointKind::Room,
        label: label("комнатный"),
        premises: Some(room.id),
    };
    house.record(point.0, BookEvent::MeteringPoint(registered));
    let zeros = vec!["0"; registers.len()].join("/");
    let meter = house.install(point, Electricity, registers, "2026-02-28", &zeros);
    house.read(meter, "2026-03-25", shows);
}

fn flat_meter(house: &mut House, flat: PremisesId, resource: Resource, shows: &str) {
    let meter = house.meter(Some(flat), resource, "2026-02-28", "0");
    house.read(meter, "2026-03-25", shows);
}

/// ф. 7: 10 м³ among 3 + 1 + 1.
#[test]
fn what_the_meter_of_the_flat_counted_is_shared_by_persons() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "50");
    let flat = communal(&mut house);
    let rooms = [("1", 3), ("2", 1), ("3", 1)].map(|(n, p)| room(&mut house, flat, n, "15", p));
    flat_meter(&mut house, flat, ColdWater, "10");
    let settlement = house.settle("2026-03");
    let told: Vec<_> = rooms.map(|room| lines(&settlement, room.account)).into();
    assert_eq!(
        told.concat(),
        [
            "cold_water individual 6 meter 300.00",
            "cold_water individual 2 meter 100.00",
            "cold_water individual 2 meter 100.00",
        ]
    );
    let line = &settlement
        .account(rooms[0].account)
        .expect("an account")
        .lines[0];
    assert_eq!(line.line.clause.as_str(), "ПП 354 п. 50, прил. 2 ф. 7");
    let because = line.because.to_text();
    assert!(because.contains("3 / 5"), "{because}");
}

/// A move inside the month shifts the shares by days: 10 days 2 : 2, 21 days 0 : 2.
#[test]
fn the_norm_of_the_flat_is_that_of_its_rooms_by_days() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "100");
    house.water_norm(ColdWater, "3.1");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "15", 2);
    let other = room(&mut house, flat, "2", "15", 2);
    house.tell(
        flat,
        PremisesEvent::MeteringImpossible {
            resource: ColdWater,
            validity: since(BEGIN),
            act: act(),
        },
    );
    let settlement = house.settle("2026-03");
    let both = "cold_water individual 6.2 norm 620.00";
    assert_eq!(lines(&settlement, one.account), [both]);
    house.residents_from(one, 6, "2026-03-11");
    // 0.1 · (4 · 10 + 8 · 21) = 20.8, of which by days 1/2 · 10/31 + 6/8 · 21/31.
    let settlement = house.settle("2026-03");
    let charged = &settlement.services[0].premises[0];
    assert_eq!(charged.rooms[0].number.as_str(), "12/1");
    let sum: Ratio = charged
        .rooms
        .iter()
        .map(|room| &room.charges[0].amount)
        .sum();
    assert_eq!(sum, charged.charges[0].amount);
    assert_eq!(sum, Ratio::from(2080_u32));
    assert_eq!(
        lines(&settlement, other.account),
        ["cold_water individual 6.877419354839 norm 687.74"]
    );
}

/// ф. 9: 100 kWh of the flat, 30 + 20 by the rooms, the other 50 among 3 + 1.
#[test]
fn rooms_with_meters_pay_what_they_count_and_the_rest_by_persons() {
    let mut house = House::new(&[Electricity]);
    house.price(Electricity, "2");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "15", 3);
    let other = room(&mut house, flat, "2", "15", 1);
    flat_meter(&mut house, flat, Electricity, "100");
    room_meter(&mut house, one, &["total"], "30");
    // Of one room only: by persons, and told so.
    let settlement = house.settle("2026-03");
    let by_persons = ["electricity individual 75 meter 150.00"];
    assert_eq!(lines(&settlement, one.account), by_persons);
    assert!(problems(&settlement).contains(&ProblemKind::RoomNotSettled));
    room_meter(&mut house, other, &["total"], "20");
    let settlement = house.settle("2026-03");
    let told = lines(&settlement, one.account);
    assert_eq!(told, ["electricity individual 67.5 meter 135.00"]);
    let told = lines(&settlement, other.account);
    assert_eq!(told, ["electricity individual 32.5 meter 65.00"]);
    assert!(!problems(&settlement).contains(&ProblemKind::RoomNotSettled));
}

/// A room meter counts for the flat only where the flat has a meter (п. 2).
#[test]
fn rooms_with_meters_in_a_flat_without_one_share_the_norm() {
    let mut house = House::new(&[Electricity]);
    house.price(Electricity, "2");
    let (unit, per) = (Unit::KilowattHour, NormBasis::PersonMonth);
    house.norm(Electricity, "individual", "50", unit, per);
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "15", 1);
    room_meter(&mut house, one, &["total"], "30");
    let settlement = house.settle("2026-03");
    assert_eq!(
        lines(&settlement, one.account),
        ["electricity individual 50 norm 100.00"]
    );
    assert!(problems(&settlement).contains(&ProblemKind::RoomNotSettled));
}

/// ф. 8: 2 Гкал among 10 and 30 м² of living area, whoever lives there.
#[test]
fn heat_is_shared_by_the_living_area_of_the_rooms() {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "1000");
    house.heating_from("2025-09-15");
    let meter = house.meter(None, Heat, "2026-02-28", "0");
    house.read(meter, "2026-03-25", "2");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "10", 4);
    let other = room(&mut house, flat, "2", "30", 1);
    let settlement = house.settle("2026-03");
    let amount = |room: Flat| String::from(settlement.account(room.account).expect("one").total);
    assert_eq!(
        (amount(one), amount(other)),
        ("500.00".into(), "1500.00".into())
    );
}

/// ф. 16, 17 and 26: the common part by living area; ф. 25: both components by persons.
#[test]
fn hot_water_of_two_components_and_its_common_part() {
    let mut house = House::new(&[HotWater]);
    house.price_of(
        price(HotWater, TariffComponent::ColdWater),
        "40",
        Unit::CubicMetre,
        BEGIN,
    );
    house.price_of(
        price(HotWater, TariffComponent::HeatEnergy),
        "2000",
        Unit::Gigacalorie,
        BEGIN,
    );
    let (unit, per) = (Unit::Gigacalorie, NormBasis::CubicMetre);
    house.norm(HotWater, "heating_of_water", "0.05", unit, per);
    let (unit, per) = (Unit::CubicMetre, NormBasis::SquareMetreMonth);
    house.norm(HotWater, "common_property", "0.04", unit, per);
    house.house_area(BuildingAreaPurpose::CommonWater, "100");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "10", 4);
    let other = room(&mut house, flat, "2", "30", 1);
    flat_meter(&mut house, flat, HotWater, "10");
    let settlement = house.settle("2026-03");
    assert_eq!(
        lines(&settlement, one.account),
        [
            "hot_water individual cold_water 8 meter 320.00",
            "hot_water individual heat_energy 0.4 meter 800.00",
            "hot_water common_property cold_water 1 common_norm 40.00",
            "hot_water common_property heat_energy 0.05 common_norm 100.00",
        ]
    );
    let told = &settlement.account(other.account).expect("an account").lines;
    let clauses: Vec<&str> = told.iter().map(|line| line.line.clause.as_str()).collect();
    let own = "ПП 354 п. 50, прил. 2 ф. 25";
    let common = "ПП 354 прил. 2 ф. 26";
    assert_eq!(clauses, [own, own, common, common]);
}

#[test]
fn an_absence_of_a_room_lowers_that_room_only() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "100");
    house.water_norm(ColdWater, "3.1");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "15", 2);
    let other = room(&mut house, flat, "2", "15", 2);
    house.tell(
        flat,
        PremisesEvent::MeteringImpossible {
            resource: ColdWater,
            validity: since(BEGIN),
            act: act(),
        },
    );
    house.tell(
        one.id,
        PremisesEvent::AbsenceRecorded {
            persons: 1,
            departed: day("2026-03-05"),
            returned: day("2026-03-16"),
            applied_on: day("2026-03-20"),
            act: act(),
            refused: None,
        },
    );
    let settlement = house.settle("2026-03");
    assert_eq!(
        lines(&settlement, one.account),
        [
            "cold_water individual 6.2 norm 620.00",
            "cold_water absence -1 norm -100.00",
        ]
    );
    assert_eq!(
        lines(&settlement, other.account),
        ["cold_water individual 6.2 norm 620.00"]
    );
}

/// Residents of one room recorded late move the bills of all: each names them.
#[test]
fn a_change_in_one_room_told_late_mends_the_others() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "50");
    let flat = communal(&mut house);
    let one = room(&mut house, flat, "1", "15", 1);
    let other = room(&mut house, flat, "2", "15", 1);
    flat_meter(&mut house, flat, ColdWater, "10");
    house.close("2026-03");
    house.residents_from(one, 4, "2026-03-01");
    let moved = house.events.last().expect("an event").event_id();
    let closing = house.close("2026-04");
    for (room, expected) in [
        (one, "2026-03 cold_water individual 3 meter 150.00"),
        (other, "2026-03 cold_water individual -3 meter -150.00"),
    ] {
        let mut bills = closing.bills.iter();
        let bill = bills
            .find(|bill| bill.account == room.account)
            .expect("a bill");
        let last = bill.lines.last().expect("a line");
        assert_eq!(told([last]), [expected]);
        assert_eq!(last.line.caused_by, std::slice::from_ref(&moved));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The rooms bear exactly what the flat is charged, before rounding, whoever lives there, moves
    /// in and counts.
    #[test]
    fn the_rooms_make_up_the_flat(
        rooms in prop::collection::vec((0_u16..5, 0_u16..5, 1_u32..400, 0_u32..300), 1..5),
        moves in 1_u32..29,
        spare in 0_u32..500,
        metered in any::<bool>(),
    ) {
        let mut house = House::new(&[Electricity, Heat]);
        house.price(Electricity, "5.13");
        house.price(Heat, "2122.50");
        house.heating_from("2025-09-15");
        let heat = house.meter(None, Heat, "2026-02-28", "0");
        house.read(heat, "2026-03-25", "7.31");
        let flat = communal(&mut house);
        let mut sum = spare;
        for (index, (before, after, area, counted)) in rooms.iter().enumerate() {
            let area = format!("{}.{}", area / 10 + 1, area % 10);
            let room = room(&mut house, flat, &index.to_string(), &area, before + 1);
            house.residents_from(room, after + 1, &format!("2026-03-{moves:02}"));
            sum += counted;
            if metered {
                room_meter(&mut house, room, &["total"], &counted.to_string());
            }
        }
        flat_meter(&mut house, flat, Electricity, &sum.to_string());
        let settlement = house.settle("2026-03");
        for service in &settlement.services {
            let whole = &service.premises[0];
            prop_assert_eq!(whole.rooms.len(), rooms.len());
            for (index, charge) in whole.charges.iter().enumerate() {
                let parts = whole.rooms.iter().map(|room| &room.charges[index]);
                let amount: Ratio = parts.clone().map(|part| &part.amount).sum();
                prop_assert_eq!(&amount, &charge.amount);
                let volume: Ratio = parts.filter_map(|part| part.volume.as_ref())
                    .map(|volume| &volume.value).sum();
                prop_assert_eq!(Some(&volume), charge.volume.as_ref().map(|one| &one.value));
            }
        }
    }
}
