//! The content of an event destroyed by a recorded act: every proof stays, nothing of it is left.

use uuid::Uuid;

use crate::counter::{Command, Counter};
use crate::{append, load, open_book};

#[tokio::test]
async fn erased_content_is_gone_and_the_book_stays_sound() {
    let (database, ledger, book) = open_book().await;
    let id = Uuid::new_v4();
    append(&ledger, book, id, Command::AddMany(69)).await;
    append(&ledger, book, id, Command::Note("секрет".to_owned())).await;
    let before = ledger.verify(book, None).await.expect("checked").head;
    let owner = database.owner_pool().await;
    let erase = async |act: i64| -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("select ledger.ledger_erase($1, 70, $2)")
            .bind(book)
            .bind(act)
            .fetch_one(&owner)
            .await
    };
    for no_act in [70, 71] {
        assert!(
            erase(no_act).await.is_err(),
            "an act stands after what it erases"
        );
    }
    append(
        &ledger,
        book,
        Uuid::new_v4(),
        Command::Note("act".to_owned()),
    )
    .await;
    assert!(erase(71).await.expect("erased"));
    assert!(!erase(71).await.expect("erased already"));

    let checked = ledger.verify(book, Some(&before)).await.expect("checked");
    assert!(checked.is_sound(), "{:?}", checked.findings);
    assert_eq!(checked.erased, 1);
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from ledger.events where payload::text like '%секрет%') \
              + (select count(*) from ledger.aggregate_states)",
    )
    .fetch_one(&owner)
    .await
    .expect("read");
    assert_eq!(left, 0);
    // The stream goes on over it.
    let counter = load(&ledger, book, id).await;
    assert_eq!(
        counter,
        Counter {
            opened: false,
            total: 69,
            events: 69
        }
    );
    append(&ledger, book, id, Command::Add(1)).await;
    assert_eq!(load(&ledger, book, id).await.total, 70);
}
