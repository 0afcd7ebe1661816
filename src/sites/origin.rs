//! Under which address people reach a site, and what follows for its cookies.

use axum::http::HeaderValue;

use crate::access::Site;

/// Scheme, host and port as a browser writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(String);

impl Origin {
    /// The origin that `text` is: `https://host`, or `http://` of this very machine.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        let (scheme, host) = text.split_once("://")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        let is_host = !host.is_empty() && host.chars().all(is_plain);
        let is_here = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|here| host == *here || host.starts_with(&format!("{here}:")));
        match scheme {
            "https" if is_host => Some(Self(text.to_ascii_lowercase())),
            "http" if is_host && is_here => Some(Self(text.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// As it is written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent stays secret on its way.
    pub(super) fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The name of the session's cookie. Both sites of a demonstration share a host, and cookies do
    /// not know ports: each has a name of its own.
    pub(super) fn session_cookie(&self, site: Site) -> &'static str {
        match (self.is_secure(), site) {
            (true, Site::Staff) => "__Host-ek-staff",
            (true, Site::Residents) => "__Host-ek-home",
            (false, Site::Staff) => "ek-staff",
            (false, Site::Residents) => "ek-home",
        }
    }

    /// A cookie that scripts cannot read and other sites do not send along.
    pub(super) fn cookie(&self, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_net_is_reached_by_https_only() {
        for text in [
            "https://uk.example.ru",
            "http://127.0.0.1:8355",
            "http://localhost:80/",
        ] {
            assert!(Origin::parse(text).is_some(), "{text}");
        }
        for text in [
            "http://uk.example.ru",
            "http://127.0.0.1.example.ru",
            "ftp://127.0.0.1",
            "https://",
            "https://a/b",
            "uk.example.ru",
        ] {
            assert!(Origin::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_secure_cookie_belongs_to_its_host_alone() {
        let origin = Origin::parse("https://uk.example.ru").expect("an origin");
        let name = origin.session_cookie(Site::Staff);
        let cookie = origin.cookie(name, "t", 60).expect("a header");
        let text = cookie.to_str().expect("text");
        assert!(text.starts_with("__Host-ek-staff=t; Path=/;"), "{text}");
        assert!(text.contains("HttpOnly") && text.ends_with("; Secure"));
        assert!(!text.contains("Domain"), "{text}");
        let here = Origin::parse("http://127.0.0.1:1").expect("an origin");
        assert_ne!(
            here.session_cookie(Site::Staff),
            here.session_cookie(Site::Residents)
        );
    }
}
