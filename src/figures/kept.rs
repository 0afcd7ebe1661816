//! States of houses kept between settlements, so that the years before are not read again.
//!
//! A kept state is a copy of what the events tell and never more: whoever checks a figure folds
//! the book from its beginning ([`folded_house`](super::folded_house)). Why:
//! `docs/decisions/0038-kept-house-states.md`.

use aggregates::ids::BookId;
use projections::FOLDS;
use projections::settlement::HouseBook;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::store::Ledger;
use crate::store::error::StoreError;

/// So many events are read before a state is worth keeping.
const KEPT_FROM: u64 = 256;

/// The latest state kept of the book at or before `until`; `None` where these folds kept none, or
/// contents of the book were destroyed since.
pub(super) async fn take(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<Option<HouseBook>, StoreError> {
    let row = sqlx::query(
        "select state from read_models.house_states s \
         where book_id = $1 and folds = $2 and position <= $3 \
           and erasures = (select count(*) from ledger.erasures e where e.book_id = s.book_id)",
    )
    .bind(book.0)
    .bind(FOLDS)
    .bind(until)
    .fetch_optional(ledger.pool())
    .await
    .map_err(StoreError::Read)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let state: &[u8] = row.try_get(0).map_err(StoreError::Read)?;
    match read(state) {
        Ok(house) => Ok(Some(house)),
        // It is written again from the events.
        Err(error) => {
            tracing::warn!(book = %book.0, %error, "a kept house state cannot be read");
            Ok(None)
        }
    }
}

/// Keeps `house` as it stands at `until`, if `read` events make it worth the while. That it cannot
/// be kept is told to the log and hinders nobody.
pub(super) async fn keep(
    ledger: &Ledger,
    book: BookId,
    house: &HouseBook,
    (read, until): (u64, i64),
    erasures: i64,
) {
    if read < KEPT_FROM {
        return;
    }
    let kept = match written(house) {
        Ok(state) => put(ledger, book, &state, until, erasures)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = kept {
        tracing::warn!(book = %book.0, error, "a house state was not kept");
    }
}

/// How many contents of the book were destroyed up to now: asked before its events are read.
pub(super) async fn erasures(ledger: &Ledger, book: BookId) -> Result<i64, StoreError> {
    sqlx::query_scalar("select count(*) from ledger.erasures where book_id = $1")
        .bind(book.0)
        .fetch_one(ledger.pool())
        .await
        .map_err(StoreError::Read)
}

/// A later state is not replaced by an earlier one of the same folds.
async fn put(
    ledger: &Ledger,
    book: BookId,
    state: &[u8],
    until: i64,
    erasures: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into read_models.house_states as kept \
           (book_id, folds, position, erasures, state) \
         values ($1, $2, $3, $4, $5) \
         on conflict (book_id) do update set folds = excluded.folds, \
           position = excluded.position, erasures = excluded.erasures, \
           state = excluded.state, kept_at = now() \
         where kept.folds <> excluded.folds or kept.erasures <> excluded.erasures \
            or kept.position < excluded.position",
    )
    .bind(book.0)
    .bind(FOLDS)
    .bind(until)
    .bind(erasures)
    .bind(state)
    .execute(ledger.pool())
    .await?;
    Ok(())
}

fn written(house: &HouseBook) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut state = Vec::new();
    // Fields by name: those that are left out when empty have no place of their own.
    house.serialize(&mut rmp_serde::Serializer::new(&mut state).with_struct_map())?;
    Ok(state)
}

fn read(state: &[u8]) -> Result<HouseBook, rmp_serde::decode::Error> {
    HouseBook::deserialize(&mut rmp_serde::Deserializer::new(state))
}
