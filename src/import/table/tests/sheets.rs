//! XLSX books, written by another library.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use super::*;

fn book(fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book).expect("a book of the test");
    book.save_to_buffer().expect("a book of the test")
}

fn headers(sheet: &mut Worksheet, headers: &[&str]) -> Result<(), XlsxError> {
    sheet.write_row(0, 0, headers.iter().copied()).map(drop)
}

/// A book with one reading, whose rows tests may damage.
pub(super) fn book_of_one_reading() -> Vec<u8> {
    book(|book| {
        let sheet = book.add_worksheet();
        headers(sheet, &["Прибор", "Показание", "Дата снятия"])?;
        sheet
            .write(1, 0, "20514477")?
            .write(1, 1, 125.431)?
            .write(1, 2, "25.03.2026")
            .map(drop)
    })
}

/// A one-row table under `Прибор, Показание, Дата снятия`, filled by the test.
fn row(fill: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Result<String, &'static str> {
    let bytes = book(|book| {
        let sheet = book.add_worksheet();
        headers(sheet, &["Прибор", "Показание", "Дата снятия"])?;
        sheet
            .write(1, 0, "А-1")?
            .write(1, 1, 5)?
            .write(1, 2, "25.03.2026")?;
        fill(sheet)
    });
    let mut rows = rows_of(bytes);
    assert_eq!((rows.len(), rows[0].line), (1, 2));
    rows.remove(0)
        .content
        .map(|reading| summary(&reading))
        .map_err(|refusal| refusal.code)
}

#[test]
fn numbers_are_taken_as_typed() {
    for (typed, read) in [
        (125.431, "125.431"),
        (0.1, "0.1"),
        (10_234.5, "10234.5"),
        (99_999.999, "99999.999"),
        (0.000_001, "0.000001"),
        (7.0, "7"),
    ] {
        let expected = Ok(format!("А-1 {read} 25.03.2026"));
        assert_eq!(row(|sheet| sheet.write(1, 1, typed).map(drop)), expected);
    }
}

#[test]
fn numbers_as_text_are_read_like_text() {
    let expected = Ok("А-1 1234.5 25.03.2026".to_owned());
    assert_eq!(
        row(|sheet| sheet.write(1, 1, "1 234,5").map(drop)),
        expected
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 1, -5).map(drop)),
        Err("value.negative")
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 1, true).map(drop)),
        Err("cell.no_value")
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 1, 1e300).map(drop)),
        Err("value.too_long")
    );
}

#[test]
fn dates_are_taken_from_serials_and_texts() {
    let date = Format::new().set_num_format("dd.mm.yyyy");
    let time = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    let day = ExcelDateTime::from_ymd(2026, 3, 25).expect("a date");
    let evening = ExcelDateTime::parse_from_str("2026-03-25T21:15:07").expect("a time");
    assert_eq!(
        row(|sheet| sheet.write_with_format(1, 2, &day, &date).map(drop)),
        Ok("А-1 5 25.03.2026".to_owned())
    );
    assert_eq!(
        row(|sheet| sheet.write_with_format(1, 2, &evening, &time).map(drop)),
        Ok("А-1 5 25.03.2026 21:15:07".to_owned())
    );
    // The serial of 25.03.2026 without a format of dates.
    assert_eq!(
        row(|sheet| sheet.write(1, 2, 46_106).map(drop)),
        Ok("А-1 5 25.03.2026".to_owned())
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 2, "2026-03-25T21:15:00+05:00").map(drop)),
        Ok("А-1 5 25.03.2026 21:15:00 +05:00".to_owned())
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 2, 20_260_325).map(drop)),
        Err("time.form")
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 2, 25.03).map(drop)),
        Err("time.form")
    );
    let duration = Format::new().set_num_format("[h]:mm:ss");
    assert_eq!(
        row(|sheet| sheet.write_with_format(1, 2, 1.5, &duration).map(drop)),
        Err("cell.no_value")
    );
}

#[test]
fn what_excel_spoilt_is_refused() {
    let date = Format::new().set_num_format("dd.mmm");
    let day = ExcelDateTime::from_ymd(2026, 5, 12).expect("a date");
    assert_eq!(
        row(|sheet| sheet.write_with_format(1, 1, &day, &date).map(drop)),
        Err("value.became_date")
    );
    assert_eq!(
        row(|sheet| sheet.write_with_format(1, 0, &day, &date).map(drop)),
        Err("text.became_date")
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 0, 1e15).map(drop)),
        Err("text.digits_lost")
    );
    assert_eq!(
        row(|sheet| sheet.write(1, 0, 12.5).map(drop)),
        Err("text.digits_lost")
    );
}

#[test]
fn a_serial_stored_as_a_number_is_said_to_be_one() {
    let bytes = book(|book| {
        let sheet = book.add_worksheet();
        headers(sheet, &["Прибор", "Показание", "Дата снятия"])?;
        sheet
            .write(1, 0, 11_070_218)?
            .write(1, 1, 5)?
            .write(1, 2, "25.03.2026")
            .map(drop)
    });
    let reading = readings_of(bytes).remove(0);
    assert_eq!(
        reading.meter.serial.as_ref().map(|serial| serial.as_str()),
        Some("11070218")
    );
    assert!(reading.meter.serial_was_number);
    assert_eq!(reading.channel.as_str(), "xlsx");
}

#[test]
fn formulas_give_their_last_value() {
    let formula = Formula::new("=2+3.5").set_result("5.5");
    let expected = Ok("А-1 5.5 25.03.2026".to_owned());
    assert_eq!(row(|sheet| sheet.write(1, 1, formula).map(drop)), expected);
    let broken = Formula::new("=1/0").set_result("#DIV/0!");
    assert_eq!(
        row(|sheet| sheet.write(1, 1, broken).map(drop)),
        Err("cell.no_value")
    );
}

#[test]
fn the_sheet_of_readings_is_chosen_and_the_others_are_named() {
    let bytes = book(|book| {
        book.add_worksheet()
            .set_name("Справка")?
            .write(0, 0, "О файле")?;
        let sheet = book.add_worksheet().set_name("Показания")?;
        sheet.write(0, 0, "Реестр показаний")?;
        sheet.write_row(3, 1, ["Прибор", "Показание", "Дата снятия", "Телефон"])?;
        sheet.write_row(5, 1, ["А-1", "5,5", "25.03.2026", "+7"])?;
        sheet.write(6, 1, "Итого")?.write(6, 2, 5.5).map(drop)
    });
    let (info, mut rows) = open_bytes(bytes, "книга.xlsx").expect("usable");
    let expected = TableKind::Xlsx {
        sheet: "Показания".to_owned(),
        other_sheets: vec!["Справка".to_owned()],
    };
    assert_eq!((info.kind.clone(), info.header_line), (expected, 4));
    assert!(info.notes_ru()[2].contains("Другие листы не читаются: Справка"));
    let lines: Vec<_> = rows
        .by_ref()
        .map(|row| (row.line, row.content.is_ok()))
        .collect();
    assert_eq!((lines, rows.totals_skipped()), (vec![(6, true)], 1));
}

#[test]
fn cells_far_apart_cost_nothing() {
    let bytes = book(|book| {
        let sheet = book.add_worksheet();
        headers(sheet, &["Прибор", "Показание", "Дата снятия"])?;
        sheet.write_row(1_048_575, 0, ["А-1", "5", "25.03.2026"])?;
        sheet.write(1, 16_383, "далеко").map(drop)
    });
    let rows = rows_of(bytes);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].line, 1_048_576);
}

#[test]
fn a_book_without_a_table_is_unusable() {
    let empty = book(|book| book.add_worksheet().write(0, 0, "").map(drop));
    assert!(matches!(unusable(empty), UnusableFile::Empty { .. }));
    let other = book(|book| book.add_worksheet().write(0, 0, "Прибор").map(drop));
    assert!(matches!(
        unusable(other),
        UnusableFile::HeaderNotFound { .. }
    ));
}
