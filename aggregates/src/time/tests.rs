//! Months, intervals and instants, over zones whose clocks skip or repeat midnight.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{from_value, json, to_value};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    instant::parse(text).expect("an instant of the test")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date of the test")
}

fn month(text: &str) -> Period {
    text.parse().expect("a month of the test")
}

fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).expect("a zone of the test")
}

fn any_month() -> impl Strategy<Value = Period> {
    (1901..2200, 1_u32..=12).prop_map(|(year, month)| Period::new(year, month).expect("in range"))
}

fn any_zone() -> impl Strategy<Value = ZoneName> {
    let zones = prop::sample::select(chrono_tz::TZ_VARIANTS.as_slice());
    zones.prop_map(|tz| zone(tz.name()))
}

/// Instants of the years 1902 to 2198, to the microsecond.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let seconds = at("1902-01-01T00:00:00Z").timestamp()..at("2199-01-01T00:00:00Z").timestamp();
    let fraction = prop_oneof![Just(0), 0_u32..1_000_000];
    (seconds, fraction).prop_map(|(seconds, micros)| {
        DateTime::from_timestamp(seconds, micros * 1_000).expect("in range")
    })
}

fn any_interval() -> impl Strategy<Value = Interval> {
    (0_i64..50, 1_i64..50).prop_map(|(from, length)| {
        let second = |second| DateTime::from_timestamp(second, 0).expect("in range");
        Interval::new(second(from), second(from + length)).expect("in order")
    })
}

fn any_span() -> impl Strategy<Value = DateSpan> {
    (0_u64..50, prop::option::of(1_u64..50)).prop_map(|(from, length)| {
        let from = day("2026-01-01") + Days::new(from);
        let until = length.map(|length| from + Days::new(length));
        DateSpan::new(from, until).expect("in order")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn months_count_there_and_back(first in any_month(), second in any_month()) {
        let distance = first.months_until(second);
        prop_assert_eq!(first.plus_months(distance), second);
        prop_assert_eq!(second.months_until(first), -distance);
        prop_assert_eq!(first.cmp(&second), 0.cmp(&distance));
    }

    #[test]
    fn a_month_never_leaves_the_calendar(month in any_month(), count in any::<i32>()) {
        let moved = month.plus_months(count);
        prop_assert_eq!(moved.to_string().parse(), Ok(moved));
        let within = i64::from(count).clamp(
            month.months_until(Period::new(1901, 1).expect("the first")).into(),
            month.months_until(Period::new(2199, 12).expect("the last")).into(),
        );
        prop_assert_eq!(i64::from(month.months_until(moved)), within);
    }

    #[test]
    fn a_month_reads_back(month in any_month()) {
        let json = to_value(month).expect("a month is a string");
        prop_assert_eq!(from_value::<Period>(json).expect("its own JSON"), month);
        prop_assert_eq!(u32::try_from(month.first_day().iter_days().take_while(
            |date| Period::of_date(*date) == Ok(month)
        ).count()), Ok(month.days()));
    }

    #[test]
    fn months_follow_each_other_without_gap_or_overlap(month in any_month(), zone in any_zone()) {
        prop_assume!(month != Period::new(2199, 12).expect("the last"));
        let this = month.interval(zone).expect("in the calendar");
        let next = month.next().interval(zone).expect("in the calendar");
        prop_assert_eq!(this.until(), next.from());
        prop_assert!((27..=32).contains(&this.duration().num_days()));
    }

    #[test]
    fn an_instant_lies_in_the_month_that_holds_it(instant in any_instant(), zone in any_zone()) {
        let month = Period::containing(instant, zone).expect("in the calendar");
        prop_assert!(month.interval(zone).expect("in the calendar").contains(instant));
    }

    #[test]
    fn a_day_begins_with_its_first_second(days in 0_u64..100_000, zone in any_zone()) {
        let date = day("1902-01-01") + Days::new(days);
        let start = zone.start_of(date).expect("in the calendar");
        prop_assert!(zone.local_date(start) >= date);
        prop_assert!(zone.local_date(start - TimeDelta::seconds(1)) < date);
    }

    #[test]
    fn an_instant_reads_back(instant in any_instant()) {
        let text = instant::to_text(instant).expect("whole microseconds");
        prop_assert_eq!(instant::parse(&text), Ok(instant));
        // chrono's own serde writes the same, so both may stand in one event.
        prop_assert_eq!(to_value(instant).expect("an instant is a string"), json!(text));
    }

    #[test]
    fn intervals_agree_with_their_instants(first in any_interval(), second in any_interval()) {
        let common: Vec<_> = (-1..101)
            .filter_map(|second| DateTime::from_timestamp(second, 0))
            .filter(|instant| first.contains(*instant) && second.contains(*instant))
            .collect();
        let shared = first.intersect(second);
        prop_assert_eq!(first.overlaps(second), !common.is_empty());
        prop_assert_eq!(shared.map(Interval::from), common.first().copied());
        prop_assert_eq!(
            shared.map(|shared| shared.duration().num_seconds()),
            (!common.is_empty()).then(|| i64::try_from(common.len()).expect("few"))
        );
        prop_assert_eq!(first.abuts(second), second.abuts(first));
        prop_assert!(!(first.abuts(second) && first.overlaps(second)));
        prop_assert!(!first.contains(first.until()));
        let json = to_value(first).expect("an interval is JSON");
        prop_assert_eq!(from_value::<Interval>(json).expect("its own JSON"), first);
    }

    #[test]
    fn spans_agree_with_their_days(first in any_span(), second in any_span()) {
        let mut days = day("2025-12-31").iter_days().take(200);
        let common = days.any(|date| first.contains(date) && second.contains(date));
        prop_assert_eq!(first.overlaps(second), common);
        prop_assert_eq!(second.overlaps(first), common);
        let json = to_value(first).expect("a span is JSON");
        prop_assert_eq!(from_value::<DateSpan>(json).expect("its own JSON"), first);
    }
}

#[test]
fn a_month_is_written_one_way_only() {
    assert_eq!(
        to_value(month("2026-03")).expect("a string"),
        json!("2026-03")
    );
    assert_eq!(month("2026-03").title_ru(), "март 2026");
    for text in [
        "2026-3",
        "2026-00",
        "2026-13",
        "2026-+3",
        "+202-03",
        "2026-03-01",
        "1900-12",
        "2200-01",
        "",
    ] {
        assert!(text.parse::<Period>().is_err(), "{text}");
    }
}

#[test]
fn months_cross_the_year() {
    assert_eq!(month("2025-12").next(), month("2026-01"));
    assert_eq!(month("2026-01").previous(), month("2025-12"));
    assert_eq!(month("2025-11").months_until(month("2026-02")), 3);
    assert_eq!(month("2024-02").days(), 29);
    assert_eq!(month("2026-02").last_day(), day("2026-02-28"));
    assert_eq!(month("2199-12").next(), month("2199-12"));
    assert_eq!(month("1901-01").previous(), month("1901-01"));
}

#[test]
fn a_month_is_that_of_the_house() {
    let house = zone("Asia/Yekaterinburg");
    let march = month("2026-03").interval(house).expect("in the calendar");
    assert_eq!(march.from(), at("2026-02-28T19:00:00Z"));
    assert_eq!(march.until(), at("2026-03-31T19:00:00Z"));
    let evening = at("2026-02-28T23:59:59+05:00");
    assert_eq!(Period::containing(evening, house), Ok(month("2026-02")));
    assert_eq!(
        Period::containing(evening, zone("Asia/Vladivostok")),
        Ok(month("2026-03"))
    );
}

#[test]
fn a_skipped_midnight_begins_the_day_at_the_jump() {
    // Asunción and São Paulo went from 00:00 to 01:00; Samoa skipped the whole of 30 December.
    for (name, date, start) in [
        ("America/Asuncion", "2017-10-01", "2017-10-01T04:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(
            zone(name).start_of(day(date)),
            Some(at(start)),
            "{name} {date}"
        );
    }
}

#[test]
fn a_repeated_midnight_begins_the_day_the_first_time() {
    // In Havana 01:00 became 00:00 again on 1 November 2015, the first day of a month.
    let havana = zone("America/Havana");
    assert_eq!(
        havana.start_of(day("2015-11-01")),
        Some(at("2015-11-01T04:00:00Z"))
    );
    let october = month("2015-10").interval(havana).expect("in the calendar");
    let november = month("2015-11").interval(havana).expect("in the calendar");
    assert!(october.abuts(november));
    assert_eq!(november.duration(), TimeDelta::hours(30 * 24 + 1));
    // In St John's 00:01 on 1 November 2009 became 23:01 of 31 October again: that second evening
    // comes after the month has begun and belongs to it.
    let st_johns = zone("America/St_Johns");
    let second_evening = at("2009-11-01T03:00:00Z");
    assert_eq!(st_johns.local_date(second_evening), day("2009-10-31"));
    assert_eq!(
        Period::containing(second_evening, st_johns),
        Ok(month("2009-11"))
    );
}

#[test]
fn zones_are_those_of_the_database() {
    let moscow = zone("Europe/Moscow");
    assert_eq!(to_value(moscow).expect("a string"), json!("Europe/Moscow"));
    assert_eq!(
        from_value::<ZoneName>(json!("Europe/Moscow")).expect("its own JSON"),
        moscow
    );
    for name in ["", "MSK", "Moscow", "+03:00", "Europe/Tver"] {
        assert!(ZoneName::new(name).is_err(), "{name}");
    }
}

#[test]
fn intervals_hold_something() {
    let (from, until) = (at("2026-03-01T00:00:00Z"), at("2026-03-01T00:00:01Z"));
    assert!(Interval::new(from, until).is_ok());
    assert!(Interval::new(from, from).is_err());
    assert!(Interval::new(until, from).is_err());
    let reversed = json!({"from": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"});
    assert!(from_value::<Interval>(reversed).is_err());
    let empty = json!({"from": "2026-03-01", "until": "2026-03-01"});
    assert!(from_value::<DateSpan>(empty).is_err());
}

#[test]
fn the_json_of_spans_and_intervals_is_pinned() {
    let open = DateSpan::since(day("2026-03-01"));
    assert_eq!(
        to_value(open).expect("a span is JSON"),
        json!({"from": "2026-03-01"})
    );
    let null = json!({"from": "2026-03-01", "until": null});
    assert_eq!(from_value::<DateSpan>(null).expect("an open span"), open);
    let march = month("2026-03")
        .interval(zone("Europe/Moscow"))
        .expect("in the calendar");
    let json = json!({"from": "2026-02-28T21:00:00Z", "until": "2026-03-31T21:00:00Z"});
    assert_eq!(to_value(march).expect("an interval is JSON"), json);
}

#[test]
fn instants_have_one_text() {
    for (text, canonical) in [
        ("2026-03-01T09:30:00+03:00", "2026-03-01T06:30:00Z"),
        ("2026-03-01T06:30:00.000Z", "2026-03-01T06:30:00Z"),
        ("2026-03-01T06:30:00.5Z", "2026-03-01T06:30:00.500Z"),
        (
            "2026-03-01T06:30:00.000001000000Z",
            "2026-03-01T06:30:00.000001Z",
        ),
    ] {
        assert_eq!(instant::to_text(at(text)).as_deref(), Ok(canonical));
    }
    for text in [
        "",
        "2026-03-01",
        "2026-03-01T06:30:00",
        "2026-03-01 06:30:00Z",
        "2026-02-30T06:30:00Z",
    ] {
        assert_eq!(
            instant::parse(text),
            Err(InstantError::NotAnInstant(text.to_owned()))
        );
    }
    for text in [
        "2026-03-01T06:30:00.0000001Z",
        "2026-03-01T06:30:00.0000000000001Z",
    ] {
        assert_eq!(
            instant::parse(text),
            Err(InstantError::TooFine(text.to_owned()))
        );
    }
    let leap = instant::parse("2016-12-31T23:59:60Z");
    assert!(matches!(leap, Err(InstantError::LeapSecond(_))));
    let early = instant::parse("0001-01-01T00:00:00+01:00");
    assert!(matches!(early, Err(InstantError::YearOutOfRange(_))));
}

#[test]
fn instants_stand_in_fields() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Reading {
        #[serde(with = "crate::time::instant")]
        taken_at: DateTime<Utc>,
        #[serde(default, with = "crate::time::instant::option")]
        received_at: Option<DateTime<Utc>>,
    }
    let reading = Reading {
        taken_at: at("2026-03-01T06:30:00Z"),
        received_at: None,
    };
    let json = json!({"taken_at": "2026-03-01T06:30:00Z", "received_at": null});
    assert_eq!(to_value(&reading).expect("whole microseconds"), json);
    let without = json!({"taken_at": "2026-03-01T06:30:00Z"});
    assert_eq!(from_value::<Reading>(without).expect("a reading"), reading);
    let fine = Reading {
        taken_at: reading.taken_at + TimeDelta::nanoseconds(1),
        received_at: None,
    };
    assert!(to_value(fine).is_err());
}
