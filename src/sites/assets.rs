//! Styles, icons and the script: embedded in the program, under addresses that change with them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::sites::error::SiteError;

/// Name, type, content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "tokens.css",
        "text/css; charset=utf-8",
        include_str!("assets/tokens.css"),
    ),
    (
        "site.css",
        "text/css; charset=utf-8",
        include_str!("assets/site.css"),
    ),
    (
        "pages.css",
        "text/css; charset=utf-8",
        include_str!("assets/pages.css"),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_str!("assets/app.js"),
    ),
    (
        "sprite.svg",
        "image/svg+xml",
        include_str!("assets/sprite.svg"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

/// Names all files together: a change of one gives every address anew.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in FILES {
        hash.update(name);
        hash.update([0]);
        hash.update(content);
    }
    hex::encode(&hash.finalize()[..6])
});

/// Where the files stand, without the last slash.
pub(super) fn base() -> String {
    format!("/assets/{}", VERSION.as_str())
}

/// `GET /assets/{hash}/{name}`
pub(super) async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    match found.filter(|_| hash == *VERSION) {
        Some((_, kind, content)) => {
            let kept = "public, max-age=31536000, immutable";
            ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, kept)], *content).into_response()
        }
        None => SiteError::NotFound.into_response(),
    }
}

/// `GET /favicon.ico`: what browsers ask for unasked.
pub(super) async fn favicon() -> Response {
    let kept = "public, max-age=86400";
    let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, kept)];
    (headers, include_str!("assets/icon.svg")).into_response()
}
