//! Where the streams of a house end, kept between closings: of those that were kept only what came
//! since is read. As [`kept`](super::kept) states they are a copy of what the ledger says.

use std::collections::BTreeMap;

use aggregates::ids::BookId;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::streams::StreamHead;

/// So many events are passed over before it is worth keeping where streams end.
const KEPT_FROM: i64 = 256;

/// Where every stream of `book` ends as of `until`, ordered by type and id.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn stream_heads(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<Vec<StreamHead>, StoreError> {
    let (after, kept) = take(ledger, book, until).await?;
    let since = ledger.stream_heads_since(book, after, until).await?;
    if kept.is_empty() && after == 0 {
        keep(ledger, book, until, &since).await;
        return Ok(since);
    }
    let key = |head: &StreamHead| (head.aggregate_type.clone(), head.aggregate_id);
    let all = kept.into_iter().chain(since);
    let heads: BTreeMap<_, StreamHead> = all.map(|head| (key(&head), head)).collect();
    let heads: Vec<StreamHead> = heads.into_values().collect();
    if until - after >= KEPT_FROM {
        keep(ledger, book, until, &heads).await;
    }
    Ok(heads)
}

/// What was kept at or before `until`, and where it stood; nothing at 0.
async fn take(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<(i64, Vec<StreamHead>), StoreError> {
    let row = sqlx::query(
        "select position, heads from read_models.stream_heads \
         where book_id = $1 and position <= $2",
    )
    .bind(book.0)
    .bind(until)
    .fetch_optional(ledger.pool())
    .await
    .map_err(StoreError::Read)?;
    let Some(row) = row else {
        return Ok((0, Vec::new()));
    };
    let heads: &[u8] = row.try_get(1).map_err(StoreError::Read)?;
    match Vec::deserialize(&mut rmp_serde::Deserializer::new(heads)) {
        Ok(heads) => Ok((row.try_get(0).map_err(StoreError::Read)?, heads)),
        // They are written again from the events.
        Err(error) => {
            tracing::warn!(book = %book.0, %error, "kept ends of streams cannot be read");
            Ok((0, Vec::new()))
        }
    }
}

/// That they cannot be kept is told to the log and hinders nobody.
async fn keep(ledger: &Ledger, book: BookId, until: i64, heads: &[StreamHead]) {
    let kept = match written(heads) {
        Ok(heads) => put(ledger, book, until, &heads)
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = kept {
        tracing::warn!(book = %book.0, error, "ends of streams were not kept");
    }
}

fn written(heads: &[StreamHead]) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut bytes = Vec::new();
    heads.serialize(&mut rmp_serde::Serializer::new(&mut bytes))?;
    Ok(bytes)
}

/// Later ones are not replaced by earlier ones.
async fn put(ledger: &Ledger, book: BookId, until: i64, heads: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into read_models.stream_heads as kept (book_id, position, heads) \
         values ($1, $2, $3) \
         on conflict (book_id) do update set position = excluded.position, \
           heads = excluded.heads, kept_at = now() \
         where kept.position < excluded.position",
    )
    .bind(book.0)
    .bind(until)
    .bind(heads)
    .execute(ledger.pool())
    .await?;
    Ok(())
}
