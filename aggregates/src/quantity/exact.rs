//! Exact decimal arithmetic.
//!
//! `rust_decimal` rounds silently when a result has more than 28 decimals or 96 bits of mantissa,
//! even in its `checked_` operations. These functions compute on the integer mantissas and refuse
//! instead.

use rust_decimal::Decimal;

use crate::quantity::QuantityError;

/// Decimals that a `Decimal` can hold.
const MAX_SCALE: u32 = 28;
/// Significant digits that every `Decimal` can hold.
const MAX_DIGITS: usize = 28;

/// `left + right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] when the exact sum cannot be kept.
pub fn add(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let scale = left.scale().max(right.scale());
    let sum = mantissa_at(left, scale)?
        .checked_add(mantissa_at(right, scale)?)
        .ok_or(QuantityError::Overflow)?;
    from_mantissa(sum, scale)
}

/// `left − right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] when the exact difference cannot be kept.
pub fn sub(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    add(left, -right)
}

/// `left · right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] when the exact product cannot be kept.
pub fn mul(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let (left, right) = (left.normalize(), right.normalize());
    let product = left
        .mantissa()
        .checked_mul(right.mantissa())
        .ok_or(QuantityError::PrecisionLoss)?;
    from_mantissa(product, left.scale() + right.scale())
}

/// `left / right` where the quotient is a finite decimal that can be kept.
///
/// # Errors
/// [`QuantityError::DivisionByZero`], or [`QuantityError::PrecisionLoss`] when the quotient is
/// not a decimal of at most 28 digits.
pub fn div_exact(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let quotient = left.checked_div(right).ok_or(match right.is_zero() {
        true => QuantityError::DivisionByZero,
        false => QuantityError::Overflow,
    })?;
    match mul(quotient, right) {
        Ok(back) if back == left => Ok(normalised(quotient)),
        _ => Err(QuantityError::PrecisionLoss),
    }
}

/// `value` with exactly `scale` decimals.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] when digits would be cut off or do not fit.
pub fn rescale(value: Decimal, scale: u32) -> Result<Decimal, QuantityError> {
    let value = value.normalize();
    if value.scale() > scale || scale > MAX_SCALE {
        return Err(QuantityError::PrecisionLoss);
    }
    Decimal::try_from_i128_with_scale(mantissa_at(value, scale)?, scale)
        .map_err(|_| QuantityError::PrecisionLoss)
}

/// Reads a plain decimal number: digits, at most one dot, at most one leading minus.
///
/// # Errors
/// [`QuantityError::NotANumber`], or [`QuantityError::PrecisionLoss`] beyond 28 digits.
pub fn parse(text: &str) -> Result<Decimal, QuantityError> {
    let refuse = || QuantityError::NotANumber(text.to_owned());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) {
        return Err(refuse());
    }
    let significant = format!("{whole}{}", decimals.trim_end_matches('0'));
    if significant.trim_start_matches('0').len() > MAX_DIGITS || decimals.len() > MAX_DIGITS {
        return Err(QuantityError::PrecisionLoss);
    }
    Decimal::from_str_exact(text)
        .map(normalised)
        .map_err(|_| QuantityError::PrecisionLoss)
}

/// The one way to write a number: no zeros at the end, no minus before zero. `210.0` and `210`
/// are one value and must have one hash.
pub fn normalised(value: Decimal) -> Decimal {
    match value.is_zero() {
        true => Decimal::ZERO,
        false => value.normalize(),
    }
}

fn mantissa_at(value: Decimal, scale: u32) -> Result<i128, QuantityError> {
    let factor = scale
        .checked_sub(value.scale())
        .and_then(|more| 10_i128.checked_pow(more))
        .ok_or(QuantityError::PrecisionLoss)?;
    value
        .mantissa()
        .checked_mul(factor)
        .ok_or(QuantityError::PrecisionLoss)
}

fn from_mantissa(mut mantissa: i128, mut scale: u32) -> Result<Decimal, QuantityError> {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale)
        .map(normalised)
        .map_err(|_| QuantityError::PrecisionLoss)
}
