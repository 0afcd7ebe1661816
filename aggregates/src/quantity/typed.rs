//! Quantities whose unit is part of the type.

use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantity::{QuantityError, Unit, exact};

/// A unit as a type.
pub trait UnitOf: Copy + Ord + fmt::Debug {
    /// The unit.
    const UNIT: Unit;
}

macro_rules! unit_markers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name;

        impl UnitOf for $name {
            const UNIT: Unit = Unit::$name;
        }
    )*};
}

unit_markers! {
    /// м³.
    CubicMetre;
    /// Гкал.
    Gigacalorie;
    /// ГДж.
    Gigajoule;
    /// кВт·ч.
    KilowattHour;
    /// МВт·ч.
    MegawattHour;
    /// т.
    Tonne;
    /// °C.
    Celsius;
    /// МПа.
    Megapascal;
    /// ч.
    Hour;
    /// м².
    SquareMetre;
}

/// A number of `U`; at most 28 significant digits. Written in JSON as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity<U: UnitOf> {
    value: Decimal,
    unit: PhantomData<U>,
}

impl<U: UnitOf> Quantity<U> {
    /// The quantity `value` of `U`.
    ///
    /// A `Decimal` of 29 digits is taken, but no operation keeps it and serialisation refuses it:
    /// nothing is written that could not be read back.
    pub fn new(value: Decimal) -> Self {
        Self {
            value: exact::normalised(value),
            unit: PhantomData,
        }
    }

    /// Reads a plain decimal number.
    ///
    /// # Errors
    /// [`QuantityError::NotANumber`] or [`QuantityError::PrecisionLoss`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        exact::parse(text).map(Self::new)
    }

    /// The bare number.
    pub fn value(self) -> Decimal {
        self.value
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.value < Decimal::ZERO
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.value.is_zero()
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`QuantityError`] when the exact sum cannot be kept.
    pub fn checked_add(self, other: Self) -> Result<Self, QuantityError> {
        exact::add(self.value, other.value).map(Self::new)
    }

    /// `self − other`.
    ///
    /// # Errors
    /// [`QuantityError`] when the exact difference cannot be kept.
    pub fn checked_sub(self, other: Self) -> Result<Self, QuantityError> {
        exact::sub(self.value, other.value).map(Self::new)
    }

    /// `−self`.
    pub fn checked_neg(self) -> Self {
        Self::new(-self.value)
    }

    /// `self · factor`.
    ///
    /// # Errors
    /// [`QuantityError`] when the exact product cannot be kept.
    pub fn checked_mul(self, factor: Decimal) -> Result<Self, QuantityError> {
        exact::mul(self.value, factor).map(Self::new)
    }

    fn convert<V: UnitOf>(self, factor: Decimal) -> Result<Quantity<V>, QuantityError> {
        exact::mul(self.value, factor).map(Quantity::new)
    }

    fn convert_back<V: UnitOf>(self, factor: Decimal) -> Result<Quantity<V>, QuantityError> {
        exact::div_exact(self.value, factor).map(Quantity::new)
    }
}

/// 1 Гкал = 4.1868 ГДж (international steam-table calorie, ГОСТ 8.417).
const GIGAJOULES_PER_GIGACALORIE: Decimal = Decimal::from_parts(41_868, 0, 0, false, 4);
/// 1 МВт·ч = 1000 кВт·ч.
const KILOWATT_HOURS_PER_MEGAWATT_HOUR: Decimal = Decimal::ONE_THOUSAND;
/// 1 Гкал = 1.163 МВт·ч, since 4.1868 / 3.6 = 1.163 exactly.
const MEGAWATT_HOURS_PER_GIGACALORIE: Decimal = Decimal::from_parts(1_163, 0, 0, false, 3);

impl Quantity<Gigacalorie> {
    /// 1 Гкал = 4.1868 ГДж.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] beyond 28 digits.
    pub fn to_gigajoules(self) -> Result<Quantity<Gigajoule>, QuantityError> {
        self.convert(GIGAJOULES_PER_GIGACALORIE)
    }

    /// 1 Гкал = 1.163 МВт·ч.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] beyond 28 digits.
    pub fn to_megawatt_hours(self) -> Result<Quantity<MegawattHour>, QuantityError> {
        self.convert(MEGAWATT_HOURS_PER_GIGACALORIE)
    }
}

impl Quantity<Gigajoule> {
    /// 4.1868 ГДж = 1 Гкал.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] where the quotient is no finite decimal.
    pub fn to_gigacalories(self) -> Result<Quantity<Gigacalorie>, QuantityError> {
        self.convert_back(GIGAJOULES_PER_GIGACALORIE)
    }
}

impl Quantity<MegawattHour> {
    /// 1 МВт·ч = 1000 кВт·ч.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] beyond 28 digits.
    pub fn to_kilowatt_hours(self) -> Result<Quantity<KilowattHour>, QuantityError> {
        self.convert(KILOWATT_HOURS_PER_MEGAWATT_HOUR)
    }

    /// 1.163 МВт·ч = 1 Гкал.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] where the quotient is no finite decimal.
    pub fn to_gigacalories(self) -> Result<Quantity<Gigacalorie>, QuantityError> {
        self.convert_back(MEGAWATT_HOURS_PER_GIGACALORIE)
    }
}

impl Quantity<KilowattHour> {
    /// 1000 кВт·ч = 1 МВт·ч.
    ///
    /// # Errors
    /// [`QuantityError::PrecisionLoss`] beyond 28 digits.
    pub fn to_megawatt_hours(self) -> Result<Quantity<MegawattHour>, QuantityError> {
        self.convert_back(KILOWATT_HOURS_PER_MEGAWATT_HOUR)
    }
}

impl<U: UnitOf> fmt::Display for Quantity<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\u{a0}{}", self.value, U::UNIT)
    }
}

impl<U: UnitOf> Serialize for Quantity<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact::serialize(&self.value, serializer)
    }
}

impl<'de, U: UnitOf> Deserialize<'de> for Quantity<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<U: UnitOf> JsonSchema for Quantity<U> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Quantity_{}", U::UNIT.code()).into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
            "description": format!("decimal number of {}", U::UNIT.code())
        })
    }
}
