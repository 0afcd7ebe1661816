//! The demonstration as a newcomer runs it: nothing configured, interrupted, repeated.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::program::{Said, at_home, command_at};

/// A home of 150 characters in a folder that any account can reach; stopped and removed in the end.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        let base = format!("/var/tmp/ek-demo-{}-", std::process::id());
        let name = format!("{base}{}", "д".repeat((150 - base.len()) / 2));
        Self(PathBuf::from(name))
    }

    fn run(&self, arguments: &[&str]) -> Said {
        at_home(&self.0, arguments)
    }

    fn pid(&self) -> Option<String> {
        let data = std::fs::read_to_string(self.0.join("data/postmaster.pid")).ok()?;
        data.lines().next().map(str::to_owned)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let stopped = command_at(&self.0, &["postgres", "stop"]).output();
        drop((stopped, std::fs::remove_dir_all(&self.0)));
    }
}

fn positions(home: &Home) -> Vec<(String, i64)> {
    let books = home.run(&["books", "list", "--format", "json"]).json();
    let of = |book: &serde_json::Value| {
        let name = book["book"].as_str().expect("an id").to_owned();
        (name, book["position"].as_i64().expect("a position"))
    };
    books.as_array().expect("a list").iter().map(of).collect()
}

fn kill(pid: &str) {
    let killed = std::process::Command::new("kill")
        .args(["-9", pid])
        .status();
    assert!(killed.expect("kill is there").success());
}

#[allow(
    clippy::disallowed_methods,
    reason = "no task shares the thread of this test"
)]
/// Starts the demonstration and kills it with its server once something has been recorded.
fn interrupted(home: &Home) {
    let mut child = command_at(&home.0, &["demo", "--once"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let recorded = |home: &Path| {
        let listed = command_at(home, &["books", "list", "--format", "json"]).output();
        let text = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let books: serde_json::Value =
            serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        books
            .as_array()
            .is_some_and(|books| books.iter().any(|b| b["position"].as_i64() > Some(9)))
    };
    for _ in 0..600 {
        if home.pid().is_some() && recorded(&home.0) {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    child.kill().expect("the program is killed");
    child.wait().expect("it is gone");
    kill(&home.pid().expect("the server runs"));
}

/// The account that owns nothing on the machine.
const NOBODY: u32 = 65_534;

#[test]
fn an_ordinary_user_runs_it_too() {
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder for the account");
    if std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        // The tests themselves run as an ordinary user: the other test says it all.
        return;
    }
    let program = folder.path().join("energokabinet");
    std::fs::copy(env!("CARGO_BIN_EXE_energokabinet"), &program).expect("a copy they can reach");
    let as_nobody = |arguments: &[&str]| {
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        let mut command = std::process::Command::new("setpriv");
        command
            .args(ids)
            .arg("--clear-groups")
            .arg(&program)
            .args(arguments);
        command
            .env("HOME", folder.path())
            .env_remove("XDG_DATA_HOME");
        for name in ["DATABASE_URL", "DATABASE_OWNER_URL", "ENERGOKABINET_HOME"] {
            command.env_remove(name);
        }
        let output = command.output().expect("setpriv is there");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    };
    let told = as_nobody(&["demo", "--once"]);
    assert!(told.contains("Что изменилось и почему"), "{told}");
    assert!(
        folder
            .path()
            .join(".local/share/energokabinet/data")
            .is_dir()
    );
    let stopped = as_nobody(&["postgres", "stop"]);
    assert!(stopped.contains("остановлен"), "{stopped}");
}

#[test]
fn the_demonstration_survives_a_kill_and_a_second_run_adds_nothing() {
    let home = Home::new();
    interrupted(&home);
    let told = home.run(&["demo", "--once"]).expect(0);
    for part in [
        "Баланс дома сейчас",
        "как он был известен месяц назад",
        "Что изменилось и почему",
        "исправление показания",
        "отзыв показания",
        "История одного прибора",
        "Что дальше",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let before = positions(&home);
    assert_eq!(
        before.len(),
        9,
        "three houses, five companies, the deployment"
    );
    let again = home.run(&["demo", "--once"]).expect(0);
    assert!(again.contains("Всё уже было записано"), "{again}");
    assert_eq!(positions(&home), before, "a second run adds nothing");
    home.run(&["books", "verify"]).expect(0);
}
