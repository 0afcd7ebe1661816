//! Every route with every role, in one's own house and in another: nothing leaks.

use aggregates::access_grant::event::{AccessRole, AccessScope};
use aggregates::ids::BookId;
use aggregates::time::DateSpan;
use energokabinet::access::policy::{Right, allows};
use energokabinet::sites::STAFF_ROUTES;
use uuid::Uuid;

use crate::sites::{Browser, STAFF, Town, since};

/// The right that each route needs; a route that is not here fails the test.
fn right_of(path: &str, method: &str) -> Right {
    match (path, method) {
        ("/" | "/houses" | "/houses/{book}", "get") => Right::SeeHouse,
        (
            "/meters"
            | "/houses/{book}/meters"
            | "/houses/{book}/meters/{meter}"
            | "/houses/{book}/lines",
            "get",
        ) => Right::SeeMeters,
        ("/houses/{book}/lines", "post") => Right::RunLines,
        ("/readings" | "/houses/{book}/readings", "get") => Right::SeeReadings,
        ("/houses/{book}/entry", _) => Right::EnterReadings,
        ("/gaps" | "/houses/{book}/gaps", "get") => Right::SeeGaps,
        ("/houses/{book}/gaps", "post") => Right::DecideGaps,
        ("/balance" | "/houses/{book}/balance", "get") => Right::SeeBalance,
        ("/closing" | "/houses/{book}/closing", "get") => Right::SeeClosing,
        ("/houses/{book}/closing", "post") => Right::CloseMonth,
        ("/disputes" | "/houses/{book}/disputes/{dispute}", "get") => Right::SeeDisputes,
        ("/houses/{book}/disputes/{dispute}", "post") => Right::AnswerDisputes,
        ("/journal" | "/houses/{book}/journal", "get") => Right::SeeJournal,
        other => panic!("say which right {other:?} needs"),
    }
}

fn of_house(path: &str, book: BookId) -> String {
    path.replace("{book}", &book.to_string())
        .replace("{meter}", &Uuid::nil().to_string())
        .replace("{dispute}", &Uuid::nil().to_string())
        .replace("{period}", "2026-10")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_goes_further_than_it_should() {
    let mut town = Town::start().await;
    for role in STAFF {
        let mut browser = town.staff(role).await;
        for (path, method) in STAFF_ROUTES {
            let right = right_of(path, method);
            let told = format!("{role:?} {method} {path}");
            let own = browser.ask(method, &of_house(path, town.house)).await;
            match allows(role, right) {
                // A form without fields is refused, a meter without an id is not there; the door
                // was open all the same.
                true => assert!(own.status != 403 && own.status < 500, "{told}: {own:?}"),
                false => assert_eq!(own.status, 403, "{told}"),
            }
            if !path.contains("{book}") {
                continue;
            }
            for book in [town.other, BookId(Uuid::from_u128(77))] {
                let foreign = browser.ask(method, &of_house(path, book)).await;
                assert_eq!(foreign.status, 404, "{told}");
                assert!(!foreign.text.contains("Тестовая"), "{told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_without_a_session_of_this_site() {
    let mut town = Town::start().await;
    let mut stranger = Browser::new(&town.staff);
    let resident = town.owner("1").await;
    let token = resident.cookie().expect("a session").1.clone();
    for (path, method) in STAFF_ROUTES {
        let path = of_house(path, town.house);
        let asked = stranger.ask(method, &path).await.expect(303);
        assert!(asked.header("location").starts_with("/login"), "{path}");
        let mut forged = Browser::with_cookie(&town.staff, "ek-staff", &token);
        let asked = forged.ask(method, &path).await.expect(303);
        assert!(asked.header("location").starts_with("/login"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_ends_with_its_term_and_at_once_when_it_is_taken_away() {
    let mut town = Town::start().await;
    let (person, email) = town.person("Вера Логинова").await;
    let scope = (AccessRole::Auditor, AccessScope::Book);
    let grant = town
        .grant(person, town.house, scope, since("2025-01-01"))
        .await;
    let mut browser = town.sign_in(&town.staff, &email).await;
    browser.get("/houses").await.expect(200).shows("Тестовая");
    town.revoke(town.house, grant, "2026-01-01").await;
    let page = browser.get("/houses").await.expect(200);
    assert!(
        !page.text.contains("Тестовая"),
        "the session goes on, the right does not"
    );
    let over = DateSpan::new(
        "2025-01-01".parse().expect("a date"),
        "2025-12-31".parse().ok(),
    );
    let (later, email) = town.person("Вера Логинова").await;
    town.grant(later, town.house, scope, over.expect("a span"))
        .await;
    let mut browser = town.sign_in(&town.staff, &email).await;
    let page = browser.get("/houses").await.expect(200);
    assert!(!page.text.contains("Тестовая"), "a term that is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_in_the_table_gives_no_right() {
    let mut town = Town::start().await;
    let (owner, _) = town.person("Нина Крылова").await;
    let scope = (AccessRole::Accountant, AccessScope::Book);
    let grant = town
        .grant(owner, town.house, scope, since("2025-01-01"))
        .await;
    let (thief, email) = town.person("Кто-то").await;
    sqlx::query("insert into people.grants (grantee_id, book_id, grant_id) values ($1, $2, $3)")
        .bind(thief.0)
        .bind(town.house.0)
        .bind(grant.0)
        .execute(town.ledger.pool())
        .await
        .expect("the application may write there");
    let mut browser = town.sign_in(&town.staff, &email).await;
    let page = browser.get("/houses").await.expect(200);
    page.shows("Домов для вас пока нет");
}
