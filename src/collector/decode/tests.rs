//! Values against what people have read off devices, and laws over all inputs.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::collector::profile::{DeviceUnit, Order, Table};

fn register(encoding: &str, order: Order) -> Register {
    register_with(encoding, None, order)
}

fn register_with(encoding: &str, layout: Option<&str>, order: Order) -> Register {
    Register {
        quantity: "volume".to_owned(),
        channel: None,
        kind: Kind::Total,
        table: Table::Holding,
        address: 0,
        encoding: Encoding::named(encoding, layout).expect("the type exists"),
        order,
        bits: None,
        unit: Some(DeviceUnit::CubicMetre),
        scale: Decimal::ONE,
        offset: Decimal::ZERO,
        absent: Vec::new(),
        note: None,
    }
}

fn number(text: &str) -> Observed {
    Observed::Value(Value::Number(exact::parse(text).expect("a decimal")))
}

/// Words whose bytes, as they travel, are these.
fn words(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

#[test]
fn order_is_told_by_four_letters_for_any_length() {
    for (order, wire) in [
        (Order::Abcd, [0x12, 0x34, 0x56, 0x78]),
        (Order::Cdab, [0x56, 0x78, 0x12, 0x34]),
        (Order::Badc, [0x34, 0x12, 0x78, 0x56]),
        (Order::Dcba, [0x78, 0x56, 0x34, 0x12]),
    ] {
        let decoded = decode(&register("u32", order), &words(&wire));
        assert_eq!(decoded, Ok(number("305419896")), "{order:?}");
    }
    // The f64 of TV7, which others write as GHEFCDAB.
    let wire = words(&1234.5_f64.to_be_bytes());
    let turned: Vec<u16> = wire.iter().rev().copied().collect();
    assert_eq!(
        decode(&register("f64", Order::Cdab), &turned),
        Ok(number("1234.5"))
    );
}

#[test]
fn a_float_is_its_shortest_decimal() {
    let temperature = register("f32", Order::Abcd);
    // Recorded from an ML-DHM.
    let supply = decode(&temperature, &words(&24.84_f32.to_be_bytes()));
    assert_eq!(supply, Ok(number("24.84")));
    let pair = register("u32+f32", Order::Abcd);
    let mut wire = 1_000_000_u32.to_be_bytes().to_vec();
    wire.extend(0.06_f32.to_be_bytes());
    assert_eq!(decode(&pair, &words(&wire)), Ok(number("1000000.06")));
}

#[test]
fn nothing_measured_is_absent_and_nonsense_an_error() {
    let real = register("f32", Order::Abcd);
    let of = |number: f32| decode(&real, &words(&number.to_be_bytes()));
    assert_eq!(of(f32::NAN), Ok(Observed::Absent));
    assert_eq!(of(f32::INFINITY), Err(DecodeError::Infinite));
    assert!(matches!(of(1e-40), Err(DecodeError::Unkeepable(_))));
    let mut energy = register("u32", Order::Abcd);
    energy.absent = vec![0xffff_ffff];
    assert_eq!(decode(&energy, &[0xffff, 0xffff]), Ok(Observed::Absent));
    assert_eq!(
        decode(&energy, &[0xffff]),
        Err(DecodeError::Length { asked: 2, got: 1 })
    );
    let digits = register("bcd32", Order::Abcd);
    assert_eq!(
        decode(&digits, &[0x1234, 0x56a8]),
        Err(DecodeError::NotDecimal)
    );
}

#[test]
fn scale_and_offset_are_exact() {
    let mut volume = register("i64", Order::Abcd);
    volume.scale = exact::parse("0.000000000001").expect("a decimal");
    let wire = words(&12_345_678_901_234_567_i64.to_be_bytes());
    assert_eq!(decode(&volume, &wire), Ok(number("12345.678901234567")));
    let mut energy = register("bcd32", Order::Abcd);
    energy.scale = exact::parse("0.01").expect("a decimal");
    energy.offset = exact::parse("-1.5").expect("a decimal");
    assert_eq!(decode(&energy, &[0x0012, 0x3456]), Ok(number("1233.06")));
}

#[test]
fn odd_lengths_know_their_filling() {
    let small = register("i24", Order::Abcd);
    assert_eq!(decode(&small, &[0xffff, 0xfffe]), Ok(number("-2")));
    assert_eq!(decode(&small, &[0x0001, 0x0000]), Ok(number("65536")));
    assert_eq!(decode(&small, &[0x1200, 0x0001]), Err(DecodeError::Filling));
    let byte = register("u8", Order::Abcd);
    assert_eq!(decode(&byte, &[0x0142]), Err(DecodeError::Filling));
    let mut high = register("u16", Order::Abcd);
    high.bits = Some(Bits { shift: 8, width: 8 });
    assert_eq!(decode(&high, &[0x0142]), Ok(number("1")));
}

#[test]
fn dates_of_the_known_devices() {
    let at = NaiveDate::from_ymd_opt(2026, 11, 27).and_then(|day| day.and_hms_opt(13, 5, 42));
    let at = Ok(Observed::Value(Value::Civil(at.expect("a moment"))));
    let tv7 = register_with("date", Some("month day hour yy second minute"), Order::Abcd);
    assert_eq!(decode(&tv7, &words(&[11, 27, 13, 26, 42, 5])), at);
    let karat = Some("second minute hour day skip month year_le");
    let karat = register_with("date", karat, Order::Abcd);
    assert_eq!(
        decode(&karat, &words(&[42, 5, 13, 27, 5, 11, 0xea, 0x07])),
        at
    );
    let digits = register_with(
        "date_bcd",
        Some("second minute hour day month yy"),
        Order::Abcd,
    );
    assert_eq!(
        decode(&digits, &words(&[0x42, 0x05, 0x13, 0x27, 0x11, 0x26])),
        at
    );
    assert_eq!(
        decode(&tv7, &words(&[2, 30, 0, 26, 0, 0])),
        Err(DecodeError::NoSuchMoment)
    );
    assert_eq!(decode(&tv7, &[0xffff; 3]), Ok(Observed::Absent));
}

#[test]
fn texts_end_at_the_first_zero() {
    let mut serial = register("string16", Order::Abcd);
    serial.kind = Kind::Identity;
    let decoded = decode(&serial, &words(b"0021301BE1611\0\0\0"));
    assert_eq!(
        decoded,
        Ok(Observed::Value(Value::Text("0021301BE1611".to_owned())))
    );
    assert_eq!(decode(&serial, &[0x0107; 8]), Err(DecodeError::NotText));
}

proptest! {
    /// The rule of floats: the decimal reads back as the same binary number.
    #[test]
    fn a_decoded_float_reads_back(bits in any::<u32>()) {
        let sent = f32::from_bits(bits);
        let decoded = decode(&register("f32", Order::Cdab), &{
            let wire = words(&sent.to_be_bytes());
            [wire[1], wire[0]]
        });
        if let Ok(Observed::Value(Value::Number(decimal))) = decoded {
            let read: f32 = decimal.to_string().parse().expect("a number");
            prop_assert!(read == sent, "{read} {sent}");
        }
    }

    /// A whole number in any order and width is itself.
    #[test]
    fn a_whole_number_is_itself(sent in any::<i64>(), order in prop::sample::select(&Order::ALL)) {
        // The inverse of an order of words and bytes is the same order.
        let wire = words(&order.number_bytes(&words(&sent.to_be_bytes())));
        prop_assert_eq!(decode(&register("i64", order), &wire), Ok(number(&sent.to_string())));
    }

    /// Whatever comes, decoding answers.
    #[test]
    fn nothing_panics(
        encoding in prop::sample::select(vec![
            "u8", "i16", "u24", "i24", "u32", "u48", "i64", "f32", "f64", "bcd8", "bcd64",
            "string7", "u32+f32", "i32+f32", "unix",
        ]),
        order in prop::sample::select(&Order::ALL),
        sent in prop::collection::vec(any::<u16>(), 0..6),
    ) {
        let answered = decode(&register(encoding, order), &sent);
        prop_assert!(answered.is_ok() || answered.is_err());
    }
}
