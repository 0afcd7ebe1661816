//! Reading one's own writes.

use std::time::{Duration, Instant};

use energokabinet::read_models::{ReadModelError, Runner, wait_for};
use energokabinet::store::error::StoreError;
use tokio::sync::oneshot;

use crate::database::TestDatabase;
use crate::equality::houses;
use crate::writing::{Writer, ledger};

/// Where the read models stood when the time was up.
fn stood_at(waited: Result<i64, ReadModelError>) -> Option<i64> {
    match waited {
        Err(ReadModelError::NotReached { stands, .. }) => Some(stands),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_ends_when_the_position_is_taken_in_or_the_time_is_up() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "waiting").await;
    let house = houses(1).remove(0);
    let mut writer = Writer::open(&ledger).await;
    writer.append(&house.book.events[..5]).await;
    let book = writer.book;
    let soon = Duration::from_millis(60);
    let early = wait_for(&ledger, book, 5, soon).await;
    assert_eq!(stood_at(early), Some(0));
    let beyond = wait_for(&ledger, book, 6, soon).await;
    let no_such = matches!(
        beyond,
        Err(ReadModelError::Store(StoreError::NoSuchPosition {
            head: 5,
            ..
        }))
    );
    assert!(no_such, "{beyond:?}");
    let runner = Runner::new(ledger.clone());
    runner.run_once().await.expect("taken in");
    let reached = wait_for(&ledger, book, 3, soon).await;
    assert_eq!(reached.expect("it is there"), 5);
    writer.append(&house.book.events[5..7]).await;
    let early = wait_for(&ledger, book, 7, soon).await;
    assert_eq!(stood_at(early), Some(5));

    let (stop, stopped) = oneshot::channel::<()>();
    let following = tokio::spawn(async move {
        runner
            .follow(async { stopped.await.unwrap_or_default() })
            .await;
    });
    let reached = wait_for(&ledger, book, 7, Duration::from_secs(10)).await;
    assert_eq!(reached.expect("the runner looks at once"), 7);
    stop.send(()).expect("the runner listens");
    following.await.expect("it stops when told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_of_others_are_found_within_about_a_second() {
    let database = TestDatabase::new().await;
    let (ours, theirs) = (
        ledger(&database, "ours").await,
        ledger(&database, "theirs").await,
    );
    let house = houses(1).remove(0);
    let mut writer = Writer::open(&theirs).await;
    let runner = Runner::new(ours.clone());
    let following = tokio::spawn(async move { runner.follow(std::future::pending()).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    writer.append(&house.book.events).await;
    let head = writer.head().await;
    let reached = wait_for(&ours, writer.book, head, Duration::from_secs(20)).await;
    assert_eq!(reached.expect("found by looking"), head);
    assert!(started.elapsed() < Duration::from_secs(10));
    following.abort();
}
