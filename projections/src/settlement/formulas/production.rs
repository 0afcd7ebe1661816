//! Heating and hot water that the house makes itself, by equipment that is common property (ПП 354
//! п. 54).

use aggregates::quantity::QuantityError;

use crate::settlement::formulas::common::{AreaShare, by_area};
use crate::settlement::ratio::Ratio;

/// A resource used for the production.
#[derive(Clone, Copy, Debug)]
pub struct Used<'a> {
    /// V_v, in the unit of its price.
    pub volume: &'a Ratio,
    /// T_v, roubles a unit.
    pub price: &'a Ratio,
}

/// Hot water of one premises among all that was made.
#[derive(Clone, Copy, Debug)]
pub struct MadeWater<'a> {
    /// V_i, м³.
    pub volume: &'a Ratio,
    /// ΣV_i of the house, м³.
    pub all: &'a Ratio,
    /// T of cold water, roubles for 1 м³.
    pub water_price: &'a Ratio,
}

fn cost(used: &[Used<'_>]) -> Ratio {
    used.iter().map(|one| one.volume * one.price).sum()
}

/// Ф. 18: `P_i = Σ(V_v · T_v) · S_i / S_об`: heating made in the house. Roubles.
///
/// ПП 354 п. 54, прил. 2 ф. 18; its head was read, its terms are remembered.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the house has no area.
pub fn formula_18(used: &[Used<'_>], share: AreaShare<'_>) -> Result<Ratio, QuantityError> {
    by_area(&cost(used), share)
}

/// Ф. 20: `P_i = V_i · T_хв + Σ(V_v · T_v) · V_i / ΣV_i`: hot water made in the house. Roubles.
///
/// ПП 354 п. 54, прил. 2 ф. 20; reproduced from a published answer (m.penzainform.ru).
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where no hot water was made.
pub fn formula_20(used: &[Used<'_>], water: &MadeWater<'_>) -> Result<Ratio, QuantityError> {
    let heating = (cost(used) * water.volume).checked_div(water.all)?;
    Ok(water.volume * water.water_price + heating)
}
