//! The events of a book for the folds: read ahead of them, only those that somebody folds, and as
//! they came over the wire, so that nothing is copied that is not looked at.

use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::store::error::StoreError;

/// Positions of one page. They are dense, so a page is a range of the index and needs no limit.
const PAGE_POSITIONS: i64 = 2_048;

/// Pages read ahead of the folds.
const PAGES_AHEAD: usize = 3;

const PAGE: &str = "\
    select position, recorded_at, effective_at, aggregate_type::text, aggregate_id::text, \
           sequence, event_type::text, event_version::text, payload, salt is null \
    from ledger.events \
    where book_id = $1 and position > $2 and position <= $3 and event_type = any($4) \
    order by position";

/// A page: the wanted events up to a position, which is passed even where none was wanted.
pub(super) struct Page {
    pub(super) rows: Vec<PgRow>,
    pub(super) until: i64,
}

/// Pages of a book, one after another.
pub(super) struct Pages {
    pages: mpsc::Receiver<Result<Page, sqlx::Error>>,
    reader: JoinHandle<()>,
    until: i64,
    passed: i64,
}

impl Pages {
    /// The events of `book` after `after` up to `until` of these types.
    pub(super) fn read(
        pool: &PgPool,
        book: Uuid,
        (after, until): (i64, i64),
        event_types: &[&str],
    ) -> Self {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let names = event_types.iter().map(|name| (*name).to_owned()).collect();
        let reader = send_pages(pool.clone(), book, (after, until), names, sender);
        Self {
            pages,
            reader: tokio::spawn(reader),
            until,
            passed: after,
        }
    }

    /// The next page, or `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        match self.pages.recv().await {
            Some(page) => {
                let page = page.map_err(StoreError::Read)?;
                self.passed = page.until;
                Ok(Some(page))
            }
            None if self.passed >= self.until => Ok(None),
            // The reading task ended without having said why.
            None => Err(StoreError::ReadInterrupted),
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn send_pages(
    pool: PgPool,
    book: Uuid,
    (mut after, until): (i64, i64),
    event_types: Vec<String>,
    pages: mpsc::Sender<Result<Page, sqlx::Error>>,
) {
    while after < until {
        let last = until.min(after + PAGE_POSITIONS);
        let read = sqlx::query(PAGE)
            .bind(book)
            .bind(after)
            .bind(last)
            .bind(&event_types)
            .fetch_all(&pool)
            .await;
        let failed = read.is_err();
        let page = read.map(|rows| Page { rows, until: last });
        // Nobody left to read it: the folding was given up.
        if pages.send(page).await.is_err() || failed {
            return;
        }
        after = last;
    }
}

/// An event as it lies in its row.
pub(super) struct Stored<'r> {
    pub(super) position: i64,
    pub(super) aggregate_type: &'r str,
    pub(super) aggregate_id: Uuid,
    row: &'r PgRow,
}

impl<'r> Stored<'r> {
    pub(super) fn of(row: &'r PgRow) -> Result<Self, StoreError> {
        let position: i64 = row.try_get(0).map_err(StoreError::Read)?;
        let id: &str = row.try_get(4).map_err(StoreError::Read)?;
        Ok(Self {
            position,
            aggregate_type: row.try_get(3).map_err(StoreError::Read)?,
            aggregate_id: Uuid::parse_str(id).map_err(|_| StoreError::Undecodable {
                place: format!("позиция {position}"),
                reason: format!("идентификатор агрегата «{id}» — не UUID"),
            })?,
            row,
        })
    }

    /// Its content was destroyed.
    pub(super) fn is_erased(&self) -> Result<bool, StoreError> {
        self.column(9)
    }

    pub(super) fn column<T>(&self, index: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres>,
    {
        // The statement above fixes the types: nothing is won by comparing their names a million
        // times. The binary form of json is its text.
        self.row.try_get_unchecked(index).map_err(StoreError::Read)
    }
}
