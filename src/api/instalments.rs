//! Instalments of an account.

use aggregates::ids::{AccountId, BookId};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::api::write::{ReceiptBody, answer, write};
use crate::operations::{InstalmentsEndWish, InstalmentsWish, agree_instalments, end_instalments};

/// What came of it.
#[derive(Serialize)]
struct InstalmentsBody {
    receipt: ReceiptBody,
    /// Whether it was not on record before.
    recorded: bool,
}

/// `POST /api/v1/books/{book}/accounts/{account}/instalments`
pub(super) async fn agree(
    State(api): State<Api>,
    Address((book, account)): Address<(BookId, AccountId)>,
    writing: Writing<InstalmentsWish>,
) -> Result<Response, Fault> {
    let wish = writing.body;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let wish = wish.clone();
        Box::pin(async move { Ok(agree_instalments(unit, (book, account), &wish).await?) })
    });
    let completed = completed.await?;
    let body = InstalmentsBody {
        receipt: ReceiptBody::from(&completed.receipt),
        recorded: completed.value.unwrap_or_default(),
    };
    Ok(answer(&completed.receipt, &body))
}

/// `POST /api/v1/books/{book}/accounts/{account}/instalments/end`
pub(super) async fn end(
    State(api): State<Api>,
    Address((book, account)): Address<(BookId, AccountId)>,
    writing: Writing<InstalmentsEndWish>,
) -> Result<Response, Fault> {
    let wish = writing.body;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let wish = wish.clone();
        Box::pin(async move { Ok(end_instalments(unit, (book, account), &wish).await?) })
    });
    let completed = completed.await?;
    let body = InstalmentsBody {
        receipt: ReceiptBody::from(&completed.receipt),
        recorded: completed.value.unwrap_or_default(),
    };
    Ok(answer(&completed.receipt, &body))
}
