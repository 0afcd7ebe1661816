//! Pages and redirects as answers.

use askama::Template;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::sites::error::SiteError;

/// What a handler gives.
pub(super) type Answer = Result<Response, SiteError>;

/// The page that a template makes.
pub(super) fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// The same with another status.
pub(super) fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let html = template.render().map_err(SiteError::internal)?;
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((status, kind, html).into_response())
}

/// Sends the browser to another page by a GET: nothing is sent twice by reloading.
pub(super) fn see(path: &str) -> Answer {
    let place = HeaderValue::from_str(path).map_err(SiteError::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}
