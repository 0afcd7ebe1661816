//! V07 and V08: what was counted, against the meter's own year.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Proposal, ValidationRule};
use aggregates::meter::submission::{Choice, Submission};
use aggregates::quantity::Unit;
use aggregates::vocabulary::{ReadingSource, Resource};

use crate::support::*;

/// 48 m³ at the end of 2025, 4 m³ a month.
fn year() -> Vec<MeterEvent> {
    year_of_use(4)
}

fn january(number: &str) -> Submission {
    sent_water("2026-01-20 10:00", number)
}

#[tokio::test]
async fn three_times_the_usual_is_asked_back() {
    let event = answer(year(), january("61")).await;
    assert!(is_held(&event));
    let found = finding(&event, ValidationRule::V07);
    assert_eq!(
        (found.fact("counted"), found.fact("days")),
        (Some("13"), Some("31"))
    );
    assert_eq!(
        found.fact("basis"),
        Some("mean"),
        "January 2025 has no month before it"
    );
    assert!(proposals(&event).contains(&Proposal::ConfirmAsSent));
    assert!(is_recorded(&answer(year(), january("60")).await));
}

#[tokio::test]
async fn below_the_floor_nothing_is_high() {
    let event = answer(year_of_use(1), january("22")).await;
    assert!(is_recorded(&event), "10 m³ is the floor: {event:?}");
    assert!(is_held(&answer(year_of_use(1), january("22.1")).await));
}

#[tokio::test]
async fn the_same_month_of_last_year_goes_before_the_mean() {
    let mut given = year();
    // February 2025 took 20 m³ instead of 4, so 40 more are usual in February 2026.
    for event in given.iter_mut().skip(4) {
        if let MeterEvent::ReadingRecorded { reading, .. } = event {
            let more = reading.values[0].value.value() + decimal("16");
            reading.values = cubic_metres(&more.to_string());
        }
    }
    given.push(accepted("2026-01-20 10:00", "68", "2026-01"));
    let february = |number| sent_water("2026-02-20 10:00", number);
    assert!(is_recorded(&answer(given.clone(), february("118")).await));
    let event = answer(given, february("140")).await;
    assert_eq!(
        finding(&event, ValidationRule::V07).fact("basis"),
        Some("season")
    );
}

#[tokio::test]
async fn without_a_history_nothing_is_high() {
    assert!(is_recorded(
        &answer(standing(), sent_water("2026-01-20 10:00", "400")).await
    ));
}

#[tokio::test]
async fn only_the_named_values_are_confirmed() {
    let held = answer(year(), january("70")).await;
    let given = with(year(), [held]);
    expect_nothing(given.clone(), record(january("70"))).await;

    let other = answer(given.clone(), answering(january("71"), 16, Choice::AsSent)).await;
    assert!(is_held(&other), "another value is no confirmation");

    let event = answer(given, answering(january("70"), 16, Choice::AsSent)).await;
    assert!(
        matches!(
            event,
            MeterEvent::ReadingRecorded {
                confirms: Some(16),
                ..
            }
        ),
        "{event:?}"
    );
    assert_eq!(
        finding(&event, ValidationRule::V07).fact("confirmed"),
        Some("yes")
    );
}

#[tokio::test]
async fn a_second_tap_on_confirm_returns_the_same_receipt() {
    let held = answer(year(), january("70")).await;
    let given = with(year(), [held]);
    let confirmed = answering(january("70"), 16, Choice::AsSent);
    let taken = events(given.clone(), record(confirmed.clone())).await;
    let given = with(given, taken);
    assert_eq!(fold(&given).repeats(&confirmed), Some(17));
    expect_nothing(given, record(confirmed)).await;
}

#[tokio::test]
async fn what_was_held_in_time_stays_in_its_period() {
    let held = answer(year(), january("70")).await;
    let given = with(year(), [held]);
    let late = Submission {
        received_at: local("2026-01-28 10:00"),
        ..january("70")
    };
    let event = answer(given, answering(late, 16, Choice::AsSent)).await;
    assert_eq!(
        event.reading().map(|reading| reading.period),
        Some(period("2026-01"))
    );
    assert!(!rules(&event).contains(&ValidationRule::V04));
}

#[tokio::test]
async fn a_machine_is_not_asked_back_but_marked() {
    let event = answer(
        year(),
        sent_by(ReadingSource::Polled, "2026-01-20 10:00", "90"),
    )
    .await;
    assert!(is_recorded(&event));
    assert!(rules(&event).contains(&ValidationRule::V07));
}

#[tokio::test]
async fn standing_still_for_three_periods_is_marked() {
    let still = [
        accepted("2026-01-20 10:00", "48", "2026-01"),
        accepted("2026-02-20 10:00", "48", "2026-02"),
    ];
    let march = |number| sent_water("2026-03-20 10:00", number);
    let event = answer(with(year(), still.clone()), march("48")).await;
    assert!(is_recorded(&event));
    assert_eq!(
        finding(&event, ValidationRule::V08).fact("problem"),
        Some("zero")
    );
    let low = answer(with(year(), still.clone()), march("48.3")).await;
    assert_eq!(
        finding(&low, ValidationRule::V08).fact("problem"),
        Some("low")
    );
    let normal = answer(with(year(), still), march("50")).await;
    assert!(!rules(&normal).contains(&ValidationRule::V08));
    let two = answer(
        with(year(), [accepted("2026-01-20 10:00", "48", "2026-01")]),
        sent_water("2026-02-20 10:00", "48"),
    );
    assert!(
        !rules(&two.await).contains(&ValidationRule::V08),
        "two periods are not three"
    );
}

#[tokio::test]
async fn a_new_meter_is_not_marked_for_standing_still() {
    let event = answer(standing(), sent_water("2026-02-20 10:00", "100")).await;
    assert!(!rules(&event).contains(&ValidationRule::V08));
    let event = answer(standing(), sent_water("2026-04-20 10:00", "100")).await;
    assert!(
        rules(&event).contains(&ValidationRule::V08),
        "after three months it is"
    );
}

#[tokio::test]
async fn heat_stands_still_out_of_season() {
    let heat = |number: &str| vec![value_in("q", number, Unit::Gigacalorie)];
    let given = vec![
        registered(registration(
            Resource::Heat,
            vec![register("q", Unit::Gigacalorie)],
        )),
        installed("2026-01-01 00:00", heat("0")),
        commissioned("2026-01-01 00:00"),
        recorded(&sent("2026-05-20 10:00", heat("9")), "2026-05"),
    ];
    let event = answer(given, sent("2026-08-20 10:00", heat("9"))).await;
    assert!(is_recorded(&event));
    assert!(!rules(&event).contains(&ValidationRule::V08));
}
