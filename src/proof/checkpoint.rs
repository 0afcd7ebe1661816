//! Checkpoints of the books of a ledger: made from new leaves alone, kept in the checkpoint log.

use aggregates::ids::BookId;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::proof::Hash;
use crate::proof::error::ProofError;
use crate::proof::key::Signer;
use crate::proof::note::{Checkpoint, SignedCheckpoint};
use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::merkle::CompactRange;

const LATEST: &str = "select position, peaks, note, made_at from ledger.checkpoints \
    where book_id = $1 order by position desc limit 1";

const LEAVES: &str = "select position, leaf_hash from ledger.events \
    where book_id = $1 and position > $2 and position <= $3 order by position";

/// A checkpoint of the log.
#[derive(Clone, Debug)]
pub struct KeptCheckpoint {
    /// The note.
    pub note: SignedCheckpoint,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    peaks: Vec<u8>,
}

impl KeptCheckpoint {
    fn of(book: Uuid, row: &PgRow) -> Result<Self, ProofError> {
        let note: String = row.try_get(2).map_err(StoreError::read)?;
        let note: SignedCheckpoint = note
            .parse()
            .map_err(|source| ProofError::BadNote { book, source })?;
        let position: i64 = row.try_get(0).map_err(StoreError::read)?;
        let said = note.checkpoint;
        if said.book != book || i64::try_from(said.size) != Ok(position) {
            return Err(ProofError::BrokenCheckpoint(book));
        }
        Ok(Self {
            note,
            made_at: row.try_get(3).map_err(StoreError::read)?,
            peaks: row.try_get(1).map_err(StoreError::read)?,
        })
    }

    /// The tree to be continued, if it is the one that `signer` has signed.
    fn range(&self, signer: &Signer) -> Result<CompactRange, ProofError> {
        let Checkpoint { book, size, root } = self.note.checkpoint;
        self.note
            .check(&signer.public_key(book))
            .map_err(|source| ProofError::OtherKey { book, source })?;
        let (peaks, rest) = self.peaks.as_chunks::<32>();
        let range = CompactRange::resume(size, peaks.to_vec());
        range
            .filter(|range| rest.is_empty() && range.root() == root)
            .ok_or(ProofError::BrokenCheckpoint(book))
    }
}

impl Ledger {
    /// The last checkpoint of a book, as it was published.
    ///
    /// # Errors
    /// [`ProofError::BadNote`] when somebody changed it behind the guards.
    pub async fn latest_checkpoint(
        &self,
        book: Uuid,
    ) -> Result<Option<KeptCheckpoint>, ProofError> {
        let row = sqlx::query(LATEST)
            .bind(book)
            .fetch_optional(self.pool())
            .await
            .map_err(StoreError::read)?;
        row.map(|row| KeptCheckpoint::of(book, &row)).transpose()
    }

    /// The checkpoint of a book as it stands: the last one, or a new one where events came since.
    /// It continues the tree that was signed last, so what is signed is always consistent with it.
    ///
    /// # Errors
    /// [`ProofError`]: nothing is signed of a book with a gap, of one that is shorter than it was,
    /// or after the checkpoint of another key.
    pub async fn checkpoint(
        &self,
        book: Uuid,
        signer: &Signer,
    ) -> Result<SignedCheckpoint, ProofError> {
        let latest = self.latest_checkpoint(book).await?;
        let size = u64::try_from(self.head(book).await?.position).unwrap_or_default();
        let mut range = match &latest {
            Some(latest) => latest.range(signer)?,
            None => CompactRange::new(),
        };
        let signed = range.size();
        match latest {
            Some(latest) if signed == size => return Ok(latest.note),
            _ if signed > size => return Err(ProofError::Shortened { book, signed }),
            _ => {
                self.leaves(book, signed, size, |leaf| range.push(leaf))
                    .await?
            }
        }
        let root = range.root();
        let note = signer.sign(Checkpoint { book, size, root });
        self.keep(&note, range.peaks(), signer).await
    }

    /// Signs books as they stand after closings, so that nobody can change what was billed unseen.
    /// A closing stands without its checkpoint, too: where none can be made the log says why, and
    /// the next one covers it. Without a signer nothing is done.
    pub async fn bind(&self, books: impl IntoIterator<Item = BookId>, signer: Option<&Signer>) {
        let Some(signer) = signer else {
            return;
        };
        for book in books {
            if let Err(error) = self.checkpoint(book.0, signer).await {
                tracing::error!(%book, %error, "no checkpoint after the closing");
            }
        }
    }

    /// Keeps the note; somebody else may have kept one of the same position just before.
    async fn keep(
        &self,
        note: &SignedCheckpoint,
        peaks: &[Hash],
        signer: &Signer,
    ) -> Result<SignedCheckpoint, ProofError> {
        let Checkpoint { book, size, .. } = note.checkpoint;
        let kept: Result<String, sqlx::Error> =
            sqlx::query_scalar("select ledger.ledger_keep_checkpoint($1, $2, $3, $4)")
                .bind(book)
                .bind(i64::try_from(size).unwrap_or(i64::MAX))
                .bind(peaks.as_flattened())
                .bind(note.text())
                .fetch_one(self.pool())
                .await;
        let kept = match kept {
            Ok(kept) => kept,
            // A later one stands already: the book has moved on, and so has its log.
            Err(error) if is_overtaken(&error) => {
                let latest = self.latest_checkpoint(book).await?;
                let latest = latest.ok_or(ProofError::BrokenCheckpoint(book))?;
                latest.note.text().to_owned()
            }
            Err(error) => return Err(StoreError::read(error).into()),
        };
        let kept: SignedCheckpoint = kept
            .parse()
            .map_err(|source| ProofError::BadNote { book, source })?;
        kept.check(&signer.public_key(book))
            .map_err(|source| ProofError::OtherKey { book, source })?;
        Ok(kept)
    }

    /// Hands over the stored leaf hashes of the positions after `after` up to `size`.
    pub(crate) async fn leaves(
        &self,
        book: Uuid,
        after: u64,
        size: u64,
        mut take: impl FnMut(Hash) + Send,
    ) -> Result<(), ProofError> {
        let bound = |position| i64::try_from(position).unwrap_or(i64::MAX);
        let mut rows = sqlx::query(LEAVES)
            .bind(book)
            .bind(bound(after))
            .bind(bound(size))
            .fetch(self.pool());
        let mut expected = after + 1;
        while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
            let position: i64 = row.try_get(0).map_err(StoreError::read)?;
            let leaf: &[u8] = row.try_get(1).map_err(StoreError::read)?;
            let gap = || ProofError::Gap { book, expected };
            let leaf = leaf.try_into().map_err(|_| gap())?;
            if u64::try_from(position) != Ok(expected) {
                return Err(gap());
            }
            take(leaf);
            expected += 1;
        }
        match expected == size + 1 {
            true => Ok(()),
            false => Err(ProofError::Gap { book, expected }),
        }
    }
}

fn is_overtaken(error: &sqlx::Error) -> bool {
    crate::store::append::sqlstate(error).as_deref() == Some("LG416")
}
