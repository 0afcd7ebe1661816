//! Exact decimal arithmetic.
//!
//! `rust_decimal` rounds silently when a result has more than 28 decimals or 96 bits of mantissa,
//! even in its `checked_` operations. These functions compute on the integer mantissas and refuse
//! instead.

use rust_decimal::Decimal;
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::quantity::QuantityError;

/// Decimals that a `Decimal` can hold.
const MAX_SCALE: u32 = 28;
/// Significant digits that every `Decimal` can hold. Some hold a 29th; none is used here, so that
/// whatever an operation gives can be written and read back.
const MAX_DIGITS: usize = 28;
/// The first mantissa with more digits.
const MANTISSA_LIMIT: u128 = 10_u128.pow(MAX_SCALE);

/// `left + right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] or [`QuantityError::Overflow`] when the exact sum cannot be
/// kept.
pub fn add(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let (left, right) = (left.normalize(), right.normalize());
    let scale = left.scale().max(right.scale());
    // In lowest terms, operands of unequal scales make a sum that needs the larger scale; operands
    // of equal scales fit 128 bits. So an overflow here never throws away what could be kept.
    let sum = mantissa_at(left, scale)?
        .checked_add(mantissa_at(right, scale)?)
        .ok_or_else(|| unkeepable(scale))?;
    from_mantissa(sum, scale)
}

/// `left − right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] or [`QuantityError::Overflow`] when the exact difference
/// cannot be kept.
pub fn sub(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    add(left, -right)
}

/// `left · right`, exactly.
///
/// # Errors
/// [`QuantityError::PrecisionLoss`] or [`QuantityError::Overflow`] when the exact product cannot
/// be kept.
pub fn mul(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let (left, right) = (left.normalize(), right.normalize());
    let (mut left_mantissa, mut right_mantissa) = (left.mantissa(), right.mantissa());
    if left_mantissa == 0 || right_mantissa == 0 {
        return Ok(Decimal::ZERO);
    }
    let mut scale = left.scale() + right.scale();
    // Tens made of a two in one factor and a five in the other are cancelled before multiplying:
    // then an overflow of 128 bits never throws away what could be kept.
    for (from_left, from_right) in [(10, 1), (1, 10), (2, 5), (5, 2)] {
        while scale > 0 && left_mantissa % from_left == 0 && right_mantissa % from_right == 0 {
            left_mantissa /= from_left;
            right_mantissa /= from_right;
            scale -= 1;
        }
    }
    let product = left_mantissa
        .checked_mul(right_mantissa)
        .ok_or_else(|| unkeepable(scale))?;
    from_mantissa(product, scale)
}

/// `left / right` where the quotient is a finite decimal that can be kept.
///
/// # Errors
/// [`QuantityError::DivisionByZero`], or [`QuantityError::PrecisionLoss`] or
/// [`QuantityError::Overflow`] when the quotient is not a decimal of at most 28 digits.
pub fn div_exact(left: Decimal, right: Decimal) -> Result<Decimal, QuantityError> {
    let (left, right) = (left.normalize(), right.normalize());
    if right.is_zero() {
        return Err(QuantityError::DivisionByZero);
    }
    if left.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let divisor = greatest_common_divisor(left.mantissa(), right.mantissa());
    let numerator = left.mantissa() / divisor * right.mantissa().signum();
    let denominator = (right.mantissa() / divisor).abs();
    let (rest, twos) = without_factor(denominator, 2);
    let (rest, fives) = without_factor(rest, 5);
    if rest != 1 {
        return Err(QuantityError::PrecisionLoss);
    }
    // n / (2^a · 5^b) = n · 2^(k − a) · 5^(k − b) / 10^k with k = max(a, b); that numerator shares
    // no ten with 10^k, so an overflow never throws away what could be kept.
    let decimals = twos.max(fives);
    let scale = (decimals + left.scale()).saturating_sub(right.scale());
    let raise = right.scale().saturating_sub(decimals + left.scale());
    let quotient = power(2, decimals - twos)
        .zip(power(5, decimals - fives))
        .zip(power(10, raise))
        .and_then(|((two, five), ten)| {
            let quotient = numerator.checked_mul(two)?.checked_mul(five)?;
            quotient.checked_mul(ten)
        })
        .ok_or_else(|| unkeepable(scale))?;
    from_mantissa(quotient, scale)
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
    let mantissa = mantissa_at(value, scale)?;
    if mantissa.unsigned_abs() >= MANTISSA_LIMIT {
        return Err(QuantityError::PrecisionLoss);
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| QuantityError::PrecisionLoss)
}

/// Reads a plain decimal number: digits, at most one dot, at most one leading minus.
///
/// Zeros before the whole part and after the decimals are taken, since devices print them.
///
/// # Errors
/// [`QuantityError::NotANumber`], or [`QuantityError::PrecisionLoss`] or
/// [`QuantityError::Overflow`] beyond 28 significant digits.
pub fn parse(text: &str) -> Result<Decimal, QuantityError> {
    let refuse = || QuantityError::NotANumber(text.to_owned());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) {
        return Err(refuse());
    }
    let decimals = decimals.trim_end_matches('0');
    let digits = format!("{whole}{decimals}");
    let scale = u32::try_from(decimals.len()).map_err(|_| QuantityError::PrecisionLoss)?;
    if digits.trim_start_matches('0').len() > MAX_DIGITS || scale > MAX_SCALE {
        return Err(unkeepable(scale));
    }
    let magnitude: i128 = digits.parse().map_err(|_| refuse())?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    from_mantissa(sign * magnitude, scale)
}

/// The one way to write a number: no zeros at the end, no minus before zero. `210.0` and `210`
/// are one value and must have one hash.
pub fn normalised(value: Decimal) -> Decimal {
    match value.is_zero() {
        true => Decimal::ZERO,
        false => value.normalize(),
    }
}

/// Writes a bare `Decimal` as its decimal string: `#[serde(serialize_with = "exact::serialize")]`.
///
/// # Errors
/// When it has more than 28 digits, so that [`parse`] would refuse it.
pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let kept = from_mantissa(value.mantissa(), value.scale()).map_err(S::Error::custom)?;
    serializer.collect_str(&kept)
}

/// Reads a bare `Decimal` from its decimal string: `#[serde(deserialize_with =
/// "exact::deserialize")]`.
///
/// # Errors
/// As [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    parse(&text).map_err(serde::de::Error::custom)
}

fn mantissa_at(value: Decimal, scale: u32) -> Result<i128, QuantityError> {
    if value.is_zero() {
        return Ok(0);
    }
    scale
        .checked_sub(value.scale())
        .and_then(|more| power(10, more))
        .and_then(|factor| value.mantissa().checked_mul(factor))
        .ok_or_else(|| unkeepable(scale))
}

fn from_mantissa(mut mantissa: i128, mut scale: u32) -> Result<Decimal, QuantityError> {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    if mantissa.unsigned_abs() >= MANTISSA_LIMIT {
        return Err(unkeepable(scale));
    }
    Decimal::try_from_i128_with_scale(mantissa, scale)
        .map(normalised)
        .map_err(|_| QuantityError::PrecisionLoss)
}

/// A whole number that does not fit is too large; any other would have to lose decimals.
fn unkeepable(scale: u32) -> QuantityError {
    match scale {
        0 => QuantityError::Overflow,
        _ => QuantityError::PrecisionLoss,
    }
}

fn power(base: i128, exponent: u32) -> Option<i128> {
    base.checked_pow(exponent)
}

/// `number` divided by `factor` as often as it goes, and how often that is.
fn without_factor(mut number: i128, factor: i128) -> (i128, u32) {
    let mut times = 0;
    while number % factor == 0 {
        number /= factor;
        times += 1;
    }
    (number, times)
}

/// Of two numbers other than zero; above zero.
fn greatest_common_divisor(left: i128, right: i128) -> i128 {
    let (mut left, mut right) = (left.abs(), right.abs());
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
