//! Readings over HTTP: accepted, held, confirmed, rejected, refused.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{self, FLAT_1_COLD, FLAT_1_HOT, FLAT_2_COLD};
use crate::served::{Served, reading, status};

#[tokio::test]
async fn a_good_reading_is_accepted_by_serial_or_id() {
    let served = Served::start().await;
    let meter = served.meter(FLAT_1_COLD).await;
    let mut sent = reading(FLAT_1_COLD, "20.5");
    sent["account"] = json!("ЛС-1");
    sent["source"] = json!("resident");
    let body = json!({"readings": [sent, reading(&served.meter(FLAT_2_COLD).await, "31")]});
    let answer = served.client.post(&served.at("readings"), &body).await;
    let answer = answer.expect_status(200);
    let readings = answer.body["readings"].as_array().expect("a list");
    assert_eq!(readings.len(), 2);
    for told in readings {
        assert_eq!(status(told), "accepted", "{told}");
        assert_eq!(told["title"], "принято");
        assert!(told["period"].is_string(), "{told}");
    }
    let sequence = &readings[0]["sequence"];
    assert_eq!(readings[0]["meter"], meter);
    assert_eq!(
        readings[0]["event"],
        format!("meter/{meter}/{sequence}"),
        "an event id names stream and number"
    );
    let receipt = &answer.body["receipt"];
    assert_eq!(receipt["last"], answer.position());
    assert_eq!(receipt["book"], served.book.to_string());
    assert_eq!(answer.header("idempotency-hit"), None);
    served.stop().await;
}

#[tokio::test]
async fn a_sibling_that_was_left_out_is_noted_in_the_same_unit() {
    let served = Served::start().await;
    let body = json!({"readings": [reading(FLAT_1_COLD, "20.5")]});
    let answer = served.client.post(&served.at("readings"), &body).await;
    let answer = answer.expect_status(200);
    let hot = served.meter(FLAT_1_HOT).await;
    let reminders = answer.body["reminders"].as_array().expect("a list");
    assert_eq!(reminders.len(), 1, "{}", answer.body);
    let named = reminders[0].as_str().expect("an event id");
    assert!(named.starts_with(&format!("meter/{hot}/")), "{named}");
    let events = answer.body["receipt"]["events"].as_array().expect("a list");
    assert!(events.contains(&reminders[0]), "one receipt for both");
    served.stop().await;
}

#[tokio::test]
async fn a_high_reading_is_held_and_then_confirmed() {
    let served = Served::start().await;
    // Devices date their readings themselves, so that there is a past to compare with.
    for (days, value) in [(90, "40"), (60, "42"), (30, "44")] {
        let mut polled = reading(FLAT_2_COLD, value);
        polled["source"] = json!("polled");
        polled["taken_at"] = json!(Utc::now() - TimeDelta::days(days));
        let body = json!({"readings": [polled]});
        let told = served.client.post(&served.at("readings"), &body).await;
        told.expect_status(200);
    }
    let held = served.read(FLAT_2_COLD, "944").await;
    assert_eq!(status(&held), "held", "{held}");
    assert_eq!(held["title"], "ждёт подтверждения");
    assert!(!held["findings"].as_array().expect("a list").is_empty());
    assert!(!held["messages"].as_array().expect("a list").is_empty());
    let proposals = held["proposals"].as_array().expect("a list");
    assert!(proposals.contains(&json!("confirm_as_sent")), "{held}");
    let confirmed = answer_held(&served, &held, "944", "as_sent").await;
    assert_eq!(confirmed["event"], next_event(&held));
    served.stop().await;
}

#[tokio::test]
async fn a_lower_reading_is_held_and_then_replaced() {
    let served = Served::start().await;
    served.read(FLAT_2_COLD, "50").await;
    let held = served.read(FLAT_2_COLD, "40").await;
    assert_eq!(status(&held), "held", "{held}");
    assert_eq!(held["findings"][0]["rule"], "V01");
    answer_held(&served, &held, "52", "replace").await;
    assert_eq!(served.count("ReadingWithdrawn").await, 1);
    served.stop().await;
}

/// Answers a held reading; the answer counts.
async fn answer_held(served: &Served, held: &Value, cubic_metres: &str, choice: &str) -> Value {
    let mut answer = reading(FLAT_2_COLD, cubic_metres);
    answer["confirms"] = json!({"held": held["sequence"], "choice": choice});
    let body = json!({"readings": [answer]});
    let told = served.client.post(&served.at("readings"), &body).await;
    let told = told.expect_status(200).body["readings"][0].clone();
    assert!(matches!(status(&told), "accepted" | "flagged"), "{told}");
    told
}

/// The event that follows in the meter's stream.
fn next_event(told: &Value) -> String {
    let sequence = told["sequence"].as_u64().expect("a number");
    let meter = told["meter"].as_str().expect("an id");
    format!("meter/{meter}/{}", sequence + 1)
}

#[tokio::test]
async fn a_reading_that_cannot_be_used_is_kept_as_rejected() {
    let served = Served::start().await;
    let mut sent = reading(FLAT_2_COLD, "10");
    sent["values"][0]["register"] = json!("t1");
    let body = json!({"readings": [sent]});
    let answer = served.client.post(&served.at("readings"), &body).await;
    let told = answer.expect_status(200).body["readings"][0].clone();
    assert_eq!(status(&told), "rejected", "{told}");
    assert_eq!(served.count("ReadingRejected").await, 1);
    served.stop().await;
}

#[tokio::test]
async fn the_same_reading_again_is_nothing_new() {
    let served = Served::start().await;
    let first = served.read(FLAT_2_COLD, "33").await;
    let again = served.read(FLAT_2_COLD, "33").await;
    assert_eq!(status(&again), "repeated");
    assert_eq!(again["event"], first["event"]);
    assert_eq!(served.count("ReadingRecorded").await, 1);
    served.stop().await;
}

#[tokio::test]
async fn what_the_ledger_refuses_is_named_and_nothing_is_recorded() {
    let served = Served::start().await;
    let mut stranger = reading(FLAT_1_COLD, "20");
    stranger["account"] = json!("ЛС-99");
    let mut control = reading(FLAT_1_HOT, "20");
    control["source"] = json!("control");
    for (bad, field) in [
        (reading("999999", "20"), "readings[1].meter"),
        (stranger, "readings[1].account"),
        (control, "readings[1]"),
    ] {
        let body = json!({"readings": [reading(FLAT_2_COLD, "20"), bad]});
        let answer = served.client.post(&served.at("readings"), &body).await;
        let answer = answer.expect_problem(422, "refused");
        assert_eq!(answer.fields(), [field]);
    }
    assert_eq!(served.count("ReadingRecorded").await, 0);
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_names_the_field() {
    let served = Served::start().await;
    let good = || reading(FLAT_1_COLD, "20");
    let mut number = good();
    number["values"][0]["value"]["value"] = json!(20.5);
    let mut unit = good();
    unit["values"][0]["value"]["unit"] = json!("vedro");
    let mut source = good();
    source["source"] = json!("сосед");
    let mut taken = good();
    taken["taken_at"] = json!("вчера");
    let mut unknown = good();
    unknown["meterr"] = json!("1");
    for (bad, field) in [
        (number, "readings[0].values[0].value.value"),
        (unit, "readings[0].values[0].value.unit"),
        (source, "readings[0].source"),
        (taken, "readings[0].taken_at"),
        (unknown, "readings[0].meterr"),
    ] {
        let body = json!({"readings": [bad]});
        let answer = served.client.post(&served.at("readings"), &body).await;
        let answer = answer.expect_problem(400, "bad-request");
        assert_eq!(answer.fields(), [field], "{}", answer.body);
    }
    let empty = served
        .client
        .post(&served.at("readings"), &json!({"readings": []}))
        .await;
    assert_eq!(
        empty.expect_problem(400, "bad-request").fields(),
        ["readings"]
    );
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let served = Served::start().await;
    let path = served.at("readings");
    let client = &served.client;
    client
        .post_raw(&path, "text/plain", b"{}".to_vec())
        .await
        .expect_problem(415, "not-json");
    client
        .post_raw(&path, "application/json", b"{\"readings\": [".to_vec())
        .await
        .expect_problem(400, "bad-request");
    client
        .post_raw(&path, "application/json", vec![b' '; 5 * 1024 * 1024])
        .await
        .expect_problem(413, "too-large");
    served.stop().await;
}

#[tokio::test]
async fn a_meter_of_another_house_is_unknown_here() {
    let served = Served::start().await;
    let other = house::record(&served.ledger, Uuid::new_v4()).await;
    let path = format!("/api/v1/books/{other}/meters?serial={FLAT_1_COLD}");
    let foreign = served.client.get(&path).await.expect_status(200);
    let foreign = foreign.body["meters"][0].clone();
    let meter = foreign["id"].as_str().expect("an id");
    let point = foreign["point"]["id"].as_str().expect("an id");
    let before = served.ledger.head(other.0).await.expect("a head");

    let body = json!({"readings": [reading(meter, "20")]});
    let answer = served.client.post(&served.at("readings"), &body).await;
    let answer = answer.expect_problem(422, "refused");
    assert_eq!(answer.fields(), ["readings[0].meter"]);

    let act = json!({"number": "А-1", "date": "2026-01-01"});
    let values = json!([house::value("20")]);
    let correction = json!({"values": values, "reason": "typing_mistake"});
    let withdrawal = json!({"reason": "senders_mistake"});
    let control = json!({"values": values, "taken_at": "2026-01-01T12:00:00Z", "act": act});
    let removal = json!({"at": "2026-01-01T12:00:00Z", "final": [], "reason": "for_repair"});
    for (rest, body) in [
        (format!("meters/{meter}/readings/2/correction"), correction),
        (format!("meters/{meter}/readings/2/withdrawal"), withdrawal),
        (format!("meters/{meter}/control-readings"), control),
        (format!("points/{point}/replacement"), removal),
    ] {
        let answer = served.client.post(&served.at(&rest), &body).await;
        answer.expect_problem(404, "not-found");
    }
    served
        .history(meter, "")
        .await
        .expect_problem(404, "not-found");
    let after = served.ledger.head(other.0).await.expect("a head");
    assert_eq!(before, after);
    served.stop().await;
}
