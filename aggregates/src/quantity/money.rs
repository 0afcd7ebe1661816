//! Money in whole kopecks.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::{QuantityError, exact};

/// An amount of roubles in whole kopecks, possibly negative. In JSON a string with exactly two
/// decimals: `"1234.50"`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Money {
    kopecks: i64,
}

/// Decimals of a sum in roubles.
const KOPECK_DECIMALS: usize = 2;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { kopecks: 0 };

    /// An amount of kopecks.
    pub fn from_kopecks(kopecks: i64) -> Self {
        Self { kopecks }
    }

    /// The amount in kopecks.
    pub fn kopecks(self) -> i64 {
        self.kopecks
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, QuantityError> {
        let sum = self.kopecks.checked_add(other.kopecks);
        sum.map(Self::from_kopecks).ok_or(QuantityError::Overflow)
    }

    /// `self − other`.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, QuantityError> {
        let difference = self.kopecks.checked_sub(other.kopecks);
        difference
            .map(Self::from_kopecks)
            .ok_or(QuantityError::Overflow)
    }
}

impl FromStr for Money {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let decimals = text
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        let roubles = exact::parse(text)?;
        // A third decimal, even a zero, is the sign of another kind of number.
        if decimals > KOPECK_DECIMALS {
            return Err(QuantityError::PrecisionLoss);
        }
        let kopecks = exact::mul(roubles, Decimal::ONE_HUNDRED)?;
        match kopecks.scale() {
            0 => kopecks
                .to_i64()
                .map(Self::from_kopecks)
                .ok_or(QuantityError::Overflow),
            _ => Err(QuantityError::PrecisionLoss),
        }
    }
}

impl TryFrom<String> for Money {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        let sign = if money.kopecks < 0 { "-" } else { "" };
        let kopecks = money.kopecks.unsigned_abs();
        format!("{sign}{}.{:02}", kopecks / 100, kopecks % 100)
    }
}

impl fmt::Display for Money {
    /// `1 234,50 ₽` with no-break spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kopecks = self.kopecks.unsigned_abs();
        let roubles = (kopecks / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in roubles.chars().enumerate() {
            if index > 0 && (roubles.len() - index).is_multiple_of(3) {
                grouped.push('\u{a0}');
            }
            grouped.push(digit);
        }
        let sign = if self.kopecks < 0 { "\u{2212}" } else { "" };
        write!(f, "{sign}{grouped},{:02}\u{a0}₽", kopecks % 100)
    }
}
