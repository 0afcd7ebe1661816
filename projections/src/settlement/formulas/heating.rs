//! Heating by the house meter, paid in the heating season.

use aggregates::quantity::{Money, QuantityError};

use crate::settlement::formulas::hot_water::heat_of_water;
use crate::settlement::ratio::Ratio;

/// The house and its areas.
#[derive(Clone, Copy, Debug)]
pub struct HeatedHouse<'a> {
    /// V_d: what the house consumed for heating, Гкал.
    pub volume: &'a Ratio,
    /// S_об: all residential and non-residential premises, м².
    pub total_area: &'a Ratio,
    /// S_ои: common premises heated by the technical documents, м²; may be zero.
    pub common_area: &'a Ratio,
    /// S_инд: premises without heating devices or with a lawful source of their own, м².
    pub own_source_area: &'a Ratio,
}

/// The premises that have a heat meter, together.
#[derive(Clone, Copy, Debug)]
pub struct MeteredPremises<'a> {
    /// ΣV, Гкал.
    pub volume: &'a Ratio,
    /// ΣS, м².
    pub area: &'a Ratio,
}

/// What is left of the house's heat after all premises.
#[derive(Clone, Copy, Debug)]
pub struct SharedHeat<'a> {
    /// V_d, Гкал.
    pub house: &'a Ratio,
    /// ΣV_i of all premises, Гкал.
    pub premises: &'a Ratio,
    /// S_об, м².
    pub total_area: &'a Ratio,
}

/// One premises.
#[derive(Clone, Copy, Debug)]
pub struct HeatedPremises<'a> {
    /// V_i, Гкал; zero for premises of S_инд.
    pub volume: &'a Ratio,
    /// S_i, м².
    pub area: &'a Ratio,
}

/// What a house meter that also counts the heat of hot water shows.
#[derive(Clone, Copy, Debug)]
pub struct HouseHeat<'a> {
    /// Q, Гкал.
    pub total: &'a Ratio,
    /// Hot water by its house meter, м³.
    pub hot_water: &'a Ratio,
    /// q, Гкал for heating 1 м³: the approved norm.
    pub heat_norm: &'a Ratio,
}

/// Ф. 3(6): V_i of premises in a house where nobody has a heat meter,
/// `S_i · V_d / (S_об − S_инд + S_ои)`; zero for premises of S_инд, which the caller knows. Гкал.
///
/// ПП 354 прил. 2 ф. 3(6); the structure by public calculators, the number unverified.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where nothing is heated.
pub fn formula_3_6(house: &HeatedHouse<'_>, area: &Ratio) -> Result<Ratio, QuantityError> {
    let heated = house.total_area - house.own_source_area + house.common_area;
    (area * house.volume).checked_div(&heated)
}

/// Ф. 3(7): V_i of premises without a heat meter in a house where some have one,
/// `S_i · ΣV / ΣS` of those that have; zero for premises of S_инд. Гкал.
///
/// ПП 354 прил. 2 ф. 3(7); upheld by КС 1405-О, and set aside by ВС 304-ЭС24-21712 where two flats
/// of a house had meters.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where no premises has a meter.
pub fn formula_3_7(metered: &MeteredPremises<'_>, area: &Ratio) -> Result<Ratio, QuantityError> {
    (area * metered.volume).checked_div(metered.area)
}

/// The common part of one premises: `S_i · (V_d − ΣV) / S_об`, Гкал. Negative where the premises
/// consumed more than the house (rules Q3); the caller decides what becomes of it.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the house has no area.
pub fn shared_heat(shared: &SharedHeat<'_>, area: &Ratio) -> Result<Ratio, QuantityError> {
    (area * (shared.house - shared.premises)).checked_div(shared.total_area)
}

/// Ф. 3, 3(1) and 3(3): `V_i + S_i · (V_d − ΣV) / S_об`, Гкал. They differ only in V_i: by
/// [`formula_3_6`] where nobody has a meter (ф. 3), by the meter or [`formula_3_7`] where some have
/// one (ф. 3(1)), by the meter where all have (ф. 3(3)).
///
/// ПП 354 прил. 2 ф. 3, 3(1), 3(3), as of 2019 (ПП 1708, КС 30-П); ф. 3 reproduced from a bill.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the house has no area.
pub fn formula_3(
    shared: &SharedHeat<'_>,
    premises: &HeatedPremises<'_>,
) -> Result<Ratio, QuantityError> {
    Ok(premises.volume + shared_heat(shared, premises.area)?)
}

/// V_d where the house's heat meter counts the hot water too: `Q − V · q`, Гкал (rules Q4).
///
/// Reproduced from a published bill; what the rooms consumed does not enter.
pub fn heat_less_hot_water(house: &HouseHeat<'_>) -> Ratio {
    house.total - heat_of_water(house.hot_water, house.heat_norm)
}

/// A house without a heat meter, its norm and its areas.
#[derive(Clone, Copy, Debug)]
pub struct NormedHouse<'a> {
    /// N, Гкал/м² a month.
    pub norm: &'a Ratio,
    /// S_об: all residential and non-residential premises, м².
    pub total_area: &'a Ratio,
    /// S_ои: common premises heated by the technical documents, м²; may be zero.
    pub common_area: &'a Ratio,
    /// S_инд: premises without heating devices or with a lawful source of their own, м².
    pub own_source_area: &'a Ratio,
}

/// Ф. 2: `S_i · N`, Гкал a month.
///
/// ПП 354 прил. 2 ф. 2; reproduced from a published bill.
pub fn formula_2(norm: &Ratio, area: &Ratio) -> Ratio {
    norm * area
}

/// Ф. 2(1): the share of a month in a year of even payment, `K = months / 12`.
///
/// ПП 354 прил. 2 ф. 2(1); the number of months is the region's.
///
/// # Errors
/// None in fact: twelve is no zero.
pub fn formula_2_1(volume: &Ratio, heating_months: u32) -> Result<Ratio, QuantityError> {
    (volume * Ratio::from(heating_months)).checked_div(&Ratio::from(12_u32))
}

/// Ф. 2(3): `V_i + S_i · S_ои · b / S_об` with `b = N · (S_об − S_инд) / (S_об − S_инд + S_ои)` and
/// `V_i = S_i · b`, for premises of S_инд zero. Гкал a month; over the house `N · (S_об − S_инд)`.
///
/// ПП 354 прил. 2 ф. 2(3), 2(4); the structure by public calculators, the numbers unverified.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where nothing is heated or the house has no area.
pub fn formula_2_3(
    house: &NormedHouse<'_>,
    area: &Ratio,
    has_own_source: bool,
) -> Result<Ratio, QuantityError> {
    let with_heating = house.total_area - house.own_source_area;
    let heated = &with_heating + house.common_area;
    let base = (house.norm * &with_heating).checked_div(&heated)?;
    let common = (area * house.common_area * &base).checked_div(house.total_area)?;
    match has_own_source {
        true => Ok(common),
        false => Ok(area * &base + common),
    }
}

/// Heating paid evenly: the mean month of the year before, `ΣV / 12`, Гкал (ПП 354 п. 42(1)).
///
/// # Errors
/// None in fact: twelve is no zero.
pub fn even_month_42_1(year: &Ratio) -> Result<Ratio, QuantityError> {
    year.checked_div(&Ratio::from(12_u32))
}

/// Ф. 3(4): what the year cost by the fact, each month at its own price, rounded once, less what
/// was charged for it; negative for a credit.
///
/// ПП 354 прил. 2 ф. 3(4), п. 42(1); reproduced by case DC-06, rounding by convention.
///
/// # Errors
/// [`QuantityError`] where the sum does not fit.
pub fn formula_3_4(fact: &Ratio, charged: Money) -> Result<Money, QuantityError> {
    fact.kopecks_half_up()?.checked_sub(charged)
}

/// Ф. 6: what of the heating of all premises with distributors falls on one of them,
/// `P · Σ(k · m) / ΣΣ(k · m)`, ₽; the correction is that less what was charged.
///
/// ПП 354 п. 42(1), прил. 2 ф. 6: the structure remembered, no figures are published.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where no distributor counted anything.
pub fn formula_6(together: &Ratio, own: &Ratio, all: &Ratio) -> Result<Ratio, QuantityError> {
    (together * own).checked_div(all)
}

/// Heat brought to another outdoor temperature: `V · D / D₀`, where D₀ and D are the degree-days
/// `Σ(t_in − t_out)` of the days that V is known of and of those that are told.
///
/// ПП 354 п. 59(1), ред. ПП 1176; ПП 1034 п. 118: the structure remembered, numbers derived.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the known days had no heating weather.
pub fn by_temperature_59_1(
    volume: &Ratio,
    known: &Ratio,
    told: &Ratio,
) -> Result<Ratio, QuantityError> {
    (volume * told).checked_div(known)
}

/// A node without a meter for more than 15 days: the contract load brought to the outdoor
/// temperature, `Q · (t_in − t) / (t_in − t_calc) · hours`, Гкал.
///
/// ПП 1034 п. 115–117, Методика 99/пр: the structure remembered, numbers derived. Not asked for
/// yet.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the design temperature is that indoors.
pub fn contract_load_1034(
    load: &Ratio,
    (indoors, outdoors, design): (&Ratio, &Ratio, &Ratio),
    hours: u32,
) -> Result<Ratio, QuantityError> {
    let brought = (load * &(indoors - outdoors)).checked_div(&(indoors - design))?;
    Ok(brought * Ratio::from(hours))
}
