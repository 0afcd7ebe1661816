//! A bus with one kind of meters, and the comparison with the truth.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use energokabinet::collector::driver::{Device, Line, Protocol, Readout, Timing};
use energokabinet::collector::profile::{self, Kind};
use energokabinet::collector::simulator::{Bus, Meter};

/// How late a late answer is: after our patience, within the time a line in doubt is listened to.
pub const LATE: Duration = Duration::from_millis(250);

/// Times that keep a test short. Patience is long against a busy machine, not against the bus.
pub fn timing() -> Timing {
    Timing {
        connect: Duration::from_secs(2),
        response: Duration::from_millis(150),
        pause: Duration::from_millis(2),
        late: Duration::from_millis(300),
        retry_pause: Duration::from_millis(20),
        retries: 3,
        budget: Duration::from_secs(20),
    }
}

/// The serial number of the meter of a unit.
pub fn serial_of(unit: u8) -> u32 {
    4_000_000 + u32::from(unit)
}

/// A bus of `units` meters of one model.
pub async fn bus(protocol: Protocol, model: &str, units: u8) -> Bus {
    let profile = profile::find(model).expect("the profile exists");
    let meters: BTreeMap<u8, Meter> = (1..=units)
        .map(|unit| {
            (
                unit,
                Meter::new(profile.clone(), serial_of(unit), Utc::now()),
            )
        })
        .collect();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Bus::open(protocol, address, meters, Duration::ZERO, 7)
        .await
        .expect("the bus opens")
}

/// A line to the bus.
pub fn line(bus: &Bus) -> Line {
    Line::new(bus.endpoint().clone(), timing())
}

/// The device of a unit, known by its serial number where it tells one.
pub fn device(model: &str, unit: u8) -> Device {
    let profile = profile::find(model).expect("the profile exists");
    let serial = profile.serial().map(|_| serial_of(unit).to_string());
    Device::new(profile, unit, serial)
}

/// Every value is what the meter says beside the wire. Its clock may have gone on.
pub fn assert_true(bus: &Bus, device: &Device, readout: &Readout, after: &str) {
    let registers = &device.profile.registers;
    let fence = usize::from(device.profile.serial().is_some());
    assert_eq!(readout.values.len(), registers.len() - fence, "{after}");
    for told in &readout.values {
        let register = &registers[told.register];
        let truth = bus.with_meter(device.unit, |meter| meter.truth(told.register));
        if register.kind != Kind::Clock {
            assert_eq!(
                told.observed.as_ref().ok(),
                truth.flatten().as_ref(),
                "{register} after {after}"
            );
        }
    }
}
