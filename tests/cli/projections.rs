//! `projections`: status, run, rebuild.

use crate::house::EXAMPLE;
use crate::program::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_brought_to_the_head_and_built_anew() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", EXAMPLE);
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let before = desk
        .run(&["projections", "status", "--format", "json"])
        .json();
    assert_eq!(before[0]["lag"], before[0]["head"]);
    desk.run(&["projections", "run", "--once"]).expect(0);
    let after = desk
        .run(&["projections", "status", "--format", "json"])
        .json();
    assert_eq!(after[0]["lag"], 0);
    assert_eq!(after[0]["shown"]["version"], 1);
    let said = desk.run(&["projections", "rebuild", "Примерная"]).expect(0);
    assert!(said.contains("версия 2"), "{said}");
    desk.run(&["projections", "rebuild", "--all"]).expect(0);
    let text = desk.run(&["projections", "status"]).expect(0);
    assert!(
        text.contains("Примерная") && !text.contains("ОСТАНОВЛЕНЫ"),
        "{text}"
    );
    desk.run(&["projections", "rebuild"]).expect(2);
}
