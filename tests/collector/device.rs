//! What a device says and does not say.

use chrono::{TimeDelta, Utc};
use energokabinet::collector::decode::{Observed, Value};
use energokabinet::collector::driver::{Missing, Protocol};

use crate::support::{assert_true, bus, device, line};

#[tokio::test]
async fn every_profile_is_read_whole_by_both_protocols() {
    for protocol in [Protocol::Tcp, Protocol::RtuOverTcp] {
        for model in ["tv7", "ml-dhm", "tsrv-024m", "sdm120", "pzem-016", "pd561z"] {
            let bus = bus(protocol, model, 1).await;
            let (mut line, mut device) = (line(&bus), device(model, 1));
            let poll = line.poll(&mut device).await;
            let readout = poll.outcome.expect("a sound line");
            assert_true(&bus, &device, &readout, model);
            assert_eq!(poll.attempts.len(), 1);
        }
    }
}

#[tokio::test]
async fn counters_go_on_between_polls() {
    let bus = bus(Protocol::Tcp, "tv7", 1).await;
    let (mut line, mut device) = (line(&bus), device("tv7", 1));
    let first = line.poll(&mut device).await.outcome.expect("a sound line");
    bus.each_meter(|meter| meter.live(10, Utc::now()));
    let second = line.poll(&mut device).await.outcome.expect("a sound line");
    assert_true(&bus, &device, &second, "ten seconds");
    assert_ne!(first.values, second.values);
}

/// A device that lacks a register refuses the whole request; the rest is read in parts, once.
#[tokio::test]
async fn what_a_device_does_not_have_does_not_hide_the_rest() {
    let bus = bus(Protocol::RtuOverTcp, "tv7", 1).await;
    let (mut line, mut device) = (line(&bus), device("tv7", 1));
    let lacking = 5;
    bus.with_meter(1, |meter| meter.forget(lacking));
    let whole = device.plan.blocks().len();
    let poll = line.poll(&mut device).await;
    let readout = poll.outcome.expect("a sound line");
    for told in &readout.values {
        match told.register == lacking {
            true => assert_eq!(told.observed, Err(Missing::Refused(2))),
            false => assert!(matches!(told.observed, Ok(Observed::Value(_)))),
        }
    }
    assert!(device.plan.blocks().len() > whole);
    let again = line.poll(&mut device).await;
    let asked = again.attempts[0].exchanges.len();
    // The fence and each request of the plan: nothing is tried whole again.
    assert_eq!(asked, 1 + device.plan.blocks().len());
}

#[tokio::test]
async fn a_clock_that_is_fast_is_told_as_it_is() {
    let bus = bus(Protocol::Tcp, "ml-dhm", 1).await;
    let (mut line, mut device) = (line(&bus), device("ml-dhm", 1));
    bus.with_meter(1, |meter| {
        meter.set_drift(TimeDelta::minutes(7), Utc::now())
    });
    let readout = line.poll(&mut device).await.outcome.expect("a sound line");
    let clock = readout.values.iter().find_map(|told| match told.observed {
        Ok(Observed::Value(Value::Utc(clock))) => Some(clock),
        _ => None,
    });
    let fast = clock.expect("it has a clock") - readout.read_at;
    assert!((6..=7).contains(&fast.num_minutes()), "{fast}");
}
