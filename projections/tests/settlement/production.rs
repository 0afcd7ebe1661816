//! Heating and hot water made in the house (п. 54, ф. 18, 20): what was used for them is paid by
//! area and by volume, and is no common need of the house.

use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent, ScopeMember, Sign};
use aggregates::ids::MeterId;
use aggregates::quantity::Unit;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource::{self, Electricity, Gas, Heat, HotWater};
use projections::settlement::{ProblemKind, Settlement};

use crate::support::{Flat, House, code, day, price};
use crate::telling::told;

/// Says that a meter feeds the production of something.
fn feeds(house: &mut House, meter: MeterId, (name, resource): (&str, Resource)) {
    let point = house.point_of(meter);
    house.building(BuildingEvent::BalanceScopeDefined {
        name: code(name),
        resource,
        from: day("2016-01-01"),
        house: vec![ScopeMember {
            point,
            sign: Sign::Plus,
        }],
        members: Vec::new(),
    });
}

/// Two flats of a house of 100 m², with a boiler that burnt 600 m³ of gas at 8 roubles.
fn boiler(name: &str, resources: &[Resource]) -> (House, [Flat; 2]) {
    let mut house = House::new(resources);
    house.price(Gas, "8");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.heating_from("2025-09-15");
    let flats = [house.flat("1", "40"), house.flat("2", "60")];
    let gas = house.meter(None, Gas, "2025-12-31", "0");
    feeds(&mut house, gas, (name, Gas));
    house.read(gas, "2026-01-31", "600");
    (house, flats)
}

fn lines(settlement: &Settlement, flat: Flat) -> Vec<String> {
    told(&settlement.account(flat.account).expect("an account").lines)
}

#[test]
fn heating_made_here_costs_what_was_burnt_by_area() {
    let (house, flats) = boiler("production_heat", &[Heat, Gas]);
    let january = house.settle("2026-01");
    assert!(january.blocking().next().is_none());
    assert_eq!(
        lines(&january, flats[0]),
        ["heat individual calculated 1920.00"]
    );
    assert_eq!(
        lines(&january, flats[1]),
        ["heat individual calculated 2880.00"]
    );
}

#[test]
fn hot_water_made_here_is_cold_water_and_a_part_of_what_was_burnt() {
    let (mut house, flats) = boiler("production_hot_water", &[HotWater, Gas]);
    let water = price(HotWater, TariffComponent::ColdWater);
    house.price_of(water, "45", Unit::CubicMetre, "2016-01-01");
    for (flat, shows) in flats.into_iter().zip(["10", "30"]) {
        let meter = house.meter(Some(flat.id), HotWater, "2025-12-31", "0");
        house.read(meter, "2026-01-20", shows);
    }
    let january = house.settle("2026-01");
    assert_eq!(
        lines(&january, flats[0]),
        [
            "hot_water individual cold_water 10 meter 450.00",
            "hot_water individual heat_energy calculated 1200.00"
        ]
    );
    assert_eq!(
        lines(&january, flats[1])[1],
        "hot_water individual heat_energy calculated 3600.00"
    );
}

#[test]
fn what_the_boiler_used_is_no_common_need() {
    let (mut house, flats) = boiler("production_heat", &[Heat, Gas, Electricity]);
    house.price(Electricity, "5");
    house.decide("soi_by_fact", Electricity);
    let input = house.meter(None, Electricity, "2025-12-31", "0");
    house.building(BuildingEvent::BalanceScopeDefined {
        name: code("house"),
        resource: Electricity,
        from: day("2016-01-01"),
        house: vec![ScopeMember {
            point: house.point_of(input),
            sign: Sign::Plus,
        }],
        members: Vec::new(),
    });
    house.read(input, "2026-01-31", "1000");
    let pump = house.meter(None, Electricity, "2025-12-31", "0");
    feeds(&mut house, pump, ("production_heat", Electricity));
    house.read(pump, "2026-01-31", "200");
    for flat in flats {
        let meter = house.meter(Some(flat.id), Electricity, "2025-12-31", "0");
        house.read(meter, "2026-01-20", "300");
    }
    let january = house.settle("2026-01");
    let common = january.service(Electricity).expect("electricity");
    let left = common.common.volume.as_ref().expect("by the house meter");
    // 1000 − 600 − 200.
    assert_eq!(left.value.to_string(), "200/1");
    // 600 · 8 + 200 · 5 by area.
    assert_eq!(
        lines(&january, flats[0])[0],
        "heat individual calculated 2320.00"
    );
}

#[test]
fn an_unread_meter_of_the_boiler_is_asked_for() {
    let (house, _) = boiler("production_heat", &[Heat, Gas]);
    let february = house.settle("2026-02");
    let asked = february
        .blocking()
        .find(|problem| problem.kind == ProblemKind::NoBasis);
    let asked = asked.expect("the month waits for a reading");
    assert!(asked.text.contains("на производство"), "{}", asked.text);
}
