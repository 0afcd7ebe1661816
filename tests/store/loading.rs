//! However an aggregate is loaded, it is the fold of its events.

use cqrs_es::EventStore;
use cqrs_es::persist::PersistedEventStore;
use energokabinet::store::repository::{LedgerRepository, StreamEnds};
use postgres_es::PostgresEventRepository;
use sqlx::Executor;
use uuid::Uuid;

use crate::counter::{Command, Counter, CounterOfNextVersion};
use crate::{actor, append, load, open_book};

/// The counter folded by cqrs-es over plain postgres-es: no books, no states, no unit.
async fn plain(pool: &sqlx::PgPool, id: Uuid) -> Counter {
    let repository = PostgresEventRepository::new(pool.clone());
    PersistedEventStore::<_, Counter>::new_event_store(repository)
        .load_aggregate(&id.to_string())
        .await
        .expect("plain postgres-es reads the table")
        .aggregate
}

#[tokio::test]
async fn stored_state_plus_tail_is_the_pure_fold_and_what_plain_postgres_es_reads() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let mut appended = 0;
    for (step, state_at) in [
        (15, 0),
        (1, 16),
        (10, 16),
        (5, 16),
        (1, 32),
        (200, 232),
        (1, 232),
    ] {
        append(&ledger, book, id, Command::AddMany(step)).await;
        appended += i64::from(step);
        let repository = LedgerRepository::new(&ledger, book);
        let ends = repository
            .preload::<Counter>(&[id])
            .await
            .expect("preloaded");
        let last_sequence = u64::try_from(appended).expect("positive");
        assert_eq!(
            ends[&id],
            StreamEnds {
                state_sequence: state_at,
                last_sequence
            }
        );
        let folded = load(&ledger, book, id).await;
        assert_eq!(folded.total, appended);
        assert_eq!(folded, plain(ledger.pool(), id).await);
        // Without a preload no state is used.
        let store = LedgerRepository::new(&ledger, book).into_store::<Counter>(Vec::new);
        let context = store.load_aggregate(&id.to_string()).await.expect("loaded");
        assert_eq!(context.aggregate, folded);
        assert_eq!(
            store
                .load_events(&id.to_string())
                .await
                .expect("loaded")
                .len() as i64,
            appended
        );
    }
}

#[tokio::test]
async fn state_of_another_version_or_form_is_not_used() {
    let (database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::AddMany(70)).await;
    let mut unit = ledger.unit(book, &actor(), None);
    assert_eq!(
        unit.read::<CounterOfNextVersion>(id)
            .await
            .expect("read")
            .grand_total,
        70
    );
    let superuser = database.superuser_pool().await;
    superuser
        .execute("update ledger.aggregate_states set state = '{\"what\":\"ever\"}'")
        .await
        .expect("changed");
    assert_eq!(load(&ledger, book, id).await.total, 70);
    // The next version's program replaces the state of the version before.
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<CounterOfNextVersion>(id, Command::Add(1))
        .await
        .expect("taken");
    unit.commit().await.expect("appended");
    let kept: (i64, i32) =
        sqlx::query_as("select sequence, state_version from ledger.aggregate_states")
            .fetch_one(&superuser)
            .await
            .expect("read");
    assert_eq!(kept, (71, 2));
    assert_eq!(load(&ledger, book, id).await.total, 71);
}

#[tokio::test]
async fn many_aggregates_are_preloaded_at_once() {
    let (_database, ledger, book) = open_book().await;
    let ids: Vec<Uuid> = (0..300).map(|_| Uuid::new_v4()).collect();
    let mut unit = ledger.unit(book, &actor(), None);
    unit.preload::<Counter>(&ids).await.expect("preloaded");
    for (amount, id) in (1..).zip(&ids) {
        unit.execute::<Counter>(*id, Command::Add(amount))
            .await
            .expect("taken");
        if amount % 3 == 0 {
            unit.execute::<Counter>(*id, Command::AddMany(100))
                .await
                .expect("taken");
        }
    }
    unit.commit().await.expect("appended");
    let mut unit = ledger.unit(book, &actor(), None);
    unit.preload::<Counter>(&ids).await.expect("preloaded");
    for (amount, id) in (1..).zip(&ids) {
        let counter = unit.read::<Counter>(*id).await.expect("read");
        let expected = if amount % 3 == 0 {
            amount + 100
        } else {
            amount
        };
        assert_eq!(counter.total, expected);
    }
}

#[tokio::test]
async fn stream_with_a_gap_is_an_error_and_not_a_shorter_history() {
    let (database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::AddMany(5)).await;
    let superuser = database.superuser_pool().await;
    superuser
        .execute("alter table ledger.events disable trigger all")
        .await
        .expect("disabled");
    superuser
        .execute("delete from ledger.events where sequence = 3")
        .await
        .expect("deleted");
    let mut unit = ledger.unit(book, &actor(), None);
    let broken = unit.read::<Counter>(id).await.expect_err("broken");
    assert!(broken.to_string().contains("books verify"), "{broken}");
    let store = LedgerRepository::new(&ledger, book).into_store::<Counter>(Vec::new);
    assert!(store.load_events(&id.to_string()).await.is_err());
}

#[tokio::test]
async fn unit_that_goes_on_keeps_its_aggregates_and_notices_a_rival() {
    let (_database, ledger, book) = open_book().await;
    let (id, idle) = (Uuid::new_v4(), Uuid::new_v4());
    let mut unit = ledger.unit(book, &actor(), None);
    unit.preload::<Counter>(&[id, idle])
        .await
        .expect("preloaded");
    for _ in 0..3 {
        unit.execute::<Counter>(id, Command::AddMany(12))
            .await
            .expect("taken");
        (_, unit) = unit.commit_and_continue(None).await.expect("appended");
    }
    assert_eq!(load(&ledger, book, id).await.total, 36);
    let repository = LedgerRepository::new(&ledger, book);
    let ends = repository
        .preload::<Counter>(&[id])
        .await
        .expect("preloaded");
    assert_eq!(
        ends[&id],
        StreamEnds {
            state_sequence: 24,
            last_sequence: 36
        }
    );
    // What was loaded but not looked at may move; what is continued may not.
    append(&ledger, book, idle, Command::Add(1)).await;
    unit.execute::<Counter>(id, Command::Add(1))
        .await
        .expect("taken");
    (_, unit) = unit.commit_and_continue(None).await.expect("appended");
    append(&ledger, book, id, Command::Add(1)).await;
    unit.execute::<Counter>(id, Command::Add(1))
        .await
        .expect("taken");
    assert!(unit.commit().await.is_err_and(|error| error.is_retryable()));
}
