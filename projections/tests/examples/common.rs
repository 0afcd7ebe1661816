//! What a house consumes in common: ф. 10, 12, 15, 24, the cap of п. 44, a house meter replaced.

use aggregates::quantity::Money;
use aggregates::vocabulary::Resource;
use projections::settlement::formulas::common::{
    AreaShare, CommonNorm, HouseVolumes, by_area, cap_44, carry_over_21, equal_part, formula_11,
    formula_12, formula_15, negative_45,
};
use projections::settlement::formulas::gaps::{average_59, part_of_month};
use projections::settlement::formulas::hot_water::{HotWater, formula_24};
use projections::settlement::ratio::Ratio;

use crate::support::{
    assert_prints, billed, day, difference, edition, period, priced, published_less_exact, ratio,
};

/// The part of premises of this area in a house of that one.
fn part(volume: &Ratio, area: &str, total_area: &str) -> Ratio {
    let share = AreaShare {
        area: &ratio(area),
        total_area: &ratio(total_area),
    };
    by_area(volume, share).expect("the house has an area")
}

fn by_norm(norm: &str, common_area: &str) -> Ratio {
    formula_15(CommonNorm {
        norm: &ratio(norm),
        common_area: &ratio(common_area),
    })
}

fn by_meter(house: &Ratio, premises: &Ratio) -> Ratio {
    formula_12(&HouseVolumes {
        house,
        premises,
        own_production: &Ratio::zero(),
    })
}

/// Published calculation: common needs do not depend on own use.
#[test]
fn odn_f12_dek() {
    let premises = ratio("1000") + ratio("4000") + ratio("5000");
    let common = by_meter(&ratio("12000"), &premises);
    let own = part(&common, "60", "2400");
    assert_prints(&own, "50.000");
    let common = priced(&own, "1.936");
    assert_eq!(billed(&common), "96.80");
    assert_eq!(
        billed(&(priced(&ratio("150"), "1.936") + &common)),
        "387.20"
    );
    assert_eq!(
        billed(&(priced(&Ratio::zero(), "1.936") + &common)),
        "96.80"
    );
}

/// Published calculation.
#[test]
fn odn_f15_dek() {
    let own = part(&by_norm("3.94", "1426"), "60", "2400");
    assert_prints(&own, "140.461");
    assert_eq!(billed(&priced(&own, "1.936")), "271.93");
}

/// Published complaint with an arithmetic mistake: 0.000546 m³ instead of 1.3268; the bill it
/// accuses, 1.3272, was right but for its fourth decimal.
#[test]
fn odn_f15_ekonom() {
    let own = part(&by_norm("0.33", "156"), "49.3", "1912.8");
    assert_prints(&own, "1.3268");
    assert_prints(&(&own - ratio("0.000546")), "1.3263");
    assert_prints(&(ratio("1.3272") - own), "0.0004");
}

/// Published bill: cold water and sewage for common property by the norm.
#[test]
fn soi_tsiolk_2021_03() {
    let water = by_norm("0.0371", "195.20");
    assert_prints(&water, "7.2419");
    let own = part(&water, "29.50", "2528.60");
    assert_prints(&own, "0.0845");
    assert_eq!(billed(&priced(&own, "29.34")), "2.48");
    let sewage = by_norm("0.0742", "195.20");
    assert_prints(&sewage, "14.4838");
    let own = part(&sewage, "29.50", "2528.60");
    assert_prints(&own, "0.1690");
    assert_eq!(billed(&priced(&own, "27.20")), "4.60");
}

/// Published bill, a kopeck low: the heat in hot water for common property.
#[test]
fn soi_heat_tsiolk_off() {
    let own = part(&by_norm("0.0371", "195.20"), "29.50", "2528.60");
    let charge = formula_24(&HotWater {
        volume: &own,
        heat_norm: &ratio("0.0387"),
        water_price: &ratio("29.34"),
        heat_price: &ratio("4802.80"),
    });
    assert_prints(&charge.heat_volume, "0.0033");
    assert_eq!(billed(&charge.heat), "15.70");
    assert_eq!(published_less_exact("15.69", &charge.heat), "-0.01");
}

/// Published bill whose share of the flat has another denominator than the printed one; the house
/// figure and the price step are right.
#[test]
fn soi_el_magd_off() {
    let house = by_norm("0.58", "1042.70");
    assert_prints(&house, "604.7660");
    let own = part(&house, "43.20", "3417.50");
    assert_prints(&own, "7.6447");
    let printed = ratio("7.7731");
    assert_prints(&(&printed - &own), "0.1284");
    let amount = priced(&own, "2.59");
    assert_eq!(billed(&amount), "19.80");
    assert_eq!(billed(&priced(&printed, "2.59")), "20.13");
    assert_eq!(published_less_exact("20.13", &amount), "0.33");
}

#[test]
fn what_a_provider_makes_of_a_resource_is_not_common() {
    let volumes = HouseVolumes {
        house: &ratio("1000"),
        premises: &ratio("700"),
        own_production: &ratio("50"),
    };
    assert_eq!(formula_12(&volumes), ratio("250"));
    assert_eq!(formula_11(&volumes, &ratio("240")), ratio("10"));
}

/// Derived: the cap of п. 44, and the whole where it does not hold.
#[test]
fn g_odn_cap() {
    let actual = by_meter(&ratio("1000"), &ratio("930"));
    assert_prints(&actual, "70.000");
    let norm = by_norm("0.03", "800");
    assert_prints(&norm, "24.000");
    let capped = cap_44(&actual, &norm);
    let amount = |volume| billed(&priced(&part(volume, "54.3", "5000"), "45.10"));
    assert_eq!(amount(&capped.distributed), "11.75");
    assert_eq!(amount(&actual), "34.29");
    assert_prints(&capped.borne_by_provider, "46.000");
    let below = cap_44(&ratio("20"), &norm);
    assert_eq!(below.distributed, ratio("20"));
    assert!(below.borne_by_provider.is_zero());
}

/// Worked case: the house meter is replaced in the middle of May, two days are filled by its
/// average, the owners pay for common property by fact.
#[test]
fn dc_02_odpu_replaced_mid_month() {
    let may = edition("2026-05");
    let old_meter = difference("18452.310", "18702.810");
    let new_meter = difference("0.350", "148.100");
    assert_eq!(old_meter, ratio("250.5"));
    assert_eq!(new_meter, ratio("147.75"));
    let history = ["398.2", "405.6", "391.9", "402.4", "410.0", "399.1"].map(ratio);
    let average = average_59(&history.iter().sum(), 6).expect("six months");
    assert_eq!(average, ratio("401.2"));
    let gap = part_of_month(&average, 2, period("2026-05")).expect("a month");
    assert_prints(&gap, "25.883870967742");
    let house = old_meter + gap + new_meter;
    assert_prints(&house, "424.133870967742");
    let volumes = HouseVolumes {
        house: &house,
        premises: &ratio("398.700"),
        own_production: &Ratio::zero(),
    };
    let common = formula_11(&volumes, &Ratio::zero());
    let rule = may.negative_volume(Resource::ColdWater, day("2026-05-01"));
    let common = negative_45(common, rule.expect("a rule holds").value);
    assert_prints(&common, "25.433870967742");
    let own = part(&common, "54.3", "5120.4");
    assert_prints(&own, "0.269717052095");
    assert_eq!(billed(&priced(&own, "44.86")), "12.10");
    let most = may.house_average_periods_max(Resource::ColdWater, day("2026-05-13"));
    assert_eq!(most.expect("a limit").value, 3);
    // The other convention: by the 32 days between the readings.
    let by_interval = (average * ratio("2")).checked_div(&ratio("32"));
    assert_eq!(by_interval.expect("not zero"), ratio("25.075"));
}

#[test]
fn dc_11_soi_year_recalc_spread() {
    let cost = |volume: &str, price: &str| priced(&part(&ratio(volume), "54.3", "5120.4"), price);
    assert_eq!(billed(&cost("18", "40.12")), "7.66");
    assert_eq!(billed(&cost("18", "44.11")), "8.42");
    // 31 + 12 + 15 + 10 in the first half-year, 13 + 16 in the second.
    let fact = cost("68", "40.12") + cost("29", "44.11");
    assert_eq!(billed(&fact), "42.50");
    let total = Money::from_kopecks(4250 - 9648);
    assert_eq!(equal_part(total, 11), Money::from_kopecks(-490));
    assert_eq!(total.kopecks() + 10 * 490, -498);
    assert_eq!(equal_part(total, 12), Money::from_kopecks(-449));
    assert_eq!(total.kopecks() + 11 * 449, -459);
    assert_eq!(billed(&cost("68", "40.12")), "28.93");
}

/// ПП 124 п. 21(1): what is below zero lowers the following periods.
#[test]
fn a_negative_volume_is_carried_over() {
    let (due, left) = carry_over_21(&ratio("-3"), &ratio("1"));
    assert_eq!((due, left.clone()), (Ratio::zero(), ratio("4")));
    let (due, left) = carry_over_21(&ratio("9"), &left);
    assert_eq!((due, left), (ratio("5"), Ratio::zero()));
}
