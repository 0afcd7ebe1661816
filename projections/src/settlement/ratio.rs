//! Exact rational numbers, in which a settlement reckons.
//!
//! A share of a house is rarely a finite decimal, and an amount is rounded once, at its very end
//! (rules 13.1): 184.45 / 4215 · 56.2 · 2122.50 is exactly 5219.935 and is billed 5219.94, while
//! 28 digits that divide first give 5219.93. So nothing between the facts and the line is a
//! decimal, and no operation here rounds but the two whose name says so. Why this and no other
//! form: `docs/decisions/0022-exact-rationals.md`.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};

use aggregates::account::bill::Multiplier;
use aggregates::quantity::{
    Fraction, Measure, Money, NormRate, Quantity, QuantityError, TariffRate, UnitOf, exact,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Kopecks of a rouble as a power of ten.
const KOPECK_DECIMALS: u32 = 2;

/// An exact rational number in lowest terms; written, in JSON too, as `numerator/denominator`.
///
/// Adding, subtracting and multiplying always succeed; dividing is
/// [`checked_div`](Self::checked_div).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(BigRational);

impl Ratio {
    /// Nothing.
    pub fn zero() -> Self {
        Self::default()
    }

    /// `numerator / denominator`.
    ///
    /// # Errors
    /// [`QuantityError::DivisionByZero`].
    pub fn new(numerator: i64, denominator: i64) -> Result<Self, QuantityError> {
        Self::from(numerator).checked_div(&Self::from(denominator))
    }

    /// `self / divisor`.
    ///
    /// # Errors
    /// [`QuantityError::DivisionByZero`].
    pub fn checked_div(&self, divisor: &Self) -> Result<Self, QuantityError> {
        match divisor.is_zero() {
            true => Err(QuantityError::DivisionByZero),
            false => Ok(Self(&self.0 / &divisor.0)),
        }
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// A number of roubles as money: rounded to the kopeck, a half away from zero, so that a
    /// credit is the mirror of its charge: 650.475 gives 650.48 and −650.475 gives −650.48.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`].
    pub fn kopecks_half_up(&self) -> Result<Money, QuantityError> {
        let kopecks = self.rounded_at(KOPECK_DECIMALS).to_i64();
        kopecks
            .map(Money::from_kopecks)
            .ok_or(QuantityError::Overflow)
    }

    /// Rounded to so many decimals, a half away from zero.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`] when the rounded number has more than 28 digits.
    pub fn half_up(&self, decimals: u32) -> Result<Decimal, QuantityError> {
        let (mut mantissa, mut scale) = (self.rounded_at(decimals), decimals);
        while scale > 0 && (&mantissa % 10_u32).is_zero() {
            mantissa /= 10_u32;
            scale -= 1;
        }
        let mantissa = mantissa.to_i128().ok_or(QuantityError::Overflow)?;
        let value = Decimal::try_from_i128_with_scale(mantissa, scale)
            .map_err(|_| QuantityError::Overflow)?;
        // A `Decimal` can hold some numbers of 29 digits; nothing else in the ledger does.
        exact::add(value, Decimal::ZERO).map_err(|_| QuantityError::Overflow)
    }

    /// `self · 10^decimals` as the nearest integer, a half away from zero.
    fn rounded_at(&self, decimals: u32) -> BigInt {
        let scaled = &self.0 * BigInt::from(10).pow(decimals);
        scaled.round().to_integer()
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl $operator<&Ratio> for &Ratio {
            type Output = Ratio;

            fn $method(self, other: &Ratio) -> Ratio {
                Ratio($operator::$method(&self.0, &other.0))
            }
        }

        impl $operator<Ratio> for &Ratio {
            type Output = Ratio;

            fn $method(self, other: Ratio) -> Ratio {
                $operator::$method(self, &other)
            }
        }

        impl $operator<&Ratio> for Ratio {
            type Output = Ratio;

            fn $method(self, other: &Ratio) -> Ratio {
                $operator::$method(&self, other)
            }
        }

        impl $operator for Ratio {
            type Output = Ratio;

            fn $method(self, other: Ratio) -> Ratio {
                $operator::$method(&self, &other)
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
}

impl Neg for Ratio {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::zero(), |sum, term| sum + term)
    }
}

impl<'a> Sum<&'a Self> for Ratio {
    fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
        terms.fold(Self::zero(), |sum, term| sum + term)
    }
}

impl From<i64> for Ratio {
    fn from(integer: i64) -> Self {
        Self(BigRational::from_integer(integer.into()))
    }
}

impl From<u32> for Ratio {
    fn from(integer: u32) -> Self {
        Self::from(i64::from(integer))
    }
}

impl From<Decimal> for Ratio {
    fn from(decimal: Decimal) -> Self {
        let denominator = BigInt::from(10).pow(decimal.scale());
        Self(BigRational::new(decimal.mantissa().into(), denominator))
    }
}

impl From<Fraction> for Ratio {
    fn from(fraction: Fraction) -> Self {
        let (numerator, denominator) = (fraction.numerator(), fraction.denominator());
        Self(BigRational::new(numerator.into(), denominator.into()))
    }
}

/// The number without its unit.
impl From<Measure> for Ratio {
    fn from(measure: Measure) -> Self {
        Self::from(measure.value())
    }
}

/// The number without its unit.
impl<U: UnitOf> From<Quantity<U>> for Ratio {
    fn from(quantity: Quantity<U>) -> Self {
        Self::from(quantity.value())
    }
}

/// Roubles a unit.
impl From<TariffRate> for Ratio {
    fn from(rate: TariffRate) -> Self {
        Self::from(rate.price())
    }
}

/// The number without its unit and basis.
impl From<NormRate> for Ratio {
    fn from(norm: NormRate) -> Self {
        Self::from(norm.value())
    }
}

impl From<Multiplier> for Ratio {
    fn from(multiplier: Multiplier) -> Self {
        Self::from(multiplier.value())
    }
}

/// Roubles.
impl From<Money> for Ratio {
    fn from(money: Money) -> Self {
        let kopecks = BigInt::from(money.kopecks());
        Self(BigRational::new(kopecks, 100.into()))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.numer(), self.0.denom())
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
