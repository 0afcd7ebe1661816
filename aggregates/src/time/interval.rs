//! Half-open intervals of time and spans of days.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An interval that holds nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The end does not lie after the beginning.
    #[error("конец {until} должен быть позже начала {from}")]
    EmptyOrReversed {
        /// The beginning.
        from: String,
        /// The end.
        until: String,
    },
}

/// From an instant (included) until another (not included).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "RawInterval", into = "RawInterval")]
#[schemars(with = "RawInterval")]
pub struct Interval {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// A half-open interval of time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Interval")]
struct RawInterval {
    /// First instant inside.
    from: DateTime<Utc>,
    /// First instant after.
    until: DateTime<Utc>,
}

impl Interval {
    /// From `from` until `until`.
    ///
    /// # Errors
    /// [`TimeError::EmptyOrReversed`].
    pub fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Self, TimeError> {
        match from < until {
            true => Ok(Self { from, until }),
            false => Err(TimeError::EmptyOrReversed {
                from: from.to_rfc3339(),
                until: until.to_rfc3339(),
            }),
        }
    }

    /// First instant inside.
    pub fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// First instant after.
    pub fn until(self) -> DateTime<Utc> {
        self.until
    }

    /// Length.
    pub fn duration(self) -> TimeDelta {
        self.until - self.from
    }

    /// Whether `instant` lies inside.
    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && instant < self.until
    }

    /// Whether the two have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether one begins where the other ends.
    pub fn abuts(self, other: Self) -> bool {
        self.until == other.from || other.until == self.from
    }

    /// What the two have in common.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until)).ok()
    }
}

impl TryFrom<RawInterval> for Interval {
    type Error = TimeError;

    fn try_from(raw: RawInterval) -> Result<Self, Self::Error> {
        Self::new(raw.from, raw.until)
    }
}

impl From<Interval> for RawInterval {
    fn from(interval: Interval) -> Self {
        Self {
            from: interval.from,
            until: interval.until,
        }
    }
}

/// Days for which a fact holds: from a day (included) until another (not included), or open.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "RawDateSpan", into = "RawDateSpan")]
#[schemars(with = "RawDateSpan")]
pub struct DateSpan {
    from: NaiveDate,
    until: Option<NaiveDate>,
}

/// A half-open span of days.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DateSpan")]
struct RawDateSpan {
    /// First day inside.
    from: NaiveDate,
    /// First day after; absent while the fact holds on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
}

impl DateSpan {
    /// From `from` until `until`.
    ///
    /// # Errors
    /// [`TimeError::EmptyOrReversed`].
    pub fn new(from: NaiveDate, until: Option<NaiveDate>) -> Result<Self, TimeError> {
        match until {
            Some(until) if until <= from => Err(TimeError::EmptyOrReversed {
                from: from.to_string(),
                until: until.to_string(),
            }),
            _ => Ok(Self { from, until }),
        }
    }

    /// From `from` on, without end.
    pub fn since(from: NaiveDate) -> Self {
        Self { from, until: None }
    }

    /// First day inside.
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// First day after, where there is an end.
    pub fn until(self) -> Option<NaiveDate> {
        self.until
    }

    /// Whether `date` lies inside.
    pub fn contains(self, date: NaiveDate) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }

    /// Whether the two have a day in common.
    pub fn overlaps(self, other: Self) -> bool {
        other.until.is_none_or(|until| self.from < until)
            && self.until.is_none_or(|until| other.from < until)
    }
}

impl TryFrom<RawDateSpan> for DateSpan {
    type Error = TimeError;

    fn try_from(raw: RawDateSpan) -> Result<Self, Self::Error> {
        Self::new(raw.from, raw.until)
    }
}

impl From<DateSpan> for RawDateSpan {
    fn from(span: DateSpan) -> Self {
        Self {
            from: span.from,
            until: span.until,
        }
    }
}
