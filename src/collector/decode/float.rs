//! Binary fractions of the wire as exact decimals.
//!
//! The rule: the shortest decimal that reads back as the same binary number. A device that measured
//! 24.84 °C sends the 32-bit number nearest to it, 24.840000152587890625; the shortest decimal is
//! 24.84 again. What follows is exact arithmetic on that decimal, and two people who decode the
//! same frame have the same digits.

use std::fmt::Display;

use aggregates::quantity::{QuantityError, exact};
use rust_decimal::Decimal;

use crate::collector::decode::{DecodeError, signed, unsigned};

/// The decimal of 4 bytes, the most significant first; none for NaN.
pub(super) fn of_f32(bytes: &[u8]) -> Result<Option<Decimal>, DecodeError> {
    let number = f32::from_be_bytes(sized(bytes)?);
    shortest(number, number.is_nan(), number.is_infinite())
}

/// The decimal of 8 bytes, the most significant first; none for NaN.
pub(super) fn of_f64(bytes: &[u8]) -> Result<Option<Decimal>, DecodeError> {
    let number = f64::from_be_bytes(sized(bytes)?);
    shortest(number, number.is_nan(), number.is_infinite())
}

/// A whole number of 4 bytes and the fraction in the next 4; none when the fraction is NaN.
pub(super) fn whole_and_fraction(
    bytes: &[u8],
    is_signed: bool,
) -> Result<Option<Decimal>, DecodeError> {
    let (whole, fraction) = bytes.split_at(bytes.len() / 2);
    let whole = match is_signed {
        true => Decimal::from(signed(whole)),
        false => Decimal::from(unsigned(whole)),
    };
    match of_f32(fraction)? {
        Some(fraction) => Ok(Some(exact::add(whole, fraction)?)),
        None => Ok(None),
    }
}

/// Rust prints a binary number as the shortest decimal that reads back as it.
fn shortest(
    number: impl Display,
    is_nan: bool,
    is_infinite: bool,
) -> Result<Option<Decimal>, DecodeError> {
    if is_nan {
        return Ok(None);
    }
    if is_infinite {
        return Err(DecodeError::Infinite);
    }
    Ok(Some(exact::parse(&number.to_string())?))
}

fn sized<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    let length = DecodeError::Unkeepable(QuantityError::PrecisionLoss);
    bytes.try_into().map_err(|_| length)
}
