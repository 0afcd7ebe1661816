//! `close` step by step: causes, stages, verification, held bills, reopening by two.

use crate::closing::{READINGS, bill, desk, house};
use crate::program::Desk;

/// The house of the other tests without a norm for common property: its common part asks for a
/// cause.
async fn asking_desk() -> Desk {
    let desk = Desk::new().await;
    let mut bare = house();
    bare["norms"].as_array_mut().expect("norms").remove(1);
    let file = desk.file("house.json", bare.to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", READINGS);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    desk
}

/// September's reading of flat 1 becomes 103, that of flat 2 208: the house consumes as before.
fn correct(desk: &Desk) {
    let corrected = READINGS.replace("10001;ХВС;105;", "10001;ХВС;103;");
    let corrected = corrected.replace("10002;ХВС;206;", "10002;ХВС;208;");
    let file = desk.file("corrected.csv", corrected);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_a_cause_is_closed_with_one_and_shows_it() {
    let desk = asking_desk().await;
    let close = ["close", "Закрытая", "2026-09"];
    let refused = desk.run(&close).expect(3);
    assert!(refused.contains("no_common_part"), "{refused}");
    let shown = desk.run(&[&close[..], &["--dry-run"]].concat()).expect(3);
    assert!(shown.contains("причина не указана"), "{shown}");
    let stage = ["close", "stage", "Закрытая", "2026-09", "balanced"];
    desk.run(&stage).expect(3);
    desk.run(&["close", "stage", "Закрытая", "2026-09", "collected"])
        .expect(0);
    let accept = ["close", "accept", "Закрытая", "2026-09", "no_common_part"];
    desk.run(&[&accept[..], &["checked"]].concat()).expect(0);
    desk.run(&stage).expect(0);
    let closed = desk.run(&[&close[..], &["--format", "json"]].concat());
    let closed = closed.json();
    assert_eq!(closed["accepted"][0]["cause"], "checked");
    assert_eq!(closed["accepted"][0]["problem"]["kind"], "no_common_part");
    // The next month asks again; one cause may be given for all of a kind with the closing.
    desk.run(&["close", "Закрытая", "2026-10"]).expect(3);
    let accept = [
        "close",
        "Закрытая",
        "2026-10",
        "--accept",
        "no_common_part=checked",
    ];
    let closed = desk.run(&accept).expect(0);
    assert!(closed.contains("Закрыт с указанием причины: 1"), "{closed}");
    let after = desk.run(&[&accept[..2], &["2026-11", "--accept-rest", "x y"]].concat());
    after.expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_is_what_is_closed() {
    let desk = desk().await;
    let approve = ["close", "stage", "Закрытая", "2026-09", "approved"];
    desk.run(&approve).expect(0);
    let shown = desk.run(&["close", "Закрытая", "2026-09", "--dry-run"]);
    let shown = shown.expect(0);
    assert!(
        shown.contains("утверждён: пройден по журналу до №"),
        "{shown}"
    );
    correct(&desk);
    let moved = desk.run(&["close", "Закрытая", "2026-09"]).expect(1);
    assert!(moved.contains("утвердите их снова"), "{moved}");
    desk.run(&approve).expect(0);
    desk.run(&["close", "Закрытая", "2026-09"]).expect(0);
    let verified = desk.run(&["close", "verify", "Закрытая", "2026-09"]);
    let verified = verified.expect(0);
    assert!(verified.contains("строки и итоги те же"), "{verified}");
    let told = desk.run(&["close", "verify", "Закрытая", "2026-09", "--format", "json"]);
    let told = told.json();
    assert_eq!(told["stated"], told["in_book"]);
    assert_eq!(told["stated"], told["recomputed"]);
    let never = desk
        .run(&["close", "verify", "Закрытая", "2026-10"])
        .expect(1);
    assert!(never.contains("не закрыт"), "{never}");
}

#[tokio::test(flavor = "multi_thread")]
async fn until_bills_go_out_two_people_open_a_month_again() {
    let desk = desk().await;
    let of = ["Закрытая", "2026-09"];
    let run = |words: &[&str], code: i32| {
        let words: Vec<&str> = words.iter().chain(&of).copied().collect();
        desk.run(&words).expect(code)
    };
    run(&["close", "--hold-bills"], 0);
    let none = desk.run(&["bill", "700001", "2026-09"]).expect(1);
    assert!(none.contains("не выставлено"), "{none}");
    let next = desk.run(&["close", "Закрытая", "2026-10"]).expect(1);
    assert!(next.contains("задержаны"), "{next}");
    let alone = ["close", "reopen", "--approve", "--actor", "staff:1"];
    run(&alone, 1);
    let asked = [
        "close",
        "reopen",
        "--reason",
        "closed_by_mistake",
        "--actor",
        "staff:1",
    ];
    run(&asked, 0);
    let same = run(&alone, 1);
    assert!(same.contains("другой сотрудник"), "{same}");
    run(&["close", "reopen", "--approve", "--actor", "staff:2"], 0);

    correct(&desk);
    run(&["close", "--hold-bills"], 0);
    run(&["close", "release"], 0);
    let issued = bill(&desk, "700001", "2026-09", &[]);
    assert_eq!(issued["bill"]["issued"][0]["bill"]["total"], "140.00");
    run(&["close", "verify"], 0);
    let late = run(&asked, 1);
    assert!(late.contains("выставлены счета"), "{late}");
    desk.run(&["close", "Закрытая", "2026-10"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_are_given_for_known_places_only() {
    let desk = asking_desk().await;
    let accept = [
        "close",
        "accept",
        "Закрытая",
        "2026-09",
        "no_common_part",
        "checked",
    ];
    let wrong = [
        (&["--premises", "77"][..], "помещения «77» в доме нет"),
        (&["--resource", "steam"][..], "ресурса «steam» нет"),
    ];
    for (more, told) in wrong {
        let said = desk.run(&[&accept[..], more].concat()).expect(2);
        assert!(said.contains(told), "{said}");
    }
    // A cause for another flat does not cover the whole house.
    desk.run(&[&accept[..], &["--premises", "1"]].concat())
        .expect(0);
    desk.run(&["close", "Закрытая", "2026-09"]).expect(3);
    desk.run(&[&accept[..], &["--resource", "cold_water"]].concat())
        .expect(0);
    desk.run(&["close", "Закрытая", "2026-09"]).expect(0);
}
