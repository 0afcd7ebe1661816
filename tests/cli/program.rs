//! The program with its surroundings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::TestDatabase;

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let said = Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(
            !said.err.contains("panicked") && !said.err.contains("RUST_BACKTRACE"),
            "{said:?}"
        );
        said
    }

    /// The answer of a run that ended with `code`.
    pub fn expect(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self.out + &self.err
    }

    /// The JSON of a run that ended well.
    pub fn json(self) -> serde_json::Value {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("the answer is JSON")
    }
}

/// A database of its own, a folder for files, and the program.
pub struct Desk {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Desk {
    /// An empty ledger.
    pub async fn new() -> Self {
        Self {
            database: TestDatabase::new().await,
            folder: tempfile::tempdir().expect("a folder for the test's files"),
        }
    }

    /// Somebody answers for every uncertain rule, so that months can be closed.
    pub fn confirm_rules(&self) {
        let office = "бухгалтер теста";
        self.run(&[
            "rules", "confirm", "--all", "--office", office, "--source", "тест",
        ])
        .expect(0);
    }

    pub fn superuser_url(&self) -> String {
        self.database.superuser_url()
    }

    /// Writes a file and answers with its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file of the test can be written");
        path
    }

    /// The program with `arguments`, not yet started.
    pub fn command<A: AsRef<Path>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_energokabinet"));
        command
            .args(
                arguments
                    .iter()
                    .map(|argument| argument.as_ref().as_os_str()),
            )
            // Keys that are made at first use stay with the test.
            .env("ENERGOKABINET_HOME", self.folder.path().join("home"))
            .env("DATABASE_URL", self.database.app_url())
            .env("DATABASE_OWNER_URL", self.database.owner_url());
        command
    }

    /// Runs the program with `arguments`.
    pub fn run<A: AsRef<Path>>(&self, arguments: &[A]) -> Said {
        Said::of(
            &self
                .command(arguments)
                .output()
                .expect("the program starts"),
        )
    }
}

/// Runs the program where nothing is configured but a home.
pub fn at_home(home: &Path, arguments: &[&str]) -> Said {
    let output = command_at(home, arguments)
        .output()
        .expect("the program starts");
    Said::of(&output)
}

/// The program where nothing is configured but a home.
pub fn command_at(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_energokabinet"));
    command
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_OWNER_URL")
        .env("ENERGOKABINET_HOME", home);
    command
}
