//! Instants in JSON, to the microsecond: `#[serde(with = "crate::time::instant")]`.
//!
//! PostgreSQL keeps microseconds, so a finer instant would not come back as it went in: it is
//! refused. Written as RFC 3339 in UTC, `2026-03-01T06:30:00Z`, with a fraction of a second only
//! when it is not zero, then of three or six digits: `06:30:00.500Z`, `06:30:00.000001Z`. That is
//! also what chrono's own serde writes for such an instant. Read with any offset.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serializer, de, ser};

const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;
const NANOSECONDS_PER_MICROSECOND: u32 = 1_000;
/// Digits of a fraction of a second down to the microsecond.
const FRACTION_DIGITS: usize = 6;
/// Where a `T` parts date and time.
const TIME_MARK: usize = 10;

/// A text or an instant that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// The text is not an instant.
    #[error(
        "«{0}» — не момент времени: нужны дата, время и смещение, например \
         2026-03-01T09:30:00+03:00 или 2026-03-01T06:30:00Z"
    )]
    NotAnInstant(String),
    /// Finer than a microsecond.
    #[error("«{0}»: время хранится с точностью до микросекунды; уберите лишние знаки")]
    TooFine(String),
    /// A leap second, which no database and no device keeps.
    #[error("«{0}»: 60-я секунда минуты не хранится; укажите 59-ю или начало следующей минуты")]
    LeapSecond(String),
    /// Outside the years 1 to 9999.
    #[error("«{0}»: год вне диапазона от 1 до 9999")]
    YearOutOfRange(String),
}

/// `instant` itself, if it can be kept: whole microseconds, no leap second, a year from 1 to 9999.
///
/// # Errors
/// [`InstantError`] names what is wrong.
pub fn checked(instant: DateTime<Utc>) -> Result<DateTime<Utc>, InstantError> {
    let text = instant.to_rfc3339();
    if instant.nanosecond() >= NANOSECONDS_PER_SECOND {
        return Err(InstantError::LeapSecond(text));
    }
    if !instant
        .nanosecond()
        .is_multiple_of(NANOSECONDS_PER_MICROSECOND)
    {
        return Err(InstantError::TooFine(text));
    }
    match (1..=9999).contains(&instant.year()) {
        true => Ok(instant),
        false => Err(InstantError::YearOutOfRange(text)),
    }
}

/// The canonical text.
///
/// # Errors
/// As [`checked`].
pub fn to_text(instant: DateTime<Utc>) -> Result<String, InstantError> {
    checked(instant).map(|instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Reads RFC 3339 with any offset.
///
/// # Errors
/// [`InstantError::NotAnInstant`], or as [`checked`].
pub fn parse(text: &str) -> Result<DateTime<Utc>, InstantError> {
    let refuse = || InstantError::NotAnInstant(text.to_owned());
    // chrono would also take a space or a small t, and drop the digits after the ninth.
    if text.as_bytes().get(TIME_MARK) != Some(&b'T') {
        return Err(refuse());
    }
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| refuse())?;
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.split(|c: char| !c.is_ascii_digit()).next();
    if digits.is_some_and(|digits| digits.trim_end_matches('0').len() > FRACTION_DIGITS) {
        return Err(InstantError::TooFine(text.to_owned()));
    }
    checked(instant.to_utc())
}

/// Writes the canonical text.
///
/// # Errors
/// As [`checked`].
pub fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*instant).map_err(ser::Error::custom)?)
}

/// Reads as [`parse`].
///
/// # Errors
/// As [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// The same for `Option<DateTime<Utc>>`; with `#[serde(default)]` the field may be left out.
pub mod option {
    use super::{DateTime, Deserialize, Deserializer, Serializer, Utc, de};

    /// Writes the canonical text or `null`.
    ///
    /// # Errors
    /// As [`super::checked`].
    pub fn serialize<S: Serializer>(
        instant: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match instant {
            None => serializer.serialize_none(),
            Some(instant) => super::serialize(instant, serializer),
        }
    }

    /// Reads as [`super::parse`], or `null`.
    ///
    /// # Errors
    /// As [`super::parse`].
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let instant = text.map(|text| super::parse(&text));
        instant.transpose().map_err(de::Error::custom)
    }
}
