//! V10, V11, V12: slips of the hand.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Proposal, ValidationRule};
use aggregates::meter::submission::{Choice, PairFacts, Submission};
use aggregates::quantity::{Measure, Unit};

use crate::support::*;

fn use_value(number: &str) -> Proposal {
    let value = Measure::new(decimal(number), Unit::CubicMetre);
    Proposal::UseValue {
        register: code("total"),
        value,
    }
}

fn january(number: &str) -> Submission {
    sent_water("2026-01-20 10:00", number)
}

fn beside_pair(number: &str, pair_last: &str, pair_submitted: &str) -> Submission {
    let mut submission = january(number);
    submission.facts.pair = Some(PairFacts {
        meter: PAIR,
        last: cubic_metres(pair_last),
        submitted: cubic_metres(pair_submitted),
    });
    submission
}

#[tokio::test]
async fn a_lost_comma_is_proposed_back() {
    let event = answer(year_of_use(4), january("52345")).await;
    assert!(is_held(&event));
    assert!(rules(&event).contains(&ValidationRule::V11));
    assert!(
        proposals(&event).contains(&use_value("52.345")),
        "{event:?}"
    );
}

#[tokio::test]
async fn a_misplaced_comma_is_proposed_back() {
    let event = answer(year_of_use(4), january("5.23")).await;
    assert_eq!(
        proposals(&event)
            .iter()
            .filter(|p| **p == use_value("52.3"))
            .count(),
        1
    );
}

#[tokio::test]
async fn transposed_digits_are_proposed_back() {
    let given = with(standing(), [accepted("2026-01-10 10:00", "125", "2026-01")]);
    let event = answer(given, january("117")).await;
    assert!(
        !proposals(&event).contains(&use_value("171")),
        "171 would be high"
    );
    let given = with(standing(), [accepted("2026-01-10 10:00", "165", "2026-01")]);
    let event = answer(given, january("117")).await;
    assert!(proposals(&event).contains(&use_value("171")), "{event:?}");
    assert_eq!(
        finding(&event, ValidationRule::V11).fact("probable"),
        Some("171")
    );
}

#[tokio::test]
async fn more_digits_than_the_display_are_asked_back_and_can_be_confirmed() {
    let held = answer(standing(), january("105250")).await;
    assert_eq!(
        finding(&held, ValidationRule::V11).fact("problem"),
        Some("beyond_display")
    );
    assert!(proposals(&held).contains(&use_value("105.25")), "{held:?}");
    let given = with(standing(), [held]);
    let event = answer(given, answering(january("105250"), 4, Choice::AsSent)).await;
    assert!(is_recorded(&event));
    assert_eq!(
        finding(&event, ValidationRule::V11).fact("confirmed"),
        Some("yes")
    );
}

#[tokio::test]
async fn swapped_values_are_proposed_to_be_swapped() {
    // Ours stands at 100, the pair at 200; 203 and 104 were typed the wrong way round.
    let event = answer(standing(), beside_pair("203", "200", "104")).await;
    assert!(is_held(&event));
    assert!(rules(&event).contains(&ValidationRule::V10));
    assert!(proposals(&event).contains(&Proposal::SwapWith { meter: PAIR }));
    assert!(!proposals(&event).contains(&Proposal::ConfirmAsSent));
    // The pair's side of the same entry: it stands below its previous value.
    let other = with(standing_since("2026-01-01 00:00", "200"), []);
    let event = answer(other, beside_pair("104", "100", "203")).await;
    assert!(rules(&event).is_superset(&[ValidationRule::V01, ValidationRule::V10].into()));
}

#[tokio::test]
async fn right_values_are_not_swapped() {
    assert!(is_recorded(
        &answer(standing(), beside_pair("104", "200", "203")).await
    ));
    assert!(is_recorded(
        &answer(standing(), beside_pair("104", "90", "101")).await
    ));
}

#[tokio::test]
async fn decimals_beyond_the_display_are_kept_and_marked() {
    let submission = january("105.12345");
    let event = answer(standing(), submission.clone()).await;
    assert!(is_recorded(&event));
    assert!(rules(&event).contains(&ValidationRule::V12));
    assert_eq!(
        event.reading().map(|reading| &reading.values),
        Some(&submission.values)
    );
    let exact = answer(standing(), january("105.1230")).await;
    assert!(
        !rules(&exact).contains(&ValidationRule::V12),
        "zeros at the end say nothing"
    );
}

#[tokio::test]
async fn a_machine_makes_no_slips() {
    let source = aggregates::vocabulary::ReadingSource::Archive;
    let event = answer(standing(), sent_by(source, "2026-01-20 10:00", "10.5")).await;
    let is_slip = |p: &Proposal| matches!(p, Proposal::UseValue { .. });
    assert!(matches!(event, MeterEvent::ReadingHeld { .. }));
    assert!(!proposals(&event).iter().any(is_slip));
}
