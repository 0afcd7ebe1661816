//! A month of many houses over HTTP.

use std::collections::BTreeSet;

use aggregates::ids::{BatchId, BookId};
use aggregates::text::Code;
use aggregates::time::Period;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::api::write::operator;
use crate::closing::Acceptance;
use crate::closing::batch::{self, BatchCauses, BatchView};
use crate::figures::houses;

/// What is proposed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposalBody {
    period: Period,
    /// Who proposes.
    by: Code,
    /// Books of the houses; all where it is left out.
    #[serde(default)]
    houses: Option<BTreeSet<BookId>>,
}

/// `POST /api/v1/closing-batches`
pub(super) async fn propose(
    State(api): State<Api>,
    writing: Writing<ProposalBody>,
) -> Result<Json<BatchView>, Fault> {
    let ProposalBody {
        period,
        by,
        houses: named,
    } = writing.body;
    let mut chosen = houses(&api.ledger).await?;
    if let Some(named) = named {
        for book in &named {
            api.ledger.head(book.0).await?;
        }
        chosen.retain(|house| named.contains(&house.book));
    }
    let actor = operator()?;
    // The same key names the same batch.
    let keyed = writing.request.as_ref();
    let id = keyed.map_or_else(
        || BatchId(Uuid::now_v7()),
        |keyed| BatchId::named(BookId::of_deployment(), keyed.key()),
    );
    let given = (id, period, by);
    let view = batch::propose(&api.ledger, &actor, given, &chosen, |_| {}).await?;
    Ok(Json(view))
}

/// `GET /api/v1/closing-batches/{batch}`
pub(super) async fn show(
    State(api): State<Api>,
    Address(id): Address<BatchId>,
) -> Result<Json<BatchView>, Fault> {
    Ok(Json(batch::show(&api.ledger, id).await?))
}

/// Who agrees, and to what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchApprovalBody {
    by: Code,
    totals_hash: Code,
}

/// `POST /api/v1/closing-batches/{batch}/approval`
pub(super) async fn approve(
    State(api): State<Api>,
    Address(id): Address<BatchId>,
    writing: Writing<BatchApprovalBody>,
) -> Result<Json<BatchView>, Fault> {
    let BatchApprovalBody { by, totals_hash } = writing.body;
    let given = (by, Some(totals_hash));
    let view = batch::approve(&api.ledger, &operator()?, id, given).await?;
    Ok(Json(view))
}

/// Causes for all houses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunBody {
    #[serde(default)]
    accept: Vec<Acceptance>,
    #[serde(default)]
    accept_rest: Option<Code>,
}

/// `POST /api/v1/closing-batches/{batch}/run`: closes what is not closed yet. A request that takes
/// too long is repeated: closed houses stay closed.
pub(super) async fn run(
    State(api): State<Api>,
    Address(id): Address<BatchId>,
    writing: Writing<RunBody>,
) -> Result<Json<BatchView>, Fault> {
    let causes = BatchCauses {
        accept: writing.body.accept,
        accept_rest: writing.body.accept_rest,
    };
    let view = batch::run(&api.ledger, &operator()?, id, &causes, |_| {}).await?;
    api.ledger
        .bind(view.closed_books(), api.signer.as_ref())
        .await;
    Ok(Json(view))
}
