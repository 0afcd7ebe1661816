//! `import readings`, `history` and `balance` on the house of the documents.

use crate::house::EXAMPLE;
use crate::program::{Desk, Said};

/// September opens, October follows; the columns are those of `docs/formats/readings.md`.
const READINGS: &str = "\
Заводской номер;Ресурс;Показание;Т1;Т2;Дата снятия;Дата передачи;Источник
90001;ХВС;1 000,5;;;24.09.2026 00:00;24.09.2026 07:00;архив
90002;ХВС;500;;;24.09.2026 00:00;24.09.2026 07:00;архив
10001;ХВС;100,25;;;23.09.2026 20:00;23.09.2026 20:05;житель
10002;ХВС;40;;;23.09.2026 20:00;23.09.2026 20:05;телефон
10003;ХВС;77,1;;;23.09.2026 20:00;23.09.2026 20:05;обход
10004;ХВС;15;;;23.09.2026 20:00;23.09.2026 20:05;житель
10009;ХВС;9;;;23.09.2026 20:00;23.09.2026 20:05;РСО
90001;ХВС;1 020,5;;;24.10.2026 00:00;24.10.2026 07:00;архив
90002;ХВС;510;;;24.10.2026 00:00;24.10.2026 07:00;архив
10001;ХВС;106,35;;;23.10.2026 20:00;23.10.2026 20:05;житель
10002;ХВС;44;;;23.10.2026 20:00;23.10.2026 20:05;телефон
10003;ХВС;83,1;;;23.10.2026 20:00;23.10.2026 20:05;обход
10009;ХВС;11;;;23.10.2026 20:00;23.10.2026 20:05;РСО
30001;электроэнергия;;1 204,5;610;24.10.2026 00:00;24.10.2026 07:00;ИСУ
";

fn import(desk: &Desk, name: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> Said {
    let file = desk.file(name, bytes);
    let mut arguments = vec!["import".as_ref(), "readings".as_ref(), file.as_path()];
    arguments.extend(more.iter().map(std::path::Path::new));
    desk.run(&arguments)
}

async fn desk_with_house() -> Desk {
    let desk = Desk::new().await;
    let file = desk.file("house.json", EXAMPLE);
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    desk
}

fn head(desk: &Desk) -> i64 {
    let books = desk.run(&["books", "list", "--format", "json"]).json();
    let rows = books.as_array().expect("a list");
    let house = rows
        .iter()
        .find(|book| book["kind"] == "building")
        .expect("the house");
    house["position"].as_i64().expect("a position")
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_become_a_balance_that_can_be_had_as_it_was() {
    let desk = desk_with_house().await;
    let dry = import(&desk, "r.csv", READINGS, &["--dry-run"]).expect(0);
    assert!(dry.contains("ничего не записано"), "{dry}");
    let opened = head(&desk);
    let said = import(&desk, "r.csv", READINGS, &[]).expect(0);
    assert!(said.contains("Строк показаний: 14"), "{said}");
    let first = head(&desk);
    assert!(first > opened);

    // House 20 + 10; inside 6.1 + 4 + 6 + 2, flat 4 not read.
    let told = desk.run(&["balance", "Примерная 7", "2026-10"]).expect(0);
    assert!(told.contains("30,000") && told.contains("18,100"), "{told}");
    assert!(told.contains("пом. 4"), "what is missing is named: {told}");
    let json = desk
        .run(&[
            "balance",
            "Примерная",
            "2026-10",
            "--resource",
            "cold_water",
            "--format",
            "json",
        ])
        .json();
    assert_eq!(json[0]["balance"]["position"].as_i64(), Some(first));

    let again = import(&desk, "r.csv", READINGS, &[]).expect(0);
    assert!(again.contains("было принято раньше"), "{again}");
    assert_eq!(head(&desk), first, "a repetition adds nothing");

    let corrected = READINGS.replace("106,35", "105,35");
    let said = import(&desk, "r.csv", corrected, &[]).expect(0);
    assert!(said.contains("исправлено"), "{said}");
    let since = first.to_string();
    let told = desk
        .run(&["balance", "Примерная", "2026-10", "--since", &since])
        .expect(0);
    assert!(
        told.contains("исправление показания") && told.contains("+1,000"),
        "{told}"
    );
    let then = desk
        .run(&["balance", "Примерная", "2026-10", "--known-at", &since])
        .expect(0);
    assert!(then.contains("18,100"), "the past stays: {then}");
    let explained = [
        "balance",
        "Примерная",
        "2026-10",
        "--explain",
        "--resource",
        "cold_water",
    ];
    let why = desk.run(&explained).expect(0);
    assert!(
        why.contains("Почему такие цифры") && why.contains("журнал №"),
        "{why}"
    );
    let json = desk
        .run(&[&explained[..], &["--format", "json"]].concat())
        .json();
    let told = json[0]["because"].to_string();
    assert!(
        told.contains("\"event\":\"meter/"),
        "figures name their events: {told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_answered_and_the_report_says_how_to_mend() {
    let desk = desk_with_house().await;
    let rows = "\
прибор;ресурс;лицевой счёт;показание;дата снятия;дата передачи;источник
10001;хвс;700001;100,25;23.09.2026 20:00;23.09.2026 20:05;житель
10002;хвс;700001;40;23.09.2026 20:00;23.09.2026 20:05;житель
99999;хвс;;5;23.09.2026 20:00;23.09.2026 20:05;житель
10003;хвс;;12.5.3;23.09.2026 20:00;23.09.2026 20:05;житель
10004;хвс;;15;23.09.2027 20:00;23.09.2026 20:05;житель
";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(rows);
    let report = desk.file("report.csv", "");
    let report_path = report.to_string_lossy().into_owned();
    let said = import(&desk, "r.csv", &bytes, &["--report", &report_path]).expect(3);
    assert!(
        said.contains("windows-1251"),
        "the encoding is told: {said}"
    );
    assert!(said.contains("99999") && said.contains("12.5.3"), "{said}");
    let written = std::fs::read_to_string(report).expect("the report is written");
    assert_eq!(written.lines().count(), 6, "a line a row: {written}");
    assert!(
        written.contains("отклонено") && written.contains("принято"),
        "{written}"
    );

    let unusable = import(&desk, "x.csv", "a;b\n1;2\n", &[]).expect(2);
    assert!(unusable.contains("Как исправить"), "{unusable}");
}

/// The example house with thirty flats more.
fn street_of_flats() -> String {
    let mut house: serde_json::Value = serde_json::from_str(EXAMPLE).expect("the example is JSON");
    for number in 101..=130 {
        let text = |value: &serde_json::Value, old: &str, new: String| {
            value.to_string().replace(old, &new)
        };
        let premises = text(&house["premises"][1], "700002", format!("7{number}"));
        let premises = premises.replace(r#""number":"2""#, &format!(r#""number":"{number}""#));
        let point = text(&house["points"][6], "10002", format!("20{number}"));
        let point = point.replace(r#""2:cold""#, &format!(r#""{number}:cold""#));
        let point = point.replace(r#""premises":"2""#, &format!(r#""premises":"{number}""#));
        for (section, entry) in [("premises", premises), ("points", point)] {
            let entry = serde_json::from_str(&entry).expect("still JSON");
            house[section].as_array_mut().expect("a list").push(entry);
        }
    }
    house.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flat_far_above_its_neighbours_is_marked_for_the_company() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", street_of_flats());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let mut rows = "прибор;ресурс;показание;дата снятия;дата передачи;источник\n".to_owned();
    for (month, base) in [("09", 100), ("10", 105)] {
        for number in 101..=130 {
            let own = if (month, number) == ("10", 117) {
                4 * 5 + 100
            } else {
                base
            };
            let on = format!("23.{month}.2026 20:00");
            rows.push_str(&format!("20{number};хвс;{own};{on};{on};обход\n"));
        }
    }
    import(&desk, "r.csv", &rows, &[]).expect(0);
    let high = desk.run(&["history", "20117"]).expect(0);
    assert!(high.contains("много против похожих помещений"), "{high}");
    let usual = desk.run(&["history", "20118"]).expect(0);
    assert!(!usual.contains("много против похожих помещений"), "{usual}");
    let again = import(&desk, "r.csv", &rows, &[]).expect(0);
    assert!(again.contains("было принято раньше"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_read_like_a_table() {
    let desk = desk_with_house().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in (0..).zip(["Заводской номер", "Показание", "Дата снятия", "Источник"])
    {
        sheet.write_string(0, column, title).expect("a header");
    }
    sheet.write_number(1, 0, 10_001.0).expect("a number");
    sheet.write_number(1, 1, 100.25).expect("a number");
    sheet
        .write_string(1, 2, "23.09.2026 20:00")
        .expect("a text");
    sheet.write_string(1, 3, "контролёр").expect("a text");
    let bytes = book.save_to_buffer().expect("a workbook");
    let said = import(&desk, "r.xlsx", bytes, &[]).expect(0);
    assert!(said.contains("Строк показаний: 1"), "{said}");
    let history = desk.run(&["history", "10001"]).expect(0);
    assert!(
        history.contains("100,250") && history.contains("контролёр"),
        "{history}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_told_as_of_a_moment_and_only_of_the_past() {
    let desk = desk_with_house().await;
    import(&desk, "r.csv", READINGS, &[]).expect(0);
    let json = desk.run(&["history", "10001", "--format", "json"]).json();
    assert_eq!(json["serial"], "10001");
    let early = desk
        .run(&["history", "10001", "--known-at", "2020-01-01T00:00:00Z"])
        .expect(2);
    assert!(early.contains("не найден"), "{early}");
    let future = desk
        .run(&["history", "10001", "--known-at", "2190-01-01T00:00:00Z"])
        .expect(1);
    assert!(future.contains("ещё не наступил"), "{future}");
    let beyond = desk
        .run(&["history", "10001", "--known-at", "999999"])
        .expect(1);
    assert!(beyond.contains("999999"), "{beyond}");
    let nonsense = desk
        .run(&["history", "10001", "--known-at", "вчера"])
        .expect(2);
    assert!(nonsense.contains("вчера"), "{nonsense}");
    desk.run(&["history", "nobody"]).expect(2);
    desk.run(&["balance", "Примерная", "октябрь"]).expect(2);
    desk.run(&["balance", "Нигде", "2026-10"]).expect(1);
}
