//! A client over loopback, and what it hears.

use serde_json::Value;

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The position that the answer is told as of.
    pub fn position(&self) -> i64 {
        let position = self.header("ledger-position");
        position
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no position: {self:?}"))
    }

    /// The answer, if it has this status.
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The answer, if it is a well-formed problem with this status and type.
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let kind = format!("urn:energokabinet:problem:{code}");
        assert_eq!(self.body["type"], kind, "{}", self.body);
        assert_eq!(self.body["status"], status);
        for text in ["title", "detail", "instance"] {
            assert!(self.body[text].is_string(), "{text}: {}", self.body);
        }
        self
    }

    /// The fields that a problem names.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["field"].as_str()).collect()
    }
}

/// A client with or without a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    pub fn new(base: String, token: Option<&str>) -> Self {
        Self {
            http: reqwest::Client::new(),
            base,
            token: token.map(str::to_owned),
        }
    }

    /// The same client with another token.
    pub fn bearing(&self, token: Option<&str>) -> Self {
        Self::new(self.base.clone(), token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// A request with an idempotency key.
    pub async fn post_keyed(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.http.post(self.url(path)).json(body);
        self.send(request.header("Idempotency-Key", key)).await
    }

    /// A request with another body than JSON, or another type.
    pub async fn post_raw(&self, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
        let request = self.http.post(self.url(path)).body(body);
        self.send(request.header("Content-Type", content_type))
            .await
    }

    pub async fn put(&self, path: &str) -> Answer {
        self.send(self.http.put(self.url(path))).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.expect("the server answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.expect("the body arrives");
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&bytes))),
        };
        Answer {
            status,
            headers,
            body,
        }
    }
}
