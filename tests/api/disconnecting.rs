//! Clients that go away in the middle of a write.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::served::{Served, reading};

/// How many requests are cut off, each a little later than the one before.
const ROUNDS: u64 = 40;

/// Whatever the moment at which the client goes, a request has happened once or not at all, and its
/// repetition under the same key tells which; what was acknowledged is never lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_loses_nothing() {
    let served = Served::start().await;
    let path = served.at("readings");
    let meters = [HOUSE_COLD, FLAT_1_COLD, FLAT_2_COLD];
    let mut sent: Vec<(String, Value, Option<Value>)> = Vec::new();
    for round in 0..ROUNDS {
        let meter = meters[usize::try_from(round).expect("small") % meters.len()];
        let mut one = reading(meter, &format!("{}.5", round + 1));
        // Of the device itself, so that each is one of its own.
        one["source"] = json!("polled");
        let body = json!({"readings": [one]});
        let key = format!("cut-{round}");
        let patience = Duration::from_micros(400 * round);
        let answer = timeout(patience, served.client.post_keyed(&path, &key, &body)).await;
        let heard = answer.ok().map(|answer| answer.expect_status(200).body);
        sent.push((key, body, heard));
    }
    assert!(
        sent.iter().any(|(.., heard)| heard.is_none()),
        "somebody went away"
    );
    for (key, body, heard) in &sent {
        let answer = served.client.post_keyed(&path, key, body).await;
        let answer = answer.expect_status(200);
        if let Some(heard) = heard {
            assert_eq!(&answer.body, heard, "{key}");
        }
    }
    let kept: i64 = sqlx::query_scalar(
        "select count(*) from ledger.events where book_id = $1 and event_type in \
         ('ReadingRecorded', 'ReadingHeld', 'ReadingRejected')",
    )
    .bind(served.book.0)
    .fetch_one(served.ledger.pool())
    .await
    .expect("readable");
    assert_eq!(u64::try_from(kept), Ok(ROUNDS), "each exactly once");
    served.stop().await;
}
