//! The JSON API: requests in, answers of the ledger out. `docs/formats/api.md` describes it for
//! somebody who writes a client.
//!
//! Until access control exists it is for one operator: it listens on a socket that only the
//! program's own account may open, or on loopback with a token ([`server`]). Nothing is decided
//! here. A handler reads the request, runs commands through [`Ledger::run`] or asks
//! [`crate::figures`], and every failure becomes a problem+json (`fault`) in one place.

mod batches;
mod bills;
mod books;
mod cases;
mod checkpoints;
mod corrections;
mod extract;
mod fault;
mod figures;
mod gaps;
mod health;
mod imbalance;
mod instalments;
mod lists;
mod meters;
mod operations;
mod periods;
mod readings;
mod replay;
mod rules;
pub mod server;
mod token;
mod vantage;
mod write;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, info_span};

use crate::proof::key::Signer;
use crate::store::Ledger;

pub use server::{ApiError, Endpoint, Listen, Server, serve};
pub use token::{Token, TokenError};

/// Largest body of a request, in bytes: well over [`readings::READINGS_MAX`] readings.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long a request may take, body included. A write that takes longer is finished all the same.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// What every handler may use.
#[derive(Clone, Debug)]
struct Api {
    ledger: Ledger,
    /// Makes checkpoints; without it those are told that others made.
    signer: Option<Signer>,
}

/// The whole API over `ledger`. With a `token`, every request must bear it but `/health`, `/ready`
/// and the checkpoints.
pub fn router(ledger: Ledger, token: Option<Token>, signer: Option<Signer>) -> Router {
    let state = Api { ledger, signer };
    let api = Router::new()
        .route("/api/v1/books", get(books::list))
        .route("/api/v1/books/{book}", get(books::one))
        .route("/api/v1/books/{book}/meters", get(meters::list))
        .route(
            "/api/v1/books/{book}/meters/{meter}/history",
            get(figures::history),
        )
        .merge(balances())
        .merge(house_lists())
        .merge(closings())
        .merge(what_is_billed())
        .route("/api/v1/books/{book}/readings", post(readings::record))
        .route(
            "/api/v1/books/{book}/meters/{meter}/readings/{sequence}/correction",
            post(operations::correct),
        )
        .route(
            "/api/v1/books/{book}/meters/{meter}/readings/{sequence}/withdrawal",
            post(operations::withdraw),
        )
        .route(
            "/api/v1/books/{book}/meters/{meter}/control-readings",
            post(operations::control),
        )
        .route(
            "/api/v1/books/{book}/meters/{meter}/acts",
            post(operations::act),
        )
        .route(
            "/api/v1/books/{book}/points/{point}/replacement",
            post(operations::replace),
        )
        .route("/api/v1/cases/{period}/settlement", post(cases::settle))
        .fallback(fault::no_such_route)
        .layer(from_fn_with_state(token, token::require))
        .with_state(state.clone());
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/api/v1/books/{book}/checkpoint", get(checkpoints::latest))
        .route("/api/v1/books/{book}/checkpoint/key", get(checkpoints::key))
        .with_state(state)
        .fallback_service(api)
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_LIMIT,
        ))
        .layer(from_fn(fault::finish))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
}

/// The balance of a house and what explains it.
fn balances() -> Router<Api> {
    Router::new()
        .route(
            "/api/v1/books/{book}/balance/{period}",
            get(figures::balance),
        )
        .route(
            "/api/v1/books/{book}/gaps/{period}",
            get(gaps::list).post(gaps::decide),
        )
        .route(
            "/api/v1/books/{book}/balance/{period}/explanations",
            post(imbalance::explain),
        )
}

/// What is read from the read models.
fn house_lists() -> Router<Api> {
    Router::new()
        .route("/api/v1/projections", get(lists::projections))
        .route("/api/v1/houses/{house}/meters", get(lists::meters))
        .route(
            "/api/v1/houses/{house}/consumption",
            get(lists::consumption),
        )
        .route("/api/v1/houses/{house}/balances", get(lists::balances))
        .route("/api/v1/houses/{house}/periods", get(lists::periods))
        .route("/api/v1/houses/{house}/accounts", get(lists::accounts))
        .route("/api/v1/houses/{house}/bills", get(lists::bills))
}

/// Bills, what they rest on, and the rules behind them.
fn what_is_billed() -> Router<Api> {
    Router::new()
        .route("/api/v1/rules", get(rules::list))
        .route("/api/v1/books/{book}/rules", get(rules::of_house))
        .route("/api/v1/books/{book}/accounts", get(bills::accounts))
        .route(
            "/api/v1/books/{book}/accounts/{account}/bills/{period}",
            get(bills::one),
        )
        .route(
            "/api/v1/books/{book}/accounts/{account}/instalments",
            post(instalments::agree),
        )
        .route(
            "/api/v1/books/{book}/accounts/{account}/instalments/end",
            post(instalments::end),
        )
        .route(
            "/api/v1/books/{book}/accounts/{account}/bills/{period}/check",
            post(bills::check),
        )
        .route(
            "/api/v1/books/{book}/periods/{period}/services/{resource}",
            get(bills::service),
        )
}

/// The way to a closed period, and batches of closings.
fn closings() -> Router<Api> {
    let of_period = |rest: &str| format!("/api/v1/books/{{book}}/periods/{{period}}/{rest}");
    let of_batch = |rest: &str| format!("/api/v1/closing-batches/{{batch}}{rest}");
    Router::new()
        .route(
            &of_period("closing"),
            get(periods::show).post(periods::close),
        )
        .route(
            &of_period("closing/verification"),
            get(periods::verification),
        )
        .route(&of_period("checklist"), get(periods::checklist))
        .route(&of_period("causes"), post(periods::accept))
        .route(&of_period("stages"), post(periods::stage))
        .route(&of_period("held-bills"), post(periods::release))
        .route(&of_period("reopening"), post(periods::ask_reopening))
        .route(
            &of_period("reopening/approval"),
            post(periods::approve_reopening),
        )
        .route("/api/v1/books/{book}/corrections", post(corrections::ask))
        .route(
            "/api/v1/books/{book}/corrections/preview",
            post(corrections::show),
        )
        .route(
            "/api/v1/books/{book}/corrections/{correction}/approval",
            post(corrections::agree),
        )
        .route(
            "/api/v1/books/{book}/corrections/{correction}/refusal",
            post(corrections::refuse),
        )
        .route("/api/v1/closing-batches", post(batches::propose))
        .route(&of_batch(""), get(batches::show))
        .route(&of_batch("/approval"), post(batches::approve))
        .route(&of_batch("/run"), post(batches::run))
}

/// Method and path only: a query or a header may say more than a log should keep.
fn span<B>(request: &Request<B>) -> Span {
    info_span!("request", method = %request.method(), path = request.uri().path())
}
