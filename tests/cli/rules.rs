//! `rules`: listed, told apart, answered for, and what a month does without an answer.

use serde_json::Value;

use crate::closing::house;
use crate::program::Desk;

const ANSWER: [&str; 4] = [
    "--office",
    "главный бухгалтер",
    "--source",
    "КонсультантПлюс",
];

fn list(desk: &Desk, more: &[&str]) -> Vec<Value> {
    let arguments = [&["rules", "list", "--format", "json"], more].concat();
    let rows = desk.run(&arguments).json();
    rows.as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_of_a_day_are_listed_with_clause_and_status() {
    let desk = Desk::new().await;
    let multiplier = |on: &str| {
        let rows = list(&desk, &["--on", on]);
        let of_cold = |row: &&Value| {
            let scope = &row["row"]["scope"]["resources"];
            row["row"]["name"] == "multiplier" && scope.to_string().contains("cold_water")
        };
        rows.iter()
            .find(of_cold)
            .expect("the multiplier of cold water")["row"]
            .clone()
    };
    assert_eq!(multiplier("2025-12-05")["value"], "1.5");
    let now = multiplier("2025-12-06");
    assert_eq!(now["value"], "3");
    assert!(now["clause"].as_str().expect("a clause").contains("ПП 354"));
    let told = desk
        .run(&["rules", "diff", "2025-12-05", "2025-12-06"])
        .expect(0);
    assert!(
        told.contains("−  multiplier") && told.contains("+  multiplier"),
        "{told}"
    );
    let same = desk
        .run(&["rules", "diff", "2025-11-05", "2025-11-06"])
        .expect(0);
    assert!(same.contains("одни и те же"), "{same}");
    let shown = desk.run(&["rules", "show", "multiplier"]).expect(0);
    assert!(
        shown.contains("холодная вода") && shown.contains("источник"),
        "{shown}"
    );
    let unknown = desk.run(&["rules", "show", "множитель"]).expect(2);
    assert!(unknown.contains("rules list"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_waits_until_somebody_answers_for_its_rules() {
    let desk = Desk::new().await;
    // A flat without a meter, in the month in which the multiplier of its norm changed (Q5).
    let mut house = house();
    let points = house["points"].as_array_mut().expect("points");
    points.retain(|point| point["name"] != "2");
    let earlier = house.to_string().replace("2026-01-01", "2025-01-01");
    let file = desk.file("house.json", earlier);
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let close = ["close", "Закрытая", "2025-12", "--accept-rest", "checked"];
    let refused = desk.run(&close).expect(3);
    assert!(
        refused.contains("никто не отвечает") && refused.contains("rules confirm"),
        "{refused}"
    );
    let preview = desk.run(&[&close[..], &["--dry-run", "--format", "json"]].concat());
    let preview: Value = serde_json::from_str(&preview.out).expect("JSON");
    let open = preview["unanswered_rules"].as_array().expect("a list");
    let ids: Vec<&str> = open.iter().filter_map(|row| row["id"].as_str()).collect();
    assert!(!ids.is_empty());
    let short: Vec<&str> = ids.iter().map(|id| &id[..12]).collect();
    let confirm = [&["rules", "confirm"], &short[..], &ANSWER].concat();
    let confirmed = desk.run(&confirm).expect(0);
    assert!(
        confirmed.contains(&format!("Подтверждено строк: {}", ids.len())),
        "{confirmed}"
    );
    desk.run(&close).expect(0);
    // It is in the book of the house, for whoever audits it alone.
    let why = desk
        .run(&["rules", "list", "--house", "Закрытая", "--on", "2025-12-15"])
        .expect(0);
    assert!(why.contains("подтвердил: главный бухгалтер"), "{why}");
    let open = list(&desk, &["--status", "unanswered", "--on", "2025-12-15"]);
    let is_of_the_month = |row: &Value| ids.contains(&row["row"]["id"].as_str().unwrap_or(""));
    assert!(!open.iter().any(is_of_the_month));
    let withdraw = [&["rules", "withdraw", short[0]], &ANSWER[..]].concat();
    desk.run(&withdraw).expect(0);
    desk.run(&withdraw).expect(1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_house_has_a_rule_of_its_own() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", house().to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let basis = [
        "--basis",
        "regional-act",
        "--act",
        "810/43",
        "--act-date",
        "2023-12-12",
    ];
    let given = [
        "rules",
        "override",
        "Закрытая",
        "average_run_start",
        "first_full_period",
    ];
    let from = ["--from", "2026-01-01"];
    desk.run(&[&given[..], &from, &basis].concat()).expect(0);
    let listed = desk.run(&["rules", "list", "--house", "Закрытая", "--on", "2026-02-01"]);
    let listed = listed.expect(0);
    assert!(
        listed.contains("акт региона № 810/43 от 12.12.2023"),
        "{listed}"
    );
    let wrong = ["rules", "override", "Закрытая", "average_run_start", "7"];
    let refused = desk.run(&[&wrong[..], &from, &basis].concat()).expect(1);
    assert!(refused.contains("другого вида"), "{refused}");
}
