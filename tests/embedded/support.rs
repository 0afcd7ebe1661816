//! Homes for tests, and what tests ask of a server.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use energokabinet::embedded::{self, PrivateServer, ServerStatus};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A home that exists and is empty; its server is stopped when it is dropped.
pub(crate) struct TestHome {
    dir: TempDir,
}

impl TestHome {
    pub(crate) fn new() -> Self {
        // /var/tmp and not the target directory: root's checkout may lie in /root.
        let dir = tempfile::Builder::new()
            .prefix("ek-embedded-")
            .tempdir_in("/var/tmp")
            .expect("a temporary directory");
        fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).expect("our directory");
        Self { dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) async fn start(&self) -> PrivateServer {
        PrivateServer::start(self.path()).await.expect("a start")
    }

    /// Where the socket directory was before the server was stopped.
    pub(crate) async fn stopped_socket_dir(&self) -> PathBuf {
        let server = self.start().await;
        let dir = server.socket_dir().to_owned();
        server.stop().await.expect("a stop");
        assert!(!dir.exists(), "a stop leaves nothing in /tmp");
        dir
    }

    /// A harmless process of the account the server runs under.
    pub(crate) fn stranger_of_the_server(&self) -> Child {
        let owner = fs::metadata(self.path().join("data")).expect("data");
        let mut command = Command::new("sleep");
        command.arg("300").stdin(Stdio::null()).current_dir("/");
        if is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command.spawn().expect("sleep")
    }
}

impl Drop for TestHome {
    fn drop(&mut self) {
        // On a thread of its own: a drop may happen inside the runtime of the test.
        let home = self.path().to_owned();
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(embedded::stop(&home))
        })
        .join();
        if !std::thread::panicking() {
            stopped
                .expect("no panic while stopping")
                .expect("the server stops");
        }
    }
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

/// The one text value a query gives.
pub(crate) async fn query_text(url: &str, query: &str) -> String {
    let mut session = connect(url).await;
    let value = sqlx::query_scalar(query)
        .fetch_one(&mut session)
        .await
        .expect(query);
    session.close().await.expect("an open session");
    value
}

pub(crate) fn kill(signal: &str, pid: u32) {
    let status = Command::new("bash")
        .args(["-c", &format!("kill -{signal} {pid}")])
        .status()
        .expect("bash");
    assert!(status.success());
}

/// The process of a running server.
pub(crate) async fn pid(server: &PrivateServer) -> u32 {
    match server.status().await.expect("a status") {
        ServerStatus::Running { pid } => Some(pid),
        _ => None,
    }
    .expect("a running server")
}

/// Waits until no process of the home's server is left.
pub(crate) async fn wait_until_gone(home: &TestHome) {
    let gone = async {
        while embedded::status(home.path()).await.expect("a status") != ServerStatus::Stopped {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone)
        .await
        .expect("the processes end");
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}
