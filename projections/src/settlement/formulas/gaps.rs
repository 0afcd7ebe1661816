//! Volumes in the place of readings that did not come.

use aggregates::quantity::QuantityError;
use aggregates::time::{Period, PeriodError};
use chrono::{Datelike, NaiveDate};

use crate::rules::RunStart;
use crate::settlement::ratio::Ratio;

/// How many of the latest months with actual readings an average may and must be taken over.
#[derive(Clone, Copy, Debug)]
pub struct AverageWindow {
    /// At most: 6 since ПП 354 asks for no less and names no more.
    pub months: u32,
    /// At least: below it there is no average (п. 59(2)).
    pub least: u32,
}

/// When an averaged run begins and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub struct AverageRun {
    /// Which period is its first (rules Q1).
    pub start: RunStart,
    /// Most averaged periods in a row.
    pub periods: u32,
}

impl AverageWindow {
    /// Over how many of `available` months the average is taken; `None`: over too few, so that the
    /// norm follows at once.
    ///
    /// ПП 354 п. 59, 59(2).
    pub fn of(self, available: u32) -> Option<u32> {
        let months = available.min(self.months);
        (months >= self.least).then_some(months)
    }
}

/// П. 59: what the meter counted in so many months, by month. Averaged, normed and true-up months
/// are no part of it; months with nothing consumed are.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] for no month.
pub fn average_59(counted: &Ratio, months: u32) -> Result<Ratio, QuantityError> {
    counted.checked_div(&Ratio::from(months))
}

/// П. 60: `n · N`, the norm by persons; without K, which multiplies money only.
///
/// `persons` are those registered permanently and for a time, or the owners where there are none
/// (п. 56(2)). The norm is for a person and month.
pub fn norm_60(persons: u32, norm: &Ratio) -> Ratio {
    norm * Ratio::from(persons)
}

/// П. 62: what interference is charged for by what the equipment takes in an hour: it is taken to
/// have run day and night. In the unit of `hourly`.
///
/// ПП 354 п. 62, 81(11).
pub fn interference_62_by_capacity(hourly: &Ratio, days: u32) -> Ratio {
    hourly * Ratio::from(24_u32) * Ratio::from(days)
}

/// П. 62: the same where that is not known: the norm of a month for so many `months`, multiplied.
///
/// ПП 354 п. 62, 81(11); the factor from [`crate::rules`].
pub fn interference_62_by_norm(norm: &Ratio, months: &Ratio, factor: &Ratio) -> Ratio {
    norm * months * factor
}

/// The part of a month's volume or amount that falls on so many of its days.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] never: a month has days.
pub fn part_of_month(whole: &Ratio, days: u32, month: Period) -> Result<Ratio, QuantityError> {
    (whole * Ratio::from(days)).checked_div(&Ratio::from(month.days()))
}

/// П. 60: the first period by the norm after an event that began a run of averaged ones.
///
/// # Errors
/// [`PeriodError`] for an event outside the years of the calendar.
pub fn norm_begins_60(event: NaiveDate, run: AverageRun) -> Result<Period, PeriodError> {
    let of_event = Period::of_date(event)?;
    let first = match run.start {
        RunStart::FirstFullPeriod if event.day() > 1 => of_event.next(),
        RunStart::FirstFullPeriod | RunStart::EventPeriod => of_event,
    };
    Ok((0..run.periods).fold(first, |period, _| period.next()))
}
