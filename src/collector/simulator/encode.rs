//! From values to registers: what a device does, the other way round.

use aggregates::quantity::exact;
use chrono::{Datelike, NaiveDateTime, Timelike};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::collector::decode::Value;
use crate::collector::profile::{DateField, Encoding, Register};

/// The words of `value`; none when the register cannot hold it.
pub fn encode(register: &Register, value: &Value) -> Option<Vec<u16>> {
    let bytes = match (&register.encoding, value) {
        (Encoding::Date { fields, bcd }, Value::Civil(moment)) => civil(fields, *bcd, *moment)?,
        (Encoding::UnixSeconds, Value::Utc(moment)) => u32::try_from(moment.timestamp())
            .ok()?
            .to_be_bytes()
            .to_vec(),
        (Encoding::Text(length), Value::Text(text)) => {
            let mut bytes = text.as_bytes().to_vec();
            (bytes.len() <= *length).then(|| bytes.resize(*length, 0))?;
            bytes
        }
        (Encoding::Unsigned(length), Value::Flags(flags)) => low_bytes(*flags, *length)?,
        (_, Value::Text(digits)) => number(&register.encoding, exact::parse(digits).ok()?)?,
        (_, Value::Number(scaled)) => {
            let shifted = exact::sub(*scaled, register.offset).ok()?;
            let written = exact::div_exact(shifted, register.scale).ok()?;
            number(&register.encoding, written)?
        }
        _ => return None,
    };
    Some(ordered(register, bytes))
}

fn number(encoding: &Encoding, written: Decimal) -> Option<Vec<u8>> {
    Some(match encoding {
        Encoding::Unsigned(length) => low_bytes(whole(written)?, *length)?,
        Encoding::Signed(length) => {
            let bytes = written
                .to_i64()
                .filter(|_| written.is_integer())?
                .to_be_bytes();
            bytes[8 - length..].to_vec()
        }
        Encoding::Bcd(length) => {
            let digits = format!("{:0width$}", whole(written)?, width = 2 * length);
            hex::decode(digits).ok()?
        }
        Encoding::Float32 => written
            .to_string()
            .parse::<f32>()
            .ok()?
            .to_be_bytes()
            .to_vec(),
        Encoding::Float64 => written
            .to_string()
            .parse::<f64>()
            .ok()?
            .to_be_bytes()
            .to_vec(),
        Encoding::WholeAndFraction { .. } => {
            let fraction: f32 = written.fract().to_string().parse().ok()?;
            let whole = written.trunc().to_i64()?.to_be_bytes();
            [&whole[4..], &fraction.to_be_bytes()].concat()
        }
        Encoding::Text(_) | Encoding::UnixSeconds | Encoding::Date { .. } => return None,
    })
}

fn whole(number: Decimal) -> Option<u64> {
    number.to_u64().filter(|_| number.is_integer())
}

fn low_bytes(number: u64, length: usize) -> Option<Vec<u8>> {
    let bytes = number.to_be_bytes();
    let (high, low) = bytes.split_at(8 - length);
    high.iter().all(|byte| *byte == 0).then(|| low.to_vec())
}

fn civil(fields: &[DateField], bcd: bool, moment: NaiveDateTime) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for field in fields {
        let part = match field {
            DateField::Second => moment.second(),
            DateField::Minute => moment.minute(),
            DateField::Hour => moment.hour(),
            DateField::Day => moment.day(),
            DateField::Month => moment.month(),
            DateField::YearOfCentury => u32::try_from(moment.year() - 2000).ok()?,
            DateField::YearLittleEndian => {
                bytes.extend(u16::try_from(moment.year()).ok()?.to_le_bytes());
                continue;
            }
            DateField::Skipped => 0,
        };
        let part = u8::try_from(part).ok()?;
        bytes.push(if bcd {
            part / 10 * 16 + part % 10
        } else {
            part
        });
    }
    Some(bytes)
}

/// The words in the order of the register. Turning twice is no turn: the way back is the same.
fn ordered(register: &Register, bytes: Vec<u8>) -> Vec<u16> {
    let number = !matches!(register.encoding, Encoding::Text(_) | Encoding::Date { .. });
    let mut padded = bytes;
    if padded.len() % 2 == 1 {
        let sign = match register.encoding {
            Encoding::Signed(_) if padded[0] >= 0x80 => 0xff,
            _ => 0,
        };
        padded.insert(if number { 0 } else { padded.len() }, sign);
    }
    let straight = words(&padded);
    words(&register.encoding.bytes_of(register.order, &straight))
}

fn words(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}
