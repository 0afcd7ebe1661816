//! The journal as people read it: events with who wrote them and their hashes, newest first.

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::figures::FigureError;
use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::read::{RecordedRow, decode};

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct JournalAsked {
    /// Up to this position.
    pub until: i64,
    /// Only of these streams; all where there are none.
    pub streams: Vec<Uuid>,
    /// Only of these kinds; all where there are none.
    pub event_types: Vec<String>,
    /// Of no aggregate of these types.
    pub but_aggregates: Vec<String>,
    /// How many at most.
    pub limit: u16,
}

/// One event of a journal.
#[derive(Clone, Debug)]
pub struct JournalEntry {
    /// As it stands there.
    pub row: RecordedRow,
    /// What it says; `None` after an erasure.
    pub event: Option<BookEvent>,
    /// Who wrote it, never a name.
    pub actor: String,
    /// Its leaf hash, 64 hexadecimal digits.
    pub leaf_hash: String,
}

const ENTRIES: &str = "\
    select e.position, e.recorded_at, e.effective_at, e.aggregate_type::text, \
           e.aggregate_id::text, e.sequence, e.event_type::text, e.event_version::text, \
           e.payload::text, e.salt is null, e.metadata->>'actor', encode(e.leaf_hash, 'hex') \
    from ledger.events e \
    where e.book_id = $1 and e.position <= $2 \
      and ($3::text[] is null or e.aggregate_id = any($3)) \
      and ($4::text[] is null or e.event_type = any($4)) \
      and ($5::text[] is null or e.aggregate_type <> all($5)) \
    order by e.position desc limit $6";

/// The newest events first.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn journal(
    ledger: &Ledger,
    book: BookId,
    asked: &JournalAsked,
) -> Result<Vec<JournalEntry>, FigureError> {
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let streams: Vec<String> = asked.streams.iter().map(Uuid::to_string).collect();
    let rows = sqlx::query(ENTRIES)
        .bind(book.0)
        .bind(asked.until)
        .bind(some(streams))
        .bind(some(asked.event_types.clone()))
        .bind(some(asked.but_aggregates.clone()))
        .bind(i64::from(asked.limit))
        // The plan depends on what is asked for.
        .persistent(false)
        .fetch_all(ledger.pool())
        .await
        .map_err(StoreError::read)?;
    rows.iter().map(entry).collect()
}

fn entry(row: &PgRow) -> Result<JournalEntry, FigureError> {
    let recorded = crate::store::read::row_of(row)?;
    let event = match recorded.erased {
        true => None,
        false => Some(decode(&recorded)?),
    };
    let actor: Option<String> = row.try_get(10).map_err(StoreError::read)?;
    Ok(JournalEntry {
        event,
        actor: actor.unwrap_or_default(),
        leaf_hash: row.try_get(11).map_err(StoreError::read)?,
        row: recorded,
    })
}

/// First and last position of what was appended together with the event at `position`.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn commit_of(
    ledger: &Ledger,
    book: BookId,
    position: i64,
) -> Result<Option<(i64, i64)>, StoreError> {
    let row = sqlx::query(
        "select c.first_position, c.last_position from ledger.events e \
         join ledger.commits c on c.book_id = e.book_id and c.commit_id = e.commit_id \
         where e.book_id = $1 and e.position = $2",
    )
    .bind(book.0)
    .bind(position)
    .fetch_optional(ledger.pool())
    .await
    .map_err(StoreError::read)?;
    row.map(|row| -> Result<_, StoreError> {
        let first = row.try_get(0).map_err(StoreError::read)?;
        Ok((first, row.try_get(1).map_err(StoreError::read)?))
    })
    .transpose()
}

/// The leaf hash of the event at `position`, 64 hexadecimal digits.
///
/// # Errors
/// [`StoreError`] when the book cannot be read, or there is no such position.
pub async fn leaf_hash(ledger: &Ledger, book: BookId, position: u64) -> Result<String, StoreError> {
    let at = i64::try_from(position).unwrap_or(i64::MAX);
    let hash: Option<String> = sqlx::query_scalar(
        "select encode(leaf_hash, 'hex') from ledger.events where book_id = $1 and position = $2",
    )
    .bind(book.0)
    .bind(at)
    .fetch_optional(ledger.pool())
    .await
    .map_err(StoreError::read)?;
    hash.ok_or(StoreError::NoSuchPosition {
        book: book.0,
        position: at,
        head: at,
    })
}

/// The moments that a reader may want to go back to: where months were closed, newest first.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn closings(
    ledger: &Ledger,
    book: BookId,
) -> Result<Vec<(i64, DateTime<Utc>, String)>, StoreError> {
    let rows = sqlx::query(
        "select position, recorded_at, payload->'PeriodClosed'->>'period' from ledger.events \
         where book_id = $1 and aggregate_type = 'building' and aggregate_id = $2 \
           and event_type = 'PeriodClosed' and salt is not null \
         order by position desc",
    )
    .bind(book.0)
    .bind(book.0.to_string())
    .fetch_all(ledger.pool())
    .await
    .map_err(StoreError::read)?;
    let told = rows.iter().map(|row| -> Result<_, StoreError> {
        let position = row.try_get(0).map_err(StoreError::read)?;
        let at = row.try_get(1).map_err(StoreError::read)?;
        let period: Option<String> = row.try_get(2).map_err(StoreError::read)?;
        Ok((position, at, period.unwrap_or_default()))
    });
    told.collect()
}
