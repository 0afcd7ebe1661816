//! Withdrawal, correction, turns and marks of readings that stand.

use aggregates::meter::command::MeterCommand;
use aggregates::meter::error::MeterError;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{
    CorrectionReason, Finding, RegisterValue, RolloverBasis, ValidationRule, WithdrawalReason,
};
use aggregates::meter::submission::TargetReading;
use aggregates::quantity::{Measure, Unit};
use aggregates::vocabulary::ReadingSource;

use crate::support::*;

/// January 105 (event 4), February 110 (event 5).
fn two_months() -> Vec<MeterEvent> {
    with(
        standing(),
        [
            accepted("2026-01-20 10:00", "105", "2026-01"),
            accepted("2026-02-20 10:00", "110", "2026-02"),
        ],
    )
}

fn withdraw(target: Box<TargetReading>) -> MeterCommand {
    MeterCommand::WithdrawReading {
        target,
        reason: WithdrawalReason::SendersMistake,
        note: None,
    }
}

fn withdrawn(reading: u64) -> MeterEvent {
    MeterEvent::ReadingWithdrawn {
        reading,
        reason: WithdrawalReason::SendersMistake,
        note: None,
    }
}

fn correct(target: Box<TargetReading>, values: Vec<RegisterValue>) -> MeterCommand {
    MeterCommand::CorrectReading {
        target,
        values,
        reason: CorrectionReason::TypingMistake,
        act: None,
        note: None,
        facts: Box::new(facts()),
    }
}

fn corrected(reading: u64, number: &str) -> MeterEvent {
    MeterEvent::ReadingCorrected {
        reading,
        values: cubic_metres(number),
        reason: CorrectionReason::TypingMistake,
        act: None,
        note: None,
    }
}

fn turned(reading: u64, basis: RolloverBasis) -> MeterEvent {
    let capacity = Measure::new(decimal("100000"), Unit::CubicMetre);
    MeterEvent::RolloverDeclared {
        register: code("total"),
        reading,
        capacity,
        basis,
    }
}

/// 99,995 in January (4), 3 after a turn in February (5, 6), 9 in March (7).
fn around_a_turn() -> Vec<MeterEvent> {
    with(
        standing_since("2026-01-01 00:00", "99990"),
        [
            accepted("2026-01-20 10:00", "99995", "2026-01"),
            accepted("2026-02-20 10:00", "3", "2026-02"),
            turned(5, RolloverBasis::Plausible),
            accepted("2026-03-20 10:00", "9", "2026-03"),
        ],
    )
}

#[tokio::test]
async fn a_reading_is_withdrawn_once() {
    let given = two_months();
    let target = || target(&two_months(), 5);
    expect_events(given.clone(), withdraw(target()), vec![withdrawn(5)]).await;
    let gone = with(given, [withdrawn(5)]);
    expect_error(
        gone,
        withdraw(target()),
        MeterError::AlreadyWithdrawn { sequence: 5 },
    )
    .await;
}

#[tokio::test]
async fn a_withdrawn_reading_is_not_compared_with() {
    let low = || sent_water("2026-03-20 10:00", "107");
    assert!(is_held(&answer(two_months(), low()).await));
    let given = with(two_months(), [withdrawn(5)]);
    assert!(is_recorded(&answer(given, low()).await));
}

#[tokio::test]
async fn what_does_not_stand_cannot_be_withdrawn() {
    let mut beyond = target(&two_months(), 5);
    beyond.sequence = 6;
    let refusal = MeterError::NoSuchEvent {
        sequence: 6,
        last: 5,
    };
    expect_error(two_months(), withdraw(beyond), refusal).await;
    let rejected = answer(standing(), sent_water("2025-12-20 10:00", "90")).await;
    let given = with(standing(), [rejected]);
    let refusal = MeterError::NothingToWithdraw { sequence: 4 };
    expect_error(given.clone(), withdraw(target(&given, 4)), refusal).await;
}

#[tokio::test]
async fn a_held_reading_is_taken_back_for_good() {
    let held = answer(standing(), sent_water("2026-01-20 10:00", "90")).await;
    let given = with(standing(), [held]);
    expect_events(
        given.clone(),
        withdraw(target(&given, 4)),
        vec![withdrawn(4)],
    )
    .await;
    let choice = aggregates::meter::submission::Choice::AsSent;
    let confirm = answering(sent_water("2026-01-20 10:00", "90"), 4, choice);
    let gone = with(given, [withdrawn(4)]);
    expect_error(gone, record(confirm), MeterError::NotHeld { sequence: 4 }).await;
}

#[tokio::test]
async fn a_turn_outlives_the_reading_it_was_declared_at() {
    let given = around_a_turn();
    let then = vec![withdrawn(5), turned(7, RolloverBasis::Plausible)];
    expect_events(given.clone(), withdraw(target(&given, 5)), then).await;
    let corrected = events(
        given.clone(),
        correct(target(&given, 5), cubic_metres("99999")),
    )
    .await;
    assert_eq!(corrected[1..], [turned(7, RolloverBasis::Plausible)]);
}

/// Before February's turn again: March's turn, declared by the first correction, is gone.
#[tokio::test]
async fn a_corrected_reading_keeps_no_turn_that_it_does_not_need() {
    let moved = [corrected(5, "99999"), turned(7, RolloverBasis::Plausible)];
    let given = with(around_a_turn(), moved);
    let then = events(given.clone(), correct(target(&given, 5), cubic_metres("3"))).await;
    assert_eq!(
        then,
        [corrected(5, "3"), turned(5, RolloverBasis::Plausible)]
    );
    let given = with(given, then);
    let then = events(
        given.clone(),
        correct(target(&given, 5), cubic_metres("99998")),
    )
    .await;
    assert_eq!(
        then,
        [corrected(5, "99998"), turned(7, RolloverBasis::Plausible)]
    );
}

#[tokio::test]
async fn a_correction_replaces_the_value_that_later_ones_are_judged_by() {
    let given = two_months();
    let command = || correct(target(&two_months(), 5), cubic_metres("106"));
    expect_events(given.clone(), command(), vec![corrected(5, "106")]).await;
    let given = with(given, [corrected(5, "106")]);
    expect_nothing(given.clone(), command()).await;
    assert!(is_recorded(
        &answer(given, sent_water("2026-03-20 10:00", "107")).await
    ));
}

#[tokio::test]
async fn a_correction_out_of_line_is_marked() {
    let given = two_months();
    let then = events(
        given.clone(),
        correct(target(&given, 4), cubic_metres("120")),
    )
    .await;
    assert_eq!(then[0], corrected(4, "120"));
    let MeterEvent::ReadingFlagged {
        reading: 4,
        finding,
    } = &then[1]
    else {
        unreachable!("the corrected reading is marked: {then:?}")
    };
    assert_eq!(finding.fact("problem"), Some("above_next"));
}

#[tokio::test]
async fn a_correction_fits_the_reading() {
    let given = two_months();
    let command = |values| correct(target(&two_months(), 4), values);
    expect_error(
        given.clone(),
        command(vec![]),
        MeterError::OtherRegisters {
            expected: vec![code("total")],
        },
    )
    .await;
    let heat = vec![value_in("total", "1", Unit::Gigacalorie)];
    let refusal = MeterError::WrongUnit {
        register: code("total"),
        expected: Unit::CubicMetre,
        given: Unit::Gigacalorie,
    };
    expect_error(given.clone(), command(heat), refusal).await;
    let gone = with(given, [withdrawn(4)]);
    let refusal = MeterError::AlreadyWithdrawn { sequence: 4 };
    expect_error(gone, command(cubic_metres("104")), refusal).await;
    let held = answer(standing(), sent_water("2026-01-20 10:00", "90")).await;
    let given = with(standing(), [held]);
    let refusal = MeterError::NotAccepted { sequence: 4 };
    let command = correct(target(&given, 4), cubic_metres("104"));
    expect_error(given, command, refusal).await;
}

#[tokio::test]
async fn a_reading_older_than_the_memory_is_corrected_by_its_event() {
    let given = with(
        two_months(),
        (0..90).map(|quarter| {
            let at = format!("2026-03-01 {:02}:{:02}", quarter / 4, quarter % 4 * 15);
            recorded(&sent_by(ReadingSource::Polled, &at, "111"), "2026-03")
        }),
    );
    let early = with(standing(), [accepted("2026-01-05 10:00", "101", "2026-01")]);
    let given = with(early, given[4..].to_vec());
    let then = events(
        given.clone(),
        correct(target(&given, 4), cubic_metres("102")),
    )
    .await;
    assert_eq!(then, vec![corrected(4, "102")]);
}

#[tokio::test]
async fn a_turn_is_declared_by_hand() {
    let given = two_months();
    let declare = |register: &str| MeterCommand::DeclareRollover {
        target: target(&two_months(), 5),
        register: code(register),
    };
    let then = turned(5, RolloverBasis::Confirmed);
    expect_events(given.clone(), declare("total"), vec![then.clone()]).await;
    expect_nothing(with(given.clone(), [then]), declare("total")).await;
    let refusal = MeterError::UnknownRegister {
        register: code("q"),
        known: vec![code("total")],
    };
    expect_error(given.clone(), declare("q"), refusal).await;
    let mut unknown = water();
    unknown.registers[0].digits = None;
    let given = with(vec![registered(unknown)], given[1..].to_vec());
    let refusal = MeterError::CapacityUnknown {
        register: code("total"),
    };
    expect_error(given, declare("total"), refusal).await;
}

#[tokio::test]
async fn a_reading_is_marked_once_by_a_rule() {
    let finding = || Finding::new(ValidationRule::V09).with("percentile", "99");
    let flag = || MeterCommand::FlagReading {
        target: target(&two_months(), 5),
        finding: finding(),
    };
    let then = MeterEvent::ReadingFlagged {
        reading: 5,
        finding: finding(),
    };
    expect_events(two_months(), flag(), vec![then.clone()]).await;
    expect_nothing(with(two_months(), [then]), flag()).await;
}
