//! What a browser remembers of how its person likes pages.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{REFERER, SET_COOKIE};
use serde::Deserialize;

use crate::sites::Front;
use crate::sites::answer::{Answer, see};
use crate::sites::front::cookie;

/// A year.
const KEPT_SECONDS: i64 = 365 * 24 * 60 * 60;
const COOKIE: &str = "ek-theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As the browser remembers it.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match cookie(headers, COOKIE) {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// The word in `data-bs-theme`; none where the system decides.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The form.
#[derive(Deserialize)]
pub(super) struct ThemeForm {
    theme: Theme,
}

/// `POST /theme`
pub(super) async fn theme(
    State(front): State<Front>,
    headers: HeaderMap,
    Form(form): Form<ThemeForm>,
) -> Answer {
    let value = match form.theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let mut answer = see(&back(&front, &headers))?;
    let kept = front.origin.cookie(COOKIE, value, KEPT_SECONDS);
    answer
        .headers_mut()
        .extend(kept.map(|kept| (SET_COOKIE, kept)));
    Ok(answer)
}

/// The page that the form stood on, if it is one of this site.
fn back(front: &Front, headers: &HeaderMap) -> String {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    let path = referer.and_then(|text| text.strip_prefix(front.origin.as_str()));
    path.filter(|path| path.starts_with('/') && !path.starts_with("//"))
        .unwrap_or("/")
        .to_owned()
}
