//! Reading one's own writes: waiting until the tables show a position.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::standing;
use crate::store::Ledger;
use crate::store::error::StoreError;

/// How often the checkpoint is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until the read models of `book` have taken in `position`, and answers with where they
/// stand then.
///
/// # Errors
/// [`ReadModelError::NotReached`] after `limit`, [`ReadModelError::Parked`] where they stand still
/// before it, [`StoreError::NoSuchPosition`] beyond the head.
pub async fn wait_for(
    ledger: &Ledger,
    book: Uuid,
    position: i64,
    limit: Duration,
) -> Result<i64, ReadModelError> {
    let until = Instant::now() + limit;
    let head = ledger.head(book).await?.position;
    if position > head {
        return Err(ReadModelError::Store(StoreError::NoSuchPosition {
            book,
            position,
            head,
        }));
    }
    loop {
        let stands = match standing(ledger, book).await {
            Ok(standing) if standing.position >= position => return Ok(standing.position),
            Ok(standing) => match standing.parked {
                Some(parked) => {
                    return Err(ReadModelError::Parked {
                        book,
                        position: parked.position,
                        reason: parked.reason,
                    });
                }
                None => standing.position,
            },
            // A book whose read models nobody has begun yet stands at its beginning.
            Err(ReadModelError::NoReadModels(_)) => 0,
            Err(error) => return Err(error),
        };
        if Instant::now() >= until {
            return Err(ReadModelError::NotReached {
                book,
                wanted: position,
                stands,
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
