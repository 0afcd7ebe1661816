//! Nothing acknowledged is lost, nothing is half stored: whatever is dropped, cut or killed.

use std::future::{Future, poll_fn};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use energokabinet::store::error::CommitError;
use energokabinet::store::{Ledger, pool};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::support::TestDatabase;
use crate::{actor, append, load, open_book};

/// Drives a future through `polls` awaits, then drops it.
async fn drop_after<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Two counters in one unit.
async fn append_pair(ledger: &Ledger, book: Uuid, one: Uuid, two: Uuid) -> bool {
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(one, Command::Add(1))
        .await
        .expect("taken");
    unit.execute::<Counter>(two, Command::Add(1))
        .await
        .expect("taken");
    unit.commit().await.is_ok()
}

#[tokio::test]
async fn futures_dropped_at_every_await_lose_nothing_acknowledged_and_store_no_halves() {
    let (_database, ledger, book) = open_book().await;
    let mut pairs = Vec::new();
    let mut completed = 0;
    let mut polls = 0;
    while completed < 5 {
        let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
        let done = drop_after(append_pair(&ledger, book, one, two), polls).await;
        completed += i32::from(done.is_some());
        pairs.push((one, two, done));
        polls += 1;
    }
    assert!(polls > 6, "the future has several awaits");
    for (one, two, done) in pairs {
        let one = load(&ledger, book, one).await.total;
        let two = load(&ledger, book, two).await.total;
        assert_eq!(one, two, "all or nothing");
        assert!(
            done.is_none() || one == 1,
            "what was acknowledged is stored"
        );
    }
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test]
async fn caller_that_goes_away_does_not_cut_off_a_run() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let actor = actor();
    let run = ledger.run(book, &actor, None, move |unit| {
        Box::pin(async move {
            unit.execute::<Counter>(id, Command::Add(1))
                .await
                .map(|_| ())
        })
    });
    assert!(drop_after(run, 1).await.is_none());
    for _ in 0..100 {
        if load(&ledger, book, id).await.total == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the run was cut off");
}

#[tokio::test]
async fn cancelled_begin_does_not_swallow_the_next_statement_of_the_pool() {
    let (database, _, book) = open_book().await;
    // One connection, so that whatever is left on it meets the next user.
    let pool = pool::connect(&database.app_url(), "tests", 1)
        .await
        .expect("connects");
    let mut acknowledged = Vec::new();
    for round in 0..40 {
        let cancelled = drop_after(pool.begin(), 1 + round % 4).await;
        drop(cancelled);
        let id = Uuid::new_v4();
        sqlx::query(crate::order::RAW_APPEND)
            .bind(book)
            .bind(Uuid::new_v4())
            .bind(id.to_string())
            .execute(&pool)
            .await
            .expect("appended");
        acknowledged.push(id);
    }
    assert_committed(&database, book, acknowledged).await;
}

#[tokio::test]
async fn cancelled_statement_does_not_swallow_the_next_append() {
    let (database, _, book) = open_book().await;
    let pool = pool::connect(&database.app_url(), "tests", 1)
        .await
        .expect("connects");
    let ledger = Ledger::new(pool.clone(), Vec::new);
    let mut acknowledged = Vec::new();
    for round in 0..40 {
        let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
        // Neither what a unit left in flight nor a transaction somebody else left open.
        drop_after(append_pair(&ledger, book, one, two), 1 + round % 8).await;
        drop(drop_after(pool.begin(), 1 + round % 4).await);
        let id = Uuid::new_v4();
        append(&ledger, book, id, Command::Add(1)).await;
        acknowledged.push(id);
    }
    assert_committed(&database, book, acknowledged).await;
}

/// Another session sees only what is committed.
async fn assert_committed(database: &TestDatabase, book: Uuid, acknowledged: Vec<Uuid>) {
    let witness = database.ledger().await;
    for id in acknowledged {
        assert_eq!(
            load(&witness, book, id).await.total,
            1,
            "acknowledged, but not committed"
        );
    }
}

#[tokio::test]
async fn backend_killed_in_the_middle_of_an_append_stores_nothing() {
    let (database, ledger, book) = open_book().await;
    let superuser = database.superuser_pool().await;
    // The append waits for the head, which we hold.
    let mut holder = superuser.begin().await.expect("begins");
    sqlx::query("select from ledger.books for update")
        .execute(&mut *holder)
        .await
        .expect("locked");
    let id = Uuid::new_v4();
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(id, Command::Add(1))
        .await
        .expect("taken");
    let commit = unit.commit_id();
    let waiting = tokio::spawn(unit.commit());
    let mut killed = false;
    while !killed {
        killed = sqlx::query_scalar(
            "select coalesce(bool_or(pg_terminate_backend(pid)), false) from pg_stat_activity \
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&superuser)
        .await
        .expect("asked");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    holder.rollback().await.expect("rolls back");
    assert!(matches!(
        waiting.await.expect("ends"),
        Err(CommitError::NotStored)
    ));
    assert_eq!(ledger.head(book).await.expect("read").position, 0);
    // Its id is given up: a late arrival under it is refused.
    let late = sqlx::query(crate::order::RAW_APPEND)
        .bind(book)
        .bind(commit)
        .bind(id.to_string())
        .execute(ledger.pool())
        .await
        .expect_err("refused");
    let code = late
        .as_database_error()
        .and_then(|error| error.code().map(|c| c.into_owned()));
    assert_eq!(code.as_deref(), Some("LG410"));
    assert_eq!(append(&ledger, book, id, Command::Add(1)).await.first, 1);
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test]
async fn append_whose_answer_was_lost_is_found_and_not_guessed() {
    let (database, _, book) = open_book().await;
    let directory = tempfile::tempdir().expect("a directory");
    let cut = Arc::new(AtomicBool::new(false));
    let relay = tokio::spawn(relay(
        directory.path().to_owned(),
        database.options(),
        cut.clone(),
    ));
    let options: PgConnectOptions = database.app_url().parse().expect("an address");
    let url = options
        .socket(directory.path())
        .port(5432)
        .to_url_lossy()
        .to_string();
    let pool = loop {
        // The relay may still be about to listen.
        if let Ok(pool) = pool::connect(&url, "tests", 1).await {
            break pool;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let ledger = Ledger::new(pool, Vec::new);
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::Add(1)).await;
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(id, Command::Add(2))
        .await
        .expect("taken");
    tokio::time::sleep(Duration::from_millis(100)).await;
    cut.store(true, Ordering::SeqCst);
    let receipt = unit.commit().await.expect("the outcome is read");
    assert!(!cut.load(Ordering::SeqCst), "the answer was cut off");
    assert_eq!((receipt.first, receipt.last), (2, 2));
    assert_eq!(load(&ledger, book, id).await.total, 3);
    relay.abort();
}

/// Passes bytes between a socket in `directory` and the server; when told to cut, it swallows the
/// next answer and closes the connection.
async fn relay(directory: impl AsRef<Path>, server: PgConnectOptions, cut: Arc<AtomicBool>) {
    let socket = directory.as_ref().join(".s.PGSQL.5432");
    let listener = UnixListener::bind(socket).expect("listens");
    loop {
        let (client, _) = listener.accept().await.expect("accepts");
        let (server, cut) = (server.clone(), cut.clone());
        tokio::spawn(async move {
            match server.get_socket() {
                Some(path) => {
                    let path = path.join(format!(".s.PGSQL.{}", server.get_port()));
                    let upstream = UnixStream::connect(path).await.expect("the server listens");
                    pass(client, upstream, cut).await;
                }
                None => {
                    let address = (server.get_host(), server.get_port());
                    let upstream = TcpStream::connect(address)
                        .await
                        .expect("the server listens");
                    pass(client, upstream, cut).await;
                }
            }
        });
    }
}

async fn pass(client: UnixStream, server: impl AsyncRead + AsyncWrite, cut: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let answers = async {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            if cut.swap(false, Ordering::SeqCst)
                || to_client.write_all(&buffer[..read]).await.is_err()
            {
                return;
            }
        }
    };
    let questions = tokio::io::copy(&mut from_client, &mut to_server);
    tokio::select! {
        () = answers => {}
        _ = questions => {}
    }
}

#[tokio::test]
async fn unreachable_database_is_said_to_be_unreachable() {
    let database = TestDatabase::new().await;
    let options: PgConnectOptions = database.app_url().parse().expect("an address");
    let url = options.socket("/nonexistent").to_url_lossy().to_string();
    let refused = pool::connect(&url, "tests", 1)
        .await
        .expect_err("nobody answers");
    assert!(
        refused.to_string().contains("не удалось подключиться"),
        "{refused}"
    );
}
