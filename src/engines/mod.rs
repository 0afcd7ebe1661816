//! Books with closings that an engine has made, kept so that every newer one can show that it makes
//! the same of them (docs/formats/engine.md).

mod replay;

pub use replay::{Replay, ReplayError, ReplayedClosing, replay};

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::text::Label;
use chrono::{DateTime, Utc};
use projections::recorded::Recorded;
use projections::settlement::{ENGINE, HouseBook};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::case::file::CaseFile;
use crate::case::{CaseError, play};
use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::read::Filter;

/// The form of a file.
pub const FORMAT: &str = "energokabinet/engine-closings/v1";

/// A book with its closings. Field names are the file's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineExport {
    /// The form of the file.
    pub format: String,
    /// The engine that wrote it.
    pub engine: String,
    /// What it shows.
    pub title: Option<Label>,
    /// The book.
    pub book: BookId,
    /// Events that a settlement depends on, and all that the closings appended, in order.
    pub events: Vec<StoredEvent>,
}

/// An event in its stored form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// Place in the book, from 1.
    pub position: u64,
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
    /// Its content.
    pub payload: serde_json::Value,
}

/// Why a book was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The case cannot be played.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The case closes no month.
    #[error("в файле нет закрытых месяцев: сохранять нечего")]
    NothingClosed,
    /// An entry of the case was refused: what is kept must be whole.
    #[error("запись {0} отклонена: исправьте файл")]
    EntryRefused(String),
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event has no JSON form: an error of the program.
    #[error("событие не записывается: {0}")]
    Json(#[from] serde_json::Error),
}

impl EngineExport {
    fn new(book: BookId, title: Option<Label>, events: Vec<StoredEvent>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            engine: ENGINE.to_owned(),
            title,
            book,
            events,
        }
    }
}

impl StoredEvent {
    fn of(recorded: &Recorded) -> Result<Self, serde_json::Error> {
        let event = &recorded.event;
        Ok(Self {
            position: recorded.position,
            recorded_at: recorded.recorded_at,
            effective_at: recorded.effective_at,
            aggregate_type: event.aggregate_type().to_owned(),
            aggregate_id: recorded.aggregate_id,
            sequence: recorded.sequence,
            event_type: event.name().to_owned(),
            event_version: event.version().to_owned(),
            payload: serde_json::from_str(&event.payload()?)?,
        })
    }

    fn recorded(&self, book: BookId) -> Result<Recorded, ReplayError> {
        let payload = self.payload.to_string();
        let event = BookEvent::decode(
            &self.aggregate_type,
            &self.event_type,
            &self.event_version,
            &payload,
        );
        let position = self.position;
        Ok(Recorded {
            book,
            position,
            recorded_at: self.recorded_at,
            effective_at: self.effective_at,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            event: event.map_err(|source| ReplayError::Event { position, source })?,
        })
    }
}

/// A case with all the months that it closes.
///
/// # Errors
/// [`ExportError`] when it makes no book, closes nothing, or an entry of it is refused.
pub async fn export_case(file: &CaseFile) -> Result<EngineExport, ExportError> {
    let closed = file.closings.iter().map(|closing| closing.period).max();
    let after = closed.ok_or(ExportError::NothingClosed)?.next();
    let played = play(file, after).await?;
    let refused = played
        .entries
        .iter()
        .find(|entry| entry.status.needs_mending());
    if let Some(entry) = refused {
        return Err(ExportError::EntryRefused(entry.path.clone()));
    }
    let events = played.book.events().iter().map(StoredEvent::of);
    let events = events.collect::<Result<Vec<_>, _>>()?;
    Ok(EngineExport::new(
        played.book.id(),
        file.title.clone(),
        events,
    ))
}

/// A book of the ledger, as far as its closings depend on it.
///
/// # Errors
/// [`ExportError::Store`] when it cannot be read.
pub async fn export_book(ledger: &Ledger, book: BookId) -> Result<EngineExport, ExportError> {
    let head = ledger.head(book.0).await?.position;
    let (aggregates, events): (Vec<_>, Vec<_>) = HouseBook::EVENT_TYPES.iter().copied().unzip();
    let names = events.into_iter().flatten();
    let filter = Filter {
        aggregate_types: aggregates.into_iter().map(str::to_owned).collect(),
        event_types: names.map(|name| (*name).to_owned()).collect(),
        ..Filter::default()
    };
    let rows = ledger.rows(book.0, head, &filter).collect().await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| !row.erased) {
        events.push(StoredEvent {
            position: u64::try_from(row.position).unwrap_or_default(),
            recorded_at: row.recorded_at,
            effective_at: row.effective_at,
            aggregate_type: row.aggregate_type,
            aggregate_id: row.aggregate_id,
            sequence: row.sequence,
            event_type: row.event_type,
            event_version: row.event_version,
            payload: serde_json::from_str(&row.payload)?,
        });
    }
    Ok(EngineExport::new(book, None, events))
}
