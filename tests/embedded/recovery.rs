//! Kills and leftovers: the data are there afterwards.

use std::fs;

use energokabinet::embedded::{EmbeddedError, Login, PrivateServer};
use sqlx::Connection;

use crate::support::{TestHome, connect, kill, pid, query_text, wait_until_gone};

const COUNT: &str = "select count(*) || '' from kept";

async fn write_some(server: &PrivateServer) {
    let mut session = connect(&server.owner_url()).await;
    sqlx::raw_sql("create table kept as select generate_series(1, 1000) as id")
        .execute(&mut session)
        .await
        .expect("a table");
    session.close().await.expect("an open session");
}

#[tokio::test]
async fn a_killed_postmaster_recovers_with_its_data() {
    let home = TestHome::new();
    let server = home.start().await;
    write_some(&server).await;
    // A session that is busy when the postmaster dies: a new server must not run beside it.
    let mut busy = connect(&server.owner_url()).await;
    let work = tokio::spawn(async move {
        sqlx::query("select count(*) from generate_series(1, 30000000)")
            .execute(&mut busy)
            .await
    });
    let old = pid(&server).await;
    kill("KILL", old);
    let again = home.start().await;
    assert_ne!(pid(&again).await, old);
    assert_eq!(query_text(&again.owner_url(), COUNT).await, "1000");
    drop(work.await.expect("no panic"));
}

#[tokio::test]
async fn everything_killed_as_by_a_power_cut_recovers_with_its_data() {
    let home = TestHome::new();
    let server = home.start().await;
    write_some(&server).await;
    let pid_file = server.data_dir().join("postmaster.pid");
    let left = fs::read_to_string(&pid_file).expect("a running server has one");
    let old = pid(&server).await;
    kill("KILL", old);
    wait_until_gone(&home).await;

    // After a reboot the number may belong to a stranger: here, to a process of the same account
    // that is no server.
    let mut stranger = home.stranger_of_the_server();
    let mut lines: Vec<String> = left.lines().map(str::to_owned).collect();
    lines[0] = stranger.id().to_string();
    fs::write(&pid_file, lines.join("\n") + "\n").expect("a file of ours");
    let again = home.start().await;
    assert_eq!(query_text(&again.owner_url(), COUNT).await, "1000");
    again.stop().await.expect("a stop");
    assert!(
        stranger.try_wait().expect("a state").is_none(),
        "a stranger was killed"
    );
    stranger.kill().expect("our process");
    stranger.wait().expect("our process");
}

#[tokio::test]
async fn a_server_whose_socket_was_cleaned_away_is_restarted() {
    let home = TestHome::new();
    let server = home.start().await;
    write_some(&server).await;
    fs::remove_dir_all(server.socket_dir()).expect("our directory");
    let again = home.start().await;
    assert_eq!(query_text(&again.owner_url(), COUNT).await, "1000");
}

#[tokio::test]
async fn an_interrupted_initdb_is_made_anew() {
    let home = TestHome::new();
    let unfinished = home.path().join("data.unfinished-1-1");
    fs::create_dir_all(unfinished.join("base")).expect("directories");
    fs::write(unfinished.join("PG_VERSION"), "15\n").expect("a file");
    let server = home.start().await;
    assert!(!unfinished.exists());
    assert_eq!(query_text(&server.app_url(), "select 'ok'").await, "ok");
}

#[tokio::test]
async fn a_set_up_interrupted_before_the_database_is_finished() {
    let home = TestHome::new();
    let server = home.start().await;
    let mut session = connect(&server.url(Login::Superuser, "postgres")).await;
    for statement in ["drop database energokabinet", "drop role ek_app_login"] {
        sqlx::raw_sql(statement)
            .execute(&mut session)
            .await
            .expect(statement);
    }
    session.close().await.expect("an open session");
    let again = home.start().await;
    assert_eq!(query_text(&again.app_url(), "select 'ok'").await, "ok");
}

#[tokio::test]
async fn something_else_in_the_place_of_the_data_is_left_alone() {
    let home = TestHome::new();
    let data = home.path().join("data");
    fs::create_dir(&data).expect("a directory");
    fs::write(data.join("letter.txt"), "do not lose me").expect("a file");
    let refusal = PrivateServer::start(home.path())
        .await
        .expect_err("not a cluster");
    assert!(
        matches!(refusal, EmbeddedError::NotACluster { .. }),
        "{refusal}"
    );
    assert!(data.join("letter.txt").exists());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_what_its_log_says() {
    let home = TestHome::new();
    let server = home.start().await;
    let configuration = server.data_dir().join("postgresql.conf");
    server.stop().await.expect("a stop");
    let written = fs::read_to_string(&configuration).expect("a configuration");
    fs::write(&configuration, "no_such_setting = 1\n").expect("our file");
    let refusal = PrivateServer::start(home.path())
        .await
        .expect_err("a broken configuration");
    assert!(
        matches!(refusal, EmbeddedError::StartFailed { .. }),
        "{refusal}"
    );
    assert!(refusal.to_string().contains("no_such_setting"), "{refusal}");
    fs::write(&configuration, written).expect("our file");
    home.start().await;
}
