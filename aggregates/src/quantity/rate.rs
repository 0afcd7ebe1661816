//! Prices, norms, percentages and shares.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::{QuantityError, Unit, exact};

/// Decimals that a regulator's act gives at most.
const RATE_DECIMALS: u32 = 12;
/// What a share may be, as told to the person who wrote another.
const SHARE_ALLOWED: &str = "доля больше 0 и не больше 1, например 1/3";

fn within(value: Decimal, fits: bool, allowed: &'static str) -> Result<Decimal, QuantityError> {
    let value = exact::normalised(value);
    match fits && value.scale() <= RATE_DECIMALS {
        true => Ok(value),
        false => Err(QuantityError::OutOfRange {
            value: value.to_string(),
            allowed,
        }),
    }
}

/// Roubles a unit: `{"price":"44.86","per":"m3"}`. Read only through [`TariffRate::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawTariffRate")]
#[schemars(with = "RawTariffRate")]
pub struct TariffRate {
    price: Decimal,
    per: Unit,
}

/// Roubles a unit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TariffRate")]
struct RawTariffRate {
    #[serde(deserialize_with = "exact::deserialize")]
    #[schemars(with = "String")]
    price: Decimal,
    per: Unit,
}

impl TryFrom<RawTariffRate> for TariffRate {
    type Error = QuantityError;

    fn try_from(raw: RawTariffRate) -> Result<Self, Self::Error> {
        Self::new(raw.price, raw.per)
    }
}

impl TariffRate {
    /// `price` roubles a unit, above zero.
    ///
    /// # Errors
    /// [`QuantityError::OutOfRange`] for a price that is not above zero or has over 12 decimals.
    pub fn new(price: Decimal, per: Unit) -> Result<Self, QuantityError> {
        let price = within(
            price,
            price > Decimal::ZERO,
            "цена больше 0, не более 12 знаков после запятой",
        )?;
        Ok(Self { price, per })
    }

    /// Roubles.
    pub fn price(self) -> Decimal {
        self.price
    }

    /// For one of which unit.
    pub fn per(self) -> Unit {
        self.per
    }
}

/// What a norm is counted by.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NormBasis {
    /// A person and calendar month.
    PersonMonth,
    /// A square metre and calendar month.
    SquareMetreMonth,
    /// A cubic metre of hot water (heat for heating it).
    CubicMetre,
}

/// A norm: `{"per":"person_month","unit":"m3","value":"4.29"}`. Read only through
/// [`NormRate::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawNormRate")]
#[schemars(with = "RawNormRate")]
pub struct NormRate {
    value: Decimal,
    unit: Unit,
    per: NormBasis,
}

/// A norm.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NormRate")]
struct RawNormRate {
    #[serde(deserialize_with = "exact::deserialize")]
    #[schemars(with = "String")]
    value: Decimal,
    unit: Unit,
    per: NormBasis,
}

impl TryFrom<RawNormRate> for NormRate {
    type Error = QuantityError;

    fn try_from(raw: RawNormRate) -> Result<Self, Self::Error> {
        Self::new(raw.value, raw.unit, raw.per)
    }
}

impl NormRate {
    /// `value` of `unit` by `per`, not below zero.
    ///
    /// # Errors
    /// [`QuantityError::OutOfRange`] below zero or with over 12 decimals.
    pub fn new(value: Decimal, unit: Unit, per: NormBasis) -> Result<Self, QuantityError> {
        let value = within(
            value,
            value >= Decimal::ZERO,
            "норматив от 0, не более 12 знаков после запятой",
        )?;
        Ok(Self { value, unit, per })
    }

    /// The number.
    pub fn value(self) -> Decimal {
        self.value
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// What it is counted by.
    pub fn per(self) -> NormBasis {
        self.per
    }
}

/// Per cent, 0 to 100, as a decimal string.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Percent(Decimal);

impl Percent {
    /// `value` per cent.
    ///
    /// # Errors
    /// [`QuantityError::OutOfRange`] outside 0 to 100.
    pub fn new(value: Decimal) -> Result<Self, QuantityError> {
        let fits = (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value);
        within(
            value,
            fits,
            "от 0 до 100 процентов, не более 12 знаков после запятой",
        )
        .map(Self)
    }

    /// The number of per cent.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl TryFrom<String> for Percent {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        exact::parse(&text).and_then(Self::new)
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        percent.0.to_string()
    }
}

/// A share of a whole, above 0 and at most 1, reduced; in JSON `"1/3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Fraction {
    numerator: u32,
    denominator: u32,
}

impl Fraction {
    /// The whole.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// `numerator / denominator`.
    ///
    /// # Errors
    /// [`QuantityError::OutOfRange`] unless it lies above 0 and at most at 1.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, QuantityError> {
        if numerator == 0 || numerator > denominator {
            return Err(QuantityError::OutOfRange {
                value: format!("{numerator}/{denominator}"),
                allowed: SHARE_ALLOWED,
            });
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Ok(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    /// Upper part.
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// Lower part.
    pub fn denominator(self) -> u32 {
        self.denominator
    }
}

fn greatest_common_divisor(left: u32, right: u32) -> u32 {
    match right {
        0 => left,
        _ => greatest_common_divisor(right, left % right),
    }
}

impl FromStr for Fraction {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || QuantityError::OutOfRange {
            value: text.to_owned(),
            allowed: SHARE_ALLOWED,
        };
        let (numerator, denominator) = text.split_once('/').ok_or_else(refuse)?;
        // `u32` would also read “+1”.
        let part = |digits: &str| match digits.starts_with('+') {
            true => Err(refuse()),
            false => digits.parse().map_err(|_| refuse()),
        };
        Self::new(part(numerator)?, part(denominator)?)
    }
}

impl TryFrom<String> for Fraction {
    type Error = QuantityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> Self {
        fraction.to_string()
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}
