//! `import house`, `schema house` and what can be wrong with a house file.

use crate::program::Desk;

pub const EXAMPLE: &str = include_str!("../../docs/formats/house-example.json");

fn positions(desk: &Desk) -> serde_json::Value {
    desk.run(&["books", "list", "--format", "json"]).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_documents_is_taken_whole_and_once() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", EXAMPLE);
    let dry = desk.run(&[
        "import".as_ref(),
        "house".as_ref(),
        file.as_path(),
        "--dry-run".as_ref(),
    ]);
    assert!(dry.expect(0).contains("ничего не записано"));
    assert_eq!(
        positions(&desk),
        serde_json::json!([]),
        "a dry run opens no book"
    );

    let first = desk
        .run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    assert!(first.contains("отклонённых: 0"), "{first}");
    let before = positions(&desk);
    let again = desk
        .run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    assert!(again.contains("Новых: 0"), "{again}");
    assert_eq!(positions(&desk), before, "a repetition adds nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_entry_is_refused_and_the_others_are_taken() {
    let desk = Desk::new().await;
    let text = EXAMPLE.replace(r#""closes_on_day": 25"#, r#""closes_on_day": 32"#);
    assert_ne!(text, EXAMPLE);
    let file = desk.file("house.json", text);
    let said = desk
        .run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(3);
    assert!(said.contains("windows[0]"), "{said}");
    assert!(said.contains("отклонённых: 1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_file_names_the_place() {
    let desk = Desk::new().await;
    let import = |name: &str, text: &str| {
        let file = desk.file(name, text);
        desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
            .expect(2)
    };
    let unknown = import(
        "a.json",
        &EXAMPLE.replace(r#""floors": 3"#, r#""flors": 3"#),
    );
    assert!(
        unknown.contains("flors") && unknown.contains("строка"),
        "{unknown}"
    );
    let check_digit = import(
        "b.json",
        &EXAMPLE.replacen(r#""inn": "66"#, r#""inn": "67"#, 1),
    );
    assert!(check_digit.contains("organisations[0]"), "{check_digit}");
    let broken = import("c.json", "{");
    assert!(broken.contains("Как исправить"), "{broken}");
    let missing = desk.run(&["import", "house", "nowhere.json"]).expect(2);
    assert!(missing.contains("nowhere.json"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_knows_every_section_of_the_example() {
    let desk = Desk::new().await;
    let schema = desk.run(&["schema", "house"]).json();
    let example: serde_json::Value = serde_json::from_str(EXAMPLE).expect("the example is JSON");
    for section in example.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(section).is_some(), "{section}");
    }
}
