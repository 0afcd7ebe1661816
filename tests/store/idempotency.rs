//! A repeated request is answered with its first receipt.

use energokabinet::store::error::CommitError;
use energokabinet::store::{Actor, Completed, Ledger, Request, RunError};
use uuid::Uuid;

use crate::counter::{Command, Counter, Refusal};
use crate::{actor, load, open_book};

fn request(key: &str, body: &str) -> Request {
    Request::new(key, "open counter", body).expect("a good key")
}

/// Opens a counter and adds one to it: the second opening is refused by the aggregate.
async fn open_counter(
    ledger: &Ledger,
    book: Uuid,
    actor: &Actor,
    request: &Request,
    id: Uuid,
) -> Result<Completed<()>, RunError<Refusal>> {
    ledger
        .run(book, actor, Some(request), move |unit| {
            Box::pin(async move {
                let refused = |error| match error {
                    energokabinet::store::error::ExecuteError::Refused(refusal) => refusal,
                    other => panic!("{other}"),
                };
                unit.execute::<Counter>(id, Command::Open)
                    .await
                    .map_err(refused)?;
                unit.execute::<Counter>(id, Command::Add(1))
                    .await
                    .map_err(refused)?;
                Ok(())
            })
        })
        .await
}

#[tokio::test]
async fn repeated_request_gets_its_receipt_though_its_command_would_be_refused() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let first = open_counter(&ledger, book, &actor(), &request("k", "b"), id)
        .await
        .expect("done");
    let again = open_counter(&ledger, book, &actor(), &request("k", "b"), id)
        .await
        .expect("done");
    assert!(first.value.is_some() && again.value.is_none());
    assert!(again.receipt.replayed);
    let mut expected = first.receipt.clone();
    expected.replayed = true;
    assert_eq!(again.receipt, expected);
    assert_eq!(load(&ledger, book, id).await.total, 1);
    // Under another key the command is judged, and refused.
    let refused = open_counter(&ledger, book, &actor(), &request("k2", "b"), id).await;
    assert!(matches!(
        refused,
        Err(RunError::Refused(Refusal::AlreadyOpen))
    ));
}

#[tokio::test]
async fn same_key_with_another_body_is_refused_and_another_actor_has_keys_of_its_own() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    open_counter(&ledger, book, &actor(), &request("k", "b"), id)
        .await
        .expect("done");
    let reused = open_counter(&ledger, book, &actor(), &request("k", "other"), id).await;
    assert!(matches!(
        reused,
        Err(RunError::Commit(CommitError::KeyReused))
    ));
    let mut unit = ledger.unit(book, &actor(), Some(&request("k", "other")));
    unit.execute::<Counter>(Uuid::new_v4(), Command::Add(1))
        .await
        .expect("taken");
    assert!(matches!(unit.commit().await, Err(CommitError::KeyReused)));
    let other = Actor::new("staff:2").expect("a good name");
    let done = open_counter(&ledger, book, &other, &request("k", "x"), Uuid::new_v4()).await;
    assert_eq!(done.expect("done").receipt.first, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_at_once_are_one_append() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let rivals: Vec<_> = (0..16)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                open_counter(&ledger, book, &actor(), &request("k", "b"), id).await
            })
        })
        .collect();
    let mut fresh = 0;
    for rival in rivals {
        let done = rival.await.expect("the rival ends").expect("done");
        assert_eq!((done.receipt.first, done.receipt.last), (1, 2));
        assert_eq!(done.receipt.events.len(), 2);
        fresh += i32::from(!done.receipt.replayed);
    }
    assert_eq!(fresh, 1);
    assert_eq!(ledger.head(book).await.expect("read").position, 2);
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rivals_over_one_counter_all_come_through_when_judged_again() {
    let (_database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    let rivals: Vec<_> = (0..8)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                ledger
                    .run(book, &actor(), None, move |unit| {
                        Box::pin(async move {
                            unit.execute::<Counter>(id, Command::Add(1))
                                .await
                                .map(|_| ())
                        })
                    })
                    .await
            })
        })
        .collect();
    for rival in rivals {
        assert!(rival.await.expect("the rival ends").is_ok());
    }
    assert_eq!(load(&ledger, book, id).await.total, 8);
}

#[tokio::test]
async fn request_that_changed_nothing_stays_answered() {
    let (_database, ledger, book) = open_book().await;
    let nothing = request("k", "b");
    let unit = ledger.unit(book, &actor(), Some(&nothing));
    let receipt = unit.commit().await.expect("appended");
    assert_eq!(
        (receipt.first, receipt.last, receipt.replayed),
        (1, 0, false)
    );
    let again = ledger
        .replay_of(book, &actor(), &nothing)
        .await
        .expect("read");
    assert_eq!(
        again.map(|receipt| (receipt.first, receipt.last)),
        Some((1, 0))
    );
    assert!(ledger.verify(book, None).await.expect("checked").is_sound());
}
