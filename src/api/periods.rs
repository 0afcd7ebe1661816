//! Closing a settlement period, and what it would do.

use aggregates::ids::BookId;
use aggregates::time::Period;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked, Writing};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::{ReceiptBody, answer, as_of, operator};
use crate::closing::{ClosedPeriod, close_period, preview};
use crate::figures::resolve;

/// A closing says nothing beside its address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosingBody {}

/// What came of it.
#[derive(Serialize)]
struct ClosedBody {
    receipt: ReceiptBody,
    closing: ClosedPeriod,
}

/// `POST /api/v1/books/{book}/periods/{period}/closing`
pub(super) async fn close(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    writing: Writing<ClosingBody>,
) -> Result<Response, Fault> {
    // A book that is not there is said so before anything is settled.
    api.ledger.head(book.0).await?;
    let (request, actor) = (writing.request, operator()?);
    let (receipt, closing) =
        close_period(&api.ledger, &actor, book, period, request.as_ref()).await?;
    let body = ClosedBody {
        receipt: ReceiptBody::from(&receipt),
        closing,
    };
    Ok(answer(&receipt, &body))
}

/// How a preview is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewAsked {
    /// Vantage.
    known_at: Option<String>,
}

/// `GET /api/v1/books/{book}/periods/{period}/closing`: what closing would append, and what hinders
/// it.
pub(super) async fn show(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    Asked(asked): Asked<PreviewAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = resolve(&api.ledger, book, known_at).await?;
    let closing = preview(&api.ledger, book, period, until).await?;
    Ok(as_of(until, &closing))
}
