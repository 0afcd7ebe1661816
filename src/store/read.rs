//! Reading a book in position order, in constant memory, with every failure delivered.

use aggregates::book_event::BookEvent;
use aggregates::ledger::EventId;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::error::StoreError;

/// Rows that travel together from the connection to the reader.
const PAGE_ROWS: usize = 512;

/// Pages read ahead of the reader.
const PAGES_AHEAD: usize = 4;

/// The events under natural keys, each found by the index.
pub(crate) const BY_NATURAL_KEY: &str = "\
    select e.position, e.recorded_at, e.effective_at, e.aggregate_type::text, \
           e.aggregate_id::text, e.sequence, e.event_type::text, e.event_version::text, \
           e.payload::text, e.salt is null, e.natural_key \
    from unnest($2::text[]) k(natural_key) \
    cross join lateral (select * from ledger.events e where e.book_id = $1 \
                        and e.natural_key = k.natural_key offset 0) e \
    order by e.position";

/// One event as it stands in a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRow {
    /// Place in the book, from 1.
    pub position: i64,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// When it was true.
    pub effective_at: DateTime<Utc>,
    /// The aggregate's type.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: Uuid,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// The event's type.
    pub event_type: String,
    /// The version of its form.
    pub event_version: String,
    /// Its JSON text, as it was committed to; `{"erased":true}` after an erasure.
    pub payload: String,
    /// Its content was destroyed.
    pub erased: bool,
}

impl RecordedRow {
    /// The event's id.
    pub fn id(&self) -> EventId {
        EventId {
            aggregate_type: self.aggregate_type.clone(),
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
        }
    }
}

/// The event that a row holds.
///
/// # Errors
/// [`StoreError::Undecodable`] when the row does not have the form of its event.
pub fn decode(row: &RecordedRow) -> Result<BookEvent, StoreError> {
    BookEvent::decode(
        &row.aggregate_type,
        &row.event_type,
        &row.event_version,
        &row.payload,
    )
    .map_err(|error| StoreError::Undecodable {
        place: format!("позиция {}", row.position),
        reason: match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    })
}

/// Which events of a book are wanted. An empty list means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these aggregate types.
    pub aggregate_types: Vec<String>,
    /// Only these event types.
    pub event_types: Vec<String>,
    /// Only these aggregates.
    pub aggregate_ids: Vec<Uuid>,
    /// Of this aggregate type only these streams; other types are not concerned.
    pub only_streams: Option<(String, Vec<Uuid>)>,
    /// Only positions after this one.
    pub after: i64,
}

/// The rows of a book, page by page.
#[derive(Debug)]
pub struct Rows {
    pages: mpsc::Receiver<Result<Vec<RecordedRow>, StoreError>>,
    reader: Option<JoinHandle<()>>,
    page: std::vec::IntoIter<RecordedRow>,
}

impl Rows {
    /// The next row, or `None` after the last one. After an error there are no further rows.
    pub async fn next(&mut self) -> Result<Option<RecordedRow>, StoreError> {
        loop {
            if let Some(row) = self.page.next() {
                return Ok(Some(row));
            }
            match self.next_page().await? {
                Some(page) => self.page = page.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The next rows, at most a few hundred, or `None` after the last ones.
    pub async fn next_page(&mut self) -> Result<Option<Vec<RecordedRow>>, StoreError> {
        match self.pages.recv().await {
            Some(page) => page.map(Some),
            None => match self.reader.take() {
                // A reader that ended without an error came to the end; one that panicked did not.
                Some(reader) => reader
                    .await
                    .map(|()| None)
                    .map_err(|_| StoreError::ReadInterrupted),
                None => Ok(None),
            },
        }
    }

    /// All rows at once: for tests and short books.
    pub async fn collect(mut self) -> Result<Vec<RecordedRow>, StoreError> {
        let mut rows = Vec::new();
        while let Some(page) = self.next_page().await? {
            rows.extend(page);
        }
        Ok(rows)
    }
}

impl Ledger {
    /// The events of `book` at positions up to `until` that `filter` lets through, in position
    /// order, all as of one moment.
    pub fn rows(&self, book: Uuid, until: i64, filter: &Filter) -> Rows {
        let (pages, receiver) = mpsc::channel(PAGES_AHEAD);
        let query = RowQuery::new(book, until, filter);
        let reader = tokio::spawn(send_rows(self.pool().clone(), query, pages));
        Rows {
            pages: receiver,
            reader: Some(reader),
            page: Vec::new().into_iter(),
        }
    }

    /// The first event of every stream of one aggregate type, of those that begin at positions up
    /// to `until`.
    pub async fn first_events(
        &self,
        book: Uuid,
        aggregate_type: &str,
        until: i64,
    ) -> Result<Vec<RecordedRow>, StoreError> {
        // The index over streams answers without the events between.
        let rows = sqlx::query(
            "select position, recorded_at, effective_at, aggregate_type::text, aggregate_id::text, \
                    sequence, event_type::text, event_version::text, payload::text, salt is null \
             from ledger.events \
             where book_id = $1 and aggregate_type = $2 and sequence = 1 and position <= $3",
        )
        .bind(book)
        .bind(aggregate_type)
        .bind(until)
        .fetch_all(self.pool())
        .await
        .map_err(StoreError::read)?;
        rows.iter().map(row_of).collect()
    }

    /// One event by its id, scoped by the book.
    pub async fn event(&self, book: Uuid, id: &EventId) -> Result<Option<RecordedRow>, StoreError> {
        let sequence = i64::try_from(id.sequence).unwrap_or(i64::MAX);
        sqlx::query(
            "select position, recorded_at, effective_at, aggregate_type::text, aggregate_id::text, \
                    sequence, event_type::text, event_version::text, payload::text, salt is null \
             from ledger.events \
             where book_id = $1 and aggregate_type = $2 and aggregate_id = $3 and sequence = $4",
        )
        .bind(book)
        .bind(&id.aggregate_type)
        .bind(id.aggregate_id.to_string())
        .bind(sequence)
        .fetch_optional(self.pool())
        .await
        .map_err(StoreError::read)?
        .map(|row| row_of(&row))
        .transpose()
    }

    /// The events that stand under these natural keys (`type/id/key`), in position order. Keys
    /// without an event are left out.
    pub async fn events_by_natural_key(
        &self,
        book: Uuid,
        keys: &[String],
    ) -> Result<Vec<(String, RecordedRow)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query(BY_NATURAL_KEY).bind(book).bind(keys);
        let answer = self.sessions().fetch_all(query).await;
        let rows = answer.map_err(StoreError::read)?;
        rows.iter()
            .map(|row| Ok((row.try_get(10).map_err(StoreError::read)?, row_of(row)?)))
            .collect()
    }
}

struct RowQuery {
    book: Uuid,
    after: i64,
    until: i64,
    aggregate_types: Option<Vec<String>>,
    event_types: Option<Vec<String>>,
    aggregate_ids: Option<Vec<String>>,
    only_type: Option<String>,
    only_ids: Vec<String>,
}

impl RowQuery {
    fn new(book: Uuid, until: i64, filter: &Filter) -> Self {
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let names = |ids: &[Uuid]| -> Vec<String> { ids.iter().map(Uuid::to_string).collect() };
        let ids = names(&filter.aggregate_ids);
        let only = filter.only_streams.as_ref();
        Self {
            book,
            after: filter.after,
            until,
            aggregate_types: some(&filter.aggregate_types),
            event_types: some(&filter.event_types),
            aggregate_ids: some(&ids),
            only_type: only.map(|(aggregate_type, _)| aggregate_type.clone()),
            only_ids: only.map_or_else(Vec::new, |(_, ids)| names(ids)),
        }
    }
}

async fn send_rows(
    pool: PgPool,
    query: RowQuery,
    pages: mpsc::Sender<Result<Vec<RecordedRow>, StoreError>>,
) {
    if let Err(error) = try_send_rows(&pool, query, &pages).await {
        // Nobody left to tell means that the reader was dropped: it asked for no more.
        pages.send(Err(error)).await.ok();
    }
}

async fn try_send_rows(
    pool: &PgPool,
    query: RowQuery,
    pages: &mpsc::Sender<Result<Vec<RecordedRow>, StoreError>>,
) -> Result<(), StoreError> {
    let mut rows = sqlx::query(
        "select position, recorded_at, effective_at, aggregate_type::text, aggregate_id::text, \
                sequence, event_type::text, event_version::text, payload::text, salt is null \
         from ledger.events \
         where book_id = $1 and position > $2 and position <= $3 \
           and ($4::text[] is null or aggregate_type = any($4)) \
           and ($5::text[] is null or event_type = any($5)) \
           and ($6::text[] is null or aggregate_id = any($6)) \
           and ($7::text is null or aggregate_type <> $7 or aggregate_id = any($8)) \
         order by position",
    )
    .bind(query.book)
    .bind(query.after)
    .bind(query.until)
    .bind(query.aggregate_types)
    .bind(query.event_types)
    .bind(query.aggregate_ids)
    .bind(query.only_type)
    .bind(query.only_ids)
    // The plan depends on how much of the book is asked for, so it is not kept.
    .persistent(false)
    .fetch(pool);
    let mut page = Vec::with_capacity(PAGE_ROWS);
    while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
        page.push(row_of(&row)?);
        if page.len() == PAGE_ROWS {
            let full = std::mem::replace(&mut page, Vec::with_capacity(PAGE_ROWS));
            if pages.send(Ok(full)).await.is_err() {
                return Ok(());
            }
        }
    }
    if !page.is_empty() {
        pages.send(Ok(page)).await.ok();
    }
    Ok(())
}

pub(crate) fn row_of(row: &PgRow) -> Result<RecordedRow, StoreError> {
    let position: i64 = row.try_get(0).map_err(StoreError::read)?;
    let id: &str = row.try_get(4).map_err(StoreError::read)?;
    let sequence: i64 = row.try_get(5).map_err(StoreError::read)?;
    Ok(RecordedRow {
        position,
        recorded_at: row.try_get(1).map_err(StoreError::read)?,
        effective_at: row.try_get(2).map_err(StoreError::read)?,
        aggregate_type: row.try_get(3).map_err(StoreError::read)?,
        aggregate_id: parse_id(id, position)?,
        sequence: parse_sequence(sequence, position)?,
        event_type: row.try_get(6).map_err(StoreError::read)?,
        event_version: row.try_get(7).map_err(StoreError::read)?,
        payload: row.try_get(8).map_err(StoreError::read)?,
        erased: row.try_get(9).map_err(StoreError::read)?,
    })
}

/// The id in the first three columns: type, id, sequence.
pub(crate) fn event_id_of(row: &PgRow) -> Result<EventId, StoreError> {
    let id: &str = row.try_get(1).map_err(StoreError::read)?;
    let sequence: i64 = row.try_get(2).map_err(StoreError::read)?;
    Ok(EventId {
        aggregate_type: row.try_get(0).map_err(StoreError::read)?,
        aggregate_id: parse_id(id, 0)?,
        sequence: parse_sequence(sequence, 0)?,
    })
}

fn parse_id(id: &str, position: i64) -> Result<Uuid, StoreError> {
    Uuid::parse_str(id).map_err(|_| StoreError::Undecodable {
        place: format!("позиция {position}"),
        reason: format!("идентификатор агрегата «{id}» — не UUID"),
    })
}

fn parse_sequence(sequence: i64, position: i64) -> Result<u64, StoreError> {
    u64::try_from(sequence).map_err(|_| StoreError::Undecodable {
        place: format!("позиция {position}"),
        reason: format!("номер в потоке {sequence} отрицателен"),
    })
}
