//! The row that says how far a version has come.

use sqlx::{PgConnection, PgPool};

use crate::read_models::set::{FORM, Failure};
use crate::read_models::{Build, ReadModelError};

/// Where a version stands, and where its book does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) position: i64,
    pub(super) head: i64,
}

/// A version may be continued by a program of the same form, as long as it is neither parked nor
/// left behind. All that says so stands in the row itself: once it is held, it holds.
const STAND: &str = "\
    select c.position, b.position from read_models.checkpoints c \
    join ledger.books b on b.book_id = c.book_id \
    where c.book_id = $1 and c.version = $2 and c.form = $3 \
      and c.parked_position is null and not c.retired";

/// Where the version stands; `None` where it is not to be continued.
pub(super) async fn stand(pool: &PgPool, build: Build) -> Result<Option<Stand>, ReadModelError> {
    let row: Option<(i64, i64)> = sqlx::query_as(STAND)
        .bind(build.book)
        .bind(build.version)
        .bind(FORM)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|(position, head)| Stand { position, head }))
}

/// The same with the row held until the transaction ends; `None` also where somebody else holds it.
pub(super) async fn hold(
    transaction: &mut PgConnection,
    build: Build,
) -> Result<Option<Stand>, ReadModelError> {
    let statement = format!("{STAND} for update of c skip locked");
    let row: Option<(i64, i64)> = sqlx::query_as(&statement)
        .bind(build.book)
        .bind(build.version)
        .bind(FORM)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(|(position, head)| Stand { position, head }))
}

/// Moves the checkpoint on, and parks the book where an event could not be taken in. Whoever holds
/// the row moves it alone; should that ever fail, the comparison refuses and the batch is undone.
pub(super) async fn advance(
    transaction: &mut PgConnection,
    build: Build,
    (from, to): (i64, i64),
    failure: Option<&Failure>,
) -> Result<(), ReadModelError> {
    let moved = sqlx::query(
        "update read_models.checkpoints \
         set position = $4, updated_at = now(), parked_position = $5, parked_reason = $6, \
             parked_at = case when $5::bigint is null then null else now() end \
         where book_id = $1 and version = $2 and position = $3",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(from)
    .bind(to)
    .bind(failure.map(|failure| failure.position))
    .bind(failure.map(|failure| failure.reason.as_str()))
    .execute(transaction)
    .await?;
    match moved.rows_affected() {
        1 => Ok(()),
        _ => Err(ReadModelError::CheckpointMoved(build.book)),
    }
}
