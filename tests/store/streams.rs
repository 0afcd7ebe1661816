//! Where each stream of a book ends, and units that rest on it.

use aggregates::ids::BookId;
use energokabinet::store::error::CommitError;
use energokabinet::store::streams::stream_heads_root;
use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::{actor, append, open_book};

#[tokio::test]
async fn the_heads_of_a_position_are_those_of_its_prefix() {
    let (_database, ledger, book) = open_book().await;
    let book = BookId(book);
    let mut ids = [Uuid::new_v4(), Uuid::new_v4()];
    ids.sort_unstable_by_key(Uuid::to_string);
    append(&ledger, book.0, ids[1], Command::AddMany(3)).await;
    append(&ledger, book.0, ids[0], Command::Add(1)).await;
    let then = ledger.stream_heads(book, 4).await.expect("read");
    append(&ledger, book.0, ids[1], Command::Add(1)).await;
    let ends: Vec<_> = then
        .iter()
        .map(|head| (head.aggregate_id, head.sequence))
        .collect();
    assert_eq!(ends, [(ids[0], 1), (ids[1], 3)]);
    assert_eq!(ledger.stream_heads(book, 4).await.expect("read"), then);
    let one = ledger.stream_heads(book, 2).await.expect("read");
    assert_eq!((one.len(), one[0].sequence), (1, 2));
    let now = ledger.stream_heads(book, 5).await.expect("read");
    assert_ne!(
        stream_heads_root(book, &now),
        stream_heads_root(book, &then)
    );
}

#[tokio::test]
async fn a_unit_is_refused_when_a_stream_it_rests_on_has_moved() {
    let (_database, ledger, book) = open_book().await;
    let (read, written) = (Uuid::new_v4(), Uuid::new_v4());
    append(&ledger, book, read, Command::Add(1)).await;
    append(&ledger, book, written, Command::Add(1)).await;
    let heads = ledger.stream_heads(BookId(book), 2).await.expect("read");
    for moved in [read, written] {
        append(&ledger, book, moved, Command::Add(1)).await;
        let mut unit = ledger.unit(book, &actor(), None);
        unit.rest_on(&heads);
        unit.execute::<Counter>(written, Command::Add(5))
            .await
            .expect("taken");
        let error = unit.commit().await.expect_err("a stream has moved");
        assert!(matches!(error, CommitError::ReadMoved(_)), "{error}");
        assert!(error.is_retryable(), "{error}");
    }
    let heads = ledger.stream_heads(BookId(book), 4).await.expect("read");
    let mut unit = ledger.unit(book, &actor(), None);
    unit.rest_on(&heads);
    unit.execute::<Counter>(written, Command::Add(5))
        .await
        .expect("taken");
    assert_eq!(unit.commit().await.expect("nothing has moved").last, 5);
}
