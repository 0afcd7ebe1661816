//! The history of one meter.

use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod::Average;
use aggregates::metering_point::event::PointKind;
use projections::meter_history::{
    Entry, Fact, MeterHistory, MeterHistoryFold, Outcome, ReadingEntry, text,
};
use projections::recorded::FoldError;

use crate::support::{Book, zone};

fn history(book: &Book, meter: MeterId) -> MeterHistory {
    let mut fold = MeterHistoryFold::new(meter);
    for event in &book.events {
        fold.apply(event)
            .expect("an event of this book in its order");
    }
    fold.history().expect("a registered meter")
}

fn readings(history: &MeterHistory) -> Vec<(&Entry, &ReadingEntry)> {
    let of = |entry| -> Option<(&Entry, &ReadingEntry)> {
        let entry: &Entry = entry;
        match &entry.fact {
            Fact::Reading(reading) => Some((entry, reading)),
            _ => None,
        }
    };
    history.entries.iter().filter_map(of).collect()
}

#[test]
fn every_reading_is_told_with_its_outcome_in_the_order_of_taking() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    book.read(meter, "2026-05-24", "20");
    book.read(meter, "2026-04-24", "10");
    book.hold(meter, "2026-06-01", "5");
    book.reject(meter, "2026-06-02", "9000");
    let history = history(&book, meter);
    let told: Vec<Outcome> = readings(&history).iter().map(|(_, r)| r.outcome).collect();
    let expected = [
        Outcome::Accepted,
        Outcome::Accepted,
        Outcome::Held,
        Outcome::Rejected,
    ];
    assert_eq!(told, expected);
    let taken: Vec<_> = history.entries.iter().map(|entry| entry.at).collect();
    assert!(taken.is_sorted());
    assert_eq!(history.position, book.position());
}

#[test]
fn a_correction_keeps_the_old_value_and_names_its_event() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    let april = book.read(meter, "2026-04-24", "91");
    book.correct(meter, april, "19");
    book.withdraw(meter, april);
    let history = history(&book, meter);
    let (entry, reading) = readings(&history)[0];
    let correction = &reading.corrections[0];
    assert_eq!(correction.before, book.values(meter, "91"));
    assert_eq!(
        (&correction.after, &reading.values),
        (&book.values(meter, "19"), &reading.values)
    );
    assert_eq!(correction.event.position, entry.event.position + 1);
    let withdrawn = reading.withdrawn.as_ref().expect("taken back");
    assert_eq!(withdrawn.event.position, book.position());
}

#[test]
fn a_confirmed_submission_and_its_confirmation_name_each_other() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    let held = book.hold(meter, "2026-04-24", "91");
    book.confirm(meter, held, "2026-04-24", "91");
    let history = history(&book, meter);
    let told = readings(&history);
    assert_eq!(told[0].1.confirmed_by, Some(told[1].0.event));
    assert_eq!(told[1].1.confirms, Some(told[0].0.event));
}

#[test]
fn a_control_reading_takes_the_place_of_its_period() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    book.read(meter, "2026-03-24", "5");
    book.read(meter, "2026-04-24", "10");
    book.control(meter, "2026-04-26", "12");
    let history = history(&book, meter);
    let told = readings(&history);
    assert_eq!(told[0].1.superseded_by, None);
    assert_eq!(told[1].1.superseded_by, Some(told[2].0.event));
}

#[test]
fn calculated_values_and_what_replaced_them_are_told() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    let imputed = book.impute(meter, "2026-04", "4.2", Average);
    let reading = book.read(meter, "2026-05-24", "10");
    book.supersede(meter, imputed, reading);
    let history = history(&book, meter);
    let of = |entry: &Entry| match &entry.fact {
        Fact::Imputed(imputed) => imputed.superseded.clone(),
        _ => None,
    };
    let superseded = history.entries.iter().find_map(of).expect("superseded");
    assert_eq!(superseded.by.sequence, reading);
    assert_eq!(superseded.event.position, book.position());
}

#[test]
fn adopted_readings_are_told_one_by_one_with_their_source() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-01-23");
    book.adopt(meter, &[("2026-02-24", "10"), ("2026-03-24", "16")]);
    let history = history(&book, meter);
    let told = readings(&history);
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .all(|(_, reading)| reading.adopted_from.is_some())
    );
}

#[test]
fn the_text_names_the_origin_of_each_value_and_its_events() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    let april = book.read(meter, "2026-04-24", "1010.5");
    book.correct(meter, april, "101.05");
    book.remove(meter, "2026-05-13", Some("110"));
    let shown = text::render(&history(&book, meter), zone());
    for part in [
        "Прибор № кухня, холодная вода, по журналу до № 7",
        "установлен, начальные показания 0,000\u{a0}м³",
        "101,050\u{a0}м³",
        "житель, web",
        "исправлено 01.01.2026: 1\u{a0}010,500\u{a0}м³ → 101,050\u{a0}м³ (опечатка)",
        "№ 5, № 6",
        "снят (замена), конечные показания 110,000\u{a0}м³",
    ] {
        assert!(shown.contains(part), "“{part}” is missing in\n{shown}");
    }
}

#[test]
fn a_stream_without_its_beginning_is_refused() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    let mut fold = MeterHistoryFold::new(meter);
    assert_eq!(fold.history(), None);
    let refused = fold.apply(&book.events[3]);
    assert!(matches!(refused, Err(FoldError::MeterNotRegistered { .. })));
}

#[test]
fn the_json_names_what_happened() {
    let mut book = Book::new();
    let (_, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    book.read(meter, "2026-04-24", "10");
    let json = serde_json::to_value(history(&book, meter)).expect("JSON");
    let kinds: Vec<&str> = json["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["fact"]["fact"].as_str())
        .collect();
    assert!(
        kinds.contains(&"reading") && kinds.contains(&"event"),
        "{json}"
    );
    let installed = &json["entries"][1]["fact"]["happened"]["MeterInstalled"];
    assert!(
        installed.is_object() || json.to_string().contains("MeterInstalled"),
        "{json}"
    );
}
