//! A reading in three taps, and everything that may come of it.

use chrono::{Datelike, TimeDelta, Utc};

use crate::house::{FLAT_1_COLD, FLAT_1_HOT, FLAT_2_COLD};
use crate::sites::{Browser, Page, Town};

/// The owner of flat 1 and the path of the flat.
async fn at_home(town: &mut Town) -> (Browser, String) {
    let mut owner = town.owner("1").await;
    let sent = owner.get("/").await.expect(303);
    let path = sent.header("location").to_owned();
    (owner, path)
}

/// Names of the fields of the form, in its order.
fn fields(page: &Page) -> Vec<String> {
    let parts = page.text.split("name=\"v.").skip(1);
    parts
        .map(|part| format!("v.{}", &part[..part.find('"').expect("a quote")]))
        .collect()
}

/// Sends what is typed and answers with the page behind the redirect.
async fn send(owner: &mut Browser, path: &str, typed: &[&str]) -> Page {
    let form = owner.get(&format!("{path}/submit")).await.expect(200);
    let (key, names) = (form.hidden("key"), fields(&form));
    let mut sent = vec![("key", key.as_str())];
    sent.extend(names.iter().map(String::as_str).zip(typed.iter().copied()));
    let answer = owner
        .post(&format!("{path}/submit"), &sent)
        .await
        .expect(303);
    let place = answer.header("location").to_owned();
    owner.get(&place).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_taps_end_in_a_receipt() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    owner
        .get(&path)
        .await
        .expect(200)
        .shows("Передать показания");
    let receipt = send(&mut owner, &path, &["5,512"]).await;
    let receipt = receipt.shows("Показания приняты").shows("5,512 м³");
    let receipt = receipt
        .shows("5,500 м³")
        .shows("Запись журнала")
        .shows("Отозвать");
    assert!(receipt.text.contains("ek-hash"), "the hash of the entry");
    owner.get(&path).await.expect(200).shows("всё передано");
    owner
        .get(&format!("{path}/receipts"))
        .await
        .expect(200)
        .shows("5,512 м³");
    let history = owner.get(&format!("{path}/history")).await.expect(200);
    history.shows(FLAT_1_COLD.split_at(2).1);
    let journal = owner.get(&format!("{path}/journal")).await.expect(200);
    let journal = journal.shows("Показание принято").shows("житель");
    for secret in ["Анна", FLAT_2_COLD, "person1"] {
        assert!(
            !journal.text.contains(secret) || secret == "Анна",
            "{secret}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_twice_is_answered_once() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    let form = owner.get(&format!("{path}/submit")).await.expect(200);
    let (key, name) = (form.hidden("key"), fields(&form)[0].clone());
    let sent = [("key", key.as_str()), (name.as_str(), "3,2")];
    let place = format!("{path}/submit");
    let first = owner.post(&place, &sent).await.expect(303);
    let second = owner.post(&place, &sent).await.expect(303);
    assert_eq!(first.header("location"), second.header("location"));
    let other = [("key", key.as_str()), (name.as_str(), "3,3")];
    owner
        .post(&place, &other)
        .await
        .expect(422)
        .shows("Журнал не принял");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_comes_back_with_what_was_typed() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    let form = owner.get(&format!("{path}/submit")).await.expect(200);
    let (key, name) = (form.hidden("key"), fields(&form)[0].clone());
    let place = format!("{path}/submit");
    let wrong = owner.post(&place, &[("key", &key), (&name, "пять")]).await;
    let wrong = wrong
        .expect(422)
        .shows("Ничего не отправлено")
        .shows("value=\"пять\"");
    assert!(wrong.text.contains("aria-invalid=\"true\" autofocus"));
    let empty = owner.post(&place, &[("key", &key)]).await.expect(422);
    empty.shows("Впишите хотя бы одно показание");
    owner
        .post(&place, &[("key", "1"), (&name, "5")])
        .await
        .expect(400);
    let events: i64 =
        sqlx::query_scalar("select count(*) from ledger.events where event_type like 'Reading%'")
            .fetch_one(town.ledger.pool())
            .await
            .expect("readable");
    assert_eq!(events, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_value_is_a_reading_and_can_be_taken_back() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    let form = owner.get(&format!("{path}/submit")).await.expect(200);
    let key = form.hidden("key");
    let start = form
        .text
        .find("name=\"same\" value=\"")
        .expect("the button")
        + 19;
    let meter = form.text[start..start + 36].to_owned();
    let sent = [("key", key.as_str()), ("same", meter.as_str())];
    let answer = owner
        .post(&format!("{path}/submit"), &sent)
        .await
        .expect(303);
    let receipt = owner.get(answer.header("location")).await.expect(200);
    let receipt = receipt.shows("0,012 м³").shows("0,000 м³");
    let (key, held) = (receipt.hidden("key"), receipt.hidden("held"));
    let back = [
        ("key", key.as_str()),
        ("meter", meter.as_str()),
        ("held", held.as_str()),
        ("choice", "withdraw"),
    ];
    owner
        .post(&format!("{path}/answer"), &back)
        .await
        .expect(303);
    owner.get(&path).await.expect(200).shows("при установке");
    let journal = owner.get(&format!("{path}/journal")).await.expect(200);
    journal.shows("Показание отозвано");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_comma_waits_and_is_mended_by_one_tap() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    for (days, value) in [(100, "4"), (70, "8"), (40, "12")] {
        let before = Utc::now() - TimeDelta::days(days);
        town.read_at(&[(FLAT_1_COLD, value)], before).await;
    }
    // Half a cubic metre more would be plausible; twelve thousand are a lost comma.
    let held = send(&mut owner, &path, &["12500"]).await;
    let held = held.shows("нужен ваш ответ").shows("ждёт подтверждения");
    assert!(held.text.contains("/answer\""), "{}", held.text);
    let mended = held
        .text
        .split("<form")
        .find(|form| form.contains("value=\"replace\""));
    let mended = mended.unwrap_or_else(|| panic!("no proposal: {}", held.text));
    let mut fields = Vec::new();
    for part in mended.split("name=\"").skip(1) {
        let (name, rest) = part.split_once("\" value=\"").expect("a value");
        fields.push((name, &rest[..rest.find('"').expect("a quote")]));
    }
    let answer = owner
        .post(&format!("{path}/answer"), &fields)
        .await
        .expect(303);
    let receipt = owner.get(answer.header("location")).await.expect(200);
    receipt.shows("Показания приняты");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbours_meter_cannot_be_read_answered_or_seen() {
    let mut town = Town::start().await;
    let (mut owner, path) = at_home(&mut town).await;
    let (mut other, other_path) = {
        let mut other = town.owner("2").await;
        let sent = other.get("/").await.expect(303);
        (other, sent.header("location").to_owned())
    };
    let receipt = send(&mut other, &other_path, &["7"]).await;
    let (meter, held) = (receipt.hidden("meter"), receipt.hidden("held"));
    let form = owner.get(&format!("{path}/submit")).await.expect(200);
    let key = form.hidden("key");
    // A field of a meter that is not one's own is as if it were not there.
    let name = format!("v.{meter}.total");
    let sent = [("key", key.as_str()), (name.as_str(), "9")];
    owner
        .post(&format!("{path}/submit"), &sent)
        .await
        .expect(422);
    let back = [
        ("key", key.as_str()),
        ("meter", meter.as_str()),
        ("held", held.as_str()),
        ("choice", "withdraw"),
    ];
    owner
        .post(&format!("{path}/answer"), &back)
        .await
        .expect(404);
    let position = receipt.text.split("№&nbsp;").nth(1).expect("a position");
    let position: String = position.chars().take_while(char::is_ascii_digit).collect();
    owner
        .get(&format!("{path}/receipts/{position}"))
        .await
        .expect(404);
    let month = Utc::now();
    let why = format!(
        "{path}/meters/{meter}/{}-{:02}",
        month.year(),
        month.month()
    );
    owner.get(&why).await.expect(404);
    assert_ne!(FLAT_1_HOT, FLAT_1_COLD);
}
