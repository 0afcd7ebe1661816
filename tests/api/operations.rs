//! Corrections, withdrawals, control readings and replacements, as the recipes show them.

use serde_json::{Value, json};

use crate::house::{self, FLAT_2_COLD};
use crate::served::{Served, just_now, status};

#[tokio::test]
async fn a_correction_keeps_both_values() {
    let served = Served::start().await;
    let told = served.read(FLAT_2_COLD, "532.118").await;
    let meter = served.meter(FLAT_2_COLD).await;
    let rest = format!("meters/{meter}/readings/{}/correction", told["sequence"]);
    let body = recipe("correct-a-reading.md");
    let path = served.at(&rest);
    let answer = served.client.post_keyed(&path, "fix-1", &body).await;
    let answer = answer.expect_status(200);
    assert_eq!(answer.body["receipt"]["last"], answer.position());
    let entry = reading_entry(&served, &meter, "").await;
    assert_eq!(entry["values"][0]["value"]["value"], "352.118");
    let correction = &entry["corrections"][0];
    assert_eq!(correction["before"][0]["value"]["value"], "532.118");
    assert_eq!(correction["reason"], "typing_mistake");

    let absent = served.at(&format!("meters/{meter}/readings/99/correction"));
    let answer = served.client.post(&absent, &body).await;
    answer.expect_problem(404, "not-found");
    served.stop().await;
}

#[tokio::test]
async fn a_withdrawn_reading_stays_in_the_history() {
    let served = Served::start().await;
    let told = served.read(FLAT_2_COLD, "30").await;
    let meter = served.meter(FLAT_2_COLD).await;
    let rest = format!("meters/{meter}/readings/{}/withdrawal", told["sequence"]);
    let body = json!({"reason": "senders_mistake"});
    let answer = served.client.post(&served.at(&rest), &body).await;
    answer.expect_status(200);
    let entry = reading_entry(&served, &meter, "").await;
    assert_eq!(entry["withdrawn"]["reason"], "senders_mistake");
    served.stop().await;
}

#[tokio::test]
async fn a_control_reading_rests_on_its_act() {
    let served = Served::start().await;
    let meter = served.meter(FLAT_2_COLD).await;
    let path = served.at(&format!("meters/{meter}/control-readings"));
    let body = json!({
        "values": [house::value("30")], "taken_at": just_now(),
        "act": {"number": "КС-1", "date": "2026-11-03"}
    });
    let answer = served.client.post(&path, &body).await.expect_status(200);
    assert!(
        !answer.body["receipt"]["events"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
    let mut without = body.clone();
    without.as_object_mut().expect("an object").remove("act");
    let answer = served.client.post(&path, &without).await;
    answer.expect_problem(400, "bad-request");
    served.stop().await;
}

#[tokio::test]
async fn a_meter_is_replaced_as_in_the_recipe() {
    let served = Served::start().await;
    let old = served.find(FLAT_2_COLD).await;
    let point = old["point"]["id"].as_str().expect("an id");
    let path = served.at(&format!("points/{point}/replacement"));
    let body = recipe("replace-a-meter.md");
    let answer = served.client.post_keyed(&path, "replace-118-cold", &body);
    let answer = answer.await.expect_status(200);
    let new = served.find("2111415926").await;
    assert_eq!(new["point"]["id"], old["point"]["id"]);
    assert_eq!(new["installed"], true);
    assert_eq!(served.find(FLAT_2_COLD).await["installed"], false);
    let told = served.read("2111415926", "4.5").await;
    assert_eq!(status(&told), "accepted", "{told}");

    let again = served.client.post_keyed(&path, "replace-118-cold", &body);
    let again = again.await.expect_status(200);
    assert_eq!(again.body, answer.body);
    assert_eq!(again.header("idempotency-hit"), Some("true"));
    served.stop().await;
}

#[tokio::test]
async fn a_meter_is_taken_away_without_a_successor() {
    let served = Served::start().await;
    let old = served.find(FLAT_2_COLD).await;
    let point = old["point"]["id"].as_str().expect("an id");
    let path = served.at(&format!("points/{point}/replacement"));
    let body = json!({
        "at": "2026-05-13T11:20:00+05:00", "final": [], "reason": "for_verification"
    });
    served.client.post(&path, &body).await.expect_status(200);
    assert_eq!(served.find(FLAT_2_COLD).await["installed"], false);
    // Nothing stands there any more.
    let answer = served.client.post(&path, &body).await;
    answer.expect_problem(404, "not-found");
    served.stop().await;
}

#[tokio::test]
async fn a_replacement_that_does_not_fit_names_its_field() {
    let served = Served::start().await;
    let old = served.find(FLAT_2_COLD).await;
    let point = old["point"]["id"].as_str().expect("an id");
    let path = served.at(&format!("points/{point}/replacement"));
    let mut bad = recipe("replace-a-meter.md");
    bad["meter"]["registers"][0]["digits"] = json!("пять");
    let answer = served.client.post(&path, &bad).await;
    let answer = answer.expect_problem(400, "bad-request");
    assert_eq!(answer.fields(), ["meter.registers[0].digits"]);
    // The new meter would stand before the old one was taken away.
    let mut early = recipe("replace-a-meter.md");
    early["meter"]["installed_at"] = json!("2024-05-15T10:00:00+05:00");
    let answer = served.client.post(&path, &early).await;
    answer.expect_problem(422, "refused");
    assert_eq!(served.find(FLAT_2_COLD).await["installed"], true);
    served.stop().await;
}

/// The body of the request that a recipe shows.
fn recipe(file: &str) -> Value {
    let path = format!("{}/docs/recipes/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the recipe is there");
    let (_, rest) = text.split_once("-d '").expect("it sends a body");
    let (body, _) = rest.split_once("'").expect("the body ends");
    serde_json::from_str(body).expect("the body is JSON")
}

/// The only reading in the meter's history.
async fn reading_entry(served: &Served, meter: &str, query: &str) -> Value {
    let history = served.history(meter, query).await.expect_status(200);
    let entries = history.body["entries"].as_array().expect("a list").clone();
    let mut readings = entries
        .into_iter()
        .filter(|entry| entry["fact"]["fact"] == "reading");
    let found = readings.next().expect("a reading");
    assert!(readings.next().is_none(), "{}", history.body);
    found["fact"].clone()
}
