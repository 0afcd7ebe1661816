//! V06: the set of registers.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::model::{RegisterKind, RegisterSpec};
use aggregates::meter::reading::{Proposal, RegisterValue, ValidationRule};
use aggregates::meter::submission::Choice;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;

use crate::support::*;

fn kilowatt_hours(values: &[(&str, &str)]) -> Vec<RegisterValue> {
    values
        .iter()
        .map(|(name, number)| value_in(name, number, Unit::KilowattHour))
        .collect()
}

fn two_zones() -> Vec<MeterEvent> {
    let registers = ["total", "t1", "t2"].map(|name| register(name, Unit::KilowattHour));
    vec![
        registered(registration(Resource::Electricity, registers.to_vec())),
        installed(
            "2026-01-01 00:00",
            kilowatt_hours(&[("total", "0"), ("t1", "0"), ("t2", "0")]),
        ),
        commissioned("2026-01-01 00:00"),
    ]
}

#[tokio::test]
async fn all_zones_are_enough() {
    let submission = sent(
        "2026-01-20 10:00",
        kilowatt_hours(&[("t2", "40"), ("t1", "90")]),
    );
    let event = answer(two_zones(), submission).await;
    let values = event.reading().expect("a reading").values.clone();
    assert!(is_recorded(&event));
    assert_eq!(
        values,
        kilowatt_hours(&[("t1", "90"), ("t2", "40")]),
        "in the meter's order"
    );
}

#[tokio::test]
async fn a_missing_zone_keeps_the_draft_and_is_asked_for() {
    let draft = sent("2026-01-20 10:00", kilowatt_hours(&[("t1", "90")]));
    let held = answer(two_zones(), draft).await;
    assert!(is_held(&held));
    let ask = Proposal::AddRegisters {
        registers: vec![code("t2")],
    };
    assert_eq!(proposals(&held), [ask, Proposal::Withdraw]);

    let given = with(two_zones(), [held]);
    let rest = sent("2026-01-20 11:00", kilowatt_hours(&[("t2", "40")]));
    let events = events(given, record(answering(rest, 4, Choice::Complete))).await;
    let [
        MeterEvent::ReadingRecorded {
            reading, confirms, ..
        },
    ] = &events[..]
    else {
        unreachable!("the completed draft is accepted: {events:?}")
    };
    assert_eq!(
        reading.values,
        kilowatt_hours(&[("t1", "90"), ("t2", "40")])
    );
    assert_eq!(*confirms, Some(4));
}

#[tokio::test]
async fn an_empty_submission_is_kept_too() {
    let event = answer(standing(), sent("2026-01-20 10:00", vec![])).await;
    assert!(is_held(&event));
    assert!(rules(&event).contains(&ValidationRule::V06));
}

#[tokio::test]
async fn registers_that_do_not_fit_are_rejected() {
    let problem = |values| async move {
        let event = answer(standing(), sent("2026-01-20 10:00", values)).await;
        assert!(is_rejected(&event));
        finding(&event, ValidationRule::V06)
            .fact("problem")
            .map(str::to_owned)
    };
    let unknown = vec![value_in("t7", "1", Unit::CubicMetre)];
    assert_eq!(problem(unknown).await.as_deref(), Some("unknown_register"));
    let twice = [cubic_metres("101"), cubic_metres("102")].concat();
    assert_eq!(problem(twice).await.as_deref(), Some("duplicate_register"));
    let heat = vec![value_in("total", "1", Unit::Gigacalorie)];
    assert_eq!(problem(heat).await.as_deref(), Some("wrong_unit"));
}

#[tokio::test]
async fn units_convert_exactly_or_not_at_all() {
    let given = || {
        let q = RegisterSpec {
            digits: None,
            ..register("q", Unit::Gigacalorie)
        };
        let temperature = RegisterSpec {
            kind: RegisterKind::Instant,
            ..register("temp", Unit::Celsius)
        };
        let initial = vec![value_in("q", "0", Unit::Gigacalorie)];
        vec![
            registered(registration(Resource::Heat, vec![q, temperature])),
            installed("2026-01-01 00:00", initial),
        ]
    };
    let exact = vec![value_in("q", "4.1868", Unit::Gigajoule)];
    let event = answer(given(), sent("2026-01-20 10:00", exact)).await;
    assert!(is_recorded(&event));
    let stored = &event.reading().expect("a reading").values;
    assert_eq!(stored, &[value_in("q", "1", Unit::Gigacalorie)]);
    let endless = vec![value_in("q", "1", Unit::Gigajoule)];
    assert!(is_rejected(
        &answer(given(), sent("2026-01-20 10:00", endless)).await
    ));
}
