//! What the tables hold, and what they should hold.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use energokabinet::read_models::query::standing;
use energokabinet::store::Ledger;
use projections::billing_cards::BillingCards;
use projections::house_figures::HouseFigures;
use projections::meter_cards::MeterCards;
use projections::recorded::Recorded;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Rows by table and key.
pub type Tables = BTreeMap<(&'static str, String), Value>;

/// Key and row of each table, as readers see them.
const READ: [(&str, &str); 6] = [
    (
        "meters",
        "select meter_id::text, card from read_models.meters",
    ),
    (
        "consumption",
        "select point_id || ' ' || period, figure from read_models.consumption",
    ),
    (
        "balances",
        "select resource || ' ' || period || ' ' || scope, figure from read_models.balances",
    ),
    ("periods", "select period, card from read_models.periods"),
    (
        "accounts",
        "select account_id::text, card from read_models.accounts",
    ),
    (
        "bills",
        "select position::text, bill from read_models.bills",
    ),
];

/// The rows of `book` that readers see.
pub async fn shown(ledger: &Ledger, book: Uuid) -> Tables {
    let version = standing(ledger, book)
        .await
        .expect("they are there")
        .version;
    let mut tables = Tables::new();
    for (table, statement) in READ {
        let statement = format!("{statement} where book_id = $1 and version = $2");
        let rows: Vec<(String, Value)> = sqlx::query_as(&statement)
            .bind(book)
            .bind(version)
            .fetch_all(ledger.pool())
            .await
            .expect("the table is readable");
        tables.extend(rows.into_iter().map(|(key, row)| ((table, key), row)));
    }
    tables
}

/// Versions that have rows or a checkpoint.
pub async fn versions(ledger: &Ledger, book: Uuid) -> Vec<i64> {
    sqlx::query_scalar(
        "select version from read_models.checkpoints where book_id = $1 \
         union select version from read_models.consumption where book_id = $1 \
         union select version from read_models.meters where book_id = $1 order by 1",
    )
    .bind(book)
    .fetch_all(ledger.pool())
    .await
    .expect("the tables are readable")
}

/// The rows that the folds tell of these events.
pub fn told(events: &[Recorded]) -> Tables {
    let mut figures = HouseFigures::default();
    let mut meters = MeterCards::default();
    let mut billing = BillingCards::default();
    for event in events {
        figures.apply(event).expect("in order");
        meters.apply(event);
        billing.apply(event);
    }
    let mut tables = Tables::new();
    let mut put = |table, key: String, row: Value| {
        assert_eq!(tables.insert((table, key), row), None);
    };
    let mut all = figures.all();
    while let Some(change) = all.next_point() {
        for month in change.months {
            let key = format!("{} {}", month.point, month.period);
            put("consumption", key, json(&month));
        }
    }
    while let Some(change) = all.next_resource() {
        for month in change.months {
            let resource = month.resource.code();
            let key = format!("{resource} {} {}", month.period, month.scope);
            put("balances", key, json(&month));
        }
    }
    for card in meters.all(figures.consumption()) {
        put("meters", card.meter.to_string(), json(&card));
    }
    let billed = billing.take_changes();
    for card in billed.periods {
        put("periods", card.period.to_string(), json(&card));
    }
    for card in billed.accounts {
        put("accounts", card.account.to_string(), json(&card));
    }
    for bill in billed.bills {
        put("bills", bill.event.position.to_string(), json(&bill));
    }
    tables
}

fn json(row: &impl Serialize) -> Value {
    serde_json::to_value(row).expect("a row serialises")
}

/// The events with the times at which the book took them in.
async fn as_taken_in(ledger: &Ledger, book: Uuid, events: &[Recorded]) -> Vec<Recorded> {
    let times: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select recorded_at from ledger.events where book_id = $1 order by position",
    )
    .bind(book)
    .fetch_all(ledger.pool())
    .await
    .expect("the book is readable");
    let timed = events.iter().zip(times);
    timed
        .map(|(event, recorded_at)| Recorded {
            recorded_at,
            ..event.clone()
        })
        .collect()
}

/// What the tables of `book` hold is what the folds tell of `events`.
pub async fn assert_equal(ledger: &Ledger, book: Uuid, events: &[Recorded]) {
    let (shown, told) = (
        shown(ledger, book).await,
        told(&as_taken_in(ledger, book, events).await),
    );
    let differing: Vec<_> = told
        .iter()
        .filter(|(key, row)| shown.get(key) != Some(row))
        .map(|(key, row)| (key, row, shown.get(key)))
        .collect();
    assert_eq!(differing, vec![], "told, but shown otherwise");
    let more: Vec<_> = shown.keys().filter(|key| !told.contains_key(key)).collect();
    assert_eq!(more, Vec::<&(&str, String)>::new(), "shown, but not told");
}
