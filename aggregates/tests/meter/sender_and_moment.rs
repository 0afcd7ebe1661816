//! V26: whose account; V03: which moment.

use aggregates::meter::event::{MeterEvent, RemovalReason};
use aggregates::meter::reading::ValidationRule;
use aggregates::meter::submission::{ReadingFacts, Submission};
use aggregates::vocabulary::ReadingSource;
use chrono::TimeDelta;

use crate::support::*;

fn from_account_of(premises: aggregates::ids::PremisesId) -> Submission {
    let facts = ReadingFacts {
        premises_of_sender: Some(premises),
        ..facts()
    };
    Submission {
        facts,
        ..sent_water("2026-01-20 10:00", "105")
    }
}

#[tokio::test]
async fn another_flats_account_is_rejected() {
    let event = answer(standing(), from_account_of(OTHER_FLAT)).await;
    assert!(is_rejected(&event));
    assert!(rules(&event).contains(&ValidationRule::V26));
    assert!(is_recorded(
        &answer(standing(), from_account_of(FLAT)).await
    ));
}

#[tokio::test]
async fn a_house_meter_belongs_to_nobodys_account() {
    let mut submission = from_account_of(FLAT);
    submission.facts.premises_of_meter = None;
    assert!(is_rejected(&answer(standing(), submission).await));
}

#[tokio::test]
async fn the_senior_sends_for_everybody() {
    let submission = Submission {
        source: ReadingSource::SeniorsRound,
        ..from_account_of(OTHER_FLAT)
    };
    assert!(is_recorded(&answer(standing(), submission).await));
}

async fn problem(given: Vec<MeterEvent>, submission: Submission) -> Option<String> {
    let event = answer(given, submission).await;
    assert!(is_rejected(&event), "{event:?}");
    finding(&event, ValidationRule::V03)
        .fact("problem")
        .map(str::to_owned)
}

#[tokio::test]
async fn the_future_has_no_readings_but_clocks_run_ahead() {
    let ahead = |minutes| {
        let submission = sent_water("2026-01-20 10:00", "105");
        let received_at = submission.taken_at - TimeDelta::minutes(minutes);
        Submission {
            received_at,
            ..submission
        }
    };
    assert!(is_recorded(&answer(standing(), ahead(10)).await));
    assert_eq!(
        problem(standing(), ahead(11)).await.as_deref(),
        Some("future")
    );
}

#[tokio::test]
async fn readings_are_of_the_time_the_meter_stood_there() {
    let before = sent_water("2025-12-31 23:00", "105");
    assert_eq!(
        problem(standing(), before).await.as_deref(),
        Some("before_installation")
    );
    let first = sent_water("2026-01-01 00:00", "100");
    assert!(is_recorded(&answer(standing(), first).await));

    let removed = MeterEvent::MeterRemoved {
        at: local("2026-02-01 00:00"),
        r#final: cubic_metres("110"),
        reason: RemovalReason::ForVerification,
        act: None,
    };
    let given = with(standing(), [removed]);
    let after = || sent_water("2026-02-01 01:00", "111");
    assert_eq!(
        problem(given.clone(), after()).await.as_deref(),
        Some("removed")
    );
    let back = with(given, [installed("2026-03-01 00:00", cubic_metres("110"))]);
    assert_eq!(
        problem(back.clone(), after()).await.as_deref(),
        Some("removed")
    );
    assert!(is_recorded(
        &answer(back, sent_water("2026-03-20 10:00", "112")).await
    ));
}

#[tokio::test]
async fn a_meter_that_never_stood_anywhere_has_no_readings() {
    let submission = sent_water("2026-01-20 10:00", "105");
    let problem = problem(vec![registered(water())], submission).await;
    assert_eq!(problem.as_deref(), Some("not_installed"));
}
