//! Books of the folds' tests written into a ledger, event by event as they are.

use std::collections::HashMap;

use aggregates::book_event::BookEvent;
use aggregates::upcast::{current_version, upcasters};
use energokabinet::store::books::BookKind;
use energokabinet::store::{Ledger, pool};
use projections::recorded::Recorded;
use serde_json::Value;
use uuid::Uuid;

use crate::database::TestDatabase;

/// A ledger over `database` with connections that are called `name`.
pub async fn ledger(database: &TestDatabase, name: &str) -> Ledger {
    let pool = pool::connect(&database.app_url(), name, 10)
        .await
        .expect("the application connects");
    Ledger::new(pool, upcasters)
}

/// A book of a ledger that is written without asking any aggregate.
pub struct Writer {
    ledger: Ledger,
    pub book: Uuid,
    sequences: HashMap<Uuid, i64>,
}

impl Writer {
    /// Opens a book.
    pub async fn open(ledger: &Ledger) -> Self {
        let book = Uuid::new_v4();
        ledger
            .open_book(book, BookKind::Building)
            .await
            .expect("the book opens");
        Self {
            ledger: ledger.clone(),
            book,
            sequences: HashMap::new(),
        }
    }

    /// Appends `events`, all in one unit.
    pub async fn append(&mut self, events: &[Recorded]) {
        let rows: Vec<Row> = events
            .iter()
            .map(|recorded| {
                let event_type = recorded.event.name().to_owned();
                Row {
                    aggregate_type: recorded.event.aggregate_type().to_owned(),
                    aggregate_id: recorded.aggregate_id,
                    event_version: current_version(&event_type).to_owned(),
                    event_type,
                    payload: payload(&recorded.event).to_string(),
                }
            })
            .collect();
        self.append_rows(&rows).await;
    }

    /// Appends one event of any form.
    pub async fn append_raw(&mut self, aggregate_type: &str, id: Uuid, event: (&str, Value)) {
        let row = Row {
            aggregate_type: aggregate_type.to_owned(),
            aggregate_id: id,
            event_type: event.0.to_owned(),
            event_version: current_version(event.0).to_owned(),
            payload: event.1.to_string(),
        };
        self.append_rows(&[row]).await;
    }

    async fn append_rows(&mut self, rows: &[Row]) {
        let mut sequences = Vec::new();
        for row in rows {
            let sequence = self.sequences.entry(row.aggregate_id).or_default();
            *sequence += 1;
            sequences.push(*sequence);
        }
        let column = |of: fn(&Row) -> String| rows.iter().map(of).collect::<Vec<String>>();
        sqlx::query(
            "select ledger.ledger_append($1, $2, 'test', null, null, $3, $4, $5, $6, $7, $8, \
               array_fill('{}'::text, array[$9]), array_fill(null::timestamptz, array[$9]), \
               array_fill(null::text, array[$9]), \
               array_fill('\\x00112233445566778899aabbccddeeff'::bytea, array[$9]), \
               '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        )
        .bind(self.book)
        .bind(Uuid::new_v4())
        .bind(column(|row| row.aggregate_type.clone()))
        .bind(column(|row| row.aggregate_id.to_string()))
        .bind(sequences)
        .bind(column(|row| row.event_type.clone()))
        .bind(column(|row| row.event_version.clone()))
        .bind(column(|row| row.payload.clone()))
        .bind(i32::try_from(rows.len()).expect("few"))
        .execute(self.ledger.pool())
        .await
        .expect("appended");
    }

    /// Position of the last event.
    pub async fn head(&self) -> i64 {
        let head = self.ledger.head(self.book).await;
        head.expect("the book is there").position
    }
}

struct Row {
    aggregate_type: String,
    aggregate_id: Uuid,
    event_type: String,
    event_version: String,
    payload: String,
}

fn payload(event: &BookEvent) -> Value {
    let value = match event {
        BookEvent::AccessGrant(event) => serde_json::to_value(event),
        BookEvent::Account(event) => serde_json::to_value(event),
        BookEvent::Building(event) => serde_json::to_value(event),
        BookEvent::ClosingBatch(event) => serde_json::to_value(event),
        BookEvent::Correction(event) => serde_json::to_value(event),
        BookEvent::Dispute(event) => serde_json::to_value(event),
        BookEvent::Meter(event) => serde_json::to_value(event),
        BookEvent::MeteringPoint(event) => serde_json::to_value(event),
        BookEvent::Organisation(event) => serde_json::to_value(event),
        BookEvent::RuleBook(event) => serde_json::to_value(event),
        BookEvent::Premises(event) => serde_json::to_value(event),
        BookEvent::TariffBook(event) => serde_json::to_value(event),
    };
    value.expect("an event serialises")
}
