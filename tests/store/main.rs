//! The store's conformance tests, against a real PostgreSQL.
#![allow(
    clippy::panic,
    clippy::cast_possible_wrap,
    unreachable_pub,
    reason = "a test may panic; its numbers are small"
)]

#[path = "../support/mod.rs"]
mod support;

mod appending;
mod bypasses;
mod cancellation;
mod counter;
mod entries;
mod erasure;
mod idempotency;
mod loading;
mod migrations;
mod order;
mod plans;
mod replaying;
mod restoring;
mod rights;
mod streams;
mod vantage;

use energokabinet::store::books::BookKind;
use energokabinet::store::{Actor, Ledger, Receipt};
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::support::TestDatabase;

/// A fresh database, a ledger over it and an open book.
async fn open_book() -> (TestDatabase, Ledger, Uuid) {
    let database = TestDatabase::new().await;
    let ledger = database.ledger().await;
    let book = Uuid::new_v4();
    ledger
        .open_book(book, BookKind::Building)
        .await
        .expect("the book opens");
    (database, ledger, book)
}

fn actor() -> Actor {
    Actor::new("staff:1").expect("a good name")
}

/// Appends one command in a unit of its own.
async fn append(ledger: &Ledger, book: Uuid, counter: Uuid, command: Command) -> Receipt {
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(counter, command)
        .await
        .expect("the command is taken");
    unit.commit().await.expect("the unit is appended")
}

/// The counter as it stands.
async fn load(ledger: &Ledger, book: Uuid, counter: Uuid) -> Counter {
    let mut unit = ledger.unit(book, &actor(), None);
    unit.read::<Counter>(counter)
        .await
        .expect("the counter loads")
        .clone()
}
