//! Who asks: the session behind a request, and the relations of its person.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;

use crate::access::policy::Viewer;
use crate::access::{Profile, Session};
use crate::sites::Front;
use crate::sites::error::SiteError;
use crate::sites::preferences::Theme;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) viewer: Viewer,
    pub(super) profile: Profile,
    pub(super) session: Session,
    pub(super) theme: Theme,
}

/// A cookie of the request.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter();
    let texts = all.filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name).then_some(value)
    })
}

/// The session of the request, where there is one.
pub(super) async fn session(
    front: &Front,
    headers: &HeaderMap,
) -> Result<Option<Session>, SiteError> {
    match cookie(headers, front.origin.session_cookie(front.site)) {
        Some(token) => Ok(front.people.session(front.site, token).await?),
        None => Ok(None),
    }
}

impl FromRequestParts<Front> for Signed {
    type Rejection = SiteError;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, SiteError> {
        let asked = parts.uri.path_and_query();
        let path = asked.map_or_else(|| "/".to_owned(), ToString::to_string);
        // Only what can be asked for again is come back to.
        let back = match parts.method.is_safe() {
            true => path,
            false => "/".to_owned(),
        };
        let Some(session) = session(front, &parts.headers).await? else {
            return Err(SiteError::SignInNeeded(back));
        };
        let Some(profile) = front.people.profile(session.person).await? else {
            // Erased meanwhile.
            return Err(SiteError::SignInNeeded("/".to_owned()));
        };
        Ok(Self {
            viewer: front.people.viewer(session.person).await?,
            profile,
            session,
            theme: Theme::of(&parts.headers),
        })
    }
}
