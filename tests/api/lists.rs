//! Lists from the read models, kept by the server itself.

use serde_json::Value;

use crate::client::Answer;
use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::served::Served;

async fn list(served: &Served, rest: &str) -> Answer {
    let path = format!("/api/v1/houses/{}/{rest}", served.book);
    served.client.get(&path).await
}

/// Reads all cold meters; the period of the readings and the head after them.
async fn read_all(served: &Served) -> (String, i64) {
    served.read(HOUSE_COLD, "100").await;
    served.read(FLAT_1_COLD, "40").await;
    let last = served.read(FLAT_2_COLD, "50").await;
    let head = served.ledger.head(served.book.0).await.expect("a head");
    let period = last["period"].as_str().expect("a period").to_owned();
    (period, head.position)
}

fn rows<'a>(answer: &'a Answer, name: &str) -> &'a Vec<Value> {
    answer.body[name].as_array().expect("a list")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_reads_what_one_has_written() {
    let served = Served::start().await;
    let (period, head) = read_all(&served).await;
    let asked = format!("consumption?period={period}&resource=cold_water&wait={head}");
    let consumption = list(&served, &asked).await.expect_status(200);
    assert_eq!(consumption.position(), head);
    assert_eq!(consumption.body["position"], head);
    let volumes: Vec<_> = rows(&consumption, "consumption")
        .iter()
        .map(|row| row["volume"]["value"]["value"].as_str().expect("known"))
        .collect();
    assert_eq!(volumes.len(), 3, "{}", consumption.body);
    for known in ["99.988", "39.988", "49.988"] {
        assert!(volumes.contains(&known), "{volumes:?}");
    }
    let balances = list(&served, &format!("balances?period={period}")).await;
    let balances = balances.expect_status(200);
    let balance = &rows(&balances, "balances")[0];
    assert_eq!(
        balance["difference"]["volume"]["value"], "10.012",
        "{balance}"
    );
    let by_fias = served.client.get("/api/v1/projections").await;
    let by_fias = by_fias.expect_status(200);
    assert_eq!(by_fias.body["books"][0]["lag"], 0);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meters_come_page_by_page() {
    let served = Served::start().await;
    let (_, head) = read_all(&served).await;
    let mut serials = Vec::new();
    let mut after = String::new();
    loop {
        let asked = format!("meters?limit=3&wait={head}{after}");
        let page = list(&served, &asked).await.expect_status(200);
        let found = rows(&page, "meters");
        serials.extend(found.iter().map(|card| card["serial"].clone()));
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
        assert_eq!(found.len(), 3);
    }
    serials.sort_by_key(ToString::to_string);
    assert_eq!(serials, ["100001", "100002", "200001", "500001"]);
    let accounts = list(&served, "accounts").await.expect_status(200);
    assert_eq!(rows(&accounts, "accounts").len(), 2);
    for empty in ["bills", "periods"] {
        let answer = list(&served, empty).await.expect_status(200);
        assert_eq!(rows(&answer, empty).len(), 0);
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_listed_is_refused() {
    let served = Served::start().await;
    for (rest, status, code) in [
        ("consumption", 400, "bad-request"),
        ("meters?limit=0", 400, "bad-request"),
        ("meters?after=nobody", 400, "bad-request"),
        ("bills?period=2026-13", 400, "bad-request"),
        ("meters?state=lost", 400, "bad-request"),
        ("meters?period=2026-10", 400, "bad-request"),
        ("balances?period=2026-10&limit=5", 400, "bad-request"),
        ("meters?wait=1000000", 422, "refused"),
    ] {
        let answer = list(&served, rest).await;
        answer.expect_problem(status, code);
    }
    let nobody = "/api/v1/houses/00000000-0000-0000-0000-000000000001/meters";
    let answer = served.client.get(nobody).await;
    answer.expect_problem(404, "not-found");
    served.stop().await;
}
