//! Heating by the house meter.

use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent};
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
fn an_unread_house_meter_blocks() {
    let mut house = heated("100", "10", "1000");
    house.flat("1", "100");
    let settlement = house.settle("2026-02");
    let kinds: Vec<ProblemKind> = settlement.blocking().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::NoBasis]);
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

/// A house of 100 m² with a heat meter and two flats of 50 m² with a meter each.
fn metered_flats() -> (House, [aggregates::ids::MeterId; 3], [Flat; 2]) {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "2000");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.heating_from("2025-09-15");
    let input = house.meter(None, Heat, "2025-12-31", "0");
    let flats = ["1", "2"].map(|number| house.flat(number, "50"));
    let [one, two] = flats.map(|flat| house.meter(Some(flat.id), Heat, "2026-01-01T00:00", "0"));
    (house, [input, one, two], flats)
}

fn bills(closing: &projections::settlement::Closing, flats: [Flat; 2]) -> [Vec<String>; 2] {
    flats.map(|flat| told(&closing.bill(flat.account).expect("a bill").lines))
}

/// What was charged by ф. 3(7) in the place of a reading is not charged again by the next one.
#[test]
fn a_reading_after_a_month_by_the_other_meters_is_trued_up() {
    let (mut house, [input, one, two], flats) = metered_flats();
    house.read(input, "2026-01-25", "2");
    house.read(two, "2026-01-20", "1");
    let closing = house.close("2026-01");
    assert_eq!(
        bills(&closing, flats),
        [
            ["heat individual 1 house_meter 2000.00"],
            ["heat individual 1 house_meter 2000.00"]
        ]
    );
    let gap = &closing.imputations[0].gap;
    assert_eq!(gap.clause.as_str(), "ПП 354 прил. 2 ф. 3(7)");
    assert_eq!(gap.volumes[0].value.value().to_string(), "1");
    // Recorded, it is told as before: nothing is proposed again, the clause stays.
    let again = house.settle("2026-01");
    assert!(again.gaps.is_empty());
    assert_eq!(again.accounts, closing.settlement.accounts.clone());
    house.read(input, "2026-02-24", "4");
    house.read(one, "2026-02-20", "2");
    house.read(two, "2026-02-20", "2");
    let closing = house.close("2026-02");
    assert_eq!(
        bills(&closing, flats),
        [
            ["heat individual 1 house_meter 2000.00"],
            ["heat individual 1 house_meter 2000.00"]
        ]
    );
}

/// Where nobody was read it is the heat of the house that tells (ф. 3(6)); that is recorded too.
#[test]
fn a_reading_after_a_month_by_the_house_meter_is_trued_up() {
    let (mut house, [input, one, two], flats) = metered_flats();
    house.read(input, "2026-01-25", "3");
    let closing = house.close("2026-01");
    let clauses = closing
        .imputations
        .iter()
        .map(|given| given.gap.clause.as_str());
    assert_eq!(clauses.collect::<Vec<_>>(), ["ПП 354 прил. 2 ф. 3(6)"; 2]);
    house.read(input, "2026-02-24", "6");
    house.read(one, "2026-02-20", "2.5");
    house.read(two, "2026-02-20", "3.5");
    // 2.5 − 1.5 and 3.5 − 1.5; nothing is left of the 3 that came in.
    assert_eq!(
        bills(&house.close("2026-02"), flats),
        [
            ["heat individual 1 house_meter 2000.00"],
            ["heat individual 2 house_meter 4000.00"]
        ]
    );
}

/// A correction of the others' reading leaves what is on record, and the house still adds up.
#[test]
fn a_recorded_share_stays_when_the_others_are_corrected() {
    let (mut house, [input, one, two], flats) = metered_flats();
    house.read(input, "2026-01-25", "3");
    let reading = house.read(two, "2026-01-20", "1");
    house.close("2026-01");
    house.correct(two, reading, "2");
    house.read(input, "2026-02-24", "6");
    house.read(one, "2026-02-20", "2");
    house.read(two, "2026-02-20", "3");
    // January: 1 + 0 and 2 + 0 instead of 1.5 each.
    assert_eq!(
        bills(&house.close("2026-02"), flats),
        [
            vec![
                "heat individual 1.5 house_meter 3000.00".to_owned(),
                "2026-01 heat individual -0.5 house_meter -1000.00".to_owned(),
            ],
            vec![
                "heat individual 1.5 house_meter 3000.00".to_owned(),
                "2026-01 heat individual 0.5 house_meter 1000.00".to_owned(),
            ],
        ]
    );
}

/// Of a meter that came inside the month only its own days are on record: the days before have
/// their share, which no reading contains.
#[test]
fn only_days_with_the_meter_are_trued_up() {
    let (mut house, [input, one, two], flats) = metered_flats();
    let third = house.flat("3", "50");
    house.house_area(BuildingAreaPurpose::AllPremises, "150");
    let late = house.meter(Some(third.id), Heat, "2026-01-17T00:00", "0");
    house.read(input, "2026-01-25", "9.3");
    house.read(one, "2026-01-20", "3.1");
    house.read(two, "2026-01-20", "3.1");
    let closing = house.close("2026-01");
    assert_eq!(
        closing.imputations[0].gap.volumes[0]
            .value
            .value()
            .to_string(),
        "1.5"
    );
    let lines = told(&closing.bill(third.account).expect("a bill").lines);
    assert_eq!(lines, ["heat individual 3.1 house_meter 6200.00"]);
    house.read(input, "2026-02-24", "12.3");
    house.read(one, "2026-02-20", "4.1");
    house.read(two, "2026-02-20", "4.1");
    house.read(late, "2026-02-20", "2.5");
    let closing = house.close("2026-02");
    let lines = told(&closing.bill(third.account).expect("a bill").lines);
    assert_eq!(lines, ["heat individual 1 house_meter 2000.00"]);
    assert_eq!(
        bills(&closing, flats)[0],
        ["heat individual 1 house_meter 2000.00"]
    );
}

/// Only readings that were merely not submitted are filled so that the next one is trued up.
#[test]
fn what_is_charged_for_a_meter_out_of_order_is_not_recorded() {
    let (mut house, [input, one, two], _) = metered_flats();
    house.read(input, "2026-01-25", "2");
    house.read(two, "2026-01-20", "1");
    house.fail(one, "2026-01-01T00:00");
    assert!(house.settle("2026-01").gaps.is_empty());
}
