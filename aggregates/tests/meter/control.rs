//! Контрольное снятие.

use aggregates::meter::command::MeterCommand;
use aggregates::meter::error::MeterError;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{RolloverBasis, ValidationRule};
use aggregates::meter::submission::Submission;
use aggregates::vocabulary::ReadingSource;

use crate::support::*;

fn control(at: &str, number: &str) -> Submission {
    sent_by(ReadingSource::Control, at, number)
}

fn take(submission: Submission) -> MeterCommand {
    MeterCommand::RecordControlReading {
        submission: Box::new(submission),
        act: act("К-1"),
    }
}

fn taken(submission: &Submission, in_period: &str, contradicts: Vec<u64>) -> MeterEvent {
    let reading = reading_of(submission, in_period);
    MeterEvent::ControlReadingRecorded {
        reading,
        act: act("К-1"),
        contradicts,
    }
}

fn two_months() -> Vec<MeterEvent> {
    with(
        standing(),
        [
            accepted("2026-01-20 10:00", "120", "2026-01"),
            accepted("2026-03-20 10:00", "130", "2026-03"),
        ],
    )
}

#[tokio::test]
async fn a_control_names_what_it_contradicts() {
    for (number, contradicts) in [("125", vec![]), ("119", vec![4]), ("131", vec![5])] {
        let submission = control("2026-02-10 10:00", number);
        let then = vec![taken(&submission, "2026-02", contradicts)];
        expect_events(two_months(), take(submission), then).await;
    }
}

#[tokio::test]
async fn its_source_is_always_control_and_its_period_the_one_it_was_taken_in() {
    let submission = Submission {
        source: ReadingSource::Staff,
        received_at: local("2026-04-01 10:00"),
        ..control("2026-02-10 10:00", "125")
    };
    let event = events(two_months(), take(submission)).await.remove(0);
    let reading = event.reading().expect("a reading");
    assert_eq!(
        (reading.source, reading.period),
        (ReadingSource::Control, period("2026-02"))
    );
}

#[tokio::test]
async fn the_same_control_again_is_nothing_new() {
    let submission = control("2026-02-10 10:00", "125");
    let given = with(two_months(), [taken(&submission, "2026-02", vec![])]);
    expect_nothing(given, take(submission)).await;
}

#[tokio::test]
async fn what_a_control_contradicts_is_not_compared_with() {
    let submission = control("2026-02-10 10:00", "119");
    let given = with(
        two_months()[..4].to_vec(),
        [taken(&submission, "2026-02", vec![4])],
    );
    let event = answer(given, sent_water("2026-02-20 10:00", "119.5")).await;
    assert!(is_recorded(&event));
}

#[tokio::test]
async fn a_control_may_find_the_register_turned() {
    let given = with(
        standing_since("2026-01-01 00:00", "99990"),
        [accepted("2026-01-20 10:00", "99995", "2026-01")],
    );
    let events = events(given, take(control("2026-02-10 10:00", "2"))).await;
    let [
        MeterEvent::ControlReadingRecorded { contradicts, .. },
        declared,
    ] = &events[..]
    else {
        unreachable!("the turn is declared: {events:?}")
    };
    assert!(contradicts.is_empty());
    let basis = RolloverBasis::Plausible;
    assert!(
        matches!(declared, MeterEvent::RolloverDeclared { reading: 5, basis: b, .. } if *b == basis)
    );
}

#[tokio::test]
async fn an_unusable_control_is_rejected_by_an_event() {
    let cases = [
        (control("2025-12-10 10:00", "90"), ValidationRule::V03),
        (control("2026-02-10 10:00", "-1"), ValidationRule::V01),
        (
            Submission {
                values: vec![],
                ..control("2026-02-10 10:00", "1")
            },
            ValidationRule::V06,
        ),
    ];
    for (submission, rule) in cases {
        let event = events(standing(), take(submission.clone())).await.remove(0);
        assert!(is_rejected(&event));
        assert!(rules(&event).contains(&rule));
        expect_nothing(with(standing(), [event]), take(submission)).await;
    }
}

#[tokio::test]
async fn without_an_act_there_is_no_control() {
    let command = record(control("2026-02-10 10:00", "125"));
    expect_error(standing(), command, MeterError::ControlNeedsAct).await;
}
