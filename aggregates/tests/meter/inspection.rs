//! Inspections, tampering, and final readings that come after the removal.

use aggregates::meter::command::MeterCommand;
use aggregates::meter::error::MeterError;
use aggregates::meter::event::{MeterEvent, RemovalReason};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::{Measure, Unit};

use crate::support::{
    act, code, decimal, expect_error, expect_events, expect_nothing, local, standing, with,
};

fn found() -> MeterEvent {
    MeterEvent::TamperingFound {
        act: act("Н-1"),
        at: local("2026-02-01 00:00"),
        since: None,
        hourly: None,
    }
}

fn cubic_metres(value: &str) -> Measure {
    Measure::new(decimal(value), Unit::CubicMetre)
}

#[tokio::test]
async fn an_inspection_without_a_reading_ends_the_row_of_refusals() {
    let at = local("2026-02-01 00:00");
    let refused = |number: &str, ordinal| MeterEvent::AccessRefused {
        act: act(number),
        at,
        ordinal,
    };
    let inspect = || MeterCommand::Inspect {
        act: act("О-1"),
        at: local("2026-02-10 10:00"),
    };
    let inspected = MeterEvent::MeterInspected {
        act: act("О-1"),
        at: local("2026-02-10 10:00"),
    };
    let once = with(standing(), [refused("Д-1", 1)]);
    expect_events(once.clone(), inspect(), vec![inspected.clone()]).await;
    let after = with(once, [inspected]);
    expect_nothing(after.clone(), inspect()).await;
    let refuse = MeterCommand::RefuseAccess {
        act: act("Д-2"),
        at,
    };
    expect_events(after, refuse, vec![refused("Д-2", 1)]).await;
}

#[tokio::test]
async fn tampering_ends_once_and_not_before_it_was_found() {
    let end = |at: &str| MeterCommand::EndTampering {
        act: act("У-1"),
        at: local(at),
    };
    let later = "2026-02-03 10:00";
    let ended = MeterEvent::TamperingEnded {
        act: act("У-1"),
        at: local(later),
    };
    expect_error(standing(), end(later), MeterError::NoTampering).await;
    let tampered = with(standing(), [found()]);
    let early = MeterError::TooEarly {
        at: local("2026-01-31 10:00"),
        earliest: local("2026-02-01 00:00"),
    };
    expect_error(tampered.clone(), end("2026-01-31 10:00"), early).await;
    expect_events(tampered.clone(), end(later), vec![ended.clone()]).await;
    expect_nothing(with(tampered, [ended]), end(later)).await;
}

#[tokio::test]
async fn what_goes_through_in_an_hour_is_a_volume_of_the_resource() {
    for hourly in [
        Measure::new(decimal("3"), Unit::KilowattHour),
        cubic_metres("0"),
    ] {
        let find = MeterCommand::FindTampering {
            act: act("Н-1"),
            at: local("2026-02-01 00:00"),
            since: None,
            hourly: Some(hourly),
        };
        expect_error(standing(), find, MeterError::NotAnHourlyVolume { hourly }).await;
    }
}

#[tokio::test]
async fn a_final_reading_is_added_to_a_removal_without_one() {
    let at = local("2026-02-10 10:00");
    let shown = |value: &str| {
        vec![RegisterValue {
            register: code("total"),
            value: cubic_metres(value),
        }]
    };
    let add = |value: &str| MeterCommand::RecordFinalReading {
        r#final: shown(value),
        act: None,
    };
    expect_error(standing(), add("120"), MeterError::NeverRemoved).await;
    let removed = MeterEvent::MeterRemoved {
        at,
        r#final: vec![],
        reason: RemovalReason::Replaced,
        act: None,
    };
    let gone = with(standing(), [removed]);
    let added = MeterEvent::FinalReadingRecorded {
        removed_at: at,
        r#final: shown("120"),
        act: None,
    };
    expect_events(gone.clone(), add("120"), vec![added.clone()]).await;
    let known = with(gone, [added]);
    expect_nothing(known.clone(), add("120")).await;
    let refusal = MeterError::FinalReadingKnown { removed_at: at };
    expect_error(known, add("121"), refusal).await;
}
