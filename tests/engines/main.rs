//! Every closing of every released engine is made again to the kopeck.
//!
//! `cases/` holds case files; `VERSION/` what the engine of that version made of them at its
//! release (docs/recipes/release.md). Kept exports are never changed and never removed.
#![allow(clippy::panic, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use energokabinet::case::file::CaseFile;
use energokabinet::engines::{EngineExport, export_case, replay};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines")
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "json");
    let mut found: Vec<PathBuf> = paths.filter(is_json).collect();
    found.sort();
    found
}

async fn made_now(case: &Path) -> EngineExport {
    let text = std::fs::read_to_string(case).expect("a readable file");
    let file: CaseFile = serde_json::from_str(&text).expect("a case");
    export_case(&file).await.expect("a book with closings")
}

#[test]
fn every_kept_closing_is_made_again() {
    let entries = std::fs::read_dir(folder()).expect("a folder");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    let kept = folders.filter(|path| path.is_dir() && !path.ends_with("cases"));
    for file in kept.flat_map(|folder| json_files(&folder)) {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let export: EngineExport = serde_json::from_str(&text).expect("an export");
        let told = replay(&export).expect("a replay");
        assert!(!told.is_empty(), "{}: nothing is closed", file.display());
        for closing in told {
            let none: [String; 0] = [];
            assert_eq!(closing.differences, none, "{}: {closing:?}", file.display());
        }
    }
}

#[tokio::test]
async fn what_is_exported_today_is_made_again_today() {
    let cases = json_files(&folder().join("cases"));
    assert!(!cases.is_empty());
    for case in cases {
        let export = made_now(&case).await;
        let told = replay(&export).expect("a replay");
        assert!(told.len() >= 2, "{}: {told:?}", case.display());
        let same = told.iter().all(|closing| closing.differences.is_empty());
        assert!(same, "{}: {told:?}", case.display());
    }
}

/// A kopeck more in one kept line, a volume or a total more: each is noticed.
#[tokio::test]
async fn what_another_engine_would_have_made_otherwise_is_noticed() {
    let case = folder().join("cases/two-flats.json");
    let export = made_now(&case).await;
    for (of, key) in [
        ("BillIssued", "amount"),
        ("ValueImputed", "value"),
        ("PeriodClosed", "amount"),
    ] {
        let mut other = export.clone();
        let mut events = other.events.iter_mut();
        let event = events.find(|event| event.event_type == of);
        let event = event.unwrap_or_else(|| panic!("no {of}"));
        let changed = change(&mut event.payload, key);
        assert!(changed, "{of} has no {key}");
        let told = replay(&other).expect("a replay");
        let noticed = told.iter().any(|closing| !closing.differences.is_empty());
        assert!(noticed, "{of}: {told:?}");
    }
}

/// Changes the first decimal string under `key`.
fn change(value: &mut serde_json::Value, key: &str) -> bool {
    match value {
        serde_json::Value::Object(fields) => fields.iter_mut().any(|(name, value)| {
            if name == key && value.as_str().is_some() {
                *value = "7.77".into();
                return true;
            }
            change(value, key)
        }),
        serde_json::Value::Array(items) => items.iter_mut().any(|item| change(item, key)),
        _ => false,
    }
}
