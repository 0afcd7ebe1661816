//! Present figures: what is told change by change is what is told at once, and both are what the
//! folds answer when they are asked.

use std::collections::BTreeMap;

use aggregates::ids::MeteringPointId;
use aggregates::metering_point::event::PointKind;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::balance::Balance;
use projections::house_figures::{FigureChanges, HouseFigures, PointMonth, ScopeMonth};
use proptest::prelude::*;

use crate::histories::books;
use crate::support::{Book, measure, period};

/// Figures in their places, as a table holds them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tables {
    points: BTreeMap<(MeteringPointId, Period), PointMonth>,
    balances: BTreeMap<(Resource, Period, String), ScopeMonth>,
}

impl Tables {
    fn take(&mut self, mut changes: FigureChanges<'_>) {
        while let Some(change) = changes.next_point() {
            let is_void = |period: Period| change.from.is_none_or(|from| from <= period);
            self.points
                .retain(|(point, period), _| *point != change.point || !is_void(*period));
            for month in change.months {
                let before = self.points.insert((month.point, month.period), month);
                assert_eq!(before, None, "a change names all that it replaces");
            }
        }
        while let Some(change) = changes.next_resource() {
            let is_void = |period: Period| change.from.is_none_or(|from| from <= period);
            self.balances
                .retain(|(of, period, _), _| *of != change.resource || !is_void(*period));
            for month in change.months {
                let place = (month.resource, month.period, month.scope.to_string());
                let before = self.balances.insert(place, month);
                assert_eq!(before, None, "a change names all that it replaces");
            }
        }
    }

    fn of(changes: FigureChanges<'_>) -> Self {
        let mut tables = Self::default();
        tables.take(changes);
        tables
    }
}

fn fold(book: &Book) -> HouseFigures {
    let mut figures = HouseFigures::default();
    for event in &book.events {
        figures.apply(event).expect("in order");
    }
    figures
}

/// Every figure of the tables is the answer of the fold that is asked for it.
fn assert_told_by(tables: &Tables, fold: &Balance) {
    for ((point, period), month) in &tables.points {
        let told = fold.consumption().of_point(*point, *period).expect("told");
        assert_eq!(month.volume.as_ref(), Some(&told.value.volume));
        assert_eq!(month.registers, told.value.registers);
        assert_eq!(month.covers, told.value.covers);
    }
    for ((resource, period, scope), month) in &tables.balances {
        let told = fold.of_house(*period, *resource).expect("told").value;
        let of_scope = told.scopes.iter().find(|told| told.name.as_str() == scope);
        let (told, sums) = (of_scope.expect("in force"), month.sums.as_ref());
        let sums = sums.expect("no unit disagrees");
        assert_eq!(sums.difference, told.difference);
        assert_eq!(sums.parts, told.parts);
        assert_eq!(sums.members.known, told.members.known);
        assert_eq!(sums.house.total.as_ref(), told.house.total.known());
    }
}

#[test]
fn a_point_is_listed_from_its_first_meter_to_the_last_month_read_anywhere() {
    let mut book = Book::new();
    let (kitchen, meter) = book.water("кухня", PointKind::Individual, "2026-01-10");
    let (bath, _) = book.water("ванная", PointKind::Individual, "2026-02-10");
    book.read(meter, "2026-03-24", "5.000");
    let tables = Tables::of(fold(&book).all());
    let listed = |point| -> Vec<Period> {
        let of_point = tables.points.keys().filter(|(of, _)| *of == point);
        of_point.map(|(_, period)| *period).collect()
    };
    let months = ["2026-01", "2026-02", "2026-03"].map(period);
    assert_eq!(listed(kitchen), months);
    assert_eq!(listed(bath), months[1..]);
    let read = &tables.points[&(kitchen, months[2])];
    let known = read.volume.as_ref().and_then(|volume| volume.known());
    assert_eq!(known, Some(&measure("5 m3")));
    let unread = &tables.points[&(bath, months[2])];
    assert!(
        unread
            .volume
            .as_ref()
            .is_some_and(|volume| volume.known().is_none())
    );
}

#[test]
fn a_reading_changes_nothing_before_its_month() {
    let mut book = Book::new();
    let (point, meter) = book.water("кухня", PointKind::Individual, "2026-01-10");
    for (day, shows) in [
        ("2026-01-24", "1"),
        ("2026-02-24", "2"),
        ("2026-03-24", "3"),
    ] {
        book.read(meter, day, shows);
    }
    let mut figures = fold(&book);
    figures.forget_changes();
    book.read(meter, "2026-03-25", "4");
    figures
        .apply(book.events.last().expect("just read"))
        .expect("in order");
    let mut changes = figures.changes();
    let change = changes.next_point().expect("the point changed");
    assert_eq!(
        (change.point, change.from),
        (point, Some(period("2026-03")))
    );
    assert_eq!(change.months.len(), 1);
    assert_eq!(changes.next_point(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn changes_in_any_batches_make_the_whole(
        house in books(), cuts in prop::collection::vec(1_usize..12, 1..40),
    ) {
        let mut figures = HouseFigures::default();
        let mut tables = Tables::default();
        let (mut rest, mut cuts) = (house.book.events.as_slice(), cuts.iter().cycle());
        while let Some(cut) = cuts.next().filter(|_| !rest.is_empty()) {
            let (batch, later) = rest.split_at((*cut).min(rest.len()));
            for event in batch {
                figures.apply(event).expect("in order");
            }
            tables.take(figures.changes());
            figures.forget_changes();
            rest = later;
        }
        prop_assert_eq!(&tables, &Tables::of(fold(&house.book).all()));
        assert_told_by(&tables, &house.book.balance_fold());
    }

    #[test]
    fn what_was_taken_before_may_be_left_out(house in books(), cut in 0_usize..200) {
        let (past, later) = house.book.events.split_at(cut.min(house.book.events.len()));
        let mut told = HouseFigures::default();
        past.iter().for_each(|event| told.apply(event).expect("in order"));
        let mut tables = Tables::of(told.changes());
        // Somebody else folds the same past again, and goes on from there.
        let mut again = HouseFigures::default();
        past.iter().for_each(|event| again.apply(event).expect("in order"));
        again.forget_changes();
        later.iter().for_each(|event| again.apply(event).expect("in order"));
        tables.take(again.changes());
        prop_assert_eq!(tables, Tables::of(fold(&house.book).all()));
    }
}
