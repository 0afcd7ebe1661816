//! Whoever owns the server can go past the guards; a head kept outside tells.

use energokabinet::store::Ledger;
use energokabinet::store::entry::{Entry, Label, commitment};
use energokabinet::store::verify::{Problem, SavedHead};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::support::TestDatabase;
use crate::{append, open_book};

/// A book of ten events with a head saved at its eighth, and a superuser with the triggers off.
async fn book_with_saved_head() -> (TestDatabase, Ledger, Uuid, SavedHead, PgPool) {
    let (database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    for amount in 1..=8 {
        append(&ledger, book, id, Command::Add(amount)).await;
    }
    let sound = ledger.verify(book, None).await.expect("checked");
    assert!(sound.is_sound());
    let text = serde_json::to_string(&sound.head).expect("a head is written as JSON");
    let saved: SavedHead = serde_json::from_str(&text).expect("and read again");
    append(&ledger, book, id, Command::Add(9)).await;
    append(&ledger, book, Uuid::new_v4(), Command::Add(10)).await;
    assert!(
        ledger
            .verify(book, Some(&saved))
            .await
            .expect("checked")
            .is_sound()
    );
    let superuser = database.superuser_pool().await;
    for table in ["events", "commits", "books"] {
        let disable = format!("alter table ledger.{table} disable trigger all");
        superuser.execute(&*disable).await.expect("a superuser can");
    }
    (database, ledger, book, saved, superuser)
}

/// Runs the bypass and tells what is found.
async fn found_after(bypass: &str) -> Vec<Problem> {
    let (_database, ledger, book, saved, superuser) = book_with_saved_head().await;
    superuser.execute(bypass).await.expect("a superuser can");
    let checked = ledger.verify(book, Some(&saved)).await.expect("checked");
    assert!(!checked.is_sound(), "{bypass}");
    for finding in &checked.findings {
        assert!(!finding.to_string().is_empty());
    }
    checked
        .findings
        .into_iter()
        .map(|finding| finding.problem)
        .collect()
}

#[tokio::test]
async fn changed_content_and_names_are_found() {
    let payload = found_after(
        "update ledger.events set payload = '{\"added\":{\"amount\":99}}' where position = 3",
    )
    .await;
    assert_eq!(payload, [Problem::PayloadChanged]);
    let metadata = found_after("update ledger.events set metadata = '{}' where position = 3").await;
    assert_eq!(metadata, [Problem::MetadataChanged]);
    for column in [
        "event_type = 'x'",
        "event_version = '2'",
        "effective_at = '2000-01-01'",
    ] {
        let bypass = format!("update ledger.events set {column} where position = 3");
        let found = found_after(&bypass).await;
        assert_eq!(found[0], Problem::LeafChanged, "{bypass}");
        assert!(
            found
                .iter()
                .any(|problem| matches!(problem, Problem::Rewritten { .. }))
        );
    }
}

#[tokio::test]
async fn deleted_and_inserted_events_are_found() {
    let middle = found_after("delete from ledger.events where position = 3").await;
    assert!(middle.contains(&Problem::PositionGap { expected: 3 }));
    let last = found_after("delete from ledger.events where position = 10").await;
    assert!(last.contains(&Problem::HeadDisagrees { head: 10, last: 9 }));
    let tidy = found_after(
        "delete from ledger.events where position >= 8; \
         delete from ledger.commits where last_position >= 8; \
         update ledger.books set position = 7",
    )
    .await;
    assert_eq!(tidy, [Problem::Shortened { saved: 8 }]);
    let inserted = found_after(
        "insert into ledger.events select aggregate_type, aggregate_id, 99, event_type, \
         event_version, payload, metadata, book_id, 11, recorded_at, effective_at, commit_id, \
         null, salt, payload_commitment, metadata_commitment, leaf_hash \
         from ledger.events where position = 9",
    )
    .await;
    assert!(inserted.contains(&Problem::LeafChanged));
    assert!(inserted.contains(&Problem::HeadDisagrees { head: 10, last: 11 }));
}

#[tokio::test]
async fn swapped_events_and_times_are_found() {
    let swapped = found_after(
        "update ledger.events set position = -position + 1000 where position in (3, 4); \
         update ledger.events set position = 1000 - position + case 1000 - position \
         when 3 then 1 else -1 end where position > 100",
    )
    .await;
    assert!(swapped.contains(&Problem::LeafChanged));
    assert!(swapped.contains(&Problem::TimeNotIncreasing));
    assert!(
        swapped
            .iter()
            .any(|problem| matches!(problem, Problem::StreamOrder { .. }))
    );
    let head = found_after("update ledger.books set recorded_at = '2020-01-01'").await;
    assert!(head.contains(&Problem::TimeAfterHead));
    let commits =
        found_after("update ledger.commits set last_position = 5 where last_position = 4").await;
    assert!(
        commits
            .iter()
            .any(|problem| matches!(problem, Problem::CommitGap { .. }))
    );
    let lost = found_after("delete from ledger.commits where last_position = 4").await;
    assert!(
        lost.iter()
            .any(|problem| matches!(problem, Problem::CommitDisagrees { .. }))
    );
    let erased = found_after(
        "update ledger.events set salt = null, payload = '{\"erased\":true}' where position = 2",
    )
    .await;
    assert_eq!(erased, [Problem::ErasedWithoutAct]);
}

#[tokio::test]
async fn history_rewritten_with_leaves_of_its_own_is_found_by_the_saved_head_only() {
    let (_database, ledger, book, saved, superuser) = book_with_saved_head().await;
    let row = sqlx::query(
        "select recorded_at, effective_at, aggregate_id::text, sequence, salt, metadata_commitment \
         from ledger.events where position = 3",
    )
    .fetch_one(&superuser)
    .await
    .expect("read");
    let payload = r#"{"added":{"amount":99}}"#;
    let seed: Vec<u8> = row.get(4);
    let seed: [u8; 16] = seed.try_into().expect("16 bytes");
    let payload_commitment = commitment(Label::Payload, &seed, payload);
    let metadata_commitment: Vec<u8> = row.get(5);
    let leaf = Entry {
        book,
        position: 3,
        recorded_at: row.get(0),
        effective_at: row.get(1),
        aggregate_type: "counter",
        aggregate_id: row.get(2),
        sequence: row.get(3),
        event_type: "added",
        event_version: "1.0.0",
        payload_commitment,
        metadata_commitment: metadata_commitment.try_into().expect("32 bytes"),
    }
    .leaf();
    sqlx::query(
        "update ledger.events set payload = $1::json, payload_commitment = $2, leaf_hash = $3 \
         where position = 3",
    )
    .bind(payload)
    .bind(payload_commitment.as_slice())
    .bind(leaf.as_slice())
    .execute(&superuser)
    .await
    .expect("a superuser can");
    assert!(
        ledger.verify(book, None).await.expect("checked").is_sound(),
        "a book alone cannot tell"
    );
    let checked = ledger.verify(book, Some(&saved)).await.expect("checked");
    assert!(matches!(
        checked.findings[0].problem,
        Problem::Rewritten { .. }
    ));
    assert_eq!(checked.findings[0].position, Some(8));
    let other = SavedHead {
        book: Uuid::new_v4(),
        ..saved
    };
    let checked = ledger.verify(book, Some(&other)).await.expect("checked");
    assert!(matches!(
        checked.findings[0].problem,
        Problem::OtherBook { .. }
    ));
}

#[tokio::test]
async fn state_that_is_not_the_fold_of_its_events_is_found() {
    let (database, ledger, book) = open_book().await;
    let (good, bad) = (Uuid::new_v4(), Uuid::new_v4());
    append(&ledger, book, good, Command::AddMany(64)).await;
    append(&ledger, book, bad, Command::AddMany(64)).await;
    append(&ledger, book, bad, Command::Add(1)).await;
    assert_eq!(
        ledger
            .verify_states::<Counter>(book)
            .await
            .expect("checked"),
        []
    );
    sqlx::query("update ledger.aggregate_states set state = $2::json where aggregate_id = $1")
        .bind(bad.to_string())
        .bind(r#"{"opened":true,"total":1000000,"events":64}"#)
        .execute(&database.superuser_pool().await)
        .await
        .expect("a superuser can");
    let found = ledger
        .verify_states::<Counter>(book)
        .await
        .expect("checked");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].stream, Some(format!("counter/{bad}/64")));
    assert_eq!(found[0].problem, Problem::StateChanged);
}
