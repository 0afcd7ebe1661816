//! Import of a house file: what it says, turned into commands and recorded in one unit of work.

mod apply;
mod commands;
pub mod file;
mod file_metering;
mod file_premises;
mod metering;
mod record;

pub(crate) use commands::{Organisations, absence};
pub(crate) use metering::{meter_commands, meter_id, point_id};

pub use apply::{EntryOutcome, EntryStatus, HouseImport, apply, organisations};
pub use record::{RecordHouseError, record_house};
