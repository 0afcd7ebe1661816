//! Days and terms that the rules name.

use aggregates::vocabulary::Resource;
use projections::rules::RunStart;
use projections::settlement::formulas::gaps::{AverageRun, norm_begins_60};

use crate::support::{day, edition, period};

/// Published answer of a supplier: it counts from the first whole period, the literal text from
/// the period of the event. The convention is a parameter; the literal one is in force.
#[test]
fn date_expiry_khab() {
    let october = edition("2017-10");
    let expired = day("2017-10-02");
    let most = october.average_periods_max(Resource::ColdWater, true, expired);
    let periods = most.expect("a limit").value.expect("a limit of water");
    assert_eq!(periods, 3);
    let begins = |start| {
        let run = AverageRun { start, periods };
        norm_begins_60(expired, run).expect("a period")
    };
    assert_eq!(begins(RunStart::EventPeriod), period("2018-01"));
    assert_eq!(begins(RunStart::FirstFullPeriod), period("2018-02"));
    let start = october.average_run_start(expired).expect("a convention");
    assert_eq!(start.value, RunStart::EventPeriod);
}

/// Published text: the terms of ЖК 155 from March 2026 on.
#[test]
fn date_pay_2026() {
    let march = edition("2026-03");
    let readings = march.submission_last_day().expect("a term");
    assert_eq!(readings.value, day("2026-03-25"));
    assert_eq!(march.bill_due().expect("a term").value, day("2026-04-05"));
    let payment = march.payment_due().expect("a term");
    assert_eq!(payment.value, day("2026-04-15"));
    // The month of transition, on which sources disagree: the edition follows the settled period.
    let february = edition("2026-02");
    let payment = february.payment_due().expect("a term");
    assert_eq!(payment.value, day("2026-03-10"));
}

#[test]
fn an_event_on_the_first_begins_a_whole_period() {
    let run = AverageRun {
        start: RunStart::FirstFullPeriod,
        periods: 3,
    };
    assert_eq!(
        norm_begins_60(day("2017-10-01"), run),
        Ok(period("2018-01"))
    );
}
