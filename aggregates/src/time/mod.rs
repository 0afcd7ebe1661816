//! Settlement periods, intervals and the time zone of a house.

pub mod instant;
mod interval;
mod period;
mod zone;

pub use chrono_tz::Tz;
pub use instant::InstantError;
pub use interval::{DateSpan, Interval, TimeError};
pub use period::{Period, PeriodError};
pub use zone::{UnknownZone, ZoneName};

#[cfg(test)]
mod tests;
