//! Closing a settlement period, what it would do, and the way there and back.

use aggregates::building::closing::ClosingStage;
use aggregates::ids::BookId;
use aggregates::text::Code;
use aggregates::time::Period;
use axum::extract::State;
use axum::response::Response;
use projections::settlement::Checklist;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked, Writing};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::{ReceiptBody, answer, as_of, operator};
use crate::closing::{
    Acceptance, ClosedPeriod, Order, ReopeningRequest, accept_flag, check, close_period,
    pass_stage, preview, release_bills, reopen, request_reopening, verify,
};
use crate::figures::resolve;
use crate::store::Receipt;

/// A period of a book.
type Place = Address<(BookId, Period)>;

/// What a closing says beside its address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosingBody {
    /// Causes of what was flagged.
    #[serde(default)]
    accept: Vec<Acceptance>,
    /// The cause of everything else that asks for one.
    #[serde(default)]
    accept_rest: Option<Code>,
    /// Whether the bills are held back.
    #[serde(default)]
    hold_bills: bool,
}

/// What came of it.
#[derive(Serialize)]
struct ClosedBody {
    receipt: ReceiptBody,
    closing: ClosedPeriod,
}

/// What became of a step.
#[derive(Serialize)]
struct DoneBody {
    receipt: ReceiptBody,
}

fn done(receipt: &Receipt) -> Response {
    let body = DoneBody {
        receipt: ReceiptBody::from(receipt),
    };
    answer(receipt, &body)
}

/// `POST /api/v1/books/{book}/periods/{period}/closing`
pub(super) async fn close(
    State(api): State<Api>,
    Address((book, period)): Place,
    writing: Writing<ClosingBody>,
) -> Result<Response, Fault> {
    // A book that is not there is said so before anything is settled.
    api.ledger.head(book.0).await?;
    let (request, actor) = (writing.request, operator()?);
    let order = Order {
        accept: writing.body.accept,
        accept_rest: writing.body.accept_rest,
        hold_bills: writing.body.hold_bills,
        ..Order::new(period)
    };
    let (receipt, closing) =
        close_period(&api.ledger, &actor, book, &order, request.as_ref()).await?;
    api.ledger.bind([book], api.signer.as_ref()).await;
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
    Address((book, period)): Place,
    Asked(asked): Asked<PreviewAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = resolve(&api.ledger, book, known_at).await?;
    let closing = preview(&api.ledger, book, period, until).await?;
    Ok(as_of(until, &closing))
}

/// `GET …/periods/{period}/checklist`: stages, what blocks, what asks for a cause.
pub(super) async fn checklist(
    State(api): State<Api>,
    Address((book, period)): Place,
    Asked(asked): Asked<PreviewAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = resolve(&api.ledger, book, known_at).await?;
    let (checked, _): (Checklist, _) = check(&api.ledger, book, period, until).await?;
    Ok(as_of(until, &checked))
}

/// `GET …/periods/{period}/closing/verification`: whether a closing is what it says.
pub(super) async fn verification(
    State(api): State<Api>,
    Address((book, period)): Place,
) -> Result<Response, Fault> {
    let head = api.ledger.head(book.0).await?.position;
    let told = verify::verify(&api.ledger, book, period).await?;
    Ok(as_of(head, &told))
}

/// `POST …/periods/{period}/causes`: the cause of something flagged.
pub(super) async fn accept(
    State(api): State<Api>,
    Address(place): Place,
    writing: Writing<Acceptance>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, request) = (operator()?, writing.request);
    let given = writing.body;
    let receipt = accept_flag(&api.ledger, &actor, place, given, request.as_ref()).await?;
    Ok(done(&receipt))
}

/// A stage to pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageBody {
    stage: ClosingStage,
}

/// `POST …/periods/{period}/stages`: passes a stage and those before it.
pub(super) async fn stage(
    State(api): State<Api>,
    Address(place): Place,
    writing: Writing<StageBody>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, request) = (operator()?, writing.request);
    let stage = writing.body.stage;
    let receipt = pass_stage(&api.ledger, &actor, place, stage, request.as_ref()).await?;
    Ok(done(&receipt))
}

/// Nothing beside the address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// `POST …/periods/{period}/held-bills`: lets held bills go out.
pub(super) async fn release(
    State(api): State<Api>,
    Address(place): Place,
    writing: Writing<Nothing>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, request) = (operator()?, writing.request);
    let receipt = release_bills(&api.ledger, &actor, place, request.as_ref()).await?;
    Ok(done(&receipt))
}

/// `POST …/periods/{period}/reopening`: asks for a closed period to be opened again.
pub(super) async fn ask_reopening(
    State(api): State<Api>,
    Address(place): Place,
    writing: Writing<ReopeningRequest>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, request) = (operator()?, writing.request);
    let given = writing.body;
    let receipt = request_reopening(&api.ledger, &actor, place, given, request.as_ref()).await?;
    Ok(done(&receipt))
}

/// Who agrees.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalBody {
    pub(super) by: Code,
}

/// `POST …/periods/{period}/reopening/approval`: another actor opens it again.
pub(super) async fn approve_reopening(
    State(api): State<Api>,
    Address(place): Place,
    writing: Writing<ApprovalBody>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, request) = (operator()?, writing.request);
    let by = writing.body.by;
    let receipt = reopen(&api.ledger, &actor, place, by, request.as_ref()).await?;
    Ok(done(&receipt))
}
