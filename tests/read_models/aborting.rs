//! Exactly once: runners are cut off and connections killed while others write and run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use energokabinet::read_models::Runner;
use sqlx::PgPool;
use tokio::task::JoinHandle;

use crate::database::TestDatabase;
use crate::equality::{bill, houses};
use crate::histories::House;
use crate::tables::assert_equal;
use crate::writing::{Writer, ledger};

const BOOKS: usize = 3;
const RUNNERS: u64 = 3;

/// Ends the connections of the runners now and then.
async fn kill_connections(superuser: PgPool, done: Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(90)).await;
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where datname = current_database() and application_name = 'runner' limit 2",
        )
        .execute(&superuser)
        .await
        .expect("the superuser may");
    }
}

/// Runs and is cut off, over and over, sometimes with a new, empty cache.
async fn run_and_break_off(runner: Runner, number: u64, done: Arc<AtomicBool>) -> (u64, u64) {
    let (mut cut_off, mut ended) = (0, 0);
    let runner = Arc::new(runner);
    for turn in 0_u64.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let patience = Duration::from_millis(3 + (turn * 37 + number * 11) % 80);
        let running = runner.run_once();
        match tokio::time::timeout(patience, running).await {
            Err(_) => cut_off += 1,
            // A killed connection is an error of this turn only.
            Ok(_) => ended += 1,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (cut_off, ended)
}

/// Writes the house in small units.
fn write(mut writer: Writer, house: House) -> JoinHandle<(Writer, House)> {
    tokio::spawn(async move {
        for part in house.book.events.chunks(2) {
            writer.append(part).await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        (writer, house)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_taken_in_once_whatever_breaks_off() {
    let database = TestDatabase::new().await;
    let writing = ledger(&database, "writer").await;
    let done = Arc::new(AtomicBool::new(false));
    let mut runners = Vec::new();
    for number in 0..RUNNERS {
        let ledger = ledger(&database, "runner").await;
        let runner = Runner::new(ledger).with_batches_of(4);
        runners.push(tokio::spawn(run_and_break_off(
            runner,
            number,
            Arc::clone(&done),
        )));
    }
    let killer = tokio::spawn(kill_connections(
        database.superuser_pool().await,
        Arc::clone(&done),
    ));
    let mut writers = Vec::new();
    for mut house in houses(BOOKS * 4).into_iter().skip(BOOKS * 3) {
        for month in ["2026-01", "2026-02", "2026-03"] {
            bill(&mut house, month);
        }
        writers.push(write(Writer::open(&writing).await, house));
    }
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.expect("the writer ends"));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    done.store(true, Ordering::Relaxed);
    killer.await.expect("the killer ends");
    let mut cut_off = 0;
    for runner in runners {
        cut_off += runner.await.expect("the runner ends").0;
    }
    assert!(cut_off > 10, "only {cut_off} were cut off");
    let last = Runner::new(writing.clone());
    last.run_once().await.expect("what is left is taken in");
    for (writer, house) in &written {
        assert_equal(&writing, writer.book, &house.book.events).await;
    }
}
