//! Accounts, their bills, and why the figures are so.

use aggregates::ids::{AccountId, BookId};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use axum::extract::State;
use axum::response::Response;
use projections::bills::BillView;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::as_of;
use crate::bills::{self, Reasons};
use crate::figures::{self, FoundAccount};

/// Accounts of a house.
#[derive(Serialize)]
struct AccountsBody {
    accounts: Vec<AccountBody>,
}

/// One account.
#[derive(Serialize)]
struct AccountBody {
    id: AccountId,
    number: String,
    /// As on the door; a room is `flat/room`.
    premises: String,
}

/// `GET /api/v1/books/{book}/accounts`
pub(super) async fn accounts(
    State(api): State<Api>,
    Address(book): Address<BookId>,
) -> Result<Response, Fault> {
    let found = figures::accounts(&api.ledger, book).await?;
    let position = found.first().map(|account| account.house.position);
    let accounts = found.into_iter().map(|account| AccountBody {
        id: account.account,
        number: account.number,
        premises: account.premises,
    });
    let body = AccountsBody {
        accounts: accounts.collect(),
    };
    let position = match position {
        Some(position) => position,
        None => api.ledger.head(book.0).await?.position,
    };
    Ok(as_of(position, &body))
}

/// How a bill is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BillAsked {
    /// Vantage of a preliminary bill and of `recomputed`.
    known_at: Option<String>,
    /// Tell the period anew beside what was issued.
    #[serde(default)]
    recomputed: bool,
    /// Give the reason of each line.
    #[serde(default)]
    explain: bool,
}

/// A bill, with the reasons of its lines where they were asked for.
#[derive(Serialize)]
struct BillBody {
    bill: BillView,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Reasons>,
}

/// `GET /api/v1/books/{book}/accounts/{account}/bills/{period}`
pub(super) async fn one(
    State(api): State<Api>,
    Address((book, account, period)): Address<(BookId, AccountId, Period)>,
    Asked(asked): Asked<BillAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = figures::resolve(&api.ledger, book, known_at).await?;
    let found = account_of(&api, book, account).await?;
    let question = bills::Asked {
        period,
        until,
        recomputed: asked.recomputed,
    };
    let bill = bills::bill(&api.ledger, &found, question).await?;
    let reasons = match asked.explain {
        true => Some(bills::reasons(&api.ledger, &found, &bill).await?),
        false => None,
    };
    Ok(as_of(until, &BillBody { bill, reasons }))
}

async fn account_of(api: &Api, book: BookId, account: AccountId) -> Result<FoundAccount, Fault> {
    let accounts = figures::accounts(&api.ledger, book).await?;
    let found = accounts.into_iter().find(|known| known.account == account);
    found.ok_or_else(|| Fault::NotFound(format!("в журнале {book} нет лицевого счёта {account}")))
}

/// How a service is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceAsked {
    /// Vantage.
    known_at: Option<String>,
}

/// `GET /api/v1/books/{book}/periods/{period}/services/{resource}`
pub(super) async fn service(
    State(api): State<Api>,
    Address((book, period, resource)): Address<(BookId, Period, Resource)>,
    Asked(asked): Asked<ServiceAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = figures::resolve(&api.ledger, book, known_at).await?;
    let service = bills::service(&api.ledger, book, (period, resource), until).await?;
    Ok(as_of(until, &service))
}
