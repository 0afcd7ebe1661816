//! Under whom the server runs: root hands it over, everybody else runs it themselves.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    process::Command,
};

use energokabinet::embedded::{EmbeddedError, PrivateServer};

use crate::support::{TestHome, is_root, query_text};

/// Set for the copy of this test binary that runs as an ordinary user.
const CHILD_HOME: &str = "EK_TEST_CHILD_HOME";
const NOBODY: u32 = 65_534;

#[tokio::test]
async fn as_root_the_server_runs_under_an_unprivileged_account() {
    let home = TestHome::new();
    let server = home.start().await;
    let owner = server.data_dir().metadata().expect("data").uid();
    assert_ne!(owner, 0, "the server never runs as root");
    if !is_root() {
        assert_eq!(owner, fs::metadata(home.path()).expect("home").uid());
    }
}

#[tokio::test]
async fn an_ordinary_user_runs_the_server_themselves() {
    if let Some(home) = env::var_os(CHILD_HOME) {
        run_as_user(home.as_ref()).await;
        return;
    }
    let outer = TestHome::new();
    let home = outer.path().join("of-a-user");
    fs::create_dir(&home).expect("a directory");
    if !is_root() {
        run_as_user(&home).await;
        return;
    }
    chown(&home, Some(NOBODY), Some(NOBODY)).expect("root may");
    // The original may lie where the user cannot enter.
    let program = outer.path().join("tests");
    fs::copy(env::current_exe().expect("our path"), &program).expect("a copy");
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("our file");
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&program)
        .args([
            "--exact",
            "account::an_ordinary_user_runs_the_server_themselves",
            "--nocapture",
        ])
        .current_dir("/")
        .env(CHILD_HOME, &home)
        .output()
        .expect("setpriv of util-linux");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::metadata(home.join("data")).expect("data").uid(), NOBODY);
}

async fn run_as_user(home: &std::path::Path) {
    let server = PrivateServer::start(home).await.expect("a start");
    assert_eq!(query_text(&server.app_url(), "select 'ok'").await, "ok");
    let again = PrivateServer::start(home).await.expect("a second start");
    assert!(again.stop().await.expect("a stop"));
}

#[tokio::test]
async fn a_home_the_server_account_cannot_reach_is_named() {
    if !is_root() {
        return; // Nobody but root hands the server to another account.
    }
    let outer = TestHome::new();
    let closed = outer.path().join("closed");
    fs::create_dir(&closed).expect("a directory");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).expect("our directory");
    let refusal = PrivateServer::start(&closed.join("home"))
        .await
        .expect_err("unreachable");
    assert!(
        matches!(&refusal, EmbeddedError::HomeUnreachable { ancestor, .. } if *ancestor == closed),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_home_of_somebody_else_is_refused() {
    if !is_root() {
        return; // Only root can make such a home.
    }
    let outer = TestHome::new();
    let foreign = outer.path().join("foreign");
    fs::create_dir(&foreign).expect("a directory");
    chown(&foreign, Some(NOBODY), Some(NOBODY)).expect("root may");
    let refusal = PrivateServer::start(&foreign).await.expect_err("foreign");
    assert!(
        matches!(refusal, EmbeddedError::ForeignOwner { .. }),
        "{refusal}"
    );
}
