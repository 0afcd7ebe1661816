//! Corrections in four hands over HTTP.

use aggregates::correction::event::CorrectionOperation;
use aggregates::ids::{BookId, CorrectionId};
use aggregates::text::Code;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::api::periods::ApprovalBody;
use crate::api::write::{ReceiptBody, answer, as_of, operator};
use crate::corrections::{AskedFor, CorrectionFailure, approve, decline, preview, request};
use crate::store::Receipt;

/// `POST …/corrections/preview`: what a correction would change; nothing is recorded.
pub(super) async fn show(
    State(api): State<Api>,
    Address(book): Address<BookId>,
    writing: Writing<CorrectionOperation>,
) -> Result<Response, Fault> {
    let head = api.ledger.head(book.0).await?.position;
    let told = preview(&api.ledger, book, &writing.body).await?;
    Ok(as_of(head, &told))
}

/// What is asked for, and by whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestBody {
    operation: CorrectionOperation,
    by: Code,
}

/// What was asked for.
#[derive(Serialize)]
struct AskedBody {
    receipt: ReceiptBody,
    #[serde(flatten)]
    asked: AskedFor,
}

/// `POST …/corrections`
pub(super) async fn ask(
    State(api): State<Api>,
    Address(book): Address<BookId>,
    writing: Writing<RequestBody>,
) -> Result<Response, Fault> {
    api.ledger.head(book.0).await?;
    let (actor, keyed) = (operator()?, writing.request);
    let given = (writing.body.operation, writing.body.by);
    let (receipt, asked) = request(&api.ledger, &actor, book, given, keyed.as_ref()).await?;
    let body = AskedBody {
        receipt: ReceiptBody::from(&receipt),
        asked,
    };
    Ok(answer(&receipt, &body))
}

/// What became of it.
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

/// `POST …/corrections/{correction}/approval`
pub(super) async fn agree(
    State(api): State<Api>,
    Address(place): Address<(BookId, CorrectionId)>,
    writing: Writing<ApprovalBody>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, keyed) = (operator()?, writing.request);
    let receipt = approve(&api.ledger, &actor, place, writing.body.by, keyed.as_ref()).await?;
    Ok(done(&receipt))
}

/// `POST …/corrections/{correction}/refusal`
pub(super) async fn refuse(
    State(api): State<Api>,
    Address(place): Address<(BookId, CorrectionId)>,
    writing: Writing<ApprovalBody>,
) -> Result<Response, Fault> {
    api.ledger.head(place.0.0).await?;
    let (actor, keyed) = (operator()?, writing.request);
    let receipt = decline(&api.ledger, &actor, place, writing.body.by, keyed.as_ref()).await?;
    Ok(done(&receipt))
}

impl From<CorrectionFailure> for Fault {
    fn from(error: CorrectionFailure) -> Self {
        match error {
            CorrectionFailure::Figures(error) => error.into(),
            CorrectionFailure::Store(error) => error.into(),
            CorrectionFailure::Commit(error) => error.into(),
            CorrectionFailure::Operation(error) => error.into(),
            CorrectionFailure::NoSuchCorrection(_) => Self::NotFound(error.to_string()),
            CorrectionFailure::Interrupted => Self::internal(error),
            CorrectionFailure::Settlement(_) | CorrectionFailure::Refused(_) => {
                Self::refused(error)
            }
        }
    }
}
