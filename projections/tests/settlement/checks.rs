//! Recalculation after a check (ПП 354 п. 61).

use aggregates::vocabulary::Resource::ColdWater;

use crate::refusals::{bill, read_monthly};

/// 60 m³ were submitted and charged, the check shows 40 of them were never consumed: a credit at
/// the price of the period of the check, in a line of its own.
#[test]
fn a_check_that_contradicts_a_charged_reading_is_a_line_of_its_own() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    let wrong = house.read(meter, "2026-02-20", "190");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 60 meter 6000.00"]);
    house.control(meter, "2026-03-10", "150", &[wrong]);
    let settlement = house.settle("2026-03");
    assert_eq!(settlement.blocking().count(), 0);
    let lines = bill(&mut house, flat, "2026-03");
    assert_eq!(lines, ["cold_water check_recalculation -40 meter -4000.00"]);
    house.read(meter, "2026-04-20", "161");
    let lines = bill(&mut house, flat, "2026-04");
    assert_eq!(lines, ["cold_water individual 11 meter 1100.00"]);
    // The wrong reading is no measure for an average: 161 − 100 in the six months to April.
    let lines = bill(&mut house, flat, "2026-05");
    assert_eq!(
        lines,
        ["cold_water individual 10.166666666667 average 1016.67"]
    );
}

/// Where volumes were calculated because nothing was submitted, the check trues them up.
#[test]
fn a_check_after_calculated_months_is_a_true_up() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    assert_eq!(bill(&mut house, flat, "2026-02").len(), 1);
    house.control(meter, "2026-03-10", "136", &[]);
    let lines = bill(&mut house, flat, "2026-03");
    assert_eq!(lines, ["cold_water individual -4 meter -400.00"]);
}
