//! Cards of meters: what a list says of each.

use aggregates::metering_point::event::PointKind;
use aggregates::vocabulary::Resource;
use projections::consumption::Consumption;
use projections::meter_cards::{MeterCard, MeterCards, MeterState};

use crate::support::{Book, WATER, at, measure};

fn cards(book: &Book) -> Vec<MeterCard> {
    let (mut cards, mut readings) = (MeterCards::default(), Consumption::new());
    for event in &book.events {
        readings.apply(event).expect("in order");
        cards.apply(event);
    }
    let all = cards.all(&readings);
    let mut taken = cards.take_changes(&readings);
    taken.sort_by_key(|card| card.meter);
    assert_eq!(taken, all, "at the beginning everything is new");
    all
}

#[test]
fn the_last_reading_that_stands_is_shown() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-01-10");
    let january = book.read(meter, "2026-01-24", "3.1");
    let february = book.read(meter, "2026-02-24", "6.2");
    book.withdraw(meter, february);
    book.correct(meter, january, "3.3");
    let card = cards(&book).remove(0);
    let last = card.last_reading.expect("one stands");
    assert_eq!(last.taken_at, at("2026-01-24"));
    assert_eq!(last.values[0].value, measure("3.3 m3"));
    assert_eq!(last.event.sequence, january);
}

#[test]
fn the_state_follows_the_device() {
    let mut book = Book::new();
    let spare = book.meter("запасной", Resource::ColdWater, &WATER);
    let (point, meter) = book.water("кухня", PointKind::Individual, "2026-01-10");
    let state = |book: &Book, of| {
        let found = cards(book).into_iter().find(|card| card.meter == of);
        found.map(|card| (card.state, card.since))
    };
    assert_eq!(state(&book, spare), Some((MeterState::Registered, None)));
    let installed = Some(at("2026-01-10"));
    assert_eq!(
        state(&book, meter),
        Some((MeterState::Installed, installed))
    );
    book.fail(meter, "2026-02-01");
    assert_eq!(
        state(&book, meter),
        Some((MeterState::Failed, Some(at("2026-02-01"))))
    );
    book.remove(meter, "2026-03-01", Some("9"));
    assert_eq!(
        state(&book, meter),
        Some((MeterState::Removed, Some(at("2026-03-01"))))
    );
    book.install(spare, point, "2026-03-01", "0");
    assert_eq!(
        state(&book, spare),
        Some((MeterState::Installed, Some(at("2026-03-01"))))
    );
}
