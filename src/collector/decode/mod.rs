//! From registers to exact values.
//!
//! Pure: the same words give the same value. What cannot be read is an error, what the device says
//! it does not have is absent, and neither is ever zero.

mod error;
mod float;
mod moment;
#[cfg(test)]
mod tests;

use std::fmt;

use aggregates::quantity::exact;
use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

pub use error::DecodeError;

use crate::collector::profile::{Bits, Encoding, Kind, Register};

/// A value as a device told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number in the unit of its register, scaled.
    Number(Decimal),
    /// A word of flags, as it is.
    Flags(u64),
    /// A text, without what it was filled up with.
    Text(String),
    /// A moment of the device's own civil clock; its zone is that of the place.
    Civil(NaiveDateTime),
    /// A moment that the device tells in UTC.
    Utc(DateTime<Utc>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Flags(flags) => write!(f, "0x{flags:X}"),
            Self::Text(text) => f.write_str(text),
            Self::Civil(moment) => moment.format("%d.%m.%Y %H:%M:%S").fmt(f),
            Self::Utc(moment) => moment.format("%d.%m.%Y %H:%M:%S UTC").fmt(f),
        }
    }
}

/// What a register said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// A value.
    Value(Value),
    /// The device has none: a pattern of the profile, NaN, a date of all ones.
    Absent,
}

/// Reads `register` from the words that an answer holds for it.
///
/// # Errors
/// [`DecodeError`] when the words are none that the profile describes.
pub fn decode(register: &Register, words: &[u16]) -> Result<Observed, DecodeError> {
    if words.len() != usize::from(register.words()) {
        return Err(DecodeError::Length {
            asked: register.words(),
            got: words.len(),
        });
    }
    let padded = register.encoding.bytes_of(register.order, words);
    let bytes = unpadded(&register.encoding, &padded)?;
    if is_absent(register, bytes) {
        return Ok(Observed::Absent);
    }
    match &register.encoding {
        Encoding::Unsigned(_) => whole(register, unsigned(bytes)),
        Encoding::Signed(_) => number(register, Decimal::from(signed(bytes))),
        Encoding::Bcd(_) => number(register, Decimal::from(bcd(bytes)?)),
        Encoding::Float32 => real(register, float::of_f32(bytes)?),
        Encoding::Float64 => real(register, float::of_f64(bytes)?),
        Encoding::WholeAndFraction { signed } => {
            let sum = float::whole_and_fraction(bytes, *signed)?;
            real(register, sum)
        }
        Encoding::Text(_) => text(bytes).map(|text| Observed::Value(Value::Text(text))),
        Encoding::UnixSeconds => moment::unix(bytes),
        Encoding::Date { fields, bcd } => moment::civil(bytes, fields, *bcd),
    }
}

/// The bytes of the value itself: an odd number of them shares its registers with filling, which
/// stands before a number and after a text or a date.
fn unpadded<'b>(encoding: &Encoding, padded: &'b [u8]) -> Result<&'b [u8], DecodeError> {
    let spare = padded.len() - encoding.bytes();
    match encoding {
        Encoding::Text(_) | Encoding::Date { .. } => Ok(&padded[..encoding.bytes()]),
        _ => {
            let (filling, value) = padded.split_at(spare);
            let sign = match encoding {
                Encoding::Signed(_) if value[0] >= 0x80 => 0xff,
                _ => 0,
            };
            match filling.iter().all(|byte| *byte == sign) {
                true => Ok(value),
                // A field that somebody else writes to: the profile should say so with `bits`.
                false => Err(DecodeError::Filling),
            }
        }
    }
}

/// Whether the bytes are one of the patterns that say “no value”.
fn is_absent(register: &Register, bytes: &[u8]) -> bool {
    bytes.len() <= 8 && register.absent.contains(&unsigned(bytes))
}

fn unsigned(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn signed(bytes: &[u8]) -> i64 {
    let filling = match bytes.first() {
        Some(0x80..) => 0xff,
        _ => 0,
    };
    let mut wide = [filling; 8];
    wide[8 - bytes.len()..].copy_from_slice(bytes);
    i64::from_be_bytes(wide)
}

fn bcd(bytes: &[u8]) -> Result<u64, DecodeError> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .into_iter()
        .try_fold(0_u64, |number, digit| match digit {
            0..=9 => Ok(number * 10 + u64::from(digit)),
            _ => Err(DecodeError::NotDecimal),
        })
}

/// A whole number without a sign: flags, the digits of a serial number, or a quantity.
fn whole(register: &Register, raw: u64) -> Result<Observed, DecodeError> {
    let raw = register.bits.map_or(raw, |bits| field(raw, bits));
    match register.kind {
        Kind::Flags => Ok(Observed::Value(Value::Flags(raw))),
        _ => number(register, Decimal::from(raw)),
    }
}

fn field(raw: u64, bits: Bits) -> u64 {
    let above = 64_u32.saturating_sub(bits.width);
    raw.checked_shr(bits.shift).unwrap_or(0) & u64::MAX.checked_shr(above).unwrap_or(0)
}

/// NaN says that nothing was measured.
fn real(register: &Register, number_or_nan: Option<Decimal>) -> Result<Observed, DecodeError> {
    match number_or_nan {
        Some(value) => number(register, value),
        None => Ok(Observed::Absent),
    }
}

fn number(register: &Register, written: Decimal) -> Result<Observed, DecodeError> {
    if register.kind == Kind::Identity {
        return Ok(Observed::Value(Value::Text(written.to_string())));
    }
    let scaled = exact::mul(written, register.scale)?;
    let value = exact::add(scaled, register.offset)?;
    Ok(Observed::Value(Value::Number(value)))
}

/// Printable ASCII up to the first zero byte, without spaces around it.
fn text(bytes: &[u8]) -> Result<String, DecodeError> {
    let told = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let printable = told.iter().all(|byte| matches!(byte, b' '..=b'~'));
    match printable {
        true => Ok(String::from_utf8_lossy(told).trim().to_owned()),
        false => Err(DecodeError::NotText),
    }
}
