//! Heating by the house meter.

use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent, HeatingPayment};
use aggregates::premises::event::{HeatSource, PremisesEvent};
use aggregates::quantity::{NormBasis, Unit};
use aggregates::vocabulary::FactSource;
use aggregates::vocabulary::Resource::{Heat, HotWater};
use projections::settlement::{ProblemKind, Settlement};

use crate::support::{BEGIN, Flat, House, act, day};
use crate::telling::{problems, told};

/// A house of S_об with a heat meter that counted `volume` in January 2026.
fn heated(total: &str, volume: &str, rate: &str) -> House {
    let mut house = House::new(&[Heat]);
    house.price(Heat, rate);
    house.house_area(BuildingAreaPurpose::AllPremises, total);
    house.heating_from("2025-09-15");
    let meter = house.meter(None, Heat, "2025-12-31", "0");
    house.read(meter, "2026-01-25", volume);
    house
}

fn amount(settlement: &Settlement, flat: Flat) -> String {
    let charges = settlement.account(flat.account).expect("an open account");
    String::from(charges.total)
}

/// Rules DC-15-EXACT-HALF-AFTER-DIVISION: exactly 5219.935, whatever is divided first.
#[test]
fn an_exact_half_survives_the_division() {
    let mut house = heated("4215.0", "184.45", "2122.50");
    let flat = house.flat("1", "56.2");
    let settlement = house.settle("2026-01");
    assert_eq!(amount(&settlement, flat), "5219.94");
    let line = &settlement.account(flat.account).expect("an account").lines[0];
    assert_eq!(line.line.clause.as_str(), "ПП 354 прил. 2 ф. 3, 3(6)");
}

/// The flats on record need not be all: the rest of S_об has its volume too.
#[test]
fn a_house_of_which_one_flat_is_on_record_is_shared_out_all_the_same() {
    let mut house = heated("100", "10", "1000");
    let metered = house.flat("1", "20");
    let meter = house.meter(Some(metered.id), Heat, "2025-12-31", "0");
    house.read(meter, "2026-01-25", "1");
    let other = house.flat("2", "20");
    // V_i of everybody 1 · 80/20 + 1 = 5; the other 5 by area.
    let settlement = house.settle("2026-01");
    assert_eq!(amount(&settlement, metered), "2000.00");
    assert_eq!(amount(&settlement, other), "2000.00");
}

/// Rules G-F3-INST: premises with their own boiler pay the common part only, and the house adds up.
#[test]
fn premises_with_their_own_boiler_pay_the_common_part() {
    let mut house = heated("5000", "120", "2000");
    house.house_area(BuildingAreaPurpose::CommonHeated, "400");
    let flats: Vec<Flat> = (1..=100)
        .map(|number| house.flat(&number.to_string(), "50"))
        .collect();
    for flat in &flats[95..] {
        house.tell(
            flat.id,
            PremisesEvent::HeatSourceRecorded {
                heating: HeatSource::OwnBoiler,
                from: day(BEGIN),
                act: Some(act()),
                source: FactSource::Act,
            },
        );
    }
    let settlement = house.settle("2026-01");
    assert_eq!(amount(&settlement, flats[0]), "2516.50");
    assert_eq!(amount(&settlement, flats[99]), "186.41");
    let service = settlement.service(Heat).expect("a service");
    let charges = service
        .premises
        .iter()
        .flat_map(|premises| &premises.charges);
    let whole: projections::settlement::ratio::Ratio = charges.map(|charge| &charge.amount).sum();
    assert_eq!(whole.to_string(), "240000/1");
}

/// Rules G-F33: everybody has a meter.
#[test]
fn every_premises_with_a_meter_pays_its_own_and_the_common_part() {
    let mut house = heated("5000", "120", "2000");
    let mut flats = Vec::new();
    for (number, area, shown) in [("1", "50", "0.8"), ("2", "4950", "94.2")] {
        let flat = house.flat(number, area);
        let meter = house.meter(Some(flat.id), Heat, "2025-12-31", "0");
        house.read(meter, "2026-01-25", shown);
        flats.push(flat);
    }
    let settlement = house.settle("2026-01");
    assert_eq!(amount(&settlement, flats[0]), "2100.00");
    let line = &settlement
        .account(flats[0].account)
        .expect("an account")
        .lines[0];
    assert_eq!(line.line.clause.as_str(), "ПП 354 прил. 2 ф. 3(3)");
}

#[test]
fn without_a_meter_of_its_own_a_flat_takes_the_mean_of_those_that_have_one() {
    let mut house = heated("100", "10", "1000");
    let metered = house.flat("1", "40");
    let meter = house.meter(Some(metered.id), Heat, "2025-12-31", "0");
    house.read(meter, "2026-01-25", "2");
    let other = house.flat("2", "60");
    let settlement = house.settle("2026-01");
    // V_i of the other 60 · 2/40 = 3; the rest of the house, 5, by area: 2 and 3.
    assert_eq!(amount(&settlement, metered), "4000.00");
    assert_eq!(amount(&settlement, other), "6000.00");
    assert!(problems(&settlement).contains(&ProblemKind::FewHeatMeters));
}

/// Rules Q3: the sign of the bracket is kept.
#[test]
fn meters_above_the_house_meter_lower_what_is_paid() {
    let mut house = heated("100", "10", "1000");
    let flat = house.flat("1", "100");
    let meter = house.meter(Some(flat.id), Heat, "2025-12-31", "0");
    house.read(meter, "2026-01-25", "12");
    let settlement = house.settle("2026-01");
    assert_eq!(amount(&settlement, flat), "10000.00");
    assert!(problems(&settlement).contains(&ProblemKind::NegativeCommonPart));
}

#[test]
fn a_house_meter_that_counts_the_hot_water_too_is_lowered_by_the_norm() {
    let mut house = heated("100", "30", "1000");
    let flat = house.flat("1", "100");
    house.arrange(
        HotWater,
        aggregates::building::arrangement::Management::ManagingCompany,
    );
    house.price(HotWater, "200");
    house.decide("heat_meter_includes_hot_water", Heat);
    let (unit, per) = (Unit::Gigacalorie, NormBasis::CubicMetre);
    house.norm(HotWater, "heating_of_water", "0.05", unit, per);
    let hot = house.meter(None, HotWater, "2025-12-31", "0");
    house.read(hot, "2026-01-25", "100");
    let settlement = house.settle("2026-01");
    let charges = settlement.account(flat.account).expect("an account");
    // 30 − 100 · 0.05 = 25.
    assert_eq!(
        told(&charges.lines),
        ["heat individual 25 house_meter 25000.00"]
    );
}

#[test]
fn without_a_house_meter_the_norm_is_charged_and_without_that_nothing() {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "1000");
    house.heating_from("2025-09-15");
    let flat = house.flat("1", "50");
    let blocking: Vec<ProblemKind> = house
        .settle("2026-01")
        .blocking()
        .map(|problem| problem.kind)
        .collect();
    assert_eq!(blocking, [ProblemKind::NoBasis]);
    let (unit, per) = (Unit::Gigacalorie, NormBasis::SquareMetreMonth);
    house.norm(Heat, "individual", "0.02", unit, per);
    assert_eq!(amount(&house.settle("2026-01"), flat), "1000.00");
}

#[test]
fn an_unread_house_meter_blocks_and_even_payment_does_too() {
    let mut house = heated("100", "10", "1000");
    house.flat("1", "100");
    let kinds = |settlement: Settlement| -> Vec<ProblemKind> {
        settlement.blocking().map(|problem| problem.kind).collect()
    };
    assert_eq!(kinds(house.settle("2026-02")), [ProblemKind::NoBasis]);
    house.building(BuildingEvent::HeatingPaymentChosen {
        mode: HeatingPayment::Evenly,
        from: day("2026-01-01"),
        act: act(),
    });
    assert_eq!(kinds(house.settle("2026-01")), [ProblemKind::EvenHeating]);
}

#[test]
fn no_heat_is_charged_outside_the_season() {
    let mut house = heated("100", "10", "1000");
    let flat = house.flat("1", "100");
    house.building(BuildingEvent::HeatingSeasonEnded {
        on: day("2026-02-01"),
        act: act(),
    });
    let settlement = house.settle("2026-02");
    assert!(settlement.blocking().next().is_none());
    assert_eq!(amount(&settlement, flat), "0.00");
}
