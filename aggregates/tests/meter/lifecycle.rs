//! Registration, installation, seals, verification, failure, removal.

use aggregates::meter::command::{MeterCommand, Verification};
use aggregates::meter::error::MeterError;
use aggregates::meter::event::{FailureCause, MeterEvent, RemovalReason};
use aggregates::meter::model::{RegisterKind, RegisterSpec, SubsystemChannel, TransformerRatio};
use aggregates::meter::reading::ValidationRule;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;

use crate::support::*;

fn install(at: &str, initial: &str) -> MeterCommand {
    let initial = cubic_metres(initial);
    MeterCommand::Install {
        point: POINT,
        at: local(at),
        initial,
        act: None,
        transformer_ratio: None,
    }
}

fn remove(at: &str, r#final: &str) -> MeterCommand {
    MeterCommand::Remove {
        at: local(at),
        r#final: cubic_metres(r#final),
        reason: RemovalReason::Replaced,
        act: Some(act("С-1")),
    }
}

fn removed(at: &str, r#final: &str) -> MeterEvent {
    MeterEvent::MeterRemoved {
        at: local(at),
        r#final: cubic_metres(r#final),
        reason: RemovalReason::Replaced,
        act: Some(act("С-1")),
    }
}

#[tokio::test]
async fn a_meter_is_registered_once() {
    let command = || MeterCommand::RegisterMeter(water());
    expect_events(vec![], command(), vec![registered(water())]).await;
    expect_nothing(vec![registered(water())], command()).await;
    let mut other = water();
    other.serial = label("87654321");
    expect_error(
        vec![registered(water())],
        MeterCommand::RegisterMeter(other),
        MeterError::AlreadyRegistered {
            serial: label("12345678"),
        },
    )
    .await;
}

#[tokio::test]
async fn registers_are_checked() {
    let refuse = |registers: Vec<RegisterSpec>, error| async move {
        let command = MeterCommand::RegisterMeter(registration(Resource::ColdWater, registers));
        expect_error(vec![], command, error).await;
    };
    let total = || register("total", Unit::CubicMetre);
    refuse(vec![], MeterError::NoCumulativeRegister).await;
    refuse(
        vec![RegisterSpec {
            kind: RegisterKind::Instant,
            ..register("temp", Unit::Celsius)
        }],
        MeterError::NoCumulativeRegister,
    )
    .await;
    refuse(
        vec![total(), total()],
        MeterError::DuplicateRegister {
            register: code("total"),
        },
    )
    .await;
    refuse(
        vec![RegisterSpec {
            digits: Some(0),
            ..total()
        }],
        MeterError::DigitsOutOfRange {
            register: code("total"),
            places: 0,
            limit: 12,
        },
    )
    .await;
    refuse(
        vec![RegisterSpec {
            decimals: Some(10),
            ..total()
        }],
        MeterError::DigitsOutOfRange {
            register: code("total"),
            places: 10,
            limit: 9,
        },
    )
    .await;
    refuse(
        vec![register("total", Unit::KilowattHour)],
        MeterError::UnitNotOfResource {
            register: code("total"),
            unit: Unit::KilowattHour,
            resource: Resource::ColdWater,
        },
    )
    .await;
}

#[tokio::test]
async fn nothing_can_be_done_with_an_unknown_meter() {
    expect_error(
        vec![],
        install("2026-01-01 00:00", "0"),
        MeterError::NotRegistered,
    )
    .await;
    let reading = record(sent_water("2026-02-20 10:00", "1"));
    expect_error(vec![], reading, MeterError::NotRegistered).await;
}

#[tokio::test]
async fn a_passport_is_linked_once() {
    let link = || MeterCommand::LinkPassport {
        registry: label("ГИСЭП"),
        number: label("77-1"),
    };
    let linked = MeterEvent::PassportLinked {
        registry: label("ГИСЭП"),
        number: label("77-1"),
    };
    expect_events(standing(), link(), vec![linked.clone()]).await;
    expect_nothing(with(standing(), [linked]), link()).await;
}

#[tokio::test]
async fn an_installation_gives_every_initial_value() {
    let given = || vec![registered(water())];
    expect_events(
        given(),
        install("2026-01-01 00:00", "100"),
        vec![standing()[1].clone()],
    )
    .await;
    let without = MeterCommand::Install {
        point: POINT,
        at: local("2026-01-01 00:00"),
        initial: vec![],
        act: None,
        transformer_ratio: None,
    };
    expect_error(
        given(),
        without,
        MeterError::MissingRegister {
            register: code("total"),
        },
    )
    .await;
    expect_error(
        given(),
        install("2026-01-01 00:00", "-1"),
        MeterError::NegativeValue {
            register: code("total"),
        },
    )
    .await;
}

#[tokio::test]
async fn values_of_acts_fit_the_registers() {
    let refuse = |initial, error| async move {
        let at = local("2026-01-01 00:00");
        let command = MeterCommand::Install {
            point: POINT,
            at,
            initial,
            act: None,
            transformer_ratio: None,
        };
        expect_error(vec![registered(water())], command, error).await;
    };
    refuse(
        vec![value_in("t1", "1", Unit::CubicMetre)],
        MeterError::UnknownRegister {
            register: code("t1"),
            known: vec![code("total")],
        },
    )
    .await;
    refuse(
        vec![value_in("total", "1", Unit::Gigacalorie)],
        MeterError::WrongUnit {
            register: code("total"),
            expected: Unit::CubicMetre,
            given: Unit::Gigacalorie,
        },
    )
    .await;
}

#[tokio::test]
async fn a_meter_stands_in_one_place_at_a_time() {
    expect_nothing(standing(), install("2026-01-01 00:00", "100")).await;
    expect_error(
        standing(),
        install("2026-02-01 00:00", "100"),
        MeterError::AlreadyInstalled {
            since: local("2026-01-01 00:00"),
        },
    )
    .await;
    let given = || with(standing(), [removed("2026-02-01 00:00", "110")]);
    expect_error(
        given(),
        install("2026-01-31 00:00", "110"),
        MeterError::TooEarly {
            at: local("2026-01-31 00:00"),
            earliest: local("2026-02-01 00:00"),
        },
    )
    .await;
    let again = installed("2026-03-01 00:00", cubic_metres("0"));
    expect_events(given(), install("2026-03-01 00:00", "0"), vec![again]).await;
}

#[tokio::test]
async fn only_electricity_is_metered_through_transformers() {
    let ratio = TransformerRatio::try_from(60).expect("a ratio that occurs");
    let install = MeterCommand::Install {
        point: POINT,
        at: local("2026-01-01 00:00"),
        initial: cubic_metres("100"),
        act: None,
        transformer_ratio: Some(ratio),
    };
    let error = MeterError::NoTransformers(Resource::ColdWater);
    expect_error(vec![registered(water())], install, error).await;
    for ratio in [0, 1, 1_000_001] {
        assert!(TransformerRatio::try_from(ratio).is_err(), "{ratio}");
    }
}

#[tokio::test]
async fn a_meter_is_commissioned_where_it_stands() {
    let commission = || MeterCommand::Commission {
        act: act("В-1"),
        at: local("2026-01-01 00:00"),
    };
    let given = || standing()[..2].to_vec();
    expect_events(
        given(),
        commission(),
        vec![commissioned("2026-01-01 00:00")],
    )
    .await;
    expect_nothing(standing(), commission()).await;
    expect_error(
        vec![registered(water())],
        commission(),
        MeterError::NotInstalled,
    )
    .await;
}

#[tokio::test]
async fn seals_are_set_and_broken() {
    let at = local("2026-01-02 00:00");
    let sealed = MeterEvent::MeterSealed {
        seal: label("77"),
        place: label("ввод"),
        at,
        act: None,
    };
    let seal = |at| MeterCommand::Seal {
        seal: label("77"),
        place: label("ввод"),
        at,
        act: None,
    };
    let broken_at = local("2026-02-02 00:00");
    let found = MeterEvent::SealBroken {
        seal: label("77"),
        at: broken_at,
        act: None,
    };
    let break_it = |at| MeterCommand::BreakSeal {
        seal: label("77"),
        at,
        act: None,
    };
    expect_events(standing(), seal(at), vec![sealed.clone()]).await;
    let intact = with(standing(), [sealed]);
    expect_nothing(intact.clone(), seal(at)).await;
    expect_error(
        intact.clone(),
        seal(broken_at),
        MeterError::SealIntact { seal: label("77") },
    )
    .await;
    expect_events(intact.clone(), break_it(broken_at), vec![found.clone()]).await;
    expect_events(standing(), break_it(broken_at), vec![found.clone()]).await;
    let broken = with(intact, [found]);
    expect_nothing(broken.clone(), break_it(broken_at)).await;
    expect_error(
        broken,
        break_it(at),
        MeterError::SealAlreadyBroken {
            seal: label("77"),
            since: broken_at,
        },
    )
    .await;
}

#[tokio::test]
async fn channels_are_mapped_by_versions() {
    let line = |register: &str| SubsystemChannel {
        subsystem: code("heating"),
        channel: code("tv1.v1"),
        register: code(register),
    };
    let from = local("2026-01-02 00:00");
    let configure = |channels| MeterCommand::ConfigureSubsystem { from, channels };
    let configured = |version| MeterEvent::SubsystemConfigured {
        version,
        from,
        channels: vec![line("total")],
    };
    expect_events(
        standing(),
        configure(vec![line("total")]),
        vec![configured(1)],
    )
    .await;
    let given = || with(standing(), [configured(1)]);
    expect_nothing(given(), configure(vec![line("total")])).await;
    let second = MeterEvent::SubsystemConfigured {
        version: 2,
        from,
        channels: vec![],
    };
    expect_events(given(), configure(vec![]), vec![second]).await;
    expect_error(
        standing(),
        configure(vec![line("q")]),
        MeterError::UnknownRegister {
            register: code("q"),
            known: vec![code("total")],
        },
    )
    .await;
    expect_error(
        standing(),
        configure(vec![line("total"), line("total")]),
        MeterError::DuplicateChannel {
            subsystem: code("heating"),
            channel: code("tv1.v1"),
        },
    )
    .await;
}

#[tokio::test]
async fn a_verification_ends_after_it_was_done() {
    let verify = |until: &str| {
        MeterCommand::RecordVerification(Verification {
            performed_on: day("2026-01-10"),
            valid_until: Some(day(until)),
            certificate: None,
            registry_record: Some(label("1-100")),
            organisation: None,
        })
    };
    let done = MeterEvent::VerificationRecorded {
        performed_on: day("2026-01-10"),
        valid_until: Some(day("2032-01-09")),
        certificate: None,
        registry_record: Some(label("1-100")),
        organisation: None,
    };
    expect_events(standing(), verify("2032-01-09"), vec![done.clone()]).await;
    expect_nothing(with(standing(), [done]), verify("2032-01-09")).await;
    expect_error(
        standing(),
        verify("2026-01-09"),
        MeterError::VerificationReversed {
            performed_on: day("2026-01-10"),
            valid_until: day("2026-01-09"),
        },
    )
    .await;
}

#[tokio::test]
async fn a_failure_lasts_until_metering_is_restored() {
    let (at, later) = (local("2026-02-01 00:00"), local("2026-02-09 00:00"));
    let cause = FailureCause::NoDisplay;
    let fail = |at| MeterCommand::Fail {
        at,
        cause,
        act: None,
    };
    let restore = |at| MeterCommand::Restore { at, act: None };
    let failed = MeterEvent::MeterFailed {
        at,
        cause,
        act: None,
    };
    let restored = MeterEvent::MeterRestored {
        at: later,
        act: None,
    };
    expect_events(standing(), fail(at), vec![failed.clone()]).await;
    expect_error(standing(), restore(at), MeterError::NotFailed).await;
    let broken = with(standing(), [failed]);
    expect_nothing(broken.clone(), fail(at)).await;
    expect_error(
        broken.clone(),
        fail(later),
        MeterError::AlreadyFailed { since: at },
    )
    .await;
    let early = local("2026-01-31 00:00");
    let refusal = MeterError::TooEarly {
        at: early,
        earliest: at,
    };
    expect_error(broken.clone(), restore(early), refusal).await;
    expect_events(broken.clone(), restore(later), vec![restored.clone()]).await;
    expect_nothing(with(broken, [restored]), restore(later)).await;
}

#[tokio::test]
async fn refusals_of_access_are_counted_until_an_inspection() {
    let refuse = |number: &str| MeterCommand::RefuseAccess {
        act: act(number),
        at: local("2026-02-01 00:00"),
    };
    let refused = |number: &str, ordinal| MeterEvent::AccessRefused {
        act: act(number),
        at: local("2026-02-01 00:00"),
        ordinal,
    };
    expect_events(standing(), refuse("Д-1"), vec![refused("Д-1", 1)]).await;
    let once = with(standing(), [refused("Д-1", 1)]);
    expect_nothing(once.clone(), refuse("Д-1")).await;
    expect_events(once.clone(), refuse("Д-2"), vec![refused("Д-2", 2)]).await;
    let control = sent_by(
        aggregates::vocabulary::ReadingSource::Control,
        "2026-02-10 10:00",
        "105",
    );
    let inspected = MeterEvent::ControlReadingRecorded {
        reading: reading_of(&control, "2026-02"),
        act: act("К-1"),
        contradicts: vec![],
    };
    expect_events(
        with(once, [inspected]),
        refuse("Д-2"),
        vec![refused("Д-2", 1)],
    )
    .await;
}

#[tokio::test]
async fn tampering_and_repair_are_noted_once() {
    let (at, later) = (local("2026-02-01 00:00"), local("2026-02-09 00:00"));
    let find = |since| MeterCommand::FindTampering {
        act: act("Н-1"),
        at,
        since,
        hourly: None,
    };
    let found = MeterEvent::TamperingFound {
        act: act("Н-1"),
        at,
        since: None,
        hourly: None,
    };
    expect_events(standing(), find(None), vec![found.clone()]).await;
    expect_nothing(with(standing(), [found]), find(None)).await;
    let reversed = MeterError::TamperingReversed { since: later, at };
    expect_error(standing(), find(Some(later)), reversed).await;
    let repair = || MeterCommand::Repair {
        at,
        organisation: None,
        act: None,
    };
    let repaired = MeterEvent::MeterRepaired {
        at,
        organisation: None,
        act: None,
    };
    expect_events(standing(), repair(), vec![repaired.clone()]).await;
    expect_nothing(with(standing(), [repaired]), repair()).await;
}

#[tokio::test]
async fn a_meter_is_removed_from_where_it_stands() {
    expect_events(
        standing(),
        remove("2026-02-01 00:00", "110"),
        vec![removed("2026-02-01 00:00", "110")],
    )
    .await;
    let given = with(standing(), [removed("2026-02-01 00:00", "110")]);
    expect_nothing(given.clone(), remove("2026-02-01 00:00", "110")).await;
    expect_error(
        given,
        remove("2026-02-02 00:00", "110"),
        MeterError::NotInstalled,
    )
    .await;
    let early = MeterError::TooEarly {
        at: local("2025-12-31 00:00"),
        earliest: local("2026-01-01 00:00"),
    };
    expect_error(standing(), remove("2025-12-31 00:00", "110"), early).await;
}

#[tokio::test]
async fn a_removal_marks_the_readings_it_contradicts() {
    let given = with(
        standing(),
        [
            accepted("2026-01-20 10:00", "120", "2026-01"),
            accepted("2026-02-20 10:00", "121", "2026-02"),
        ],
    );
    let events = events(given, remove("2026-02-01 00:00", "110")).await;
    let marks: Vec<(u64, ValidationRule)> = events
        .iter()
        .filter_map(|event| match event {
            MeterEvent::ReadingFlagged { reading, finding } => Some((*reading, finding.rule)),
            _ => None,
        })
        .collect();
    assert_eq!(
        marks,
        vec![(4, ValidationRule::V25), (5, ValidationRule::V03)]
    );
}
