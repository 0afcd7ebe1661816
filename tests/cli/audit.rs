//! A closed house as a file: every month comes out again without a database, and one that was
//! billed otherwise is told.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::closing::desk;

/// Lines of an export with the first bill's first amount changed.
fn misbilled(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = lines.iter().position(|line| line.contains("BillIssued"));
    let place = place.expect("a bill");
    let mut line: Value = serde_json::from_str(&lines[place]).expect("JSON");
    let payload = line["content"]["open"]["payload"].as_str().expect("a text");
    let mut payload: Value = serde_json::from_str(payload).expect("JSON");
    payload["BillIssued"]["bill"]["lines"][0]["amount"] = json!("0.01");
    line["content"]["open"]["payload"] = json!(payload.to_string());
    lines[place] = line.to_string();
    lines.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn every_closed_month_comes_out_again_from_the_file() {
    let desk = desk().await;
    for month in ["2026-10", "2026-11"] {
        desk.run(&["close", "Закрытая", month, "--accept-rest", "checked"])
            .expect(0);
    }
    let mut superuser = PgConnection::connect(&desk.superuser_url())
        .await
        .expect("the superuser comes in");
    let signed: i64 = sqlx::query_scalar("select count(*) from ledger.checkpoints")
        .fetch_one(&mut superuser)
        .await
        .expect("read");
    assert_eq!(signed, 2, "each closing is bound by a checkpoint");
    let file = desk.file("book.jsonl", "");
    let path = file.to_string_lossy().into_owned();
    desk.run(&["audit", "export", "Закрытая", "--output", &path])
        .expect(0);
    let told = desk.run(&["audit", "replay", &path]).expect(0);
    assert!(told.contains("закрытых месяцев 2"), "{told}");
    assert!(
        told.contains("ноябрь 2026") && told.contains("то же до копейки"),
        "{told}"
    );
    let text = std::fs::read_to_string(&file).expect("written");
    let other = desk.file("other.jsonl", misbilled(&text));
    let told = desk
        .run(&["audit", "replay", &other.to_string_lossy()])
        .expect(1);
    assert!(
        told.contains("ИНАЧЕ") && told.contains("строка была 0,01"),
        "{told}"
    );
    desk.run(&[
        "audit",
        "export",
        "Закрытая",
        "--from",
        "5",
        "--output",
        &path,
    ])
    .expect(0);
    let refused = desk.run(&["audit", "replay", &path]).expect(1);
    assert!(refused.contains("выгрузите весь журнал"), "{refused}");
}
