//! A value whose unit is known at run time only: what a register shows.

use std::fmt;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::typed::{Gigacalorie, Gigajoule, KilowattHour, MegawattHour};
use crate::quantity::{Quantity, QuantityError, Unit, UnitOf, exact};

/// A number with its unit: `{"unit":"m3","value":"12.5"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The number, as a decimal string.
    #[serde(
        serialize_with = "exact::serialize",
        deserialize_with = "exact::deserialize"
    )]
    #[schemars(with = "String")]
    value: Decimal,
    /// Its unit.
    unit: Unit,
}

impl Measure {
    /// `value` of `unit`.
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self {
            value: exact::normalised(value),
            unit,
        }
    }

    /// The bare number.
    pub fn value(self) -> Decimal {
        self.value
    }

    /// The unit.
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`QuantityError::UnitMismatch`], or when the exact sum cannot be kept.
    pub fn checked_add(self, other: Self) -> Result<Self, QuantityError> {
        self.same_unit(other)?;
        exact::add(self.value, other.value).map(|value| Self::new(value, self.unit))
    }

    /// `self − other`.
    ///
    /// # Errors
    /// [`QuantityError::UnitMismatch`], or when the exact difference cannot be kept.
    pub fn checked_sub(self, other: Self) -> Result<Self, QuantityError> {
        self.same_unit(other)?;
        exact::sub(self.value, other.value).map(|value| Self::new(value, self.unit))
    }

    fn same_unit(self, other: Self) -> Result<(), QuantityError> {
        match self.unit == other.unit {
            true => Ok(()),
            false => Err(QuantityError::UnitMismatch {
                left: self.unit,
                right: other.unit,
            }),
        }
    }

    /// The same value with its unit in the type.
    ///
    /// # Errors
    /// [`QuantityError::UnitMismatch`] when it is another unit; use [`Measure::convert`] first.
    pub fn quantity<U: UnitOf>(self) -> Result<Quantity<U>, QuantityError> {
        match self.unit == U::UNIT {
            true => Ok(Quantity::new(self.value)),
            false => Err(QuantityError::UnitMismatch {
                left: self.unit,
                right: U::UNIT,
            }),
        }
    }

    /// The same amount in another unit.
    ///
    /// # Errors
    /// [`QuantityError::UnitMismatch`] where no conversion exists, and
    /// [`QuantityError::PrecisionLoss`] where it would have to round.
    pub fn convert(self, unit: Unit) -> Result<Self, QuantityError> {
        use Unit as U;
        let value = self.value;
        match (self.unit, unit) {
            (from, to) if from == to => Ok(self),
            (U::Gigacalorie, U::Gigajoule) => Quantity::<Gigacalorie>::new(value)
                .to_gigajoules()
                .map(Self::from),
            (U::Gigajoule, U::Gigacalorie) => Quantity::<Gigajoule>::new(value)
                .to_gigacalories()
                .map(Self::from),
            (U::Gigacalorie, U::MegawattHour) => Quantity::<Gigacalorie>::new(value)
                .to_megawatt_hours()
                .map(Self::from),
            (U::MegawattHour, U::Gigacalorie) => Quantity::<MegawattHour>::new(value)
                .to_gigacalories()
                .map(Self::from),
            (U::MegawattHour, U::KilowattHour) => Quantity::<MegawattHour>::new(value)
                .to_kilowatt_hours()
                .map(Self::from),
            (U::KilowattHour, U::MegawattHour) => Quantity::<KilowattHour>::new(value)
                .to_megawatt_hours()
                .map(Self::from),
            (left, right) => Err(QuantityError::UnitMismatch { left, right }),
        }
    }
}

impl<U: UnitOf> From<Quantity<U>> for Measure {
    fn from(quantity: Quantity<U>) -> Self {
        Self::new(quantity.value(), U::UNIT)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\u{a0}{}", self.value, self.unit)
    }
}
