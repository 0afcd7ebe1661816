//! The baselines' tables: the ledger's columns and indexes, none of its duties.

use futures_util::TryStreamExt;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::bench::error::BenchError;

/// Columns and indexes of `ledger.events`, `ledger.books` and `ledger.commits`, without domains,
/// checks, triggers and functions.
const CREATE: &str = "
drop schema if exists bare cascade;
create schema bare;
create table bare.events (
  aggregate_type text not null, aggregate_id text not null, sequence bigint not null,
  event_type text not null, event_version text not null, payload json not null,
  metadata json not null, book_id uuid not null, position bigint not null,
  recorded_at timestamptz not null, effective_at timestamptz not null, commit_id uuid not null,
  natural_key text, salt bytea, payload_commitment bytea not null,
  metadata_commitment bytea not null, leaf_hash bytea not null,
  primary key (book_id, aggregate_type, aggregate_id, sequence), unique (book_id, position));
create unique index on bare.events (book_id, natural_key) where natural_key is not null;
create index on bare.events (aggregate_type, aggregate_id, sequence);
create table bare.books (
  book_id uuid primary key, kind text not null, position bigint not null,
  recorded_at timestamptz not null, sealed boolean not null) with (fillfactor = 50);
create table bare.commits (
  book_id uuid not null, commit_id uuid not null, actor text not null, idempotency_key text,
  request_hash bytea, first_position bigint not null, last_position bigint not null,
  recorded_at timestamptz not null, abandoned boolean not null, primary key (book_id, commit_id));
create unique index on bare.commits (book_id, actor, idempotency_key)
  where idempotency_key is not null;
";

/// Makes the tables, empty.
pub(super) async fn create(owner: &mut PgConnection) -> Result<(), BenchError> {
    sqlx::raw_sql(CREATE)
        .execute(owner)
        .await
        .map_err(BenchError::database("создание простых таблиц"))?;
    Ok(())
}

/// The rows of `book` after position `after`, as `COPY` gives them.
pub(super) async fn rows_of(
    owner: &mut PgConnection,
    book: Uuid,
    after: i64,
) -> Result<Vec<u8>, BenchError> {
    let copy = format!(
        "copy (select * from ledger.events where book_id = '{book}' and position > {after} \
         order by position) to stdout"
    );
    let failed = BenchError::database("COPY из журнала");
    let mut rows = Vec::new();
    let mut chunks = owner.copy_out_raw(&copy).await.map_err(&failed)?;
    while let Some(chunk) = chunks.try_next().await.map_err(&failed)? {
        rows.extend_from_slice(&chunk);
    }
    Ok(rows)
}

/// `COPY` of `rows` into the bare table of events.
pub(super) async fn copy_in(connection: &mut PgConnection, rows: &[u8]) -> Result<(), BenchError> {
    let failed = BenchError::database("COPY в простую таблицу");
    let mut copy = connection
        .copy_in_raw("copy bare.events from stdin")
        .await
        .map_err(&failed)?;
    for chunk in rows.chunks(1 << 16) {
        copy.send(chunk).await.map_err(&failed)?;
    }
    copy.finish().await.map_err(&failed)?;
    Ok(())
}
