//! Where a building stands and what it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::text::{Code, Label};

/// Address of a building by its parts, with its codes in public registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Region with its type: `Свердловская обл`.
    pub region: Label,
    /// Settlement with its type: `г Екатеринбург`.
    pub settlement: Label,
    /// Street with its type: `ул Щорса`.
    pub street: Label,
    /// House number: `107А`.
    pub house: Label,
    /// Корпус or строение: `к 2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Label>,
    /// Six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Code>,
    /// ФИАС/ГАР GUID of the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fias: Option<Uuid>,
    /// КЛАДР.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kladr: Option<Code>,
    /// ОКТМО.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oktmo: Option<Code>,
}

impl std::fmt::Display for Address {
    /// `г Екатеринбург, ул Щорса, д. 103, к 2`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}, д. {}", self.settlement, self.street, self.house)?;
        match &self.block {
            Some(block) => write!(f, ", к. {block}"),
            None => Ok(()),
        }
    }
}

/// A point on the map, degrees as decimal strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// North of the equator, −90 to 90.
    pub latitude: Degrees,
    /// East of Greenwich, −180 to 180.
    pub longitude: Degrees,
}

/// An angle in degrees as a decimal string, −180 to 180.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Degrees(rust_decimal::Decimal);

impl Degrees {
    /// The number itself.
    pub fn value(self) -> rust_decimal::Decimal {
        self.0
    }
}

impl TryFrom<String> for Degrees {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let degrees = crate::quantity::exact::parse(&text).map_err(|error| error.to_string())?;
        match degrees.abs() <= rust_decimal::Decimal::from(180) {
            true => Ok(Self(degrees)),
            false => Err(format!(
                "“{text}” is no angle: degrees lie between -180 and 180"
            )),
        }
    }
}

impl From<Degrees> for String {
    fn from(degrees: Degrees) -> Self {
        degrees.0.to_string()
    }
}

/// What stands at the address.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BuildingKind {
    /// Многоквартирный дом.
    ApartmentBuilding,
    /// Жилой дом.
    House,
    /// Нежилое здание.
    NonResidential,
    /// ЦТП or ИТП.
    HeatPoint,
}
