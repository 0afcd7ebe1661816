//! Prices and multipliers on the days that a volume belongs to, and what zones leave over.

use aggregates::quantity::{NormBasis, Unit};
use aggregates::tariff_book::event::{TariffComponent, TariffKey};
use aggregates::vocabulary::Resource::{self, ColdWater, Electricity};
use projections::settlement::{ProblemKind, Severity};

use crate::support::{BEGIN, Flat, House, code, price};
use crate::telling::{problems, told};

/// A house with one flat of one resident; the norm is one unit a day of a month of 31.
fn house(resource: Resource, norm: &str) -> (House, Flat) {
    let mut house = House::new(&[resource]);
    let (unit, per) = (resource.amount_units()[0], NormBasis::PersonMonth);
    house.norm(resource, "individual", norm, unit, per);
    let flat = house.flat("1", "50");
    house.residents(flat, 1);
    (house, flat)
}

fn lines(house: &House, flat: Flat, of: &str) -> Vec<String> {
    let settlement = house.settle(of);
    told(&settlement.account(flat.account).expect("an account").lines)
}

fn zone(name: &str) -> TariffKey {
    let mut key = price(Electricity, TariffComponent::Single);
    key.zone = Some(code(name));
    key
}

/// The multiplier is 1.5 up to 6 December 2025 and 3 from then on: the norm for the days before
/// the meter came is raised by that of those days.
#[test]
fn days_before_the_meter_came_have_the_multiplier_of_those_days() {
    let (mut house, flat) = house(ColdWater, "3.1");
    house.price(ColdWater, "100");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-12-06T00:00", "0");
    house.read(meter, "2025-12-20", "8");
    assert_eq!(
        lines(&house, flat, "2025-12"),
        [
            "cold_water individual 8.5 mixed 850.00",
            "cold_water multiplier_excess mixed 25.00"
        ]
    );
}

#[test]
fn days_before_the_meter_came_have_the_price_of_those_days() {
    let (mut house, flat) = house(ColdWater, "3.1");
    house.price(ColdWater, "100");
    let key = price(ColdWater, TariffComponent::Single);
    house.price_of(key, "200", Unit::CubicMetre, "2025-10-11");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-10-11T00:00", "0");
    house.read(meter, "2025-10-20", "8");
    assert_eq!(
        lines(&house, flat, "2025-10"),
        [
            "cold_water individual 1 mixed 100.00",
            "cold_water individual 2025-10-11 8 mixed 1600.00",
            "cold_water multiplier_excess mixed 50.00"
        ]
    );
}

/// What is filled after a failure belongs to the days after it, whether it is proposed or recorded.
#[test]
fn days_after_a_failure_have_the_price_of_those_days() {
    let (mut house, flat) = house(ColdWater, "3.1");
    house.price(ColdWater, "100");
    let key = price(ColdWater, TariffComponent::Single);
    house.price_of(key, "200", Unit::CubicMetre, "2026-03-17");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-09-01T00:00", "0");
    house.read(meter, "2025-09-25", "3.1");
    house.read(meter, "2026-02-25", "18.6");
    house.close("2026-02");
    house.read(meter, "2026-03-16", "18.6");
    house.fail(meter, "2026-03-17T00:00");
    let expected = [
        "cold_water individual 0 mixed 0.00",
        "cold_water individual 2026-03-17 1.5 mixed 300.00",
    ];
    assert_eq!(lines(&house, flat, "2026-03"), expected);
    house.close("2026-03");
    assert_eq!(lines(&house, flat, "2026-03"), expected);
}

/// A house of electricity with two zones at 5 and 3, without a zone at 4.
fn zoned(registers: &[&str], initial: &str) -> (House, Flat, aggregates::ids::MeterId) {
    let (mut house, flat) = house(Electricity, "31");
    house.price_of(zone("t1"), "5", Unit::KilowattHour, BEGIN);
    house.price_of(zone("t2"), "3", Unit::KilowattHour, BEGIN);
    let point = house.point(Some(flat.id), Electricity);
    let meter = house.install(point, Electricity, registers, "2025-06-30", initial);
    (house, flat, meter)
}

#[test]
fn what_zones_leave_of_the_total_is_priced_without_a_zone_and_flagged() {
    let (mut house, flat, meter) = zoned(&["total", "t1", "t2"], "0/0/0");
    house.price(Electricity, "4");
    house.read(meter, "2025-07-25", "151/100/50");
    assert_eq!(
        lines(&house, flat, "2025-07"),
        [
            "electricity individual 1 meter 4.00",
            "electricity individual t1 100 meter 500.00",
            "electricity individual t2 50 meter 150.00"
        ]
    );
    let settlement = house.settle("2025-07");
    assert!(problems(&settlement).contains(&ProblemKind::ZonesIncomplete));
}

#[test]
fn what_zones_leave_without_a_price_hinders_closing() {
    let (mut house, _, meter) = zoned(&["total", "t1", "t2"], "0/0/0");
    house.read(meter, "2025-07-25", "151/100/50");
    let settlement = house.settle("2025-07");
    let missing = settlement
        .problems
        .iter()
        .find(|problem| problem.kind == ProblemKind::NoPrice)
        .expect("a problem");
    assert_eq!(missing.severity, Severity::Blocking);
}

/// The norm for days without a meter has no zones, and nobody needs to look at that.
#[test]
fn zones_of_a_meter_that_was_taken_away_keep_their_prices() {
    let (mut house, flat, meter) = zoned(&["t1", "t2"], "0/0");
    house.price(Electricity, "4");
    house.read(meter, "2025-06-30", "0/0");
    house.remove(meter, "2025-07-10", "30/15");
    assert_eq!(
        lines(&house, flat, "2025-07"),
        [
            "electricity individual 22 mixed 88.00",
            "electricity individual t1 30 mixed 150.00",
            "electricity individual t2 15 mixed 45.00"
        ]
    );
    let settlement = house.settle("2025-07");
    assert!(!problems(&settlement).contains(&ProblemKind::ZonesIncomplete));
}
