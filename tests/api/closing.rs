//! Closing a period and its bills over HTTP.

use aggregates::ids::BookId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{self, FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::served::{Served, reading};

/// A served house with prices, all its meters of cold water read this month.
struct ReadHouse {
    served: Served,
    book: BookId,
    /// The month.
    period: String,
    /// The reading of flat 1, as it was answered.
    flat_1: Value,
}

async fn read_house() -> ReadHouse {
    let served = Served::start().await;
    let book = house::record_priced(&served.ledger, Uuid::new_v4()).await;
    let body = json!({"readings": [
        reading(HOUSE_COLD, "100"), reading(FLAT_1_COLD, "40.012"), reading(FLAT_2_COLD, "50.012"),
    ]});
    let answer = served.client.post(&at(book, "readings"), &body).await;
    let answer = answer.expect_status(200);
    let flat_1 = answer.body["readings"][1].clone();
    let period = flat_1["period"].as_str().expect("a period").to_owned();
    ReadHouse {
        served,
        book,
        period,
        flat_1,
    }
}

fn at(book: BookId, rest: &str) -> String {
    format!("/api/v1/books/{book}/{rest}")
}

async fn account(served: &Served, book: BookId, number: &str) -> String {
    let answer = served.client.get(&at(book, "accounts")).await;
    let answer = answer.expect_status(200);
    let accounts = answer.body["accounts"].as_array().expect("a list").clone();
    let found = accounts.iter().find(|known| known["number"] == number);
    found.expect("the account")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// A closing with one cause for everything that asks for one.
fn accepting() -> Value {
    json!({"accept_rest": "checked"})
}

/// The bill of flat 1.
async fn bill(house: &ReadHouse, query: &str) -> Value {
    let (served, book, period) = (&house.served, house.book, &house.period);
    let account = account(served, book, "ЛС-1").await;
    let path = at(book, &format!("accounts/{account}/bills/{period}{query}"));
    served.client.get(&path).await.expect_status(200).body
}

#[tokio::test]
async fn a_month_is_closed_once_and_its_bill_reproduced() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let closing = at(book, &format!("periods/{period}/closing"));
    let preview = client.get(&closing).await.expect_status(200);
    assert_eq!(preview.body["bills"].as_array().map(Vec::len), Some(2));
    let open = bill(&house, "").await;
    assert!(open["bill"]["issued"].is_null(), "{open}");
    assert_eq!(open["bill"]["preliminary"]["bill"]["total"], "1600.00");

    let closed = client.post_keyed(&closing, "close-1", &accepting()).await;
    let closed = closed.expect_status(200);
    assert_eq!(closed.body["closing"]["bills"], 2);
    assert_eq!(closed.body["closing"]["already"], false);
    let repeated = client.post_keyed(&closing, "close-1", &accepting()).await;
    let repeated = repeated.expect_status(200);
    assert_eq!(repeated.header("idempotency-hit"), Some("true"));
    assert_eq!(repeated.body["receipt"], closed.body["receipt"]);
    let again = client.post(&closing, &accepting()).await.expect_status(200);
    assert_eq!(again.body["closing"]["already"], true);
    assert_eq!(again.position(), closed.position(), "nothing was appended");

    let issued = bill(&house, "?explain=true").await;
    let told = &issued["bill"]["issued"][0]["bill"];
    assert_eq!(told["total"], "1600.00");
    assert_eq!(told["lines"][0]["volume"]["value"], "40");
    assert_eq!(issued["reasons"]["reproduced"], true);
    let early = bill(&house, "?known_at=3").await;
    assert_eq!(early["bill"]["issued"], issued["bill"]["issued"]);
    let service = at(book, &format!("periods/{period}/services/cold_water"));
    let service = client.get(&service).await.expect_status(200);
    assert!(
        service.body["because"]["parts"].is_array(),
        "{}",
        service.body
    );
    house.served.stop().await;
}

#[tokio::test]
async fn a_correction_of_a_billed_month_waits_for_the_next_bill() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let closing = at(book, &format!("periods/{period}/closing"));
    client.post(&closing, &accepting()).await.expect_status(200);
    let event = house.flat_1["event"].as_str().expect("an event id");
    let names: Vec<&str> = event.split('/').collect();
    let path = format!("meters/{}/readings/{}/correction", names[1], names[2]);
    let body = json!({"values": [house::value("38.012")], "reason": "decision"});
    let corrected = client.post(&at(book, &path), &body).await;
    corrected.expect_status(200);
    let told = bill(&house, "?recomputed=true").await;
    let recomputed = &told["bill"]["recomputed"];
    assert_eq!(recomputed["issued_total"], "1600.00");
    assert_eq!(recomputed["pending_total"], "-80.00");
    assert_eq!(recomputed["total"], "1520.00");

    // A reading that comes now belongs to the next month.
    let body = json!({"readings": [reading(FLAT_1_COLD, "44")]});
    let late = client.post(&at(book, "readings"), &body).await;
    let late = late.expect_status(200);
    assert_ne!(late.body["readings"][0]["period"], period.as_str());
    house.served.stop().await;
}

#[tokio::test]
async fn what_hinders_a_closing_is_named() {
    let served = Served::start().await;
    let read = served.read(HOUSE_COLD, "100").await;
    served.read(FLAT_1_COLD, "40").await;
    served.read(FLAT_2_COLD, "50").await;
    let period = read["period"].as_str().expect("a period").to_owned();
    let closing = served.at(&format!("periods/{period}/closing"));
    let refused = served.client.post(&closing, &json!({})).await;
    let refused = refused.expect_problem(422, "refused");
    assert!(refused.fields().contains(&"cold_water"), "{}", refused.body);
    let unknown = served.at(&format!("accounts/{}/bills/{period}", Uuid::new_v4()));
    served
        .client
        .get(&unknown)
        .await
        .expect_problem(404, "not-found");
    let never = served.at("periods/2026-13/closing");
    served
        .client
        .get(&never)
        .await
        .expect_problem(400, "bad-request");
    let heat = served.at(&format!("periods/{period}/services/heat"));
    served
        .client
        .get(&heat)
        .await
        .expect_problem(404, "not-found");
    served.stop().await;
}

#[tokio::test]
async fn a_case_is_settled_without_touching_a_book() {
    let served = Served::start().await;
    let case = include_str!("../../docs/formats/case-example.json");
    let case: Value = serde_json::from_str(case).expect("the example is JSON");
    let path = "/api/v1/cases/2026-03/settlement";
    let settled = served.client.post(path, &case).await.expect_status(200);
    assert!(
        settled.body["closing"]["bills"].is_array(),
        "{}",
        settled.body
    );
    let mut nameless = case;
    nameless["house"]["building"]["address"]["fias"] = Value::Null;
    let refused = served.client.post(path, &nameless).await;
    refused.expect_problem(422, "refused");
    served.stop().await;
}

/// A recorded explanation stands in the waterfall from then on.
#[tokio::test]
async fn a_part_of_the_imbalance_is_explained() {
    let house = read_house().await;
    let (book, client) = (house.book, &house.served.client);
    let closing = at(book, &format!("periods/{}/closing", house.period));
    client.post(&closing, &accepting()).await.expect_status(200);
    let balance = at(book, &format!("balance/{}", house.period));
    let before = client.get(&balance).await.expect_status(200).body;
    let scope = &before["waterfall"]["scopes"][0];
    assert_eq!(
        scope["came_in"]["value"],
        before["value"]["scopes"][0]["house"]["known"]["value"]
    );
    let body = json!({"explanations": [{
        "resource": "cold_water", "cause": "leak", "amount": {"value": "1.5", "unit": "m3"}
    }]});
    let path = format!("{balance}/explanations");
    let answer = client.post(&path, &body).await.expect_status(200);
    assert_eq!(answer.body["recorded"], 1);
    let again = client.post(&path, &body).await.expect_status(200);
    assert_eq!(again.body["recorded"], 0);
    let told = client.get(&balance).await.expect_status(200).body;
    let causes = told["waterfall"]["scopes"][0]["causes"].clone();
    let causes = causes.as_array().expect("a list").clone();
    let leak = causes
        .iter()
        .find(|part| part["cause"] == "leak")
        .expect("the leak");
    assert_eq!(leak["amount"]["value"], "1.5");
}

#[tokio::test]
async fn the_way_to_a_closed_month_is_walked_step_by_step() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let of = |rest: &str| at(book, &format!("periods/{period}/{rest}"));
    let checked = client.get(&of("checklist")).await.expect_status(200);
    assert_eq!(
        checked.body["asking"][0]["problem"]["kind"],
        "no_common_part"
    );
    assert_eq!(checked.body["stages"][0]["counts"][0]["what"], "received");
    let refused = client.post(&of("closing"), &json!({})).await;
    refused.expect_problem(422, "refused");
    let early = client
        .post(&of("stages"), &json!({"stage": "approved"}))
        .await;
    early.expect_problem(422, "refused");
    let cause = json!({"flagged": {"kind": "no_common_part"}, "cause": "checked"});
    let given = client.post_keyed(&of("causes"), "cause-1", &cause).await;
    let given = given.expect_status(200);
    let again = client.post_keyed(&of("causes"), "cause-1", &cause).await;
    assert_eq!(again.expect_status(200).body, given.body);
    let stage = client
        .post(&of("stages"), &json!({"stage": "approved"}))
        .await;
    stage.expect_status(200);
    let checked = client.get(&of("checklist")).await.expect_status(200);
    assert_eq!(checked.body["asking"][0]["cause"], "checked");
    assert_eq!(checked.body["stages"][4]["is_current"], true);

    let held = client
        .post(&of("closing"), &json!({"hold_bills": true}))
        .await;
    let held = held.expect_status(200);
    assert_eq!(held.body["closing"]["bills_held"], true);
    let asked = json!({"reason": "closed_by_mistake", "by": "staff:1"});
    client
        .post(&of("reopening"), &asked)
        .await
        .expect_status(200);
    let agree = |by| json!({"by": by});
    let same = client
        .post(&of("reopening/approval"), &agree("staff:1"))
        .await;
    same.expect_problem(422, "refused");
    let other = client
        .post(&of("reopening/approval"), &agree("staff:2"))
        .await;
    other.expect_status(200);
    let body = json!({"hold_bills": true, "accept_rest": "checked"});
    client.post(&of("closing"), &body).await.expect_status(200);
    client
        .post(&of("held-bills"), &json!({}))
        .await
        .expect_status(200);
    let told = client
        .get(&of("closing/verification"))
        .await
        .expect_status(200);
    assert_eq!(told.body["stated"], told.body["recomputed"]);
    assert_eq!(told.body["stated"], told.body["in_book"]);
    let late = client.post(&of("reopening"), &asked).await;
    late.expect_problem(422, "refused");
    house.served.stop().await;
}

#[tokio::test]
async fn a_batch_is_proposed_by_one_and_approved_by_another() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let body = json!({"period": period, "by": "staff:1", "houses": [book]});
    let proposed = client.post("/api/v1/closing-batches", &body).await;
    let proposed = proposed.expect_status(200).body;
    assert_eq!(proposed["bills"], 2);
    let id = proposed["batch"].as_str().expect("an id");
    let of = |rest: &str| format!("/api/v1/closing-batches/{id}{rest}");
    let agree = |by| json!({"by": by, "totals_hash": proposed["totals_hash"]});
    let same = client.post(&of("/approval"), &agree("staff:1")).await;
    same.expect_problem(422, "refused");
    client
        .post(&of("/approval"), &agree("staff:2"))
        .await
        .expect_status(200);
    let open = client
        .post(&of("/run"), &json!({}))
        .await
        .expect_status(200);
    assert_eq!(open.body["houses"][0]["outcome"], "cause_missing");
    let run = client
        .post(&of("/run"), &accepting())
        .await
        .expect_status(200);
    assert_eq!(run.body["houses"][0]["outcome"], "closed");
    let shown = client.get(&of("")).await.expect_status(200);
    assert_eq!(shown.body["houses"][0]["outcome"], "closed");
    let unknown = format!("/api/v1/closing-batches/{}", Uuid::new_v4());
    client.get(&unknown).await.expect_problem(404, "not-found");
    house.served.stop().await;
}

#[tokio::test]
async fn a_correction_in_four_hands_is_carried_out_once() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let closing = at(book, &format!("periods/{period}/closing"));
    client.post(&closing, &accepting()).await.expect_status(200);
    let event = house.flat_1["event"].as_str().expect("an event id");
    let names: Vec<&str> = event.split('/').collect();
    let reading: u64 = names[2].parse().expect("a sequence");
    let operation = json!({"correct_reading": {
        "meter": names[1], "reading": reading, "reason": "decision",
        "values": [house::value("38.012")],
    }});
    let preview = client
        .post(&at(book, "corrections/preview"), &operation)
        .await;
    let preview = preview.expect_status(200).body;
    assert_eq!(preview["accounts"][0]["difference"], "-80.00");
    let asked = json!({"operation": operation, "by": "staff:1"});
    let asked = client
        .post_keyed(&at(book, "corrections"), "c-1", &asked)
        .await;
    let asked = asked.expect_status(200).body;
    assert_eq!(asked["impact"]["accounts"], preview["accounts"]);
    let id = asked["correction"].as_str().expect("an id");
    let approval = at(book, &format!("corrections/{id}/approval"));
    let agree = |by| json!({"by": by});
    let same = client.post(&approval, &agree("staff:1")).await;
    same.expect_problem(422, "refused");
    client
        .post(&approval, &agree("staff:2"))
        .await
        .expect_status(200);
    client
        .post(&approval, &agree("staff:2"))
        .await
        .expect_status(200);
    let told = bill(&house, "?recomputed=true").await;
    assert_eq!(told["bill"]["recomputed"]["pending_total"], "-80.00");
    house.served.stop().await;
}

#[tokio::test]
async fn gaps_are_told_and_decided() {
    let house = read_house().await;
    let (client, book) = (&house.served.client, house.book);
    // Nobody has read the month after.
    let next: aggregates::time::Period = house.period.parse().expect("a period");
    let path = at(book, &format!("gaps/{}", next.next()));
    let told = client.get(&path).await.expect_status(200).body;
    let gap = told["gaps"][0].clone();
    assert_eq!(gap["ladder"].as_array().map(Vec::len), Some(6), "{told}");
    let body = json!({"policy": "by_person"});
    client.post(&path, &body).await.expect_status(200);
    let told = client.get(&path).await.expect_status(200).body;
    assert_eq!(told["gaps"][0]["state"]["state"], "undecided");
    let body = json!({"choices": [{"meter": gap["meter"]}]});
    let answer = client.post(&path, &body).await.expect_status(200);
    assert_eq!(answer.body["decided"], 1);
    let told = client.get(&path).await.expect_status(200).body;
    assert_eq!(told["gaps"][0]["state"]["state"], "decided");
    let body = json!({"choices": [{"meter": gap["meter"], "method": "contract_load"}]});
    client.post(&path, &body).await.expect_status(422);
    let body = json!({"choices": [{"meter": gap["meter"]}], "all": true});
    client.post(&path, &body).await.expect_status(422);
    // The rest at once, and nothing twice.
    let rest = told["gaps"].as_array().map_or(0, Vec::len) - 1;
    for decided in [rest, 0] {
        let answer = client.post(&path, &json!({"all": true})).await;
        assert_eq!(answer.expect_status(200).body["decided"], decided);
    }
    let told = client.get(&path).await.expect_status(200).body;
    let gaps = told["gaps"].as_array().expect("gaps");
    assert!(gaps.iter().all(|gap| gap["state"]["state"] == "decided"));
    house.served.stop().await;
}

#[tokio::test]
async fn a_received_bill_is_compared_with_ours() {
    let house = read_house().await;
    let (client, book, period) = (&house.served.client, house.book, &house.period);
    let closing = at(book, &format!("periods/{period}/closing"));
    client.post(&closing, &accepting()).await.expect_status(200);
    let account = account(&house.served, book, "ЛС-1").await;
    let path = at(book, &format!("accounts/{account}/bills/{period}/check"));
    let line = |volume: &str, amount: &str| json!({"lines": [{"resource": "cold_water", "volume": volume, "amount": amount}]});
    let same = client.post(&path, &line("40", "1600.00")).await;
    let same = same.expect_status(200).body;
    assert_eq!(same["differences"], json!([]), "{same}");
    let more = client.post(&path, &line("41", "1640.00")).await;
    let more = more.expect_status(200).body;
    assert_eq!(more["difference"], "40.00");
    assert_eq!(more["differences"][0]["reasons"], json!(["volume"]));
    // Sums that fit nowhere are refused, not summed.
    let line = json!({"resource": "cold_water", "amount": "92233720368547758.07"});
    let much = client.post(&path, &json!({"lines": [line, line]})).await;
    assert_eq!(much.status, 422, "{}", much.body);
    let wrong = json!({"lines": [{"resource": "ether", "amount": "1.00"}]});
    let wrong = client.post(&path, &wrong).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    house.served.stop().await;
}

/// Staff see the mark of what is not certain, and who answers for it in a house that uses it.
#[tokio::test]
async fn rules_are_told_with_their_clause_and_who_answers() {
    let house = read_house().await;
    let (client, book) = (&house.served.client, house.book);
    let told = client
        .get("/api/v1/rules?on=2026-01-15&uncertain=true")
        .await;
    let told = told.expect_status(200).body;
    let rules = told["rules"].as_array().expect("rows");
    assert!(!rules.is_empty());
    for rule in rules {
        assert!(rule["row"]["clause"].is_string(), "{rule}");
        assert_ne!(rule["row"]["status"], "in_force", "{rule}");
    }
    let of_house = client.get(&at(book, "rules?on=2026-01-15")).await;
    let of_house = of_house.expect_status(200).body;
    let all = of_house["rules"].as_array().map(Vec::len).unwrap_or(0);
    assert!(all > rules.len());
    let today = client.get(&at(book, "rules")).await.expect_status(200).body;
    assert!(today["on"].is_string());
    let long_ago = client.get("/api/v1/rules?on=1900-01-01").await;
    assert_ne!(long_ago.status, 500, "{}", long_ago.body);
    let strange = at(BookId(Uuid::new_v4()), "rules");
    client.get(&strange).await.expect_status(404);
    let wrong = client.get("/api/v1/rules?on=yesterday").await;
    assert_eq!(wrong.status, 400);
    house.served.stop().await;
}
