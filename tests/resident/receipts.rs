//! The file of a receipt holds without the site, and is nobody else's.

use std::process::Command;

use energokabinet::proof::export::Content;
use energokabinet::proof::receipt::Receipt;

use crate::house::{FLAT_1_COLD, FLAT_2_COLD};
use crate::sites::{Town, signer};

/// `audit verify` as somebody runs it who has no database; exit code and what it says.
fn verified(text: &str, key: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receipt.json");
    std::fs::write(&file, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_energokabinet"))
        .args(["audit", "verify", &file.to_string_lossy(), "--key", key])
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // The verifier that was written from the documents alone says the same.
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/verifier.py");
    let second = Command::new("python3")
        .args([program, key])
        .arg(&file)
        .output();
    if let Ok(second) = second {
        assert_eq!(second.status.code(), output.status.code(), "{second:?}");
    }
    (output.status.code(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_proved_at_once_and_any_change_of_it_shows() {
    let mut town = Town::start().await;
    town.read(&[(FLAT_1_COLD, "40.012"), (FLAT_2_COLD, "50.012")])
        .await;
    let mut owner = town.owner("1").await;
    let home = owner.get("/").await.expect(303);
    let home = home.header("location").to_owned();
    let list = owner.get(&format!("{home}/receipts")).await.expect(200);
    let mark = format!("{home}/receipts/");
    let place = list.text.find(&mark).expect("a receipt") + mark.len();
    let position: String = list.text[place..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let page = owner.get(&format!("{mark}{position}")).await.expect(200);
    page.shows("файл квитанции");
    let file = owner
        .get(&format!("{mark}{position}/file"))
        .await
        .expect(200);
    assert!(file.header("content-disposition").starts_with("attachment"));
    let receipt: Receipt = serde_json::from_str(&file.text).expect("a receipt");
    let key = signer().public_key(town.house.0);
    receipt.check(&key).expect("it holds");
    let (code, said) = verified(&file.text, &key.to_string());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ReadingRecorded"), "{said}");

    let mut other = receipt.clone();
    if let Content::Open { payload, .. } = &mut other.event.content {
        *payload = payload.replace("40.012", "41.012");
    }
    let text = serde_json::to_string(&other).expect("JSON");
    let (code, said) = verified(&text, &key.to_string());
    assert_eq!(code, Some(1));
    assert!(said.contains("payload не сходится"), "{said}");
    let mut moved = receipt.clone();
    moved.event.position += 1;
    assert!(moved.check(&key).is_err(), "another place");
    let mut later = receipt.clone();
    later.event.recorded_at = later.event.effective_at.clone();
    let told = later.check(&key);
    assert_eq!(told.is_ok(), later == receipt, "another time");
    let foreign = signer().public_key(town.other.0);
    assert!(receipt.check(&foreign).is_err(), "another book's key");

    let mut neighbour = town.owner("2").await;
    let own = neighbour.get("/").await.expect(303);
    let own = own.header("location").to_owned();
    neighbour
        .get(&format!("{own}/receipts/{position}/file"))
        .await
        .expect(404);
    owner.get(&format!("{mark}1/file")).await.expect(404);
}
