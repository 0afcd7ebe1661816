//! Two sites over one ledger: for staff and for residents. Two listeners, two shells, the same
//! rules: pages come whole from the server and work without JavaScript.
//!
//! What may be seen is decided by [`crate::access::policy`] alone. A page asks it for a permit, and
//! reads of a house only what the permit names. Everything that keeps a request from its page
//! becomes a page of its own with the next step (`error`).

/// The pages of a site: its router, and the list of its addresses that the test of access walks.
macro_rules! pages {
    ($($path:literal => { $($method:ident: $handler:path),+ $(,)? }),* $(,)?) => {
        /// All pages.
        pub(super) fn pages() -> axum::Router<crate::sites::Front> {
            axum::Router::new()$(
                .route($path, axum::routing::MethodRouter::new()$(.$method($handler))+)
            )*
        }

        /// Their addresses with their methods.
        pub(super) const ROUTES: &[(&str, &str)] = &[$($(($path, stringify!($method))),+),*];
    };
}

mod answer;
mod asof;
mod assets;
mod dispute_view;
mod error;
mod falls;
mod format;
mod front;
mod house;
mod login;
mod meter_view;
mod origin;
mod parts;
mod preferences;
mod resident;
pub mod server;
mod staff;
mod taking;
mod tree;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span, info_span};

use crate::access::{People, Site};
use crate::proof::key::Signer;
use crate::sites::house::Houses;
use crate::sites::origin::Origin;
use crate::store::Ledger;

pub use server::{Address, Addresses, Sites, SitesError};

/// Addresses and methods of the staff site's pages that need somebody to be signed in.
pub const STAFF_ROUTES: &[(&str, &str)] = staff::ROUTES;

/// The same of the residents' site.
pub const RESIDENT_ROUTES: &[(&str, &str)] = resident::ROUTES;

/// Largest body of a form: a house of a thousand meters fits.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// How long a page may take. A write that takes longer is finished all the same.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// Nothing is run or fetched that is not ours; no page is framed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page may use.
#[derive(Clone, Debug)]
struct Front {
    site: Site,
    people: People,
    origin: Arc<Origin>,
    houses: Arc<Houses>,
    /// Makes checkpoints; without it those prove that others made.
    signer: Option<Signer>,
}

impl Front {
    fn new(
        site: Site,
        people: People,
        origin: Origin,
        (houses, signer): (Arc<Houses>, Option<Signer>),
    ) -> Self {
        Self {
            site,
            people,
            origin: Arc::new(origin),
            houses,
            signer,
        }
    }

    fn ledger(&self) -> &Ledger {
        self.people.ledger()
    }
}

/// One of the sites, whole.
fn router(front: Front) -> Router {
    let pages = match front.site {
        Site::Staff => staff::pages(),
        Site::Residents => resident::pages(),
    };
    let secure = front.origin.is_secure();
    let site = pages
        .route("/login", get(login::show).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/theme", post(preferences::theme))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(error::no_such_page)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_LIMIT,
        ))
        .layer(from_fn_with_state(front.clone(), error::finish))
        .with_state(front)
        .layer(CompressionLayer::new());
    with_headers(site, secure).layer(
        TraceLayer::new_for_http()
            .make_span_with(span)
            .on_response(DefaultOnResponse::new().level(Level::INFO)),
    )
}

/// What every answer says to the browser.
fn with_headers(site: Router, secure: bool) -> Router {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    let mut site = site.layer(SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    ));
    for (name, value) in fixed {
        let value = HeaderValue::from_static(value);
        site = site.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    match secure {
        true => site.layer(SetResponseHeaderLayer::overriding(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        )),
        false => site,
    }
}

/// Method and path only: a query may say more than a log should keep.
fn span<B>(request: &Request<B>) -> Span {
    info_span!("page", method = %request.method(), path = request.uri().path())
}
