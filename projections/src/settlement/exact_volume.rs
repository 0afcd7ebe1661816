//! An exact volume, and how it is stored.

use aggregates::quantity::{Measure, QuantityError, Unit};
use serde::Serialize;

use crate::settlement::ratio::Ratio;

/// Decimals that a stored volume is rounded to, a half away from zero.
pub const VOLUME_DECIMALS: u32 = 12;

/// An exact volume with its unit.
///
/// As JSON: `{"value": "numerator/denominator", "unit": "m3"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExactVolume {
    /// How much.
    pub value: Ratio,
    /// Of what unit.
    pub unit: Unit,
}

impl ExactVolume {
    /// `value` of `unit`.
    pub fn new(value: Ratio, unit: Unit) -> Self {
        Self { value, unit }
    }

    /// As it is stored: rounded at [`VOLUME_DECIMALS`].
    ///
    /// # Errors
    /// [`QuantityError::Overflow`] beyond 28 digits.
    pub fn stored(&self) -> Result<Measure, QuantityError> {
        Ok(Measure::new(
            self.value.half_up(VOLUME_DECIMALS)?,
            self.unit,
        ))
    }
}

impl From<Measure> for ExactVolume {
    fn from(measure: Measure) -> Self {
        Self::new(Ratio::from(measure), measure.unit())
    }
}
