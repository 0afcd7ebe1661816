//! Water, electricity, gas and sewage of one premises, and the tax on a line.

use aggregates::account::bill::Multiplier;
use aggregates::quantity::{Money, Percent, QuantityError};
use rust_decimal::Decimal;

use crate::settlement::ratio::Ratio;

/// A volume and its price.
#[derive(Clone, Copy, Debug)]
pub struct Priced<'a> {
    /// V, in the unit of the price.
    pub volume: &'a Ratio,
    /// T, roubles a unit.
    pub price: &'a Ratio,
}

/// An amount by the norm, told apart as a bill has to show it (п. 69).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiplied {
    /// By the norm itself, roubles.
    pub base: Ratio,
    /// What the multiplier adds, roubles.
    pub excess: Ratio,
}

/// Ф. 1: `P = V · T`, V by the meter, or by п. 59 where it applies. Roubles.
///
/// ПП 354 прил. 2 ф. 1; reproduced from published bills.
pub fn formula_1(priced: Priced<'_>) -> Ratio {
    priced.volume * priced.price
}

/// Ф. 4: `P = n · N · T`, of premises without a meter where none can be put in; `volume` is
/// [`norm_60`](super::gaps::norm_60) of them. Roubles.
///
/// ПП 354 п. 42, прил. 2 ф. 4.
pub fn formula_4(norm: Priced<'_>) -> Ratio {
    formula_1(norm)
}

/// Ф. 4(1): `P = n · N · K · T`, of premises without a meter where one can be put in; `volume` is
/// [`norm_60`](super::gaps::norm_60) of them, without K: K multiplies money and never a volume.
///
/// ПП 354 п. 42, 69, прил. 2 ф. 4(1); K by the day from [`crate::rules`].
pub fn formula_4_1(norm: Priced<'_>, multiplier: Multiplier) -> Multiplied {
    let base = formula_4(norm);
    let excess = &base * (Ratio::from(multiplier) - Ratio::from(1_u32));
    Multiplied { base, excess }
}

/// What an amount is lowered by on `late` of its `days`, on which the price is multiplied by
/// `factor` because the meter was not replaced in time; negative. Roubles.
///
/// ПП 354 п. 80(1), 80(2), ред. ПП 2075 (rules ).
///
/// # Errors
/// [`QuantityError::DivisionByZero`] for no days.
pub fn late_replacement_80(
    amount: &Ratio,
    factor: &Ratio,
    (late, days): (u32, u32),
) -> Result<Ratio, QuantityError> {
    let lowered = amount * (factor - Ratio::from(1_u32));
    (lowered * Ratio::from(late)).checked_div(&Ratio::from(days))
}

/// Водоотведение without a meter of its own: the sum of cold and hot water, each by whatever
/// method it was found. м³.
///
/// ПП 354 п. 42; reproduced from published bills.
pub fn sewage_42(cold_water: &Ratio, hot_water: &Ratio) -> Ratio {
    cold_water + hot_water
}

/// НДС on top of a net line, from its rounded amount (rules 13.4). Roubles.
///
/// # Errors
/// [`QuantityError::Overflow`].
pub fn vat(net: Money, rate: Percent) -> Result<Money, QuantityError> {
    let share = Ratio::from(rate.value()).checked_div(&Ratio::from(Decimal::ONE_HUNDRED))?;
    (Ratio::from(net) * share).kopecks_half_up()
}
