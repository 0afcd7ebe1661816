//! Devices that move between books, and series taken over.

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::command::MeterCommand;
use aggregates::meter::error::MeterError;
use aggregates::meter::event::{AdoptedReading, MeterEvent, RemovalReason};
use aggregates::meter::reading::ValidationRule;
use aggregates::vocabulary::AdoptionSource;
use uuid::Uuid;

use crate::support::*;

const OTHER_BOOK: BookId = BookId(Uuid::from_u128(20));
const OTHER_METER: MeterId = MeterId(Uuid::from_u128(21));

fn source() -> AdoptionSource {
    AdoptionSource::Book {
        book: OTHER_BOOK,
        position: 17,
        leaf_hash: code(&"ab".repeat(32)),
    }
}

fn leave() -> MeterCommand {
    let at = local("2026-02-02 00:00");
    MeterCommand::LeaveBook {
        to: OTHER_BOOK,
        successor: OTHER_METER,
        at,
    }
}

fn left() -> MeterEvent {
    let at = local("2026-02-02 00:00");
    MeterEvent::MeterLeftBook {
        to: OTHER_BOOK,
        successor: OTHER_METER,
        at,
    }
}

fn removed() -> MeterEvent {
    MeterEvent::MeterRemoved {
        at: local("2026-02-01 00:00"),
        r#final: cubic_metres("110"),
        reason: RemovalReason::ForVerification,
        act: None,
    }
}

#[tokio::test]
async fn a_device_leaves_after_it_was_removed() {
    let refusal = MeterError::AlreadyInstalled {
        since: local("2026-01-01 00:00"),
    };
    expect_error(standing(), leave(), refusal).await;
    let given = with(standing(), [removed()]);
    expect_events(given.clone(), leave(), vec![left()]).await;
    let gone = with(given, [left()]);
    expect_nothing(gone.clone(), leave()).await;
    let refusal = MeterError::LeftBook {
        since: local("2026-02-02 00:00"),
    };
    let repair = MeterCommand::Repair {
        at: local("2026-02-03 00:00"),
        organisation: None,
        act: None,
    };
    expect_error(gone, repair, refusal).await;
}

#[tokio::test]
async fn readings_of_a_device_that_left_are_rejected_not_lost() {
    let gone = with(standing(), [removed(), left()]);
    let event = answer(gone.clone(), sent_water("2026-02-20 10:00", "111")).await;
    assert!(is_rejected(&event));
    assert_eq!(
        finding(&event, ValidationRule::V03).fact("problem"),
        Some("left_book")
    );
    let earlier = answer(gone, sent_water("2026-01-20 10:00", "105")).await;
    assert!(
        is_recorded(&earlier),
        "what was taken while it stood here counts"
    );
}

#[tokio::test]
async fn a_device_enters_before_it_is_installed() {
    let at = local("2026-01-01 00:00");
    let enter = || MeterCommand::EnterBook {
        from: source(),
        predecessor: OTHER_METER,
        at,
    };
    let entered = MeterEvent::MeterEnteredBook {
        from: source(),
        predecessor: OTHER_METER,
        at,
    };
    expect_events(vec![registered(water())], enter(), vec![entered.clone()]).await;
    expect_error(
        with(vec![registered(water())], [entered]),
        enter(),
        MeterError::AlreadyHere,
    )
    .await;
    expect_error(standing(), enter(), MeterError::AlreadyHere).await;
}

#[tokio::test]
async fn an_adopted_series_is_history_for_what_follows() {
    let reading = |at: &str, number: &str, in_period: &str| AdoptedReading {
        taken_at: local(at),
        period: period(in_period),
        values: cubic_metres(number),
    };
    let series = || {
        vec![
            reading("2026-01-20 10:00", "104", "2026-01"),
            reading("2026-02-20 10:00", "108", "2026-02"),
        ]
    };
    let adopt = |readings| MeterCommand::AdoptSeries {
        from: source(),
        readings,
    };
    let adopted = MeterEvent::SeriesAdopted {
        from: source(),
        readings: series(),
    };
    expect_events(standing(), adopt(series()), vec![adopted.clone()]).await;
    let given = with(standing(), [adopted]);
    expect_nothing(given.clone(), adopt(series())).await;
    let low = answer(given, sent_water("2026-03-20 10:00", "107")).await;
    assert!(is_held(&low));
    assert!(rules(&low).contains(&ValidationRule::V01));

    let refusal = MeterError::Empty {
        what: "принимаемые показания",
    };
    expect_error(standing(), adopt(vec![]), refusal).await;
    let reversed = series().into_iter().rev().collect();
    let refusal = MeterError::SeriesOutOfOrder {
        at: local("2026-01-20 10:00"),
    };
    expect_error(standing(), adopt(reversed), refusal).await;
}
