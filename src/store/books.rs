//! Books: opening them, their heads, and the position a vantage stands for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::append::sqlstate;
use crate::store::error::StoreError;

/// One head by its book.
pub(crate) const HEAD: &str =
    "select book_id, kind, position, recorded_at, sealed from ledger.books where book_id = $1";

/// Whose events a book holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BookKind {
    /// A building's.
    Building,
    /// An organisation's: what belongs to no building.
    Organisation,
}

impl BookKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Organisation => "organisation",
        }
    }
}

/// The head of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookHead {
    /// The book.
    pub book: Uuid,
    /// Whose it is.
    pub kind: BookKind,
    /// Position of the last event; 0 in an empty book.
    pub position: i64,
    /// Not before the last event's time, and before that of the next.
    pub recorded_at: DateTime<Utc>,
    /// Takes no further events.
    pub sealed: bool,
}

/// Where a reader stands on the axis of knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// All that is known.
    Now,
    /// As the book stood at this position; 0 is the empty book.
    Position(i64),
    /// As the book stood at this instant, which must have come.
    Instant(DateTime<Utc>),
}

impl Ledger {
    /// Opens a book; `false` when it was open already.
    ///
    /// # Errors
    /// [`StoreError::OtherKind`] when it is open as a book of another kind.
    pub async fn open_book(&self, book: Uuid, kind: BookKind) -> Result<bool, StoreError> {
        sqlx::query_scalar("select ledger.ledger_open_book($1, $2)")
            .bind(book)
            .bind(kind.as_str())
            .fetch_one(self.pool())
            .await
            .map_err(|error| match sqlstate(&error).as_deref() {
                Some("LG422") => StoreError::OtherKind(book),
                _ => StoreError::Read(error),
            })
    }

    /// The heads of all books, by id.
    pub async fn heads(&self) -> Result<Vec<BookHead>, StoreError> {
        let rows = sqlx::query(
            "select book_id, kind, position, recorded_at, sealed from ledger.books order by book_id",
        )
        .fetch_all(self.pool())
        .await
        .map_err(StoreError::read)?;
        rows.iter()
            .map(|row| head_of(row).map_err(StoreError::read))
            .collect()
    }

    /// The head of one book.
    pub async fn head(&self, book: Uuid) -> Result<BookHead, StoreError> {
        let row = sqlx::query(HEAD)
            .bind(book)
            .fetch_optional(self.pool())
            .await
            .map_err(StoreError::read)?
            .ok_or(StoreError::NoSuchBook(book))?;
        head_of(&row).map_err(StoreError::read)
    }

    /// The position that `vantage` stands for. An instant gives the same answer for ever.
    ///
    /// # Errors
    /// [`StoreError::Future`] for an instant that has not come, [`StoreError::NoSuchPosition`] for
    /// a
    /// position beyond the head, [`StoreError::NoSuchBook`].
    pub async fn resolve(&self, book: Uuid, vantage: Vantage) -> Result<i64, StoreError> {
        match vantage {
            Vantage::Now => Ok(self.head(book).await?.position),
            Vantage::Position(position) => {
                let head = self.head(book).await?.position;
                if position < 0 || position > head {
                    return Err(StoreError::NoSuchPosition {
                        book,
                        position,
                        head,
                    });
                }
                Ok(position)
            }
            Vantage::Instant(instant) => self.resolve_instant(book, instant).await,
        }
    }

    async fn resolve_instant(&self, book: Uuid, instant: DateTime<Utc>) -> Result<i64, StoreError> {
        sqlx::query_scalar("select ledger.ledger_resolve($1, $2)")
            .bind(book)
            .bind(instant)
            .fetch_one(self.pool())
            .await
            .map_err(|error| match sqlstate(&error).as_deref() {
                Some("LG404") => StoreError::NoSuchBook(book),
                Some("LG425") => StoreError::Future(instant),
                _ => StoreError::Read(error),
            })
    }
}

pub(crate) fn head_of(row: &PgRow) -> Result<BookHead, sqlx::Error> {
    let kind: String = row.try_get(1)?;
    Ok(BookHead {
        book: row.try_get(0)?,
        kind: if kind == "building" {
            BookKind::Building
        } else {
            BookKind::Organisation
        },
        position: row.try_get(2)?,
        recorded_at: row.try_get(3)?,
        sealed: row.try_get(4)?,
    })
}
