//! States of houses that are kept between settlements: never anything but the fold of the events.

use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::BookId;
use energokabinet::figures::{folded_house, house_book, stream_heads};
use energokabinet::store::Ledger;
use projections::recorded::Recorded;
use serde_json::json;
use sqlx::Row;
use uuid::Uuid;

use crate::database::TestDatabase;
use crate::equality::houses;
use crate::writing::{Writer, ledger};

/// The position of the kept state, and the state.
async fn kept(ledger: &Ledger, book: Uuid) -> Option<(i64, Vec<u8>)> {
    let row =
        sqlx::query("select position, state from read_models.house_states where book_id = $1")
            .bind(book)
            .fetch_optional(ledger.pool())
            .await
            .expect("the table is there");
    row.map(|row| (row.get(0), row.get(1)))
}

/// An area of the house of `base`, one of many.
fn area(base: &Recorded, number: u32) -> Recorded {
    let recorded = json!({"BuildingAreaRecorded": {
        "purpose": "common_water", "area": format!("{number}"), "source": "egrn",
        "from": format!("20{:02}-01-01", 10 + number % 60),
    }});
    let event: BuildingEvent = serde_json::from_value(recorded).expect("its stored form");
    Recorded {
        event: BookEvent::Building(event),
        ..base.clone()
    }
}

/// A book with so many events that its state is worth keeping.
async fn long_book(ledger: &Ledger) -> Writer {
    let house = houses(5).remove(4);
    let mut writer = Writer::open(ledger).await;
    writer.append(&house.book.events).await;
    let base = house.book.events[0].clone();
    let areas = (0..300).map(|number| area(&base, number));
    writer.append(&areas.collect::<Vec<_>>()).await;
    writer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_state_is_the_fold_and_is_gone_on_with() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "states").await;
    let writer = long_book(&ledger).await;
    let book = BookId(writer.book);
    let head = writer.head().await;
    let folded = folded_house(&ledger, book, head).await.expect("folded");
    assert_eq!(kept(&ledger, book.0).await, None);
    assert_eq!(house_book(&ledger, book, head).await.expect("told"), folded);
    let (position, _) = kept(&ledger, book.0).await.expect("it is kept");
    assert_eq!(position, head);
    // From the kept one, and it again with what came since.
    assert_eq!(house_book(&ledger, book, head).await.expect("told"), folded);
    let earlier = head / 2;
    let past = folded_house(&ledger, book, earlier).await.expect("folded");
    assert_eq!(
        house_book(&ledger, book, earlier).await.expect("told"),
        past
    );
    let (position, _) = kept(&ledger, book.0).await.expect("it is kept");
    assert_eq!(
        position, head,
        "a state of the past takes no place of a later one"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_folded_again() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "states-broken").await;
    let writer = long_book(&ledger).await;
    let book = BookId(writer.book);
    let head = writer.head().await;
    let folded = house_book(&ledger, book, head).await.expect("told");
    for damage in [
        "update read_models.house_states set state = '\\x00'",
        "update read_models.house_states set folds = 'another program', state = '\\x00'",
        "update read_models.house_states set erasures = 7, state = '\\x00'",
    ] {
        sqlx::query(damage)
            .execute(ledger.pool())
            .await
            .expect("it is free to be changed");
        assert_eq!(
            house_book(&ledger, book, head).await.expect("told"),
            folded,
            "{damage}"
        );
    }
    let (position, state) = kept(&ledger, book.0).await.expect("it is kept");
    assert_eq!(position, head);
    assert!(state.len() > 1, "a good state stands in its place");
}

/// Nothing of what was there when a state was kept is read again: here it is made unreadable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_old_event_is_read_once_a_state_is_kept() {
    let database = TestDatabase::new().await;
    let ledger = ledger(&database, "states-warm").await;
    let mut writer = long_book(&ledger).await;
    let book = BookId(writer.book);
    let head = writer.head().await;
    house_book(&ledger, book, head).await.expect("told");
    let heads = stream_heads(&ledger, book, head).await.expect("read");
    let superuser = database.superuser_pool().await;
    let mut connection = superuser.acquire().await.expect("a connection");
    for statement in [
        "alter table ledger.events disable trigger all",
        "update ledger.events set payload = '{}', event_type = 'BuildingRegistered'",
        "alter table ledger.events enable trigger all",
    ] {
        sqlx::query(statement)
            .execute(&mut *connection)
            .await
            .expect("the superuser may");
    }
    drop(connection);
    let house = houses(5).remove(4);
    let later = area(&house.book.events[0], 300);
    writer.append(&[later]).await;
    let now = writer.head().await;
    let told = house_book(&ledger, book, now)
        .await
        .expect("no old event is decoded");
    assert_eq!(told.position(), u64::try_from(now).expect("positive"));
    let told = stream_heads(&ledger, book, now).await.expect("read");
    let moved = told.iter().filter(|head| !heads.contains(head)).count();
    assert_eq!((told.len(), moved), (heads.len(), 1));
    assert!(
        folded_house(&ledger, book, now).await.is_err(),
        "they are unreadable indeed"
    );
}
