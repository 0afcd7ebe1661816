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
    /// Единица распределителя: what a heat cost allocator counts; not an amount of heat.
    #[serde(rename = "hca")]
    AllocatorUnit,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 11] = [
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
        Self::AllocatorUnit,
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
            Self::AllocatorUnit => "hca",
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
            Self::AllocatorUnit => "ед. распр.",
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

    /// Reads Russian and Latin spellings: `м3`, `м³`, `куб. м`, `кВт*ч`, `кВтч`, `Gcal` …
    ///
    /// Case does not matter, except that `мВт·ч` and `мПа` are refused: a small m before a capital
    /// is milli, and a guess would be wrong by nine orders of magnitude.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || QuantityError::OutOfRange {
            value: text.to_owned(),
            allowed: "м³, Гкал, ГДж, кВт·ч, МВт·ч, т, °C, МПа, ч, м², ед. распр.",
        };
        let spelling = plain_spelling(text);
        let unit = match spelling.to_lowercase().as_str() {
            "m3" | "м3" | "кубм" | "куб" | "кубометр" => Self::CubicMetre,
            "gcal" | "гкал" => Self::Gigacalorie,
            "gj" | "гдж" => Self::Gigajoule,
            "kwh" | "квтч" | "квтчас" => Self::KilowattHour,
            "mwh" | "мвтч" | "мвтчас" => Self::MegawattHour,
            "t" | "т" | "тн" | "тонн" | "тонна" => Self::Tonne,
            "degc" | "°c" | "°с" | "c" | "с" => Self::Celsius,
            "mpa" | "мпа" => Self::Megapascal,
            "h" | "ч" | "час" => Self::Hour,
            "m2" | "м2" | "квм" => Self::SquareMetre,
            "hca" | "едраспр" | "едраспределителя" => Self::AllocatorUnit,
            _ => return Err(refuse()),
        };
        let milli = spelling.starts_with(['м', 'm']) && spelling.chars().any(char::is_uppercase);
        match (unit, milli) {
            (Self::MegawattHour | Self::Megapascal, true) => Err(refuse()),
            _ => Ok(unit),
        }
    }
}

/// Without spaces, dots and multiplication signs; of two characters alike, one.
fn plain_spelling(text: &str) -> String {
    let dropped = |c: &char| c.is_whitespace() || ".·⋅∙•×*-^".contains(*c);
    let mut plain = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !dropped(c)) {
        match character {
            '³' => plain.push('3'),
            '²' => plain.push('2'),
            'º' => plain.push('°'),
            '℃' => plain.push_str("°C"),
            other => plain.push(other),
        }
    }
    plain
}
