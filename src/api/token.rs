//! The token that stands for access control until there is one.

use std::fmt;
use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::api::fault::Fault;

/// Random bytes of a generated token.
const TOKEN_BYTES: usize = 32;

/// Shortest token that is taken from a file: 128 bits in hexadecimal digits.
const TOKEN_CHARS_MIN: usize = 32;

/// What a client must bear: `Authorization: Bearer …`. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A token that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The operating system gives no random bytes.
    #[error("операционная система не даёт случайных чисел; повторите")]
    NoRandomness,
    /// The file cannot be read.
    #[error("файл токена {} не читается; проверьте путь и права", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no token.
    #[error(
        "в файле токена {} нужна одна строка не короче {TOKEN_CHARS_MIN} видимых символов ASCII \
         без пробелов; подойдёт вывод `openssl rand -hex 32`", path.display()
    )]
    Unfit {
        /// Which.
        path: PathBuf,
    },
}

impl Token {
    /// A new token: 32 random bytes as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`TokenError::NoRandomness`].
    pub fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| TokenError::NoRandomness)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The token that stands alone in the file at `path`.
    ///
    /// # Errors
    /// [`TokenError::Unreadable`] or [`TokenError::Unfit`].
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let text = std::fs::read_to_string(path).map_err(|source| TokenError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let token = text.trim();
        let is_fit = token.len() >= TOKEN_CHARS_MIN && token.bytes().all(|b| b.is_ascii_graphic());
        match is_fit {
            true => Ok(Self(token.to_owned())),
            false => Err(TokenError::Unfit {
                path: path.to_owned(),
            }),
        }
    }

    /// The token itself, for whoever is to bear it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is this token. Takes the same time wherever the two differ.
    fn is(&self, offered: &str) -> bool {
        let expected = Sha256::digest(self.0.as_bytes());
        let offered = Sha256::digest(offered.as_bytes());
        let differing = expected
            .iter()
            .zip(&offered)
            .fold(0, |all, (a, b)| all | (a ^ b));
        differing == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Lets through what bears the token, or everything where there is none.
pub(super) async fn require(
    State(token): State<Option<Token>>,
    request: Request,
    next: Next,
) -> Response {
    match token {
        Some(token) if !offered(request.headers()).is_some_and(|text| token.is(text)) => {
            Fault::Unauthorized.into_response()
        }
        _ => next.run(request).await,
    }
}

fn offered(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_random_and_not_printed() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_eq!(one.as_str().len(), 64);
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "Token(…)");
    }

    #[test]
    fn only_the_token_itself_fits() {
        let token = Token::generate().unwrap();
        assert!(token.is(token.as_str()));
        assert!(!token.is(""));
        assert!(!token.is(&token.as_str()[1..]));
    }

    #[test]
    fn a_file_with_a_short_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret\n").unwrap();
        assert!(matches!(Token::read(&path), Err(TokenError::Unfit { .. })));
        std::fs::write(&path, format!("{}\n", "a1".repeat(32))).unwrap();
        assert_eq!(Token::read(&path).unwrap().as_str(), "a1".repeat(32));
    }
}
