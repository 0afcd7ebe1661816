//! Days and months of a house.

use aggregates::time::{Period, ZoneName};
use chrono::{DateTime, Days, Utc};

/// An instant outside the years that periods are defined for (1901–2199).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfCalendar;

/// The calendar month of the house in which `instant` lies.
pub(crate) fn month_of(instant: DateTime<Utc>, zone: ZoneName) -> Result<Period, OutOfCalendar> {
    Period::containing(instant, zone).map_err(|_| OutOfCalendar)
}

/// First instant of the period and of the next one.
pub(crate) fn bounds(
    period: Period,
    zone: ZoneName,
) -> Result<(DateTime<Utc>, DateTime<Utc>), OutOfCalendar> {
    let interval = period.interval(zone).ok_or(OutOfCalendar)?;
    Ok((interval.from(), interval.until()))
}

/// First instant of the house's day in which `instant` lies.
pub(crate) fn day_start(
    instant: DateTime<Utc>,
    zone: ZoneName,
) -> Result<DateTime<Utc>, OutOfCalendar> {
    zone.start_of(zone.local_date(instant)).ok_or(OutOfCalendar)
}

/// First instant of the house's day after the one in which `instant` lies.
pub(crate) fn day_end(
    instant: DateTime<Utc>,
    zone: ZoneName,
) -> Result<DateTime<Utc>, OutOfCalendar> {
    let next = zone
        .local_date(instant)
        .checked_add_days(Days::new(1))
        .ok_or(OutOfCalendar)?;
    zone.start_of(next).ok_or(OutOfCalendar)
}
