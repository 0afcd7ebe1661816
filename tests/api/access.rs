//! Who is let in, and what a stranger learns.

use serde_json::json;
use uuid::Uuid;

use crate::served::Served;

/// Every address of the API, with ids that may be anything.
fn routes(book: &str) -> Vec<(bool, String)> {
    let id = Uuid::new_v4();
    let at = |rest: &str| format!("/api/v1/books/{book}{rest}");
    vec![
        (false, "/api/v1/books".to_owned()),
        (false, at("")),
        (false, at("/meters")),
        (false, at(&format!("/meters/{id}/history"))),
        (false, at("/balance/2026-10")),
        (false, "/api/v1/rules".to_owned()),
        (false, at("/rules")),
        (true, at(&format!("/accounts/{id}/bills/2026-10/check"))),
        (false, at("/gaps/2026-10")),
        (true, at("/gaps/2026-10")),
        (true, at("/balance/2026-10/explanations")),
        (true, at("/readings")),
        (true, at(&format!("/meters/{id}/readings/3/correction"))),
        (true, at(&format!("/meters/{id}/readings/3/withdrawal"))),
        (true, at(&format!("/meters/{id}/control-readings"))),
        (true, at(&format!("/points/{id}/replacement"))),
        (false, "/api/v1/nowhere".to_owned()),
        (false, "/".to_owned()),
    ]
}

#[tokio::test]
async fn nothing_but_health_is_told_without_the_token() {
    let served = Served::start().await;
    let wrong = "0".repeat(64);
    let cut = &served.token.as_str()[..63];
    for token in [None, Some(wrong.as_str()), Some(cut), Some("")] {
        let stranger = served.client.bearing(token);
        for (writes, route) in routes(&served.book.to_string()) {
            let answer = match writes {
                true => stranger.post(&route, &json!({})).await,
                false => stranger.get(&route).await,
            };
            let answer = answer.expect_problem(401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{route}");
        }
    }
    served.stop().await;
}

#[tokio::test]
async fn health_and_readiness_need_no_token() {
    let served = Served::start().await;
    let stranger = served.client.bearing(None);
    let health = stranger.get("/health").await.expect_status(200);
    assert_eq!(health.body, json!({"status": "ok"}));
    let ready = stranger.get("/ready").await.expect_status(200);
    assert_eq!(ready.body, json!({"status": "ready"}));
    served.stop().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let served = Served::start().await;
    let client = &served.client;
    client
        .get("/api/v1/nowhere")
        .await
        .expect_problem(404, "not-found");
    client.get("/").await.expect_problem(404, "not-found");
    let answer = client.put(&served.at("readings")).await;
    let answer = answer.expect_problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    client
        .put("/health")
        .await
        .expect_problem(405, "method-not-allowed");
    client
        .get("/api/v1/books/not-a-uuid")
        .await
        .expect_problem(400, "bad-request");
    client
        .get(&served.at("balance/2026-13"))
        .await
        .expect_problem(400, "bad-request");
    let stranger = format!("/api/v1/books/{}", Uuid::new_v4());
    client.get(&stranger).await.expect_problem(404, "not-found");
    served.stop().await;
}

#[tokio::test]
async fn books_are_listed_with_their_addresses() {
    let served = Served::start().await;
    let books = served.client.get("/api/v1/books").await.expect_status(200);
    let list = books.body["books"].as_array().expect("a list").clone();
    // The house, its company and the book of the deployment.
    assert_eq!(list.len(), 3, "{list:?}");
    let house = list
        .iter()
        .find(|book| book["kind"] == "building")
        .expect("the house");
    assert_eq!(house["book"], served.book.to_string());
    assert!(
        house["address"]
            .as_str()
            .is_some_and(|text| text.contains("Тестовая")),
        "{house}"
    );
    let path = format!("/api/v1/books/{}", served.book);
    let one = served.client.get(&path).await.expect_status(200);
    assert_eq!(&one.body, house);
    assert_eq!(Some(one.position()), house["position"].as_i64());
    served.stop().await;
}
