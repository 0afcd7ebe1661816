//! Incremental, rebuilt and folded are one and the same, for random histories with corrections.

use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use energokabinet::read_models::{Runner, begin_rebuild};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;
use uuid::Uuid;

use crate::database::TestDatabase;
use crate::histories::{House, books};
use crate::tables::{assert_equal, versions};
use crate::writing::{Writer, ledger};

const HISTORIES: usize = 12;

/// Random houses, the same in every run.
pub fn houses(count: usize) -> Vec<House> {
    let mut chance = TestRunner::deterministic();
    let mut house = || books().new_tree(&mut chance).expect("a history").current();
    (0..count).map(|_| house()).collect()
}

/// Periods and bills, so that every table has rows.
pub fn bill(house: &mut House, month: &str) {
    let account = Uuid::from_u128(77);
    let stored = |value| serde_json::from_value::<AccountEvent>(value).expect("its stored form");
    if house
        .book
        .events
        .iter()
        .all(|event| event.aggregate_id != account)
    {
        let opened = json!({"AccountOpened": {
            "number": "7710118", "premises": Uuid::from_u128(78), "holder": {"kind": "owner"},
            "share": "1/1", "from": "2026-01-01",
        }});
        house
            .book
            .record(account, BookEvent::Account(stored(opened)));
    }
    let building = house.book.events[0].aggregate_id;
    for event in [
        json!({"PeriodOpened": {"period": month}}),
        json!({"PeriodClosed": {"period": month, "computed_at": 3, "totals": []}}),
    ] {
        let event: BuildingEvent = serde_json::from_value(event).expect("its stored form");
        house.book.record(building, BookEvent::Building(event));
    }
    let issued = json!({"BillIssued": {"bill": {
        "period": month, "kind": "monthly", "computed_at": 3, "edition_hash": "00",
        "engine": "test", "lines": [], "total": "0.00",
    }}});
    house
        .book
        .record(account, BookEvent::Account(stored(issued)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incremental_rebuilt_and_folded_are_equal() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "equality").await;
    // Two that take turns: each finds its state left behind by the other.
    let runners = [
        Runner::new(ledger.clone()),
        Runner::new(ledger.clone()).with_batches_of(3),
    ];
    for (number, mut house) in houses(HISTORIES).into_iter().enumerate() {
        bill(&mut house, "2026-01");
        bill(&mut house, "2026-02");
        let events = &house.book.events;
        let mut writer = Writer::open(&ledger).await;
        let mut written = 0;
        for (turn, part) in events.chunks(number + 2).enumerate() {
            writer.append(part).await;
            written += part.len();
            if turn % 3 != 1 {
                let runner = &runners[turn % 2];
                runner.run_once().await.expect("taken in");
                // Stopped anywhere, the tables are the fold of the prefix.
                if turn % 7 == 0 {
                    assert_equal(&ledger, writer.book, &events[..written]).await;
                }
            }
        }
        runners[0].run_once().await.expect("taken in");
        assert_equal(&ledger, writer.book, events).await;
        let version = begin_rebuild(ledger.pool(), writer.book)
            .await
            .expect("begun");
        runners[1].run_once().await.expect("built");
        assert_equal(&ledger, writer.book, events).await;
        assert_eq!(versions(&ledger, writer.book).await, [version]);
        assert_eq!(version, 2);
    }
}
