//! How a value is written in registers.

use crate::collector::profile::Order;

/// The most bytes that one answer of Modbus carries.
const MAX_BYTES: usize = 250;

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A whole number from 0, of so many bytes.
    Unsigned(usize),
    /// A whole number with a sign, in two's complement, of so many bytes.
    Signed(usize),
    /// IEEE 754, 32 bits.
    Float32,
    /// IEEE 754, 64 bits.
    Float64,
    /// Two decimal digits a byte, of so many bytes.
    Bcd(usize),
    /// Text of so many bytes, filled up with zeros or spaces.
    Text(usize),
    /// A whole number of 32 bits, then its fraction as a 32-bit float.
    WholeAndFraction {
        /// Whether the whole number has a sign.
        signed: bool,
    },
    /// Seconds since 1970-01-01 UTC, 32 bits.
    UnixSeconds,
    /// A civil date and time, a byte or two each part.
    Date {
        /// The parts, in the order of the wire.
        fields: Vec<DateField>,
        /// Whether they are written as decimal digits.
        bcd: bool,
    },
}

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateField {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours, 0 to 23.
    Hour,
    /// Day of the month.
    Day,
    /// Month, 1 to 12.
    Month,
    /// Years since 2000.
    YearOfCentury,
    /// The year in two bytes, the low one first.
    YearLittleEndian,
    /// A byte that says nothing of the date: day of the week, filling.
    Skipped,
}

impl DateField {
    const NAMES: [(&'static str, Self); 8] = [
        ("second", Self::Second),
        ("minute", Self::Minute),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("month", Self::Month),
        ("yy", Self::YearOfCentury),
        ("year_le", Self::YearLittleEndian),
        ("skip", Self::Skipped),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, field)| *field)
    }

    /// Bytes it takes.
    pub fn bytes(self) -> usize {
        match self {
            Self::YearLittleEndian => 2,
            _ => 1,
        }
    }
}

impl Encoding {
    /// Reads the `type` and `layout` of a profile; none when there is no such one.
    pub fn named(name: &str, layout: Option<&str>) -> Option<Self> {
        let plain = match name {
            "f32" => Self::Float32,
            "f64" => Self::Float64,
            "u32+f32" => Self::WholeAndFraction { signed: false },
            "i32+f32" => Self::WholeAndFraction { signed: true },
            "unix" => Self::UnixSeconds,
            "date" | "date_bcd" => return Self::date(layout?, name == "date_bcd"),
            sized => Self::sized(sized)?,
        };
        match layout {
            None => Some(plain),
            Some(_) => None,
        }
    }

    /// `u24`, `i64`, `bcd32`, `string16`: a word and a size; of texts in bytes, else in bits.
    fn sized(name: &str) -> Option<Self> {
        let digits = name.find(|c: char| c.is_ascii_digit())?;
        let (word, size) = name.split_at(digits);
        let size: usize = size.parse().ok()?;
        if word == "string" {
            return (1..=MAX_BYTES).contains(&size).then_some(Self::Text(size));
        }
        let bytes = size / 8;
        let whole = size.is_multiple_of(8);
        match word {
            "u" if whole && matches!(bytes, 1..=4 | 6 | 8) => Some(Self::Unsigned(bytes)),
            "i" if whole && matches!(bytes, 1..=4 | 6 | 8) => Some(Self::Signed(bytes)),
            "bcd" if whole && matches!(bytes, 1..=8) => Some(Self::Bcd(bytes)),
            _ => None,
        }
    }

    fn date(layout: &str, bcd: bool) -> Option<Self> {
        let fields: Option<Vec<DateField>> =
            layout.split_whitespace().map(DateField::named).collect();
        let fields = fields?;
        let once = |field| fields.iter().filter(|known| **known == field).count() == 1;
        let years = fields.iter().filter(|field| {
            matches!(
                field,
                DateField::YearOfCentury | DateField::YearLittleEndian
            )
        });
        let complete = once(DateField::Day) && once(DateField::Month) && years.count() == 1;
        complete.then_some(Self::Date { fields, bcd })
    }

    /// Bytes that it takes on the wire, before they are filled up to whole registers.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Unsigned(bytes) | Self::Signed(bytes) | Self::Bcd(bytes) | Self::Text(bytes) => {
                *bytes
            }
            Self::Float32 | Self::UnixSeconds => 4,
            Self::Float64 | Self::WholeAndFraction { .. } => 8,
            Self::Date { fields, .. } => fields.iter().map(|field| field.bytes()).sum(),
        }
    }

    /// How many 16-bit registers it takes.
    pub fn words(&self) -> u16 {
        // At most 250 bytes (`MAX_BYTES`), or eight, or a date of a few.
        u16::try_from(self.bytes().div_ceil(2)).unwrap_or(u16::MAX)
    }

    /// Its bytes, the most significant first where it is a number.
    pub fn bytes_of(&self, order: Order, words: &[u16]) -> Vec<u8> {
        match self {
            Self::Text(_) | Self::Date { .. } => order.text_bytes(words),
            Self::WholeAndFraction { .. } => {
                let (whole, fraction) = words.split_at(words.len() / 2);
                [order.number_bytes(whole), order.number_bytes(fraction)].concat()
            }
            _ => order.number_bytes(words),
        }
    }
}
