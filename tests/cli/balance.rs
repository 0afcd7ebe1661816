//! `balance` with its waterfall, and `balance explain`.

use serde_json::Value;

use crate::closing::house;
use crate::program::Desk;

/// The flats are read two days after the house meter: more is counted inside than came in.
const READINGS: &str = "\
Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи;Источник
90001;ХВС;1 000;23.08.2026 00:00;23.08.2026 07:00;архив
10001;ХВС;100;23.08.2026 00:00;23.08.2026 20:05;житель
10002;ХВС;200;23.08.2026 00:00;23.08.2026 20:05;житель
90001;ХВС;1 031;23.09.2026 00:00;23.09.2026 07:00;архив
10001;ХВС;116,5;25.09.2026 00:00;25.09.2026 20:05;житель
10002;ХВС;216,5;25.09.2026 00:00;25.09.2026 20:05;житель
";

#[tokio::test(flavor = "multi_thread")]
async fn a_negative_balance_is_told_as_a_waterfall_and_explained() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", house().to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", READINGS);
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    desk.run(&["close", "Закрытая", "2026-08"]).expect(0);

    let told = desk.run(&["balance", "Закрытая", "2026-09"]).expect(0);
    for line in [
        "Поступило по ОДПУ",
        "Общая часть ниже нуля",
        "показания сняты в разные дни (оценка)",
        "не объяснено",
        "Можно принять как объяснение",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    // 31 of 33 days: two of the 33 m³ were used after the house meter was read.
    let waterfall = waterfall(&desk);
    assert_eq!(waterfall["common"]["value"], "-2");
    assert_eq!(waterfall["causes"][0]["amount"]["value"], "-2");
    assert_eq!(waterfall["unexplained"]["value"], "0");

    let explain = ["balance", "explain", "2026-09", "--all"];
    let dry = [&explain[..], &["--dry-run"]].concat();
    let dry = desk.run(&dry).expect(0);
    assert!(
        dry.contains("будет записано") && dry.contains("not_simultaneous"),
        "{dry}"
    );
    assert!(desk.run(&explain).expect(0).contains("записано: 1"));
    assert!(desk.run(&explain).expect(0).contains("объяснять нечего"));
    assert_eq!(recorded(&desk), ["not_simultaneous"]);

    let own = [
        "balance",
        "explain",
        "2026-09",
        "--house",
        "Закрытая",
        "--resource",
        "cold_water",
        "--cause",
        "leak",
        "--amount",
        "-0,5",
    ];
    desk.run(&own).expect(0);
    assert_eq!(recorded(&desk), ["not_simultaneous", "leak"]);
}

fn waterfall(desk: &Desk) -> Value {
    let json = desk.run(&["balance", "Закрытая", "2026-09", "--format", "json"]);
    json.json()[0]["waterfall"]["scopes"][0].clone()
}

/// Codes of the causes on record.
fn recorded(desk: &Desk) -> Vec<String> {
    let causes = waterfall(desk)["causes"].clone();
    let causes = causes.as_array().expect("a list").iter();
    causes
        .filter(|part| part["recorded"] == true)
        .map(|part| part["cause"].as_str().expect("a code").to_owned())
        .collect()
}
