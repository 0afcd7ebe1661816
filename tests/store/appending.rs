//! One unit of work, appended or not.

use chrono::{TimeZone, Utc};
use energokabinet::store::Ledger;
use energokabinet::store::books::BookKind;
use energokabinet::store::error::{CommitError, ExecuteError};
use energokabinet::store::read::Filter;
use sqlx::Row;
use uuid::Uuid;

use crate::counter::{Command, Counter, Refusal};
use crate::{actor, append, load, open_book};

#[tokio::test]
async fn events_of_several_aggregates_come_back_as_they_were_written() {
    let (_database, ledger, book) = open_book().await;
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    let at = Utc
        .with_ymd_and_hms(2025, 11, 25, 10, 0, 0)
        .single()
        .expect("a time");
    let mut unit = ledger.unit(book, &actor(), None);
    unit.describe("command", "try");
    unit.execute::<Counter>(one, Command::Open)
        .await
        .expect("taken");
    let take = Command::Take {
        amount: 3,
        at,
        key: "T1".to_owned(),
    };
    let ids = unit.execute::<Counter>(two, take).await.expect("taken");
    unit.execute::<Counter>(one, Command::Note("Кв. 5, «счётчик» 𝄞".to_owned()))
        .await
        .expect("taken");
    let receipt = unit.commit().await.expect("appended");

    assert_eq!(
        (receipt.first, receipt.last, receipt.replayed),
        (1, 3, false)
    );
    assert_eq!(receipt.events[1], ids[0]);
    let rows = ledger
        .rows(book, receipt.last, &Filter::default())
        .collect()
        .await
        .expect("read");
    assert_eq!(
        rows.iter().map(|row| row.id()).collect::<Vec<_>>(),
        receipt.events
    );
    assert_eq!(rows[1].effective_at, at);
    assert_eq!(rows[0].effective_at, receipt.recorded_at);
    assert!(
        rows.iter()
            .all(|row| row.recorded_at == receipt.recorded_at && !row.erased)
    );
    assert_eq!(
        rows[2].payload,
        r#"{"noted":{"text":"Кв. 5, «счётчик» 𝄞"}}"#
    );
    let known = ledger
        .events_by_natural_key(
            book,
            &[format!("counter/{two}/T1"), "counter/x/y".to_owned()],
        )
        .await
        .expect("read");
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].1, rows[1]);
    assert_eq!(
        ledger.event(book, &ids[0]).await.expect("read"),
        Some(rows[1].clone())
    );
}

#[tokio::test]
async fn conflict_stores_nothing_and_leaves_no_gap() {
    let (_database, ledger, book) = open_book().await;
    let (contested, other) = (Uuid::new_v4(), Uuid::new_v4());
    let mut late = ledger.unit(book, &actor(), None);
    late.execute::<Counter>(other, Command::Add(1))
        .await
        .expect("taken");
    late.execute::<Counter>(contested, Command::Add(1))
        .await
        .expect("taken");
    append(&ledger, book, contested, Command::Add(10)).await;

    assert!(matches!(late.commit().await, Err(CommitError::Conflict(_))));

    assert_eq!(load(&ledger, book, other).await, Counter::default());
    assert_eq!(load(&ledger, book, contested).await.total, 10);
    assert_eq!(append(&ledger, book, other, Command::Add(1)).await.first, 2);
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test]
async fn second_command_sees_the_first_and_a_refused_one_leaves_the_unit_as_it_was() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(id, Command::Open)
        .await
        .expect("taken");
    let again = unit.execute::<Counter>(id, Command::Open).await;
    assert!(matches!(
        again,
        Err(ExecuteError::Refused(Refusal::AlreadyOpen))
    ));
    // This one writes before it refuses.
    let negative = unit.execute::<Counter>(id, Command::Add(-5)).await;
    assert!(matches!(
        negative,
        Err(ExecuteError::Refused(Refusal::NotPositive))
    ));
    let fraction = unit.execute::<Counter>(id, Command::Weigh).await;
    assert!(matches!(fraction, Err(ExecuteError::Unrecordable { .. })));
    assert_eq!(unit.read::<Counter>(id).await.expect("read").total, 0);
    unit.execute::<Counter>(id, Command::Add(2))
        .await
        .expect("taken");
    assert_eq!(unit.pending(), 2);
    let receipt = unit.commit().await.expect("appended");
    assert_eq!(receipt.last, 2);
    assert_eq!(
        load(&ledger, book, id).await,
        Counter {
            opened: true,
            total: 2,
            events: 2
        }
    );
}

#[tokio::test]
async fn decision_is_refused_when_what_it_read_has_moved() {
    let (_database, ledger, book) = open_book().await;
    let (gate, id) = (Uuid::new_v4(), Uuid::new_v4());
    for prior in [false, true] {
        let mut unit = ledger.unit(book, &actor(), None);
        // First an empty stream, then one with events.
        assert_eq!(
            unit.read::<Counter>(gate).await.expect("read").opened,
            prior
        );
        unit.execute::<Counter>(id, Command::Add(1))
            .await
            .expect("taken");
        let closing = if prior {
            Command::Add(7)
        } else {
            Command::Open
        };
        append(&ledger, book, gate, closing).await;
        let refused = unit.commit().await;
        let names_gate = |what: &String| what.contains(&gate.to_string());
        assert!(matches!(&refused, Err(CommitError::ReadMoved(what)) if names_gate(what)));
    }
    assert_eq!(load(&ledger, book, id).await, Counter::default());
    let mut unit = ledger.unit(book, &actor(), None);
    unit.read::<Counter>(gate).await.expect("read");
    unit.execute::<Counter>(id, Command::Add(1))
        .await
        .expect("taken");
    assert_eq!(unit.commit().await.expect("appended").first, 3);
}

#[tokio::test]
async fn known_natural_key_is_told_apart_from_a_conflict() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let take = || Command::Take {
        amount: 1,
        at: Utc::now(),
        key: "2025-11".to_owned(),
    };
    append(&ledger, book, id, take()).await;
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(id, take()).await.expect("taken");
    let refused = unit.commit().await;
    assert!(matches!(&refused, Err(CommitError::NaturalKeyKnown(key)) if key.contains("2025-11")));
    // Another counter and another book have keys of their own.
    append(&ledger, book, Uuid::new_v4(), take()).await;
    let other = Uuid::new_v4();
    ledger
        .open_book(other, BookKind::Organisation)
        .await
        .expect("opens");
    append(&ledger, other, Uuid::new_v4(), take()).await;
}

#[tokio::test]
async fn aggregate_of_another_book_cannot_be_continued() {
    let (_database, ledger, book) = open_book().await;
    let other = Uuid::new_v4();
    ledger
        .open_book(other, BookKind::Building)
        .await
        .expect("opens");
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::Add(1)).await;
    for sequences in [&[2][..], &[2, 3]] {
        let refused = append_raw(&ledger, other, id, sequences).await;
        assert_eq!(refused.as_deref(), Some("LG416"), "{sequences:?}");
    }
    assert_eq!(ledger.head(other).await.expect("read").position, 0);
}

#[tokio::test]
async fn stream_has_no_gap() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::Add(1)).await;
    for sequences in [&[3][..], &[3, 4], &[2, 4], &[2, 3, 5]] {
        let refused = append_raw(&ledger, book, id, sequences).await;
        assert_eq!(refused.as_deref(), Some("LG416"), "{sequences:?}");
    }
    for known in [&[1][..], &[1, 2], &[2, 2]] {
        let refused = append_raw(&ledger, book, id, known).await;
        assert_eq!(refused.as_deref(), Some("23505"), "{known:?}");
    }
    for sequences in [&[2][..], &[3, 4]] {
        assert_eq!(append_raw(&ledger, book, id, sequences).await, None);
    }
    assert_eq!(ledger.head(book).await.expect("read").position, 4);
}

/// Appends events of one stream past the unit of work; gives the SQLSTATE of a refusal.
pub async fn append_raw(
    ledger: &Ledger,
    book: Uuid,
    id: Uuid,
    sequences: &[i64],
) -> Option<String> {
    let all = |text: &str| vec![text.to_owned(); sequences.len()];
    let appended = sqlx::query(
        "select * from ledger.ledger_append($1, $2, 'a', null, null, $3, $4, $5, $6, $7, $8, $8, \
         array_fill(null::timestamptz, array[cardinality($5)]), \
         array_fill(null::text, array[cardinality($5)]), \
         array_fill('\\x00112233445566778899aabbccddeeff'::bytea, array[cardinality($5)]), \
         '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
    )
    .bind(book)
    .bind(Uuid::new_v4())
    .bind(all("counter"))
    .bind(all(&id.to_string()))
    .bind(sequences)
    .bind(all("added"))
    .bind(all("1.0.0"))
    .bind(all("{}"))
    .execute(ledger.pool())
    .await;
    let refused = appended.err()?;
    let code = refused.as_database_error().and_then(|error| error.code());
    Some(code.expect("the database refuses").into_owned())
}

#[tokio::test]
async fn sealed_and_missing_books_take_nothing() {
    let (database, ledger, book) = open_book().await;
    append(&ledger, book, Uuid::new_v4(), Command::Add(1)).await;
    sqlx::query("select ledger.ledger_seal_book($1)")
        .bind(book)
        .execute(&database.owner_pool().await)
        .await
        .expect("the owner seals");
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(Uuid::new_v4(), Command::Add(1))
        .await
        .expect("taken");
    assert!(matches!(unit.commit().await, Err(CommitError::Sealed(sealed)) if sealed == book));
    assert_eq!(ledger.head(book).await.expect("read").position, 1);
    let mut unit = ledger.unit(Uuid::new_v4(), &actor(), None);
    unit.execute::<Counter>(Uuid::new_v4(), Command::Add(1))
        .await
        .expect("taken");
    assert!(matches!(
        unit.commit().await,
        Err(CommitError::NoSuchBook(_))
    ));
}

#[tokio::test]
async fn ten_thousand_events_and_none_are_one_append_each() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let receipt = append(&ledger, book, id, Command::AddMany(10_000)).await;
    assert_eq!((receipt.first, receipt.last), (1, 10_000));
    let mut unit = ledger.unit(book, &actor(), None);
    unit.execute::<Counter>(id, Command::Nothing)
        .await
        .expect("taken");
    let nothing = unit.commit().await.expect("nothing to append");
    assert_eq!(
        (nothing.first, nothing.last, nothing.events.len()),
        (10_001, 10_000, 0)
    );
    assert_eq!(load(&ledger, book, id).await.total, 10_000);
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test]
async fn batch_append_stores_what_single_appends_store() {
    let (database, ledger, one_by_one) = open_book().await;
    let at_once = Uuid::new_v4();
    ledger
        .open_book(at_once, BookKind::Building)
        .await
        .expect("opens");
    let ids = [Uuid::new_v4(), Uuid::new_v4()];
    let mut unit = ledger.unit(at_once, &actor(), None);
    for step in 1..=9 {
        let id = ids[step % 2];
        append(&ledger, one_by_one, id, Command::Add(step as i64)).await;
        unit.execute::<Counter>(id, Command::Add(step as i64))
            .await
            .expect("taken");
    }
    unit.commit().await.expect("appended");
    let pool = database.app_pool().await;
    let texts = async |book: Uuid| -> Vec<String> {
        sqlx::query(
            "select concat_ws('|', position, aggregate_id, sequence, payload, metadata) \
             from ledger.events where book_id = $1 order by position",
        )
        .bind(book)
        .fetch_all(&pool)
        .await
        .expect("read")
        .iter()
        .map(|row| row.get(0))
        .collect()
    };
    assert_eq!(texts(one_by_one).await, texts(at_once).await);
}
