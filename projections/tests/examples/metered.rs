//! Ф. 1 by the meter, the zones of the day, and what a house meter with a transformer counted.

use projections::settlement::formulas::common::{HouseVolumes, formula_12};
use projections::settlement::formulas::individual::sewage_42;
use projections::settlement::ratio::Ratio;

use crate::support::{assert_prints, billed, difference, priced, ratio, total};

/// Published bill.
#[test]
fn el_sakh_2023_05() {
    let volume = difference("6304", "6423");
    assert_prints(&volume, "119");
    assert_eq!(billed(&priced(&volume, "4.99")), "593.81");
}

/// Published bill: cold water and sewage.
#[test]
fn water_raich_2017_09() {
    let volume = difference("306.0000", "310.0000");
    assert_eq!(billed(&priced(&volume, "51.68")), "206.72");
    let sewage = sewage_42(&volume, &Ratio::zero());
    assert_eq!(billed(&priced(&sewage, "24.97")), "99.88");
}

/// Published bill: the charge, then debt, payment and recalculation beside it.
#[test]
fn el_khab_2020_04() {
    let charge = priced(&difference("5850", "5950"), "3.19");
    assert_eq!(billed(&charge), "319.00");
    assert_eq!(total(&["27.60", "319.00", "-100.00"]), "246.60");
    assert_eq!(total(&["246.60", "41.47"]), "288.07");
}

/// Published bill of an averaged meter: what the average was taken over is not published.
#[test]
fn el_avg_khab_2020_04() {
    assert_eq!(billed(&priced(&ratio("308.00000"), "3.19")), "982.52");
    assert_eq!(total(&["638.00", "982.52"]), "1620.52");
    assert_eq!(total(&["1620.52", "823.02"]), "2443.54");
}

/// Test of a public program: water, sewage by their sum, electricity by three zones.
#[test]
fn mix_test_mozarel() {
    let (cold, hot) = (difference("18", "20"), difference("9", "10"));
    let sewage = sewage_42(&cold, &hot);
    let water = priced(&cold, "10") + priced(&hot, "20") + priced(&sewage, "5");
    assert_eq!(billed(&water), "55.00");
    let zones = [("90", "100", "2"), ("45", "50", "1"), ("20", "25", "3")];
    let zones = zones.map(|(before, now, price)| priced(&difference(before, now), price));
    let power: Ratio = zones.iter().sum();
    assert_eq!(billed(&power), "40.00");
    assert_eq!(billed(&(water + power)), "95.00");
}

/// Published bill of a house; the transformer ratio 60 follows from its consumption.
#[test]
fn odpu_kt_raich_2017_09() {
    let house = difference("16081.15", "16453.65") * ratio("60");
    assert_prints(&house, "22350.00");
    let common = formula_12(&HouseVolumes {
        house: &house,
        premises: &ratio("20844"),
        own_production: &Ratio::zero(),
    });
    assert_prints(&common, "1506.00");
}

/// Published bill of a house; the transformer ratio 40 follows from its consumption.
#[test]
fn odpu_kt_tsiolk_2021_03() {
    assert_prints(&(difference("18986", "19298") * ratio("40")), "12480.00");
}
