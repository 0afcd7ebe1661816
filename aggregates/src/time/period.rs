//! Расчётный период: a calendar month in the time zone of the house (ПП 354 п. 37).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::{Interval, ZoneName};

/// A text that is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("«{0}» — не расчётный период: нужны год и месяц вида 2026-03, годы с 1901 по 2199")]
pub struct PeriodError(String);

/// A calendar month; in JSON `"2026-03"`. Years 1901 to 2199.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Period {
    first_day: NaiveDate,
}

const FIRST_YEAR: i32 = 1901;
const END_YEAR: i32 = 2200;

const MONTHS_RU: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];

impl Period {
    /// The month `month` (1–12) of `year`.
    ///
    /// # Errors
    /// [`PeriodError`] outside 1901-01 to 2199-12.
    pub fn new(year: i32, month: u32) -> Result<Self, PeriodError> {
        NaiveDate::from_ymd_opt(year, month, 1)
            .filter(|first| (FIRST_YEAR..END_YEAR).contains(&first.year()))
            .map(|first_day| Self { first_day })
            .ok_or_else(|| PeriodError(format!("{year}-{month}")))
    }

    /// The month that `date` lies in.
    ///
    /// # Errors
    /// [`PeriodError`] outside 1901-01 to 2199-12.
    pub fn of_date(date: NaiveDate) -> Result<Self, PeriodError> {
        Self::new(date.year(), date.month())
    }

    /// The month whose [`interval`](Self::interval) in `zone` holds `instant`: that of the date on
    /// the wall.
    ///
    /// # Errors
    /// [`PeriodError`] outside 1901-01 to 2199-12.
    pub fn containing(instant: DateTime<Utc>, zone: ZoneName) -> Result<Self, PeriodError> {
        let by_date = Self::of_date(zone.local_date(instant))?;
        // Where clocks go back over the midnight between two months, the date on the wall returns
        // to the old month after the new one has begun.
        match by_date.interval(zone) {
            Some(interval) if instant >= interval.until() => Ok(by_date.next()),
            _ => Ok(by_date),
        }
    }

    /// Year.
    pub fn year(self) -> i32 {
        self.first_day.year()
    }

    /// Month, 1–12.
    pub fn month(self) -> u32 {
        self.first_day.month()
    }

    /// First day.
    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// Last day.
    pub fn last_day(self) -> NaiveDate {
        let next = self.first_day.checked_add_months(Months::new(1));
        next.and_then(|first| first.pred_opt())
            .unwrap_or(self.first_day)
    }

    /// Number of days.
    pub fn days(self) -> u32 {
        self.last_day().day()
    }

    /// The month after; 2199-12 stays itself.
    pub fn next(self) -> Self {
        self.plus_months(1)
    }

    /// The month before; 1901-01 stays itself.
    pub fn previous(self) -> Self {
        self.plus_months(-1)
    }

    /// The month `count` later, or earlier when negative, but never beyond 1901-01 or 2199-12: a
    /// month outside could be written and not read back.
    pub fn plus_months(self, count: i32) -> Self {
        let month = self.ordinal().saturating_add(count);
        let month = month.clamp(FIRST_YEAR * 12, END_YEAR * 12 - 1);
        let number = u32::try_from(month % 12).unwrap_or_default() + 1;
        Self::new(month / 12, number).unwrap_or(self)
    }

    /// Months since the year 0.
    fn ordinal(self) -> i32 {
        self.year() * 12 + self.first_day.month0().cast_signed()
    }

    /// Months from `self` to `later`; negative when `later` is the earlier one.
    pub fn months_until(self, later: Self) -> i32 {
        later.ordinal() - self.ordinal()
    }

    /// The instants of the month in `zone`, from midnight of its first day to midnight after its
    /// last; `None` only beyond the calendar's ends.
    pub fn interval(self, zone: ZoneName) -> Option<Interval> {
        let from = zone.start_of(self.first_day)?;
        let until = zone.start_of(self.last_day().succ_opt()?)?;
        Interval::new(from, until).ok()
    }

    /// `март 2026`.
    pub fn title_ru(self) -> String {
        let month = usize::try_from(self.first_day.month0()).unwrap_or_default();
        format!("{} {}", MONTHS_RU[month], self.year())
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || PeriodError(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(refuse)?;
        // The parsers of numbers would also read “+3”.
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(refuse());
        }
        let year = year.parse().map_err(|_| refuse())?;
        let month = month.parse().map_err(|_| refuse())?;
        Self::new(year, month).map_err(|_| refuse())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}
