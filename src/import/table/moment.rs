//! Dates and times as people write them.

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Utc,
};
use chrono_tz::Tz;

use super::refusal::RowRefusal;

/// A moment as the file gives it; it becomes an instant once the house's time zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WrittenTime {
    /// A day without a time.
    Date(NaiveDate),
    /// A day and a time by the clock of the house.
    Local(NaiveDateTime),
    /// A day and a time with an offset from UTC: an instant already.
    Fixed(DateTime<FixedOffset>),
}

/// Years that a reading may bear; outside them it is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

impl WrittenTime {
    /// The instant this names in a house of `zone`.
    ///
    /// A day without a time means local noon: the error is then at most twelve hours either way,
    /// the day stays the same day in every time zone of Russia, it never touches the boundary of
    /// a month, and no clock has ever been changed at noon.
    ///
    /// # Errors
    /// A local time that the clock skipped or showed twice.
    pub fn resolve(&self, zone: Tz) -> Result<DateTime<Utc>, RowRefusal> {
        match self {
            Self::Date(date) => local_instant(date.and_time(noon()), zone),
            Self::Local(at) => local_instant(*at, zone),
            Self::Fixed(at) => Ok(at.with_timezone(&Utc)),
        }
    }

    /// As [`Self::resolve`], but a day without a time whose noon is still ahead of `latest` (a file
    /// imported in the morning with that morning's readings) means the beginning of that day, so
    /// that the reading does not seem to come from the future. Later days stay as they are.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn resolve_not_after(
        &self,
        zone: Tz,
        latest: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, RowRefusal> {
        let at = self.resolve(zone)?;
        match self {
            Self::Date(date) if latest < at => {
                let midnight = local_instant(date.and_time(NaiveTime::MIN), zone)?;
                Ok(if midnight <= latest { midnight } else { at })
            }
            _ => Ok(at),
        }
    }

    /// Whether only the day is known.
    pub fn is_date_alone(&self) -> bool {
        matches!(self, Self::Date(_))
    }
}

impl std::fmt::Display for WrittenTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(date) => date.format("%d.%m.%Y").fmt(f),
            Self::Local(at) => at.format("%d.%m.%Y %H:%M:%S").fmt(f),
            Self::Fixed(at) => at.format("%d.%m.%Y %H:%M:%S %:z").fmt(f),
        }
    }
}

fn noon() -> NaiveTime {
    NaiveTime::MIN + chrono::TimeDelta::hours(12)
}

fn local_instant(at: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, RowRefusal> {
    let shown = at.format("%d.%m.%Y %H:%M");
    match zone.from_local_datetime(&at) {
        LocalResult::Single(instant) => Ok(instant.with_timezone(&Utc)),
        LocalResult::None => Err(RowRefusal::new(
            "time.skipped",
            format!("времени {shown} в часовом поясе {zone} не было: часы переводили вперёд"),
            "Впишите время, которое часы показывали, или время со смещением, например \
             2026-03-25T21:15:00+05:00.",
        )),
        LocalResult::Ambiguous(first, second) => Err(RowRefusal::new(
            "time.twice",
            format!("время {shown} в часовом поясе {zone} было дважды: часы переводили назад"),
            format!(
                "Впишите время со смещением: {} (первый раз) или {} (второй раз).",
                first.format("%Y-%m-%dT%H:%M:%S%:z"),
                second.format("%Y-%m-%dT%H:%M:%S%:z"),
            ),
        )),
    }
}

/// Why a text is not a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAMoment {
    /// Not one of the accepted forms.
    Form,
    /// A year of two digits.
    ShortYear,
    /// No such day in the calendar.
    NoSuchDay,
    /// No such time on the clock.
    NoSuchTime,
    /// A year outside 1990–2100.
    StrangeYear,
}

impl NotAMoment {
    /// The stable word for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Form => "time.form",
            Self::ShortYear => "time.short_year",
            Self::NoSuchDay => "time.no_such_day",
            Self::NoSuchTime => "time.no_such_time",
            Self::StrangeYear => "time.strange_year",
        }
    }

    /// What is wrong with it, to follow the quoted text and a dash.
    pub(crate) fn what_ru(self) -> &'static str {
        match self {
            Self::Form => "не дата",
            Self::ShortYear => "год из двух цифр понимается по-разному",
            Self::NoSuchDay => "такого дня нет в календаре",
            Self::NoSuchTime => "такого времени нет на часах",
            Self::StrangeYear => "год не из промежутка 1990–2100",
        }
    }

    /// How to mend it.
    pub(crate) fn remedy_ru(self) -> &'static str {
        match self {
            Self::Form => {
                "Впишите дату как 25.03.2026, 25.03.2026 21:15 или 2026-03-25T21:15:00+05:00."
            }
            Self::ShortYear => "Впишите год четырьмя цифрами: 25.03.2026.",
            Self::NoSuchDay | Self::StrangeYear => {
                "Сверьте день, месяц и год; порядок: 25.03.2026."
            }
            Self::NoSuchTime => {
                "Впишите время от 00:00 до 23:59; полночь — это 00:00 следующего дня."
            }
        }
    }
}

/// Reads `25.03.2026`, `2026-03-25`, either with a time, the time with or without an offset.
pub(crate) fn read_moment(text: &str) -> Result<WrittenTime, NotAMoment> {
    let text = text.trim();
    let date_end = text
        .find(|c: char| c.is_whitespace() || c == 'T')
        .unwrap_or(text.len());
    let (date, rest) = text.split_at(date_end);
    let date = read_date(date)?;
    let time = rest.trim_start_matches(|c: char| c.is_whitespace() || c == 'T');
    if time.is_empty() {
        // `2026-03-25T` is cut off, not a date.
        return if rest.is_empty() {
            Ok(WrittenTime::Date(date))
        } else {
            Err(NotAMoment::Form)
        };
    }
    let offset_start = time.find(['+', '-', '−', 'Z', 'z']).unwrap_or(time.len());
    let (clock, offset) = time.split_at(offset_start);
    let local = date.and_time(read_clock(clock.trim_end())?);
    if offset.is_empty() {
        return Ok(WrittenTime::Local(local));
    }
    match read_offset(offset)?.from_local_datetime(&local) {
        LocalResult::Single(at) => Ok(WrittenTime::Fixed(at)),
        _ => Err(NotAMoment::Form),
    }
}

/// A moment of a sheet: a whole day has no time, for Excel keeps dates so.
pub(crate) fn moment_of_sheet(at: NaiveDateTime) -> Result<WrittenTime, NotAMoment> {
    check_year(at.year())?;
    match at.time() == NaiveTime::MIN {
        true => Ok(WrittenTime::Date(at.date())),
        false => Ok(WrittenTime::Local(at)),
    }
}

fn read_date(text: &str) -> Result<NaiveDate, NotAMoment> {
    let separator = if text.contains('.') { '.' } else { '-' };
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, month, last] = parts[..] else {
        return Err(NotAMoment::Form);
    };
    let (year, day) = if separator == '.' {
        (last, first)
    } else {
        (first, last)
    };
    let (day, month) = (digits(day, 1..=2)?, digits(month, 1..=2)?);
    if year.len() == 2 {
        digits(year, 2..=2)?;
        return Err(NotAMoment::ShortYear);
    }
    let year = i32::try_from(digits(year, 4..=4)?).map_err(|_| NotAMoment::Form)?;
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(NotAMoment::NoSuchDay)?;
    check_year(year)?;
    Ok(date)
}

/// Whether a reading may bear this date.
pub(crate) fn is_plausible(date: NaiveDate) -> bool {
    check_year(date.year()).is_ok()
}

fn check_year(year: i32) -> Result<(), NotAMoment> {
    if YEARS.contains(&year) {
        Ok(())
    } else {
        Err(NotAMoment::StrangeYear)
    }
}

/// Reads `21:15`, `21:15:30` and `21:15:30.250`.
fn read_clock(text: &str) -> Result<NaiveTime, NotAMoment> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return Err(NotAMoment::Form),
    };
    let (second, nano) = match second.split_once(['.', ',']) {
        None => (second, 0),
        Some((second, fraction)) => {
            let scale = u32::try_from(fraction.len()).map_err(|_| NotAMoment::Form)?;
            let value = digits(fraction, 1..=9)?;
            (second, value * 10_u32.pow(9 - scale))
        }
    };
    let (hour, minute) = (digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    let second = digits(second, 2..=2)?;
    NaiveTime::from_hms_nano_opt(hour, minute, second, nano).ok_or(NotAMoment::NoSuchTime)
}

/// Reads `Z`, `+05:00`, `+0500` and `+05`.
fn read_offset(text: &str) -> Result<FixedOffset, NotAMoment> {
    let refuse = || NotAMoment::Form;
    if text.eq_ignore_ascii_case("z") {
        return FixedOffset::east_opt(0).ok_or_else(refuse);
    }
    let mut chars = text.chars();
    let sign = match chars.next() {
        Some('+') => 1,
        Some('-' | '−') => -1,
        _ => return Err(NotAMoment::Form),
    };
    let (hours, minutes) = match chars.as_str() {
        colon if colon.len() == 5 => colon.split_once(':').ok_or_else(refuse)?,
        plain if plain.len() == 4 => plain.split_at_checked(2).ok_or_else(refuse)?,
        hours => (hours, "00"),
    };
    let (hours, minutes) = (digits(hours, 2..=2)?, digits(minutes, 2..=2)?);
    if hours > 14 || minutes > 59 {
        return Err(NotAMoment::NoSuchTime);
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).map_err(|_| NotAMoment::Form)?;
    FixedOffset::east_opt(sign * seconds).ok_or_else(refuse)
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Result<u32, NotAMoment> {
    if !length.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAMoment::Form);
    }
    text.parse().map_err(|_| NotAMoment::Form)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Yekaterinburg;
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str, zone: Tz) -> Result<String, &'static str> {
        let written = read_moment(text).map_err(NotAMoment::code)?;
        written
            .resolve(zone)
            .map(|at| at.to_rfc3339())
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_documented_forms_are_read() {
        let evening = Ok("2026-03-25T16:15:00+00:00".to_owned());
        for text in [
            "25.03.2026 21:15",
            "25.3.2026  21:15:00",
            "2026-03-25 21:15",
            "2026-03-25T21:15:00",
            "2026-03-25T21:15:00+05:00",
            "2026-03-25T21:15+0500",
            "25.03.2026 21:15 +05",
            "2026-03-25T16:15:00Z",
            "2026-03-25T16:15:00.000Z",
            "2026-03-25T14:15:00-02:00",
        ] {
            assert_eq!(instant(text, Yekaterinburg), evening, "{text}");
        }
    }

    #[test]
    fn a_date_alone_is_local_noon() {
        let noon = Ok("2026-03-25T07:00:00+00:00".to_owned());
        assert_eq!(instant("25.03.2026", Yekaterinburg), noon);
        assert_eq!(instant("2026-03-25", Yekaterinburg), noon);
    }

    #[test]
    fn a_date_alone_is_not_in_the_future_on_its_own_morning() {
        let date = read_moment("25.03.2026").expect("a date");
        let at = |text: &str| -> DateTime<Utc> { text.parse().expect("an instant of the test") };
        let resolved = |now: &str| date.resolve_not_after(Yekaterinburg, at(now));
        assert_eq!(
            resolved("2026-03-25T04:00:00Z"),
            Ok(at("2026-03-24T19:00:00Z"))
        );
        assert_eq!(
            resolved("2026-03-25T08:00:00Z"),
            Ok(at("2026-03-25T07:00:00Z"))
        );
        // A day that has not come stays in the future, to be refused as such.
        assert_eq!(
            resolved("2026-03-24T08:00:00Z"),
            Ok(at("2026-03-25T07:00:00Z"))
        );
    }

    #[test]
    fn skipped_and_repeated_hours_are_refused() {
        let moscow = chrono_tz::Europe::Moscow;
        assert_eq!(instant("28.03.2010 02:30", moscow), Err("time.skipped"));
        assert_eq!(instant("31.10.2010 02:30", moscow), Err("time.twice"));
        let twice = read_moment("31.10.2010 02:30")
            .expect("a time")
            .resolve(moscow);
        let remedy = twice.expect_err("shown twice").remedy_ru;
        assert!(
            remedy.contains("2010-10-31T02:30:00+04:00 (первый раз)"),
            "{remedy}"
        );
        assert!(
            remedy.contains("2010-10-31T02:30:00+03:00 (второй раз)"),
            "{remedy}"
        );
        assert!(instant("2010-10-31T02:30:00+03:00", moscow).is_ok());
    }

    #[test]
    fn what_is_not_a_moment_is_named() {
        for (text, problem) in [
            ("31.02.2026", NotAMoment::NoSuchDay),
            ("25.13.2026", NotAMoment::NoSuchDay),
            ("25.03.26", NotAMoment::ShortYear),
            ("25.03.0206", NotAMoment::StrangeYear),
            ("25/03/2026", NotAMoment::Form),
            ("март 2026", NotAMoment::Form),
            ("25.03.2026 24:00", NotAMoment::NoSuchTime),
            ("25.03.2026 21.15", NotAMoment::Form),
            ("2026-03-25T", NotAMoment::Form),
            ("2026-03-25T21:15:00+5", NotAMoment::Form),
            ("2026-03-25T21:15:00+99:00", NotAMoment::NoSuchTime),
            ("", NotAMoment::Form),
        ] {
            assert_eq!(read_moment(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            read_moment(&text).ok();
        }

        #[test]
        fn nothing_near_a_moment_panics(text in "[0-9.TZ:+ \\-−]{0,32}") {
            if let Ok(written) = read_moment(&text) {
                written.resolve(Yekaterinburg).ok();
            }
        }
    }
}
