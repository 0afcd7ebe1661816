//! How far the read models of every book have come.

use serde::Serialize;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::{Standing, snapshot, standing_in};
use crate::read_models::set::FORM;
use crate::store::Ledger;
use crate::store::books::BookKind;

/// The read models of one book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookStatus {
    /// The book.
    pub book: Uuid,
    /// Position of its last event.
    pub head: i64,
    /// Events that the lists have not taken in yet.
    pub lag: i64,
    /// What readers see; absent until somebody has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Standing>,
    /// What is being built beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub building: Option<Building>,
}

/// A version that is being built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Building {
    /// Which.
    pub version: i64,
    /// How far it has come.
    pub position: i64,
    /// Whether folds of this program build it; those of another cannot be continued by it.
    pub of_this_program: bool,
    /// Why it stands still, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked_reason: Option<String>,
}

/// Every book that has read models or should have: those of buildings.
///
/// # Errors
/// [`ReadModelError`] when the tables cannot be read.
pub async fn status(ledger: &Ledger) -> Result<Vec<BookStatus>, ReadModelError> {
    let mut books = Vec::new();
    for head in ledger.heads().await? {
        if head.kind == BookKind::Building {
            books.push(status_of(ledger, head.book).await?);
        }
    }
    Ok(books)
}

/// The read models of one book.
///
/// # Errors
/// [`ReadModelError`] when the tables cannot be read.
pub async fn status_of(ledger: &Ledger, book: Uuid) -> Result<BookStatus, ReadModelError> {
    let mut snapshot = snapshot(ledger).await?;
    let shown = match standing_in(&mut snapshot, book).await {
        Ok(standing) => Some(standing),
        Err(ReadModelError::NoReadModels(_)) => None,
        Err(error) => return Err(error),
    };
    let head: i64 = sqlx::query_scalar("select position from ledger.books where book_id = $1")
        .bind(book)
        .fetch_one(&mut *snapshot)
        .await?;
    let building = sqlx::query(
        "select version, position, form, parked_reason from read_models.checkpoints \
         where book_id = $1 and version > $2 order by version desc limit 1",
    )
    .bind(book)
    .bind(shown.as_ref().map_or(0, |shown| shown.version))
    .fetch_optional(&mut *snapshot)
    .await?;
    let building = building.as_ref().map(building_of).transpose()?;
    let position = shown.as_ref().map_or(0, |shown| shown.position);
    Ok(BookStatus {
        book,
        head,
        lag: head - position,
        shown,
        building,
    })
}

fn building_of(row: &PgRow) -> Result<Building, sqlx::Error> {
    Ok(Building {
        version: row.try_get(0)?,
        position: row.try_get(1)?,
        of_this_program: row.try_get::<i32, _>(2)? == FORM,
        parked_reason: row.try_get(3)?,
    })
}
