//! What a house consumes in common: общедомовые нужды and ресурсы на содержание общего имущества.

use aggregates::quantity::{Money, QuantityError};

use crate::rules::NegativeVolume;
use crate::settlement::ratio::Ratio;

/// What came into a house and what of it is not common. All in the unit of the resource.
#[derive(Clone, Copy, Debug)]
pub struct HouseVolumes<'a> {
    /// V_d: by the house meter, or by п. 59(1).
    pub house: &'a Ratio,
    /// ΣV of all premises, residential and not, by meter, average or norm.
    pub premises: &'a Ratio,
    /// V_кр: what the provider itself used for heating or hot water (п. 54); zero if nothing.
    pub own_production: &'a Ratio,
}

/// A norm for common property.
#[derive(Clone, Copy, Debug)]
pub struct CommonNorm<'a> {
    /// N_ои, units for 1 м² and month.
    pub norm: &'a Ratio,
    /// S_ои: the common rooms that count for the resource (прил. 2 п. 17), м².
    pub common_area: &'a Ratio,
}

/// The part of one premises in the house, by area.
#[derive(Clone, Copy, Debug)]
pub struct AreaShare<'a> {
    /// S_i, м².
    pub area: &'a Ratio,
    /// S_об, м².
    pub total_area: &'a Ratio,
}

/// A common volume under the cap of the norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capped {
    /// Is shared out among the premises.
    pub distributed: Ratio,
    /// Is borne by the provider.
    pub borne_by_provider: Ratio,
}

/// Ф. 11, the bracket: common cold water of the house, less what was made into hot water.
/// [`by_area`] gives the part of one premises.
///
/// ПП 354 прил. 2 ф. 11, unverified. For КР на СОИ the same (ПП 491 п. 29(2)).
pub fn formula_11(volumes: &HouseVolumes<'_>, made_into_hot_water: &Ratio) -> Ratio {
    formula_12(volumes) - made_into_hot_water
}

/// Ф. 12, the bracket: common hot water, gas, electricity or sewage of the house, `V_d − ΣV −
/// V_кр`. [`by_area`] gives the part of one premises. Below zero where the premises consumed more
/// than came in: see [`negative_45`].
///
/// ПП 354 прил. 2 ф. 12; reproduced from a published calculation. For КР на СОИ the same (ПП 491
/// п. 29(2)).
pub fn formula_12(volumes: &HouseVolumes<'_>) -> Ratio {
    volumes.house - volumes.premises - volumes.own_production
}

/// Ф. 15, the bracket: `N_ои · S_ои`, where there is no house meter. [`by_area`] gives the part of
/// one premises.
///
/// ПП 354 прил. 2 ф. 15; reproduced from published bills.
pub fn formula_15(norm: CommonNorm<'_>) -> Ratio {
    norm.norm * norm.common_area
}

/// The last factor of ф. 11, 12 and 15: `volume · S_i / S_об`.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the house has no area.
pub fn by_area(volume: &Ratio, share: AreaShare<'_>) -> Result<Ratio, QuantityError> {
    (volume * share.area).checked_div(share.total_area)
}

/// What is shared out of a common volume that may lie below zero.
///
/// ПП 354 п. 45 as of ПП 1498: nothing, since 01.01.2017.
pub fn negative_45(volume: Ratio, rule: NegativeVolume) -> Ratio {
    match rule {
        NegativeVolume::Zero => volume.max(Ratio::zero()),
        NegativeVolume::Signed => volume,
    }
}

/// What is due for a month after what was carried over from earlier ones, and what is carried
/// further: `max(0, D − C)` and `max(0, C − D)` of a difference D and a carried volume C.
///
/// ПП 124 п. 21(1): since 01.01.2021 a volume below zero lowers the following periods.
pub fn carry_over_21(difference: &Ratio, carried: &Ratio) -> (Ratio, Ratio) {
    let left = difference - carried;
    match left.is_negative() {
        true => (Ratio::zero(), -left),
        false => (left, Ratio::zero()),
    }
}

/// One of `parts` equal parts of a sum, cut to whole kopecks: what is cut off stays for the last.
///
/// ПП 491 п. 29(3) as of ПП 480; case DC-11.
pub fn equal_part(sum: Money, parts: u32) -> Money {
    Money::from_kopecks(sum.kopecks() / i64::from(parts.max(1)))
}

/// ОДН under its cap: at most `norm` ([`formula_15`]) is shared out, the rest borne by the
/// provider. Not to be asked where the owners decided otherwise or the РСО is the provider.
///
/// ПП 354 п. 44, unverified; a public billing does the same.
pub fn cap_44(volume: &Ratio, norm: &Ratio) -> Capped {
    let distributed = volume.min(norm).clone();
    Capped {
        borne_by_provider: volume - &distributed,
        distributed,
    }
}
