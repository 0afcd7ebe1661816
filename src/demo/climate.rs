//! The outdoor temperature of an ordinary year in Ekaterinburg and the heating season.

use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use super::draw::{Purpose, draw};
use super::error::DemoDataError;

const FILE: &str = "climate.json";
const TEXT: &str = include_str!("data/climate.json");

/// The temperature rooms are heated to, in tenths of °C.
const INDOOR_TENTHS: i64 = 200;

/// Largest departure of a spell of three days from the normal, in tenths of °C.
const SPELL_TENTHS: u32 = 60;

/// Largest further departure of a single day, in tenths of °C.
const DAY_TENTHS: u32 = 25;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClimateFile {
    #[serde(rename = "city")]
    _city: String,
    normals: Vec<Normal>,
    heating_seasons: Vec<HeatingSeason>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Normal {
    month: u32,
    tenths_celsius: i64,
    #[serde(rename = "confirmed")]
    _confirmed: bool,
    #[serde(rename = "source")]
    _source: Option<String>,
}

/// A heating season and how much of it is documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatingSeason {
    /// First day of heating.
    pub started: NaiveDate,
    /// First day without heating; none while the season goes on.
    pub ended: Option<NaiveDate>,
    /// Where the dates come from.
    pub source: String,
    /// True where the start is not a documented date.
    pub demonstration_start: bool,
    /// True where the end is not a documented date.
    pub demonstration_end: bool,
}

/// Normals by month, with the days between them interpolated.
#[derive(Debug)]
pub(super) struct Climate {
    /// Mean of each month in tenths of °C, January first.
    normals: [i64; 12],
    pub(super) seasons: Vec<HeatingSeason>,
}

impl Climate {
    pub(super) fn load() -> Result<Self, DemoDataError> {
        let file: ClimateFile = serde_json::from_str(TEXT)
            .map_err(|source| DemoDataError::Json { file: FILE, source })?;
        if !file.normals.iter().map(|normal| normal.month).eq(1..=12) {
            return Err(DemoDataError::content(
                FILE,
                "месяцы не идут подряд с 1 по 12",
            ));
        }
        let mut normals = [0; 12];
        for (slot, normal) in normals.iter_mut().zip(&file.normals) {
            *slot = normal.tenths_celsius;
        }
        Ok(Self {
            normals,
            seasons: file.heating_seasons,
        })
    }

    /// How far the day asks the rooms to be warmed, in tenths of °C; 0 out of season.
    pub(super) fn heating_tenths(&self, date: NaiveDate) -> u64 {
        let heated = self
            .seasons
            .iter()
            .any(|season| season.started <= date && season.ended.is_none_or(|ended| date < ended));
        if !heated {
            return 0;
        }
        u64::try_from(INDOOR_TENTHS - self.outdoor_tenths(date)).unwrap_or(0)
    }

    /// The temperature of the day in tenths of °C: the normal, a spell and the day's own whim.
    fn outdoor_tenths(&self, date: NaiveDate) -> i64 {
        let day = date.num_days_from_ce().unsigned_abs();
        let spell = draw(Purpose::WarmSpell, &[day / 3], 0..=2 * SPELL_TENTHS);
        let whim = draw(Purpose::WarmDay, &[day], 0..=2 * DAY_TENTHS);
        self.normal_tenths(date) + i64::from(spell) + i64::from(whim)
            - i64::from(SPELL_TENTHS + DAY_TENTHS)
    }

    /// Straight lines between the fifteenths of the months.
    fn normal_tenths(&self, date: NaiveDate) -> i64 {
        let month = date.month0() as usize;
        let (first, passed, length) = if date.day() >= 15 {
            (month, date.day() - 15, days_in_month(date))
        } else {
            let last_of_previous = date - Days::new(u64::from(date.day()));
            let length = last_of_previous.day();
            ((month + 11) % 12, date.day() + length - 15, length)
        };
        let (a, b) = (self.normals[first], self.normals[(first + 1) % 12]);
        a + (b - a) * i64::from(passed) / i64::from(length)
    }
}

fn days_in_month(date: NaiveDate) -> u32 {
    let within_next = date - Days::new(u64::from(date.day0())) + Days::new(31);
    // Counted back from a day that is surely in the next month (or its 31st day is the last one).
    if within_next.month() == date.month() {
        31
    } else {
        32 - within_next.day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn climate() -> Climate {
        Climate::load().expect("the carried file is whole")
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date of the test")
    }

    #[test]
    fn months_have_their_lengths() {
        let lengths: Vec<u32> = (1..=12)
            .map(|month| days_in_month(date(&format!("2026-{month:02}-17"))))
            .collect();
        assert_eq!(lengths, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    }

    #[test]
    fn the_fifteenth_has_the_normal_of_its_month() {
        let climate = climate();
        assert_eq!(climate.normal_tenths(date("2026-01-15")), -126);
        assert_eq!(climate.normal_tenths(date("2026-07-15")), 190);
        assert_eq!(climate.normal_tenths(date("2026-12-31")), -116);
        assert_eq!(climate.normal_tenths(date("2027-01-01")), -116);
    }

    #[test]
    fn nothing_is_heated_out_of_season() {
        let climate = climate();
        assert!(climate.heating_tenths(date("2026-05-11")) > 0);
        assert_eq!(climate.heating_tenths(date("2026-05-12")), 0);
        assert_eq!(climate.heating_tenths(date("2026-09-14")), 0);
        assert!(climate.heating_tenths(date("2026-09-15")) > 0);
    }
}
