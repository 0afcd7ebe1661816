//! Volumes by norms of several purposes, and what an absence takes off a norm.

use aggregates::quantity::QuantityError;
use aggregates::time::Period;

use crate::settlement::formulas::gaps::{norm_60, part_of_month};
use crate::settlement::ratio::Ratio;

/// What gas is used for in premises without a meter; a norm that does not apply is zero.
#[derive(Clone, Copy, Debug)]
pub struct GasNorms<'a> {
    /// n, as in [`norm_60`].
    pub persons: &'a Ratio,
    /// N for cooking, м³ for a person and month.
    pub cooking: &'a Ratio,
    /// N for heating water, м³ for a person and month.
    pub water_heating: &'a Ratio,
    /// S_i, м².
    pub area: &'a Ratio,
    /// N for heating, м³ for 1 м² and month.
    pub heating: &'a Ratio,
}

/// Ф. 5, the volume: `V = n · N_п + n · N_в + S_i · N_о`, м³ a month.
///
/// ПП 354 прил. 2 ф. 5, unverified; metered gas follows ПП 549.
pub fn formula_5(gas: &GasNorms<'_>) -> Ratio {
    gas.persons * gas.cooking + gas.persons * gas.water_heating + gas.area * gas.heating
}

/// П. 90: what of a month's norm is not consumed by so many persons who were away for so many full
/// days of it; the days of departure and return are none.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] never: a month has days.
pub fn absence_90(
    absent: u32,
    norm: &Ratio,
    full_days: u32,
    month: Period,
) -> Result<Ratio, QuantityError> {
    part_of_month(&norm_60(absent, norm), full_days, month)
}
