//! Volumes in the place of readings that did not come.

use aggregates::vocabulary::Resource::{ColdWater, Electricity};
use projections::settlement::ProblemKind;

use crate::support::{Flat, House, at};
use crate::telling::{problems, told};

fn bill(house: &mut House, flat: Flat, of: &str) -> Vec<String> {
    let closing = house.close(of);
    let bill = closing.bill(flat.account).expect("a bill");
    told(&bill.lines)
}

/// Rules DC-04-THREE-MISSING-NORM-THEN-READING: three averaged months, one by the norm, and a real
/// reading below the virtual one, which is a credit and no error.
#[test]
fn three_months_by_average_then_the_norm_then_a_reading_trues_up() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    house.water_norm(ColdWater, "4.29");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 2);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-01-20", "350");
    house.read(meter, "2025-07-25", "387.1");
    house.read(meter, "2025-12-25", "408.2");
    house.read(meter, "2026-01-25", "412.3");
    house.close("2026-01");
    for month in ["2026-02", "2026-03", "2026-04"] {
        assert_eq!(
            bill(&mut house, flat, month),
            ["cold_water individual 4.2 average 188.41"]
        );
    }
    assert_eq!(
        bill(&mut house, flat, "2026-05"),
        ["cold_water individual 8.58 norm 384.90"]
    );
    house.read(meter, "2026-06-22", "431.05");
    assert_eq!(
        bill(&mut house, flat, "2026-06"),
        ["cold_water individual -2.43 meter -109.01"]
    );
    // The run is over and the next average is taken over real readings only: 22.85 in six months.
    assert_eq!(
        bill(&mut house, flat, "2026-07"),
        ["cold_water individual 3.808333333333 average 170.84"]
    );
}

#[test]
fn a_meter_out_of_order_is_averaged_from_its_day_then_normed_with_the_multiplier() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "0");
    house.read(meter, "2025-07-25", "3");
    house.read(meter, "2026-01-25", "21");
    house.close("2026-01");
    // The reading of the failure closes what was counted; 3 · 14/28 for the days after.
    house.read(meter, "2026-02-14", "22");
    house.fail(meter, "2026-02-15");
    assert_eq!(
        bill(&mut house, flat, "2026-02"),
        ["cold_water individual 2.5 mixed 25.00"]
    );
    for month in ["2026-03", "2026-04"] {
        let average = "cold_water individual 3 average 30.00";
        assert_eq!(bill(&mut house, flat, month), [average], "{month}");
    }
    assert_eq!(
        bill(&mut house, flat, "2026-05"),
        [
            "cold_water individual 4 norm 40.00",
            "cold_water multiplier_excess norm 80.00"
        ]
    );
}

#[test]
fn an_ended_verification_is_a_reason_of_its_own() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-01-31", "0");
    house.verify(meter, "2020-02-01", "2026-01-31");
    house.read(meter, "2025-07-25", "3");
    house.read(meter, "2026-01-25", "21");
    let settlement = house.settle("2026-02");
    assert_eq!(settlement.gaps[0].clause.as_str(), "ПП 354 п. 59(а)");
    // A reading of such a meter is used all the same, and somebody is told.
    house.read(meter, "2026-02-20", "24");
    let settlement = house.settle("2026-02");
    assert!(settlement.gaps.is_empty());
    assert!(problems(&settlement).contains(&ProblemKind::VerificationEnded));
}

#[test]
fn a_meter_read_for_less_than_three_months_has_no_average() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2026-01-10", "0");
    house.read(meter, "2026-03-25", "6");
    let settlement = house.settle("2026-04");
    let gap = &settlement.gaps[0];
    assert_eq!(gap.clause.as_str(), "ПП 354 п. 59(2)");
    assert_eq!(gap.volumes[0].value.value().to_string(), "4");
    // One month more is enough.
    house.read(meter, "2026-04-25", "8");
    let gap = &house.settle("2026-05").gaps[0];
    assert_eq!(gap.clause.as_str(), "ПП 354 п. 59(б)");
    assert_eq!(gap.volumes[0].value.value().to_string(), "2.666666666667");
}

#[test]
fn electricity_is_averaged_without_limit_and_by_zone() {
    let mut house = House::new(&[Electricity]);
    house.price(Electricity, "5");
    let flat = house.flat("1", "54.3");
    let point = house.point(Some(flat.id), Electricity);
    let meter = house.install(point, Electricity, &["t1", "t2"], "2025-06-25", "0/0");
    house.read(meter, "2025-07-25", "60/30");
    house.read(meter, "2026-01-25", "660/330");
    house.close("2026-01");
    for month in ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"] {
        assert_eq!(
            bill(&mut house, flat, month),
            ["electricity individual 150 average 750.00"],
            "{month}"
        );
    }
}

#[test]
fn premises_that_are_no_dwelling_are_averaged_twice_and_then_named() {
    let mut house = House::new(&[ColdWater]);
    let kind = aggregates::premises::event::PremisesKind::Store;
    let id = house.premises("1Н", kind, "120");
    let account = house.account(id, "М-1", "1/1", "2020-01-01");
    let mut key = crate::support::price(
        ColdWater,
        aggregates::tariff_book::event::TariffComponent::Single,
    );
    key.payers = crate::support::code("others");
    let unit = aggregates::quantity::Unit::CubicMetre;
    house.price_of(key, "10", unit, "2020-01-01");
    let meter = house.meter(Some(id), ColdWater, "2025-06-25", "0");
    house.read(meter, "2025-07-25", "3");
    house.read(meter, "2026-01-25", "21");
    house.close("2026-01");
    let flat = Flat { id, account };
    for month in ["2026-02", "2026-03"] {
        assert_eq!(bill(&mut house, flat, month).len(), 1);
    }
    let settlement = house.settle("2026-04");
    assert!(problems(&settlement).contains(&ProblemKind::VolumeUnknown));
    assert!(settlement.gaps.is_empty());
}

#[test]
fn a_difference_that_nobody_can_explain_is_named_and_not_guessed() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "50");
    house.read(meter, "2026-01-25", "40");
    let settlement = house.settle("2026-01");
    assert!(problems(&settlement).contains(&ProblemKind::VolumeUnknown));
    let asking = settlement.problems.iter().filter(|one| one.asks_cause());
    let asking: Vec<_> = asking.map(|problem| problem.kind).collect();
    assert!(asking.contains(&ProblemKind::VolumeUnknown), "{asking:?}");
    assert!(
        settlement
            .account(flat.account)
            .expect("an account")
            .lines
            .is_empty()
    );
}

#[test]
fn a_gap_is_recorded_with_its_inputs() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "0");
    let first = house.read(meter, "2025-07-25", "3");
    let last = house.read(meter, "2026-01-25", "21");
    let gap = &house.settle("2026-02").gaps[0];
    let inputs: Vec<u64> = gap.inputs.iter().map(|event| event.sequence).collect();
    assert_eq!(inputs, [first, last]);
    assert_eq!(gap.run, 1);
    assert_eq!(gap.interval.from(), at("2026-02-01T00:00"));
    assert_eq!(gap.interval.until(), at("2026-03-01T00:00"));
}
