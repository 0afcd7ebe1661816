//! What was known at a position or at an instant, for ever the same.

use std::time::Duration;

use chrono::Utc;
use cqrs_es::EventStore;
use cqrs_es::persist::PersistedEventRepository;
use energokabinet::store::books::{BookKind, Vantage};
use energokabinet::store::error::StoreError;
use energokabinet::store::repository::LedgerRepository;
use sqlx::Row;
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::order::RAW_APPEND;
use crate::{append, open_book};

#[tokio::test]
async fn every_position_is_the_fold_of_its_prefix() {
    let (_database, ledger, book) = open_book().await;
    let (id, other) = (Uuid::new_v4(), Uuid::new_v4());
    append(&ledger, book, id, Command::AddMany(100)).await;
    for step in 1..=5 {
        append(&ledger, book, other, Command::Add(1)).await;
        append(&ledger, book, id, Command::Add(step * 1000)).await;
    }
    let mut total = 0;
    for position in 0..=110_i64 {
        total += match position {
            0 => 0,
            1..=100 => 1,
            // After the first hundred every second event is the counter's.
            _ if position % 2 == 0 => (position - 100) / 2 * 1000,
            _ => 0,
        };
        let past = LedgerRepository::as_of(&ledger, book, position);
        past.preload::<Counter>(&[id]).await.expect("preloaded");
        let store = past.into_store::<Counter>(Vec::new);
        let counter = store
            .load_aggregate(&id.to_string())
            .await
            .expect("loaded")
            .aggregate;
        assert_eq!(counter.total, total, "position {position}");
        let events = store.load_events(&id.to_string()).await.expect("loaded");
        assert_eq!(events.len() as u64, counter.events);
    }
    let past = LedgerRepository::as_of(&ledger, book, 3);
    let events = past
        .get_events::<Counter>(&id.to_string())
        .await
        .expect("read");
    assert!(past.persist::<Counter>(&events, None).await.is_err());
}

#[tokio::test]
async fn instant_gives_the_same_answer_for_ever() {
    let (_database, ledger, book) = open_book().await;
    let before = Utc::now() - chrono::Duration::days(1);
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(before))
            .await
            .expect("resolved"),
        0
    );
    let mut asked = Vec::new();
    for _ in 0..20 {
        let receipt = append(&ledger, book, Uuid::new_v4(), Command::AddMany(3)).await;
        asked.push((receipt.recorded_at, receipt.last));
        let now = Utc::now();
        asked.push((
            now,
            ledger
                .resolve(book, Vantage::Instant(now))
                .await
                .expect("resolved"),
        ));
    }
    for (instant, position) in asked {
        let again = ledger
            .resolve(book, Vantage::Instant(instant))
            .await
            .expect("resolved");
        assert_eq!(again, position, "{instant}");
    }
}

#[tokio::test]
async fn future_instants_and_positions_beyond_the_head_are_refused() {
    let (_database, ledger, book) = open_book().await;
    let tomorrow = Utc::now() + chrono::Duration::days(1);
    let refused = ledger.resolve(book, Vantage::Instant(tomorrow)).await;
    assert!(matches!(refused, Err(StoreError::Future(_))));
    for position in [-1, 1] {
        let refused = ledger.resolve(book, Vantage::Position(position)).await;
        assert!(matches!(
            refused,
            Err(StoreError::NoSuchPosition { head: 0, .. })
        ));
    }
    let missing = ledger.resolve(Uuid::new_v4(), Vantage::Now).await;
    assert!(matches!(missing, Err(StoreError::NoSuchBook(_))));
    let missing = ledger
        .resolve(Uuid::new_v4(), Vantage::Instant(Utc::now()))
        .await;
    assert!(matches!(missing, Err(StoreError::NoSuchBook(_))));
    let kind = ledger.open_book(book, BookKind::Organisation).await;
    assert!(matches!(kind, Err(StoreError::OtherKind(_))));
    assert!(
        !ledger
            .open_book(book, BookKind::Building)
            .await
            .expect("open already")
    );
}

/// An append is open; an instant after it is asked for; then the append ends as told.
async fn instant_asked_while_an_append_is_open(commits: bool) {
    let (database, ledger, book) = open_book().await;
    let pool = database.app_pool().await;
    let mut open = pool.begin().await.expect("begins");
    sqlx::query(RAW_APPEND)
        .bind(book)
        .bind(Uuid::new_v4())
        .bind(Uuid::new_v4().to_string())
        .fetch_one(&mut *open)
        .await
        .expect("appended");
    let instant = Utc::now();
    let answer = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.resolve(book, Vantage::Instant(instant)).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(
        !answer.is_finished(),
        "the answer depends on how the append ends"
    );
    if commits {
        open.commit().await.expect("commits");
    } else {
        open.rollback().await.expect("rolls back");
    }
    let position = answer.await.expect("ends").expect("resolved");
    assert_eq!(position, i64::from(commits));
    let later = append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await;
    assert!(later.recorded_at > instant);
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(instant))
            .await
            .expect("resolved"),
        position
    );
}

#[tokio::test]
async fn instant_waits_for_an_open_append_that_commits() {
    instant_asked_while_an_append_is_open(true).await;
}

#[tokio::test]
async fn instant_waits_for_an_open_append_that_is_rolled_back() {
    instant_asked_while_an_append_is_open(false).await;
}

#[tokio::test]
async fn clock_set_back_does_not_move_the_past() {
    let (database, ledger, book) = open_book().await;
    append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await;
    // The head was written by a clock an hour ahead; now the clock is right again.
    let ahead: chrono::DateTime<Utc> = sqlx::query(
        "update ledger.books set recorded_at = clock_timestamp() + interval '1 hour' \
         where book_id = $1 returning recorded_at",
    )
    .bind(book)
    .fetch_one(&database.superuser_pool().await)
    .await
    .expect("set")
    .get(0);
    let now = Utc::now();
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(now))
            .await
            .expect("resolved"),
        1
    );
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(ahead))
            .await
            .expect("resolved"),
        1
    );
    let next = append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await;
    assert_eq!(next.recorded_at, ahead + chrono::Duration::microseconds(1));
    let after = append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await;
    assert!(after.recorded_at > next.recorded_at);
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(now))
            .await
            .expect("resolved"),
        1
    );
    assert_eq!(
        ledger
            .resolve(book, Vantage::Instant(ahead))
            .await
            .expect("resolved"),
        1
    );
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}
