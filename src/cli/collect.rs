//! `collect`: lines polled by schedule, or one of them now.

use projections::text::{Align, Table};

use crate::cli::arguments_collect::{CollectArguments, CollectCommand};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::output::{complain, say};
use crate::cli::serve::stopped;
use crate::collector::collect::{Collector, CycleOutcome};
use crate::collector::registry::{LineState, Registry};
use crate::store::{Actor, Ledger};

/// Carries out a command about lines; without one, collects until it is asked to stop.
pub(crate) async fn run(options: CollectArguments, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let registry = Registry::new(ledger.pool().clone());
    let collector = Collector::new(ledger.clone(), Actor::new(&options.actor)?);
    match options.command {
        None => {
            complain("Опрос по расписанию; остановить: Ctrl+C");
            collector.run(options.at_once, stopped()).await?;
            complain("Остановлено; начатые опросы закончены.");
        }
        Some(CollectCommand::Install { file }) => install(&registry, &ledger, &file).await?,
        Some(CollectCommand::Once { line }) => {
            let told = collector.once(&line).await?;
            say(&told_text(&told))?;
            return Ok(if told.failed.is_empty() {
                0
            } else {
                SOME_REFUSED
            });
        }
        Some(CollectCommand::Lines) => say(&lines_text(&registry.states().await?))?,
        Some(CollectCommand::Pause { line }) => pause(&registry, &line, true).await?,
        Some(CollectCommand::Resume { line }) => pause(&registry, &line, false).await?,
    }
    Ok(0)
}

async fn install(
    registry: &Registry,
    ledger: &Ledger,
    file: &std::path::Path,
) -> Result<(), CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::unusable(format!("файл «{}» не читается: {error}", file.display()))
    })?;
    let installed = registry.install(ledger, &text).await.map_err(|error| {
        CliError::unusable(error.to_string()).mend("формат файла описан в docs/formats/line.md")
    })?;
    say(&format!(
        "Линия установлена: приборов {}, регистров журнала {}, приостановлено приборов {}.",
        installed.devices, installed.registers, installed.paused
    ))
}

async fn pause(registry: &Registry, line: &str, paused: bool) -> Result<(), CliError> {
    match (registry.pause(line, paused).await?, paused) {
        (true, true) => say("Линия приостановлена."),
        (true, false) => say("Линия снова опрашивается."),
        (false, _) => Err(CliError::unusable(format!("линии «{line}» нет"))
            .mend("названия покажет energokabinet collect lines")),
    }
}

fn told_text(told: &CycleOutcome) -> String {
    let mut text = format!(
        "Прочитано приборов: {}, не прочитано: {}, показаний в журнале: {}, записей архивов: {}.",
        told.read,
        told.failed.len(),
        told.appended,
        told.records
    );
    for (unit, cause) in &told.failed {
        text.push_str(&format!("\n  прибор {unit}: {cause}"));
    }
    text
}

fn lines_text(lines: &[LineState]) -> String {
    let mut table = Table::new(&[
        ("Линия", Align::Left),
        ("Адрес", Align::Left),
        ("Состояние", Align::Left),
        ("Приборов", Align::Right),
        ("Прочитано за сутки", Align::Right),
        ("Опросов за сутки", Align::Right),
        ("Ждут записи", Align::Right),
        ("Вопросов", Align::Right),
    ]);
    for line in lines {
        table.row([
            line.name.clone(),
            line.endpoint.clone(),
            line.title_ru().to_owned(),
            line.devices.to_string(),
            line.polls_ok.to_string(),
            line.polls.to_string(),
            line.waiting.to_string(),
            line.questions.to_string(),
        ]);
    }
    match lines.is_empty() {
        true => "Линий нет: установите файлом (energokabinet collect install ФАЙЛ).".to_owned(),
        false => table.to_text(0),
    }
}
