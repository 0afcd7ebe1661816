//! `books`, `migrate` and the help.

use sqlx::{Connection, PgConnection};

use crate::house::EXAMPLE;
use crate::program::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_changed_behind_the_guards_is_found() {
    let desk = Desk::new().await;
    let file = desk.file("house.json", EXAMPLE);
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let heads = desk.file("heads.json", "");
    let heads = heads.to_string_lossy().into_owned();
    desk.run(&["books", "verify", "--save-heads", &heads])
        .expect(0);
    desk.run(&["books", "verify", "--against", &heads])
        .expect(0);

    let mut superuser = PgConnection::connect(&desk.superuser_url())
        .await
        .expect("the superuser comes in");
    sqlx::raw_sql(
        "alter table ledger.events disable trigger all; \
         update ledger.events set payload = replace(payload::text, '54.3', '64.3')::json \
          where payload::text like '%54.3%'",
    )
    .execute(&mut superuser)
    .await
    .expect("a superuser passes the guards");
    let said = desk
        .run(&["books", "verify", "Примерная", "--against", &heads])
        .expect(3);
    assert!(
        said.contains("НАРУШЕН") && said.contains("premises/"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    let desk = Desk::new().await;
    desk.run(&["migrate"]).expect(0);
    desk.run(&["migrate"]).expect(0);
    let empty = desk.run(&["books", "list"]).expect(0);
    assert!(
        empty.contains("import house"),
        "an empty list says what to do: {empty}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_explains_itself_in_russian() {
    let desk = Desk::new().await;
    let commands: [&[&str]; 15] = [
        &[],
        &["demo"],
        &["projections"],
        &["projections", "rebuild"],
        &["import", "house"],
        &["import", "readings"],
        &["schema", "house"],
        &["history"],
        &["balance"],
        &["books", "list"],
        &["books", "verify"],
        &["migrate"],
        &["serve"],
        &["bench"],
        &["postgres", "stop"],
    ];
    for command in commands {
        let help = desk.run(&[command, &["--help"]].concat()).expect(0);
        let cyrillic = |c: char| ('а'..='я').contains(&c);
        assert!(
            help.chars().filter(|c| cyrillic(*c)).count() > 20,
            "{command:?}: {help}"
        );
    }
    desk.run(&["nonsense"]).expect(2);
}
