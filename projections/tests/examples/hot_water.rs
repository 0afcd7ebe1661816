//! Hot water at two components: ф. 23, 23(1), and the heat of a house's hot water.

use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource;
use projections::settlement::formulas::gaps::norm_60;
use projections::settlement::formulas::heating::{HouseHeat, heat_less_hot_water};
use projections::settlement::formulas::hot_water::{
    HotWater, TwoComponents, formula_23, formula_23_1, heat_of_water,
};
use projections::settlement::formulas::individual::{Priced, formula_4_1, sewage_42};
use projections::settlement::ratio::Ratio;

use crate::support::{
    assert_prints, billed, day, difference, edition, multiplier, priced, ratio, total,
};

/// Prices of the public program's tests.
const TEST_PRICES: Prices = Prices {
    heat_norm: "0.0611",
    water: "49.19",
    heat: "2371.72",
};

/// A heat norm and two prices.
#[derive(Clone, Copy)]
struct Prices {
    heat_norm: &'static str,
    water: &'static str,
    heat: &'static str,
}

impl Prices {
    fn charge(self, volume: &Ratio) -> TwoComponents {
        self.priced(volume, formula_23)
    }

    fn norm_charge(self, volume: &Ratio, by: &str) -> TwoComponents {
        self.priced(volume, |water| formula_23_1(water, multiplier(by)))
    }

    fn priced(
        self,
        volume: &Ratio,
        formula: impl Fn(&HotWater<'_>) -> TwoComponents,
    ) -> TwoComponents {
        formula(&HotWater {
            volume,
            heat_norm: &ratio(self.heat_norm),
            water_price: &ratio(self.water),
            heat_price: &ratio(self.heat),
        })
    }
}

/// Published bill.
#[test]
fn hw2_khab_2020_04() {
    let prices = Prices {
        heat_norm: "0.052600",
        water: "40.76",
        heat: "1775.84",
    };
    let charge = prices.charge(&ratio("0.84313"));
    assert_prints(&charge.heat_volume, "0.04435");
    assert_eq!(billed(&charge.heat), "78.76");
    assert_eq!(billed(&charge.water), "34.37");
    assert_eq!(total(&["78.76", "34.37"]), "113.13");
    assert_eq!(total(&["2077.17", "113.13"]), "2190.30");
    assert_eq!(total(&["2190.30", "631.72"]), "2822.02");
}

/// Published bill. The house meter and the norm decide, not what the rooms consumed.
#[test]
fn hw2_house_heat_khab_2020_04() {
    let norm = ratio("0.052600");
    let hot_water = ratio("834.5010");
    assert_prints(&heat_of_water(&hot_water, &norm), "43.8948");
    assert_prints(&heat_of_water(&ratio("986.4024"), &norm), "51.8848");
    let heating = heat_less_hot_water(&HouseHeat {
        total: &ratio("331.0450"),
        hot_water: &hot_water,
        heat_norm: &norm,
    });
    // The bill subtracts the rounded 43.8948; exactly 43.8947526 is subtracted here.
    assert_eq!(heating, ratio("287.1502474"));
    assert_prints(&heating, "287.1502");
}

/// Published bill.
#[test]
fn hw2_vlad_2023_08() {
    let volume = difference("170.913000", "173.029000");
    assert_prints(&volume, "2.116000");
    let heat = heat_of_water(&volume, &ratio("0.058476"));
    assert_prints(&heat, "0.123735");
    assert_eq!(billed(&priced(&heat, "2848.42")), "352.45");
    let power = difference("8993", "9227");
    assert_prints(&power, "234");
    assert_eq!(billed(&priced(&power, "3.75")), "877.50");
}

/// Published bill of two averaged meters. One printed virtual reading hides a digit.
#[test]
fn hw2_neru_2021_03() {
    let volume = ratio("1.69887") + ratio("2.82503");
    let heat = heat_of_water(&volume, &ratio("0.070300"));
    assert_prints(&heat, "0.31803");
    assert_eq!(billed(&priced(&heat, "838.98")), "266.82");
    let virtual_reading = ratio("181.9595") + ratio("2.82503");
    assert_prints(&virtual_reading, "184.7845");
    assert_eq!(ratio("184.7846") - virtual_reading, ratio("0.00007"));
}

/// Published bill. A tiny volume tells that the unrounded one is priced: 0.0007 · 4802.80 would
/// be 3.36.
#[test]
fn hw2_tsiolk_2021_03() {
    let prices = Prices {
        heat_norm: "0.0387",
        water: "29.34",
        heat: "4802.80",
    };
    let (cold, hot) = (ratio("1.5570"), ratio("0.0190"));
    let charge = prices.charge(&hot);
    assert_prints(&charge.heat_volume, "0.0007");
    assert_eq!(billed(&charge.heat), "3.53");
    assert_eq!(billed(&charge.water), "0.56");
    assert_eq!(billed(&priced(&cold, "29.34")), "45.68");
    let sewage = sewage_42(&cold, &hot);
    assert_prints(&sewage, "1.5760");
    assert_eq!(billed(&priced(&sewage, "27.20")), "42.87");
}

/// Published bill: heating and the heat of hot water at different prices.
#[test]
fn heat_avgnorm_blag_2021_02() {
    assert_eq!(billed(&priced(&ratio("1.4241"), "1164.48")), "1658.34");
    let heat = heat_of_water(&ratio("2.00000"), &ratio("0.074500"));
    assert_prints(&heat, "0.14900");
    assert_eq!(billed(&priced(&heat, "1436.82")), "214.09");
    assert_eq!(total(&["1658.34", "214.09"]), "1872.43");
}

/// Test of a public program: no meter though one could be put in, two persons. The multiplier is
/// that of the rules for July 2026.
#[test]
fn hw2_test_c1() {
    let july = edition("2026-07");
    let component = TariffComponent::ColdWater;
    let uplift = july.multiplier(Resource::HotWater, component, day("2026-07-01"));
    let uplift = uplift.expect("a multiplier holds").value;
    assert_eq!(uplift, multiplier("1.5"));
    let charge = TEST_PRICES.norm_charge(&norm_60(2, &ratio("3.19")), "1.5");
    assert_eq!(billed(&charge.water), "313.83");
    assert_eq!(billed(&charge.water_excess), "156.92");
    assert_eq!(billed(&charge.heat), "924.54");
}

/// Test of a public program: by the meter.
#[test]
fn hw2_test_c2() {
    let volume = difference("150.000", "154.320");
    assert_prints(&volume, "4.320");
    let charge = TEST_PRICES.charge(&volume);
    assert_eq!(billed(&charge.water), "212.50");
    assert_eq!(billed(&charge.heat), "626.02");
    assert!(charge.water_excess.is_zero());
}

/// Test of a public program: not submitted, average of 3 m³, no uplift.
#[test]
fn hw2_test_c5() {
    let charge = TEST_PRICES.charge(&ratio("3.0"));
    assert_eq!(billed(&charge.water), "147.57");
    assert_eq!(billed(&charge.heat), "434.74");
}

/// Test of a public program: nobody is registered, one owner counts (п. 56(2)).
#[test]
fn hw2_test_c7() {
    let charge = TEST_PRICES.norm_charge(&norm_60(1, &ratio("3.19")), "1.5");
    assert_eq!(billed(&charge.water), "156.92");
    assert_eq!(billed(&charge.water_excess), "78.46");
    assert_eq!(billed(&charge.heat), "462.27");
}

/// Worked case: K = 3 is of cold water, hot water keeps 1.5 on its first component; heat and
/// sewage have none; no volume is multiplied.
#[test]
fn dc_09_hw_two_component_no_meter() {
    let march = edition("2026-03");
    let uplift = |resource, component| {
        let found = march.multiplier(resource, component, day("2026-03-01"));
        found.expect("a multiplier holds").value
    };
    let prices = Prices {
        heat_norm: "0.0611",
        water: "44.86",
        heat: "2371.72",
    };
    let hot = norm_60(3, &ratio("3.16"));
    assert_eq!(hot, ratio("9.48"));
    let hot_uplift = uplift(Resource::HotWater, TariffComponent::ColdWater);
    let charge = prices.priced(&hot, |water| formula_23_1(water, hot_uplift));
    assert_eq!(billed(&charge.water), "425.27");
    assert_eq!(billed(&charge.water_excess), "212.64");
    assert_eq!(charge.heat_volume, ratio("0.579228"));
    assert_eq!(billed(&charge.heat), "1373.77");
    let cold = norm_60(3, &ratio("4.29"));
    assert_eq!(cold, ratio("12.87"));
    let price = &ratio("44.86");
    let volume = &cold;
    let cold_uplift = uplift(Resource::ColdWater, TariffComponent::Single);
    let multiplied = formula_4_1(Priced { volume, price }, cold_uplift);
    assert_eq!(billed(&multiplied.base), "577.35");
    assert_eq!(billed(&multiplied.excess), "1154.70");
    let sewage = sewage_42(&cold, &hot);
    assert_eq!(sewage, ratio("22.35"));
    assert_eq!(billed(&priced(&sewage, "32.14")), "718.33");
    let lines = ["425.27", "212.64", "1373.77", "577.35", "1154.70", "718.33"];
    assert_eq!(total(&lines), "4462.06");
    // What a wrong K would bill.
    let wrong = prices.norm_charge(&hot, "3");
    assert_eq!(billed(&wrong.water_excess), "850.55");
}
