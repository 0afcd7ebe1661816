//! The statements of a command, sent by pgbench; where it is not installed, by a plain loop.

use std::path::{Path, PathBuf};
use std::time::Instant;

use sqlx::{Executor, PgConnection, Row};
use tokio::process::Command;
use tokio::task::JoinSet;

use aggregates::ledger::STATE_EVERY;

use crate::bench::append::plain_rows;
use crate::bench::batch::all;
use crate::bench::commands::Client;
use crate::bench::error::BenchError;
use crate::bench::measure::rate;
use crate::bench::stage::{Stage, connect};
use crate::store::RECEIPT;
use crate::store::append::APPEND;
use crate::store::read::BY_NATURAL_KEY;
use crate::store::repository::PRELOAD;
use crate::store::sessions::SETTINGS;

/// Where the number of the client and that of its command stand in a statement.
const CLIENT: &str = "{client}";
const COMMAND: &str = "{command}";

/// Who sends the statements.
pub(super) enum Program {
    /// pgbench of the installed PostgreSQL.
    Pgbench(PathBuf),
    /// A loop of this program over plain connections.
    Loop,
}

impl Program {
    /// pgbench on the search path, or among the server's programs; the newest of several.
    pub(super) fn find() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).map(|folder| folder.join("pgbench"));
        let installed = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let mut installed: Vec<PathBuf> = installed
            .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
            .collect();
        installed.sort();
        on_path
            .chain(installed.into_iter().rev())
            .find(|program| is_the_program(program))
            .map_or(Self::Loop, Self::Pgbench)
    }

    pub(super) fn title_ru(&self) -> String {
        match self {
            Self::Pgbench(_) => "pgbench с теми же запросами, -M prepared".to_owned(),
            Self::Loop => "те же запросы простым циклом (pgbench не установлен)".to_owned(),
        }
    }
}

/// Debian puts a wrapper on the path that needs a configured cluster; it is a script of Perl.
fn is_the_program(path: &Path) -> bool {
    let is_wrapper = std::fs::canonicalize(path)
        .is_ok_and(|target| target.ends_with("postgresql-common/pg_wrapper"));
    path.is_file() && !is_wrapper
}

/// The statements of one command, with places for client and command.
pub(super) struct Script(Vec<String>);

/// What the statements need to know of the houses.
struct Values {
    books: Vec<String>,
    meters: Vec<String>,
    first_sequence: i64,
    building_sequence: i64,
    payload: String,
    metadata: String,
    state_version: i32,
    building_version: i32,
    state: String,
}

impl Script {
    /// The statements of a command over the houses of `clients`; what they write looks like what
    /// our own commands wrote in the houses of `written`.
    pub(super) async fn new(
        stage: &Stage,
        written: &[Client],
        clients: &[Client],
    ) -> Result<Self, BenchError> {
        let values = Values::read(&mut stage.owner().await?, written, clients).await?;
        Ok(Self(values.statements()))
    }

    /// As pgbench reads it.
    fn to_pgbench(&self) -> String {
        let mut script = "\\set command :command + 1\n".to_owned();
        for statement in &self.0 {
            let statement = statement
                .replace(CLIENT, ":client_id")
                .replace(COMMAND, ":command");
            script.push_str(&format!("{statement};\n"));
        }
        script
    }
}

impl Values {
    async fn read(
        owner: &mut PgConnection,
        written: &[Client],
        clients: &[Client],
    ) -> Result<Self, BenchError> {
        let none = || BenchError::Material("команды ничего не записали".to_owned());
        let last = written.first().ok_or_else(none)?.house.book.0;
        let row = plain_rows(owner, last, 0).await?.pop().ok_or_else(none)?;
        let failed = BenchError::database("чтение записанного");
        let state = sqlx::query(
            "select state_version, state::text from ledger.aggregate_states \
             where book_id = $1 and aggregate_type = 'meter' and aggregate_id = $2",
        )
        .bind(last)
        .bind(&row.aggregate_id)
        .fetch_one(&mut *owner)
        .await
        .map_err(&failed)?;
        let mut meters = Vec::new();
        let mut ends = (0, 0);
        for client in clients {
            let rows = plain_rows(owner, client.house.book.0, 0).await?;
            let last = rows.last().ok_or_else(none)?;
            let of = |kind: &str, id: &str| rows.iter().filter(|row| row.is_of(kind, id)).count();
            let building = client.house.book.to_string();
            ends = (of("meter", &last.aggregate_id), of("building", &building));
            meters.push(last.aggregate_id.clone());
        }
        let sequence = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(Self {
            books: clients
                .iter()
                .map(|client| client.house.book.to_string())
                .collect(),
            meters,
            first_sequence: sequence(ends.0),
            building_sequence: sequence(ends.1),
            payload: row.payload,
            metadata: row.metadata,
            state_version: state.try_get(0).map_err(&failed)?,
            building_version: 1,
            state: state.try_get(1).map_err(&failed)?,
        })
    }

    /// The same statements in the same order as `readings::record` in `Ledger::run`.
    fn statements(&self) -> Vec<String> {
        let book = format!("({}::uuid[])[{CLIENT} + 1]", array(&self.books));
        let meter = format!("({}::text[])[{CLIENT} + 1]", array(&self.meters));
        let command = format!("({COMMAND})::bigint");
        let hash = format!("'\\x{}'::bytea", "00".repeat(32));
        let key = format!("('pgbench-' || {command}::text)");
        let natural_key =
            format!("array['meter/' || {meter} || '/reading/archive-s' || {command}::text]");
        let load = |kind: &str, id: &str, version: i32| {
            let id = format!("array[{id}]");
            let args = [
                &book,
                &format!("'{kind}'"),
                &id,
                &version.to_string(),
                "null",
            ];
            filled(PRELOAD, &args.map(str::to_owned))
        };
        let receipt = [
            book.clone(),
            "'bench'".to_owned(),
            key.clone(),
            hash.clone(),
        ];
        vec![
            filled(RECEIPT, &receipt),
            load(
                "building",
                &format!("({book})::text"),
                self.building_version,
            ),
            load("meter", &meter, self.state_version),
            filled(BY_NATURAL_KEY, &[book.clone(), natural_key.clone()]),
            filled(
                APPEND,
                &self.append(book, meter, command, key, hash, natural_key),
            ),
        ]
    }

    fn append(
        &self,
        book: String,
        meter: String,
        command: String,
        key: String,
        hash: String,
        natural_key: String,
    ) -> Vec<String> {
        let building = format!("array[({book})::text]");
        let sequence = format!("({} + {command})", self.first_sequence);
        let due = |value: &str, kind: &str| {
            format!(
                "case when {sequence} % {STATE_EVERY} = 0 then array[{value}]::{kind}[] \
                 else '{{}}'::{kind}[] end"
            )
        };
        vec![
            book,
            "gen_random_uuid()".to_owned(),
            "'bench'".to_owned(),
            key,
            hash,
            "array['meter']".to_owned(),
            format!("array[{meter}]"),
            format!("array[{sequence}]::bigint[]"),
            "array['ReadingRecorded']".to_owned(),
            "array['1.0.0']".to_owned(),
            format!("array[{}]", literal(&self.payload)),
            format!("array[{}]", literal(&self.metadata)),
            "array[clock_timestamp()]".to_owned(),
            natural_key,
            "array[uuid_send(gen_random_uuid())]".to_owned(),
            "array['building']".to_owned(),
            building,
            format!("array[{}]::bigint[]", self.building_sequence),
            due("'meter'", "text"),
            due(&meter, "text"),
            due(&sequence, "bigint"),
            due(&self.state_version.to_string(), "integer"),
            due(&literal(&self.state), "text"),
        ]
    }
}

/// A text in SQL; without a colon, which pgbench would take for a variable.
fn literal(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('\'', "''")
        .replace(':', "\\x3a");
    format!("E'{escaped}'")
}

fn array(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| literal(text)).collect();
    format!("array[{}]", quoted.join(", "))
}

/// `statement` with `$1`, `$2` … replaced by expressions.
fn filled(statement: &str, expressions: &[String]) -> String {
    let numbered = expressions.iter().enumerate().rev();
    numbered.fold(statement.to_owned(), |statement, (index, expression)| {
        statement.replace(&format!("${}", index + 1), expression)
    })
}

/// Runs `each` commands by every client; commands a second.
pub(super) async fn run(
    program: &Program,
    stage: &Stage,
    script: &Script,
    clients: u32,
    each: u32,
) -> Result<f64, BenchError> {
    match program {
        Program::Pgbench(path) => by_pgbench(path, stage, script, clients, each).await,
        Program::Loop => by_loop(stage, script, clients, each).await,
    }
}

async fn by_pgbench(
    program: &Path,
    stage: &Stage,
    script: &Script,
    clients: u32,
    each: u32,
) -> Result<f64, BenchError> {
    let file = std::env::temp_dir().join(format!("energokabinet-bench-{}.sql", std::process::id()));
    let written = tokio::fs::write(&file, script.to_pgbench()).await;
    written.map_err(BenchError::outside(format!("записать {}", file.display())))?;
    let threads = clients.min(2);
    // The same plans as ours, or the comparison would be with the planner.
    let settings = SETTINGS.map(|(name, value)| format!(" -c {name}={value}"));
    let output = Command::new(program)
        .args(["-n", "-M", "prepared", "-D", "command=0"])
        .args(["-c", &clients.to_string(), "-j", &threads.to_string()])
        .args(["-t", &each.to_string(), "-f"])
        .arg(&file)
        .arg(stage.app_url()?)
        .env("PGOPTIONS", settings.concat())
        .kill_on_drop(true)
        .output()
        .await;
    let removed = tokio::fs::remove_file(&file).await;
    removed.map_err(BenchError::outside(format!("удалить {}", file.display())))?;
    let output = output.map_err(BenchError::outside(format!(
        "запустить {}",
        program.display()
    )))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    let refuse = || BenchError::Program {
        program: "pgbench",
        said: format!("{printed}{said}"),
    };
    if !output.status.success() {
        return Err(refuse());
    }
    let tps = printed.lines().find_map(|line| line.strip_prefix("tps = "));
    tps.and_then(|rest| rest.split(' ').next()?.parse().ok())
        .ok_or_else(refuse)
}

async fn by_loop(
    stage: &Stage,
    script: &Script,
    clients: u32,
    each: u32,
) -> Result<f64, BenchError> {
    let mut ready = Vec::new();
    let numbered = script.0.iter().map(|statement| {
        let statement = statement.replace(CLIENT, "$1::integer");
        let both = statement.contains(COMMAND);
        (statement.replace(COMMAND, "$2::bigint"), both)
    });
    let statements: Vec<(String, bool)> = numbered.collect();
    let settings = SETTINGS.map(|(name, value)| format!("set {name} = {value};"));
    for client in 0..clients {
        let mut connection = connect(&stage.app_url()?).await?;
        let set = connection.execute(&*settings.concat()).await;
        set.map_err(BenchError::database("настройки соединения"))?;
        ready.push((client, connection, statements.clone()));
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (client, mut connection, statements) in ready {
        tasks.spawn(async move {
            for command in 1..=i64::from(each) {
                for (statement, both) in &statements {
                    let query = sqlx::query(statement).bind(i32::try_from(client).unwrap_or(0));
                    let query = if *both { query.bind(command) } else { query };
                    let sent = query.fetch_all(&mut connection).await;
                    sent.map_err(BenchError::database("те же запросы"))?;
                }
            }
            Ok(())
        });
    }
    all(tasks).await?;
    let total = usize::try_from(clients * each).unwrap_or(0);
    Ok(rate(total, started.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_places_are_filled_first() {
        let expressions: Vec<String> = (1..=12).map(|n| format!("<{n}>")).collect();
        assert_eq!(filled("$1 $12 $2", &expressions), "<1> <12> <2>");
    }

    #[test]
    fn literals_hold_no_colon() {
        assert_eq!(literal(r#"{"a":"b\n'"}"#), r#"E'{"a"\x3a"b\\n''"}'"#);
    }
}
