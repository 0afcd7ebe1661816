//! Every fault, through the real driver on real sockets: not one wrong value.

use std::time::Duration;

use energokabinet::collector::driver::{Fault, Protocol};
use energokabinet::collector::simulator::SimulatedFault;
use tokio::task::JoinSet;

use crate::support::{LATE, assert_true, bus, device, line, serial_of};

const PROTOCOLS: [Protocol; 2] = [Protocol::Tcp, Protocol::RtuOverTcp];
/// One that tells its serial number, one that does not.
const MODELS: [&str; 2] = ["tv7", "sdm120"];

/// One fault with one request of an otherwise sound poll: what the poll gives is the truth, and the
/// next poll gives all of it.
async fn one_fault(protocol: Protocol, model: &'static str, fault: SimulatedFault, at: usize) {
    let told = format!("{fault:?} with request {at} of {model} by {protocol:?}");
    let bus = bus(protocol, model, 1).await;
    let (mut line, mut device) = (line(&bus), device(model, 1));
    // The first poll takes the line over; the second meets the fault.
    for poll in 0..3 {
        if poll == 1 {
            bus.faults(|faults| faults.order((0..at).map(|_| None).chain([Some(fault)])));
        }
        let poll_of_line = line.poll(&mut device).await;
        match poll_of_line.outcome {
            Ok(readout) => assert_true(&bus, &device, &readout, &told),
            // A device without a number is not asked again; one with a number was, in vain.
            Err(_) if poll == 1 => (),
            Err(fault) => panic!("{told}, poll {poll}: {fault}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_makes_a_wrong_value() {
    let mut cases = JoinSet::new();
    // An answer may be later than the line is listened to: the fence holds without that.
    let very_late = SimulatedFault::Late(LATE * 3);
    for protocol in PROTOCOLS {
        for model in MODELS {
            let beyond = (model == "tv7").then_some(very_late);
            for fault in SimulatedFault::all(LATE).into_iter().chain(beyond) {
                for at in 0..3 {
                    cases.spawn(one_fault(protocol, model, fault, at));
                }
            }
        }
    }
    assert_eq!(cases.len(), 2 * (10 + 10 + 1) * 3);
    cases.join_all().await;
}

/// A fifth of all answers goes wrong, over and over, with four meters a line.
async fn storm(protocol: Protocol, model: &'static str) -> usize {
    let bus = bus(protocol, model, 4).await;
    bus.faults(|faults| faults.by_lot(200, LATE));
    let mut line = line(&bus);
    let mut devices = [1, 2, 3, 4].map(|unit| device(model, unit));
    let mut read = 0;
    for _ in 0..3 {
        for device in &mut devices {
            if let Ok(readout) = line.poll(device).await.outcome {
                assert_true(&bus, device, &readout, "a storm");
                read += 1;
            }
        }
    }
    bus.faults(|faults| faults.by_lot(0, LATE));
    for device in &mut devices {
        let calm = line.poll(device).await.outcome;
        // What was late in the storm may still disturb the first poll after it.
        let calm = match calm {
            Ok(readout) => Ok(readout),
            Err(_) => line.poll(device).await.outcome,
        };
        assert_true(&bus, device, &calm.expect("the line is back"), "the storm");
    }
    read
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_faults_makes_no_wrong_value() {
    let mut storms = JoinSet::new();
    for protocol in PROTOCOLS {
        for model in ["tv7", "ml-dhm", "tsrv-024m", "pzem-016"] {
            storms.spawn(storm(protocol, model));
        }
    }
    let read: usize = storms.join_all().await.into_iter().sum();
    assert!(read > 0, "something was read in the storm");
}

#[tokio::test]
async fn another_meter_in_its_place_gives_no_value() {
    for protocol in PROTOCOLS {
        let bus = bus(protocol, "tv7", 1).await;
        let (mut line, mut device) = (line(&bus), device("tv7", 1));
        bus.with_meter(1, |meter| meter.replace(77));
        let fault = line
            .poll(&mut device)
            .await
            .outcome
            .expect_err("another meter");
        let expected = Fault::WrongSerial {
            expected: serial_of(1).to_string(),
            found: "77".to_owned(),
        };
        assert_eq!(fault, expected);
        // Whoever says that this is the meter now gets its values.
        device.serial = None;
        let readout = line
            .poll(&mut device)
            .await
            .outcome
            .expect("the line is fine");
        assert_eq!(readout.serial.as_deref(), Some("77"));
    }
}

#[tokio::test]
async fn a_dead_unit_leaves_the_others_alone() {
    let bus = bus(Protocol::RtuOverTcp, "tv7", 2).await;
    let mut line = line(&bus);
    let (mut dead, mut alive) = (device("tv7", 9), device("tv7", 2));
    let poll = line.poll(&mut dead).await;
    assert!(
        matches!(poll.outcome, Err(Fault::Silence(_))),
        "{:?}",
        poll.outcome
    );
    assert_eq!(poll.attempts.len(), 4);
    let readout = line.poll(&mut alive).await.outcome.expect("it is alive");
    assert_true(&bus, &alive, &readout, "a dead neighbour");
}

#[tokio::test]
async fn who_stops_waiting_leaves_a_line_in_doubt() {
    let bus = bus(Protocol::RtuOverTcp, "tv7", 1).await;
    let (mut line, mut device) = (line(&bus), device("tv7", 1));
    line.poll(&mut device)
        .await
        .outcome
        .expect("the line is fine");
    bus.faults(|faults| faults.order([None, Some(SimulatedFault::Late(LATE))]));
    let impatient = Duration::from_millis(60);
    let stopped = tokio::time::timeout(impatient, line.poll(&mut device)).await;
    assert!(stopped.is_err(), "the poll was stopped in the middle");
    let readout = line
        .poll(&mut device)
        .await
        .outcome
        .expect("the line is back");
    assert_true(&bus, &device, &readout, "a stopped poll");
}

#[tokio::test]
async fn nobody_there_is_no_link() {
    let gone = bus(Protocol::Tcp, "tv7", 1).await.endpoint().clone();
    let mut line = energokabinet::collector::driver::Line::new(gone, crate::support::timing());
    let fault = line
        .poll(&mut device("tv7", 1))
        .await
        .outcome
        .expect_err("nobody");
    assert_eq!(fault.code(), "no_link");
}
