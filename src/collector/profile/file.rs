//! The profile as it is written down. Names and fields are the format of the files.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::collector::profile::{Bits, DeviceUnit, Kind, Order, RecordKind, Stamp};

/// A device profile (docs/formats/device-profile.md).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileFile {
    /// Short name: lower-case Latin letters, digits and hyphens; the name of the file.
    pub name: String,
    /// The model as its maker calls it.
    pub title: String,
    /// Where the facts come from, so that a doubt can be followed up.
    pub source: String,
    /// What somebody who installs one should know.
    pub note: Option<String>,
    /// How much may be asked at once.
    #[serde(default)]
    pub limits: LimitsFile,
    /// What registers have that do not say otherwise.
    #[serde(default)]
    pub defaults: DefaultsFile,
    /// What can be read.
    pub registers: Vec<RegisterFile>,
    /// Records of closed periods, where the device keeps them.
    pub archive: Option<ArchiveFile>,
}

/// How records of the archive are asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveFile {
    /// Which end of its period the date of a record names.
    pub stamp: Stamp,
    /// First register that says which record is wanted; written by function 16. It is the only
    /// thing that is ever written to a device.
    pub select: u16,
    /// The bytes written there: words of a date's layout, and `kind`.
    pub select_layout: String,
    /// Where the record then is.
    pub read: u16,
    /// How many registers it has, 1 to 125.
    pub count: u16,
    /// The bytes of the date at its beginning.
    pub date_layout: String,
    /// The kinds of records, each with the number that selects it.
    pub kinds: BTreeMap<RecordKind, u8>,
    /// What a record says: addresses as they are while it is selected.
    pub registers: Vec<RegisterFile>,
}

/// How much a device lets itself be asked at once.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsFile {
    /// Registers in one request, 1 to 125 (the most a Modbus frame holds).
    pub max_registers: u16,
    /// Registers nobody asked for that may be read to join two requests into one.
    pub max_gap: u16,
}

impl Default for LimitsFile {
    fn default() -> Self {
        Self {
            max_registers: 125,
            max_gap: 0,
        }
    }
}

/// What registers have that do not say otherwise.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefaultsFile {
    /// Function that reads them: 3 (holding) or 4 (input).
    pub function: Option<u8>,
    /// Order of words and bytes.
    pub order: Option<Order>,
}

/// One value of a device.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterFile {
    /// Zero-based address of the first 16-bit register.
    pub address: u16,
    /// How it is written: `u32`, `f64`, `bcd32`, `string16`, `date`, …
    #[serde(rename = "type")]
    pub encoding: String,
    /// Bytes of a `date` or `date_bcd`, in the order of the wire: `month day hour yy …`.
    pub layout: Option<String>,
    /// What it is: `heat`, `volume`, `temperature`, `serial`, …
    pub quantity: String,
    /// Of which pipe, input, phase or system.
    pub channel: Option<String>,
    /// What it is good for.
    pub kind: Kind,
    /// Unit of the scaled number.
    pub unit: Option<DeviceUnit>,
    /// Function that reads it: 3 (holding) or 4 (input).
    pub function: Option<u8>,
    /// Order of words and bytes.
    pub order: Option<Order>,
    /// Exact factor, as a decimal string: `"0.001"`.
    pub scale: Option<String>,
    /// Added after scaling, as a decimal string.
    pub offset: Option<String>,
    /// The bits of it that count.
    pub bits: Option<Bits>,
    /// Raw patterns that say “no value”, hexadecimal: `"0xFFFFFFFF"`.
    #[serde(default)]
    pub absent: Vec<String>,
    /// What a reader should know.
    pub note: Option<String>,
}
