//! Units of measurement.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::QuantityError;

/// A unit of measurement.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Unit {
    /// м³.
    #[serde(rename = "m3")]
    CubicMetre,
    /// Гкал.
    #[serde(rename = "Gcal")]
    Gigacalorie,
    /// ГДж.
    #[serde(rename = "GJ")]
    Gigajoule,
    /// кВт·ч.
    #[serde(rename = "kWh")]
    KilowattHour,
    /// МВт·ч.
    #[serde(rename = "MWh")]
    MegawattHour,
    /// т.
    #[serde(rename = "t")]
    Tonne,
    /// °C.
    #[serde(rename = "degC")]
    Celsius,
    /// МПа.
    #[serde(rename = "MPa")]
    Megapascal,
    /// ч.
    #[serde(rename = "h")]
    Hour,
    /// м².
    #[serde(rename = "m2")]
    SquareMetre,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 10] = [
        Self::CubicMetre,
        Self::Gigacalorie,
        Self::Gigajoule,
        Self::KilowattHour,
        Self::MegawattHour,
        Self::Tonne,
        Self::Celsius,
        Self::Megapascal,
        Self::Hour,
        Self::SquareMetre,
    ];

    /// As written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::CubicMetre => "m3",
            Self::Gigacalorie => "Gcal",
            Self::Gigajoule => "GJ",
            Self::KilowattHour => "kWh",
            Self::MegawattHour => "MWh",
            Self::Tonne => "t",
            Self::Celsius => "degC",
            Self::Megapascal => "MPa",
            Self::Hour => "h",
            Self::SquareMetre => "m2",
        }
    }

    /// As a Russian reader expects it.
    pub fn symbol_ru(self) -> &'static str {
        match self {
            Self::CubicMetre => "м³",
            Self::Gigacalorie => "Гкал",
            Self::Gigajoule => "ГДж",
            Self::KilowattHour => "кВт·ч",
            Self::MegawattHour => "МВт·ч",
            Self::Tonne => "т",
            Self::Celsius => "°C",
            Self::Megapascal => "МПа",
            Self::Hour => "ч",
            Self::SquareMetre => "м²",
        }
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.symbol_ru())
    }
}

impl FromStr for Unit {
    type Err = QuantityError;

    /// Reads Russian and Latin spellings: `м3`, `м³`, `куб.м`, `кВт*ч`, `кВтч`, `Gcal` …
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain: String = text
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| !" .·⋅*\u{a0}".contains(*c))
            .map(|c| {
                if c == '³' {
                    '3'
                } else if c == '²' {
                    '2'
                } else {
                    c
                }
            })
            .collect();
        match plain.as_str() {
            "m3" | "м3" | "кубм" | "куб" => Ok(Self::CubicMetre),
            "gcal" | "гкал" => Ok(Self::Gigacalorie),
            "gj" | "гдж" => Ok(Self::Gigajoule),
            "kwh" | "квтч" => Ok(Self::KilowattHour),
            "mwh" | "мвтч" => Ok(Self::MegawattHour),
            "t" | "т" | "тонн" => Ok(Self::Tonne),
            "degc" | "°c" | "°с" | "c" | "с" => Ok(Self::Celsius),
            "mpa" | "мпа" => Ok(Self::Megapascal),
            "h" | "ч" | "час" => Ok(Self::Hour),
            "m2" | "м2" | "квм" => Ok(Self::SquareMetre),
            _ => Err(QuantityError::OutOfRange {
                value: text.to_owned(),
                allowed: "м³, Гкал, ГДж, кВт·ч, МВт·ч, т, °C, МПа, ч, м²",
            }),
        }
    }
}
