//! Positions are dense and in commit order, and time never goes back along a book.

use std::collections::HashSet;
use std::time::Duration;

use energokabinet::store::books::{BookKind, Vantage};
use energokabinet::store::read::Filter;
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::{actor, append, open_book};

const WRITERS: usize = 16;
const UNITS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_leave_a_dense_book_that_a_poller_sees_whole() {
    let (_database, ledger, book) = open_book().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                for unit_number in 0..UNITS {
                    let mut unit = ledger.unit(book, &actor(), None);
                    for _ in 0..=(writer + unit_number) % 3 {
                        let id = Uuid::new_v4();
                        unit.execute::<Counter>(id, Command::Add(1))
                            .await
                            .expect("taken");
                    }
                    unit.commit().await.expect("appended");
                }
            })
        })
        .collect();
    let expected: usize = (0..WRITERS)
        .flat_map(|w| (0..UNITS).map(move |u| 1 + (w + u) % 3))
        .sum();
    // The poller keeps nothing but the last position it saw.
    let mut seen = Vec::new();
    while seen.len() < expected {
        let head = ledger.resolve(book, Vantage::Now).await.expect("resolved");
        let after = i64::try_from(seen.len()).expect("small");
        let filter = Filter {
            after,
            ..Filter::default()
        };
        seen.extend(
            ledger
                .rows(book, head, &filter)
                .collect()
                .await
                .expect("read"),
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for writer in writers {
        writer.await.expect("the writer ends");
    }
    let positions: Vec<i64> = seen.iter().map(|row| row.position).collect();
    assert_eq!(
        positions,
        (1..=i64::try_from(expected).expect("small")).collect::<Vec<_>>()
    );
    assert!(seen.is_sorted_by_key(|row| row.recorded_at));
    let times: HashSet<_> = seen.iter().map(|row| row.recorded_at).collect();
    assert_eq!(
        times.len(),
        WRITERS * UNITS,
        "each unit has a time of its own"
    );
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test]
async fn reader_does_not_pass_an_append_that_is_still_open() {
    let (database, ledger, book) = open_book().await;
    let pool = database.app_pool().await;
    let mut open = pool.begin().await.expect("begins");
    let appended: i64 = sqlx::query_scalar(RAW_APPEND)
        .bind(book)
        .bind(Uuid::new_v4())
        .bind(Uuid::new_v4().to_string())
        .fetch_one(&mut *open)
        .await
        .expect("appended");
    assert_eq!(appended, 1);
    // A faster writer of the same book waits; one of another book does not.
    let other = Uuid::new_v4();
    ledger
        .open_book(other, BookKind::Building)
        .await
        .expect("opens");
    append(&ledger, other, Uuid::new_v4(), Command::Add(1)).await;
    let waiting = tokio::spawn({
        let ledger = ledger.clone();
        async move { append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    assert_eq!(
        ledger.resolve(book, Vantage::Now).await.expect("resolved"),
        0
    );
    open.rollback().await.expect("rolls back");
    // The position of the append that was rolled back is given to the next.
    assert_eq!(waiting.await.expect("ends").first, 1);
}

/// One event straight through the function: book, commit, aggregate id.
pub const RAW_APPEND: &str = "select first_position from ledger.ledger_append($1, $2, 'staff:1', null, null, \
    array['counter'], array[$3], array[1::bigint], array['added'], array['1.0.0'], \
    array['{\"added\":{\"amount\":1}}'], array['{\"actor\":\"staff:1\"}'], \
    array[null::timestamptz], array[null::text], \
    array['\\x00112233445566778899aabbccddeeff'::bytea], \
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";
