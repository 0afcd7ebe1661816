//! Accounts, their bills, and why the figures are so.

use aggregates::ids::{AccountId, BookId};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use projections::bills::BillView;
use projections::bills::document::BillDocument;
use projections::bills::foreign::ForeignBill;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked, Writing};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::as_of;
use crate::bills::{self, BillError, Reasons};
use crate::figures::{self, FoundAccount};

/// The page carries its own style and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

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
    /// `json` or `html`; without it the header `Accept` decides.
    format: Option<BillFormat>,
}

/// Forms of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BillFormat {
    Json,
    Html,
}

impl BillFormat {
    /// The form that a browser asks for by its header, else JSON.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        let first = accept.and_then(|accept| accept.split(',').next());
        match first.is_some_and(|kind| kind.trim().starts_with("text/html")) {
            true => Self::Html,
            false => Self::Json,
        }
    }
}

/// A bill, with the reasons of its lines where they were asked for.
#[derive(Serialize)]
struct BillBody {
    bill: BillView,
    document: Option<BillDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Reasons>,
}

/// `GET /api/v1/books/{book}/accounts/{account}/bills/{period}`
pub(super) async fn one(
    State(api): State<Api>,
    Address((book, account, period)): Address<(BookId, AccountId, Period)>,
    headers: HeaderMap,
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
    let document = bills::document(&api.ledger, &found, &bill, question).await?;
    let format = asked
        .format
        .unwrap_or_else(|| BillFormat::accepted(&headers));
    if format == BillFormat::Html {
        return html(&api, &found, document).await;
    }
    let reasons = match asked.explain {
        true => Some(bills::reasons(&api.ledger, &found, &bill).await?),
        false => None,
    };
    let body = BillBody {
        bill,
        document,
        reasons,
    };
    Ok(as_of(until, &body))
}

/// The printable page. It holds nothing that a browser would fetch or run.
async fn html(
    api: &Api,
    found: &FoundAccount,
    document: Option<BillDocument>,
) -> Result<Response, Fault> {
    let none = || Fault::NotFound("счёта за этот период у лицевого счёта нет".to_owned());
    let document = document.ok_or_else(none)?;
    let house = &found.house;
    let directory = figures::directory(&api.ledger, house.book, house.position).await?;
    let zone = directory
        .zone()
        .ok_or_else(|| Fault::NotFound("дом не зарегистрирован".to_owned()))?;
    let page = bills::page(&document, zone).map_err(BillError::from)?;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, page).into_response())
}

/// `POST /api/v1/books/{book}/accounts/{account}/bills/{period}/check`: a received bill against
/// ours. Nothing is recorded.
pub(super) async fn check(
    State(api): State<Api>,
    Address((book, account, period)): Address<(BookId, AccountId, Period)>,
    writing: Writing<ForeignBill>,
) -> Result<Response, Fault> {
    let until = figures::resolve(&api.ledger, book, vantage("known_at", None)?).await?;
    let found = account_of(&api, book, account).await?;
    let question = bills::Asked {
        period,
        until,
        recomputed: false,
    };
    let told = bills::check_received(&api.ledger, &found, question, &writing.body).await?;
    Ok(as_of(until, &told))
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
