//! A case settled in memory: nothing of the ledger is read or written.

use aggregates::time::Period;
use axum::Json;
use axum::response::{IntoResponse, Response};

use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::case::file::CaseFile;
use crate::case::{CaseError, settle_case};

/// `POST /api/v1/cases/{period}/settlement`
pub(super) async fn settle(
    Address(period): Address<Period>,
    writing: Writing<CaseFile>,
) -> Result<Response, Fault> {
    // A large case keeps a thread busy: it must not be the one that answers others.
    let settled = tokio::task::spawn_blocking(move || {
        tokio::runtime::Handle::current().block_on(settle_case(&writing.body, period))
    });
    let settled = settled.await.map_err(Fault::internal)?;
    let case = settled.map_err(|error| match error {
        CaseError::Store(error) => error.into(),
        error => Fault::refused(error),
    })?;
    Ok(Json(case).into_response())
}
