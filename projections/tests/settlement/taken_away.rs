//! Meters that were taken away and not put back, and electricity meters that nobody replaces.

use aggregates::meter::event::RemovalReason;
use aggregates::vocabulary::Resource::{ColdWater, Electricity, Gas};

use projections::settlement::ProblemKind;

use crate::refusals::{bill, read_monthly};
use crate::telling::problems;

#[test]
fn a_meter_at_its_verification_is_averaged_and_then_normed() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    let reason = RemovalReason::ForVerification;
    house.take_away(meter, "2026-02-15T00:00", "135", reason);
    let settlement = house.settle("2026-02");
    assert_eq!(settlement.gaps[0].clause.as_str(), "ПП 354 п. 59(а)");
    // 5 by the final reading, 10 · 14/28 for the days after.
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 10 mixed 1000.00"]);
    for month in ["2026-03", "2026-04"] {
        let average = "cold_water individual 10 average 1000.00";
        assert_eq!(bill(&mut house, flat, month), [average], "{month}");
    }
    assert_eq!(
        bill(&mut house, flat, "2026-05"),
        [
            "cold_water individual 3.1 norm 310.00",
            "cold_water multiplier_excess norm 620.00"
        ]
    );
}

#[test]
fn a_meter_that_failed_and_was_taken_away_is_averaged_too() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.fail(meter, "2026-02-15T00:00");
    house.take_away(meter, "2026-02-22T00:00", "135", RemovalReason::Abolished);
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 10 mixed 1000.00"]);
    let average = ["cold_water individual 10 average 1000.00"];
    assert_eq!(bill(&mut house, flat, "2026-03"), average);
}

#[test]
fn where_metering_was_given_up_the_norm_holds_from_the_day() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.take_away(meter, "2026-02-15T00:00", "135", RemovalReason::Abolished);
    assert_eq!(
        bill(&mut house, flat, "2026-02"),
        [
            "cold_water individual 6.55 mixed 655.00",
            "cold_water multiplier_excess mixed 310.00"
        ]
    );
}

/// ПП 549: gas is averaged at a planned verification only.
#[test]
fn gas_is_averaged_at_a_verification_and_normed_at_once_otherwise() {
    let (mut house, flat, meter) = read_monthly(Gas);
    let reason = RemovalReason::ForVerification;
    house.take_away(meter, "2026-02-15T00:00", "135", reason);
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["gas individual 10 mixed 1000.00"]);
    let (mut house, flat, meter) = read_monthly(Gas);
    house.fail(meter, "2026-02-01T00:00");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["gas individual 3.1 norm 310.00"]);
}

#[test]
fn a_final_reading_that_comes_later_frees_the_closing() {
    let (mut house, flat, old) = read_monthly(ColdWater);
    let at = "2026-02-10";
    house.take_away(old, at, "", RemovalReason::Replaced);
    let point = house.point_of(old);
    let new = house.install(point, ColdWater, &["total"], at, "0");
    house.read(new, "2026-02-20", "3");
    let before = problems(&house.settle("2026-02"));
    assert!(before.contains(&ProblemKind::VolumeUnknown));
    house.add_final(old, at, "136");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 9 meter 900.00"]);
}

/// Out of order since 15 January 2026: from 15 July on the price is lowered by 5 %.
#[test]
fn electricity_is_cheaper_while_the_meter_is_not_replaced_in_its_term() {
    let (mut house, flat, meter) = read_monthly(Electricity);
    house.fail(meter, "2026-01-15T00:00");
    for month in ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"] {
        bill(&mut house, flat, month);
    }
    // 1000 · 0.05 · 17/31.
    assert_eq!(
        bill(&mut house, flat, "2026-07"),
        [
            "electricity individual 10 average 1000.00",
            "electricity late_replacement average -27.42"
        ]
    );
}
