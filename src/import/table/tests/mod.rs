//! Tables as they come from people and programs: bytes in, rows out.

mod files;
mod refusals;
mod robustness;
mod sheets;

use super::*;

/// The rows of a table that must be usable.
fn rows_of(bytes: impl Into<Vec<u8>>) -> Vec<Row> {
    open_bytes(bytes.into(), "показания.csv")
        .expect("a usable table")
        .1
        .collect()
}

/// The readings of a table whose every row must be taken.
fn readings_of(bytes: impl Into<Vec<u8>>) -> Vec<ReadingRow> {
    rows_of(bytes)
        .into_iter()
        .map(|row| row.content.expect("a taken row"))
        .collect()
}

fn info_of(bytes: impl Into<Vec<u8>>) -> TableInfo {
    open_bytes(bytes.into(), "показания.csv")
        .expect("a usable table")
        .0
}

fn unusable(bytes: impl Into<Vec<u8>>) -> UnusableFile {
    open_bytes(bytes.into(), "показания.csv")
        .err()
        .expect("an unusable file")
}

/// `serial value taken`, for a row that was taken.
fn summary(reading: &ReadingRow) -> String {
    let serial = reading
        .meter
        .serial
        .as_ref()
        .map_or("-", |serial| serial.as_str());
    let values: Vec<_> = reading.values.iter().map(shown_value).collect();
    format!("{serial} {} {}", values.join("+"), reading.taken)
}

fn shown_value(value: &WrittenValue) -> String {
    let register = value
        .register
        .as_ref()
        .map(|name| format!("{name}="))
        .unwrap_or_default();
    let unit = value
        .unit
        .map(|unit| format!("[{unit}]"))
        .unwrap_or_default();
    format!("{register}{}{unit}", value.value)
}
