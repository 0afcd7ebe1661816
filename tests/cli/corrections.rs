//! `correct`: what a correction changes, asked for by one and approved by another.

use serde_json::{Value, json};

use crate::closing::{bill, desk};
use crate::program::Desk;

/// The reading of a meter that shows `value`, as the history names it.
fn reading(desk: &Desk, serial: &str, value: &str) -> (String, u64) {
    let history = desk.run(&["history", serial, "--format", "json"]).json();
    let mut events = history["entries"].as_array().expect("entries").iter();
    let of_value = |entry: &&Value| entry.to_string().contains(&format!("\"{value}\""));
    let found = events.rfind(of_value);
    let found = found.unwrap_or_else(|| unreachable!("no reading {value}: {history}"));
    let name = found["event"]["event"].as_str().expect("an event id");
    let parts: Vec<&str> = name.split('/').collect();
    (parts[1].to_owned(), parts[2].parse().expect("a sequence"))
}

fn operation(desk: &Desk) -> Value {
    let (meter, sequence) = reading(desk, "10001", "105");
    json!({"correct_reading": {
        "meter": meter, "reading": sequence, "reason": "typing_mistake",
        "values": [{"register": "total", "value": {"value": "103", "unit": "m3"}}]
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_seen_asked_for_and_approved_by_another() {
    let desk = desk().await;
    desk.run(&["close", "Закрытая", "2026-09"]).expect(0);
    let file = desk.file("op.json", operation(&desk).to_string());
    let file = file.to_str().expect("a path");
    let before = desk.run(&["books", "list", "--format", "json"]).json();
    let told = desk.run(&["correct", "preview", "Закрытая", file, "--format", "json"]);
    let told = told.json();
    let sums: Vec<(&str, &str)> = told["accounts"]
        .as_array()
        .expect("accounts")
        .iter()
        .map(|row| (row["period"].as_str(), row["difference"].as_str()))
        .map(|(period, sum)| (period.unwrap_or_default(), sum.unwrap_or_default()))
        .collect();
    assert_eq!(sums, [("2026-09", "-80.00"), ("2026-10", "100.00")]);
    let after = desk.run(&["books", "list", "--format", "json"]).json();
    assert_eq!(before, after, "nothing is recorded");

    let ask = ["correct", "request", "Закрытая", file, "--actor", "staff:1"];
    let asked = desk.run(&[&ask[..], &["--format", "json"]].concat()).json();
    let id = asked["correction"].as_str().expect("an id").to_owned();
    let waiting = bill(&desk, "700001", "2026-09", &["--recomputed"]);
    assert_eq!(waiting["bill"]["recomputed"]["pending_total"], "0.00");
    let approve = |by| ["correct", "approve", "Закрытая", &id, "--actor", by].map(str::to_owned);
    let same = desk.run(&approve("staff:1")).expect(1);
    assert!(same.contains("другой сотрудник"), "{same}");
    desk.run(&approve("staff:2")).expect(0);
    let told = bill(&desk, "700001", "2026-09", &["--recomputed"]);
    assert_eq!(told["bill"]["recomputed"]["pending_total"], "-80.00");
    let again = desk.run(&approve("staff:3")).expect(1);
    assert!(again.contains("уже утверждено"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_moved_since_the_request_is_not_approved() {
    let desk = desk().await;
    desk.run(&["close", "Закрытая", "2026-09"]).expect(0);
    let file = desk.file("op.json", operation(&desk).to_string());
    let file = file.to_str().expect("a path");
    let ask = ["correct", "request", "Закрытая", file, "--actor", "staff:1"];
    let ask = [&ask[..], &["--format", "json"]].concat();
    let first = desk.run(&ask).json();
    let second = desk.run(&ask).json();
    let decide = |what: &str, asked: &Value, code| {
        let id = asked["correction"].as_str().expect("an id");
        desk.run(&["correct", what, "Закрытая", id, "--actor", "staff:2"])
            .expect(code)
    };
    decide("approve", &first, 0);
    let moved = decide("approve", &second, 1);
    assert!(
        moved.contains("последствия исправления изменились"),
        "{moved}"
    );
    decide("decline", &second, 0);
    let declined = decide("approve", &second, 1);
    assert!(declined.contains("отклонено"), "{declined}");
    let unreadable = desk.file("bad.json", "{\"correct_reading\": {}}");
    let unreadable = unreadable.to_str().expect("a path");
    desk.run(&["correct", "preview", "Закрытая", unreadable])
        .expect(2);
}
