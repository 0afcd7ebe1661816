//! Heating paid evenly: a house file, a year of readings, twelve bills, the correction in March.
//! Heating by distributors: the same way, corrected every month by a decision of the owners.

use serde_json::{Value, json};

use crate::closing::{bill, house};
use crate::program::Desk;

/// Гкал of the months of 2025 by the house meter.
const USED: [u32; 12] = [40, 30, 20, 10, 0, 0, 0, 0, 0, 10, 20, 30];

/// The house of the closing tests with heat instead of water; 2024 is told from outside.
fn heated() -> Value {
    let act = |number: &str| json!({"number": number, "date": "2024-09-01"});
    let mut file = house();
    file["arrangements"][0]["resource"] = json!("heat");
    file["heating"] = json!({
        "payment": [{"mode": "evenly", "from": "2025-01-01", "act": act("1")}],
        "seasons": [{"started": {"on": "2024-09-15", "act": act("2")}}],
        "years": [{"year": 2024, "heat": {"value": "120", "unit": "Gcal"},
                   "organisation": "uk", "act": act("3")}]
    });
    let mut input = file["points"][0].clone();
    input["resource"] = json!("heat");
    input["meters"][0]["registers"][0]["unit"] = json!("Gcal");
    input["meters"][0]["installed_at"] = json!("2024-12-25T10:00:00+05:00");
    input["meters"][0]["initial"][0]["value"] = json!({"value": "900", "unit": "Gcal"});
    file["points"] = json!([input]);
    file["scopes"][0]["resource"] = json!("heat");
    let mut tariff = file["tariffs"][0].clone();
    tariff["resource"] = json!("heat");
    tariff["rate"] = json!({"price": "2000", "per": "Gcal"});
    tariff["from"] = json!("2025-01-01");
    tariff["until"] = json!("2027-01-01");
    file["tariffs"] = json!([tariff]);
    file["norms"] = json!([]);
    file
}

fn readings() -> String {
    let mut table = "Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи\n".to_owned();
    let mut shown = 900;
    let months = (1..=12)
        .map(|month| (2025, month))
        .chain([(2026, 1), (2026, 2), (2026, 3)]);
    for ((year, month), used) in months.zip(USED.into_iter().chain([10; 3])) {
        shown += used;
        let day = format!("24.{month:02}.{year}");
        table.push_str(&format!(
            "90001;Отопление;{shown};{day} 00:00;{day} 07:00\n"
        ));
    }
    table
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_is_paid_evenly_and_corrected_in_march() {
    let desk = Desk::new().await;
    desk.confirm_rules();
    let file = desk.file("house.json", heated().to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", readings());
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    let months = (1..=12).map(|month| format!("2025-{month:02}"));
    for month in months.chain((1..=3).map(|month| format!("2026-{month:02}"))) {
        desk.run(&["close", "Закрытая", &month, "--accept-rest", "checked"])
            .expect(0);
    }
    let total = |month: &str| {
        bill(&desk, "700001", month, &[])["bill"]["issued"][0]["bill"]["total"].clone()
    };
    // Half of 120 / 12 Гкал at 2000.
    assert_eq!(total("2025-01"), "10000.00");
    assert_eq!(total("2025-07"), "10000.00");
    let march = bill(&desk, "700001", "2026-03", &[]).to_string();
    // 160 Гкал in fact: half of 40 Гкал more at 2000; 2026 rests on the metered 2025.
    assert!(
        march.contains("heating_correction") && march.contains("40000.00"),
        "{march}"
    );
    assert_eq!(total("2026-02"), "13333.33");
    assert_eq!(total("2026-03"), "53333.33");
    let why = desk
        .run(&["bill", "700001", "2026-03", "--explain"])
        .expect(0);
    assert!(
        why.contains("отопление за 2025 год по показаниям ОДПУ"),
        "{why}"
    );
}

/// A distributor of the flat with the factor of its radiator.
fn distributor(flat: &str, factor: &str) -> Value {
    json!({
        "name": format!("{flat}:radiator"), "resource": "heat", "kind": "distributor",
        "label": "радиатор", "premises": flat,
        "radiators": [{"factor": factor, "from": "2025-01-01",
                       "act": {"number": "5", "date": "2024-12-20"}}],
        "meters": [{
            "serial": format!("7000{flat}"),
            "registers": [{"name": "total", "unit": "hca", "kind": "cumulative"}],
            "installed_at": "2024-12-25T10:00:00+05:00",
            "initial": [{"register": "total", "value": {"value": "0", "unit": "hca"}}],
            "commissioned": {"number": "5", "date": "2024-12-25"}
        }]
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_distributors_counted_moves_the_charge_between_flats() {
    let desk = Desk::new().await;
    desk.confirm_rules();
    let mut file = heated();
    file["heating"]["payment"] = json!([]);
    let points = file["points"].as_array_mut().expect("points");
    points.extend([distributor("1", "1"), distributor("2", "1.5")]);
    let file = desk.file("house.json", file.to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let monthly = [
        "rules",
        "override",
        "Закрытая",
        "distributor_corrections_a_year",
        "12",
        "--from",
        "2025-01-01",
        "--basis",
        "meeting-decision",
        "--act",
        "3",
        "--act-date",
        "2024-12-01",
    ];
    desk.run(&monthly).expect(0);
    let table = "Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи\n\
        90001;Отопление;940;24.01.2025 00:00;24.01.2025 07:00\n\
        90001;Отопление;970;24.02.2025 00:00;24.02.2025 07:00\n\
        70001;Отопление;300;24.01.2025 00:00;24.01.2025 07:00\n\
        70002;Отопление;400;24.01.2025 00:00;24.01.2025 07:00\n";
    let file = desk.file("r.csv", table);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    for month in ["2025-01", "2025-02"] {
        desk.run(&["close", "Закрытая", month, "--accept-rest", "checked"])
            .expect(0);
    }
    // January cost 80 000 together, by 300 to 400 · 1.5 units; each had paid 40 000.
    let why = desk
        .run(&["bill", "700001", "2025-02", "--explain"])
        .expect(0);
    assert!(why.contains("−13\u{a0}333,33"), "{why}");
    assert!(why.contains("распределитель «радиатор»"), "{why}");
    let other = bill(&desk, "700002", "2025-02", &[]).to_string();
    assert!(other.contains("13333.33"), "{other}");
}
