//! A version is built beside the one that is read and takes its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use energokabinet::read_models::query::standing;
use energokabinet::read_models::status::status_of;
use energokabinet::read_models::{Runner, begin_rebuild};
use energokabinet::store::Ledger;
use uuid::Uuid;

use crate::database::TestDatabase;
use crate::equality::houses;
use crate::tables::{assert_equal, versions};
use crate::writing::{Writer, ledger};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_was_broken_off_is_resumed() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "rebuilding").await;
    let house = houses(3).remove(2);
    let mut writer = Writer::open(&ledger).await;
    writer.append(&house.book.events).await;
    let book = writer.book;
    Runner::new(ledger.clone())
        .run_once()
        .await
        .expect("taken in");
    let version = begin_rebuild(ledger.pool(), book).await.expect("begun");
    let positions = async || {
        let building = status_of(&ledger, book).await.expect("told").building;
        building.map(|building| building.position)
    };
    let mut reached = 0;
    // A little longer each time: enough for the first events on a slow machine, and too little for
    // all of them on a fast one.
    let mut given = Duration::from_millis(2);
    while reached == 0 {
        let runner = Runner::new(ledger.clone()).with_batches_of(1);
        // It ends early where the session broken off before still holds the build.
        tokio::time::timeout(given, runner.run_once()).await.ok();
        given += Duration::from_millis(2);
        reached = positions().await.expect("it is being built");
    }
    assert!(reached < writer.head().await);
    let again = begin_rebuild(ledger.pool(), book).await.expect("resumed");
    // A commit that was on its way when it was broken off may still have arrived.
    assert_eq!(again, version);
    assert!(positions().await >= Some(reached));
    for _ in 0..500 {
        Runner::new(ledger.clone()).run_once().await.expect("built");
        if positions().await.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stands = standing(&ledger, book).await.expect("they are there");
    assert_eq!((stands.version, positions().await), (version, None));
    assert_equal(&ledger, book, &house.book.events).await;
    assert_eq!(versions(&ledger, book).await, [version]);
}

/// What a reader saw: versions and positions in the order of reading.
async fn poll(ledger: Ledger, book: Uuid, done: Arc<AtomicBool>) -> Vec<(i64, i64)> {
    let mut seen = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let stands = standing(&ledger, book).await.expect("they are there");
        seen.push((stands.version, stands.position));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    seen
}

/// Waits until a version is the one that is read.
async fn until_read(ledger: &Ledger, book: Uuid, version: i64) {
    for _ in 0..1500 {
        let stands = standing(ledger, book).await.expect("they are there");
        if stands.version >= version {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("version {version} was not switched to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_sees_time_go_back_while_versions_change_beside_live_writes() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "rebuilding").await;
    let house = houses(6).remove(5);
    let mut writer = Writer::open(&ledger).await;
    let book = writer.book;
    let (past, live) = house.book.events.split_at(house.book.events.len() / 3);
    writer.append(past).await;
    let done = Arc::new(AtomicBool::new(false));
    Runner::new(ledger.clone())
        .run_once()
        .await
        .expect("taken in");
    let following: Vec<_> = (0..2)
        .map(|_| {
            let (ledger, done) = (ledger.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let stop = async {
                    while !done.load(Ordering::Relaxed) {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                let runner = Runner::new(ledger).with_batches_of(5);
                runner.follow(stop).await;
            })
        })
        .collect();
    let reader = tokio::spawn(poll(ledger.clone(), book, Arc::clone(&done)));
    // Most events are written beside a build; now and then a build is given the time to end.
    for (index, part) in live.iter().enumerate() {
        writer.append(std::slice::from_ref(part)).await;
        let begun = begin_rebuild(ledger.pool(), book).await.expect("begun");
        match (index + 1) % (live.len() / 4) {
            0 => until_read(&ledger, book, begun).await,
            _ => tokio::time::sleep(Duration::from_millis(30)).await,
        }
    }
    let last = status_of(&ledger, book).await.expect("told");
    let wanted = last.building.map_or(0, |building| building.version);
    for _ in 0..500 {
        let stands = standing(&ledger, book).await.expect("they are there");
        if stands.position == last.head && stands.version >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    done.store(true, Ordering::Relaxed);
    for one in following {
        one.await.expect("it stops when told");
    }
    let seen = reader.await.expect("the reader ends");
    assert!(seen.is_sorted_by_key(|(version, _)| *version), "{seen:?}");
    assert!(seen.is_sorted_by_key(|(_, position)| *position), "{seen:?}");
    let switches = seen.windows(2).filter(|pair| pair[0].0 < pair[1].0).count();
    assert!(switches > 2, "only {switches} versions were switched to");
    Runner::new(ledger.clone()).run_once().await.expect("done");
    assert_equal(&ledger, book, &house.book.events).await;
    assert_eq!(versions(&ledger, book).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_has_the_lists_built_again_without_what_was_destroyed() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "rebuilding").await;
    let runner = Runner::new(ledger.clone());
    let mut house = houses(1).remove(0);
    house
        .book
        .read(house.points[1].meter, "2026-08-27", "99999");
    let mut writer = Writer::open(&ledger).await;
    writer.append(&house.book.events).await;
    writer
        .append_raw(
            "building",
            writer.book,
            ("BuildingLocated", serde_json::json!({})),
        )
        .await;
    runner.run_once().await.expect("taken in");
    let head = writer.head().await;
    sqlx::query("select ledger.ledger_erase($1, $2, $3)")
        .bind(writer.book)
        .bind(head - 1)
        .bind(head)
        .execute(&database.owner_pool().await)
        .await
        .expect("erased");
    runner.run_once().await.expect("built again");
    house.book.events.pop();
    assert_equal(&ledger, writer.book, &house.book.events).await;
}
