//! How numbers, days and words look to a Russian reader.

use aggregates::quantity::Measure;
use aggregates::time::{Period, ZoneName};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use projections::text;
use rust_decimal::{Decimal, RoundingStrategy};

/// No-break space.
pub(super) const NBSP: char = '\u{a0}';

const MONTHS_OF: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

const MONTHS_SHORT: [&str; 12] = [
    "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
];

const WEEKDAYS: [&str; 7] = [
    "понедельник",
    "вторник",
    "среда",
    "четверг",
    "пятница",
    "суббота",
    "воскресенье",
];

fn month_index(date: NaiveDate) -> usize {
    usize::try_from(date.month0()).unwrap_or_default()
}

/// `25 марта`, with a no-break space.
pub(super) fn day_month(date: NaiveDate) -> String {
    format!("{}{NBSP}{}", date.day(), MONTHS_OF[month_index(date)])
}

/// `25 мар`
pub(super) fn day_short(date: NaiveDate) -> String {
    format!("{}{NBSP}{}", date.day(), MONTHS_SHORT[month_index(date)])
}

/// `25 марта 2026 г.`
pub(super) fn day_long(date: NaiveDate) -> String {
    format!("{} {}{NBSP}г.", day_month(date), date.year())
}

/// `пятница, 27 ноября`
pub(super) fn weekday(date: NaiveDate) -> String {
    let index = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
    format!("{}, {}", WEEKDAYS[index], day_month(date))
}

/// `10:31` by the clock of the house.
pub(super) fn clock(instant: DateTime<Utc>, zone: ZoneName) -> String {
    let local = instant.with_timezone(&zone.tz());
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `25 марта, 19:40`; with the year where it is not that of `today`.
pub(super) fn moment(instant: DateTime<Utc>, zone: ZoneName, today: NaiveDate) -> String {
    let date = zone.local_date(instant);
    let day = match date.year() == today.year() {
        true => day_month(date),
        false => text::day(date),
    };
    format!("{day}, {}", clock(instant, zone))
}

/// `22 ноября 2026 г. в 10:31`
pub(super) fn moment_long(instant: DateTime<Utc>, zone: ZoneName) -> String {
    let date = zone.local_date(instant);
    format!("{} в{NBSP}{}", day_long(date), clock(instant, zone))
}

/// `ноя`: the month of a period for the head of a column.
pub(super) fn month_short(period: Period) -> &'static str {
    MONTHS_SHORT[month_index(period.first_day())]
}

/// The word that goes with a number: one, few, many.
pub(super) fn plural(count: u64, forms: [&'static str; 3]) -> &'static str {
    let [one, few, many] = forms;
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// `3 показания`
pub(super) fn counted(count: u64, forms: [&'static str; 3]) -> String {
    format!(
        "{}{NBSP}{}",
        text::number(Decimal::from(count)),
        plural(count, forms)
    )
}

/// `1 284`
pub(super) fn count(count: i64) -> String {
    text::number(Decimal::from(count))
}

/// `95,9 %`, rounded half up; a dash where there is nothing to be a part of.
pub(super) fn percent(part: i64, whole: i64) -> String {
    match whole {
        0 => "—".to_owned(),
        whole => share(Decimal::from(part), Decimal::from(whole)),
    }
}

/// The same of decimals.
pub(super) fn share(part: Decimal, whole: Decimal) -> String {
    let share = Decimal::ONE_HUNDRED
        .checked_mul(part)
        .and_then(|part| part.checked_div(whole));
    match share {
        Some(share) => {
            let rounded = share.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
            format!("{}{NBSP}%", text::number(rounded.normalize()))
        }
        None => "—".to_owned(),
    }
}

/// A part of a whole as the width of a bar: `37.5`, between 0 and 100.
pub(super) fn width(part: Decimal, whole: Decimal) -> String {
    let share = Decimal::ONE_HUNDRED
        .checked_mul(part)
        .and_then(|part| part.checked_div(whole))
        .unwrap_or_default();
    let within = share.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
    within.round_dp(2).normalize().to_string()
}

/// An address as people write it: `г. Екатеринбург, ул. Щорса, д. 103`.
pub(super) fn address(fias: &str) -> String {
    let part = |part: &str| {
        let abbreviated = ["г", "ул", "пер", "наб", "пл", "ш", "п", "с", "д"];
        match part.split_once(' ') {
            Some((kind, name)) if abbreviated.contains(&kind) => format!("{kind}.{NBSP}{name}"),
            _ => part.to_owned(),
        }
    };
    let parts: Vec<String> = fias.split(", ").map(part).collect();
    parts.join(", ")
}

/// The same without the city: for lists of one company's houses.
pub(super) fn street(fias: &str) -> String {
    let written = address(fias);
    match written.split_once(", ") {
        Some((city, rest)) if city.starts_with("г.") => rest.to_owned(),
        _ => written,
    }
}

/// A measure as a person compares it: the unit's usual decimals, with its unit.
pub(super) fn measure(measure: &Measure) -> String {
    text::rounded_with_unit(measure)
}

/// `+3,184 м³` or `−3,184 м³`.
pub(super) fn signed(measure: &Measure) -> String {
    let plus = if measure.value().is_sign_positive() && !measure.value().is_zero() {
        "+"
    } else {
        ""
    };
    format!("{plus}{}", text::rounded_with_unit(measure))
}

/// A number as people type it: comma or dot, spaces of any kind.
pub(super) fn typed_number(typed: &str) -> Option<Decimal> {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != NBSP && *c != '\u{202f}')
        .map(|c| if c == ',' { '.' } else { c })
        .collect();
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || c == '.')
        && plain.chars().any(|c| c.is_ascii_digit())
        && plain.matches('.').count() <= 1;
    match is_number {
        true => plain.trim_end_matches('.').parse().ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_with_numbers() {
        let forms = ["квартира", "квартиры", "квартир"];
        for (number, word) in [
            (1, "квартира"),
            (2, "квартиры"),
            (5, "квартир"),
            (11, "квартир"),
            (21, "квартира"),
            (112, "квартир"),
            (0, "квартир"),
        ] {
            assert_eq!(plural(number, forms), word, "{number}");
        }
        assert_eq!(counted(1284, forms), "1\u{a0}284\u{a0}квартиры");
    }

    #[test]
    fn numbers_are_read_as_they_are_typed() {
        for (typed, value) in [
            ("341,28", "341.28"),
            ("1 234.5", "1234.5"),
            ("00341,280", "341.280"),
            ("7,", "7"),
            ("\u{a0}12 ", "12"),
        ] {
            let parsed = typed_number(typed).expect(typed);
            assert_eq!(
                parsed,
                value.parse::<Decimal>().expect("a number"),
                "{typed}"
            );
        }
        for typed in ["", "-5", "1,2,3", "12м", "."] {
            assert_eq!(typed_number(typed), None, "{typed}");
        }
    }

    #[test]
    fn days_and_shares_read_well() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a date");
        assert_eq!(day_long(date), "27\u{a0}ноября 2026\u{a0}г.");
        assert_eq!(weekday(date), "пятница, 27\u{a0}ноября");
        assert_eq!(percent(153, 1000), "15,3\u{a0}%");
        assert_eq!(percent(1, 0), "—");
        assert_eq!(width(Decimal::from(3), Decimal::from(8)), "37.5");
        let fias = "г Екатеринбург, ул Щорса, д. 103";
        assert_eq!(
            address(fias),
            "г.\u{a0}Екатеринбург, ул.\u{a0}Щорса, д. 103"
        );
        assert_eq!(street(fias), "ул.\u{a0}Щорса, д. 103");
    }
}
