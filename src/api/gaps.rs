//! Gaps of a period: what there is for each, and what is decided.

use aggregates::building::event::GapPolicy;
use aggregates::ids::BookId;
use aggregates::time::Period;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked, Writing};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::{ReceiptBody, answer, as_of, write};
use crate::figures;
use crate::operations::{GapChoice, decide_all, decide_gaps, set_gap_policy, told_gaps};

/// How gaps are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GapsAsked {
    /// Vantage.
    known_at: Option<String>,
}

/// What is decided: meters with their methods, or who is asked from the period on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    #[serde(default)]
    choices: Vec<GapChoice>,
    /// Every gap that is open, as the law has it.
    #[serde(default)]
    all: bool,
    #[serde(default)]
    policy: Option<GapPolicy>,
}

/// What came of it.
#[derive(Serialize)]
struct DecidedBody {
    receipt: ReceiptBody,
    /// How many gaps were decided anew.
    decided: usize,
}

/// `GET /api/v1/books/{book}/gaps/{period}`
pub(super) async fn list(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    Asked(asked): Asked<GapsAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = figures::resolve(&api.ledger, book, known_at).await?;
    let told = told_gaps(&api.ledger, (book, period), until).await?;
    Ok(as_of(until, &told))
}

/// `POST /api/v1/books/{book}/gaps/{period}`
pub(super) async fn decide(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    writing: Writing<DecisionBody>,
) -> Result<Response, Fault> {
    let DecisionBody {
        choices,
        all,
        policy,
    } = writing.body;
    if all && !choices.is_empty() {
        return Err(Fault::refused(
            "либо `all`, либо `choices`: решить все пробелы или названные",
        ));
    }
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let choices = choices.clone();
        Box::pin(async move {
            if let Some(policy) = policy {
                set_gap_policy(unit, book, policy, period).await?;
            }
            Ok(match all {
                true => decide_all(unit, book, period, |_| true).await?,
                false => decide_gaps(unit, book, period, &choices).await?,
            })
        })
    });
    let completed = completed.await?;
    let body = DecidedBody {
        receipt: ReceiptBody::from(&completed.receipt),
        decided: completed.value.unwrap_or_default(),
    };
    Ok(answer(&completed.receipt, &body))
}
