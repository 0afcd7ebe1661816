//! `settle` and `schema case`: a case in a file, without any database.

use serde_json::{Value, json};

use crate::draft::{Draft, settle};

const EXAMPLE: &str = include_str!("../../docs/formats/case-example.json");

#[test]
fn the_schema_knows_every_section_of_the_example() {
    let home = tempfile::tempdir().expect("a folder for the test's files");
    let schema = crate::program::at_home(home.path(), &["schema", "case"]).json();
    let example: Value = serde_json::from_str(EXAMPLE).expect("the example is JSON");
    for section in example.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(section).is_some(), "{section}");
    }
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    for format in ["text", "json"] {
        let told = || settle(EXAMPLE, "2026-03", &["--explain", "--format", format]).expect(0);
        assert_eq!(told(), told());
    }
}

#[test]
fn an_unusable_file_names_the_place() {
    let unknown = settle(
        &EXAMPLE.replacen("\"closings\"", "\"closing\"", 1),
        "2026-03",
        &[],
    );
    let unknown = unknown.expect(2);
    assert!(
        unknown.contains("closing") && unknown.contains("docs/formats/case.md"),
        "{unknown}"
    );
    let no_fias = EXAMPLE.replacen("\"fias\"", "\"kladr\"", 1);
    let no_fias = settle(&no_fias, "2026-03", &[]).expect(2);
    assert!(no_fias.contains("house.building.address"), "{no_fias}");
    let month = settle(EXAMPLE, "March", &[]).expect(2);
    assert!(month.contains("2026-03"), "{month}");
    let stranger = settle(EXAMPLE, "2026-03", &["--account", "12"]).expect(2);
    assert!(stranger.contains("счёта «12»"), "{stranger}");
}

/// The answer to the example as the documents show it; a change of a figure shows here.
#[test]
fn the_example_of_the_documents_is_settled_as_they_show() {
    let told = settle(EXAMPLE, "2026-03", &[]).expect(0);
    assert_eq!(told, include_str!("../../docs/formats/case-example.txt"));
}

/// Cold water, one flat, one meter.
fn one_meter() -> Draft {
    Draft::new("2026-03-01")
        .managed(&["cold_water"])
        .flat("1", "50")
        .meter("1", "cold_water", "m3", "10")
        .price("cold_water", "single", "40.00", "m3")
}

#[test]
fn entries_that_do_not_count_are_named_with_a_remedy() {
    let act = json!({"number": "1", "date": "2026-03-01"});
    let case = one_meter()
        .reading("1-cold_water", "2026-03-20", "14")
        .reading("1-hot_water", "2026-03-20", "14")
        .readings("1-cold_water", "2026-03-21", json!({"t9": "14"}))
        .fact(
            "reading_withdrawn",
            json!({"reading": "nowhere", "reason": "wrong_meter", "at": "2026-03-22T10:00:00Z"}),
        )
        .fact(
            "meter_removed",
            json!({
                "point": "1-cold_water",
                "removed": {
                    "at": "2026-02-01T10:00:00Z", "final": [], "reason": "replaced", "act": act
                }
            }),
        );
    let text = case.run("2026-03", &[]).expect(3);
    for named in [
        "readings[1]: не принято: точки учёта «1-hot_water» в доме нет",
        "readings[2]: не принято: у прибора нет регистра «t9»; есть: total",
        "facts[0]: не принято: показания «nowhere»",
        "facts[1]: не принято",
        "Как исправить",
    ] {
        assert!(text.contains(named), "{named}\n{text}");
    }
    let told = case.run("2026-03", &["--format", "json"]);
    assert_eq!(told.code, Some(3));
    let told: Value = serde_json::from_str(&told.out).expect("the answer is JSON");
    assert_eq!(told["entries"]["counts"]["refused"], 4);
    // What was refused has left no trace.
    assert_eq!(told["closing"]["bills"][0]["total"], "160.00");
}

#[test]
fn a_held_reading_does_not_count_until_it_is_answered() {
    let held = one_meter().reading("1-cold_water", "2026-03-20", "9");
    let text = held.run("2026-03", &[]).expect(3);
    assert!(text.contains("readings[0]: ждёт подтверждения"), "{text}");
    assert!(text.contains("confirms"), "{text}");
    let answered = held
        .keyed("mistyped")
        .reading("1-cold_water", "2026-03-21", "19");
    let answered = answered
        .confirming("mistyped", "replace")
        .settled("2026-03");
    assert_eq!(answered.total("1"), "360.00");
}

#[test]
fn a_key_is_one_readings_name() {
    let case = one_meter()
        .reading("1-cold_water", "2026-03-20", "14")
        .keyed("twice")
        .reading("1-cold_water", "2026-03-21", "15")
        .keyed("twice");
    let text = case.run("2026-03", &[]).expect(3);
    assert!(
        text.contains("readings[1]: не принято: key «twice»"),
        "{text}"
    );
}

#[test]
fn a_period_that_cannot_be_closed_says_why() {
    let priceless = Draft::new("2026-03-01")
        .managed(&["cold_water"])
        .flat("1", "50")
        .meter("1", "cold_water", "m3", "10")
        .reading("1-cold_water", "2026-03-20", "14");
    let text = priceless.run("2026-03", &[]).expect(3);
    assert!(text.contains("Закрыть можно, указав причину: 1"), "{text}");
    let later = priceless.closed(&["2026-03"]).run("2026-04", &[]).expect(3);
    assert!(later.contains("closings[0]: не принято"), "{later}");
}

#[test]
fn what_is_closed_is_settled_as_it_stood_then() {
    let case = one_meter()
        .reading("1-cold_water", "2026-03-20", "14")
        .reading("1-cold_water", "2026-04-20", "19")
        .closed(&["2026-03"]);
    let march = case.settled("2026-03");
    assert_eq!(march.total("1"), "160.00");
    assert_eq!(march.0["entries"]["later"], 1);
    assert_eq!(case.settled("2026-04").total("1"), "200.00");
}

#[test]
fn text_is_narrowed_to_an_account_or_premises() {
    let all = settle(EXAMPLE, "2026-03", &[]).expect(0);
    assert!(
        all.contains("Лицевой счёт 700001") && all.contains("Лицевой счёт 700002"),
        "{all}"
    );
    let one = settle(EXAMPLE, "2026-03", &["--account", "700002"]).expect(0);
    assert!(!one.contains("700001") && one.contains("700002"), "{one}");
    let flat = settle(EXAMPLE, "2026-03", &["--premises", "2"]).expect(0);
    assert!(
        !flat.contains("700001") && flat.contains("700002"),
        "{flat}"
    );
}

/// A day's act.
fn act(day: &str) -> Value {
    json!({"number": "А-1", "date": day})
}

/// Ten o'clock of a day of March.
fn at(day: &str) -> String {
    format!("2026-03-{day}T10:00:00+05:00")
}

/// What may happen to a meter: corrected, taken back, verified, broken, mended, replaced.
fn of_the_meter(case: Draft) -> Draft {
    let point = "1-cold_water";
    let total =
        |value: &str| json!([{"register": "total", "value": {"value": value, "unit": "m3"}}]);
    let successor = json!({
        "serial": "Н-2",
        "registers": [{"name": "total", "unit": "m3", "kind": "cumulative"}],
        "installed_at": at("14"),
        "initial": total("0.5"),
        "commissioned": act("2026-03-14")
    });
    let removed = json!({
        "at": at("14"), "final": total("12"), "reason": "replaced", "act": act("2026-03-14")
    });
    let corrected = json!({
        "reading": "wrong", "values": {"total": "10.8"}, "reason": "typing_mistake", "at": at("04")
    });
    let withdrawn = json!({"reading": "foreign", "reason": "wrong_meter", "at": at("05")});
    let verification = json!({"performed_on": "2026-03-06", "valid_until": "2032-03-05"});
    let verified = json!({"point": point, "verification": verification});
    let failed = json!({"point": point, "at": at("07"), "cause": "no_display"});
    let replaced = json!({"point": point, "removed": removed, "installed": successor});
    case.reading(point, "2026-03-02", "10.7")
        .keyed("wrong")
        .reading(point, "2026-03-03", "10.9")
        .keyed("foreign")
        .fact("reading_corrected", corrected)
        .fact("reading_withdrawn", withdrawn)
        .fact("meter_verified", verified)
        .fact("meter_failed", failed)
        .fact("meter_restored", json!({"point": point, "at": at("08")}))
        .fact("meter_removed", replaced)
        .reading(point, "2026-03-20", "3.5")
}

/// What may happen in a house beside its meters.
fn of_the_house(case: Draft) -> Draft {
    let residents = json!({"registered": 3, "from": "2026-03-05", "source": "registration_office"});
    let changed = json!({"premises": "1", "residents": residents});
    let interrupted = json!({
        "resource": "cold_water", "from": at("09"), "until": at("10"), "premises": ["1"],
        "kind": "planned"
    });
    let adopted = json!({
        "purpose": "transit", "resource": "cold_water", "from": at("01"), "until": at("11"),
        "value": {"value": "3", "unit": "m3"}, "organisation": "rso", "act": act("2026-03-11")
    });
    let closed = json!({"account": "1", "from": "2026-03-25", "reason": "rearranged"});
    case.fact("residents_changed", changed)
        .fact("service_interrupted", interrupted)
        .fact("value_adopted", adopted)
        .fact("account_closed", closed)
        .decision("soi_by_fact", "cold_water")
}

#[test]
fn every_kind_of_fact_is_taken() {
    // The norm fills the day on which the meter was out of order, by the three persons of that day:
    // 5 + 3.1 · 3 · 1/31.
    let norm = ("3.1", "m3", "person_month");
    let case = one_meter().norm("cold_water", "individual", norm);
    let case = of_the_house(of_the_meter(case));
    let told = case.run("2026-03", &["--format", "json"]);
    let told: Value = serde_json::from_str(&told.out).expect("the answer is JSON");
    for status in ["refused", "rejected", "held"] {
        let counts = &told["entries"]["counts"];
        assert_eq!(counts.get(status), None, "{}", told["entries"]);
    }
    let premises = &told["closing"]["settlement"]["services"][0]["premises"][0];
    assert_eq!(premises["volume"], json!({"value": "53/10", "unit": "m3"}));
}

#[test]
fn a_failure_that_nothing_can_fill_says_what_is_missing() {
    let failed = json!({"point": "1-cold_water", "at": at("07"), "cause": "no_display"});
    let case = one_meter()
        .reading("1-cold_water", "2026-03-20", "14")
        .fact("meter_failed", failed)
        .fact(
            "meter_restored",
            json!({"point": "1-cold_water", "at": at("08")}),
        );
    let text = case.run("2026-03", &[]).expect(0);
    assert!(text.contains("Закрыть можно, указав причину"), "{text}");
    let wanted = "за дни неисправности прибора нет ни среднего, ни норматива";
    assert!(text.contains(wanted), "{text}");
}
