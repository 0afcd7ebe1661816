//! Derived examples of heat without readings, each as a case file run through `settle`: by the
//! norm, and by the method of a contract. Names of the tests are the ids of the examples.

use serde_json::{Value, json};

use crate::draft::{Draft, Settled};

const SQUARE_METRE: &str = "square_metre_month";

/// The volume of the first account's heat, Гкал.
fn heat_of(case: &Settled) -> String {
    let lines = case.lines("1").iter().map(|line| &line["line"]);
    let mut found = lines.filter(|line| line["charge"]["part"] == "individual");
    let line = found.next().expect("heat is billed");
    line["volume"]["value"]
        .as_str()
        .expect("a decimal")
        .to_owned()
}

/// A house of 5000 m² without a heat meter: 100 flats, five of them with their own boilers.
fn normed() -> Draft {
    let mut case = Draft::new("2026-01-01")
        .managed(&["heat"])
        .price("heat", "single", "2000", "Gcal")
        .house_area("all_premises", "5000")
        .house_area("common_heated", "400")
        .norm("heat", "individual", ("0.025", "Gcal", SQUARE_METRE));
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
    case
}

#[test]
fn g_f23_norm() {
    let season = normed().settled("2026-01");
    assert_eq!(season.own("1", "heat"), ["2490.29"]);
    let evenly = normed().evenly().rule("heating_months", json!(7));
    assert_eq!(evenly.settled("2026-01").own("1", "heat"), ["1452.67"]);
}

/// Mean outdoor temperatures of times.
fn weather(rows: &[(&str, &str, &str)]) -> Value {
    let act = json!({"number": "ЦГМС-1", "date": "2026-01-01"});
    let row = |(from, until, mean): &(&str, &str, &str)| {
        json!({
            "from": from, "until": until, "mean": {"value": mean, "unit": "degC"},
            "organisation": "rso", "act": act
        })
    };
    rows.iter().map(row).collect()
}

/// A house whose contract reckons heat by ПП 1034.
fn by_contract(installed: &str) -> Draft {
    Draft::new(installed)
        .managed(&["heat"])
        .flat("1", "50")
        .price("heat", "single", "1000", "Gcal")
        .rule("heat_metering_by_contract", json!(true))
}

#[test]
fn g_metodika_load() {
    let case = by_contract("2026-01-01")
        .rule("contract_heat_load", json!("0.25"))
        .rule("design_outdoor_temperature", json!("-31"))
        .heating(
            "temperatures",
            weather(&[("2026-01-01", "2026-02-01", "-8.5")]),
        )
        .settled("2026-01");
    let heat = heat_of(&case);
    assert!(heat.starts_with("103.94117"), "{heat}");
}

#[test]
fn g_metodika_avg() {
    // 21 days at work, 6.48 Гкал each, then nine out of order.
    let failed = json!({
        "point": "house-heat", "at": "2026-11-22T13:00:00+05:00", "cause": "no_display"
    });
    let rows = [
        ("2026-11-01", "2026-11-22", "-8.1"),
        ("2026-11-22", "2026-12-01", "-12.4"),
    ];
    let case = by_contract("2026-11-01")
        .house_meter("heat", "Gcal")
        .heating("temperatures", weather(&rows))
        .reading("house-heat", "2026-11-22", "136.08")
        .fact("meter_failed", failed)
        .settled("2026-11");
    let heat = heat_of(&case);
    // 136.08 + 67.2444.
    assert!(heat.starts_with("203.32441"), "{heat}");
}

/// П. 54, ф. 18: the boiler of the house burnt 600 m³ of gas at 8 roubles.
#[test]
fn heat_that_the_house_makes_itself() {
    let case = Draft::new("2026-01-01")
        .managed(&["heat", "gas"])
        .flat("1", "40")
        .flat("2", "60")
        .feeding("production_heat", "gas", "m3")
        .reading("boiler-gas", "2026-01-24", "600")
        .price("gas", "single", "8", "m3")
        .settled("2026-01");
    assert_eq!(case.own("1", "heat"), ["1920.00"]);
    assert_eq!(case.own("2", "heat"), ["2880.00"]);
}
