//! Which row holds on which day, what the hash depends on, and which files are refused.

use aggregates::tariff_book::event::TariffComponent as Component;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Edition, GapReason, Name, NegativeVolume, Rules, RulesError, RunStart, Status};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

fn edition(text: &str) -> Edition {
    Edition::of(period(text)).expect("the rules are read")
}

/// The file as JSON, to be changed.
fn file() -> Value {
    serde_json::from_str(include_str!("parameters.json")).expect("the file is JSON")
}

fn rows(file: &mut Value) -> &mut Vec<Value> {
    file["parameters"].as_array_mut().expect("a list of rows")
}

fn parsed(file: &Value) -> Result<Rules, RulesError> {
    Rules::parse(&file.to_string())
}

fn cold_water_multiplier(edition: &Edition, on: &str) -> String {
    let found = edition.multiplier(Resource::ColdWater, Component::Single, day(on));
    let multiplier = found.expect("a multiplier holds").value;
    multiplier.value().to_string()
}

#[test]
fn the_multiplier_of_december_2025_changes_on_its_day() {
    let december = edition("2025-12");
    assert_eq!(cold_water_multiplier(&december, "2025-12-05"), "1.5");
    assert_eq!(cold_water_multiplier(&december, "2025-12-06"), "3");
    assert_eq!(
        cold_water_multiplier(&edition("2025-11"), "2025-11-30"),
        "1.5"
    );
}

#[test]
fn the_convention_of_the_month_of_change_is_a_parameter() {
    for (convention, first, last) in [("period_start", "1.5", "1.5"), ("whole_month", "3", "3")] {
        let mut file = file();
        let rows = rows(&mut file).iter_mut();
        for row in rows.filter(|row| row["name"] == "multiplier_change") {
            row["value"] = json!(convention);
        }
        let rules = parsed(&file).expect("the rules are read");
        let december = rules.edition(period("2025-12")).expect("an edition");
        assert_eq!(cold_water_multiplier(&december, "2025-12-05"), first);
        assert_eq!(cold_water_multiplier(&december, "2025-12-06"), last);
    }
}

#[test]
fn only_the_water_of_hot_water_is_multiplied() {
    let march = edition("2026-03");
    let first = day("2026-03-01");
    for (resource, component, expected) in [
        (Resource::HotWater, Component::Single, "1.5"),
        (Resource::HotWater, Component::ColdWater, "1.5"),
        (Resource::HotWater, Component::HeatCarrier, "1.5"),
        (Resource::HotWater, Component::HeatEnergy, "1"),
        (Resource::ColdWater, Component::Single, "3"),
        (Resource::Sewage, Component::Single, "1"),
        (Resource::Heat, Component::Single, "1"),
        (Resource::Electricity, Component::Single, "1"),
        (Resource::Gas, Component::Single, "1"),
    ] {
        let found = march.multiplier(resource, component, first);
        let value = found.expect("a multiplier holds").value.value();
        assert_eq!(value.to_string(), expected, "{resource:?} {component:?}");
    }
}

#[test]
fn vat_changes_with_2026() {
    let of = |month: &str, on: &str| {
        let edition = edition(month);
        let vat = edition.vat(day(on)).expect("a rate holds");
        vat.value.value().to_string()
    };
    assert_eq!(of("2025-12", "2025-12-31"), "20");
    assert_eq!(of("2026-01", "2026-01-01"), "22");
}

#[test]
fn terms_follow_the_settled_period() {
    for (month, bill, payment) in [
        ("2026-01", "2026-02-01", "2026-02-10"),
        ("2026-02", "2026-03-01", "2026-03-10"),
        ("2026-03", "2026-04-05", "2026-04-15"),
        ("2026-12", "2027-01-05", "2027-01-15"),
    ] {
        let edition = edition(month);
        assert_eq!(edition.bill_due().expect("a term").value, day(bill));
        assert_eq!(edition.payment_due().expect("a term").value, day(payment));
    }
    let march = edition("2026-03");
    let submission = march.submission_last_day().expect("a term");
    assert_eq!(submission.value, day("2026-03-25"));
    assert_eq!(submission.parameter.clause.as_str(), "ПП 354 п. 33(к(1))");
}

#[test]
fn an_edition_holds_the_rows_of_its_days_and_no_others() {
    let values = |month: &str, name: Name| {
        let edition = edition(month);
        let rows = edition.parameters().iter().filter(|row| row.name == name);
        rows.map(|row| row.validity.from()).collect::<Vec<_>>()
    };
    let (first, second) = (day("2017-01-01"), day("2026-03-01"));
    assert_eq!(values("2026-02", Name::BillDueDay), vec![first]);
    assert_eq!(values("2026-03", Name::BillDueDay), vec![second]);
    let december = values("2025-12", Name::Multiplier);
    assert!(december.contains(&first) && december.contains(&day("2025-12-06")));
}

#[test]
fn averages_run_as_far_as_resource_and_use_allow() {
    let march = edition("2026-03");
    let on = day("2026-03-01");
    for (resource, residential, most) in [
        (Resource::ColdWater, true, Some(3)),
        (Resource::ColdWater, false, Some(2)),
        (Resource::Electricity, true, None),
        (Resource::Electricity, false, None),
    ] {
        let found = march.average_periods_max(resource, residential, on);
        assert_eq!(found.expect("a limit").value, most);
    }
    for (resource, months) in [(Resource::ColdWater, 6), (Resource::Heat, 6)] {
        let window = march.average_window_months(resource, on).expect("a window");
        assert_eq!(window.value, months);
        let least = march.average_months_min(resource, on).expect("a minimum");
        assert_eq!(least.value, 3);
    }
    let start = march.average_run_start(on).expect("a convention");
    assert_eq!(start.value, RunStart::EventPeriod);
    assert_eq!(start.parameter.status, Status::Conflict);
    let house = |month: &str, resource, on| {
        let edition = edition(month);
        let found = edition.house_average_periods_max(resource, day(on));
        found.expect("a limit").value
    };
    assert_eq!(house("2025-02", Resource::Heat, "2025-02-28"), 3);
    assert_eq!(house("2025-03", Resource::Heat, "2025-03-01"), 6);
    assert_eq!(house("2025-03", Resource::HotWater, "2025-03-01"), 3);
}

#[test]
fn the_reason_decides_about_the_norm() {
    let march = edition("2026-03");
    let on = day("2026-03-31");
    for (reason, multiplied, advances) in [
        (GapReason::NotSubmitted, false, true),
        (GapReason::OutOfOrder, true, false),
        (GapReason::AccessRefused, true, false),
    ] {
        let norm = march.norm_multiplied_after_average(reason, on);
        assert_eq!(norm.expect("a rule").value, multiplied, "{reason:?}");
        let register = march.norm_advances_register(reason, on);
        assert_eq!(register.expect("a rule").value, advances, "{reason:?}");
    }
}

#[test]
fn an_ended_verification_did_not_count_in_the_epidemic() {
    let counts = |month: &str, on: &str| {
        let edition = edition(month);
        let found = edition.verification_expiry_counts(Resource::HotWater, day(on));
        found.expect("a rule").value
    };
    assert!(counts("2020-04", "2020-04-05"));
    assert!(!counts("2020-04", "2020-04-06"));
    assert!(!counts("2020-12", "2020-12-31"));
    assert!(counts("2021-01", "2021-01-01"));
}

#[test]
fn a_negative_volume_is_nothing_but_for_heat() {
    let march = edition("2026-03");
    let on = day("2026-03-01");
    let of = |resource| march.negative_volume(resource, on).expect("a rule").value;
    assert_eq!(of(Resource::ColdWater), NegativeVolume::Zero);
    assert_eq!(of(Resource::Heat), NegativeVolume::Signed);
    assert!(march.common_needs_capped(on).expect("a rule").value);
}

#[test]
fn prices_changed_on_other_days_than_the_first_of_july() {
    let changes = |on: &str| {
        let edition = edition(&on[..7]);
        let found = edition.is_tariff_change_day(day(on));
        found.expect("a rule").value
    };
    assert!(changes("2021-07-01") && changes("2022-12-01") && changes("2026-10-01"));
    assert!(!changes("2023-07-01") && !changes("2026-07-01") && !changes("2026-10-02"));
}

#[test]
fn an_edition_is_named_and_has_a_hash_of_its_own() {
    let march = edition("2026-03");
    assert_eq!(march.name(), "ПП 354, расчётный период 2026-03");
    assert_eq!(march.hash(), edition("2026-03").hash());
    assert_eq!(march.hash().len(), 64);
    assert_ne!(march.hash(), edition("2026-02").hash());
}

/// A closed period keeps its hash whatever is recorded of later ones, in whatever order.
#[test]
fn later_rows_leave_the_hash_of_an_edition_alone() {
    let before = edition("2025-11").hash().to_owned();
    let mut file = file();
    for row in rows(&mut file).iter_mut() {
        if row["name"] == "vat_percent" && row["value"] == "22" {
            row["until"] = json!("2028-01-01");
            row["status"] = json!("superseded");
        }
        if row["name"] == "common_needs_capped" {
            row["until"] = json!("2027-01-01");
            row["status"] = json!("in_force");
            row["source"] = json!("прочитано в тексте закона");
        }
    }
    rows(&mut file).reverse();
    let rules = parsed(&file).expect("the rules are read");
    let after = rules.edition(period("2025-11")).expect("an edition");
    assert_eq!(after.hash(), before);
}

/// Closing writes the hash down, so its form may not change unseen. The canonical text:
/// `[{"clause":"НК ст. 164","first_day":"2026-01-01","last_day":"2026-01-31","name":"vat_percent",
/// "scope":{},"value":"22"}]`, without the line break.
#[test]
fn the_form_of_the_hash_is_pinned() {
    let file = json!({
        "checked_until": "2026-01-01",
        "parameters": [{
            "name": "vat_percent",
            "value": "22",
            "from": "2026-01-01",
            "clause": "НК ст. 164",
            "status": "in_force",
            "source": "klerk.ru"
        }]
    });
    let rules = parsed(&file).expect("the rules are read");
    let january = rules.edition(period("2026-01")).expect("an edition");
    assert_eq!(
        january.hash(),
        "576a16b943e1676b381245dfb6f55d1222a869b347d52f5ccab36fd7262d9258"
    );
}

#[test]
fn another_value_or_clause_is_another_edition() {
    let before = edition("2026-03").hash().to_owned();
    for (field, value) in [("value", json!("21")), ("clause", json!("НК ст. 164"))] {
        let mut file = file();
        let rows = rows(&mut file).iter_mut();
        for row in rows.filter(|row| row["name"] == "vat_percent" && row["value"] == "22") {
            row[field] = value.clone();
        }
        let rules = parsed(&file).expect("the rules are read");
        let after = rules.edition(period("2026-03")).expect("an edition");
        assert_ne!(after.hash(), before, "{field}");
    }
}

#[test]
fn two_rows_never_answer_the_same_question() {
    let mut file = file();
    rows(&mut file).push(json!({
        "name": "multiplier",
        "scope": { "resources": ["sewage", "cold_water"], "components": ["single"] },
        "value": "2",
        "from": "2025-12-05",
        "until": "2025-12-06",
        "clause": "ПП 354",
        "status": "unverified",
        "source": "проверка"
    }));
    let refused = parsed(&file).expect_err("two rows meet");
    assert!(
        matches!(
            refused,
            RulesError::Overlap {
                name: Name::Multiplier,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_row_of_another_kind_is_refused() {
    for (name, value) in [
        ("vat_percent", json!(22)),
        ("submission_last_day", json!("25")),
        ("average_periods_max", json!("without end")),
        ("average_run_start", json!("whenever")),
        ("common_needs_capped", json!("yes")),
        ("tariff_change_days", json!("2026-01-01")),
    ] {
        let mut file = file();
        for row in rows(&mut file).iter_mut().filter(|row| row["name"] == name) {
            row["value"] = value.clone();
        }
        let refused = parsed(&file).expect_err("the value is of another kind");
        assert!(
            matches!(refused, RulesError::BadRow { .. }),
            "{name}: {refused}"
        );
    }
    let mut file = file();
    rows(&mut file)[0]["until"] = Value::Null;
    assert!(matches!(parsed(&file), Err(RulesError::BadRow { .. })));
    rows(&mut file)[0]["until"] = json!("2016-01-01");
    assert!(matches!(parsed(&file), Err(RulesError::BadRow { .. })));
    rows(&mut file)[0]["unknown"] = json!(1);
    assert!(matches!(parsed(&file), Err(RulesError::NotRead(_))));
}

#[test]
fn what_is_not_recorded_is_said_to_be_missing() {
    let march = edition("2026-03");
    let missing = march.multiplier(Resource::Cooling, Component::Single, day("2026-03-01"));
    let missing = missing.expect_err("no row of cooling").to_string();
    assert!(missing.starts_with("правило «multiplier» на 2026-03-01 не записано (холод"));
    let outside = march.vat(day("2026-04-01"));
    assert!(matches!(outside, Err(RulesError::OutsidePeriod { .. })));
    let early = edition("2016-12");
    let early = early.vat(day("2016-12-31"));
    assert!(matches!(early, Err(RulesError::Missing { .. })));
}
