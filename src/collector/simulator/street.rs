//! Many buses at once.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::Utc;
use tokio::time::{MissedTickBehavior, interval};

use crate::collector::driver::{Endpoint, Protocol};
use crate::collector::profile::Profile;
use crate::collector::simulator::bus::Bus;
use crate::collector::simulator::meter::Meter;

/// What a street is made of.
#[derive(Clone, Debug)]
pub struct Street {
    /// How many lines; every other one is Modbus TCP, the rest RTU through TCP.
    pub lines: u16,
    /// Meters on each, units from 1.
    pub meters: u8,
    /// The models, in turn.
    pub profiles: Vec<Profile>,
    /// Port of the first line, the others after it; 0 for any free ones.
    pub port: u16,
    /// How long a meter takes to answer.
    pub latency: Duration,
    /// Answers of a thousand that go wrong.
    pub faults_per_thousand: u64,
    /// How late a late answer is.
    pub late: Duration,
}

/// A line of a street.
pub struct StreetLine {
    /// The end of it.
    pub bus: Bus,
    /// What is on it: unit, profile, serial number.
    pub meters: Vec<(u8, String, Option<String>)>,
}

impl StreetLine {
    /// Where it is reached.
    pub fn endpoint(&self) -> &Endpoint {
        self.bus.endpoint()
    }
}

impl Street {
    /// Opens all lines on this machine.
    ///
    /// # Errors
    /// When a port cannot be listened on.
    pub async fn open(&self) -> io::Result<Vec<StreetLine>> {
        let mut lines = Vec::with_capacity(usize::from(self.lines));
        for number in 0..self.lines {
            lines.push(self.line(number).await?);
        }
        Ok(lines)
    }

    async fn line(&self, number: u16) -> io::Result<StreetLine> {
        let protocol = match number % 2 {
            0 => Protocol::Tcp,
            _ => Protocol::RtuOverTcp,
        };
        let port = match self.port {
            0 => 0,
            first => first.saturating_add(number),
        };
        let (mut meters, mut told) = (BTreeMap::new(), Vec::new());
        let models = self.profiles.iter().cycle().skip(usize::from(number));
        for (unit, profile) in (1..=self.meters).zip(models) {
            let serial = 1_000_000 + u32::from(number) * 1000 + u32::from(unit);
            let meter = Meter::new(profile.clone(), serial, Utc::now());
            told.push((unit, profile.name.clone(), meter.serial()));
            meters.insert(unit, meter);
        }
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let seed = u64::from(number);
        let bus = Bus::open(protocol, address, meters, self.latency, seed).await?;
        bus.faults(|faults| faults.by_lot(self.faults_per_thousand, self.late));
        Ok(StreetLine { bus, meters: told })
    }

    /// Lets time go by on the street until the task is stopped.
    pub async fn live(lines: &[StreetLine]) {
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            seconds.tick().await;
            for line in lines {
                line.bus.each_meter(|meter| meter.live(1, Utc::now()));
            }
        }
    }
}
