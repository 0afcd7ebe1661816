//! Explanations of an imbalance.

use aggregates::ids::BookId;
use aggregates::time::Period;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::api::write::{ReceiptBody, answer, write};
use crate::operations::{ImbalanceCause, explain_imbalance};

/// What is explained: each as a waterfall proposes it, or as somebody found it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplanationBody {
    explanations: Vec<ImbalanceCause>,
}

/// What came of it.
#[derive(Serialize)]
struct ExplainedBody {
    receipt: ReceiptBody,
    /// How many were new.
    recorded: usize,
}

/// `POST /api/v1/books/{book}/balance/{period}/explanations`
pub(super) async fn explain(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    writing: Writing<ExplanationBody>,
) -> Result<Response, Fault> {
    let causes = writing.body.explanations;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let causes = causes.clone();
        Box::pin(async move {
            unit.describe("command", "explain_imbalance");
            Ok(explain_imbalance(unit, book, period, causes).await?)
        })
    });
    let completed = completed.await?;
    let body = ExplainedBody {
        receipt: ReceiptBody::from(&completed.receipt),
        recorded: completed.value.unwrap_or_default(),
    };
    Ok(answer(&completed.receipt, &body))
}
