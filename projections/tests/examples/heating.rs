//! Heating by the house meter: ф. 3 and its kin.

use projections::settlement::formulas::heating::{
    HeatedHouse, HeatedPremises, NormedHouse, SharedHeat, by_temperature_59_1, contract_load_1034,
    formula_2, formula_2_1, formula_2_3, formula_3, formula_3_6, shared_heat,
};
use projections::settlement::ratio::Ratio;

use crate::support::{
    assert_prints, billed, difference, priced, published_less_exact, ratio, total,
};

/// Areas and volume of a house where nobody has a heat meter.
struct House {
    volume: Ratio,
    total_area: Ratio,
    common_area: Ratio,
    own_source_area: Ratio,
}

impl House {
    fn new(volume: &str, total_area: &str) -> Self {
        Self {
            volume: ratio(volume),
            total_area: ratio(total_area),
            common_area: Ratio::zero(),
            own_source_area: Ratio::zero(),
        }
    }

    fn common_area(self, area: &str) -> Self {
        let common_area = ratio(area);
        Self {
            common_area,
            ..self
        }
    }

    fn own_source_area(self, area: &str) -> Self {
        let own_source_area = ratio(area);
        Self {
            own_source_area,
            ..self
        }
    }

    /// V_i of premises with this area that the house heats.
    fn own(&self, area: &Ratio) -> Ratio {
        let house = HeatedHouse {
            volume: &self.volume,
            total_area: &self.total_area,
            common_area: &self.common_area,
            own_source_area: &self.own_source_area,
        };
        formula_3_6(&house, area).expect("something is heated")
    }

    /// The whole volume of premises whose V_i is `own`.
    fn charged(&self, own: &Ratio, area: &Ratio) -> Ratio {
        let all = self.own(&(&self.total_area - &self.own_source_area));
        let shared = SharedHeat {
            house: &self.volume,
            premises: &all,
            total_area: &self.total_area,
        };
        let premises = HeatedPremises { volume: own, area };
        formula_3(&shared, &premises).expect("the house has an area")
    }

    fn heated(&self, area: &str) -> Ratio {
        let area = ratio(area);
        self.charged(&self.own(&area), &area)
    }
}

/// Published bill. Its volume is exact; its amount is a kopeck low.
#[test]
fn heat_f3_khab_2020_04() {
    let volume = difference("43.8948", "331.0450");
    assert_prints(&volume, "287.1502");
    let house = House::new("287.1502", "12348.30").common_area("1316.50");
    let charged = house.heated("50.30");
    assert_prints(&charged, "1.16969");
    let amount = priced(&charged, "1775.84");
    assert_eq!(billed(&amount), "2077.18");
    assert_eq!(published_less_exact("2077.17", &amount), "-0.01");
    // The long form: own part and common part.
    let own = house.own(&ratio("50.30"));
    assert_prints(&own, "1.0569972");
    assert_prints(&(charged - own), "0.1126906");
}

/// Test of a public program.
#[test]
fn heat_f3_test_c11() {
    let charged = House::new("120", "1000.00").heated("50");
    assert_prints(&charged, "6.000000");
    assert_eq!(billed(&priced(&charged, "2280.50")), "13683.00");
}

/// Published bill whose volume does not follow from its house data; its price step is right.
#[test]
fn heat_f3_eao_2020_03() {
    let charged = House::new("43.1200", "1340.60").heated("60.00");
    assert_prints(&charged, "1.92988");
    let printed = ratio("2.16790");
    assert_prints(&(&printed - charged), "0.23802");
    assert_eq!(billed(&priced(&printed, "2640.08")), "5723.43");
    assert_eq!(total(&["5723.43", "-574.75"]), "5148.68");
}

/// Published text with an arithmetic mistake: not 1875.00.
#[test]
fn heat_ish_3675() {
    let amount = priced(&House::new("300", "8000").heated("70"), "1400");
    assert_eq!(billed(&amount), "3675.00");
    assert_eq!(published_less_exact("1875.00", &amount), "-1800.00");
}

/// Derived. Premises on boilers of their own pay for the common part only.
#[test]
fn g_f3_inst() {
    let house = House::new("120", "5000")
        .common_area("400")
        .own_source_area("250");
    let area = ratio("50");
    let own = house.own(&area);
    assert_prints(&own, "1.165049");
    let heated = house.charged(&own, &area);
    let own_boiler = house.charged(&Ratio::zero(), &area);
    assert_prints(&own_boiler, "0.093204");
    assert_eq!(billed(&priced(&heated, "2000")), "2516.50");
    assert_eq!(billed(&priced(&own_boiler, "2000")), "186.41");
    let all = heated * ratio("95") + own_boiler * ratio("5");
    assert_eq!(all, ratio("120"));
    assert_eq!(billed(&priced(&all, "2000")), "240000.00");
}

/// Derived. All premises have heat meters: ф. 3(3).
#[test]
fn g_f33() {
    let shared = SharedHeat {
        house: &ratio("120"),
        premises: &ratio("95"),
        total_area: &ratio("5000"),
    };
    let area = ratio("50");
    let common = shared_heat(&shared, &area).expect("the house has an area");
    assert_prints(&common, "0.250000");
    let premises = HeatedPremises {
        volume: &ratio("0.80"),
        area: &area,
    };
    let charged = formula_3(&shared, &premises).expect("the house has an area");
    assert_eq!(billed(&priced(&charged, "2000")), "2100.00");
}

/// Worked case. Exactly half a kopeck: a decimal that divides first, or a volume rounded at 12
/// decimals, bills 5219.93.
#[test]
fn dc_15_exact_half_after_division() {
    let charged = House::new("184.45", "4215.0").heated("56.2");
    assert_prints(&charged, "2.45933");
    let amount = priced(&charged, "2122.50");
    assert_eq!(amount, ratio("5219.935"));
    assert_eq!(billed(&amount), "5219.94");
    let stored = charged.half_up(12).expect("a number of few digits");
    let by_stored = priced(&stored.into(), "2122.50");
    assert_eq!(by_stored, ratio("5219.93499999929250"));
    assert_eq!(billed(&by_stored), "5219.93");
}

/// Published bill: the common premises are in the norm.
#[test]
fn heat_norm_tsiolk_2021_03() {
    let volume = formula_2(&ratio("0.0220"), &ratio("29.50"));
    assert_prints(&volume, "0.6490");
    assert_eq!(billed(&priced(&volume, "3068.91")), "1991.72");
}

/// Published bill, a kopeck off: its mean month for a square metre has more digits than printed.
#[test]
fn heat_avgnorm_neru_2021_03() {
    let volume = ratio("56.80") * ratio("0.018300");
    assert_prints(&volume, "1.03944");
    let amount = priced(&volume, "2119.20");
    assert_eq!(billed(&amount), "2202.78");
    assert_eq!(published_less_exact("2202.77", &amount), "-0.01");
}

/// Test of a public program: seven months of twelve.
#[test]
fn heat_uniform_test_c9() {
    let month = formula_2(&ratio("0.0195"), &ratio("55.44"));
    let volume = formula_2_1(&month, 7).expect("a month");
    assert_eq!(billed(&priced(&volume, "2371.72")), "1495.68");
}

/// Derived: a house without a meter, with boilers of its own and heated common premises.
#[test]
fn g_f23_norm() {
    let house = NormedHouse {
        norm: &ratio("0.025"),
        total_area: &ratio("5000"),
        common_area: &ratio("400"),
        own_source_area: &ratio("250"),
    };
    let volume = |area: &str, is_own| formula_2_3(&house, &ratio(area), is_own).expect("a volume");
    let season = volume("50", false);
    assert_eq!(billed(&priced(&season, "2000")), "2490.29");
    let even = formula_2_1(&season, 7).expect("a month");
    assert_eq!(billed(&priced(&even, "2000")), "1452.67");
    // The whole house: N · (S_об − S_инд).
    assert_prints(&(volume("4750", false) + volume("250", true)), "118.750000");
}

/// Derived: nine days without a meter, the daily mean of the working days, colder weather.
#[test]
fn g_metodika_avg() {
    let degrees = |outdoors: &str, days: u32| (ratio("20") - ratio(outdoors)) * Ratio::from(days);
    // Ten working days of 6.48 Гкал at −8.1 °C.
    let known = degrees("-8.1", 10);
    let told = degrees("-12.4", 9);
    let volume = by_temperature_59_1(&ratio("64.8"), &known, &told).expect("heat");
    assert_prints(&volume, "67.2444");
}

/// Derived: the contract load at the outdoor temperature of the month.
#[test]
fn g_metodika_load() {
    let degrees = (&ratio("20"), &ratio("-8.5"), &ratio("-31"));
    let heat = contract_load_1034(&ratio("0.25"), degrees, 744).expect("heat");
    assert_prints(&heat, "103.9412");
}
