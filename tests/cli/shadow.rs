//! `shadow`: what other rules, prices and decisions would cost; the ledger stays as it is.

use serde_json::Value;

use crate::closing::desk;
use crate::program::Desk;

fn shadow(desk: &Desk, more: &[&str]) -> Value {
    let period = ["--from", "2026-09", "--to", "2026-10", "--format", "json"];
    desk.run(&[&["shadow", "Закрытая"], &period[..], more].concat())
        .json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_price_rule_or_decision_is_compared_by_account() {
    let desk = desk().await;
    for month in ["2026-08", "2026-09"] {
        desk.run(&["close", "Закрытая", month]).expect(0);
    }
    let before = desk.run(&["books", "list", "--format", "json"]).json();
    let dearer = shadow(&desk, &["--price", "cold_water=60"]);
    // September: 5 + 6 m³ and 1 m³ of common property at 60 instead of 40.
    assert_eq!(dearer["months"][0]["before"], "480.00");
    assert_eq!(dearer["months"][0]["after"], "720.00");
    assert_eq!(dearer["accounts"][0]["number"], "700001");
    assert_eq!(dearer["accounts"][0]["difference"], "110.00");
    let by_fact = shadow(&desk, &["--decide", "soi_by_fact@cold_water"]);
    assert_eq!(
        by_fact["months"][0]["before"], by_fact["months"][0]["after"],
        "12 − 11 is the norm"
    );
    let no_average = shadow(&desk, &["--set", "average_applies@cold_water=false"]);
    assert_ne!(no_average["difference"], "0.00", "{no_average}");
    let old = shadow(&desk, &["--rules-of", "2026-09"]);
    assert_eq!(old["difference"], "0.00");
    let after = desk.run(&["books", "list", "--format", "json"]).json();
    assert_eq!(before, after, "nothing is recorded");
    let text = ["shadow", "Закрытая", "--from", "2026-09", "--to", "2026-10"];
    let told = desk
        .run(&[&text[..], &["--price", "cold_water=60"]].concat())
        .expect(0);
    assert!(
        told.contains("ничего не записано") && told.contains("Наибольшие"),
        "{told}"
    );
    let csv = [&text[..], &["--price", "cold_water=60", "--format", "csv"]].concat();
    let csv = desk.run(&csv).expect(0);
    assert!(csv.contains("2026-09;700001;220,00;330,00;110,00"), "{csv}");
    desk.run(&text).expect(2);
    let wrong = [&text[..], &["--set", "average_applies=7"]].concat();
    assert!(desk.run(&wrong).expect(1).contains("другого вида"));
}
