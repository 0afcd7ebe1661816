use aggregates::ids::{MeterId, PremisesId};
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::MeteringPoint;
use aggregates::metering_point::command::MeteringPointCommand as Command;
use aggregates::metering_point::error::MeteringPointError as Error;
use aggregates::metering_point::event::{
    BoundaryLoss, ComponentKind, MeteringPointEvent as Event, PointKind as Kind, RadiatorFactor,
};
use aggregates::quantity::{Percent, Unit};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource;
use proptest::prelude::*;

use crate::support::*;

use node::{admit, end_admission, install, set_loss, share_loss, verify};

mod node;

const PUT_IN: &str = "2025-01-10T07:00:00Z";
const TAKEN_OUT: &str = "2026-03-01T07:00:00Z";

fn meter(number: u128) -> MeterId {
    MeterId(id(number))
}

fn register(resource: Resource, kind: Kind, premises: Option<u128>) -> Command {
    let premises = premises.map(|number| PremisesId(id(number)));
    Command::RegisterPoint {
        resource,
        kind,
        label: label("ввод 1"),
        premises,
    }
}

fn registered(resource: Resource, kind: Kind, premises: Option<u128>) -> Event {
    let premises = premises.map(|number| PremisesId(id(number)));
    Event::PointRegistered {
        resource,
        kind,
        label: label("ввод 1"),
        premises,
    }
}

fn node() -> Event {
    registered(Resource::Heat, Kind::House, None)
}

fn shows(value: &str) -> Vec<RegisterValue> {
    vec![RegisterValue {
        register: code("q"),
        value: measure(value, Unit::Gigacalorie),
    }]
}

fn shows_twice() -> Vec<RegisterValue> {
    shows("1").into_iter().chain(shows("2")).collect()
}

fn attach(number: u128, when: &str) -> Command {
    Command::AttachMeter {
        meter: meter(number),
        at: at(when),
        initial: shows("0"),
    }
}

fn attached(number: u128, when: &str) -> Event {
    Event::MeterAttached {
        meter: meter(number),
        at: at(when),
        initial: shows("0"),
    }
}

fn detach(number: u128, when: &str) -> Command {
    Command::DetachMeter {
        meter: meter(number),
        at: at(when),
        r#final: shows("95.2"),
    }
}

fn detached(number: u128, when: &str) -> Event {
    Event::MeterDetached {
        meter: meter(number),
        at: at(when),
        r#final: shows("95.2"),
    }
}

fn close(on: &str) -> Command {
    Command::ClosePoint {
        on: date(on),
        cause: code("merged"),
    }
}

fn closed(on: &str) -> Event {
    Event::PointClosed {
        on: date(on),
        cause: code("merged"),
    }
}

#[tokio::test]
async fn a_point_is_registered_once_where_its_kind_belongs() {
    for (kind, premises) in [
        (Kind::House, None),
        (Kind::Transit, None),
        (Kind::Individual, Some(1)),
        (Kind::CommunalFlat, Some(1)),
        (Kind::Room, Some(1)),
        (Kind::Distributor, Some(1)),
        (Kind::Technical, None),
        (Kind::Technical, Some(1)),
    ] {
        let command = register(Resource::Heat, kind, premises);
        let event = registered(Resource::Heat, kind, premises);
        emits::<MeteringPoint>(vec![], command, vec![event]).await;
    }
    for kind in [Kind::House, Kind::Transit] {
        let command = register(Resource::Heat, kind, Some(1));
        refuses::<MeteringPoint>(vec![], command, Error::PremisesForbidden { kind }).await;
    }
    for kind in [
        Kind::Individual,
        Kind::CommunalFlat,
        Kind::Room,
        Kind::Distributor,
    ] {
        let command = register(Resource::Heat, kind, None);
        refuses::<MeteringPoint>(vec![], command, Error::PremisesMissing { kind }).await;
    }
    let water = register(Resource::ColdWater, Kind::Distributor, Some(1));
    let error = Error::DistributorOfHeatOnly {
        resource: Resource::ColdWater,
    };
    refuses::<MeteringPoint>(vec![], water, error).await;
    let other = register(Resource::ColdWater, Kind::House, None);
    let error = Error::RegisteredDifferently {
        field: "ресурс"
    };
    refuses::<MeteringPoint>(vec![node()], other, error).await;
}

#[tokio::test]
async fn everything_else_needs_a_registered_point() {
    for command in [
        attach(1, PUT_IN),
        detach(1, PUT_IN),
        replace(1, 2, PUT_IN),
        install("calculator", ComponentKind::Calculator, None),
        verify("calculator", "2025-01-01", "2029-01-01"),
        Command::RemoveComponent {
            component: code("calculator"),
            at: at(PUT_IN),
        },
        admit("9", since("2025-09-01")),
        end_admission("2026-01-01"),
        set_loss(share_loss()),
        close("2026-01-01"),
    ] {
        refuses::<MeteringPoint>(vec![], command, Error::NotRegistered).await;
    }
}

#[tokio::test]
async fn a_meter_is_put_in_where_there_is_none() {
    emits::<MeteringPoint>(vec![node()], attach(1, PUT_IN), vec![attached(1, PUT_IN)]).await;
    let given = vec![node(), attached(1, PUT_IN)];
    let error = Error::MeterAttached { attached: meter(1) };
    refuses::<MeteringPoint>(given.clone(), attach(2, TAKEN_OUT), error.clone()).await;
    refuses::<MeteringPoint>(given, attach(1, TAKEN_OUT), error).await;
}

#[tokio::test]
async fn a_meter_comes_with_its_readings_each_register_once() {
    let without = Command::AttachMeter {
        meter: meter(1),
        at: at(PUT_IN),
        initial: Vec::new(),
    };
    refuses::<MeteringPoint>(vec![node()], without, Error::NoInitialReadings).await;
    let twice = Command::AttachMeter {
        meter: meter(1),
        at: at(PUT_IN),
        initial: shows_twice(),
    };
    let error = Error::RegisterRepeated {
        register: code("q"),
    };
    refuses::<MeteringPoint>(vec![node()], twice, error.clone()).await;
    let given = vec![node(), attached(1, PUT_IN)];
    let twice = Command::DetachMeter {
        meter: meter(1),
        at: at(TAKEN_OUT),
        r#final: shows_twice(),
    };
    refuses::<MeteringPoint>(given, twice, error).await;
}

#[tokio::test]
async fn only_the_meter_that_is_in_is_taken_away_and_not_before_it_came() {
    let given = vec![node(), attached(1, PUT_IN)];
    let then = vec![detached(1, TAKEN_OUT)];
    emits::<MeteringPoint>(given.clone(), detach(1, TAKEN_OUT), then).await;
    let error = Error::AnotherMeterAttached {
        attached: meter(1),
        given: meter(2),
    };
    refuses::<MeteringPoint>(given.clone(), detach(2, TAKEN_OUT), error).await;
    let error = Error::NotInOrder {
        at: at("2025-01-10T06:59:59Z"),
        last: at(PUT_IN),
    };
    refuses::<MeteringPoint>(given, detach(1, "2025-01-10T06:59:59Z"), error).await;
    refuses::<MeteringPoint>(vec![node()], detach(1, TAKEN_OUT), Error::NoMeterAttached).await;
}

#[tokio::test]
async fn a_dead_display_gives_no_final_readings() {
    let command = Command::DetachMeter {
        meter: meter(1),
        at: at(TAKEN_OUT),
        r#final: Vec::new(),
    };
    let event = Event::MeterDetached {
        meter: meter(1),
        at: at(TAKEN_OUT),
        r#final: Vec::new(),
    };
    emits::<MeteringPoint>(vec![node(), attached(1, PUT_IN)], command, vec![event]).await;
}

fn replace(old: u128, new: u128, when: &str) -> Command {
    Command::ReplaceMeter {
        old: meter(old),
        r#final: shows("95.2"),
        new: meter(new),
        initial: shows("0"),
        at: at(when),
    }
}

#[tokio::test]
async fn a_replacement_carries_final_and_initial_readings() {
    let given = vec![node(), attached(1, PUT_IN)];
    let then = vec![detached(1, TAKEN_OUT), attached(2, TAKEN_OUT)];
    emits::<MeteringPoint>(given.clone(), replace(1, 2, TAKEN_OUT), then.clone()).await;
    let state = folded::<MeteringPoint>(given.into_iter().chain(then).collect());
    assert_eq!(state.meter_at(at("2025-01-10T06:59:59Z")), None);
    assert_eq!(state.meter_at(at(PUT_IN)), Some(meter(1)));
    assert_eq!(state.meter_at(at("2026-03-01T06:59:59Z")), Some(meter(1)));
    assert_eq!(state.meter_at(at(TAKEN_OUT)), Some(meter(2)));
    assert_eq!(state.attached_meter(), Some(meter(2)));
    assert_eq!(state.attachments().len(), 2);
}

#[tokio::test]
async fn a_replacement_is_judged_like_its_parts() {
    let given = vec![node(), attached(1, PUT_IN)];
    let command = replace(1, 1, TAKEN_OUT);
    refuses::<MeteringPoint>(given.clone(), command, Error::ReplacedByItself).await;
    let error = Error::AnotherMeterAttached {
        attached: meter(1),
        given: meter(3),
    };
    refuses::<MeteringPoint>(given.clone(), replace(3, 2, TAKEN_OUT), error).await;
    let without = Command::ReplaceMeter {
        old: meter(1),
        r#final: shows("95.2"),
        new: meter(2),
        initial: Vec::new(),
        at: at(TAKEN_OUT),
    };
    refuses::<MeteringPoint>(given, without, Error::NoInitialReadings).await;
}

#[tokio::test]
async fn an_imported_history_is_taken_in_once() {
    let later = "2026-08-01T07:00:00Z";
    let given = vec![
        node(),
        attached(1, PUT_IN),
        detached(1, TAKEN_OUT),
        attached(2, TAKEN_OUT),
        detached(2, later),
        closed("2026-09-01"),
    ];
    for command in [
        attach(1, PUT_IN),
        detach(1, TAKEN_OUT),
        replace(1, 2, TAKEN_OUT),
        detach(2, later),
        close("2026-09-01"),
    ] {
        repeats::<MeteringPoint>(given.clone(), command).await;
    }
    let error = Error::Closed {
        on: date("2026-09-01"),
    };
    refuses::<MeteringPoint>(given, attach(3, "2026-09-02T07:00:00Z"), error).await;
}

#[tokio::test]
async fn meters_come_and_go_in_order_of_time() {
    let given = vec![node(), attached(1, PUT_IN), detached(1, TAKEN_OUT)];
    let command = attach(2, "2026-02-28T07:00:00Z");
    let error = Error::NotInOrder {
        at: at("2026-02-28T07:00:00Z"),
        last: at(TAKEN_OUT),
    };
    refuses::<MeteringPoint>(given.clone(), command, error).await;
    let then = vec![attached(1, "2026-03-20T07:00:00Z")];
    emits::<MeteringPoint>(given, attach(1, "2026-03-20T07:00:00Z"), then).await;
}

#[tokio::test]
async fn a_point_is_closed_without_a_meter() {
    emits::<MeteringPoint>(
        vec![node()],
        close("2026-01-01"),
        vec![closed("2026-01-01")],
    )
    .await;
    let given = vec![node(), attached(1, PUT_IN)];
    let error = Error::ClosedWithMeter { attached: meter(1) };
    refuses::<MeteringPoint>(given, close("2026-01-01"), error).await;
    let given = vec![node(), attached(1, PUT_IN), detached(1, TAKEN_OUT)];
    let error = Error::ClosedTooEarly {
        on: date("2026-02-28"),
        last: date("2026-03-01"),
    };
    refuses::<MeteringPoint>(given.clone(), close("2026-02-28"), error).await;
    emits::<MeteringPoint>(given, close("2026-03-01"), vec![closed("2026-03-01")]).await;
}

#[tokio::test]
async fn a_closed_point_takes_nothing_new() {
    let given = vec![node(), closed("2026-01-01")];
    for command in [
        attach(1, PUT_IN),
        install("calculator", ComponentKind::Calculator, None),
        admit("9", since("2025-09-01")),
        set_loss(share_loss()),
        close("2026-02-01"),
    ] {
        let error = Error::Closed {
            on: date("2026-01-01"),
        };
        refuses::<MeteringPoint>(given.clone(), command, error).await;
    }
}

fn factor(text: &str) -> RadiatorFactor {
    let number: rust_decimal::Decimal = text.parse().expect("a decimal");
    RadiatorFactor::try_from(number).expect("a factor")
}

fn set_factor(text: &str) -> Command {
    Command::SetRadiatorFactor {
        factor: factor(text),
        from: date("2026-01-01"),
        act: act("5"),
    }
}

fn factor_set(text: &str) -> Event {
    Event::RadiatorFactorSet {
        factor: factor(text),
        from: date("2026-01-01"),
        act: act("5"),
    }
}

fn distributor() -> Event {
    registered(Resource::Heat, Kind::Distributor, Some(1))
}

#[tokio::test]
async fn a_radiator_has_a_factor_under_a_distributor_only() {
    let then = vec![factor_set("1.37")];
    emits::<MeteringPoint>(vec![distributor()], set_factor("1.37"), then).await;
    let again = vec![distributor(), factor_set("1.37")];
    emits::<MeteringPoint>(again, set_factor("1.37"), Vec::new()).await;
    let error = Error::NoRadiator { kind: Kind::House };
    refuses::<MeteringPoint>(vec![node()], set_factor("1.37"), error).await;
    for wrong in ["0", "-1", "100.01"] {
        let number: rust_decimal::Decimal = wrong.parse().expect("a decimal");
        assert!(RadiatorFactor::try_from(number).is_err(), "{wrong}");
    }
    let state = folded::<MeteringPoint>(vec![distributor(), factor_set("1.37")]);
    let day = date("2026-01-01");
    assert_eq!(state.radiator_factor_on(day), Some(factor("1.37")));
    assert_eq!(state.radiator_factor_on(date("2025-12-31")), None);
}

#[tokio::test]
async fn a_distributor_counts_in_units_of_its_own_and_nothing_else_does() {
    let attach = |unit: Unit| Command::AttachMeter {
        meter: meter(1),
        at: at(PUT_IN),
        initial: vec![RegisterValue {
            register: code("total"),
            value: measure("0", unit),
        }],
    };
    let (own, other) = (Unit::AllocatorUnit, Unit::Gigacalorie);
    let kind = Kind::Distributor;
    let error = Error::AllocatorElsewhere { kind };
    refuses::<MeteringPoint>(vec![distributor()], attach(other), error).await;
    let error = Error::AllocatorElsewhere { kind: Kind::House };
    refuses::<MeteringPoint>(vec![node()], attach(own), error).await;
}
