//! Arbitrary bytes never panic, size does not slow a row down, printed decimals read back exactly.

use std::io::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

/// Reads everything that can be read.
fn exhaust(bytes: Vec<u8>) {
    if let Ok((info, rows)) = open_bytes(bytes, "x") {
        info.notes_ru();
        rows.for_each(drop);
    }
}

fn with_header(tail: &[u8]) -> Vec<u8> {
    [b"meter;value;t1;taken_at;unit;zone;source\n", tail].concat()
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exhaust(bytes);
    }

    #[test]
    fn arbitrary_bytes_under_a_header_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        exhaust(with_header(&bytes));
    }

    #[test]
    fn almost_rows_never_panic(text in "[0-9;,.\"\n\r \tTZ:+тм³−-]{0,200}") {
        exhaust(with_header(text.as_bytes()));
    }

    #[test]
    fn a_damaged_book_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = sheets::book_of_one_reading();
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        exhaust(bytes);
    }

    #[test]
    fn printed_decimals_come_back_through_a_file(
        mantissa in 0u64..=999_999_999_999_999,
        scale in 0u32..=6,
        comma in any::<bool>(),
    ) {
        let value = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
        let text = value.to_string().replace('.', if comma { "," } else { "." });
        let reading = readings_of(format!("meter;value;date\n1;{text};25.03.2026\n")).remove(0);
        prop_assert_eq!(reading.values[0].value, value);
    }
}

#[test]
fn a_file_on_disk_is_read_like_bytes() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all("Прибор;Показание;Дата\n1;5;25.03.2026\n".as_bytes())
        .expect("written");
    let (info, mut rows) = open_file(file.path()).expect("usable");
    assert_eq!(
        Some(info.file_name.as_ref()),
        file.path().file_name().and_then(|n| n.to_str())
    );
    assert_eq!(rows.by_ref().filter(|row| row.content.is_ok()).count(), 1);
    let (done, total) = rows.progress();
    assert_eq!(done, total);
}

#[test]
fn a_hundred_thousand_rows_are_read_at_once() {
    let mut text = "Заводской номер;Помещение;Ресурс;Показание;Дата снятия;Источник\n".to_owned();
    for row in 0..100_000 {
        text.push_str(&format!(
            "{row:08};{};ХВС;{row},431;25.03.2026 21:15;житель\n",
            row % 400
        ));
    }
    let start = Instant::now();
    let (_, rows) = open_bytes(text.into_bytes(), "x.csv").expect("usable");
    assert_eq!(rows.filter(|row| row.content.is_ok()).count(), 100_000);
    // Far above what it takes (under a second unoptimised): only a quadratic step would pass it.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "took {:?}",
        start.elapsed()
    );
}
