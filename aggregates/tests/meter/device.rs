//! V13 and V14: the device itself; the reading is accepted all the same.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::ValidationRule;

use crate::support::*;

fn verified(on: &str, until: Option<&str>) -> MeterEvent {
    MeterEvent::VerificationRecorded {
        performed_on: day(on),
        valid_until: until.map(day),
        certificate: None,
        registry_record: None,
        organisation: None,
    }
}

async fn problem(given: Vec<MeterEvent>, at: &str, rule: ValidationRule) -> Option<String> {
    let event = answer(given, sent_water(at, "105")).await;
    assert!(is_recorded(&event), "{event:?}");
    let found = event
        .findings()
        .iter()
        .find(|finding| finding.rule == rule)?;
    found.fact("problem").map(str::to_owned)
}

#[tokio::test]
async fn an_expired_verification_is_marked() {
    let given = || with(standing(), [verified("2020-02-10", Some("2026-02-10"))]);
    let of = |given, at| problem(given, at, ValidationRule::V13);
    assert_eq!(
        of(given(), "2026-02-10 23:00").await,
        None,
        "the last day counts"
    );
    assert_eq!(
        of(given(), "2026-02-11 01:00").await.as_deref(),
        Some("expired")
    );
    let anew = with(given(), [verified("2026-02-05", Some("2032-02-04"))]);
    assert_eq!(of(anew, "2026-02-11 01:00").await, None);
    assert_eq!(
        of(standing(), "2026-02-11 01:00").await,
        None,
        "unknown is unknown"
    );
    let unfit = with(given(), [verified("2026-02-05", None)]);
    assert_eq!(
        of(unfit, "2026-02-11 01:00").await.as_deref(),
        Some("unfit")
    );
}

#[tokio::test]
async fn a_meter_without_an_act_of_admission_is_marked() {
    let of = |given, at| problem(given, at, ValidationRule::V14);
    let given = standing()[..2].to_vec();
    assert_eq!(
        of(given.clone(), "2026-01-20 10:00").await.as_deref(),
        Some("not_admitted")
    );
    let later = with(given, [commissioned("2026-02-01 00:00")]);
    assert_eq!(
        of(later.clone(), "2026-01-20 10:00").await.as_deref(),
        Some("not_admitted")
    );
    assert_eq!(of(later, "2026-02-20 10:00").await, None);
}

#[tokio::test]
async fn a_broken_seal_is_marked_until_a_new_one_is_set() {
    let seal = |number: &str, at: &str| MeterEvent::MeterSealed {
        seal: label(number),
        place: label("ввод"),
        at: local(at),
        act: None,
    };
    let found = MeterEvent::SealBroken {
        seal: label("1"),
        at: local("2026-02-01 00:00"),
        act: None,
    };
    let of = |given, at| problem(given, at, ValidationRule::V14);
    let given = with(standing(), [seal("1", "2026-01-02 00:00"), found]);
    assert_eq!(of(given.clone(), "2026-01-20 10:00").await, None);
    assert_eq!(
        of(given.clone(), "2026-02-20 10:00").await.as_deref(),
        Some("seal_broken")
    );
    let anew = with(given, [seal("2", "2026-02-15 00:00")]);
    assert_eq!(of(anew, "2026-02-20 10:00").await, None);
}
