//! V01 and V02: a register only counts up, unless it turned over.

use aggregates::meter::error::MeterError;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Proposal, RolloverBasis, ValidationRule};
use aggregates::meter::submission::{Choice, Submission};
use aggregates::quantity::{Measure, Unit};

use crate::support::*;

fn turned(reading: u64, basis: RolloverBasis) -> MeterEvent {
    let capacity = Measure::new(decimal("100000"), Unit::CubicMetre);
    MeterEvent::RolloverDeclared {
        register: code("total"),
        reading,
        capacity,
        basis,
    }
}

/// A meter near its end: 99,995 m³ on 20 January.
fn near_the_end() -> Vec<MeterEvent> {
    with(
        standing_since("2026-01-01 00:00", "99990"),
        [accepted("2026-01-20 10:00", "99995", "2026-01")],
    )
}

#[tokio::test]
async fn a_clean_reading_is_accepted() {
    let submission = sent_water("2026-01-20 10:00", "105.5");
    let then = vec![recorded(&submission, "2026-01")];
    expect_events(standing(), record(submission), then).await;
}

#[tokio::test]
async fn an_equal_reading_is_no_step_back() {
    assert!(is_recorded(
        &answer(standing(), sent_water("2026-01-20 10:00", "100")).await
    ));
}

#[tokio::test]
async fn below_the_previous_one_is_asked_back() {
    let given = with(
        standing(),
        [accepted("2026-01-20 10:00", "131.2", "2026-01")],
    );
    let event = answer(given, sent_water("2026-02-20 10:00", "120.5")).await;
    assert!(is_held(&event));
    let found = finding(&event, ValidationRule::V01);
    assert_eq!(found.fact("previous"), Some("131.2"));
    assert_eq!(found.fact("previous_on"), Some("2026-01-20"));
    assert_eq!(found.fact("previous_reading"), Some("4"));
    assert!(proposals(&event).contains(&Proposal::RecordReplacement));
    assert!(proposals(&event).contains(&Proposal::DeclareRollover {
        register: code("total")
    }));
    assert!(
        !proposals(&event).contains(&Proposal::ConfirmAsSent),
        "less is never right as sent"
    );
}

#[tokio::test]
async fn below_the_initial_value_and_below_zero_are_asked_back() {
    let low = answer(standing(), sent_water("2026-01-20 10:00", "99")).await;
    assert_eq!(
        finding(&low, ValidationRule::V01).fact("previous_reading"),
        Some("2")
    );
    let negative = answer(standing(), sent_water("2026-01-20 10:00", "-1")).await;
    assert!(is_held(&negative));
    assert_eq!(
        finding(&negative, ValidationRule::V01).fact("problem"),
        Some("negative")
    );
}

#[tokio::test]
async fn a_new_stay_begins_with_its_own_initial_value() {
    let removed = MeterEvent::MeterRemoved {
        at: local("2026-02-01 00:00"),
        r#final: cubic_metres("150"),
        reason: aggregates::meter::event::RemovalReason::ForRepair,
        act: None,
    };
    let again = installed("2026-02-10 00:00", cubic_metres("0"));
    let given = with(
        standing(),
        [
            accepted("2026-01-20 10:00", "140", "2026-01"),
            removed,
            again,
        ],
    );
    assert!(is_recorded(
        &answer(given, sent_water("2026-02-20 10:00", "3")).await
    ));
}

#[tokio::test]
async fn a_plausible_turn_is_accepted_and_declared() {
    let submission = sent_water("2026-02-20 10:00", "3");
    let events = events(near_the_end(), record(submission)).await;
    assert!(is_recorded(&events[0]));
    assert_eq!(
        finding(&events[0], ValidationRule::V02).fact("counted"),
        Some("8")
    );
    assert_eq!(events[1..], [turned(5, RolloverBasis::Plausible)]);
}

#[tokio::test]
async fn an_implausible_turn_is_asked_back_and_can_be_declared() {
    let submission = || sent_water("2026-02-20 10:00", "500");
    let held = answer(near_the_end(), submission()).await;
    assert!(is_held(&held));
    let given = with(near_the_end(), [held]);
    let confirmed = answering(submission(), 5, Choice::Rollover);
    let events = events(given, record(confirmed)).await;
    let [MeterEvent::ReadingRecorded { confirms, .. }, declared] = &events[..] else {
        unreachable!("the turn is accepted: {events:?}")
    };
    assert_eq!(*confirms, Some(5));
    assert_eq!(*declared, turned(6, RolloverBasis::Confirmed));
}

#[tokio::test]
async fn without_the_number_of_digits_nothing_turns() {
    let mut registration = water();
    registration.registers[0].digits = None;
    let mut given = near_the_end();
    given[0] = registered(registration);
    let held = answer(given.clone(), sent_water("2026-02-20 10:00", "3")).await;
    assert!(is_held(&held));
    let again = answering(sent_water("2026-02-20 10:00", "3"), 5, Choice::Rollover);
    expect_nothing(with(given, [held]), record(again)).await;
}

#[tokio::test]
async fn to_stand_by_a_lower_value_changes_nothing() {
    let given = with(standing(), [accepted("2026-01-20 10:00", "131", "2026-01")]);
    let submission = || sent_water("2026-02-20 10:00", "120");
    let held = answer(given.clone(), submission()).await;
    let confirmed = answering(submission(), 5, Choice::AsSent);
    let meter = fold(&with(given.clone(), [held.clone()]));
    assert_eq!(meter.repeats(&confirmed), Some(5));
    expect_nothing(with(given, [held]), record(confirmed)).await;
}

#[tokio::test]
async fn after_the_wrong_one_is_withdrawn_the_held_one_counts() {
    let given = with(standing(), [accepted("2026-01-20 10:00", "131", "2026-01")]);
    let submission = || sent_water("2026-02-20 10:00", "120");
    let held = answer(given.clone(), submission()).await;
    let withdrawn = MeterEvent::ReadingWithdrawn {
        reading: 4,
        reason: aggregates::meter::reading::WithdrawalReason::SendersMistake,
        note: None,
    };
    let given = with(given, [held, withdrawn]);
    let event = answer(given, submission()).await;
    assert!(
        matches!(
            event,
            MeterEvent::ReadingRecorded {
                confirms: Some(5),
                ..
            }
        ),
        "{event:?}"
    );
}

#[tokio::test]
async fn a_late_reading_is_judged_between_its_neighbours() {
    let given = with(
        standing(),
        [
            accepted("2026-01-20 10:00", "105", "2026-01"),
            accepted("2026-03-20 10:00", "115", "2026-03"),
        ],
    );
    let late = |number| Submission {
        received_at: local("2026-03-21 10:00"),
        ..sent_water("2026-02-20 10:00", number)
    };
    assert!(is_recorded(&answer(given.clone(), late("110")).await));
    let low = answer(given.clone(), late("104")).await;
    assert_eq!(
        finding(&low, ValidationRule::V01).fact("problem"),
        Some("below_previous")
    );
    let high = answer(given, late("116")).await;
    assert!(is_held(&high));
    assert_eq!(
        finding(&high, ValidationRule::V01).fact("problem"),
        Some("above_next")
    );
    assert_eq!(
        finding(&high, ValidationRule::V01).fact("next_reading"),
        Some("5")
    );
}

#[tokio::test]
async fn a_late_reading_finds_its_side_of_a_known_turn() {
    let after = accepted("2026-03-20 10:00", "9", "2026-03");
    let given = with(near_the_end(), [after, turned(5, RolloverBasis::Plausible)]);
    let late = |number| Submission {
        received_at: local("2026-03-21 10:00"),
        ..sent_water("2026-02-20 10:00", number)
    };
    assert!(
        is_recorded(&answer(given.clone(), late("99998")).await),
        "before the turn"
    );
    let behind = events(given.clone(), record(late("4"))).await;
    assert!(is_recorded(&behind[0]), "after the turn");
    assert_eq!(behind[1..], [turned(7, RolloverBasis::Plausible)]);
    assert!(is_held(&answer(given, late("50")).await), "neither");
}

#[tokio::test]
async fn a_machine_that_goes_backwards_waits_too() {
    let submission = sent_by(
        aggregates::vocabulary::ReadingSource::Polled,
        "2026-01-20 10:00",
        "5",
    );
    assert!(is_held(&answer(standing(), submission).await));
}

#[tokio::test]
async fn only_what_waits_can_be_confirmed() {
    let confirmed = |held| {
        record(answering(
            sent_water("2026-01-20 10:00", "105"),
            held,
            Choice::AsSent,
        ))
    };
    expect_error(
        standing(),
        confirmed(3),
        MeterError::NotHeld { sequence: 3 },
    )
    .await;
    expect_error(
        standing(),
        confirmed(99),
        MeterError::NotHeld { sequence: 99 },
    )
    .await;
}

#[tokio::test]
async fn another_value_takes_the_held_ones_place() {
    let held = answer(standing(), sent_water("2026-01-20 10:00", "10.5")).await;
    let given = with(standing(), [held]);
    let meant = answering(sent_water("2026-01-20 10:05", "105"), 4, Choice::Replace);
    let events = events(given.clone(), record(meant.clone())).await;
    assert!(is_recorded(&events[0]));
    assert!(matches!(
        events[1],
        MeterEvent::ReadingWithdrawn { reading: 4, .. }
    ));
    let meter = fold(&with(given, events));
    assert_eq!(
        meter.repeats(&meant),
        Some(5),
        "a second tap is nothing new"
    );
}
