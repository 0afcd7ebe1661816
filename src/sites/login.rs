//! Signing in and out: the same page for both sites.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::access::{Arrival, SignInError, Site};
use crate::sites::answer::{Answer, page_with, see};
use crate::sites::error::SiteError;
use crate::sites::front::{cookie, session};
use crate::sites::preferences::Theme;
use crate::sites::{Front, assets};

/// A session's cookie outlives no session: the row decides.
const COOKIE_SECONDS: i64 = 30 * 24 * 60 * 60;

#[derive(Template)]
#[template(path = "sites/login.html", config = ".askama.toml")]
struct LoginPage {
    assets: String,
    theme: &'static str,
    is_staff: bool,
    login: String,
    next: String,
    mistake: Option<String>,
    signed_in: bool,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login`
pub(super) async fn show(
    State(front): State<Front>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Answer {
    let page = LoginPage {
        assets: assets::base(),
        theme: Theme::of(&headers).attribute(),
        is_staff: front.site == Site::Staff,
        login: String::new(),
        next: own_path(&asked.next).to_owned(),
        mistake: None,
        signed_in: session(&front, &headers).await?.is_some(),
    };
    page_with(StatusCode::OK, &page)
}

/// `POST /login`
pub(super) async fn enter(
    State(front): State<Front>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Answer {
    let address = address_of(&front, peer.ip(), &headers);
    let arrival = Arrival {
        site: front.site,
        login: &typed.login,
        password: &typed.password,
        address: &address,
    };
    let (status, mistake, minutes) = match front.people.sign_in(arrival).await {
        Ok(token) => return let_in(&front, &headers, &token, own_path(&typed.next)).await,
        Err(SignInError::Access(error)) => return Err(error.into()),
        Err(error @ SignInError::TooMany { minutes }) => (
            StatusCode::TOO_MANY_REQUESTS,
            error.to_string(),
            Some(minutes),
        ),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string(), None),
    };
    let page = LoginPage {
        assets: assets::base(),
        theme: Theme::of(&headers).attribute(),
        is_staff: front.site == Site::Staff,
        login: typed.login,
        next: own_path(&typed.next).to_owned(),
        mistake: Some(projections::text::capital(&mistake)),
        signed_in: false,
    };
    let mut answer = page_with(status, &page)?;
    let wait = minutes.map(|minutes| HeaderValue::from(minutes * 60));
    let wait = wait.map(|wait| (RETRY_AFTER, wait));
    answer.headers_mut().extend(wait);
    Ok(answer)
}

/// A session that was there ends: a token set before signing in is worth nothing afterwards.
async fn let_in(front: &Front, headers: &HeaderMap, token: &str, next: &str) -> Answer {
    let name = front.origin.session_cookie(front.site);
    if let Some(before) = cookie(headers, name) {
        front.people.sign_out(before).await?;
    }
    let mut answer = see(next)?;
    let kept = front.origin.cookie(name, token, COOKIE_SECONDS);
    let kept = kept.map(|kept| (SET_COOKIE, kept));
    answer.headers_mut().extend(kept);
    Ok(answer)
}

/// `POST /logout`
pub(super) async fn leave(State(front): State<Front>, headers: HeaderMap) -> Answer {
    let name = front.origin.session_cookie(front.site);
    if let Some(token) = cookie(&headers, name) {
        front.people.sign_out(token).await?;
    }
    let mut answer = see("/login")?;
    let gone = front.origin.cookie(name, "", 0);
    let gone = gone.map(|gone| (SET_COOKIE, gone));
    answer.headers_mut().extend(gone);
    Ok(answer)
}

/// A path of this site, or its first page: nobody is led elsewhere by a link to our door.
fn own_path(next: &str) -> &str {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && next.is_ascii();
    match is_own {
        true => next,
        false => "/",
    }
}

/// A path as the value of a query.
pub(super) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// From where somebody comes. Behind a proxy of this machine, which ends TLS, its last word counts;
/// what others wrote before it may be invented.
fn address_of(front: &Front, peer: IpAddr, headers: &HeaderMap) -> String {
    let is_proxied = front.origin.is_secure() && peer.is_loopback();
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.rsplit(',').next())
        .and_then(|text| text.trim().parse::<IpAddr>().ok());
    match last.filter(|_| is_proxied) {
        Some(address) => address.to_string(),
        None => peer.to_string(),
    }
}

impl From<SignInError> for SiteError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Access(error) => error.into(),
            error => Self::Refused(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_the_site() {
        assert_eq!(own_path("/houses?period=2026-10"), "/houses?period=2026-10");
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/\r\nx",
        ] {
            assert_eq!(own_path(next), "/", "{next}");
        }
        assert_eq!(encoded("/a?b=1&c"), "/a%3Fb%3D1%26c");
    }
}
