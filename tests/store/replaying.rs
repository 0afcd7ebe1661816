//! Replays and streams: in position order, and a failure is never taken for the end.

use cqrs_es::persist::PersistedEventRepository;
use energokabinet::store::read::Filter;
use energokabinet::store::repository::LedgerRepository;
use sqlx::PgPool;
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::{append, open_book};

#[tokio::test]
async fn replay_comes_in_position_order_over_all_aggregates_of_the_book() {
    let (_database, ledger, book) = open_book().await;
    let ids: Vec<Uuid> = (0..5).map(|_| Uuid::new_v4()).collect();
    let mut expected = Vec::new();
    for round in 0..20 {
        let id = ids[round * 7 % 5];
        append(&ledger, book, id, Command::Add(1)).await;
        expected.push(id.to_string());
    }
    let repository = LedgerRepository::new(&ledger, book);
    let mut replay = repository
        .stream_all_events::<Counter>()
        .await
        .expect("streams");
    let mut seen = Vec::new();
    while let Some(event) = replay.next::<Counter>(&[]).await {
        seen.push(event.expect("delivered").aggregate_id);
    }
    assert_eq!(seen, expected);
    let mut one = repository
        .stream_events::<Counter>(&ids[0].to_string())
        .await
        .expect("streams");
    let mut sequences = Vec::new();
    while let Some(event) = one.next::<Counter>(&[]).await {
        sequences.push(event.expect("delivered").sequence);
    }
    assert_eq!(sequences, (1..=4).collect::<Vec<_>>());
    // A filter lets through what it names.
    let filter = Filter {
        aggregate_types: vec!["counter".to_owned()],
        event_types: vec!["added".to_owned()],
        aggregate_ids: vec![ids[0], ids[1]],
        only_streams: None,
        after: 10,
    };
    let rows = ledger
        .rows(book, 18, &filter)
        .collect()
        .await
        .expect("read");
    assert!(rows.iter().all(|row| ids[..2].contains(&row.aggregate_id)));
    assert!(
        rows.iter()
            .all(|row| row.position > 10 && row.position <= 18)
    );
    assert_eq!(
        rows.len(),
        expected[10..18]
            .iter()
            .filter(|id| ids[..2].iter().any(|i| i.to_string() == **id))
            .count()
    );
}

/// Ends the session that is streaming the book.
async fn kill_reader(superuser: &PgPool) {
    let killed: bool = sqlx::query_scalar(
        "select coalesce(bool_or(pg_terminate_backend(pid)), false) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid() and state = 'active' \
           and query like '%order by position%'",
    )
    .fetch_one(superuser)
    .await
    .expect("asked");
    assert!(killed, "somebody was reading");
}

#[tokio::test]
async fn reader_killed_in_the_middle_is_an_error_and_not_the_end() {
    let (database, ledger, book) = open_book().await;
    let superuser = database.superuser_pool().await;
    let id = Uuid::new_v4();
    // More than the pages that are read ahead, the one in hand and every buffer on the way hold.
    for _ in 0..20 {
        let mut unit = ledger.unit(book, &crate::actor(), None);
        for _ in 0..200 {
            unit.execute::<Counter>(id, Command::Note("x".repeat(4000)))
                .await
                .expect("taken");
        }
        unit.commit().await.expect("appended");
    }
    let repository = LedgerRepository::new(&ledger, book);
    let mut replay = repository
        .stream_all_events::<Counter>()
        .await
        .expect("streams");
    replay
        .next::<Counter>(&[])
        .await
        .expect("there is one")
        .expect("delivered");
    kill_reader(&superuser).await;
    let mut failures = 0;
    let mut delivered = 1;
    while let Some(event) = replay.next::<Counter>(&[]).await {
        failures += i32::from(event.is_err());
        delivered += i32::from(event.is_ok());
    }
    assert_eq!(failures, 1, "{delivered} of 4000 delivered");

    let mut rows = ledger.rows(book, 4000, &Filter::default());
    rows.next().await.expect("delivered").expect("there is one");
    kill_reader(&superuser).await;
    let error = loop {
        match rows.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a stream cut short looks complete"),
            Err(error) => break error,
        }
    };
    assert!(
        error.to_string().contains("не удалось прочитать"),
        "{error}"
    );
}
