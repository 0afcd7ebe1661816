//! A logical dump restored into a fresh cluster continues the books.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command as Program, Stdio};

use energokabinet::embedded::{Login, PrivateServer};
use energokabinet::store::books::Vantage;
use energokabinet::store::{Ledger, migrations, pool};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::counter::Command;
use crate::{append, load, open_book};

/// A client program of PostgreSQL, pointed at a database.
fn client(program: &str, options: &PgConnectOptions) -> Program {
    let mut command = Program::new(program_path(program));
    let host = match options.get_socket() {
        Some(directory) => directory.clone(),
        None => PathBuf::from(options.get_host()),
    };
    command
        .env("PGHOST", host)
        .env("PGPORT", options.get_port().to_string())
        .env("PGUSER", options.get_username())
        .env(
            "PGDATABASE",
            options.get_database().expect("a database is named"),
        );
    command
}

/// The newest installed one: an older `pg_dump` refuses a newer server.
fn program_path(program: &str) -> PathBuf {
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| {
            versions
                .flatten()
                .map(|v| v.path().join("bin").join(program))
                .collect()
        })
        .unwrap_or_default();
    installed.retain(|path| path.exists());
    installed.sort();
    installed.pop().unwrap_or_else(|| PathBuf::from(program))
}

/// A directory that the account of a private server can reach.
fn reachable_directory() -> tempfile::TempDir {
    let open = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .permissions(open)
        .tempdir_in("/var/tmp")
        .expect("a directory")
}

/// Feeds a dump to `psql`.
fn restore(url: &str, dump: &[u8]) {
    let mut psql = client("psql", &url.parse().expect("an address"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql runs");
    std::io::Write::write_all(&mut psql.stdin.take().expect("piped"), dump).expect("sent");
    assert!(psql.wait().expect("ends").success());
}

#[tokio::test]
async fn dump_restored_into_a_fresh_cluster_continues_the_books() {
    let (database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::AddMany(100)).await;
    let last = append(&ledger, book, id, Command::Note("до переноса".to_owned())).await;
    let head = ledger.verify(book, None).await.expect("checked").head;
    let dump = client("pg_dump", &database.options())
        .output()
        .expect("pg_dump runs");
    assert!(
        dump.status.success(),
        "{}",
        String::from_utf8_lossy(&dump.stderr)
    );

    let directory = reachable_directory();
    let fresh = PrivateServer::start(&directory.path().join("fresh"))
        .await
        .expect("starts");
    let owner = pool::connect(&fresh.url(Login::Owner, "postgres"), "tests", 1)
        .await
        .expect("connects");
    owner
        .execute("create database moved")
        .await
        .expect("created");
    // A dump of one database holds no roles.
    migrations::ensure_roles(&owner).await.expect("made");
    let superuser_url = fresh.url(Login::Superuser, "moved");
    restore(&superuser_url, &dump.stdout);
    let mut superuser = PgConnection::connect(&superuser_url)
        .await
        .expect("connects");
    superuser
        .execute("grant ek_app to ek_app_login")
        .await
        .expect("granted");

    let moved = pool::connect(&fresh.url(Login::Application, "moved"), "tests", 4).await;
    let moved = Ledger::new(moved.expect("connects"), Vec::new);
    let checked = moved.verify(book, Some(&head)).await.expect("checked");
    assert!(checked.is_sound(), "{:?}", checked.findings);
    let before = Vantage::Instant(last.recorded_at);
    assert_eq!(
        moved.resolve(book, before).await.expect("resolved"),
        last.last
    );
    let next = append(&moved, book, id, Command::Add(1)).await;
    assert_eq!(next.first, last.last + 1);
    assert!(next.recorded_at > last.recorded_at);
    assert_eq!(load(&moved, book, id).await.total, 101);
    assert!(
        moved
            .verify(book, Some(&head))
            .await
            .expect("checked")
            .is_sound()
    );
    // The guards came with the dump.
    let refused = superuser
        .execute("delete from ledger.events")
        .await
        .expect_err("refused");
    let code = refused
        .as_database_error()
        .and_then(|error| error.code().map(|c| c.into_owned()));
    assert_eq!(code.as_deref(), Some("LG403"));
    fresh.stop().await.expect("stops");
}
