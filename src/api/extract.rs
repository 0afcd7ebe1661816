//! Reading a request: what is in its address, its query, its headers and its body.

use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, SubsecRound, Utc};
use serde::de::DeserializeOwned;

use crate::api::fault::{Fault, FieldError};
use crate::store::Request as KeyedRequest;

/// Header of a request that may be repeated.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The variable parts of an address.
pub(super) struct Address<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Address<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(bad_address)
    }
}

fn bad_address(rejection: PathRejection) -> Fault {
    let detail = "в адресе — не идентификатор (UUID), период (ГГГГ-ММ) или номер показания";
    Fault::BadRequest {
        detail: detail.to_owned(),
        errors: vec![FieldError::new("path", rejection.body_text())],
    }
}

/// The parameters after the question mark.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(bad_query)
    }
}

fn bad_query(rejection: QueryRejection) -> Fault {
    Fault::BadRequest {
        detail: "параметры запроса не разобраны".to_owned(),
        errors: vec![FieldError::new("query", rejection.body_text())],
    }
}

/// A request that writes.
pub(super) struct Writing<T> {
    /// What it says.
    pub(super) body: T,
    /// Its identity, where the client gave it a key.
    pub(super) request: Option<KeyedRequest>,
    /// When it came.
    pub(super) received_at: DateTime<Utc>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Writing<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let received_at = Utc::now().trunc_subsecs(6);
        // The same body sent to another address is another request.
        let operation = format!("{} {}", request.method(), request.uri().path());
        let key = key_of(request.headers())?;
        if !is_json(request.headers()) {
            return Err(Fault::NotJson);
        }
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
                    _ => Fault::BadRequest {
                        detail: "тело запроса оборвалось; повторите".to_owned(),
                        errors: Vec::new(),
                    },
                })?;
        let request = key
            .map(|key| KeyedRequest::new(key, &operation, &bytes))
            .transpose()?;
        Ok(Self {
            body: parse(&bytes)?,
            request,
            received_at,
        })
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let text = key.to_str().ok().filter(|_| keys.next().is_none());
    let text = text.ok_or_else(|| {
        let detail = "ожидается один ключ из видимых символов ASCII";
        Fault::bad_parameter("Idempotency-Key", detail)
    })?;
    Ok(Some(text.to_owned()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|text| text.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| {
        let essence = essence.trim().to_ascii_lowercase();
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

/// The body, or the path of the field that does not fit.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let refuse = |field: String, reason: serde_json::Error| {
        let place = match field.as_str() {
            "." => "корень".to_owned(),
            field => field.to_owned(),
        };
        Fault::BadRequest {
            detail: format!("тело запроса не разобрано, место: {place}"),
            errors: vec![FieldError::new(field, reason)],
        }
    };
    let body = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| refuse(error.path().to_string(), error.into_inner()))?;
    json.end().map_err(|error| refuse(".".to_owned(), error))?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_known_by_its_essence() {
        for (text, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/json", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]);
            assert_eq!(is_json(&headers), expected, "{text}");
        }
    }

    #[test]
    fn anything_after_the_body_is_refused() {
        assert!(parse::<Vec<u8>>(b"[1] ").is_ok());
        assert!(parse::<Vec<u8>>(b"[1] 2").is_err());
    }
}
