//! Missing volumes, and readings that only a sibling sent (V18).

use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::{Imputation, MeterCommand};
use aggregates::meter::error::MeterError;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::ImputationMethod;
use aggregates::time::Interval;
use uuid::Uuid;

use crate::support::*;

fn event(sequence: u64) -> EventId {
    EventId::of::<Meter>(MeterId(Uuid::from_u128(9)).0, sequence)
}

fn february() -> Imputation {
    let interval = Interval::new(local("2026-02-01 00:00"), local("2026-03-01 00:00"));
    Imputation {
        volumes: cubic_metres("4.2"),
        period: period("2026-02"),
        interval: interval.expect("February lasts"),
        method: ImputationMethod::Average,
        clause: label("ПП 354 п. 59(б)"),
        edition: label("2026-01"),
        inputs: vec![event(4)],
    }
}

fn imputed(imputation: Imputation) -> MeterEvent {
    MeterEvent::ValueImputed {
        volumes: imputation.volumes,
        period: imputation.period,
        interval: imputation.interval,
        method: imputation.method,
        clause: imputation.clause,
        edition: imputation.edition,
        inputs: imputation.inputs,
    }
}

#[tokio::test]
async fn a_volume_is_imputed_once_for_an_interval() {
    let command = || MeterCommand::ImputeValue(february());
    expect_events(standing(), command(), vec![imputed(february())]).await;
    let given = with(standing(), [imputed(february())]);
    expect_nothing(given.clone(), command()).await;
    let other = Imputation {
        volumes: cubic_metres("5"),
        ..february()
    };
    let refusal = MeterError::AlreadyImputed { standing: 4 };
    expect_error(given, MeterCommand::ImputeValue(other), refusal).await;
}

#[tokio::test]
async fn an_imputation_says_what_it_rests_on() {
    let without = Imputation {
        inputs: vec![],
        ..february()
    };
    let refusal = MeterError::Empty {
        what: "события, по которым рассчитан объём",
    };
    expect_error(standing(), MeterCommand::ImputeValue(without), refusal).await;
    let nothing = Imputation {
        volumes: vec![],
        ..february()
    };
    let refusal = MeterError::Empty {
        what: "рассчитанные объёмы",
    };
    expect_error(standing(), MeterCommand::ImputeValue(nothing), refusal).await;
}

#[tokio::test]
async fn a_real_value_takes_its_place() {
    let supersede = |imputed| MeterCommand::SupersedeImputation {
        imputed,
        by: event(7),
    };
    let superseded = MeterEvent::ImputationSuperseded {
        imputed: 4,
        by: event(7),
    };
    let given = with(standing(), [imputed(february())]);
    expect_events(given.clone(), supersede(4), vec![superseded.clone()]).await;
    let gone = with(given, [superseded]);
    expect_error(
        gone.clone(),
        supersede(4),
        MeterError::NotImputed { sequence: 4 },
    )
    .await;
    let again = MeterCommand::ImputeValue(february());
    expect_events(gone, again, vec![imputed(february())]).await;
}

#[tokio::test]
async fn an_imputed_volume_is_no_reading() {
    let given = with(standing(), [imputed(february())]);
    assert!(is_recorded(
        &answer(given, sent_water("2026-03-20 10:00", "101")).await
    ));
}

#[tokio::test]
async fn a_missed_sibling_is_noted_once_a_period() {
    let note = || MeterCommand::NoteSiblingMissed {
        period: period("2026-02"),
        sent: event(3),
    };
    let missed = MeterEvent::SiblingReadingMissed {
        period: period("2026-02"),
        sent: event(3),
    };
    expect_events(standing(), note(), vec![missed.clone()]).await;
    expect_nothing(with(standing(), [missed]), note()).await;
    let sent = with(standing(), [accepted("2026-02-20 10:00", "105", "2026-02")]);
    expect_nothing(sent, note()).await;
    let held = answer(standing(), sent_water("2026-02-20 10:00", "90")).await;
    expect_nothing(with(standing(), [held]), note()).await;
}
