//! Moments of a device's clock.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::collector::decode::{DecodeError, Observed, Value, bcd, unsigned};
use crate::collector::profile::DateField;

/// Years of two digits are of this century.
const CENTURY: i32 = 2000;

/// Seconds since 1970 in 4 bytes. Zero is a clock that was never set.
pub(super) fn unix(bytes: &[u8]) -> Result<Observed, DecodeError> {
    if says_nothing(bytes) || unsigned(bytes) == 0 {
        return Ok(Observed::Absent);
    }
    let seconds = i64::try_from(unsigned(bytes)).map_err(|_| DecodeError::NoSuchMoment)?;
    let moment: Option<DateTime<Utc>> = DateTime::from_timestamp(seconds, 0);
    let moment = moment.ok_or(DecodeError::NoSuchMoment)?;
    Ok(Observed::Value(Value::Utc(moment)))
}

/// A civil date and time of `fields`; parts that are not told are zero.
pub(super) fn civil(
    bytes: &[u8],
    fields: &[DateField],
    is_bcd: bool,
) -> Result<Observed, DecodeError> {
    if says_nothing(bytes) {
        return Ok(Observed::Absent);
    }
    let mut parts = Parts::default();
    let mut rest = bytes;
    for field in fields {
        let (part, after) = rest.split_at(field.bytes());
        rest = after;
        parts.set(*field, part, is_bcd)?;
    }
    let moment = parts.moment().ok_or(DecodeError::NoSuchMoment)?;
    Ok(Observed::Value(Value::Civil(moment)))
}

/// All ones: the record or the clock is empty.
fn says_nothing(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xff)
}

#[derive(Default)]
struct Parts {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Parts {
    fn set(&mut self, field: DateField, part: &[u8], is_bcd: bool) -> Result<(), DecodeError> {
        if field == DateField::Skipped {
            return Ok(());
        }
        let turned: Vec<u8> = match field {
            DateField::YearLittleEndian => part.iter().rev().copied().collect(),
            _ => part.to_vec(),
        };
        let number = match is_bcd {
            true => bcd(&turned)?,
            false => unsigned(&turned),
        };
        let number = u32::try_from(number).map_err(|_| DecodeError::NoSuchMoment)?;
        match field {
            DateField::Second => self.second = number,
            DateField::Minute => self.minute = number,
            DateField::Hour => self.hour = number,
            DateField::Day => self.day = number,
            DateField::Month => self.month = number,
            DateField::YearOfCentury if number > 99 => return Err(DecodeError::NoSuchMoment),
            DateField::YearOfCentury => self.year = CENTURY + year(number)?,
            DateField::YearLittleEndian => self.year = year(number)?,
            DateField::Skipped => (),
        }
        Ok(())
    }

    fn moment(&self) -> Option<NaiveDateTime> {
        let date = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        date.and_hms_opt(self.hour, self.minute, self.second)
    }
}

fn year(number: u32) -> Result<i32, DecodeError> {
    i32::try_from(number).map_err(|_| DecodeError::NoSuchMoment)
}
