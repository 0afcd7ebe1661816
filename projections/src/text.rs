//! How figures, dates and tables look in Russian text.

use aggregates::ids::MeteringPointId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::time::{Interval, ZoneName};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::volume::{Reason, Volume};

const NBSP: char = '\u{a0}';

/// A number with decimal comma, groups of thousands and a true minus; all its digits.
pub fn number(value: Decimal) -> String {
    let plain = value.abs().to_string();
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    if value.is_sign_negative() && !value.is_zero() {
        out.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(NBSP);
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push(',');
        out.push_str(decimals);
    }
    out
}

/// A price in roubles: at least two decimals, all that there are.
pub fn roubles(mut value: Decimal) -> String {
    value.rescale(value.scale().max(2));
    number(value)
}

/// A value with its unit and all its digits: `1 234,5 м³`.
pub fn exact(measure: &Measure) -> String {
    format!(
        "{}{NBSP}{}",
        number(shown(measure.value(), measure.unit())),
        measure.unit()
    )
}

/// A value with all its digits, without its unit: for a formula whose result names it.
pub fn bare(measure: &Measure) -> String {
    number(shown(measure.value(), measure.unit()))
}

/// A value for a column of a table: without its unit, rounded half up to the unit's usual number
/// of decimals. For display only.
pub fn rounded(measure: &Measure) -> String {
    number(rounded_value(measure))
}

/// The number that [`rounded`] prints.
pub fn rounded_value(measure: &Measure) -> Decimal {
    let decimals = usual_decimals(measure.unit());
    let strategy = RoundingStrategy::MidpointAwayFromZero;
    let mut value = measure.value().round_dp_with_strategy(decimals, strategy);
    value.rescale(decimals);
    value
}

/// A word with a capital letter, as the first of a title.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// As [`rounded`], with its unit.
pub fn rounded_with_unit(measure: &Measure) -> String {
    format!("{}{NBSP}{}", rounded(measure), measure.unit())
}

/// At least the unit's usual number of decimals, and never fewer than the value has.
fn shown(mut value: Decimal, unit: Unit) -> Decimal {
    if value.scale() < usual_decimals(unit) {
        value.rescale(usual_decimals(unit));
    }
    value
}

fn usual_decimals(unit: Unit) -> u32 {
    match unit {
        Unit::Gigacalorie | Unit::Gigajoule | Unit::MegawattHour => 4,
        Unit::CubicMetre | Unit::Tonne | Unit::Megapascal => 3,
        Unit::KilowattHour | Unit::Hour | Unit::SquareMetre | Unit::AllocatorUnit => 2,
        Unit::Celsius => 1,
    }
}

/// `25.03.2026`.
pub fn day(date: NaiveDate) -> String {
    date.format("%d.%m.%Y").to_string()
}

/// `25.03.2026`, the day of the house.
pub fn local_day(instant: DateTime<Utc>, zone: ZoneName) -> String {
    day(zone.local_date(instant))
}

/// `01.03.2026–14.03.2026`, the first and the last day of an interval by the clock of the house.
pub fn local_days(interval: Interval, zone: ZoneName) -> String {
    let last = interval.until() - TimeDelta::nanoseconds(1);
    format!(
        "{}–{}",
        local_day(interval.from(), zone),
        local_day(last, zone)
    )
}

/// `25.03.2026 10:31`, by the clock of the house.
pub fn local_time(instant: DateTime<Utc>, zone: ZoneName) -> String {
    instant
        .with_timezone(&zone.tz())
        .format("%d.%m.%Y %H:%M")
        .to_string()
}

/// A volume for a column of a table: unknown is a word, never a number.
pub fn volume_cell(volume: &Volume) -> String {
    match volume {
        Volume::Known { value } => rounded(value),
        Volume::Unknown { .. } => "неизвестно".to_owned(),
    }
}

/// A reason in Russian, as part of a sentence.
pub fn reason(reason: &Reason, zone: ZoneName) -> String {
    match reason {
        Reason::NoReading {
            last_taken_at: None,
        } => "показаний за период нет".to_owned(),
        Reason::NoReading {
            last_taken_at: Some(last),
        } => {
            format!(
                "показаний за период нет, последние сняты {}",
                local_day(*last, zone)
            )
        }
        Reason::NoMeter { since: None } => "прибор не установлен".to_owned(),
        Reason::NoMeter { since: Some(since) } => {
            format!("прибора нет с {}", local_day(*since, zone))
        }
        Reason::NegativeDifference {
            serial,
            register,
            before,
            now,
            ..
        } => format!(
            "прибор № {serial}, регистр {register}: показание {} меньше прежнего {}, нужно решение",
            exact(now),
            exact(before)
        ),
        Reason::FinalReadingUnknown {
            serial, removed_at, ..
        } => format!(
            "прибор № {serial} снят {} без конечных показаний",
            local_day(*removed_at, zone)
        ),
        Reason::RemovalNotRecorded { serial, .. } => {
            format!("снятие прибора № {serial} не записано, а новый уже установлен")
        }
        Reason::TakenBeforePrevious { taken_at, previous } => format!(
            "показание снято {}, раньше учтённого от {}",
            local_time(*taken_at, zone),
            local_time(*previous, zone)
        ),
        Reason::RegisterMissing {
            serial, register, ..
        } => {
            format!("прибор № {serial}: нет значения регистра {register}")
        }
        Reason::RegistersAmbiguous { serial, .. } => {
            format!("прибор № {serial}: неизвестно, какие регистры составляют объём")
        }
        Reason::PointClosed { on } => format!("точка учёта закрыта с {}", day(*on)),
        Reason::PointNotRegistered => "точка учёта не зарегистрирована".to_owned(),
    }
}

/// All reasons of an unknown volume, joined.
pub fn reasons(all: &[Reason], zone: ZoneName) -> String {
    all.iter()
        .map(|one| reason(one, zone))
        .collect::<Vec<_>>()
        .join("; ")
}

/// How a volume was calculated, as part of a sentence.
pub fn method(method: ImputationMethod) -> &'static str {
    match method {
        ImputationMethod::DeviceTotals => "по итогам самого прибора",
        ImputationMethod::Profile => "по профилю",
        ImputationMethod::Interpolation => "интерполяцией",
        ImputationMethod::Average => "по среднему",
        ImputationMethod::Norm => "по нормативу",
        ImputationMethod::ContractLoad => "по договорной нагрузке",
    }
}

/// A kind of point.
pub fn point_kind(kind: PointKind) -> &'static str {
    match kind {
        PointKind::House => "ОДПУ",
        PointKind::Individual => "ИПУ",
        PointKind::CommunalFlat => "общий квартирный прибор",
        PointKind::Room => "комнатный прибор",
        PointKind::Transit => "транзит",
        PointKind::Distributor => "распределитель",
        PointKind::Technical => "общедомовые нужды",
    }
}

/// The short form of a point's id where it has no other name.
pub fn short_id(point: MeteringPointId) -> String {
    point.0.to_string().chars().take(8).collect()
}

/// How a column of a table is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table for a terminal: aligned columns, two spaces between them, a rule under the heading.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|(name, align)| ((*name).to_owned(), *align));
        Self {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells stay empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().take(self.columns.len()).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// The table as text, each line indented by `indent` spaces.
    pub fn to_text(&self, indent: usize) -> String {
        let heading: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = self
                    .rows
                    .iter()
                    .chain([&heading])
                    .map(|row| width(&row[column]));
                cells.max().unwrap_or_default()
            })
            .collect();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut out = String::new();
        for row in [&heading, &rule].into_iter().chain(&self.rows) {
            let mut line = " ".repeat(indent);
            for ((cell, (_, align)), wide) in row.iter().zip(&self.columns).zip(&widths) {
                let pad = " ".repeat(wide - width(cell));
                match align {
                    Align::Left => line.extend([cell.as_str(), &pad, "  "]),
                    Align::Right => line.extend([pad.as_str(), cell, "  "]),
                }
            }
            out.push_str(line.trim_end_matches(' '));
            out.push('\n');
        }
        out
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Orders names as people do: 2 before 10, 12 before 12а.
pub fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    let mut digits = String::new();
    for character in name.chars() {
        match (character.is_ascii_digit(), parts.last_mut()) {
            (true, _) => digits.push(character),
            (false, Some((_, word))) if digits.is_empty() => word.push(character),
            (false, _) => parts.push((taken(&mut digits), character.to_string())),
        }
    }
    if !digits.is_empty() {
        parts.push((taken(&mut digits), String::new()));
    }
    parts
}

fn taken(digits: &mut String) -> u64 {
    std::mem::take(digits).parse().unwrap_or_default()
}
