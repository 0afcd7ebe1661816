//! A book as a file: every event with what opens its commitments, and the checkpoint that binds
//! them. `docs/formats/export.md` describes the lines for a verifier of one's own.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::proof::error::ProofError;
use crate::proof::key::Signer;
use crate::proof::note::line_of;
use crate::store::Ledger;
use crate::store::entry::{Entry, utc};
use crate::store::error::StoreError;
use crate::store::merkle::CompactRange;
use crate::store::verify::{EVENTS_BETWEEN, StoredEvent};

/// What the first line of an export calls itself.
pub const FORMAT: &str = "energokabinet/export/v1";

/// The first line: of which book, which events, and the tree before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The book.
    pub book: Uuid,
    /// Position of the first event.
    pub from: u64,
    /// Position of the last one.
    pub to: u64,
    /// Roots of the perfect subtrees of the events before `from`, largest first, hexadecimal.
    pub peaks: Vec<String>,
}

/// One event. Texts are those of the entry (docs/formats/entry.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Place in the book, from 1.
    pub position: i64,
    /// When the book took it in, as in the entry.
    pub recorded_at: String,
    /// When it was true, as in the entry.
    pub effective_at: String,
    /// The aggregate's type.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: String,
    /// Place in the stream, from 1.
    pub sequence: i64,
    /// The event's type.
    pub event_type: String,
    /// The version of its form.
    pub event_version: String,
    /// The commitment to the payload, hexadecimal.
    pub payload_commitment: String,
    /// The commitment to the metadata, hexadecimal.
    pub metadata_commitment: String,
    /// The leaf of the entry, hexadecimal, as it was stored: by it a changed field is named.
    pub leaf: String,
    /// What opens them.
    pub content: Content,
}

/// The content of an event, or where it was ordered to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// All of it.
    Open {
        /// The seed of the salts, 32 hexadecimal digits.
        seed: String,
        /// What happened: the JSON text, byte for byte.
        payload: String,
        /// Who asked, by which command: the JSON text, byte for byte.
        metadata: String,
    },
    /// Destroyed by the act at this position.
    Erased {
        /// The act; absent where none is on record.
        erased_by: Option<i64>,
    },
}

/// The last line: how many there were, and the signed root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// How many events stand in the file.
    pub events: u64,
    /// How many of them were destroyed.
    pub erased: u64,
    /// A checkpoint of the book (docs/formats/checkpoint.md), of `to` events or more.
    pub checkpoint: String,
    /// The proof that the tree of `to` events begins that of the checkpoint, base64; empty where
    /// the sizes are equal.
    pub consistency: Vec<String>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Position of the first event.
    pub from: u64,
    /// Position of the last one.
    pub to: u64,
    /// Of how many events the checkpoint speaks.
    pub signed: u64,
}

/// Why a book was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The book cannot be read or signed.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The file cannot be written.
    #[error("выгрузка не записана; проверьте место на диске и права")]
    Write(#[from] io::Error),
    /// A line cannot be written down.
    #[error("событие на позиции {0} не записывается строкой")]
    Unwritable(i64),
    /// No such events.
    #[error("в журнале {size} событий: выгрузить с {from} по {to} нельзя")]
    NoSuchRange {
        /// First position asked for.
        from: u64,
        /// Last position asked for.
        to: u64,
        /// Events of the book.
        size: u64,
    },
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Proof(error.into())
    }
}

impl Ledger {
    /// Writes the events of `book` from position `from` through `to` (its end where none is given),
    /// each as a line, in constant memory; `progress` hears how many of how many are written.
    ///
    /// # Errors
    /// [`ExportError`]; what was written by then has no last line, so nobody takes it for whole.
    pub async fn export(
        &self,
        (book, signer): (Uuid, &Signer),
        (from, to): (u64, Option<u64>),
        out: &mut (impl Write + Send),
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<Exported, ExportError> {
        let note = self.checkpoint(book, signer).await?;
        let size = note.checkpoint.size;
        let to = to.unwrap_or(size);
        if from == 0 || from > to || to > size {
            return Err(ExportError::NoSuchRange { from, to, size });
        }
        let mut before = CompactRange::new();
        self.leaves(book, 0, from - 1, |leaf| before.push(leaf))
            .await?;
        let header = Header {
            format: FORMAT.to_owned(),
            book,
            from,
            to,
            peaks: before.peaks().iter().map(hex::encode).collect(),
        };
        write_line(out, &header, 0)?;
        let bound = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
        let mut rows = sqlx::query(EVENTS_BETWEEN)
            .bind(book)
            .bind(bound(from))
            .bind(bound(to))
            .fetch(self.pool());
        let (mut events, mut erased) = (0, 0);
        while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
            let event = StoredEvent::of(&row).map_err(StoreError::read)?;
            let line = Line::of(&event);
            erased += u64::from(matches!(line.content, Content::Erased { .. }));
            write_line(out, &line, event.position)?;
            events += 1;
            progress(events, to - from + 1);
        }
        // Where the sizes are equal there is nothing to prove, and nothing to read.
        let consistency = match to == size {
            true => Vec::new(),
            false => self.consistency_proof(book, to, size).await?,
        };
        let trailer = Trailer {
            events,
            erased,
            checkpoint: note.text().to_owned(),
            consistency: consistency.iter().map(line_of).collect(),
        };
        write_line(out, &trailer, 0)?;
        out.flush()?;
        Ok(Exported {
            from,
            to,
            signed: size,
        })
    }
}

fn write_line(
    out: &mut impl Write,
    line: &impl Serialize,
    position: i64,
) -> Result<(), ExportError> {
    let text = serde_json::to_string(line).map_err(|_| ExportError::Unwritable(position))?;
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(())
}

impl Line {
    pub(crate) fn of(event: &StoredEvent) -> Self {
        Self {
            position: event.position,
            recorded_at: utc(event.recorded_at).to_string(),
            effective_at: utc(event.effective_at).to_string(),
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload_commitment: hex::encode(event.payload_commitment),
            metadata_commitment: hex::encode(event.metadata_commitment),
            leaf: hex::encode(&event.leaf_hash),
            content: match event.salt {
                Some(seed) => Content::Open {
                    seed: hex::encode(seed),
                    payload: event.payload.clone(),
                    metadata: event.metadata.clone(),
                },
                None => Content::Erased {
                    erased_by: event.act,
                },
            },
        }
    }

    /// The entry of the line in `book`; `None` where a field has not its form.
    pub fn entry(&self, book: Uuid) -> Option<Entry<'_>> {
        Some(Entry {
            book,
            position: self.position,
            recorded_at: instant(&self.recorded_at)?,
            effective_at: instant(&self.effective_at)?,
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload_commitment: hash(&self.payload_commitment)?,
            metadata_commitment: hash(&self.metadata_commitment)?,
        })
    }
}

/// An instant in the one form that entries have.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (utc(read).to_string() == text).then_some(read)
}

/// A hash of 64 hexadecimal digits in lower case.
pub(crate) fn hash(text: &str) -> Option<[u8; 32]> {
    let read: [u8; 32] = hex::decode(text).ok()?.try_into().ok()?;
    (hex::encode(read) == text).then_some(read)
}
