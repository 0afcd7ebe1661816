//! Checkpoints and paths as a user gets them: from the command line and over HTTP.

use std::os::unix::fs::PermissionsExt;

use energokabinet::api::{Endpoint, Listen, Server, Token};
use energokabinet::proof::key::{KEY_FILE, Signer};
use energokabinet::proof::note::{NoteError, PublicKey, SignedCheckpoint};
use energokabinet::proof::path::{InclusionError, InclusionProof};
use energokabinet::proof::tree::is_consistent;
use sqlx::Row;

use crate::desk::Desk;

fn note(text: &str) -> SignedCheckpoint {
    text.parse().expect("a checkpoint")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_signed_kept_and_continued() {
    let desk = Desk::with_house().await;
    let first = desk.audit("checkpoint", &[]).expect(0);
    let key: PublicKey = desk.audit("key", &[]).expect(0).parse().expect("a key");
    note(&first).check(&key).expect("signed");
    let head = desk
        .ledger
        .verify(desk.book, None)
        .await
        .expect("read")
        .head;
    let said = note(&first).checkpoint;
    assert_eq!(hex::encode(said.root), head.root, "the root of all leaves");
    assert_eq!(i64::try_from(said.size), Ok(head.position));
    let file = desk.home().join(KEY_FILE).metadata().expect("made");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);

    assert_eq!(
        desk.audit("checkpoint", &[]).expect(0),
        first,
        "nothing came"
    );
    desk.append();
    let second = desk.audit("checkpoint", &[]).expect(0);
    let now = note(&second).checkpoint;
    let whole = desk
        .ledger
        .verify(desk.book, None)
        .await
        .expect("read")
        .head;
    assert_eq!(
        hex::encode(now.root),
        whole.root,
        "continued from the peaks"
    );
    let path = desk
        .ledger
        .consistency_proof(desk.book, said.size, now.size)
        .await;
    let path = path.expect("read");
    assert!(is_consistent(
        (said.size, said.root),
        (now.size, now.root),
        &path
    ));
    let told = desk
        .audit("consistency", &[&said.size.to_string()])
        .expect(0);
    assert!(
        told.starts_with(&format!("old {}\n", said.size)) && told.ends_with(&second),
        "{told}"
    );

    let rows = sqlx::query("select number, position from ledger.checkpoints order by number")
        .fetch_all(desk.ledger.pool())
        .await
        .expect("read");
    let log: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let position = |size| i64::try_from(size).expect("small");
    assert_eq!(log, [(1, position(said.size)), (2, position(now.size))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_proved_and_another_is_not() {
    let desk = Desk::with_house().await;
    let key: PublicKey = desk.audit("key", &[]).expect(0).parse().expect("a key");
    let text = desk.audit("proof", &["7"]).expect(0);
    let proof: InclusionProof = text.parse().expect("a proof");
    assert_eq!(proof.to_text(), text);
    let leaves = sqlx::query(
        "select leaf_hash from ledger.events where book_id = $1 and position in (7, 8) \
         order by position",
    )
    .bind(desk.book)
    .fetch_all(desk.ledger.pool())
    .await
    .expect("read");
    let leaf = |at: usize| {
        let bytes: Vec<u8> = leaves[at].get(0);
        <[u8; 32]>::try_from(bytes).expect("a hash")
    };
    proof.check(leaf(0), &key).expect("proved");
    assert_eq!(proof.check(leaf(1), &key), Err(InclusionError::OtherRoot));
    let other = Signer::of([9; 32]).public_key(desk.book);
    let refused = Err(InclusionError::Note(NoteError::NotSigned));
    assert_eq!(proof.check(leaf(0), &other), refused);
    let said = desk.audit("proof", &["100000"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("нет позиции 100000"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_changed_byte_of_a_checkpoint_is_refused() {
    let desk = Desk::with_house().await;
    let text = desk.audit("checkpoint", &[]).expect(0);
    let key: PublicKey = desk.audit("key", &[]).expect(0).parse().expect("a key");
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        let read: Result<SignedCheckpoint, _> = changed.parse();
        assert!(read.and_then(|note| note.check(&key)).is_err(), "byte {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_that_contradicts_what_was() {
    let desk = Desk::with_house().await;
    desk.audit("checkpoint", &[]).expect(0);
    let other = Signer::of([9; 32]);
    let refused = desk.ledger.checkpoint(desk.book, &other).await;
    assert!(
        refused
            .expect_err("another key")
            .to_string()
            .contains("другим ключом")
    );
    let app = sqlx::query("delete from ledger.checkpoints")
        .execute(desk.ledger.pool())
        .await;
    assert!(app.is_err(), "the application only calls the function");
    let owner = desk.database.owner_pool().await;
    let owner = sqlx::query("delete from ledger.checkpoints")
        .execute(&owner)
        .await;
    assert!(owner.is_err(), "nor does the owner by mistake");

    desk.tamper("update ledger.checkpoints set peaks = peaks || decode(repeat('00', 32), 'hex')")
        .await;
    desk.append();
    let said = desk.audit("checkpoint", &[]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("испорчена"), "{}", said.err);
    desk.tamper(
        "update ledger.checkpoints set peaks = substr(peaks, 1, octet_length(peaks) - 32); \
         update ledger.books set position = 5; delete from ledger.events where position > 5",
    )
    .await;
    let said = desk.audit("checkpoint", &[]);
    assert!(said.err.contains("короче подписанной"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_have_the_checkpoint_and_nothing_else() {
    let desk = Desk::with_house().await;
    desk.audit("key", &[]).expect(0);
    let signer = Signer::open_or_create(&desk.home().join(KEY_FILE)).expect("the key");
    let token = Token::generate().expect("randomness");
    let server = Server::bind(desk.ledger.clone(), Listen::Loopback(0), Some(token))
        .await
        .expect("a port is free")
        .signing(signer);
    let Endpoint::Loopback(address) = server.endpoint().clone() else {
        panic!("asked for loopback");
    };
    let running = tokio::spawn(server.run(std::future::pending()));
    let at = |rest: &str| format!("http://{address}/api/v1/books/{rest}");
    let get = async |rest: String| {
        let answer = reqwest::get(at(&rest)).await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.text().await.expect("a body"),
        )
    };
    let (status, text) = get(format!("{}/checkpoint", desk.book)).await;
    assert_eq!(status, 200, "{text}");
    let (_, key) = get(format!("{}/checkpoint/key", desk.book)).await;
    let key: PublicKey = key.parse().expect("a key");
    note(&text).check(&key).expect("signed");
    desk.append();
    let (_, again) = get(format!("{}/checkpoint", desk.book)).await;
    assert_eq!(again, text, "a stranger makes one a minute at most");
    assert_eq!(
        get(format!("{}/checkpoint", uuid::Uuid::nil())).await.0,
        404
    );
    assert_eq!(get(desk.book.to_string()).await.0, 401);
    assert_eq!(get(format!("{}/meters", desk.book)).await.0, 401);
    running.abort();
}
