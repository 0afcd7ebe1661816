//! Hot water at a price of two components.

use aggregates::account::bill::Multiplier;

use crate::settlement::formulas::individual::{Priced, formula_1, formula_4_1};
use crate::settlement::ratio::Ratio;

/// Hot water and what is paid for it.
#[derive(Clone, Copy, Debug)]
pub struct HotWater<'a> {
    /// V, м³.
    pub volume: &'a Ratio,
    /// q, Гкал for heating 1 м³: the approved norm, never a measured value.
    pub heat_norm: &'a Ratio,
    /// T_c, roubles for 1 м³ of cold water or carrier.
    pub water_price: &'a Ratio,
    /// T_te, roubles for 1 Гкал.
    pub heat_price: &'a Ratio,
}

/// The two components of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoComponents {
    /// For the water or carrier, roubles.
    pub water: Ratio,
    /// What the multiplier adds to it, roubles.
    pub water_excess: Ratio,
    /// V · q, Гкал.
    pub heat_volume: Ratio,
    /// For the heat in it, roubles.
    pub heat: Ratio,
}

/// Heat in hot water: `V · q`, Гкал.
pub fn heat_of_water(volume: &Ratio, heat_norm: &Ratio) -> Ratio {
    volume * heat_norm
}

/// Ф. 23: `P = V · T_c + V · q · T_te`.
///
/// ПП 354 прил. 2 ф. 23; reproduced from published bills, which price the unrounded `V · q`.
pub fn formula_23(water: &HotWater<'_>) -> TwoComponents {
    let HotWater {
        volume,
        heat_norm,
        water_price,
        heat_price,
    } = *water;
    let heat_volume = heat_of_water(volume, heat_norm);
    TwoComponents {
        water: formula_1(Priced {
            volume,
            price: water_price,
        }),
        water_excess: Ratio::zero(),
        heat: &heat_volume * heat_price,
        heat_volume,
    }
}

/// Ф. 23(1): `P = n · N · K · T_c + n · N · q · T_te`, of premises without a meter where one can
/// be put in; `volume` is n · N, without K.
///
/// ПП 354 прил. 2 ф. 23(1), unverified: that K reaches the water only is second-hand.
pub fn formula_23_1(water: &HotWater<'_>, multiplier: Multiplier) -> TwoComponents {
    let norm = Priced {
        volume: water.volume,
        price: water.water_price,
    };
    let multiplied = formula_4_1(norm, multiplier);
    TwoComponents {
        water_excess: multiplied.excess,
        ..formula_23(water)
    }
}

/// Ф. 24: common needs or common property, `V` the share of the premises by ф. 12 or 15.
///
/// ПП 354 прил. 2 ф. 24; reproduced from published bills.
pub fn formula_24(share: &HotWater<'_>) -> TwoComponents {
    formula_23(share)
}
