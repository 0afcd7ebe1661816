//! Units that devices speak, and what the ledger makes of them.

use aggregates::quantity::{Measure, QuantityError, Unit, exact};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit in which a device tells a number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum DeviceUnit {
    /// м³.
    #[serde(rename = "m3")]
    CubicMetre,
    /// м³/ч.
    #[serde(rename = "m3/h")]
    CubicMetrePerHour,
    /// м³/с.
    #[serde(rename = "m3/s")]
    CubicMetrePerSecond,
    /// т.
    #[serde(rename = "t")]
    Tonne,
    /// Гкал.
    #[serde(rename = "Gcal")]
    Gigacalorie,
    /// ГДж.
    #[serde(rename = "GJ")]
    Gigajoule,
    /// Дж.
    #[serde(rename = "J")]
    Joule,
    /// кВт·ч.
    #[serde(rename = "kWh")]
    KilowattHour,
    /// МВт·ч.
    #[serde(rename = "MWh")]
    MegawattHour,
    /// Вт.
    #[serde(rename = "W")]
    Watt,
    /// °C.
    #[serde(rename = "degC")]
    Celsius,
    /// K, of a difference of temperatures.
    #[serde(rename = "K")]
    Kelvin,
    /// МПа.
    #[serde(rename = "MPa")]
    Megapascal,
    /// В.
    #[serde(rename = "V")]
    Volt,
    /// А.
    #[serde(rename = "A")]
    Ampere,
    /// Гц.
    #[serde(rename = "Hz")]
    Hertz,
    /// ч.
    #[serde(rename = "h")]
    Hour,
    /// Pulses of an input.
    #[serde(rename = "pulse")]
    Pulse,
}

impl DeviceUnit {
    /// As a Russian reader expects it.
    pub fn symbol_ru(self) -> &'static str {
        match self {
            Self::CubicMetre => "м³",
            Self::CubicMetrePerHour => "м³/ч",
            Self::CubicMetrePerSecond => "м³/с",
            Self::Tonne => "т",
            Self::Gigacalorie => "Гкал",
            Self::Gigajoule => "ГДж",
            Self::Joule => "Дж",
            Self::KilowattHour => "кВт·ч",
            Self::MegawattHour => "МВт·ч",
            Self::Watt => "Вт",
            Self::Celsius => "°C",
            Self::Kelvin => "K",
            Self::Megapascal => "МПа",
            Self::Volt => "В",
            Self::Ampere => "А",
            Self::Hertz => "Гц",
            Self::Hour => "ч",
            Self::Pulse => "имп.",
        }
    }

    /// The unit of the ledger for it and how many of this one make one of that.
    fn of_ledger(self) -> Option<(Unit, i64)> {
        let (unit, parts) = match self {
            Self::CubicMetre => (Unit::CubicMetre, 1),
            Self::Tonne => (Unit::Tonne, 1),
            Self::Gigacalorie => (Unit::Gigacalorie, 1),
            Self::Gigajoule => (Unit::Gigajoule, 1),
            Self::Joule => (Unit::Gigajoule, 1_000_000_000),
            Self::KilowattHour => (Unit::KilowattHour, 1),
            Self::MegawattHour => (Unit::MegawattHour, 1),
            Self::Celsius => (Unit::Celsius, 1),
            Self::Megapascal => (Unit::Megapascal, 1),
            Self::Hour => (Unit::Hour, 1),
            Self::CubicMetrePerHour
            | Self::CubicMetrePerSecond
            | Self::Watt
            | Self::Kelvin
            | Self::Volt
            | Self::Ampere
            | Self::Hertz
            | Self::Pulse => return None,
        };
        Some((unit, parts))
    }

    /// The unit that the ledger keeps it in; none for what it does not keep.
    pub fn ledger_unit(self) -> Option<Unit> {
        self.of_ledger().map(|(unit, _)| unit)
    }

    /// `value` of this unit as the ledger keeps it; none for what the ledger does not keep.
    ///
    /// # Errors
    /// When the exact result has too many digits.
    pub fn measure(self, value: Decimal) -> Result<Option<Measure>, QuantityError> {
        let Some((unit, parts)) = self.of_ledger() else {
            return Ok(None);
        };
        let value = exact::div_exact(value, Decimal::from(parts))?;
        Ok(Some(Measure::new(value, unit)))
    }
}
