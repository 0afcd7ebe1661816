//! Writing: one request, one unit of work, one receipt.

use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::api::Api;
use crate::api::fault::Fault;
use crate::store::unit::UnitOfWork;
use crate::store::{Actor, Completed, Receipt, Request};

/// Position of the book that an answer is told as of.
pub(super) const LEDGER_POSITION: HeaderName = HeaderName::from_static("ledger-position");

/// Says that the request had been answered before.
pub(super) const IDEMPOTENCY_HIT: HeaderName = HeaderName::from_static("idempotency-hit");

/// Who writes until access control names people: whoever may open the socket or bears the token.
const ACTOR: &str = "api:operator";

/// Where the events of a request stand for ever.
#[derive(Serialize)]
pub(super) struct ReceiptBody {
    book: BookId,
    /// Position of the first event; one past `last` where there was none.
    first: i64,
    last: i64,
    recorded_at: DateTime<Utc>,
    events: Vec<EventId>,
}

impl From<&Receipt> for ReceiptBody {
    fn from(receipt: &Receipt) -> Self {
        Self {
            book: BookId(receipt.book),
            first: receipt.first,
            last: receipt.last,
            recorded_at: receipt.recorded_at,
            events: receipt.events.clone(),
        }
    }
}

/// The one who writes.
pub(super) fn operator() -> Result<Actor, Fault> {
    Ok(Actor::new(ACTOR)?)
}

/// Runs `commands` in a unit over `book` and appends it, whether or not the client stays to hear.
pub(super) async fn write<T, F>(
    api: &Api,
    book: BookId,
    request: Option<&Request>,
    commands: F,
) -> Result<Completed<T>, Fault>
where
    T: Send + 'static,
    F: for<'u> Fn(&'u mut UnitOfWork) -> BoxFuture<'u, Result<T, Fault>> + Send + Sync + 'static,
{
    // A book that is not there is said so, whatever the commands would have found in it.
    api.ledger.head(book.0).await?;
    let actor = operator()?;
    let completed = api.ledger.run(book.0, &actor, request, commands).await?;
    Ok(completed)
}

/// The answer to a write: `body`, and in the headers where the book stands now.
pub(super) fn answer(receipt: &Receipt, body: &impl Serialize) -> Response {
    let mut response = as_of(receipt.last, body);
    if receipt.replayed {
        let hit = HeaderValue::from_static("true");
        response.headers_mut().insert(IDEMPOTENCY_HIT, hit);
    }
    response
}

/// An answer that is told as of `position`.
pub(super) fn as_of(position: i64, body: &impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response
        .headers_mut()
        .insert(LEDGER_POSITION, HeaderValue::from(position));
    response
}

/// The identity of `request`'s reading number `index`: by it a repeated request finds each again.
pub(super) fn origin(request: &Request, index: usize) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(ACTOR);
    hash.update([0]);
    hash.update(request.key());
    format!("api:{}:{index}", &hex::encode(hash.finalize())[..32])
}
