//! `close batch`: a month of two houses, proposed by one and approved by another.

use serde_json::Value;

use crate::closing::{READINGS, house};
use crate::program::Desk;

/// Two houses alike in two streets.
async fn two_houses() -> Desk {
    let desk = Desk::new().await;
    for (street, fias) in [("Закрытая", "c1"), ("Соседняя", "c2")] {
        let mut file = house();
        let address = &mut file["building"]["address"];
        address["street"] = format!("улица {street}").into();
        address["fias"] = format!("00000000-0000-4000-8000-0000000000{fias}").into();
        let file = desk.file("house.json", file.to_string());
        desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
            .expect(0);
        import(&desk, street, READINGS);
    }
    desk
}

fn import(desk: &Desk, street: &str, readings: &str) {
    let file = desk.file("r.csv", readings);
    let name = file.to_str().expect("a path");
    desk.run(&["import", "readings", name, "--house", street])
        .expect(0);
}

fn propose(desk: &Desk, by: &str) -> Value {
    let words = [
        "close", "batch", "propose", "2026-09", "--all", "--actor", by,
    ];
    desk.run(&[&words[..], &["--format", "json"]].concat())
        .json()
}

fn outcomes(batch: &Value) -> Vec<String> {
    let houses = batch["houses"].as_array().expect("houses").iter();
    let told = |row: &Value| row["outcome"].as_str().unwrap_or("-").to_owned();
    let mut told: Vec<String> = houses.map(told).collect();
    told.sort();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_closes_what_was_approved_and_reports_what_has_moved() {
    let desk = two_houses().await;
    let batch = propose(&desk, "staff:1");
    assert_eq!(batch["bills"], 4);
    // Twice 5 m³ and 6 m³ at 40 with 20 for common property each.
    assert_eq!(batch["charged"], "960.00");
    let id = batch["batch"].as_str().expect("an id");
    let run = ["close", "batch", "run", id, "--format", "json"];
    let early = desk.run(&run).expect(1);
    assert!(early.contains("не утверждена"), "{early}");
    let approve = |by| ["close", "batch", "approve", id, "--actor", by];
    let same = desk.run(&approve("staff:1")).expect(1);
    assert!(same.contains("другой сотрудник"), "{same}");
    desk.run(&approve("staff:2")).expect(0);

    import(
        &desk,
        "Соседняя",
        &READINGS
            .replace("10001;ХВС;105;", "10001;ХВС;103;")
            .replace("10002;ХВС;206;", "10002;ХВС;208;"),
    );
    let told = desk.run(&run);
    assert_eq!(told.code, Some(3), "{}", told.err);
    let told: Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(outcomes(&told), ["closed", "moved"]);
    // Run again: the closed house stays closed, the other is still another one.
    let events = |desk: &Desk| desk.run(&["books", "list", "--format", "json"]).json();
    let before = events(&desk);
    assert_eq!(desk.run(&run).code, Some(3));
    assert_eq!(events(&desk), before);
    let shown = desk.run(&["close", "batch", "show", id]).expect(0);
    assert!(
        shown.contains("итоги изменились после предложения"),
        "{shown}"
    );

    // A new batch takes the rest: the closed house cannot be proposed again.
    let again = desk.run(&[
        "close", "batch", "propose", "2026-09", "--all", "--format", "json",
    ]);
    assert_eq!(again.code, Some(3), "{}", again.err);
    let again: Value = serde_json::from_str(&again.out).expect("JSON");
    assert_eq!(again["bills"], 2);
    assert_eq!(again["charged"], "480.00");
    let id = again["batch"].as_str().expect("an id");
    desk.run(&["close", "batch", "approve", id, "--actor", "staff:2"])
        .expect(0);
    desk.run(&["close", "batch", "run", id]).expect(0);
    let verified = desk.run(&["close", "verify", "Соседняя", "2026-09"]);
    verified.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn houses_of_a_batch_are_named_in_a_file() {
    let desk = two_houses().await;
    let list = desk.file("houses.txt", "Соседняя\n\n");
    let list = list.to_str().expect("a path");
    let words = ["close", "batch", "propose", "2026-09", "--houses", list];
    let batch = desk
        .run(&[&words[..], &["--format", "json"]].concat())
        .json();
    assert_eq!(batch["houses"].as_array().map(Vec::len), Some(1));
    let nobody = desk.file("houses.txt", "Нигде\n");
    let nobody = nobody.to_str().expect("a path");
    desk.run(&["close", "batch", "propose", "2026-09", "--houses", nobody])
        .expect(1);
    let absent = "00000000-0000-4000-8000-0000000000ff";
    desk.run(&["close", "batch", "show", absent]).expect(1);
}
