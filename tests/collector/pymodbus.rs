//! The driver against a device by others: pymodbus, which `bin/test` installs.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use chrono::NaiveDate;
use energokabinet::collector::decode::{Observed, Value};
use energokabinet::collector::driver::{Device, Endpoint, Line, Protocol, Readout};
use energokabinet::collector::profile;

use crate::support::timing;

/// A peer that ends with the value.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The peer and where it listens; none where pymodbus is not to be had (`bin/test` says so).
fn peer(protocol: Protocol) -> Option<(Peer, Endpoint)> {
    let python = std::env::var_os("ENERGOKABINET_PYMODBUS")?;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/collector/pymodbus_peer.py"
    );
    let framer = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::RtuOverTcp => "rtu",
    };
    let mut command = Command::new(python);
    command
        .args([script, framer])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut peer = Peer(command.spawn().expect("the peer starts"));
    let out = peer.0.stdout.take().expect("its output is ours");
    let port = BufReader::new(out)
        .lines()
        .next()
        .expect("it says its port");
    let address = format!("127.0.0.1:{}", port.expect("its output is text"));
    Some((peer, Endpoint { protocol, address }))
}

fn said(readout: &Readout, quantity: &str, channel: &str) -> Option<Observed> {
    let profile = profile::find("tv7").expect("the profile exists");
    let told = readout.values.iter().find(|told| {
        let register = &profile.registers[told.register];
        register.quantity == quantity && register.channel.as_deref().unwrap_or("") == channel
    });
    told.and_then(|told| told.observed.clone().ok())
}

fn number(text: &str) -> Option<Observed> {
    let number = text.parse().expect("a decimal");
    Some(Observed::Value(Value::Number(number)))
}

async fn reads_the_peer(protocol: Protocol) {
    let Some((_peer, endpoint)) = peer(protocol) else {
        return;
    };
    let mut line = Line::new(endpoint, timing());
    let profile = profile::find("tv7").expect("the profile exists");
    let mut device = Device::new(profile, 1, Some("1234567".to_owned()));
    let readout = line
        .poll(&mut device)
        .await
        .outcome
        .expect("the peer answers");
    assert_eq!(said(&readout, "volume", "tv1.pipe1"), number("1234.5678"));
    assert_eq!(said(&readout, "heat", "tv1"), number("98.765"));
    assert_eq!(said(&readout, "t_norm", "tv1"), number("4321"));
    assert_eq!(said(&readout, "temperature", "tv1.pipe1"), number("24.84"));
    assert_eq!(
        said(&readout, "pressure", "tv1.pipe1"),
        Some(Observed::Absent)
    );
    let clock = NaiveDate::from_ymd_opt(2026, 11, 27).and_then(|day| day.and_hms_opt(13, 5, 42));
    let clock = clock.map(|clock| Observed::Value(Value::Civil(clock)));
    assert_eq!(said(&readout, "clock", ""), clock);
    device.serial = Some("7654321".to_owned());
    let stranger = line
        .poll(&mut device)
        .await
        .outcome
        .expect_err("another number");
    assert_eq!(stranger.code(), "wrong_serial");
}

#[tokio::test]
async fn a_pymodbus_device_is_read_by_modbus_tcp() {
    reads_the_peer(Protocol::Tcp).await;
}

#[tokio::test]
async fn a_pymodbus_device_is_read_by_rtu_through_tcp() {
    reads_the_peer(Protocol::RtuOverTcp).await;
}
