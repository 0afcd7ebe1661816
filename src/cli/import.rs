//! `import house` and `import readings`.

use std::io::IsTerminal;
use std::path::Path;

use aggregates::ids::BookId;
use chrono::Utc;
use serde::de::DeserializeOwned;

use crate::cli::arguments::{
    ImportBalancesArguments, ImportCommand, ImportHouseArguments, ImportReadingsArguments,
};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::output::{complain, say};
use crate::figures::{House, find_house, houses};
use crate::import::balances::{self, BalancesImport};
use crate::import::house::file::HouseFile;
use crate::import::house::{HouseImport, apply, record_house};
use crate::import::progress::Progress;
use crate::import::readings::{ImportError, ReadingsImport};
use crate::import::report::ImportReport;
use crate::import::table::TableInfo;
use crate::store::{Actor, Ledger};

/// Refused rows shown on a terminal; the report file holds all.
const ROWS_SHOWN: usize = 20;

pub(crate) async fn run(command: ImportCommand, database: &Database) -> Result<u8, CliError> {
    match command {
        ImportCommand::House(options) => house(options, database).await,
        ImportCommand::Readings(options) => readings(options, database).await,
        ImportCommand::Balances(options) => balances(options, database).await,
    }
}

/// Reads a JSON file of a documented format; the error names the place in the file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::unusable(format!("файл «{}» не читается: {error}", path.display()))
            .mend("проверьте путь и что файл в кодировке UTF-8")
    })?;
    let mut parser = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let inner = error.inner();
        CliError::unusable(format!(
            "файл «{}», строка {}, столбец {}, место «{}»: {inner}",
            path.display(),
            inner.line(),
            inner.column(),
            error.path(),
        ))
        .mend(format!("исправьте место; формат описан в {format}"))
    })
}

async fn house(options: ImportHouseArguments, database: &Database) -> Result<u8, CliError> {
    let file: HouseFile = read_json(&options.file, "docs/formats/house.md и `schema house`")?;
    refuse_csv(options.import.report.as_deref())?;
    let fias = file.building.address.fias.ok_or_else(|| {
        CliError::unusable("в файле нет кода ФИАС дома (building.address.fias)")
            .mend("укажите GUID дома из ГАР/ФИАС: по нему дом узнаётся при повторной загрузке")
    })?;
    let book = BookId::of_building(fias);
    let ledger = database.ledger().await?;
    let actor = Actor::new(options.import.actor)?;
    let import = match options.import.dry_run {
        true => {
            let mut unit = ledger.unit(book.0, &actor, None);
            apply(&mut unit, book, &file).await?
        }
        false => record_house(&ledger, &actor, book, file, None).await?,
    };
    if let Some(path) = &options.import.report {
        let lines: Result<Vec<String>, _> =
            import.entries.iter().map(serde_json::to_string).collect();
        std::fs::write(path, lines?.join("\n") + "\n")?;
    }
    say(&house_summary(book, &import, options.import.dry_run))?;
    Ok(if import.refused().next().is_some() {
        SOME_REFUSED
    } else {
        0
    })
}

/// Entries of a house file have no columns: their report is one JSON object a line.
fn refuse_csv(report: Option<&Path>) -> Result<(), CliError> {
    match report.and_then(Path::extension) {
        Some(ending) if ending == "csv" => Err(CliError::unusable(
            "отчёт о доме пишется только в виде JSON Lines",
        )
        .mend("дайте файлу отчёта имя на .jsonl")),
        _ => Ok(()),
    }
}

fn house_summary(book: BookId, import: &HouseImport, dry_run: bool) -> String {
    let (taken, known, refused) = import.counts();
    let mut text = match dry_run {
        true => "Пробный прогон: ничего не записано.\n".to_owned(),
        false => format!("Журнал дома: {book}\n"),
    };
    text.push_str(&format!(
        "Записей файла: {}. Новых: {taken} (событий: {}), уже известных: {known}, \
         отклонённых: {refused}.\n",
        import.entries.len(),
        import.events()
    ));
    for (path, reason) in import.refused().take(ROWS_SHOWN) {
        text.push_str(&format!("  {path}: {reason}\n"));
    }
    if refused > ROWS_SHOWN {
        let rest = refused - ROWS_SHOWN;
        text.push_str(&format!("  … и ещё {rest}; полностью: --report ФАЙЛ\n"));
    }
    text
}

async fn readings(options: ImportReadingsArguments, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let mut report = match &options.import.report {
        Some(path) => ImportReport::written_to(path)?,
        None => ImportReport::printed(),
    };
    let import = ReadingsImport {
        house: default_house(&ledger, options.house.as_deref()).await?,
        ledger,
        actor: Actor::new(options.import.actor)?,
        now: Utc::now(),
        dry_run: options.import.dry_run,
    };
    let bar = Progress::start("Показания", 0);
    let done = import
        .run(
            &options.file,
            &mut report,
            |info| info.notes_ru().iter().for_each(|note| complain(note)),
            |done, total| bar.show(done, total),
        )
        .await;
    drop(bar);
    done.map_err(import_failed)?;
    tell(report, options.import.dry_run)
}

async fn balances(options: ImportBalancesArguments, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let mut report = match &options.import.report {
        Some(path) => ImportReport::written_of(balances::SUBJECT, path)?,
        None => ImportReport::printed_of(balances::SUBJECT),
    };
    let import = BalancesImport {
        house: default_house(&ledger, options.house.as_deref()).await?,
        ledger,
        actor: Actor::new(options.import.actor)?,
        dry_run: options.import.dry_run,
    };
    let begun = |info: &TableInfo| info.notes_ru().iter().for_each(|note| complain(note));
    let done = import.run(&options.file, &mut report, begun).await;
    done.map_err(import_failed)?;
    tell(report, options.import.dry_run)
}

/// Prints the report; the exit code says whether a row was refused.
fn tell(mut report: ImportReport, dry_run: bool) -> Result<u8, CliError> {
    let summary = report.finish()?;
    if dry_run {
        say("Пробный прогон: ничего не записано.")?;
    }
    let limit = if std::io::stdout().is_terminal() {
        ROWS_SHOWN
    } else {
        usize::MAX
    };
    report.print(&mut std::io::stdout().lock(), limit)?;
    Ok(summary.exit_code())
}

fn import_failed(error: ImportError) -> CliError {
    match error {
        ImportError::File(unusable) => {
            CliError::unusable(unusable.to_string()).mend(unusable.remedy_ru())
        }
        other => CliError::failed(&other),
    }
}

/// The house of rows that name none: the one asked for, or the only one there is.
async fn default_house(ledger: &Ledger, asked: Option<&str>) -> Result<Option<House>, CliError> {
    match asked {
        Some(text) => Ok(Some(find_house(ledger, text).await?)),
        None => {
            let mut all = houses(ledger).await?;
            Ok(if all.len() == 1 { all.pop() } else { None })
        }
    }
}
