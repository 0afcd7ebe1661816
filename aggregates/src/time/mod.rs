//! Settlement periods, intervals and the time zone of a house.

mod interval;
mod period;
mod zone;

pub use chrono_tz::Tz;
pub use interval::{DateSpan, Interval, TimeError};
pub use period::{Period, PeriodError};
pub use zone::{UnknownZone, ZoneName};
