//! Stored rows turned into what folds take in.

use aggregates::ids::BookId;
use projections::consumption::EventTypes;
use projections::recorded::Recorded;

use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::read::{Filter, RecordedRow, Rows, decode};

/// The events of a book's prefix, one by one.
pub(crate) struct Reader {
    book: BookId,
    rows: Rows,
}

impl Reader {
    pub(crate) fn open(ledger: &Ledger, book: BookId, until: i64, filter: &Filter) -> Self {
        Self {
            book,
            rows: ledger.rows(book.0, until, filter),
        }
    }

    /// The next event; those whose content was erased are passed over, their place is known.
    pub(crate) async fn next(&mut self) -> Result<Option<Recorded>, StoreError> {
        while let Some(row) = self.rows.next().await? {
            if !row.erased {
                return recorded(self.book, &row).map(Some);
            }
        }
        Ok(None)
    }
}

/// The filter that lets through what a fold needs.
pub(super) fn filter_of(types: EventTypes) -> Filter {
    let (aggregates, events): (Vec<_>, Vec<_>) = types.iter().copied().unzip();
    Filter {
        aggregate_types: aggregates.into_iter().map(str::to_owned).collect(),
        event_types: events
            .into_iter()
            .flatten()
            .map(|name| (*name).to_owned())
            .collect(),
        ..Filter::default()
    }
}

fn recorded(book: BookId, row: &RecordedRow) -> Result<Recorded, StoreError> {
    let position = u64::try_from(row.position).map_err(|_| StoreError::Undecodable {
        place: format!("позиция {}", row.position),
        reason: "позиция меньше нуля".to_owned(),
    })?;
    Ok(Recorded {
        book,
        position,
        recorded_at: row.recorded_at,
        effective_at: row.effective_at,
        aggregate_id: row.aggregate_id,
        sequence: row.sequence,
        event: decode(row)?,
    })
}
