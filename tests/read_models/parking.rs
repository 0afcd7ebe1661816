//! An event that cannot be taken in stops what depends on it, and nothing else.

use std::time::Duration;

use aggregates::ids::BookId;
use energokabinet::closing::{CloseError, Order, close_period};
use energokabinet::read_models::query::standing;
use energokabinet::read_models::{ReadModelError, Runner, begin_rebuild, wait_for};
use energokabinet::store::{Actor, Ledger};
use serde_json::json;
use uuid::Uuid;

use crate::database::TestDatabase;
use crate::equality::{bill, houses};
use crate::histories::House;
use crate::tables::assert_equal;
use crate::writing::{Writer, ledger};

/// A house in its book, all of it taken in.
async fn house(ledger: &Ledger, runner: &Runner) -> (Writer, House) {
    let mut house = houses(1).remove(0);
    bill(&mut house, "2026-01");
    let mut writer = Writer::open(ledger).await;
    writer.append(&house.book.events).await;
    runner.run_once().await.expect("taken in");
    (writer, house)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_parked_where_folds_join_its_streams_and_goes_on_once_mended() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "parking").await;
    let runner = Runner::new(ledger.clone());
    let (mut writer, house) = house(&ledger, &runner).await;
    let (other, _) = self::house(&ledger, &runner).await;
    let (book, good) = (writer.book, writer.head().await);
    let nonsense = (
        "ReadingRecorded",
        json!({"ReadingRecorded": {"reading": 7}}),
    );
    writer
        .append_raw("meter", Uuid::from_u128(500), nonsense)
        .await;
    writer
        .append_raw("building", book, ("BuildingLocated", json!({})))
        .await;
    runner.run_once().await.expect("parked, not failed");

    let stands = standing(&ledger, book).await.expect("they are there");
    assert_eq!(stands.position, good);
    let parked = stands.parked.expect("it stands still");
    assert_eq!(parked.position, good + 1);
    assert!(
        parked.reason.contains("ReadingRecorded"),
        "{}",
        parked.reason
    );
    assert_equal(&ledger, book, &house.book.events).await;
    let waited = wait_for(&ledger, book, good + 2, Duration::from_secs(5)).await;
    assert!(
        matches!(waited, Err(ReadModelError::Parked { position, .. }) if position == good + 1),
        "{waited:?}"
    );
    let month = "2026-02".parse().expect("a month");
    let staff = Actor::new("staff:test").expect("a good name");
    let closed = close_period(&ledger, &staff, BookId(book), &Order::new(month), None).await;
    assert!(
        matches!(closed, Err(CloseError::Parked(_))),
        "nobody closes what nobody can look at: {closed:?}"
    );
    let of_other = standing(&ledger, other.book).await.expect("they are there");
    assert_eq!(of_other.parked, None);

    // Building anew stops at the same event; readers keep what they have.
    begin_rebuild(ledger.pool(), book).await.expect("begun");
    runner.run_once().await.expect("parked again");
    let still = standing(&ledger, book).await.expect("they are there");
    assert_eq!((still.version, still.position), (stands.version, good));

    // Mended: here by destroying what nobody can read.
    sqlx::query("select ledger.ledger_erase($1, $2, $3)")
        .bind(book)
        .bind(good + 1)
        .bind(good + 2)
        .execute(&database.owner_pool().await)
        .await
        .expect("erased");
    begin_rebuild(ledger.pool(), book).await.expect("begun");
    runner.run_once().await.expect("built");
    let mended = standing(&ledger, book).await.expect("they are there");
    assert_eq!((mended.position, mended.parked), (good + 2, None));
    assert_equal(&ledger, book, &house.book.events).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_parked_alone() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "parking").await;
    let runner = Runner::new(ledger.clone());
    let (mut writer, house) = house(&ledger, &runner).await;
    let (book, good, broken) = (writer.book, writer.head().await, Uuid::from_u128(900));
    let opened = json!({"AccountOpened": {"number": 7}});
    writer
        .append_raw("account", broken, ("AccountOpened", opened))
        .await;
    let closed = json!({"AccountClosed": {"from": "2026-02-01", "reason": "rearranged"}});
    writer
        .append_raw("account", broken, ("AccountClosed", closed))
        .await;
    writer
        .append_raw("building", book, ("BuildingLocated", json!({})))
        .await;
    runner.run_once().await.expect("taken in");

    let stands = standing(&ledger, book).await.expect("they are there");
    assert_eq!((stands.position, stands.parked), (good + 3, None));
    let parked: Vec<_> = stands
        .parked_streams
        .iter()
        .map(|stream| (stream.aggregate_id, stream.position))
        .collect();
    assert_eq!(parked, [(broken, good + 1)]);
    assert_equal(&ledger, book, &house.book.events).await;
    let reached = wait_for(&ledger, book, good + 3, Duration::from_secs(5)).await;
    assert_eq!(reached.expect("the book goes on"), good + 3);
}
