//! The book of a case, in memory, is the book that the ledger keeps.

use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::ReadingSource;
use energokabinet::case::file::CaseFile;
use energokabinet::case::play;
use energokabinet::figures::directory;
use energokabinet::import::house::record_house;
use energokabinet::readings::{Entry, record};
use energokabinet::store::read::{Filter, decode};
use futures_util::FutureExt;
use rust_decimal::Decimal;

use crate::actor;
use crate::support::TestDatabase;

const EXAMPLE: &str = include_str!("../../docs/formats/case-example.json");

#[tokio::test(flavor = "multi_thread")]
async fn a_case_makes_the_events_that_the_ledger_would_record() {
    let mut case: CaseFile = serde_json::from_str(EXAMPLE).expect("the example is a case");
    (case.facts, case.closings) = (Vec::new(), Vec::new());
    case.readings.truncate(2);
    let period = "2025-10".parse().expect("a period");
    let played = play(&case, period).await.expect("the case is played");

    let database = TestDatabase::new().await;
    let ledger = database.ledger().await;
    let book = played.book.id();
    record_house(&ledger, &actor(), book, case.house.clone(), None)
        .await
        .expect("the house is recorded");
    let head = ledger.head(book.0).await.expect("the book has a head");
    let names = directory(&ledger, book, head.position)
        .await
        .expect("the directory is read");
    let entry = |serial: &str, shown: Decimal| entry(&case, names.meters_by_serial(serial), shown);
    let entries = [
        entry("20514477", Decimal::new(1041, 1)),
        entry("20514478", Decimal::new(628, 1)),
    ];
    ledger
        .run(book.0, &actor(), None, move |unit| {
            let (names, entries) = (names.clone(), entries.clone());
            async move { record(unit, book, &names, &entries).await }.boxed()
        })
        .await
        .expect("the readings are recorded");

    let head = ledger.head(book.0).await.expect("the book has a head");
    let rows = ledger.rows(book.0, head.position, &Filter::default());
    let rows = rows.collect().await.expect("the book is read");
    let kept = rows.iter().map(|row| {
        let event = decode(row).expect("the event is read");
        (row.id(), event)
    });
    let kept: Vec<(EventId, _)> = kept.collect();
    let made = played.book.events().iter();
    let made: Vec<(EventId, _)> = made
        .map(|recorded| (recorded.event_id(), recorded.event.clone()))
        .collect();
    assert!(made.len() > 40, "{}", made.len());
    assert_eq!(made, kept);
}

fn entry(case: &CaseFile, meters: &[MeterId], shown: Decimal) -> Entry {
    let taken_at = case.readings[0].taken_at.to_utc();
    Entry {
        meter: meters[0],
        values: vec![RegisterValue {
            register: Code::new("total").expect("a code"),
            value: Measure::new(shown, Unit::CubicMetre),
        }],
        taken_at,
        received_at: taken_at,
        source: ReadingSource::Import,
        channel: Code::new("case").expect("a code"),
        account: None,
        origin: None,
        confirms: None,
        act: None,
    }
}
