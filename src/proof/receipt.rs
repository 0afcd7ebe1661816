//! A receipt: one event of a book with what opens it, and the proof that it is in the book. It is
//! checked without our server (docs/formats/receipt.md).

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::proof::audit::{Wrong, leaf_of, opened};
use crate::proof::error::ProofError;
use crate::proof::export::Line;
use crate::proof::note::{PublicKey, SignedCheckpoint};
use crate::proof::path::{InclusionError, InclusionProof};
use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::verify::{EVENTS_BETWEEN, StoredEvent};

/// What a receipt calls itself.
pub const FORMAT: &str = "energokabinet/receipt/v1";

/// A receipt, as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: String,
    /// The book.
    pub book: Uuid,
    /// The event, as an export has it.
    pub event: Line,
    /// The proof that it is in the book (`c2sp.org/tlog-proof@v1`), with a signed checkpoint.
    pub proof: String,
}

/// Why a receipt does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The event is not what was recorded.
    #[error(transparent)]
    Event(#[from] Wrong),
    /// It is not in the book.
    #[error(transparent)]
    Proof(#[from] InclusionError),
}

impl Receipt {
    /// Whether the event is what was recorded at its position in the book of `key`.
    ///
    /// # Errors
    /// [`ReceiptError`]: what does not hold.
    pub fn check(&self, key: &PublicKey) -> Result<(), ReceiptError> {
        if self.format != FORMAT {
            return Err(Wrong::Field("format").into());
        }
        opened(&self.event)?;
        let leaf = leaf_of(&self.event, self.book)?;
        let proof: InclusionProof = self.proof.parse()?;
        if proof.note.checkpoint.book != self.book {
            return Err(Wrong::OtherBook.into());
        }
        if Ok(proof.index + 1) != u64::try_from(self.event.position) {
            return Err(Wrong::Field("index").into());
        }
        Ok(proof.check(leaf, key)?)
    }
}

impl Ledger {
    /// The receipt of the event at `position`, proved by `note`.
    ///
    /// # Errors
    /// [`ProofError::NoSuchPosition`] where the note speaks of fewer events.
    pub async fn receipt(
        &self,
        note: &SignedCheckpoint,
        position: u64,
    ) -> Result<Receipt, ProofError> {
        let proof = self.inclusion_proof(note, position).await?;
        let (book, size) = (note.checkpoint.book, note.checkpoint.size);
        let at = i64::try_from(position).unwrap_or(i64::MAX);
        let mut rows = sqlx::query(EVENTS_BETWEEN)
            .bind(book)
            .bind(at)
            .bind(at)
            .fetch(self.pool());
        let row = rows.try_next().await.map_err(StoreError::read)?;
        let row = row.ok_or(ProofError::NoSuchPosition {
            book,
            position,
            size,
        })?;
        let event = StoredEvent::of(&row).map_err(StoreError::read)?;
        Ok(Receipt {
            format: FORMAT.to_owned(),
            book,
            event: Line::of(&event),
            proof: proof.to_text(),
        })
    }
}
