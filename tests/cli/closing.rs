//! `close`, `bill` and `why` on a small house: two months closed, a correction, a third one open.

use serde_json::{Value, json};

use crate::program::Desk;

/// September opens, October follows; flat 2 sends nothing in October.
pub(crate) const READINGS: &str = "\
Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи;Источник
90001;ХВС;1 000;23.08.2026 00:00;23.08.2026 07:00;архив
10001;ХВС;100;23.08.2026 20:00;23.08.2026 20:05;житель
10002;ХВС;200;23.08.2026 20:00;23.08.2026 20:05;житель
90001;ХВС;1 012;23.09.2026 00:00;23.09.2026 07:00;архив
10001;ХВС;105;23.09.2026 20:00;23.09.2026 20:05;житель
10002;ХВС;206;23.09.2026 20:00;23.09.2026 20:05;житель
90001;ХВС;1 024;23.10.2026 00:00;23.10.2026 07:00;архив
10001;ХВС;114;23.10.2026 20:00;23.10.2026 20:05;житель
";

fn flat(number: &str) -> Value {
    json!({
        "number": number, "kind": "flat",
        "areas": [{"purpose": "total", "area": "50", "from": "2025-01-01", "source": "egrn"}],
        "residents": [{"registered": 2, "temporary": 0, "from": "2025-01-01",
                       "source": "registration_office"}],
        "amenities": [{"category": "bath", "from": "2025-01-01", "source": "technical_passport"}],
        "accounts": [{"number": format!("70000{number}"), "holder": "owner", "from": "2025-01-01"}]
    })
}

fn point(name: &str, kind: &str, premises: Option<&str>, serial: &str, initial: &str) -> Value {
    json!({
        "name": name, "resource": "cold_water", "kind": kind, "label": name, "premises": premises,
        "meters": [{
            "serial": serial,
            "registers": [{"name": "total", "unit": "m3", "kind": "cumulative", "digits": 5,
                           "decimals": 3}],
            "installed_at": "2025-01-10T10:00:00+05:00",
            "initial": [{"register": "total", "value": {"value": initial, "unit": "m3"}}],
            "verifications": [{"performed_on": "2024-12-01", "valid_until": "2060-11-30"}]
        }]
    })
}

fn tariff(price: &str, from: &str, until: &str) -> Value {
    json!({
        "resource": "cold_water", "component": "single", "payers": "population",
        "rate": {"price": price, "per": "m3"}, "vat": "22", "vat_included": true,
        "from": from, "until": until, "supplier": "uk",
        "basis": {"publication": {"source": "проверка"}}
    })
}

pub(crate) fn house() -> Value {
    json!({
        "format": "energokabinet/house/v1",
        "building": {
            "address": {"region": "Свердловская область", "settlement": "Екатеринбург",
                        "street": "улица Закрытая", "house": "1",
                        "fias": "00000000-0000-4000-8000-0000000000c1"},
            "kind": "apartment_building", "zone": "Asia/Yekaterinburg"
        },
        "organisations": [{"key": "uk", "name": "УК Тест", "inn": "7707083893"}],
        "relations": [{"organisation": "uk", "role": "manager", "from": "2025-01-01"}],
        "arrangements": [{
            "resource": "cold_water", "from": "2025-01-01", "management": "managing_company",
            "provider": "uk", "provider_role": "manager", "readings_owner": "provider",
            "biller": "uk", "readings_owed_to": "uk", "readings_owed_by_day": 26
        }],
        "areas": [
            {"purpose": "all_premises", "area": "100", "from": "2025-01-01",
             "source": "technical_passport"},
            {"purpose": "common_water", "area": "20", "from": "2025-01-01",
             "source": "technical_passport"}],
        "premises": [flat("1"), flat("2")],
        "points": [
            point("input", "house", None, "90001", "909"),
            point("1", "individual", Some("1"), "10001", "60"),
            point("2", "individual", Some("2"), "10002", "150"),
        ],
        "scopes": [{"resource": "cold_water", "name": "house", "from": "2025-01-01",
                    "house": [{"point": "input"}], "members": "all_of_resource"}],
        "tariffs": [tariff("40", "2026-01-01", "2026-10-01"), tariff("50", "2026-10-01", "2027-01-01")],
        "norms": [
            {"resource": "cold_water", "purpose": "individual", "category": "bath",
             "rate": {"per": "person_month", "unit": "m3", "value": "4"}, "from": "2025-01-01",
             "basis": {"publication": {"source": "проверка"}}},
            {"resource": "cold_water", "purpose": "common_property", "category": "all",
             "rate": {"per": "square_metre_month", "unit": "m3", "value": "0.05"},
             "from": "2025-01-01", "basis": {"publication": {"source": "проверка"}}}]
    })
}

pub(crate) async fn desk() -> Desk {
    let desk = Desk::new().await;
    let file = desk.file("house.json", house().to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", READINGS);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    desk.confirm_rules();
    desk
}

pub(crate) fn bill(desk: &Desk, account: &str, period: &str, more: &[&str]) -> Value {
    let arguments = [&["bill", account, period, "--format", "json"], more].concat();
    desk.run(&arguments).json()
}

fn amounts(lines: &Value) -> Vec<String> {
    let lines = lines.as_array().expect("a list of lines");
    let amount = |line: &Value| line["amount"].as_str().expect("an amount").to_owned();
    lines.iter().map(amount).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_closed_one_after_another_and_stay_as_they_were_billed() {
    let desk = desk().await;
    let early = desk.run(&["close", "Закрытая", "2026-10"]).expect(0);
    assert!(
        early.contains("октябрь 2026 закрыт"),
        "the first one opens the row: {early}"
    );
    let late = desk.run(&["close", "Закрытая", "2026-09"]);
    assert_ne!(
        late.code,
        Some(0),
        "a month before the first is not closed afterwards"
    );
    let skipped = desk.run(&["close", "Закрытая", "2026-12"]);
    assert_ne!(skipped.code, Some(0), "nor one after a gap");
    let again = desk.run(&["close", "Закрытая", "2026-10"]).expect(0);
    assert!(again.contains("уже закрыт"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_is_issued_explained_and_mended_in_the_next_month() {
    let desk = desk().await;
    let dry = desk
        .run(&["close", "Закрытая", "2026-08", "--dry-run"])
        .expect(0);
    assert!(dry.contains("Ничто не мешает"), "{dry}");
    for period in ["2026-08", "2026-09"] {
        desk.run(&["close", "Закрытая", period]).expect(0);
    }
    // Flat 1: 5 m³ at 40; half of 0.05 · 20 m² for common property.
    let september = bill(&desk, "700001", "2026-09", &[]);
    let issued = &september["bill"]["issued"][0]["bill"];
    assert_eq!(amounts(&issued["lines"]), ["200.00", "20.00"]);
    assert_eq!(issued["total"], "220.00");

    let preliminary = bill(&desk, "700002", "2026-10", &[]);
    let blocking = &preliminary["bill"]["preliminary"]["blocking"];
    assert!(blocking.is_null(), "nothing hinders: {blocking}");
    let closed = desk.run(&["close", "Закрытая", "2026-10"]).expect(0);
    assert!(closed.contains("Счетов выставлено: 2"), "{closed}");
    assert!(closed.contains("пробелов заполнено: 1"), "{closed}");

    // Flat 2 sent nothing: 56 m³ in the twenty months since the meter was put in.
    let october = bill(&desk, "700002", "2026-10", &["--explain"]);
    assert_eq!(october["reasons"]["reproduced"], true);
    let issued = &october["bill"]["issued"][0]["bill"];
    assert_eq!(issued["lines"][0]["method"], "average");
    assert_eq!(amounts(&issued["lines"])[0], "140.00");
    mended(&desk);
}

/// September's reading of flat 1 is corrected by a file that comes again: 105 becomes 103.
fn mended(desk: &Desk) {
    let corrected = READINGS.replace("10001;ХВС;105;", "10001;ХВС;103;");
    let file = desk.file("corrected.csv", corrected);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    let plain = bill(desk, "700001", "2026-09", &[]);
    assert_eq!(
        plain["bill"]["issued"][0]["bill"]["total"], "220.00",
        "issued is issued"
    );
    let told = bill(desk, "700001", "2026-09", &["--recomputed"]);
    let recomputed = &told["bill"]["recomputed"];
    assert_eq!(recomputed["issued_total"], "220.00");
    assert_eq!(recomputed["pending_total"], "-80.00");
    assert_eq!(recomputed["total"], "140.00");
    let causes = &recomputed["pending"][0]["line"]["caused_by"];
    assert_eq!(causes.as_array().map(Vec::len), Some(1), "{recomputed}");

    // October took what September gave: 2 m³ at the new price.
    let open = bill(desk, "700001", "2026-11", &[]);
    let lines = &open["bill"]["preliminary"]["bill"]["lines"];
    let adjustments: Vec<(&str, &str)> = lines
        .as_array()
        .expect("lines")
        .iter()
        .filter(|line| line["line"]["kind"] == "adjustment")
        .map(|line| {
            let line = &line["line"];
            let text = |value: &'static str| line[value].as_str().unwrap_or_default();
            (text("period"), text("amount"))
        })
        .collect();
    assert_eq!(adjustments, [("2026-09", "-80.00"), ("2026-10", "100.00")]);
    let text = desk
        .run(&["bill", "700001", "2026-09", "--recomputed"])
        .expect(0);
    assert!(text.contains("войдёт в следующий счёт"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_is_asked_for_by_its_name() {
    let desk = desk().await;
    desk.run(&["close", "Закрытая", "2026-09"]).expect(0);
    let line = desk.run(&["why", "700001/2026-09/1"]).expect(0);
    assert!(line.contains("те же суммы"), "{line}");
    assert!(
        line.contains("105") && line.contains("40"),
        "down to the readings: {line}"
    );
    let all = desk.run(&["why", "700001/2026-09"]).expect(0);
    assert!(all.len() > line.len());
    let house = desk.run(&["why", "Закрытая/2026-09/cold_water"]).expect(0);
    assert!(house.contains("12,000"), "what came in: {house}");
    for (asked, code, told) in [
        ("700001", 2, "не цифра"),
        ("700001/2026-09/9", 2, "строк в счёте: 2"),
        ("700001/2026-9x", 2, "не цифра"),
        ("799999/2026-09", 1, "не найден"),
        ("Закрытая/2026-09/heat", 1, "договорённости нет"),
    ] {
        let said = desk.run(&["why", asked]).expect(code);
        assert!(said.contains(told), "{asked}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hinders_a_closing_is_named_and_nothing_is_written() {
    let desk = Desk::new().await;
    let mut bare = house();
    bare["tariffs"] = json!([]);
    let file = desk.file("house.json", bare.to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", READINGS);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    let before = desk.run(&["books", "list", "--format", "json"]).json();
    for more in [&["--dry-run"][..], &[]] {
        let arguments = [&["close", "Закрытая", "2026-09"], more].concat();
        let said = desk.run(&arguments).expect(3);
        assert!(
            said.contains("цена") && said.contains("добавьте тариф"),
            "{said}"
        );
    }
    let after = desk.run(&["books", "list", "--format", "json"]).json();
    assert_eq!(before, after);
}
