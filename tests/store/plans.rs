//! The hot reads use their index once a book has grown.

use energokabinet::store::{Ledger, pool};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::appending::append_raw;
use crate::counter::{Command, Counter};
use crate::{actor, open_book};

async fn plan(pool: &PgPool, sql: &str) -> String {
    let rows = pool
        .fetch_all(&*format!("explain {sql}"))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter()
        .map(|row| row.get::<String, _>(0) + "\n")
        .collect()
}

#[tokio::test]
async fn hot_reads_use_their_index() {
    let (database, ledger, book) = open_book().await;
    let mut unit = ledger.unit(book, &actor(), None);
    for _ in 0..3000 {
        unit.execute::<Counter>(Uuid::new_v4(), Command::Add(1))
            .await
            .expect("taken");
    }
    unit.commit().await.expect("appended");
    let superuser = database.superuser_pool().await;
    superuser
        .execute("analyze ledger.events")
        .await
        .expect("analysed");
    let id = Uuid::new_v4();
    let stream = format!("aggregate_type = 'counter' and aggregate_id = '{id}'");
    for (indexes, sql) in [
        (
            &["events_pkey", "events_stream"][..],
            format!(
                "select * from ledger.events where book_id = '{book}' and {stream} and sequence > 64 order by sequence"
            ),
        ),
        (
            &["events_stream"],
            format!("select * from ledger.events where {stream} order by sequence"),
        ),
        (
            &["events_position"],
            format!(
                "select * from ledger.events where book_id = '{book}' and position > 2900 and position <= 2950 order by position"
            ),
        ),
        (
            &["events_natural_key"],
            format!("select * from ledger.events where book_id = '{book}' and natural_key = 'x'"),
        ),
        (
            &["commits_pkey"],
            format!("select * from ledger.commits where book_id = '{book}' and commit_id = '{id}'"),
        ),
    ] {
        // One page of commits is read whole sooner than its index.
        let mut connection = superuser.acquire().await.expect("connects");
        connection
            .execute("set enable_seqscan = off")
            .await
            .expect("set");
        let rows = connection
            .fetch_all(&*format!("explain {sql}"))
            .await
            .expect("explained");
        let told: String = rows
            .iter()
            .map(|row| row.get::<String, _>(0) + "\n")
            .collect();
        assert!(
            indexes.iter().any(|index| told.contains(index)),
            "{sql}\n{told}"
        );
    }
    no_stream_or_range_is_found_by_reading_all(&superuser, book, &stream).await;
}

async fn no_stream_or_range_is_found_by_reading_all(superuser: &PgPool, book: Uuid, stream: &str) {
    for sql in [
        format!("select * from ledger.events where book_id = '{book}' and {stream}"),
        format!(
            "select * from ledger.events where book_id = '{book}' and position between 5 and 9"
        ),
    ] {
        assert!(!plan(superuser, &sql).await.contains("Seq Scan"), "{sql}");
    }
}

#[tokio::test]
async fn append_planned_in_an_empty_ledger_reads_no_more_as_it_grows() {
    let (database, _, book) = open_book().await;
    // One connection, so that the first plans serve all appends and the counts are at hand.
    let pool = pool::connect(&database.app_url(), "tests", 1)
        .await
        .expect("connects");
    let ledger = Ledger::new(pool.clone(), Vec::new);
    for _ in 0..100 {
        let id = Uuid::new_v4();
        for sequences in [&[1][..], &[2, 3], &[4]] {
            assert_eq!(append_raw(&ledger, book, id, sequences).await, None);
        }
    }
    pool.execute("select pg_stat_force_next_flush()")
        .await
        .expect("counted");
    let counted: (i64, i64) = sqlx::query_as(
        "select (select seq_tup_read::bigint from pg_stat_user_tables where relname = 'events'), \
                (select sum(idx_tup_read)::bigint from pg_stat_user_indexes \
                 where relname = 'events')",
    )
    .fetch_one(&pool)
    .await
    .expect("counted");
    let (by_table, by_index) = counted;
    assert_eq!(by_table, 0);
    // One event before is looked at for two appends of three.
    assert_eq!(by_index, 200);
}
