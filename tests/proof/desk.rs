//! The program beside a database and a home of its own, and a house in its ledger.

use std::path::{Path, PathBuf};
use std::process::Command;

use energokabinet::store::Ledger;
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::TestDatabase;

const HOUSE: &str = include_str!("../../docs/formats/house-example.json");

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What went to the first stream of a run that ended with `code`.
    pub fn expect(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self.out
    }
}

pub struct Desk {
    pub database: TestDatabase,
    pub ledger: Ledger,
    pub book: Uuid,
    folder: tempfile::TempDir,
}

impl Desk {
    /// A ledger with the example house in it.
    pub async fn with_house() -> Self {
        let database = TestDatabase::new().await;
        let pool = database.app_pool().await;
        let mut desk = Self {
            ledger: Ledger::new(pool, aggregates::upcast::upcasters),
            database,
            book: Uuid::nil(),
            folder: tempfile::tempdir().expect("a folder for the test's files"),
        };
        let file = desk.path("house.json");
        std::fs::write(&file, HOUSE).expect("written");
        desk.run(&["import", "house", &shown(&file)]).expect(0);
        let listed = desk.run(&["books", "list", "--format", "json"]).expect(0);
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        let mut books = listed.as_array().expect("a list").iter();
        let house = books.rfind(|book| book["kind"] == "building");
        let id = house
            .and_then(|book| book["book"].as_str())
            .expect("a house");
        desk.book = id.parse().expect("an id");
        desk
    }

    /// A path in the folder of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program's home.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_energokabinet"))
            .args(arguments)
            .env("ENERGOKABINET_HOME", self.home())
            .env("DATABASE_URL", self.database.app_url())
            .env("DATABASE_OWNER_URL", self.database.owner_url())
            .output()
            .expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = Said {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        assert!(!said.err.contains("panicked"), "{said:?}");
        said
    }

    /// `audit` over the house.
    pub fn audit(&self, what: &str, rest: &[&str]) -> Said {
        let book = self.book.to_string();
        self.run(&[&["audit", what, &book], rest].concat())
    }

    /// Something new in the book.
    pub fn append(&self) {
        self.run(&[
            "gaps",
            "policy",
            &self.book.to_string(),
            "by-person",
            "--from",
            "2030-01",
        ])
        .expect(0);
    }

    /// As a superuser who has put the triggers out of the way.
    pub async fn tamper(&self, sql: &str) {
        let mut superuser = PgConnection::connect(&self.database.superuser_url())
            .await
            .expect("the superuser comes in");
        for table in ["events", "checkpoints", "commits", "books"] {
            let off = format!("alter table ledger.{table} disable trigger all");
            superuser.execute(&*off).await.expect("a superuser may");
        }
        superuser.execute(sql).await.expect("a superuser passes");
    }
}

pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
