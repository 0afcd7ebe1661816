//! What a poll asks of and what it gives.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::collector::decode::{DecodeError, Observed};
use crate::collector::driver::{Fault, Plan};
use crate::collector::profile::Profile;

/// A device on a line, as it is polled.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its model.
    pub profile: Profile,
    /// Its address on the line.
    pub unit: u8,
    /// The serial number it is known by; none until it was told for the first time.
    pub serial: Option<String>,
    /// The requests for it.
    pub plan: Plan,
}

impl Device {
    /// A device of that model.
    pub fn new(profile: Profile, unit: u8, serial: Option<String>) -> Self {
        let plan = Plan::of(&profile);
        Self {
            profile,
            unit,
            serial,
            plan,
        }
    }
}

/// A poll: every attempt, and what came of the last one.
#[derive(Clone, Debug)]
pub struct Poll {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
    /// The values, or why there are none.
    pub outcome: Result<Readout, Fault>,
    /// How long it took.
    pub took: Duration,
}

/// One attempt of a poll.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// The requests made.
    pub exchanges: Vec<Exchange>,
    /// What ended it; none when it gave the values.
    pub fault: Option<Fault>,
}

/// A request and what came for it, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What was sent.
    pub sent: Vec<u8>,
    /// What came.
    pub received: Vec<u8>,
    /// From sending to the end of the answer or of the patience.
    pub took: Duration,
}

/// What a device said, all of it in one attempt and behind the fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readout {
    /// The serial number it told, where its profile has one.
    pub serial: Option<String>,
    /// The values, by the profile's order of registers.
    pub values: Vec<Told>,
    /// When the last of them was read.
    pub read_at: DateTime<Utc>,
}

/// One value of a readout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Index of the register in the profile.
    pub register: usize,
    /// What it said, or why that is unknown.
    pub observed: Result<Observed, Missing>,
}

/// Why a device that answers gives no value of a register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It refuses the address (exception 1, 2 or 3).
    #[error("прибор отказал в чтении: исключение {0}")]
    Refused(u8),
    /// What it said is none of the profile's.
    #[error("значение не читается: {0}")]
    Undecodable(DecodeError),
}
