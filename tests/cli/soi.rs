//! `soi`: the account of КР на СОИ of a year, as closings recorded it.

use crate::closing::desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_of_a_year_is_told_month_by_month() {
    let desk = desk().await;
    for month in ["2026-08", "2026-09"] {
        desk.run(&["close", "Закрытая", month]).expect(0);
    }
    let told = desk
        .run(&["soi", "Закрытая", "2026", "--format", "json"])
        .json();
    let year = &told[0];
    assert_eq!(
        (&year["resource"], &year["year"]),
        (&"cold_water".into(), &2026.into())
    );
    // September: 12 m³ came in, 11 were consumed; the norm, 1 m³ at 40, was shared out.
    let september = &year["months"][1];
    assert_eq!(september["period"], "2026-09");
    assert_eq!(september["difference"]["value"], "1");
    assert_eq!(september["shared"]["value"], "1");
    assert_eq!(september["charged"], "40.00");
    assert!(september["event"]["event"].is_string());
    let text = desk.run(&["soi", "Закрытая", "2026"]).expect(0);
    assert!(
        text.contains("Должны РСО") && text.contains("сентябрь 2026"),
        "{text}"
    );
    let none = desk.run(&["soi", "Закрытая", "2024"]).expect(0);
    assert!(none.contains("закрытых месяцев с КР на СОИ нет"), "{none}");
}
