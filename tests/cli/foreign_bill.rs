//! `check-bill`: a received bill against ours, each difference with a named reason.

use serde_json::Value;

use crate::closing::desk;
use crate::program::Desk;

/// What we billed flat 1 for September: 5 m³ at 40, half a cubic metre of КР на СОИ.
const OURS: &str = "ХВС;;5;40;200,00\nХВС;КР на СОИ;0,5;40;20,00\n";

async fn billed() -> Desk {
    let desk = desk().await;
    for month in ["2026-08", "2026-09"] {
        desk.run(&["close", "Закрытая", month]).expect(0);
    }
    desk
}

fn check(desk: &Desk, lines: &str) -> (Option<i32>, Value) {
    let file = desk.file("bill.csv", format!("Ресурс;Вид;Объём;Цена;Сумма\n{lines}"));
    let path = file.to_str().expect("a path");
    let said = desk.run(&["check-bill", path, "700001", "2026-09", "--format", "json"]);
    let told: Value = serde_json::from_str(&said.out).expect("JSON");
    (said.code, told["check"].clone())
}

fn reasons(told: &Value) -> Vec<String> {
    let differences = told["differences"].as_array().expect("a list").iter();
    let reasons = differences.flat_map(|one| one["reasons"].as_array().expect("reasons"));
    reasons
        .map(|reason| reason.as_str().expect("a word").to_owned())
        .collect()
}

/// What may be wrong with a bill, and the words for it.
fn faults() -> Vec<(&'static str, String, Vec<&'static str>)> {
    vec![
        (
            "another volume",
            OURS.replace(";5;40;200,00", ";7;40;280,00"),
            vec!["volume"],
        ),
        (
            "another price",
            OURS.replace(";5;40;200,00", ";5;44;220,00"),
            vec!["price"],
        ),
        (
            "both",
            OURS.replace(";5;40;200,00", ";7;44;308,00"),
            vec!["volume", "price"],
        ),
        (
            "norm and a half",
            OURS.replace(";5;40;200,00", ";7,5;40;300,00"),
            vec!["multiplier_in_volume"],
        ),
        (
            "money and a half",
            OURS.replace("200,00", "300,00"),
            vec!["multiplier_in_amount"],
        ),
        (
            "wrong sum",
            OURS.replace("200,00", "260,00"),
            vec!["arithmetic"],
        ),
        (
            "with НДС again",
            OURS.replace(";5;40;200,00", ";5;48,80;244,00"),
            vec!["vat"],
        ),
        (
            "a line of sewage",
            format!("{OURS}Водоотведение;;5;30;150,00\n"),
            vec!["not_ours"],
        ),
        (
            "without common property",
            "ХВС;;5;40;200,00\n".to_owned(),
            vec!["missing"],
        ),
        (
            "an excess",
            format!("{OURS}ХВС;превышение;;;100,00\n"),
            vec!["multiplier"],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_difference_of_a_received_bill_has_a_reason() {
    let desk = billed().await;
    let (code, told) = check(&desk, OURS);
    assert_eq!(
        (code, &told["differences"], &told["agreeing"]),
        (Some(0), &Value::Array(vec![]), &2.into())
    );
    let (code, told) = check(&desk, &OURS.replace("200,00", "200,01"));
    assert_eq!(
        (code, reasons(&told)),
        (Some(0), vec![]),
        "a kopeck is rounding"
    );
    for (what, lines, expected) in faults() {
        let (code, told) = check(&desk, &lines);
        assert_eq!(
            (code, reasons(&told)),
            (Some(3), expected.iter().map(ToString::to_string).collect()),
            "{what}: {told}"
        );
    }
    let (_, told) = check(&desk, &OURS.replace(";5;40;200,00", ";7;40;280,00"));
    assert_eq!(told["difference"], "80.00");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_read_is_told_and_the_rest_is_checked() {
    let desk = billed().await;
    let lines = format!("Ресурс;Вид;Объём;Цена;Сумма\n{OURS}ХВС;разное;1;40;сорок\n");
    let file = desk.file("bill.csv", lines);
    let path = file.to_str().expect("a path");
    let told = desk
        .run(&["check-bill", path, "700001", "2026-09"])
        .expect(3);
    assert!(
        told.contains("Не прочитано: строка 4") && told.contains("Сходится строк: 2"),
        "{told}"
    );
    let empty = desk.file("empty.csv", "a;b\n1;2\n");
    let path = empty.to_str().expect("a path");
    desk.run(&["check-bill", path, "700001", "2026-09"])
        .expect(2);
}
