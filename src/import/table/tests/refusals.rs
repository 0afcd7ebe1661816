//! What is refused, by row and by file, and what the refusal says.

use super::*;

/// The refusal of the only row under the header `Прибор;Показание;Дата снятия`.
fn refusal(row: &str) -> RowRefusal {
    refusal_under("Прибор;Показание;Дата снятия", row)
}

fn refusal_under(header: &str, row: &str) -> RowRefusal {
    let mut rows = rows_of(format!("{header}\n{row}\n"));
    assert_eq!(rows.len(), 1, "{row}");
    rows.remove(0).content.expect_err("a refused row")
}

#[test]
fn a_refusal_says_where_what_and_how_to_mend_it() {
    let refusal = refusal("1;12.5.3;25.03.2026");
    assert_eq!(refusal.code, "value.not_a_number");
    assert_eq!(
        refusal.to_string(),
        "столбец «Показание»: «12.5.3» — в числе больше одной запятой или точки"
    );
    assert_eq!(
        refusal.remedy_ru,
        "Оставьте одну запятую — перед дробной частью: 1234,5."
    );
}

#[test]
fn every_bad_cell_has_its_refusal() {
    for (row, code) in [
        ("1;1e5;25.03.2026", "value.exponent"),
        ("1;-5;25.03.2026", "value.negative"),
        ("1;12 5;25.03.2026", "value.not_a_number"),
        ("1;нет;25.03.2026", "value.not_a_number"),
        (
            "1;99999999999999999999999999999999;25.03.2026",
            "value.too_long",
        ),
        ("1;;25.03.2026", "value.empty"),
        ("1;5;", "cell.empty"),
        ("1;5;31.02.2026", "time.no_such_day"),
        ("1;5;25.03.26", "time.short_year"),
        ("1;5;25.03.2026 25:00", "time.no_such_time"),
        ("1;5;25.03.1026", "time.strange_year"),
        ("1;5;вчера", "time.form"),
        (";5;25.03.2026", "meter.unnamed"),
        ("1,23457E+12;5;25.03.2026", "text.digits_lost"),
        ("\"1\n2\";5;25.03.2026", "text.unfit"),
        ("1;5;25.03.2026;7", "row.surplus_cells"),
    ] {
        assert_eq!(refusal(row).code, code, "{row}");
        assert!(!refusal(row).remedy_ru.is_empty());
    }
}

#[test]
fn every_bad_word_has_its_refusal() {
    let header = "Прибор;Показание;Дата;Зона;Единица;Источник;Канал;Ресурс";
    for (row, code) in [
        ("1;5;25.03.2026;закат;;;;", "register.unknown"),
        ("1;5;25.03.2026;;ведро;;;", "unit.unknown"),
        ("1;5;25.03.2026;;;сосед;;", "source.unknown"),
        ("1;5;25.03.2026;;;;по почте;", "channel.unfit"),
        ("1;5;25.03.2026;;;;;нефть", "resource.unknown"),
    ] {
        assert_eq!(refusal_under(header, row).code, code, "{row}");
    }
    let zones = "Прибор;Т1;Дата;Зона";
    assert_eq!(
        refusal_under(zones, "1;5;25.03.2026;Т1").code,
        "register.twice"
    );
    let units = "Прибор;Показание, м3;Дата;Единица";
    assert_eq!(
        refusal_under(units, "1;5;25.03.2026;Гкал").code,
        "unit.twice"
    );
    let premises = "Квартира;Ресурс;Показание;Дата";
    assert_eq!(
        refusal_under(premises, "12;;5;25.03.2026").code,
        "meter.unnamed"
    );
}

#[test]
fn a_long_cell_is_quoted_shortened() {
    let what = refusal(&format!("1;{};25.03.2026", "ы".repeat(500))).what_ru;
    assert!(what.contains(&format!("«{}…»", "ы".repeat(40))), "{what}");
}

#[test]
fn a_refused_row_does_not_stop_the_next() {
    let rows = rows_of("Прибор;Показание;Дата\n1;x;25.03.2026\n2;5;25.03.2026\n");
    assert!(rows[0].content.is_err());
    assert!(rows[1].content.is_ok());
    assert_eq!(rows[0].raw, "1; x; 25.03.2026");
}

#[test]
fn an_open_quote_does_not_swallow_rows_silently() {
    let text = "Прибор;Показание;Дата;Примечание\n\
        1;5;25.03.2026;\"не дома\n2;6;25.03.2026;\n3;7;25.03.2026;\n";
    let rows = rows_of(text);
    assert_eq!(rows.len(), 1);
    let refusal = rows[0].content.as_ref().expect_err("refused");
    assert_eq!(refusal.code, "row.open_quote");
    assert!(refusal.what_ru.contains("строки 2–4"), "{refusal}");
}

#[test]
fn a_decimal_comma_between_comma_delimiters_is_noticed() {
    let surplus = Err("row.surplus_cells");
    for text in [
        "meter,taken_at,value\n1,25.03.2026,12,5\n",
        "meter,taken_at,value,comment\n1,25.03.2026,12,5,\n",
    ] {
        let rows = rows_of(text);
        assert_eq!(
            rows[0].content.as_ref().map_err(|refusal| refusal.code),
            surplus,
            "{text}"
        );
    }
}

#[test]
fn a_damaged_character_refuses_its_row_only() {
    let mut bytes = "Прибор;Показание;Дата\n".as_bytes().to_vec();
    bytes.extend(b"12\xff3;5;25.03.2026\n");
    bytes.extend("Б-4;6;25.03.2026\n".as_bytes());
    let rows = rows_of(bytes);
    assert_eq!(
        rows[0].content.as_ref().map_err(|refusal| refusal.code),
        Err("text.damaged")
    );
    assert!(rows[1].content.is_ok());
}

#[test]
fn a_file_without_a_header_says_what_it_found_and_expected() {
    let error = unusable("Прибор;Значение счётчика;Дата\n1;5;25.03.2026\n");
    assert_eq!(
        error.to_string(),
        "В файле «показания.csv» не найдена строка заголовков. Не хватает столбцов: \
         «Показание» (или «Т1», «Т2», «Т3»). Найдены: «Прибор», «Значение счётчика», «Дата»"
    );
    assert!(error.remedy_ru().contains("docs/formats/readings.md"));
    assert!(matches!(
        unusable("1;5;25.03.2026"),
        UnusableFile::HeaderNotFound { .. }
    ));
    let no_resource = unusable("Квартира;Показание;Дата\n1;5;25.03.2026").to_string();
    assert!(
        no_resource.contains("«Заводской номер» или «Ресурс»"),
        "{no_resource}"
    );
}

#[test]
fn two_columns_of_one_meaning_are_not_chosen_between() {
    let error = unusable("Прибор;Заводской номер;Показание;Дата\n1;2;5;25.03.2026\n");
    assert!(
        matches!(&error, UnusableFile::SameColumnTwice { first, second, .. }
        if first == "Прибор" && second == "Заводской номер"),
        "{error}"
    );
    let values = unusable("Прибор;День;Т1;Дата\n1;2;5;25.03.2026\n");
    assert!(
        matches!(values, UnusableFile::SameColumnTwice { .. }),
        "{values}"
    );
}

#[test]
fn what_is_no_table_is_named() {
    assert!(matches!(unusable(""), UnusableFile::Empty { .. }));
    assert!(matches!(unusable("\n;;\n"), UnusableFile::Empty { .. }));
    assert!(matches!(
        unusable(&b"\xd0\xcf\x11\xe0rest"[..]),
        UnusableFile::WrongKind { .. }
    ));
    assert!(matches!(
        unusable(&b"%PDF-1.7"[..]),
        UnusableFile::WrongKind { .. }
    ));
    assert!(matches!(
        unusable(&b"a\0b\0"[..]),
        UnusableFile::WrongKind { .. }
    ));
    assert!(matches!(
        unusable(&b"PK\x03\x04rest"[..]),
        UnusableFile::BrokenWorkbook { .. }
    ));
    let absent = open_file("/nonexistent/показания.csv".as_ref())
        .err()
        .expect("absent");
    assert!(matches!(absent, UnusableFile::Unreadable { .. }));
}
