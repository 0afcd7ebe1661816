//! V04 and V29: the settlement period.

use aggregates::building::arrangement::LatePolicy;
use aggregates::building::terms::ReadingTerms;
use aggregates::meter::error::MeterError;
use aggregates::meter::reading::{Finding, ValidationRule};
use aggregates::meter::settlement_period::{PeriodChoice, settlement_period};
use aggregates::meter::submission::Submission;
use aggregates::time::Interval;
use aggregates::vocabulary::ReadingSource;

use crate::support::*;

fn choose(
    source: ReadingSource,
    taken: &str,
    received: &str,
    terms: &ReadingTerms,
) -> PeriodChoice {
    settlement_period(source, &code("web"), local(taken), local(received), terms)
        .expect("the instants lie in the calendar")
}

fn received(at: &str, terms: &ReadingTerms) -> PeriodChoice {
    choose(ReadingSource::Resident, at, at, terms)
}

fn marks(choice: &PeriodChoice) -> Vec<(ValidationRule, Option<&str>)> {
    let mark = |finding: &'_ Finding| finding.rule;
    choice
        .findings
        .iter()
        .map(|found| (mark(found), found.fact("problem")))
        .collect()
}

#[test]
fn the_closing_day_counts_until_its_midnight_in_the_house() {
    let in_time = received("2026-03-25 23:59", &terms());
    assert_eq!(
        (in_time.period, marks(&in_time)),
        (period("2026-03"), vec![])
    );
    let late = received("2026-03-26 00:00", &terms());
    assert_eq!(late.period, period("2026-04"));
    assert_eq!(marks(&late), vec![(ValidationRule::V04, Some("late"))]);
}

#[test]
fn december_goes_over_into_january() {
    assert_eq!(
        received("2026-12-26 10:00", &terms()).period,
        period("2027-01")
    );
}

#[test]
fn any_earlier_day_of_the_month_counts() {
    let early = received("2026-03-01 00:00", &terms());
    assert_eq!((early.period, marks(&early)), (period("2026-03"), vec![]));
}

#[test]
fn before_the_window_opens_the_current_period_takes_it() {
    let mut terms = terms();
    terms.window.opens_on_day = Some(15);
    let early = received("2026-03-10 10:00", &terms);
    assert_eq!(early.period, period("2026-03"));
    assert_eq!(marks(&early), vec![(ValidationRule::V04, Some("early"))]);
    assert_eq!(marks(&received("2026-03-15 00:00", &terms)), vec![]);
}

#[test]
fn a_window_may_run_over_the_end_of_the_month() {
    let mut terms = terms();
    terms.window.opens_on_day = Some(26);
    terms.window.closes_on_day = 5;
    let before = received("2026-03-28 10:00", &terms);
    assert_eq!((before.period, marks(&before)), (period("2026-04"), vec![]));
    let after = received("2026-04-05 10:00", &terms);
    assert_eq!((after.period, marks(&after)), (period("2026-04"), vec![]));
    let between = received("2026-04-10 10:00", &terms);
    assert_eq!(between.period, period("2026-05"));
    assert_eq!(marks(&between), vec![(ValidationRule::V04, Some("early"))]);
}

#[test]
fn a_short_month_closes_on_its_last_day() {
    let mut terms = terms();
    terms.window.closes_on_day = 30;
    assert_eq!(
        received("2026-02-28 23:00", &terms).period,
        period("2026-02")
    );
    assert_eq!(
        received("2026-01-31 10:00", &terms).period,
        period("2026-02")
    );
}

#[test]
fn the_time_of_receipt_decides_by_default() {
    let delayed = choose(
        ReadingSource::Phone,
        "2026-03-25 10:00",
        "2026-03-26 09:00",
        &terms(),
    );
    assert_eq!(delayed.period, period("2026-04"));
    let expected = vec![
        (ValidationRule::V29, None),
        (ValidationRule::V04, Some("late")),
    ];
    assert_eq!(marks(&delayed), expected);
}

#[test]
fn a_recorded_policy_lets_the_time_of_taking_decide() {
    let mut terms = terms();
    terms.window.late_policy = LatePolicy::ByTaking;
    let by_phone = choose(
        ReadingSource::Phone,
        "2026-03-25 10:00",
        "2026-03-26 09:00",
        &terms,
    );
    assert_eq!(by_phone.period, period("2026-03"));
    assert_eq!(marks(&by_phone), vec![(ValidationRule::V29, None)]);
    assert_eq!(by_phone.findings[0].fact("counted_by"), Some("taken"));
    let online = choose(
        ReadingSource::Resident,
        "2026-03-25 10:00",
        "2026-03-26 09:00",
        &terms,
    );
    assert_eq!(
        online.period,
        period("2026-04"),
        "an entry typed online is not delayed"
    );
    let offline = settlement_period(
        ReadingSource::Resident,
        &code("app"),
        local("2026-03-25 10:00"),
        local("2026-03-26 09:00"),
        &terms,
    );
    assert_eq!(offline.map(|choice| choice.period), Ok(period("2026-03")));
}

#[test]
fn an_outage_of_our_intake_excuses_the_delay() {
    let mut terms = terms();
    terms.window.late_policy = LatePolicy::ByTakingDuringIntakeOutage;
    let delayed = |terms: &ReadingTerms| {
        choose(
            ReadingSource::Resident,
            "2026-03-25 10:00",
            "2026-03-26 09:00",
            terms,
        )
        .period
    };
    assert_eq!(delayed(&terms), period("2026-04"));
    let outage = Interval::new(local("2026-03-25 18:00"), local("2026-03-26 03:00"));
    terms.intake_outages = vec![outage.expect("the outage lasts")];
    assert_eq!(delayed(&terms), period("2026-03"));
    let after = choose(
        ReadingSource::Resident,
        "2026-03-26 01:00",
        "2026-03-26 09:00",
        &terms,
    );
    assert_eq!(after.period, period("2026-04"), "taken after the deadline");
}

#[test]
fn what_a_device_dated_belongs_where_it_was_taken() {
    for source in [
        ReadingSource::Polled,
        ReadingSource::Archive,
        ReadingSource::Inspector,
    ] {
        let choice = choose(source, "2026-03-25 10:00", "2026-05-10 09:00", &terms());
        assert_eq!((choice.period, marks(&choice)), (period("2026-03"), vec![]));
        let next = choose(source, "2026-03-26 00:00", "2026-05-10 09:00", &terms());
        assert_eq!(next.period, period("2026-04"));
    }
}

#[test]
fn a_closed_period_takes_nothing_in() {
    let mut terms = terms();
    terms.closed_through = Some(period("2026-04"));
    let choice = choose(
        ReadingSource::Archive,
        "2026-03-20 10:00",
        "2026-05-10 09:00",
        &terms,
    );
    assert_eq!(choice.period, period("2026-05"));
    assert_eq!(marks(&choice), vec![(ValidationRule::V04, Some("closed"))]);
}

#[tokio::test]
async fn the_marks_stand_in_the_event() {
    let event = answer(standing(), sent_water("2026-01-27 10:00", "105")).await;
    assert_eq!(
        event.reading().map(|reading| reading.period),
        Some(period("2026-02"))
    );
    assert!(rules(&event).contains(&ValidationRule::V04));
}

#[tokio::test]
async fn a_clock_outside_the_calendar_is_our_own_mistake() {
    let at = "2300-01-01T00:00:00Z".parse().expect("an instant");
    let submission = Submission {
        received_at: at,
        ..sent_water("2026-01-20 10:00", "105")
    };
    expect_error(
        standing(),
        record(submission),
        MeterError::OutsideCalendar { at },
    )
    .await;
}
