//! Lists for readers: each is of one moment and names its position.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row, Transaction};
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::store::Ledger;

/// Where what a reader is shown stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Which version is shown.
    pub version: i64,
    /// Up to where the book was taken in.
    pub position: i64,
    /// Why it stands still there, where it does: later events are not in the lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked: Option<Parked>,
    /// Accounts whose rows stay as they were before an event that cannot be taken in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parked_streams: Vec<ParkedStream>,
}

/// An event that cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// Its position.
    pub position: i64,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// A stream that is parked alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParkedStream {
    /// Type of the stream.
    pub aggregate_type: String,
    /// Its id.
    pub aggregate_id: Uuid,
    /// The event's position.
    pub position: i64,
    /// Why.
    pub reason: String,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// As of when.
    pub standing: Standing,
    /// The rows, in the order of the list.
    pub rows: Vec<Value>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Copy, Debug)]
pub struct PageAsked<K> {
    /// After which row; `None` for the first page.
    pub after: Option<K>,
    /// How many rows at most.
    pub limit: u16,
}

/// Where the read models of `book` stand.
///
/// # Errors
/// [`ReadModelError::NoReadModels`], or the tables cannot be read.
pub async fn standing(ledger: &Ledger, book: Uuid) -> Result<Standing, ReadModelError> {
    let mut snapshot = snapshot(ledger).await?;
    standing_in(&mut snapshot, book).await
}

/// Several statements that see the same moment.
pub(super) async fn snapshot(
    ledger: &Ledger,
) -> Result<Transaction<'static, Postgres>, ReadModelError> {
    let begin = "begin isolation level repeatable read read only";
    Ok(ledger.pool().begin_with(begin).await?)
}

pub(super) async fn standing_in(
    snapshot: &mut Transaction<'static, Postgres>,
    book: Uuid,
) -> Result<Standing, ReadModelError> {
    let row = sqlx::query(
        "select c.version, c.position, c.parked_position, c.parked_reason, c.parked_at \
         from read_models.current n \
         join read_models.checkpoints c on c.book_id = n.book_id and c.version = n.version \
         where n.book_id = $1",
    )
    .bind(book)
    .fetch_optional(&mut **snapshot)
    .await?
    .ok_or(ReadModelError::NoReadModels(book))?;
    let version: i64 = row.try_get(0)?;
    let streams = sqlx::query(
        "select aggregate_type, aggregate_id, position, reason from read_models.parked_streams \
         where book_id = $1 and version = $2 order by position",
    )
    .bind(book)
    .bind(version)
    .fetch_all(&mut **snapshot)
    .await?;
    Ok(Standing {
        version,
        position: row.try_get(1)?,
        parked: parked_of(&row)?,
        parked_streams: streams
            .iter()
            .map(stream_of)
            .collect::<Result<_, sqlx::Error>>()?,
    })
}

/// What stands in the third to fifth column.
fn parked_of(row: &PgRow) -> Result<Option<Parked>, sqlx::Error> {
    let Some(position) = row.try_get(2)? else {
        return Ok(None);
    };
    Ok(Some(Parked {
        position,
        reason: row.try_get(3)?,
        at: row.try_get(4)?,
    }))
}

fn stream_of(row: &PgRow) -> Result<ParkedStream, sqlx::Error> {
    Ok(ParkedStream {
        aggregate_type: row.try_get(0)?,
        aggregate_id: row.try_get(1)?,
        position: row.try_get(2)?,
        reason: row.try_get(3)?,
    })
}

/// A page of rows told by `statement`, whose first parameters are book and version, its last one
/// the number of rows, and whose columns are the row and its key.
pub(super) async fn listed<'q>(
    ledger: &Ledger,
    book: Uuid,
    statement: &'q str,
    limit: u16,
    bind: impl FnOnce(Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments>,
) -> Result<Listed, ReadModelError> {
    let mut snapshot = snapshot(ledger).await?;
    let standing = standing_in(&mut snapshot, book).await?;
    let query = bind(sqlx::query(statement).bind(book).bind(standing.version));
    // One more than asked for tells whether there is a next page.
    let found = query
        .bind(i64::from(limit) + 1)
        .fetch_all(&mut *snapshot)
        .await?;
    let more = found.len() > usize::from(limit);
    let shown = &found[..found.len().min(usize::from(limit))];
    let next = match shown.last().filter(|_| more) {
        Some(last) => Some(last.try_get(1)?),
        None => None,
    };
    let rows = shown.iter().map(|row| row.try_get(0));
    Ok(Listed {
        standing,
        rows: rows.collect::<Result<_, sqlx::Error>>()?,
        next,
    })
}
