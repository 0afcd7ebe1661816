//! The one rule for facts with dates.

use std::collections::BTreeMap;

use aggregates::dated::{DatedArea, DatedRows};
use aggregates::time::DateSpan;
use aggregates::vocabulary::FactSource;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use crate::support::*;

fn day(number: u64) -> NaiveDate {
    date("2026-01-01") + Days::new(number)
}

#[test]
fn a_term_is_shortened_by_recording_it_again() {
    let mut rows = DatedRows::default();
    rows.record(since("2026-01-01"), "a");
    rows.record(between("2026-01-01", "2026-02-01"), "a");
    assert_eq!(rows.on(date("2026-01-31")), Some(&"a"));
    assert_eq!(rows.on(date("2026-02-01")), None);
    assert_eq!(rows.rows().len(), 1);
}

#[test]
fn an_exception_shows_the_row_below_it_again() {
    let mut rows = DatedRows::default();
    rows.record(since("2026-01-01"), "rule");
    rows.record(between("2026-06-01", "2026-09-01"), "exception");
    assert_eq!(rows.on(date("2026-09-01")), None);
    assert_eq!(rows.covering(date("2026-09-01")), Some(&"rule"));
    assert_eq!(rows.covering(date("2026-08-31")), Some(&"exception"));
}

#[test]
fn only_the_very_same_row_is_a_repetition() {
    let mut rows = DatedRows::default();
    rows.record(since("2026-01-01"), 1);
    assert!(rows.has(since("2026-01-01"), &1) && rows.has_from(date("2026-01-01"), &1));
    assert!(!rows.has(since("2026-01-01"), &2));
    assert!(!rows.has(since("2026-01-02"), &1));
    assert!(!rows.has(between("2026-01-01", "2026-02-01"), &1));
}

type Recorded = Vec<(u64, Option<u64>, u8)>;

fn recorded() -> impl Strategy<Value = Recorded> {
    let row = (0_u64..30, proptest::option::of(1_u64..20), any::<u8>());
    proptest::collection::vec(row, 0..12)
}

fn span(from: u64, lasts: Option<u64>) -> DateSpan {
    DateSpan::new(day(from), lasts.map(|lasts| day(from + lasts))).expect("a span")
}

proptest! {
    /// On every day the rows answer as a table of days would that is filled in by hand.
    #[test]
    fn rows_answer_like_a_table_of_days(recorded in recorded()) {
        let mut rows = DatedRows::default();
        let mut standing = BTreeMap::new();
        for (from, lasts, value) in &recorded {
            rows.record(span(*from, *lasts), *value);
            standing.insert(*from, (*lasts, *value));
        }
        for number in 0..60 {
            let holds = |(from, (lasts, _)): &(&u64, &(Option<u64>, u8))| {
                lasts.is_none_or(|lasts| number < **from + lasts)
            };
            let begun: Vec<_> = standing.range(..=number).collect();
            let last = begun.last().filter(|row| holds(row)).map(|(_, (_, value))| value);
            prop_assert_eq!(rows.on(day(number)), last);
            let covering = begun.iter().rev().find(|row| holds(row)).map(|(_, (_, value))| value);
            prop_assert_eq!(rows.covering(day(number)), covering);
        }
    }

    /// The order of recording matters for rows of the same beginning only.
    #[test]
    fn the_order_of_recording_does_not_matter(recorded in recorded()) {
        let unique: BTreeMap<_, _> =
            recorded.into_iter().map(|(from, lasts, value)| (from, (lasts, value))).collect();
        let (mut forward, mut backward) = (DatedRows::default(), DatedRows::default());
        for (from, (lasts, value)) in &unique {
            forward.record(span(*from, *lasts), *value);
        }
        for (from, (lasts, value)) in unique.iter().rev() {
            backward.record(span(*from, *lasts), *value);
        }
        prop_assert_eq!(forward, backward);
    }

    /// From the first day of ЕГРН on, no other document is asked.
    #[test]
    fn egrn_prevails(
        others in proptest::collection::vec((0_u64..30, 1_u32..90), 0..6),
        egrn in 0_u64..30,
    ) {
        let mut rows = DatedArea::default();
        rows.record(area("48.7"), day(egrn), FactSource::Egrn);
        for (from, size) in others {
            rows.record(area(&size.to_string()), day(from), FactSource::TechnicalPassport);
        }
        for number in 0..40 {
            let source = rows.on(day(number)).map(|(_, source)| source);
            prop_assert_eq!(source == Some(FactSource::Egrn), number >= egrn);
        }
    }
}
