//! A book as a file: it holds by itself, and every fraud is found and named.

use std::process::Command;

use energokabinet::proof::export::{Content, Line, Trailer};
use energokabinet::proof::key::{KEY_FILE, Signer};
use energokabinet::proof::note::{Checkpoint, SignedCheckpoint};
use energokabinet::store::entry::{Label, commitment};
use energokabinet::store::merkle::CompactRange;
use serde::Serialize;

use crate::desk::{Desk, Said, shown};

/// An export of the house in a file, its lines and the key to check it by.
struct Exported {
    desk: Desk,
    key: String,
    lines: Vec<String>,
}

impl Exported {
    async fn new() -> Self {
        let desk = Desk::with_house().await;
        let key = desk.audit("key", &[]).expect(0).trim().to_owned();
        let lines = export(&desk, "whole.jsonl", &[]);
        Self { desk, key, lines }
    }

    /// Checks lines as somebody does who has no database.
    fn check(&self, lines: &[String], more: &[&str]) -> Said {
        let file = self.desk.path("checked.jsonl");
        std::fs::write(&file, lines.join("\n") + "\n").expect("written");
        let file = shown(&file);
        let files = [&[file.as_str()], more].concat();
        let said = verify(&self.key, &files);
        if let Some(second) = second_verifier(&self.key, &files) {
            assert_eq!(said.code, second.code, "{said:?} {second:?}");
        }
        said
    }

    /// What is told of lines that do not hold.
    fn fraud(&self, lines: &[String]) -> String {
        self.check(lines, &[]).expect(1)
    }

    /// The lines with one of them changed.
    fn with<T>(&self, at: usize, change: impl FnOnce(&mut T)) -> Vec<String>
    where
        T: serde::de::DeserializeOwned + Serialize,
    {
        let mut lines = self.lines.clone();
        let mut line: T = serde_json::from_str(&lines[at]).expect("its form");
        change(&mut line);
        lines[at] = serde_json::to_string(&line).expect("JSON");
        lines
    }
}

fn export(desk: &Desk, name: &str, more: &[&str]) -> Vec<String> {
    let file = desk.path(name);
    let output = shown(&file);
    desk.audit("export", &[&["--output", &output], more].concat())
        .expect(0);
    let text = std::fs::read_to_string(&file).expect("written");
    text.lines().map(str::to_owned).collect()
}

fn verify(key: &str, files: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_energokabinet"))
        .args([&["audit", "verify"], files, &["--key", key]].concat())
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// What a verifier written from the documents alone says; `None` where there is no python3, which
/// `bin/test` says aloud.
pub fn second_verifier(key: &str, files: &[&str]) -> Option<Said> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/verifier.py");
    let output = Command::new("python3")
        .arg(program)
        .arg(key)
        .args(files)
        .output()
        .ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    };
    assert!(!said.err.contains("Traceback"), "{said:?}");
    Some(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_holds_by_itself_and_in_parts() {
    let whole = Exported::new().await;
    let told = whole.check(&whole.lines, &[]).expect(0);
    assert!(told.contains("сходится"), "{told}");
    let desk = &whole.desk;
    let kept = desk.path("kept.note");
    let note = desk.audit("checkpoint", &[]).expect(0);
    std::fs::write(&kept, note).expect("written");
    desk.append();
    let part = desk.path("part.jsonl");
    export(desk, "part.jsonl", &["--from", "6", "--to", "11"]);
    let later = desk.path("later.jsonl");
    let lines = export(desk, "later.jsonl", &[]);
    assert_eq!(lines.len(), whole.lines.len() + 1, "one event came");
    let files = [&part, &later, &kept].map(|path| shown(path));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let told = verify(&whole.key, &files).expect(0);
    for export in &files[..2] {
        if let Some(second) = second_verifier(&whole.key, &[*export, files[2]]) {
            second.expect(0);
        }
    }
    assert!(told.contains("события 6–11: 6"), "{told}");
    assert!(
        told.contains("сохранённых отметок на том же дереве"),
        "{told}"
    );

    // A book that has become shorter than a checkpoint somebody kept.
    std::fs::write(&kept, desk.audit("checkpoint", &[]).expect(0)).expect("written");
    let told = whole.check(&whole.lines, &[files[2]]).expect(1);
    assert!(told.contains("журнал укорочен"), "{told}");

    let other = Signer::of([9; 32]).public_key(desk.book).to_string();
    let told = verify(&other, &files[1..2]).expect(1);
    assert!(told.contains("нет подписи этим ключом"), "{told}");
    let said = desk.audit(
        "export",
        &["--from", "9", "--to", "5", "--output", files[0]],
    );
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains("выгрузить с 9 по 5 нельзя"),
        "{}",
        said.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fraud_in_a_file_is_named() {
    let whole = Exported::new().await;
    let last = whole.lines.len() - 1;
    let told = |lines: &[String], text: &str| {
        let told = whole.fraud(lines);
        assert!(told.contains(text), "«{text}» is not in {told}");
        told
    };
    let changed = whole.with(7, |line: &mut Line| {
        if let Content::Open { payload, .. } = &mut line.content {
            *payload = payload.replacen(':', " :", 1);
        }
    });
    let named = told(&changed, "payload не сходится");
    let seventh: Line = serde_json::from_str(&whole.lines[7]).expect("its form");
    let name = format!(
        "{}/{}/{}",
        seventh.aggregate_type, seventh.aggregate_id, seventh.sequence
    );
    assert!(
        named.contains("строка 8") && named.contains(&name),
        "{named}"
    );
    let author = whole.with(7, |line: &mut Line| {
        if let Content::Open { metadata, .. } = &mut line.content {
            *metadata = metadata.replacen(':', " :", 1);
        }
    });
    told(&author, "metadata не сходится");
    let moved = whole.with(7, |line: &mut Line| line.event_type.push('X'));
    told(&moved, "хеш записи не сходится");
    let mut deleted = whole.lines.clone();
    deleted.remove(7);
    told(&deleted, "ожидалась позиция 7, а стоит 8");
    let mut inserted = whole.lines.clone();
    inserted.insert(8, inserted[7].clone());
    told(&inserted, "ожидалась позиция 8, а стоит 7");
    let mut swapped = whole.lines.clone();
    swapped.swap(7, 8);
    told(&swapped, "ожидалась позиция 7, а стоит 8");
    let gone = whole.with(7, |line: &mut Line| {
        line.content = Content::Erased { erased_by: None };
    });
    told(&gone, "без более поздней записи");
    told(&whole.lines[..last], "выгрузка оборвана");
    let mut longer = whole.lines.clone();
    longer.push("{}".to_owned());
    told(&longer, "после последней строки");
    let counted = whole.with(last, |trailer: &mut Trailer| trailer.events -= 1);
    told(&counted, "в итоге");
}

/// The lines with another payload in one event and everything after it reckoned anew.
fn rewritten(whole: &Exported, signer: Option<&Signer>) -> Vec<String> {
    let mut lines = whole.with(7, |line: &mut Line| {
        let Content::Open { seed, payload, .. } = &mut line.content else {
            panic!("it is open");
        };
        *payload = payload.replacen(':', " :", 1);
        let seed: [u8; 16] = hex::decode(seed)
            .expect("hex")
            .try_into()
            .expect("16 bytes");
        line.payload_commitment = hex::encode(commitment(Label::Payload, &seed, payload));
    });
    let last = lines.len() - 1;
    let mut range = CompactRange::new();
    for line in &mut lines[1..last] {
        let mut told: Line = serde_json::from_str(line).expect("its form");
        let leaf = told.entry(whole.desk.book).expect("an entry").leaf();
        told.leaf = hex::encode(leaf);
        range.push(leaf);
        *line = serde_json::to_string(&told).expect("JSON");
    }
    if let Some(signer) = signer {
        let mut trailer: Trailer = serde_json::from_str(&lines[last]).expect("its form");
        let checkpoint = Checkpoint {
            book: whole.desk.book,
            size: range.size(),
            root: range.root(),
        };
        trailer.checkpoint = signer.sign(checkpoint).text().to_owned();
        lines[last] = serde_json::to_string(&trailer).expect("JSON");
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn rewritten_history_is_found_by_the_signature_or_by_whoever_kept_a_checkpoint() {
    let whole = Exported::new().await;
    let told = whole.fraud(&rewritten(&whole, None));
    assert!(told.contains("корень по файлу не ведёт"), "{told}");
    let signer = Signer::open_or_create(&whole.desk.home().join(KEY_FILE)).expect("the key");
    let signed = rewritten(&whole, Some(&signer));
    whole.check(&signed, &[]).expect(0);
    let trailer: Trailer =
        serde_json::from_str(whole.lines.last().expect("a trailer")).expect("its form");
    let kept: SignedCheckpoint = trailer.checkpoint.parse().expect("a checkpoint");
    let file = whole.desk.path("kept.note");
    std::fs::write(&file, kept.text()).expect("written");
    let told = whole.check(&signed, &[&shown(&file)]).expect(1);
    let size = kept.checkpoint.size;
    assert!(
        told.contains(&format!("история до позиции {size} переписана")),
        "{told}"
    );
}

/// As a superuser with the triggers off; what the file says of it afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_database_shows_in_the_file() {
    let whole = Exported::new().await;
    let desk = &whole.desk;
    let book = format!("book_id = '{}'", desk.book);
    desk.tamper(&format!(
        "update ledger.events set payload = replace(payload::text, ':', ' :')::json \
         where {book} and position = 9"
    ))
    .await;
    let told = whole.fraud(&export(desk, "changed.jsonl", &[]));
    assert!(
        told.contains("строка 10") && told.contains("payload не сходится"),
        "{told}"
    );
    desk.tamper(&format!(
        "delete from ledger.events where {book} and position = 8"
    ))
    .await;
    let told = whole.fraud(&export(desk, "deleted.jsonl", &[]));
    assert!(told.contains("ожидалась позиция 8, а стоит 9"), "{told}");
    desk.tamper(&format!(
        "update ledger.events set position = 8 where {book} and position = 9; \
         update ledger.events set position = 9 where {book} and position = 10"
    ))
    .await;
    let told = whole.fraud(&export(desk, "moved.jsonl", &[]));
    assert!(
        told.contains("строка 9") && told.contains("payload не сходится"),
        "{told}"
    );
}
