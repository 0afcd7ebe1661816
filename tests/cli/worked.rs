//! Worked examples of the law (rules/examples.json, cases.json), each as a case file run through
//! `settle`. Names of the tests are the ids of the examples.

use serde_json::json;

use crate::draft::Draft;

const M3: &str = "m3";
const PERSON: &str = "person_month";

/// Hot water at a two-component price as in HW2-TEST-*, one flat.
fn two_component(installed: &str) -> Draft {
    Draft::new(installed)
        .managed(&["hot_water"])
        .flat("1", "50")
        .price("hot_water", "cold_water", "49.19", M3)
        .price("hot_water", "heat_energy", "2371.72", "Gcal")
        .norm("hot_water", "individual", ("3.19", M3, PERSON))
        .norm(
            "hot_water",
            "heating_of_water",
            ("0.0611", "Gcal", "cubic_metre"),
        )
}

/// Heat by formula 3: a flat of `area` in a house of `all` square metres.
fn heated(installed: &str, area: &str, rest: &str, price: &str) -> Draft {
    Draft::new(installed)
        .managed(&["heat"])
        .flat("1", area)
        .flat("2", rest)
        .house_meter("heat", "Gcal")
        .price("heat", "single", price, "Gcal")
}

#[test]
fn heat_f3_khab_2020_04() {
    // The heat meter counts the hot water too: 43.8948 Gcal of it at 0.06 Gcal a cubic metre.
    let case = heated("2020-04-01", "50.30", "12298.00", "1775.84")
        .house_area("all_premises", "12348.30")
        .house_area("common_heated", "1316.50")
        .managed(&["hot_water"])
        .house_meter("hot_water", M3)
        .price("hot_water", "single", "100.00", M3)
        .norm("hot_water", "individual", ("3.19", M3, PERSON))
        .norm(
            "hot_water",
            "heating_of_water",
            ("0.06", "Gcal", "cubic_metre"),
        )
        .decision("heat_meter_includes_hot_water", "heat")
        .reading("house-heat", "2020-04-24", "331.0450")
        .reading("house-hot_water", "2020-04-24", "731.58")
        .settled("2020-04");
    // Printed 2077.17; the exact product 2077.178… rounds to 2077.18.
    assert_eq!(case.own("1", "heat"), ["2077.18"]);
}

#[test]
fn heat_f3_test_c11() {
    let case = heated("2026-01-01", "50", "950", "2280.50")
        .house_area("all_premises", "1000.00")
        .reading("house-heat", "2026-01-24", "120")
        .settled("2026-01");
    assert_eq!(case.own("1", "heat"), ["13683.00"]);
}

#[test]
fn dc_15_exact_half_after_division() {
    let case = heated("2026-01-01", "56.2", "4158.8", "2122.50")
        .house_area("all_premises", "4215.0")
        .reading("house-heat", "2026-01-24", "184.45")
        .settled("2026-01");
    assert_eq!(case.own("1", "heat"), ["5219.94"]);
}

#[test]
fn g_f3_inst() {
    let mut case = Draft::new("2026-01-01")
        .managed(&["heat"])
        .house_meter("heat", "Gcal")
        .price("heat", "single", "2000", "Gcal")
        .house_area("all_premises", "5000")
        .house_area("common_heated", "400")
        .reading("house-heat", "2026-01-24", "120");
    for number in 1..=100 {
        case = case.flat(&number.to_string(), "50");
        if number > 95 {
            let act = json!({"number": "К-1", "date": "2016-01-01"});
            let row = json!({
                "heating": "own_boiler", "from": "2016-01-01", "act": act, "source": "act"
            });
            case = case.with("heat_sources", json!([row]));
        }
    }
    let case = case.settled("2026-01");
    assert_eq!(case.own("1", "heat"), ["2516.50"]);
    assert_eq!(case.own("100", "heat"), ["186.41"]);
}

#[test]
fn g_f33() {
    let case = heated("2026-01-01", "50", "4950", "2000")
        .house_area("all_premises", "5000")
        .meter("1", "heat", "Gcal", "0")
        .meter("2", "heat", "Gcal", "0")
        .reading("house-heat", "2026-01-24", "120")
        .reading("1-heat", "2026-01-24", "0.80")
        .reading("2-heat", "2026-01-24", "94.20")
        .settled("2026-01");
    assert_eq!(case.own("1", "heat"), ["2100.00"]);
}

#[test]
fn hw2_test_c1() {
    let case = two_component("2026-07-01").persons(2).settled("2026-07");
    assert_eq!(case.own("1", "hot_water"), ["313.83", "924.54"]);
    let excess = case.amounts("1", "hot_water", "multiplier_excess");
    assert_eq!(excess, ["156.92"]);
}

#[test]
fn hw2_test_c2() {
    let case = two_component("2026-07-01")
        .meter("1", "hot_water", M3, "150.000")
        .reading("1-hot_water", "2026-07-20", "154.320")
        .settled("2026-07");
    assert_eq!(case.own("1", "hot_water"), ["212.50", "626.02"]);
}

#[test]
fn hw2_test_c3() {
    let case = two_component("2026-07-01")
        .meter("1", "hot_water", M3, "99998.5")
        .digits(5)
        .reading("1-hot_water", "2026-07-20", "2.5")
        .settled("2026-07");
    let volume = &case.lines("1")[0]["line"]["volume"];
    assert_eq!(*volume, json!({"value": "4", "unit": "m3"}));
}

#[test]
fn hw2_test_c5() {
    let mut case = two_component("2026-01-01").meter("1", "hot_water", M3, "0");
    for month in 1..=7 {
        let shown = (3 * month).to_string();
        case = case.reading("1-hot_water", &format!("2026-{month:02}-20"), &shown);
    }
    let case = case.settled("2026-08");
    assert_eq!(case.own("1", "hot_water"), ["147.57", "434.74"]);
    assert!(
        case.amounts("1", "hot_water", "multiplier_excess")
            .is_empty()
    );
}

#[test]
fn hw2_test_c7() {
    let case = two_component("2026-07-01").settled("2026-07");
    assert_eq!(case.own("1", "hot_water"), ["156.92", "462.27"]);
    let excess = case.amounts("1", "hot_water", "multiplier_excess");
    assert_eq!(excess, ["78.46"]);
}

#[test]
fn hw1_test_c13() {
    let impossible = json!([{
        "resource": "hot_water",
        "from": "2016-01-01",
        "act": {"number": "ТН-1", "date": "2016-01-01"}
    }]);
    let case = Draft::new("2026-07-01")
        .managed(&["hot_water"])
        .flat("1", "50")
        .persons(1)
        .with("metering_impossible", impossible)
        .price_of("hot_water", json!({"until": "2026-07-16"}), "100.00", M3)
        .price_of("hot_water", json!({"from": "2026-07-16"}), "200.00", M3)
        .norm("hot_water", "individual", ("3.19", M3, PERSON))
        .settled("2026-07");
    assert_eq!(case.own("1", "hot_water"), ["154.35", "329.29"]);
}

/// DC-04 up to the period asked for.
fn three_missing() -> Draft {
    Draft::new("2025-07-25")
        .managed(&["cold_water"])
        .flat("1", "50")
        .persons(2)
        .meter("1", "cold_water", M3, "387.100")
        .price("cold_water", "single", "44.86", M3)
        .norm("cold_water", "individual", ("4.29", M3, PERSON))
        .reading("1-cold_water", "2025-08-25", "391.3")
        .reading("1-cold_water", "2025-09-25", "395.5")
        .reading("1-cold_water", "2025-10-25", "399.7")
        .reading("1-cold_water", "2025-11-25", "403.9")
        .reading("1-cold_water", "2025-12-25", "408.200")
        .reading("1-cold_water", "2026-01-25", "412.300")
        .reading("1-cold_water", "2026-06-22", "431.050")
        .closed(&["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"])
}

#[test]
fn dc_04_three_missing_norm_then_reading() {
    let case = three_missing();
    for month in ["2026-02", "2026-03", "2026-04"] {
        assert_eq!(case.settled(month).own("1", "cold_water"), ["188.41"]);
    }
    let may = case.settled("2026-05");
    assert_eq!(may.own("1", "cold_water"), ["384.90"]);
    assert!(
        may.amounts("1", "cold_water", "multiplier_excess")
            .is_empty()
    );
    let june = case.settled("2026-06");
    assert_eq!(june.own("1", "cold_water"), ["-109.01"]);
}

#[test]
fn dc_09_hw_two_component_no_meter() {
    let case = Draft::new("2026-03-01")
        .managed(&["cold_water", "hot_water", "sewage"])
        .flat("1", "50")
        .persons(3)
        .price("hot_water", "cold_water", "44.86", M3)
        .price("hot_water", "heat_energy", "2371.72", "Gcal")
        .price("cold_water", "single", "44.86", M3)
        .price("sewage", "single", "32.14", M3)
        .norm("cold_water", "individual", ("4.29", M3, PERSON))
        .norm("hot_water", "individual", ("3.16", M3, PERSON))
        .norm(
            "hot_water",
            "heating_of_water",
            ("0.0611", "Gcal", "cubic_metre"),
        )
        .settled("2026-03");
    assert_eq!(case.own("1", "hot_water"), ["425.27", "1373.77"]);
    assert_eq!(case.own("1", "cold_water"), ["577.35"]);
    assert_eq!(case.own("1", "sewage"), ["718.33"]);
    let excess = |resource| case.amounts("1", resource, "multiplier_excess");
    assert_eq!(excess("hot_water"), ["212.64"]);
    assert_eq!(excess("cold_water"), ["1154.70"]);
    assert_eq!(case.total("1"), "4462.06");
    let consumed = &case.service("hot_water")["consumed"];
    assert_eq!(*consumed, json!({"value": "237/25", "unit": "m3"}));
}

/// The house of the ОДН examples of ПАО ДЭК: 2,400 m², price 1.936.
fn odn() -> Draft {
    let direct = ("direct", "rso", "supplier_under_direct_management");
    Draft::new("2026-03-01")
        .arranged(&["electricity"], direct)
        .house_area("all_premises", "2400")
        .price("electricity", "single", "1.936", "kWh")
        .flat("1", "60")
        .meter("1", "electricity", "kWh", "0")
        .reading("1-electricity", "2026-03-20", "150")
}

#[test]
fn odn_f12_dek() {
    let case = odn()
        .flat("2", "1000")
        .meter("2", "electricity", "kWh", "0")
        .reading("2-electricity", "2026-03-20", "4850")
        .flat("3", "1000")
        .persons(40)
        .norm("electricity", "individual", ("100", "kWh", PERSON))
        .premises("4", "office", "340")
        .meter("4", "electricity", "kWh", "0")
        .reading("4-electricity", "2026-03-20", "1000")
        .price_of("electricity", json!({"payers": "others"}), "1.936", "kWh")
        .house_meter("electricity", "kWh")
        .reading("house-electricity", "2026-03-20", "12000")
        .settled("2026-03");
    assert_eq!(case.amounts("1", "electricity", "common_needs"), ["96.80"]);
    assert_eq!(case.own("1", "electricity"), ["290.40"]);
    assert_eq!(case.total("1"), "387.20");
}

#[test]
fn odn_f15_dek() {
    let case = odn()
        .flat("2", "2340")
        .meter("2", "electricity", "kWh", "0")
        .reading("2-electricity", "2026-03-20", "100")
        .house_area("common_electricity", "1426")
        .norm(
            "electricity",
            "common_property",
            ("3.94", "kWh", "square_metre_month"),
        )
        .settled("2026-03");
    assert_eq!(case.amounts("1", "electricity", "common_needs"), ["271.93"]);
}

/// G-ODN-CAP: 1000 m³ came in, the premises used 930.
fn capped() -> Draft {
    Draft::new("2026-03-01")
        .arranged(&["cold_water"], ("not_chosen", "uk", "manager"))
        .house_area("all_premises", "5000")
        .house_area("common_water", "800")
        .price("cold_water", "single", "45.10", M3)
        .norm(
            "cold_water",
            "common_property",
            ("0.03", M3, "square_metre_month"),
        )
        .flat("1", "54.3")
        .meter("1", "cold_water", M3, "0")
        .reading("1-cold_water", "2026-03-20", "5")
        .flat("2", "4945.7")
        .meter("2", "cold_water", M3, "0")
        .reading("2-cold_water", "2026-03-20", "925")
        .house_meter("cold_water", M3)
        .reading("house-cold_water", "2026-03-20", "1000")
}

#[test]
fn g_odn_cap() {
    let case = capped().settled("2026-03");
    assert_eq!(case.amounts("1", "cold_water", "common_needs"), ["11.75"]);
    let borne = &case.service("cold_water")["common"]["borne_by_provider"];
    assert_eq!(*borne, json!({"value": "46/1", "unit": "m3"}));
    let full = capped().decision("odn_excess_by_area", "cold_water");
    let full = full.settled("2026-03");
    assert_eq!(full.amounts("1", "cold_water", "common_needs"), ["34.29"]);
}

#[test]
fn g_avg6() {
    let mut case = Draft::new("2025-08-31")
        .managed(&["cold_water"])
        .flat("1", "50")
        .meter("1", "cold_water", M3, "100")
        .price("cold_water", "single", "50.93", M3);
    let shown = ["104.2", "109.3", "113.2", "118.0", "123.5", "128.0"];
    let months = [
        "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02",
    ];
    for (month, shown) in months.iter().zip(shown) {
        case = case.reading("1-cold_water", &format!("{month}-20"), shown);
    }
    let case = case.settled("2026-03");
    assert_eq!(case.own("1", "cold_water"), ["237.67"]);
}

#[test]
fn el_sakh_2023_05() {
    let case = Draft::new("2023-05-01")
        .managed(&["electricity"])
        .flat("1", "50")
        .meter("1", "electricity", "kWh", "6304")
        .price("electricity", "single", "4.99", "kWh")
        .reading("1-electricity", "2023-05-16", "6423")
        .settled("2023-05");
    assert_eq!(case.own("1", "electricity"), ["593.81"]);
}

#[test]
fn water_raich_2017_09() {
    let case = Draft::new("2017-09-01")
        .managed(&["cold_water", "sewage"])
        .flat("1", "50")
        .meter("1", "cold_water", M3, "306.0000")
        .price("cold_water", "single", "51.68", M3)
        .price("sewage", "single", "24.97", M3)
        .reading("1-cold_water", "2017-09-20", "310.0000")
        .settled("2017-09");
    assert_eq!(case.own("1", "cold_water"), ["206.72"]);
    assert_eq!(case.own("1", "sewage"), ["99.88"]);
}

#[test]
fn mix_test_mozarel() {
    let zone = |name: &str| json!({"zone": name});
    let case = Draft::new("2026-03-01")
        .managed(&["cold_water", "hot_water", "sewage", "electricity"])
        .flat("1", "50")
        .meter("1", "cold_water", M3, "18")
        .meter("1", "hot_water", M3, "9")
        .zones(
            "1",
            "electricity",
            "kWh",
            &[("t1", "90"), ("t2", "45"), ("t3", "20")],
        )
        .price("cold_water", "single", "10", M3)
        .price("hot_water", "single", "20", M3)
        .price("sewage", "single", "5", M3)
        .price_of("electricity", zone("t1"), "2", "kWh")
        .price_of("electricity", zone("t2"), "1", "kWh")
        .price_of("electricity", zone("t3"), "3", "kWh")
        .reading("1-cold_water", "2026-03-20", "20")
        .reading("1-hot_water", "2026-03-20", "10")
        .readings(
            "1-electricity",
            "2026-03-20",
            json!({"t1": "100", "t2": "50", "t3": "25"}),
        )
        .settled("2026-03");
    assert_eq!(case.own("1", "electricity"), ["20.00", "5.00", "15.00"]);
    assert_eq!(case.total("1"), "95.00");
}

/// Rules: two refusals of access, the norm after the averages, and the inspection.
#[test]
fn refusals_of_access_up_to_the_inspection() {
    let act = json!({"number": "Д-1", "date": "2026-02-01"});
    let refused = |at: &str| json!({"point": "1-cold_water", "at": at, "act": act});
    let control = json!({"number": "К-1", "date": "2026-06-11"});
    let mut case = Draft::new("2025-06-25")
        .managed(&["cold_water"])
        .flat("1", "50")
        .persons(1)
        .meter("1", "cold_water", M3, "0")
        .price("cold_water", "single", "100", M3)
        .norm("cold_water", "individual", ("3.1", M3, PERSON));
    for month in 7..=12 {
        let shown = (10 * (month - 6)).to_string();
        case = case.reading("1-cold_water", &format!("2025-{month:02}-20"), &shown);
    }
    let case = case
        .reading("1-cold_water", "2026-01-20", "70")
        .fact("access_refused", refused("2026-02-01T10:00:00+05:00"))
        .fact("access_refused", refused("2026-02-03T10:00:00+05:00"))
        .reading("1-cold_water", "2026-03-20", "88")
        .reading("1-cold_water", "2026-06-11", "120")
        .by_act(&control)
        .closed(&["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]);
    for month in ["2026-02", "2026-03", "2026-04"] {
        assert_eq!(case.settled(month).own("1", "cold_water"), ["1000.00"]);
    }
    let may = case.settled("2026-05");
    assert_eq!(may.own("1", "cold_water"), ["310.00"]);
    let excess = may.amounts("1", "cold_water", "multiplier_excess");
    assert_eq!(excess, ["620.00"]);
    // Ten days of June by the norm; what the meter counted meanwhile is not charged beside them.
    assert_eq!(case.settled("2026-06").own("1", "cold_water"), ["103.33"]);
}
