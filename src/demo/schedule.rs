//! When meters are read. Days differ from flat to flat, as they do in life.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::draw::{Purpose, draw};
use super::series::{FlatShape, Shapes};

/// The day of the month the common-house meters are read on.
const HOUSE_READING_DAY: u64 = 24;

/// The one month a house was read too early: its balance comes out negative, since the flats'
/// readings cover four days more than the house's. (house, year, month, day)
const EARLY_READING: (u8, i32, u32, u64) = (2, 2026, 3, 20);

/// The local day on which the common-house meters of `house` are read in the month of `any_day`.
#[must_use]
pub fn house_read_on(house: u8, any_day: NaiveDate) -> NaiveDate {
    let (early_house, year, month, early_day) = EARLY_READING;
    let early = (house, any_day.year(), any_day.month()) == (early_house, year, month);
    day_of_month(any_day, if early { early_day } else { HOUSE_READING_DAY })
}

impl Shapes {
    /// The local time the resident of `flat` reads the meters in the month of `any_day`.
    ///
    /// The day is between the 18th and the 25th; the hour follows the hours of the day at which
    /// water runs, since it is then that somebody is at home.
    #[must_use]
    pub fn flat_read_at(&self, flat: &FlatShape, any_day: NaiveDate) -> NaiveDateTime {
        let subject = [
            u32::from(flat.house),
            u32::from(flat.flat),
            any_day.year().unsigned_abs(),
            any_day.month(),
        ];
        let day = draw(Purpose::ReadingDay, &subject, 18..=25);
        let hour = self.hour_at(draw(Purpose::ReadingHour, &subject, 0..=999));
        let minute = draw(Purpose::ReadingMinute, &subject, 0..=59);
        day_of_month(any_day, u64::from(day)).and_time(NaiveTime::MIN)
            + TimeDelta::minutes(i64::from(hour * 60 + minute))
    }
}

fn day_of_month(any_day: NaiveDate, day: u64) -> NaiveDate {
    any_day - Days::new(u64::from(any_day.day0())) + Days::new(day.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date of the test")
    }

    #[test]
    fn houses_are_read_on_the_24th_but_once() {
        assert_eq!(house_read_on(0, date("2026-03-31")), date("2026-03-24"));
        assert_eq!(house_read_on(2, date("2026-03-31")), date("2026-03-20"));
        assert_eq!(house_read_on(2, date("2026-04-01")), date("2026-04-24"));
    }

    #[test]
    fn residents_read_between_the_18th_and_the_25th_of_the_same_month() {
        let shapes = Shapes::load().expect("the carried files are whole");
        for number in 1..=100 {
            let at = shapes.flat_read_at(&FlatShape::typical(2, number), date("2026-02-28"));
            assert!((18..=25).contains(&at.day()), "{at}");
            assert_eq!((at.year(), at.month()), (2026, 2));
        }
    }
}
