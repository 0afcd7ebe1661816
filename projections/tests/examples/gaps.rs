//! П. 59 and 60: averages, norms and what a later reading makes of them.

use aggregates::vocabulary::Resource;
use projections::rules::GapReason;
use projections::settlement::formulas::gaps::{AverageWindow, average_59, norm_60, part_of_month};
use projections::settlement::ratio::Ratio;

use crate::support::{assert_prints, billed, day, difference, edition, period, priced, ratio};

/// Derived: six months.
#[test]
fn g_avg6() {
    let months = ["4.2", "5.1", "3.9", "4.8", "5.5", "4.5"].map(ratio);
    let average = average_59(&months.iter().sum(), 6).expect("six months");
    assert_prints(&average, "4.666667");
    assert_eq!(billed(&priced(&average, "50.93")), "237.67");
}

/// Worked case: three months by the average, one by the norm without an uplift, then a reading
/// below the virtual register: a credit, so that every unit is charged once.
#[test]
fn dc_04_three_missing_norm_then_reading() {
    let may = edition("2026-05");
    let on = day("2026-05-01");
    let window = AverageWindow {
        months: may
            .average_window_months(Resource::ColdWater, on)
            .expect("a window")
            .value,
        least: may
            .average_months_min(Resource::ColdWater, on)
            .expect("a minimum")
            .value,
    };
    let months = window.of(6).expect("enough history");
    let average = average_59(&difference("387.100", "412.300"), months).expect("six months");
    assert_eq!(average, ratio("4.2"));
    assert_eq!(billed(&priced(&average, "44.86")), "188.41");
    let most = may.average_periods_max(Resource::ColdWater, true, on);
    assert_eq!(most.expect("a limit").value, Some(3));
    let mut register = ratio("412.300");
    for virtual_reading in ["416.5", "420.7", "424.9"] {
        register = register + &average;
        assert_eq!(register, ratio(virtual_reading));
    }
    let norm = norm_60(2, &ratio("4.29"));
    assert_eq!(norm, ratio("8.58"));
    assert_eq!(billed(&priced(&norm, "44.86")), "384.90");
    let reason = GapReason::NotSubmitted;
    let multiplied = may.norm_multiplied_after_average(reason, on);
    assert!(!multiplied.expect("a rule").value);
    let advances = may.norm_advances_register(reason, on).expect("a rule");
    assert!(advances.value);
    let with_norm = register.clone() + &norm;
    assert_eq!(with_norm, ratio("433.48"));
    let june = ratio("431.050") - &with_norm;
    assert_eq!(june, ratio("-2.43"));
    assert_eq!(billed(&priced(&june, "44.86")), "-109.01");
    let averaged = &average * ratio("3");
    let charged = &averaged + &norm + &june;
    assert_eq!(charged, difference("412.300", "431.050"));
    assert_eq!(charged, ratio("18.75"));
    // The other convention: the norm does not advance the register.
    let june = ratio("431.050") - register;
    assert_eq!(june, ratio("6.15"));
    assert_eq!(billed(&priced(&june, "44.86")), "275.89");
    assert_eq!(&averaged + &norm + &june, ratio("27.33"));
    let next = average_59(&difference("408.200", "431.050"), 6).expect("six months");
    assert_prints(&next, "3.808333333333");
}

/// Test of a public program: the price changes on the 16th of a month of 31 days.
#[test]
fn hw1_test_c13() {
    let norm = norm_60(1, &ratio("3.19"));
    let month = period("2026-07");
    let part = |days| part_of_month(&norm, days, month).expect("a month");
    assert_eq!(billed(&priced(&part(15), "100.00")), "154.35");
    assert_eq!(billed(&priced(&part(16), "200.00")), "329.29");
    assert_eq!(part(15) + part(16), norm);
}

#[test]
fn an_average_needs_enough_months_and_takes_no_more_than_it_may() {
    let window = AverageWindow {
        months: 6,
        least: 3,
    };
    assert_eq!(window.of(2), None);
    assert_eq!(window.of(3), Some(3));
    assert_eq!(window.of(40), Some(6));
    assert!(average_59(&Ratio::zero(), 0).is_err());
}
