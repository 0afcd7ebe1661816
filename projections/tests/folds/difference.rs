//! What changed between two vantages of a balance.

use aggregates::building::event::Sign::Plus;
use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Measure;
use aggregates::vocabulary::Resource;
use projections::difference::{Comparison, HouseDifference, text};

use crate::support::{Book, WATER, measure, period, zone};

/// Compares the April balance as of `position` with the present one.
pub(crate) fn since(book: &Book, position: u64, of: &str) -> HouseDifference {
    let mut comparison = Comparison::start(
        book.balance_until(position),
        period(of),
        Resource::ColdWater,
    )
    .expect("a start");
    for event in book.events.iter().filter(|event| event.position > position) {
        comparison
            .apply(event)
            .expect("an event of this book in its order");
    }
    comparison.finish().expect("a difference")
}

fn house() -> (Book, MeterId, [(MeteringPointId, MeterId); 2]) {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let a = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    let b = book.water("кв. 2", PointKind::Individual, "2026-03-23");
    book.scope(
        "house",
        "2026-01-01",
        &[(input, Plus)],
        &[(a.0, Plus), (b.0, Plus)],
    );
    (book, house, [a, b])
}

fn effects(difference: &HouseDifference) -> Vec<(&'static str, Option<Measure>)> {
    let changes = difference.scopes.iter().flat_map(|scope| &scope.changes);
    changes
        .map(|change| (change.name, change.effect.0))
        .collect()
}

#[test]
fn each_event_that_moved_the_figure_is_named_with_its_effect() {
    let (mut book, house, [(_, a), (_, b)]) = house();
    book.read(house, "2026-04-24", "20");
    let wrong = book.read(a, "2026-04-24", "6");
    let then = book.position();
    book.read(b, "2026-04-25", "8");
    book.correct(a, wrong, "5.5");
    book.read(b, "2026-05-24", "12");

    let difference = since(&book, then, "2026-04");
    let expected = [
        ("ReadingRecorded", Some(measure("8 m3"))),
        ("ReadingCorrected", Some(measure("-0.5 m3"))),
    ];
    assert_eq!(effects(&difference), expected);
    let scope = &difference.scopes[0];
    assert_eq!(scope.members.0, Some(measure("7.5 m3")));
    assert_eq!(scope.difference.0, Some(measure("-7.5 m3")));
    let shown = text::render(&difference, zone());
    assert!(
        shown.contains("было 14,000\u{a0}м³ без вычета неизвестных точек (1)"),
        "{shown}"
    );
    assert!(shown.contains("стало 6,500\u{a0}м³"), "{shown}");
    assert!(shown.contains("исправление показания"), "{shown}");
}

#[test]
fn a_withdrawal_that_leaves_nothing_takes_the_volume_out_of_the_sum() {
    let (mut book, house, [(_, a), _]) = house();
    book.read(house, "2026-04-24", "20");
    let reading = book.read(a, "2026-04-24", "6");
    let then = book.position();
    book.withdraw(a, reading);
    let difference = since(&book, then, "2026-04");
    assert_eq!(
        effects(&difference),
        [("ReadingWithdrawn", Some(measure("-6 m3")))]
    );
    let change = &difference.scopes[0].changes[0];
    assert!(
        change
            .after
            .as_ref()
            .is_some_and(|after| after.known().is_none())
    );
}

#[test]
fn a_replacement_is_told_step_by_step_and_adds_up() {
    let (mut book, house, [(point, a), (_, b)]) = house();
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.read(house, "2026-04-24", "20");
    book.read(b, "2026-04-24", "3");
    book.read(a, "2026-04-10", "4");
    let then = book.position();
    book.remove(a, "2026-04-12", Some("5"));
    book.install(new, point, "2026-04-12T12:00", "0.5");
    book.read(new, "2026-04-24", "2.5");
    let difference = since(&book, then, "2026-04");
    let total = difference.scopes[0].members.0;
    assert_eq!(total, Some(measure("3 m3")));
}

#[test]
fn a_new_version_of_the_scope_is_a_change_of_each_point_it_adds() {
    let (mut book, house, [(a, meter_a), (_, meter_b)]) = house();
    let (input, _) = book.water("ввод 2", PointKind::House, "2026-03-23");
    book.read(house, "2026-04-24", "20");
    book.read(meter_a, "2026-04-24", "4");
    book.read(meter_b, "2026-04-24", "3");
    let then = book.position();
    book.scope("house", "2026-02-01", &[(input, Plus)], &[(a, Plus)]);
    let difference = since(&book, then, "2026-04");
    let scope = &difference.scopes[0];
    assert_eq!(scope.house.0, Some(measure("-20 m3")));
    assert_eq!(scope.members.0, Some(measure("-3 m3")));
    assert_eq!(scope.changes.len(), 3);
}

#[test]
fn nothing_changed_is_said_so() {
    let (mut book, house, [(_, a), _]) = house();
    book.read(house, "2026-04-24", "20");
    let then = book.position();
    book.hold(a, "2026-04-25", "1");
    let difference = since(&book, then, "2026-04");
    assert!(effects(&difference).is_empty());
    assert!(text::render(&difference, zone()).contains("Ничего, что меняло бы цифры"));
}
