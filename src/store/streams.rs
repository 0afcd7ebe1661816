//! The streams of a book and where each ends: what a closing rests on and commits to.

use aggregates::ids::BookId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::merkle::CompactRange;

/// First line of a leaf of the tree of stream heads (docs/formats/closing.md).
const LEAF_FORMAT: &str = "energokabinet/stream-head/v1";

/// The end of one stream as of a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamHead {
    /// The aggregate's type.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: Uuid,
    /// Sequence of its last event.
    pub sequence: u64,
    /// Leaf hash of that event.
    pub leaf_hash: [u8; 32],
}

/// The last event of each stream that has one after a position.
const STREAM_HEADS: &str = "\
    with ends as materialized ( \
      select aggregate_type, aggregate_id, max(sequence) as sequence from ledger.events \
      where book_id = $1 and position > $3 and position <= $2 group by aggregate_type, aggregate_id) \
    select e.aggregate_type::text, e.aggregate_id::text, e.sequence, e.leaf_hash \
    from ends cross join lateral ( \
      select * from ledger.events e where e.book_id = $1 \
        and e.aggregate_type = ends.aggregate_type and e.aggregate_id = ends.aggregate_id \
        and e.sequence = ends.sequence offset 0) e \
    order by e.aggregate_type::text collate \"C\", e.aggregate_id::text collate \"C\"";

impl Ledger {
    /// Where every stream of `book` ends as of `until`, ordered by type and id (bytewise).
    ///
    /// # Errors
    /// [`StoreError`] when the book cannot be read.
    pub async fn stream_heads(
        &self,
        book: BookId,
        until: i64,
    ) -> Result<Vec<StreamHead>, StoreError> {
        self.stream_heads_since(book, 0, until).await
    }

    /// The same of streams that have an event after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the book cannot be read.
    pub async fn stream_heads_since(
        &self,
        book: BookId,
        after: i64,
        until: i64,
    ) -> Result<Vec<StreamHead>, StoreError> {
        let rows = sqlx::query(STREAM_HEADS)
            .bind(book.0)
            .bind(until)
            .bind(after)
            .fetch_all(self.pool())
            .await
            .map_err(StoreError::read)?;
        rows.iter().map(head_of).collect()
    }
}

fn head_of(row: &sqlx::postgres::PgRow) -> Result<StreamHead, StoreError> {
    let id = crate::store::read::event_id_of(row)?;
    let leaf: Vec<u8> = row.try_get(3).map_err(StoreError::read)?;
    let leaf_hash = leaf.try_into().map_err(|_| StoreError::Undecodable {
        place: id.to_string(),
        reason: "хеш записи не из 32 байтов".to_owned(),
    })?;
    Ok(StreamHead {
        aggregate_type: id.aggregate_type,
        aggregate_id: id.aggregate_id,
        sequence: id.sequence,
        leaf_hash,
    })
}

/// The RFC 6962 root over stream heads in the order of [`Ledger::stream_heads`]: who holds one
/// stream can be shown that nothing of it was left out at a closing.
pub fn stream_heads_root(book: BookId, heads: &[StreamHead]) -> [u8; 32] {
    let mut tree = CompactRange::new();
    for head in heads {
        tree.push(stream_head_leaf(book, head));
    }
    tree.root()
}

fn stream_head_leaf(book: BookId, head: &StreamHead) -> [u8; 32] {
    let text = format!(
        "{LEAF_FORMAT}\n{book}\n{}\n{}\n{}\n{}\n",
        head.aggregate_type,
        head.aggregate_id,
        head.sequence,
        hex::encode(head.leaf_hash)
    );
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(text.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: u128, sequence: u64) -> StreamHead {
        StreamHead {
            aggregate_type: "meter".to_owned(),
            aggregate_id: Uuid::from_u128(id),
            sequence,
            leaf_hash: [7; 32],
        }
    }

    /// The vector of docs/formats/closing.md, computed there by another program.
    #[test]
    fn the_root_of_two_streams_is_the_documented_one() {
        let book = BookId(Uuid::from_u128(1));
        let root = stream_heads_root(book, &[head(2, 3), head(4, 1)]);
        assert_eq!(
            hex::encode(root),
            "a2d93381f9afd01c020ed7831f33e1e718c86b1fe7360a0b329007c804aa7751"
        );
    }

    #[test]
    fn every_stream_and_its_end_count() {
        let book = BookId(Uuid::from_u128(1));
        let whole = stream_heads_root(book, &[head(2, 3), head(4, 1)]);
        assert_ne!(whole, stream_heads_root(book, &[head(2, 3)]));
        assert_ne!(whole, stream_heads_root(book, &[head(2, 3), head(4, 2)]));
    }
}
