//! Chromium over its debugging pipe: messages of JSON, each ended by a zero byte.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A browser without a screen, with one page.
pub struct Chromium {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    buffer: Vec<u8>,
    next: u64,
    session: Option<String>,
    loaded: bool,
    complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The pipe is on the descriptors 3 and 4; a shell moves ours there.
        let program = format!(
            "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --hide-scrollbars --no-first-run --user-data-dir={} --remote-debugging-pipe \
             about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1",
            profile.path().display()
        );
        let mut child = Command::new("bash")
            .args(["-c", &program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("bash is there");
        let mut chromium = Self {
            input: child.stdin.take().expect("a pipe"),
            output: child.stdout.take().expect("a pipe"),
            child,
            buffer: Vec::new(),
            next: 0,
            session: None,
            loaded: false,
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = chromium
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = chromium.call("Target.attachToTarget", attach).await;
        chromium.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            chromium.call(&format!("{domain}.enable"), json!({})).await;
        }
        chromium
    }

    pub async fn set_cookie(&mut self, base: &str, name: &str, value: &str) {
        let cookie = json!({"url": base, "name": name, "value": value});
        self.call("Network.setCookie", cookie).await;
    }

    /// A screen of this width and theme.
    pub async fn screen(&mut self, width: u32, theme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
        let metrics = json!({
            "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&mut self, url: &str) {
        self.loaded = false;
        self.call("Page.navigate", json!({"url": url})).await;
        while !self.loaded {
            self.hear().await;
        }
    }

    pub async fn number(&mut self, expression: &str) -> i64 {
        let value = self.evaluate(expression).await;
        value
            .as_i64()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    pub async fn text(&mut self, expression: &str) -> String {
        let value = self.evaluate(expression).await;
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("{expression}: {value}"));
        text.to_owned()
    }

    /// What the browser had to complain about: the policy, scripts, files.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.clone()
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        self.call("Runtime.evaluate", asked).await["result"]["value"].clone()
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input
            .write_all(&bytes)
            .await
            .expect("the browser listens");
        self.input.flush().await.expect("the browser listens");
        loop {
            let heard = self.hear().await;
            if heard["id"] == json!(id) {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
        }
    }

    /// The next message; events are noted on the way.
    async fn hear(&mut self) -> Value {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == 0) {
                let message: Vec<u8> = self.buffer.drain(..=end).collect();
                let told = serde_json::from_slice(&message[..end]).expect("JSON");
                self.note(&told);
                return told;
            }
            let mut chunk = vec![0; 1 << 16];
            let read = self.output.read(&mut chunk);
            let read = tokio::time::timeout(Duration::from_secs(30), read)
                .await
                .expect("the browser answers");
            let count = read.expect("the pipe stays");
            assert!(
                count > 0,
                "chromium ended: is it installed? apt-get install chromium"
            );
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }

    fn note(&mut self, told: &Value) {
        match told["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Log.entryAdded") => {
                self.complaints
                    .push(told["params"]["entry"]["text"].to_string());
            }
            Some("Runtime.exceptionThrown") => {
                self.complaints
                    .push(told["params"]["exceptionDetails"].to_string());
            }
            _ => {}
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.child.start_kill().ok();
    }
}
