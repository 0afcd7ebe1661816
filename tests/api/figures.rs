//! History and balance, as of any position and instant.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::house::{self, FLAT_1_COLD, FLAT_1_HOT, FLAT_2_COLD, HOUSE_COLD};
use crate::served::Served;

async fn balance(served: &Served, period: &str, query: &str) -> Answer {
    let path = served.at(&format!("balance/{period}?resource=cold_water{query}"));
    served.client.get(&path).await
}

/// Readings of all cold meters; the period they belong to, and flat 2's answer.
async fn read_all(served: &Served) -> (String, Value) {
    served.read(HOUSE_COLD, "100").await;
    served.read(FLAT_1_COLD, "40").await;
    let flat = served.read(FLAT_2_COLD, "50").await;
    let period = flat["period"].as_str().expect("a period").to_owned();
    (period, flat)
}

#[tokio::test]
async fn the_past_stays_as_it_was_known() {
    let served = Served::start().await;
    let (period, flat) = read_all(&served).await;
    let before = balance(&served, &period, "").await.expect_status(200);
    let known_at = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);

    let meter = served.meter(FLAT_2_COLD).await;
    let history = served.history(&meter, "").await.expect_status(200);
    let rest = format!("meters/{meter}/readings/{}/correction", flat["sequence"]);
    let body = json!({"values": [house::value("45")], "reason": "decision"});
    let corrected = served.client.post(&served.at(&rest), &body).await;
    let corrected = corrected.expect_status(200);
    let now = balance(&served, &period, "").await.expect_status(200);
    assert_ne!(now.body["value"], before.body["value"]);
    assert!(now.body["because"]["text"].is_string());

    let position = before.position();
    let instant = known_at.replace('+', "%2B");
    for vantage in [position.to_string(), instant] {
        let then = balance(&served, &period, &format!("&known_at={vantage}")).await;
        let then = then.expect_status(200);
        assert_eq!(then.body, before.body);
        assert_eq!(then.position(), position);
        let then = served
            .history(&meter, &format!("?known_at={vantage}"))
            .await;
        assert_eq!(then.expect_status(200).body, history.body);
    }

    let difference = balance(&served, &period, &format!("&since={position}")).await;
    let difference = difference.expect_status(200);
    let changes = difference.body["scopes"][0]["changes"]
        .as_array()
        .expect("a list")
        .clone();
    assert_eq!(changes.len(), 1, "{}", difference.body);
    assert_eq!(changes[0]["name"], "ReadingCorrected");
    assert_eq!(
        changes[0]["event"]["event"],
        corrected.body["receipt"]["events"][0]
    );
    served.stop().await;
}

#[tokio::test]
async fn a_vantage_that_is_not_there_is_refused() {
    let served = Served::start().await;
    let meter = served.meter(FLAT_1_COLD).await;
    let head = served.ledger.head(served.book.0).await.expect("a head");
    let future = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    for (vantage, status, code) in [
        (future.as_str(), 422, "refused"),
        (&(head.position + 1).to_string(), 422, "refused"),
        ("-1", 422, "refused"),
        ("yesterday", 400, "bad-request"),
    ] {
        let query = format!("?known_at={vantage}");
        let answer = served.history(&meter, &query).await;
        answer.expect_problem(status, code);
        let answer = balance(&served, "2026-10", &format!("&known_at={vantage}")).await;
        answer.expect_problem(status, code);
        let answer = balance(&served, "2026-10", &format!("&since={vantage}")).await;
        answer.expect_problem(status, code);
    }
    let before_the_house = served.history(&meter, "?known_at=0").await;
    before_the_house.expect_problem(404, "not-found");
    let backwards = balance(&served, "2026-10", "&since=5&known_at=3").await;
    assert_eq!(
        backwards.expect_problem(400, "bad-request").fields(),
        ["since"]
    );
    served.stop().await;
}

#[tokio::test]
async fn a_question_that_nobody_can_answer_is_a_problem() {
    let served = Served::start().await;
    let path = served.at("balance/2026-10?resource=gas");
    let answer = served.client.get(&path).await;
    answer.expect_problem(404, "not-found");
    for query in ["?resource=beer", "?ressource=gas", "?known_at=1&known_at=2"] {
        let path = served.at(&format!("balance/2026-10{query}"));
        let answer = served.client.get(&path).await;
        answer.expect_problem(400, "bad-request");
    }
    served.stop().await;
}

#[tokio::test]
async fn meters_are_found_by_serial_and_premises() {
    let served = Served::start().await;
    let all = served.client.get(&served.at("meters")).await;
    assert_eq!(
        all.expect_status(200).body["meters"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    let of_flat = served.client.get(&served.at("meters?premises=1")).await;
    let of_flat = of_flat.expect_status(200);
    let mut serials: Vec<&str> = of_flat.body["meters"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|meter| meter["serial"].as_str())
        .collect();
    serials.sort_unstable();
    assert_eq!(serials, [FLAT_1_COLD, FLAT_1_HOT]);
    let found = served.find(FLAT_2_COLD).await;
    assert_eq!(found["premises"]["number"], "2");
    assert_eq!(found["resource"], "cold_water");
    assert_eq!(found["registers"], json!([house::register()]));
    for query in ["?serial=0", "?premises=99", "?known_at=0"] {
        let none = served
            .client
            .get(&served.at(&format!("meters{query}")))
            .await;
        assert_eq!(none.expect_status(200).body, json!({"meters": []}));
    }
    served.stop().await;
}
