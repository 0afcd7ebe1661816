//! Where the server listens, as whom, and how it ends.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Duration;

use energokabinet::api::{ApiError, Listen, Server, Token, serve};
use energokabinet::store::error::StoreError;
use energokabinet::store::{Ledger, pool};
use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::house::{self, FLAT_2_COLD};
use crate::served::{Served, ledger, reading};
use crate::socket::ask;
use crate::support::TestDatabase;

/// A folder and the path of a socket in it.
fn socket_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ek.sock");
    (folder, path)
}

#[tokio::test]
async fn a_socket_serves_its_owner_without_a_token() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database).await;
    let book = house::record(&ledger, Uuid::new_v4()).await;
    let (_folder, path) = socket_path();
    let server = Server::bind(ledger, Listen::Socket(path.clone()), None)
        .await
        .expect("the socket is bound");
    let mode = std::fs::metadata(&path)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        stopped.await.ok();
    }));
    assert_eq!(ask(&path, "GET", "/ready", None).await.0, 200);
    let (status, books) = ask(&path, "GET", "/api/v1/books", None).await;
    assert_eq!(status, 200, "{books}");
    let target = format!("/api/v1/books/{book}/readings");
    let body = json!({"readings": [reading(FLAT_2_COLD, "20")]});
    let (status, told) = ask(&path, "POST", &target, Some(&body)).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["readings"][0]["status"], "accepted");
    stop.send(()).expect("it still runs");
    running.await.expect("no panic").expect("it ends well");
    assert!(!path.exists(), "the file is cleared away");
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_a_living_one_is_not() {
    let database = TestDatabase::new().await;
    let (folder, path) = socket_path();
    drop(UnixListener::bind(&path).expect("bound"));
    assert!(path.exists(), "a killed server leaves its file");
    let bind = |path: PathBuf| async {
        Server::bind(ledger(&database).await, Listen::Socket(path), None).await
    };
    let server = bind(path.clone()).await.expect("nobody answers there");
    let second = bind(path.clone()).await;
    assert!(
        matches!(second, Err(ApiError::SocketInUse(_))),
        "{second:?}"
    );
    assert!(path.exists());
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "mine").expect("written");
    let third = bind(file.clone()).await;
    assert!(matches!(third, Err(ApiError::NotASocket(_))), "{third:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("read"), "mine");
    drop(server);
    assert!(!path.exists(), "a server that never ran clears away too");
}

#[tokio::test]
async fn loopback_needs_a_token_and_a_free_port() {
    let database = TestDatabase::new().await;
    let app = ledger(&database).await;
    let without = serve(app.clone(), Listen::Loopback(0), None, async {}).await;
    assert!(matches!(without, Err(ApiError::TokenNeeded)), "{without:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let token = Token::generate().expect("there is randomness");
    let second = serve(app, Listen::Loopback(port), Some(token), async {}).await;
    assert!(matches!(second, Err(ApiError::Listen { .. })), "{second:?}");
}

#[tokio::test]
async fn it_does_not_serve_with_rights_that_pass_the_guards() {
    let database = TestDatabase::new().await;
    for url in [database.owner_url(), database.superuser_url()] {
        let pool = pool::connect(&url, "energokabinet api tests", 2)
            .await
            .expect("connects");
        let ledger = Ledger::new(pool, aggregates::upcast::upcasters);
        let (_folder, path) = socket_path();
        let refused = serve(ledger, Listen::Socket(path.clone()), None, async {}).await;
        assert!(
            matches!(refused, Err(ApiError::Store(StoreError::Privileged { .. }))),
            "{refused:?}"
        );
        assert!(!path.exists(), "nothing was opened");
    }
}

#[tokio::test]
async fn it_stops_when_told_and_forgets_nothing() {
    let served = Served::start().await;
    let told = served.read(FLAT_2_COLD, "20").await;
    let (client, book) = (served.client.clone(), served.book);
    let database = tokio::time::timeout(Duration::from_secs(15), served.stop())
        .await
        .expect("it stops soon");
    let refused = tokio::task::spawn(async move { client.get("/health").await });
    assert!(refused.await.is_err(), "nobody listens any more");
    let ledger = ledger(&database).await;
    let id = told["event"].as_str().and_then(|id| id.parse().ok());
    let kept = ledger.event(book.0, &id.expect("an event id")).await;
    assert!(kept.expect("readable").is_some());
}

#[tokio::test]
async fn without_its_migrations_it_is_alive_but_not_ready() {
    let database = TestDatabase::new().await;
    let owner = database.owner_pool().await;
    sqlx::query("delete from public._sqlx_migrations where version = 2")
        .execute(&owner)
        .await
        .expect("the owner may");
    let (_folder, path) = socket_path();
    let server = Server::bind(ledger(&database).await, Listen::Socket(path.clone()), None)
        .await
        .expect("the socket is bound");
    let running = tokio::spawn(server.run(std::future::pending()));
    assert_eq!(ask(&path, "GET", "/health", None).await.0, 200);
    let (status, problem) = ask(&path, "GET", "/ready", None).await;
    assert_eq!(status, 503, "{problem}");
    assert!(problem["incident"].is_string());
    running.abort();
}

#[tokio::test]
async fn a_database_that_is_away_is_told_without_its_reasons() {
    let served = Served::start().await;
    served.ledger.close().await;
    served.client.get("/health").await.expect_status(200);
    let body = json!({"readings": [reading(FLAT_2_COLD, "20")]});
    for answer in [
        served.client.get("/ready").await,
        served.client.get("/api/v1/books").await,
        served.client.post(&served.at("readings"), &body).await,
    ] {
        let answer = answer.expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(answer.body["incident"].is_string());
        assert!(!answer.body.to_string().contains("pool"), "{}", answer.body);
    }
    served.stop().await;
}
