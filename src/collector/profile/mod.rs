//! A device profile: what a model of meter keeps in which registers, as data.
//!
//! `docs/formats/device-profile.md` describes the file for people who add a device.

mod archive;
mod build;
mod encoding;
mod error;
mod file;
mod library;
mod order;
#[cfg(test)]
mod tests;
mod unit;

use std::fmt;

use rust_decimal::Decimal;

pub use archive::{Archive, RecordKind, SelectField, Stamp};
pub use encoding::{DateField, Encoding};
pub use error::ProfileError;
pub use file::{ArchiveFile, DefaultsFile, LimitsFile, ProfileFile, RegisterFile};
pub use library::{all, find};
pub use order::Order;
pub use unit::DeviceUnit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The quantity by which a device says which one it is.
pub const SERIAL: &str = "serial";

/// A model of device, checked: every register of it can be read and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Short name, as typed: `tv7`.
    pub name: String,
    /// The model's own name.
    pub title: String,
    /// Where the facts come from.
    pub source: String,
    /// What a reader of the profile should know.
    pub note: Option<String>,
    /// How much may be asked at once.
    pub limits: Limits,
    /// What can be read, in the order of the file.
    pub registers: Vec<Register>,
    /// Its archive, where it keeps one that a standard driver can read.
    pub archive: Option<Archive>,
}

impl Profile {
    /// The register that holds the serial number, where the model has one.
    pub fn serial(&self) -> Option<&Register> {
        let is_serial =
            |register: &&Register| register.kind == Kind::Identity && register.quantity == SERIAL;
        self.registers.iter().find(is_serial)
    }
}

/// How much a device lets itself be asked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Registers in one request, 1 to 125.
    pub max_registers: u16,
    /// Registers nobody asked for that may be read to join two requests into one.
    pub max_gap: u16,
}

/// One value of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// What it is: `heat`, `volume`, `serial` …
    pub quantity: String,
    /// Of which pipe, input, phase or system; none where there is only one.
    pub channel: Option<String>,
    /// What it is good for.
    pub kind: Kind,
    /// Which of the two tables of a Modbus device.
    pub table: Table,
    /// Zero-based address of its first register.
    pub address: u16,
    /// How it is written.
    pub encoding: Encoding,
    /// Order of its words and bytes.
    pub order: Order,
    /// The part of it that counts, where it shares its registers with another value.
    pub bits: Option<Bits>,
    /// Unit of the scaled number; none for what is counted without one.
    pub unit: Option<DeviceUnit>,
    /// What the written number is multiplied by, exactly.
    pub scale: Decimal,
    /// What is added after scaling.
    pub offset: Decimal,
    /// Raw patterns that say “no value”.
    pub absent: Vec<u64>,
    /// What a reader should know.
    pub note: Option<String>,
}

impl Register {
    /// How many 16-bit registers it takes.
    pub fn words(&self) -> u16 {
        self.encoding.words()
    }

    /// The address after its last register; up to 65 536, hence the wider type.
    pub fn end(&self) -> u32 {
        u32::from(self.address) + u32::from(self.words())
    }
}

impl fmt::Display for Register {
    /// `heat (tv1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quantity)?;
        match &self.channel {
            Some(channel) => write!(f, " ({channel})"),
            None => Ok(()),
        }
    }
}

/// A field of some bits: `width` bits, the lowest of them bit `shift` of the written number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// The lowest bit, 0 to 63.
    pub shift: u32,
    /// How many bits, 1 to 64.
    pub width: u32,
}

/// What a value is good for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A counter that only grows: what consumption is the difference of.
    Total,
    /// What passed in the period of a record.
    Amount,
    /// What is measured at this moment, or the mean of a record's period.
    Instant,
    /// A counter of time: hours of work, hours of an abnormal situation.
    Timer,
    /// A word whose bits each say something.
    Flags,
    /// The device's own clock.
    Clock,
    /// Who the device is.
    Identity,
}

impl Kind {
    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Total => "нарастающий итог",
            Self::Amount => "за период записи",
            Self::Instant => "текущее значение",
            Self::Timer => "счётчик времени",
            Self::Flags => "флаги",
            Self::Clock => "часы прибора",
            Self::Identity => "сведения о приборе",
        }
    }
}

/// The two tables of 16-bit registers; one address in both is two different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Holding registers, function 3.
    Holding,
    /// Input registers, function 4.
    Input,
}

impl Table {
    /// The function that reads it.
    pub fn function(self) -> u8 {
        match self {
            Self::Holding => 3,
            Self::Input => 4,
        }
    }
}
