//! How amounts round, and that norms and prices are kept as approved.

use aggregates::quantity::{NormBasis, NormRate, TariffRate, Unit, exact};
use projections::settlement::formulas::individual::vat;
use projections::settlement::ratio::Ratio;

use crate::support::{assert_prints, billed, day, edition, money, priced, ratio};

/// Published bill: exactly half a kopeck goes up.
#[test]
fn line_halfup_650_475() {
    let amount = priced(&ratio("29.50"), "22.05");
    assert_eq!(amount, ratio("650.475"));
    assert_eq!(billed(&amount), "650.48");
    assert_eq!(billed(&-amount), "-650.48");
}

/// Test of a public program: НДС from the rounded net line. The test keeps the rate of 2025; that
/// of the rules for July 2026 gives 586.24.
#[test]
fn heat_legal_vat_test_c12() {
    let volume = ratio("85") * ratio("0.0195") * ratio("0.583333");
    let net = priced(&volume, "2756.00");
    assert_eq!(billed(&net), "2664.71");
    let tax = |month: &str, on: &str| {
        let edition = edition(month);
        let rate = edition.vat(day(on)).expect("a rate holds").value;
        vat(money("2664.71"), rate)
    };
    assert_eq!(tax("2025-07", "2025-07-01"), Ok(money("532.94")));
    assert_eq!(tax("2026-07", "2026-07-01"), Ok(money("586.24")));
}

/// Published text: the monthly norm comes from the rounded yearly one.
#[test]
fn heat_annual_norm_tavr() {
    let year = ratio("74.93").checked_div(&ratio("253")).expect("an area");
    assert_prints(&year, "0.296");
    let approved = year.half_up(3).expect("a norm");
    let month = Ratio::from(approved).checked_div(&ratio("12"));
    assert_prints(&month.expect("months"), "0.025");
}

/// Published norm that is cut off, not rounded: norms are kept as approved and never reckoned
/// again.
#[test]
fn heat_annual_norm_bryansk() {
    let month = ratio("0.1545").checked_div(&ratio("12")).expect("months");
    assert_eq!(month, ratio("0.012875"));
    assert_prints(&month, "0.01288");
    let approved = exact::parse("0.01287").expect("a decimal number");
    let norm = NormRate::new(approved, Unit::Gigacalorie, NormBasis::SquareMetreMonth);
    let norm = Ratio::from(norm.expect("a norm"));
    assert_eq!(month - norm, ratio("0.000005"));
}

/// Published prices, one of them cut off (half up it would be 58.39): prices are kept as approved
/// and never built again from components.
#[test]
fn hw1_sverd() {
    let price =
        |norm: &str, heat: &str| ratio("7.76") + ratio(norm) * (ratio(heat) + ratio("56.53"));
    assert_eq!(billed(&price("0.06", "712.38")), "53.89");
    assert_eq!(billed(&price("0.05156", "712.38")), "47.40");
    let others = price("0.06", "787.24");
    assert_eq!(others, ratio("58.3862"));
    assert_eq!(billed(&others), "58.39");
    let approved = exact::parse("58.38").expect("a decimal number");
    let approved = TariffRate::new(approved, Unit::CubicMetre).expect("a price");
    assert_eq!(others - Ratio::from(approved), ratio("0.0062"));
}

/// Published bill; solid waste is out of scope, its rounding is not.
#[test]
fn tko_sakh_2023_05() {
    let month = ratio("414.55").checked_div(&ratio("12")).expect("months");
    assert_prints(&month, "34.546");
    assert_eq!(billed(&priced(&month, "2.40034")), "82.92");
}

/// Published text: solid waste by area.
#[test]
fn tko_amur() {
    let month = |area: &str| {
        let year = ratio(area) * ratio("0.1062");
        year.checked_div(&ratio("12")).expect("months")
    };
    assert_eq!(billed(&priced(&month("33"), "433.17")), "126.51");
    assert_eq!(billed(&priced(&month("45"), "315.50")), "125.65");
}

/// Published bill: solid waste by persons.
#[test]
fn tko_dalnegorsk_2022_07() {
    let volume = ratio("0.174460") * ratio("2");
    assert_eq!(billed(&priced(&volume, "468.38")), "163.43");
}
