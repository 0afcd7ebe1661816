//! `gaps`: listed with the ladder and its money, decided by policy or person, superseded.

use serde_json::Value;

use crate::closing::{READINGS, bill, desk};
use crate::program::Desk;

fn list(desk: &Desk, period: &str) -> Value {
    desk.run(&["gaps", "list", "Закрытая", period, "--format", "json"])
        .json()
}

fn rung<'g>(gap: &'g Value, method: &str) -> &'g Value {
    let mut rungs = gap["ladder"].as_array().expect("a ladder").iter();
    rungs
        .find(|rung| rung["method"] == method)
        .expect("the method")
}

fn close(desk: &Desk, period: &str) {
    desk.run(&["close", "Закрытая", period, "--accept-rest", "checked"])
        .expect(0);
}

/// October: flat 2 sent nothing.
async fn until_october() -> Desk {
    let desk = desk().await;
    for month in ["2026-08", "2026-09"] {
        close(&desk, month);
    }
    desk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_has_every_method_in_order_with_its_money() {
    let desk = until_october().await;
    let told = list(&desk, "2026-10");
    let gap = &told["gaps"][0];
    assert_eq!(told["gaps"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(
        (&gap["serial"], &gap["state"]["state"]),
        (&"10002".into(), &"by_policy".into())
    );
    let methods = gap["ladder"].as_array().expect("a ladder").iter();
    let methods: Vec<&str> = methods.filter_map(|rung| rung["method"].as_str()).collect();
    let all = [
        "device_totals",
        "profile",
        "interpolation",
        "average",
        "norm",
        "contract_load",
    ];
    assert_eq!(methods, all);
    // The mean of 2.8 m³ at 50; the norm of two persons, 8 m³.
    let (average, norm) = (rung(gap, "average"), rung(gap, "norm"));
    assert_eq!(
        (&average["is_default"], &average["charged"]),
        (&true.into(), &"140.00".into())
    );
    assert_eq!(
        (&norm["is_allowed"], &norm["charged"]),
        (&true.into(), &"400.00".into())
    );
    assert_eq!(norm["effect"], "260.00");
    let inputs = gap["inputs"].as_array().expect("inputs");
    assert!(!inputs.is_empty());
    let shown = desk
        .run(&["gaps", "show", "Закрытая", "2026-10", "10002"])
        .expect(0);
    assert!(
        shown.contains("4. ") && shown.contains("Входные события: meter/"),
        "{shown}"
    );
    let text = desk.run(&["gaps", "list", "Закрытая", "2026-10"]).expect(0);
    assert!(
        text.contains("принято правилом") && text.contains("260,00"),
        "{text}"
    );
    let none = desk.run(&["gaps", "list", "Закрытая", "2026-11"]).expect(0);
    assert!(
        none.contains("10002"),
        "a month that nobody has read: {none}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_decides_where_the_policy_asks_one() {
    let desk = until_october().await;
    let policy = [
        "gaps",
        "policy",
        "Закрытая",
        "by-person",
        "--from",
        "2026-10",
    ];
    desk.run(&policy).expect(0);
    assert_eq!(
        list(&desk, "2026-10")["gaps"][0]["state"]["state"],
        "undecided"
    );
    let refused = desk.run(&["close", "Закрытая", "2026-10"]).expect(3);
    assert!(
        refused.contains("gap_undecided") && refused.contains("gaps accept"),
        "{refused}"
    );
    // Another method needs a paper.
    let accept = ["gaps", "accept", "Закрытая", "2026-10", "10002"];
    let norm = [&accept[..], &["--method", "norm"]].concat();
    desk.run(&norm).expect(2);
    let paper = ["--act", "7", "--act-date", "2026-10-30"];
    let absent = [&accept[..], &["--method", "contract_load"], &paper].concat();
    assert!(desk.run(&absent).expect(1).contains("нагрузки"));
    desk.run(&[&norm[..], &paper].concat()).expect(0);
    // Back to what the law has, and to the norm again.
    for choice in [accept.to_vec(), [&norm[..], &paper].concat()] {
        assert!(desk.run(&choice).expect(0).contains("решено пробелов: 1"));
    }
    let gap = &list(&desk, "2026-10")["gaps"][0];
    assert_eq!(
        (&gap["state"]["state"], &gap["method"]),
        (&"decided".into(), &"norm".into())
    );
    let event = gap["state"]["by"]["event"].clone();
    assert!(
        gap["inputs"]
            .to_string()
            .contains(event.as_str().expect("an event"))
    );
    close(&desk, "2026-10");
    let issued = bill(&desk, "700002", "2026-10", &[])["bill"]["issued"][0]["bill"].clone();
    assert_eq!(
        (&issued["lines"][0]["method"], &issued["lines"][0]["amount"]),
        (&"norm".into(), &"400.00".into())
    );
    // A closed month is decided no more.
    let late = desk.run(&accept).expect(1);
    assert!(late.contains("нет открытого пробела"), "{late}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_stale_when_its_proposal_moves_and_a_reading_supersedes() {
    let desk = until_october().await;
    let policy = [
        "gaps",
        "policy",
        "Закрытая",
        "by-person",
        "--from",
        "2026-10",
    ];
    desk.run(&policy).expect(0);
    let all = [
        "gaps",
        "accept",
        "Закрытая",
        "2026-10",
        "--all",
        "--reason",
        "not_submitted",
    ];
    assert!(desk.run(&all).expect(0).contains("решено пробелов: 1"));
    assert!(
        desk.run(&all).expect(0).contains("решено пробелов: 0"),
        "once is enough"
    );
    // The reading that the mean rests on is corrected.
    let corrected = READINGS.replace("10002;ХВС;206;", "10002;ХВС;226;");
    let file = desk.file("corrected.csv", corrected);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    assert_eq!(list(&desk, "2026-10")["gaps"][0]["state"]["state"], "stale");
    assert!(desk.run(&all).expect(0).contains("решено пробелов: 1"));
    close(&desk, "2026-10");
    let recorded = list(&desk, "2026-10");
    assert_eq!(
        recorded["gaps"][0]["state"]["state"], "recorded",
        "{recorded}"
    );
    let late = "Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи;Источник\n\
                10002;ХВС;240;23.11.2026 20:00;23.11.2026 20:05;житель\n";
    let file = desk.file("late.csv", late);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    let superseded = list(&desk, "2026-10");
    assert_eq!(superseded["gaps"][0]["state"]["state"], "superseded");
    assert!(superseded["gaps"][0]["state"]["with"]["event"].is_string());
}

/// Also where the law accepts itself: what somebody agreed to is not replaced behind the back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_is_stale_is_asked_of_again_under_any_policy() {
    let desk = until_october().await;
    let accept = ["gaps", "accept", "Закрытая", "2026-10", "10002"];
    desk.run(&accept).expect(0);
    let corrected = READINGS.replace("10002;ХВС;206;", "10002;ХВС;226;");
    let file = desk.file("corrected.csv", corrected);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    let refused = desk.run(&["close", "Закрытая", "2026-10"]).expect(3);
    assert!(refused.contains("решите пробел снова"), "{refused}");
    desk.run(&accept).expect(0);
    desk.run(&["close", "Закрытая", "2026-10"]).expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_month_tells_again_why_a_volume_was_calculated() {
    let desk = until_october().await;
    let before = list(&desk, "2026-10");
    close(&desk, "2026-10");
    let told = list(&desk, "2026-10");
    let (was, gap) = (&before["gaps"][0], &told["gaps"][0]);
    assert_eq!(gap["state"]["state"], "recorded");
    assert_eq!(gap["reason"], was["reason"]);
    assert_eq!(gap["ladder"], was["ladder"]);
}
