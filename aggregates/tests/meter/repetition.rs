//! V05: what is nothing new; V28: several readings in one period; identities of rows.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{CorrectionReason, ValidationRule, WithdrawalReason};
use aggregates::meter::submission::{ReadingFacts, Submission};
use aggregates::vocabulary::ReadingSource;

use crate::support::*;

fn after(submission: &Submission) -> Vec<MeterEvent> {
    with(standing(), [recorded(submission, "2026-01")])
}

fn origin_of(event: &MeterEvent) -> Option<String> {
    let origin = event.reading().and_then(|reading| reading.origin.clone());
    origin.map(|origin| origin.as_str().to_owned())
}

#[tokio::test]
async fn the_same_value_twice_in_a_period_is_one_reading() {
    let first = sent_water("2026-01-20 10:00", "105");
    let given = after(&first);
    let again = sent_water("2026-01-22 09:00", "105");
    assert_eq!(fold(&given).repeats(&again), Some(4));
    expect_nothing(given.clone(), record(again)).await;
    let by_phone = Submission {
        source: ReadingSource::Phone,
        channel: code("phone"),
        ..sent_water("2026-01-22 09:00", "105")
    };
    assert_eq!(
        fold(&given).repeats(&by_phone),
        None,
        "another way is another reading"
    );
    let next_period = sent_water("2026-02-20 10:00", "105");
    assert_eq!(fold(&given).repeats(&next_period), None);
}

#[tokio::test]
async fn a_device_may_show_the_same_value_at_two_instants() {
    let first = sent_by(ReadingSource::Polled, "2026-01-20 10:00", "105");
    let given = after(&first);
    assert_eq!(fold(&given).repeats(&first), Some(4));
    let an_hour_later = sent_by(ReadingSource::Polled, "2026-01-20 11:00", "105");
    let event = answer(given, an_hour_later).await;
    assert!(is_recorded(&event));
    assert!(
        !rules(&event).contains(&ValidationRule::V28),
        "a series is not a repetition"
    );
}

#[tokio::test]
async fn a_held_and_a_rejected_reading_repeat_too() {
    let low = sent_water("2026-01-20 10:00", "90");
    let held = answer(standing(), low.clone()).await;
    let given = with(standing(), [held]);
    assert_eq!(fold(&given).repeats(&low), Some(4));
    expect_nothing(given, record(low)).await;
    let early = sent_water("2025-12-20 10:00", "90");
    let rejected = answer(standing(), early.clone()).await;
    let given = with(standing(), [rejected]);
    assert_eq!(fold(&given).repeats(&early), Some(4));
    expect_nothing(given, record(early)).await;
}

#[tokio::test]
async fn the_same_row_again_is_nothing_new() {
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let given = after(&row);
    expect_nothing(given.clone(), record(row.clone())).await;
    let corrected = MeterEvent::ReadingCorrected {
        reading: 4,
        values: cubic_metres("104"),
        reason: CorrectionReason::TypingMistake,
        act: None,
        note: None,
    };
    let given = with(given, [corrected]);
    expect_nothing(given, record(row)).await;
}

#[tokio::test]
async fn a_withdrawn_row_stays_withdrawn() {
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let reason = WithdrawalReason::WrongMeter;
    let withdrawn = MeterEvent::ReadingWithdrawn {
        reading: 4,
        reason,
        note: None,
    };
    let given = with(after(&row), [withdrawn]);
    expect_nothing(given.clone(), record(row)).await;
    let changed = answer(given, from_file("2026-01-20 10:00", "106", "row-1")).await;
    assert!(is_recorded(&changed));
    assert_eq!(
        origin_of(&changed).as_deref(),
        Some("row-1~6"),
        "keys of events are unique"
    );
}

#[tokio::test]
async fn a_changed_row_is_a_correction() {
    let corrected = |reason| MeterEvent::ReadingCorrected {
        reading: 4,
        values: cubic_metres("106"),
        reason,
        act: None,
        note: None,
    };
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let changed = from_file("2026-01-20 10:00", "106", "row-1");
    let then = vec![corrected(CorrectionReason::Reimported)];
    expect_events(after(&row), record(changed.clone()), then.clone()).await;
    let given = with(after(&row), then);
    expect_nothing(given.clone(), record(changed)).await;
    let back = events(given, record(row.clone())).await;
    assert!(matches!(
        back[..],
        [MeterEvent::ReadingCorrected { reading: 4, .. }]
    ));

    let archived = |submission| Submission {
        source: ReadingSource::Archive,
        ..submission
    };
    let given = after(&archived(row));
    let reread = archived(from_file("2026-01-20 10:00", "106", "row-1"));
    let then = vec![corrected(CorrectionReason::ArchiveReread)];
    expect_events(given, record(reread), then).await;
}

#[tokio::test]
async fn a_row_of_another_instant_takes_the_old_ones_place() {
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let moved = from_file("2026-01-19 10:00", "105", "row-1");
    let events = events(after(&row), record(moved)).await;
    assert!(is_recorded(&events[0]));
    assert_eq!(origin_of(&events[0]).as_deref(), Some("row-1~5"));
    assert!(matches!(
        events[1],
        MeterEvent::ReadingWithdrawn { reading: 4, .. }
    ));
}

#[tokio::test]
async fn a_rejected_row_is_taken_once_the_registry_is_right() {
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let not_installed = vec![registered(water())];
    let rejected = answer(not_installed.clone(), row.clone()).await;
    let given = with(not_installed, [rejected]);
    expect_nothing(given.clone(), record(row.clone())).await;
    let given = with(given, standing()[1..].to_vec());
    let event = answer(given.clone(), row.clone()).await;
    assert!(is_recorded(&event));
    assert_eq!(origin_of(&event).as_deref(), Some("row-1~5"));
    expect_nothing(with(given, [event]), record(row)).await;
}

#[tokio::test]
async fn a_row_older_than_the_memory_comes_with_its_event() {
    let row = from_file("2026-01-20 10:00", "105", "row-1");
    let stream = after(&row);
    let forgotten = with(
        stream.clone(),
        (0..80).map(|hour| {
            let at = format!("2026-01-21 {:02}:{:02}", hour / 4, hour % 4 * 15);
            recorded(&sent_by(ReadingSource::Polled, &at, "106"), "2026-01")
        }),
    );
    let again = |number| {
        let facts = ReadingFacts {
            earlier: Some(target(&stream, 4)),
            ..facts()
        };
        let row = from_file("2026-01-20 10:00", number, "row-1");
        Submission {
            facts: ReadingFacts {
                premises_of_sender: None,
                ..facts
            },
            ..row
        }
    };
    assert_eq!(fold(&forgotten).repeats(&again("105")), Some(4));
    let then = events(forgotten, record(again("104"))).await;
    assert!(
        matches!(then[..], [MeterEvent::ReadingCorrected { reading: 4, .. }]),
        "{then:?}"
    );
}

#[tokio::test]
async fn several_readings_in_a_period_are_marked_and_the_last_taken_wins() {
    let given = after(&sent_water("2026-01-20 10:00", "105"));
    let later = answer(given.clone(), sent_water("2026-01-22 10:00", "106")).await;
    let found = finding(&later, ValidationRule::V28);
    assert_eq!(found.fact("earlier_reading"), Some("4"));
    assert_eq!(found.fact("wins"), Some("this"));
    let earlier = answer(given, sent_water("2026-01-19 10:00", "104")).await;
    assert_eq!(
        finding(&earlier, ValidationRule::V28).fact("wins"),
        Some("earlier")
    );
}

#[tokio::test]
async fn a_control_reading_beats_what_is_taken_later() {
    let control = sent_by(ReadingSource::Control, "2026-01-18 10:00", "104");
    let inspected = MeterEvent::ControlReadingRecorded {
        reading: reading_of(&control, "2026-01"),
        act: act("К-1"),
        contradicts: vec![],
    };
    let given = with(standing(), [inspected]);
    let event = answer(given, sent_water("2026-01-20 10:00", "105")).await;
    assert_eq!(
        finding(&event, ValidationRule::V28).fact("wins"),
        Some("earlier")
    );
}
