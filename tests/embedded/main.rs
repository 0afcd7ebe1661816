//! The private PostgreSQL against the real programs: made from nothing, found again, recovered
//! after kills, safe from strangers, and durable.
//!
//! Every test has a home of its own in a directory any account may pass through, and stops its
//! server at the end.

mod account;
mod recovery;
mod support;

use std::{
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use energokabinet::embedded::{
    EmbeddedError, Login, PORT, PrivateServer, ServerStatus, status, stop,
};
use sqlx::Connection;

use crate::support::{TestHome, connect, pid, query_text};

#[tokio::test]
async fn it_starts_from_nothing_and_is_found_again() {
    let home = TestHome::new();
    assert_eq!(
        status(home.path()).await.expect("a status"),
        ServerStatus::Absent
    );

    let first = home.start().await;
    let running = pid(&first).await;

    let began = Instant::now();
    let second = home.start().await;
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "the second start took {began:?}"
    );
    assert_eq!(second.owner_url(), first.owner_url());
    assert_eq!(pid(&second).await, running);

    assert!(first.stop().await.expect("a stop"), "it was running");
    assert_eq!(
        status(home.path()).await.expect("a status"),
        ServerStatus::Stopped
    );
    assert!(
        !stop(home.path()).await.expect("a stop"),
        "nothing was left to stop"
    );
}

#[tokio::test]
async fn it_is_durable_whatever_its_configuration_files_say() {
    let home = TestHome::new();
    let server = home.start().await;
    for setting in [
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "data_checksums",
    ] {
        let value = query_text(&server.superuser_url(), &format!("show {setting}")).await;
        assert_eq!(value, "on", "{setting}");
    }
    let mut session = connect(&server.superuser_url()).await;
    sqlx::raw_sql("alter system set fsync = off")
        .execute(&mut session)
        .await
        .expect("allowed");
    session.close().await.expect("an open session");
    server.stop().await.expect("a stop");

    let again = home.start().await;
    assert_eq!(query_text(&again.superuser_url(), "show fsync").await, "on");
}

#[tokio::test]
async fn a_running_server_that_is_not_durable_is_refused() {
    let home = TestHome::new();
    let server = home.start().await;
    let mut session = connect(&server.superuser_url()).await;
    sqlx::raw_sql("alter role postgres set synchronous_commit = off")
        .execute(&mut session)
        .await
        .expect("a superuser may do that");
    session.close().await.expect("an open session");
    let refusal = PrivateServer::start(home.path())
        .await
        .expect_err("not durable");
    assert!(
        matches!(
            refusal,
            EmbeddedError::NotDurable {
                setting: "synchronous_commit",
                ..
            }
        ),
        "{refusal}"
    );
}

#[tokio::test]
async fn it_speaks_utf8_orders_by_code_point_and_listens_on_the_socket_only() {
    let home = TestHome::new();
    let server = home.start().await;
    let url = server.owner_url();
    assert_eq!(query_text(&url, "show server_encoding").await, "UTF8");
    assert_eq!(
        query_text(&url, "select lower('ПРИБОР УЧЁТА')").await,
        "прибор учёта"
    );
    let ordered =
        "select string_agg(v, '' order by v) from (values ('б'), ('Я'), ('a'), ('Z')) t(v)";
    assert_eq!(query_text(&url, ordered).await, "ZaЯб");
    assert_eq!(query_text(&url, "show listen_addresses").await, "");
    assert_eq!(
        query_text(&url, "select inet_server_addr() is null || ''").await,
        "true"
    );
}

#[tokio::test]
async fn the_logins_have_the_rights_they_need_and_no_more() {
    let home = TestHome::new();
    let server = home.start().await;
    let attributes = "select concat_ws(' ', rolname, rolsuper, rolcreaterole, rolcreatedb, \
                      rolbypassrls) from pg_roles where rolname = current_user";
    assert_eq!(
        query_text(&server.superuser_url(), attributes).await,
        "postgres t t t t"
    );
    assert_eq!(
        query_text(&server.owner_url(), attributes).await,
        "ek_owner f t t f"
    );
    assert_eq!(
        query_text(&server.app_url(), attributes).await,
        "ek_app_login f f f f"
    );
    let member = "select pg_has_role('ek_app_login', 'ek_app', 'usage') || ''";
    assert_eq!(query_text(&server.app_url(), member).await, "true");
    let owner =
        "select pg_get_userbyid(datdba) from pg_database where datname = current_database()";
    assert_eq!(query_text(&server.app_url(), owner).await, "ek_owner");

    // What migrations and tests do as owner.
    let mut session = connect(&server.owner_url()).await;
    for statement in [
        "create role ek_ledger_probe nologin",
        "create table probe (id int)",
        "grant select on probe to ek_app",
        "grant ek_app to ek_ledger_probe",
        "create database probe",
    ] {
        sqlx::raw_sql(statement)
            .execute(&mut session)
            .await
            .expect(statement);
    }
    session.close().await.expect("an open session");
    assert_eq!(
        query_text(&server.app_url(), "select count(*) || '' from probe").await,
        "0"
    );
    let other = server.url(Login::Owner, "probe");
    assert_eq!(
        query_text(&other, "select current_database()").await,
        "probe"
    );
}

#[tokio::test]
async fn psql_understands_the_url_too() {
    let home = TestHome::new();
    let server = home.start().await;
    let output = Command::new("psql")
        .args(["-XAtc", "select current_user", &server.app_url()])
        .output()
        .expect("psql comes with the server");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ek_app_login\n",
        "{output:?}"
    );
}

#[tokio::test]
async fn a_path_of_150_characters_with_blanks_and_dollars_is_no_obstacle() {
    let outer = TestHome::new();
    let mut home = outer.path().join("дом $HOME `id` \"x\"");
    let missing = 150_usize.saturating_sub(home.to_string_lossy().chars().count() + 1);
    home.push("d".repeat(missing));
    assert!(home.to_string_lossy().chars().count() >= 150);
    let server = PrivateServer::start(&home).await.expect("a start");
    assert_eq!(query_text(&server.app_url(), "select 'ok'").await, "ok");
    server.stop().await.expect("a stop");
}

#[tokio::test]
async fn the_socket_directory_is_short_and_closed_to_others() {
    let home = TestHome::new();
    let server = home.start().await;
    let dir = server.socket_dir();
    let metadata = dir.symlink_metadata().expect("the socket directory");
    let data = server.data_dir().metadata().expect("the data directory");
    assert_eq!(metadata.mode() & 0o777, 0o700);
    assert_eq!(data.mode() & 0o777, 0o700);
    assert_eq!(metadata.uid(), data.uid());
    let socket = dir.join(format!(".s.PGSQL.{PORT}"));
    assert!(socket.exists());
    assert!(socket.as_os_str().len() < 60, "{}", socket.display());
}

#[tokio::test]
async fn a_socket_directory_others_can_enter_is_refused() {
    let home = TestHome::new();
    let dir = home.stopped_socket_dir().await;
    std::fs::create_dir(&dir).expect("a free name");
    std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o755)).expect("our directory");
    expect_unsafe(&home, "755").await;
    std::fs::remove_dir(&dir).expect("our directory");
}

#[tokio::test]
async fn a_link_in_the_place_of_the_socket_directory_is_refused() {
    let home = TestHome::new();
    let dir = home.stopped_socket_dir().await;
    symlink(home.path(), &dir).expect("a free name");
    expect_unsafe(&home, "не каталог").await;
    std::fs::remove_file(&dir).expect("our link");
}

async fn expect_unsafe(home: &TestHome, reason: &str) {
    let refusal = PrivateServer::start(home.path())
        .await
        .expect_err("an unsafe directory");
    assert!(
        matches!(refusal, EmbeddedError::UnsafeSocketDir { .. }),
        "{refusal}"
    );
    assert!(refusal.to_string().contains(reason), "{refusal}");
}

#[tokio::test]
async fn concurrent_starts_give_one_server() {
    let home = TestHome::new();
    let starts = (0..4).map(|_| PrivateServer::start(home.path()));
    let servers = futures_util::future::join_all(starts).await;
    let mut pids = Vec::new();
    for server in servers {
        pids.push(pid(&server.expect("a start")).await);
    }
    pids.dedup();
    assert_eq!(pids.len(), 1, "{pids:?}");
}

#[tokio::test]
async fn data_of_another_major_version_are_left_alone() {
    let home = TestHome::new();
    let server = home.start().await;
    let version: PathBuf = server.data_dir().join("PG_VERSION");
    server.stop().await.expect("a stop");
    let written = std::fs::read_to_string(&version).expect("a version");
    std::fs::write(&version, "9\n").expect("our file");
    let refusal = PrivateServer::start(home.path())
        .await
        .expect_err("another version");
    assert!(
        matches!(
            refusal,
            EmbeddedError::VersionMismatch { data_major: 9, .. }
        ),
        "{refusal}"
    );
    std::fs::write(&version, written).expect("our file");
    assert_eq!(
        query_text(&home.start().await.app_url(), "select 'ok'").await,
        "ok"
    );
}
