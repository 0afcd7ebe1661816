//! Appends of one event, against one plain statement that writes the same rows.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::batch::{Work, all, pool_size, prepare, send};
use crate::bench::error::BenchError;
use crate::bench::measure::{Bound, Measurement, Samples, rate};
use crate::bench::stage::Stage;
use crate::bench::{Progress, bare, message_db};

/// Appends of all clients together, in one round.
const APPENDS: usize = 2_000;

/// Everything that an append writes: the head, its receipt and the event.
const PLAIN: &str = "\
    with head as (update bare.books set position = position + 1, recorded_at = clock_timestamp() \
                  where book_id = $1 returning position, recorded_at), \
    receipt as (insert into bare.commits select $1, $2, $3, $4, $5, position, position, \
                recorded_at, false from head) \
    insert into bare.events select $6, $7, $8, $9, $10, $11::json, $12::json, $1, position, \
      recorded_at, $13, $2, $14, $15, $16, $17, $18 from head";

/// The rows of one append.
pub(super) struct PlainRow {
    book: Uuid,
    commit: Uuid,
    key: String,
    pub(super) aggregate_id: String,
    aggregate_type: String,
    sequence: i64,
    pub(super) event_type: String,
    event_version: String,
    pub(super) payload: String,
    pub(super) metadata: String,
    effective_at: DateTime<Utc>,
    natural_key: Option<String>,
    hashes: [Vec<u8>; 4],
}

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let message_db = message_db::find(stage).await?;
    let mut measured = Vec::new();
    for clients in [1, 4, 16] {
        let mut ours = Samples::default();
        let mut plain = Samples::default();
        let mut messages = Samples::default();
        for round in 1..=rounds {
            progress(&format!(
                "одиночная запись, клиентов {clients}, повтор {round}"
            ));
            let rows = ours_once(stage, clients, round, &mut ours).await?;
            let total: usize = rows.iter().map(Vec::len).sum();
            if let Some(url) = &message_db {
                let elapsed = message_db::write(url, &rows).await?;
                messages.push(rate(total, elapsed));
            }
            plain.push(rate(total, write_plainly(stage, rows).await?));
        }
        let name = format!("Запись одного события, клиентов: {clients}, журналы разные");
        let baseline = "один простой запрос, пишущий те же строки";
        let bound = Bound::AtLeast(0.35);
        let compared = Measurement::new(
            name.as_str(),
            baseline,
            "записей/с",
            bound,
            (ours.clone(), plain),
        );
        measured.push(match message_db {
            Some(_) => compared,
            None => compared.with_note(message_db::NOT_AT_HAND),
        });
        if message_db.is_some() {
            let baseline = "message-db, write_message";
            let samples = (ours, messages);
            measured.push(Measurement::new(
                name,
                baseline,
                "записей/с",
                Bound::None,
                samples,
            ));
        }
    }
    Ok(measured)
}

/// Measures our appends; gives back the rows they wrote, by client.
async fn ours_once(
    stage: &Stage,
    clients: u32,
    round: u32,
    samples: &mut Samples,
) -> Result<Vec<Vec<PlainRow>>, BenchError> {
    let ledger = stage.ledger(pool_size(clients)).await?;
    let mut work: Vec<Work> = Vec::new();
    for client in 0..clients {
        let number = 200_000 + 10_000 * clients + 100 * round + client;
        let each = APPENDS / usize::try_from(clients).unwrap_or(1);
        work.push(prepare(&ledger, number, 8, each, 1).await?);
    }
    let books: Vec<(Uuid, i64)> = work.iter().map(|work| (work.book, work.head)).collect();
    let appends = work.iter().map(|work| work.appends.len()).sum();
    samples.push(rate(appends, send(&ledger, work).await?));
    ledger.close().await;
    let mut owner = stage.owner().await?;
    let mut rows = Vec::new();
    for (book, head) in books {
        rows.push(plain_rows(&mut owner, book, head).await?);
    }
    Ok(rows)
}

impl PlainRow {
    pub(super) fn is_of(&self, aggregate_type: &str, aggregate_id: &str) -> bool {
        self.aggregate_type == aggregate_type && self.aggregate_id == aggregate_id
    }
}

/// What stands in `book` after position `after`.
pub(super) async fn plain_rows(
    owner: &mut PgConnection,
    book: Uuid,
    after: i64,
) -> Result<Vec<PlainRow>, BenchError> {
    let failed = BenchError::database("чтение записанного");
    let rows = sqlx::query(
        "select aggregate_type::text, aggregate_id::text, sequence, event_type::text, \
                event_version::text, payload::text, metadata::text, effective_at, commit_id, \
                natural_key, salt, payload_commitment, metadata_commitment, leaf_hash \
         from ledger.events where book_id = $1 and position > $2 order by position",
    )
    .bind(book)
    .bind(after)
    .fetch_all(owner)
    .await
    .map_err(&failed)?;
    let row = |row: &sqlx::postgres::PgRow| -> Result<PlainRow, sqlx::Error> {
        Ok(PlainRow {
            book,
            commit: row.try_get(8)?,
            key: row.try_get::<Uuid, _>(8)?.to_string(),
            aggregate_type: row.try_get(0)?,
            aggregate_id: row.try_get(1)?,
            sequence: row.try_get(2)?,
            event_type: row.try_get(3)?,
            event_version: row.try_get(4)?,
            payload: row.try_get(5)?,
            metadata: row.try_get(6)?,
            effective_at: row.try_get(7)?,
            natural_key: row.try_get(9)?,
            hashes: [
                row.try_get(10)?,
                row.try_get(11)?,
                row.try_get(12)?,
                row.try_get(13)?,
            ],
        })
    };
    rows.iter()
        .map(|found| row(found).map_err(&failed))
        .collect()
}

/// How long plain statements take for the same rows, a connection for each client.
async fn write_plainly(stage: &Stage, clients: Vec<Vec<PlainRow>>) -> Result<Duration, BenchError> {
    let mut owner = stage.owner().await?;
    bare::create(&mut owner).await?;
    let failed = BenchError::database("простая запись");
    let mut ready = Vec::new();
    for rows in clients {
        if let Some(first) = rows.first() {
            sqlx::query(
                "insert into bare.books values ($1, 'building', 0, clock_timestamp(), false)",
            )
            .bind(first.book)
            .execute(&mut owner)
            .await
            .map_err(&failed)?;
        }
        ready.push((stage.owner().await?, rows));
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (mut connection, rows) in ready {
        tasks.spawn(async move {
            for row in &rows {
                write_row(&mut connection, row).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    Ok(started.elapsed())
}

async fn write_row(connection: &mut PgConnection, row: &PlainRow) -> Result<(), BenchError> {
    let [salt, payload, metadata, leaf] = &row.hashes;
    sqlx::query(PLAIN)
        .bind(row.book)
        .bind(row.commit)
        .bind("bench")
        .bind(&row.key)
        .bind(leaf)
        .bind(&row.aggregate_type)
        .bind(&row.aggregate_id)
        .bind(row.sequence)
        .bind(&row.event_type)
        .bind(&row.event_version)
        .bind(&row.payload)
        .bind(&row.metadata)
        .bind(row.effective_at)
        .bind(&row.natural_key)
        .bind(salt)
        .bind(payload)
        .bind(metadata)
        .bind(leaf)
        .execute(connection)
        .await
        .map_err(BenchError::database("простая запись"))?;
    Ok(())
}
