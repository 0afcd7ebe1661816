//! A request that comes again under its key.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::house::{FLAT_1_COLD, FLAT_1_HOT, FLAT_2_COLD};
use crate::served::{Served, reading, status};

/// Readings of every outcome: accepted, held, repeated (in this request) and rejected.
fn mixed() -> Value {
    let mut rejected = reading(FLAT_1_HOT, "10");
    rejected["values"][0]["register"] = json!("t1");
    json!({"readings": [
        reading(FLAT_1_COLD, "20.5"),
        reading(FLAT_2_COLD, "5"),
        reading(FLAT_1_COLD, "20.5"),
        rejected,
    ]})
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let served = Served::start().await;
    served.read(FLAT_2_COLD, "30").await;
    let (path, body) = (served.at("readings"), mixed());
    let first = served.client.post_keyed(&path, "k-1", &body).await;
    let first = first.expect_status(200);
    let outcomes: Vec<&str> = first.body["readings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(status)
        .collect();
    assert_eq!(outcomes, ["accepted", "held", "repeated", "rejected"]);
    assert_eq!(first.header("idempotency-hit"), None);
    let head = served.ledger.head(served.book.0).await.expect("a head");

    // What happens meanwhile changes nothing in the answer.
    served.read(FLAT_1_COLD, "21").await;
    let later = served.ledger.head(served.book.0).await.expect("a head");
    assert!(later.position > head.position);

    let again = served.client.post_keyed(&path, "k-1", &body).await;
    let again = again.expect_status(200);
    assert_eq!(again.header("idempotency-hit"), Some("true"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.position(), first.position());
    let end = served.ledger.head(served.book.0).await.expect("a head");
    assert_eq!(end.position, later.position);
    served.stop().await;
}

#[tokio::test]
async fn a_key_stands_for_one_request_only() {
    let served = Served::start().await;
    let path = served.at("readings");
    let body = json!({"readings": [reading(FLAT_2_COLD, "30")]});
    let first = served.client.post_keyed(&path, "k", &body).await;
    let first = first.expect_status(200);
    let other = json!({"readings": [reading(FLAT_2_COLD, "31")]});
    served
        .client
        .post_keyed(&path, "k", &other)
        .await
        .expect_problem(409, "key-reused");
    // The same body at another address is another request as well.
    let meter = served.meter(FLAT_2_COLD).await;
    let sequence = &first.body["readings"][0]["sequence"];
    let rest = format!("meters/{meter}/readings/{sequence}/withdrawal");
    served
        .client
        .post_keyed(
            &served.at(&rest),
            "k",
            &json!({"reason": "senders_mistake"}),
        )
        .await
        .expect_problem(409, "key-reused");
    assert_eq!(served.count("ReadingRecorded").await, 1);
    served.stop().await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let served = Served::start().await;
    let path = served.at("readings");
    let bad = json!({"readings": [reading("999999", "30")]});
    served
        .client
        .post_keyed(&path, "k", &bad)
        .await
        .expect_problem(422, "refused");
    let good = json!({"readings": [reading(FLAT_2_COLD, "30")]});
    let answer = served.client.post_keyed(&path, "k", &good).await;
    answer.expect_status(200);
    served.stop().await;
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() {
    let served = Served::start().await;
    let body = json!({"readings": [reading(FLAT_2_COLD, "30")]});
    let path = served.at("readings");
    for key in [String::new(), "k".repeat(257)] {
        let answer = served.client.post_keyed(&path, &key, &body).await;
        answer.expect_problem(400, "bad-request");
    }
    assert_eq!(served.count("ReadingRecorded").await, 0);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_at_once_are_one() {
    let served = Served::start().await;
    let (path, body) = (served.at("readings"), mixed());
    let all = (0..8).map(|_| {
        let (client, path, body) = (served.client.clone(), path.clone(), body.clone());
        tokio::spawn(async move { client.post_keyed(&path, "k", &body).await })
    });
    let mut bodies = BTreeSet::new();
    let mut fresh = 0;
    for one in all.collect::<Vec<_>>() {
        let answer = one.await.expect("answered").expect_status(200);
        fresh += usize::from(answer.header("idempotency-hit").is_none());
        bodies.insert(answer.body.to_string());
    }
    assert_eq!(fresh, 1, "one of them did it");
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    assert_eq!(served.count("ReadingRejected").await, 1);
    served.stop().await;
}

#[tokio::test]
async fn an_operation_that_would_be_refused_now_keeps_its_answer() {
    let served = Served::start().await;
    let told = served.read(FLAT_2_COLD, "30").await;
    let meter = served.meter(FLAT_2_COLD).await;
    let rest = format!("meters/{meter}/readings/{}/withdrawal", told["sequence"]);
    let path = served.at(&rest);
    let body = json!({"reason": "senders_mistake"});
    let first = served.client.post_keyed(&path, "w", &body).await;
    let first = first.expect_status(200);
    let again = served.client.post_keyed(&path, "w", &body).await;
    let again = again.expect_status(200);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-hit"), Some("true"));
    let anew = served.client.post_keyed(&path, "w-2", &body).await;
    anew.expect_problem(422, "refused");
    assert_eq!(served.count("ReadingWithdrawn").await, 1);
    served.stop().await;
}
