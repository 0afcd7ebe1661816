//! `engine`: closings of released engines, kept and made again.

use std::path::{Path, PathBuf};

use crate::case::file::CaseFile;
use crate::cli::arguments_close::EngineCommand;
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::output::{complain, say};
use crate::engines::{EngineExport, export_book, export_case, replay};
use crate::figures::find_house;

/// Carries out what is asked of engines. Exit code 3 when a closing is made otherwise.
pub(crate) async fn run(command: &EngineCommand, database: &Database) -> Result<u8, CliError> {
    match command {
        EngineCommand::Export { cases, out } => export(cases, out).await,
        EngineCommand::ExportHouse { house, out } => {
            let ledger = database.ledger().await?;
            let house = find_house(&ledger, house).await?;
            let made = export_book(&ledger, house.book).await;
            write(out, &made.map_err(|error| CliError::failed(&error))?)?;
            Ok(0)
        }
        EngineCommand::Replay { paths } => replayed(paths),
    }
}

async fn export(cases: &Path, out: &Path) -> Result<u8, CliError> {
    std::fs::create_dir_all(out)?;
    for path in json_files(cases)? {
        let text = std::fs::read_to_string(&path)?;
        let unusable = |reason: String| CliError::unusable(format!("{}: {reason}", path.display()));
        let file: CaseFile =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        let made = export_case(&file)
            .await
            .map_err(|error| unusable(error.to_string()))?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        write(&out.join(name), &made)?;
    }
    Ok(0)
}

fn write(path: &Path, made: &EngineExport) -> Result<(), CliError> {
    let mut text = serde_json::to_string(made)?;
    // An event a line: what a change of it shows is readable.
    text = text.replace("{\"position\":", "\n{\"position\":");
    text.push('\n');
    std::fs::write(path, text)?;
    say(&format!(
        "{}: событий {}\n",
        path.display(),
        made.events.len()
    ))
}

/// The JSON files of a folder, by name; a file stands for itself.
fn json_files(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(json_files(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn replayed(paths: &[PathBuf]) -> Result<u8, CliError> {
    let mut differing = 0;
    for path in paths {
        for file in json_files(path)? {
            let text = std::fs::read_to_string(&file)?;
            let unusable =
                |reason: String| CliError::unusable(format!("{}: {reason}", file.display()));
            let kept: EngineExport =
                serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
            let told = replay(&kept).map_err(|error| unusable(error.to_string()))?;
            for closing in told {
                let name = format!("{}: {}", file.display(), closing.period.title_ru());
                match closing.differences.is_empty() {
                    true => say(&format!("{name}: то же ({})\n", closing.engine))?,
                    false => {
                        differing += 1;
                        complain(&format!("{name}: {}", closing.differences.join("; ")));
                    }
                }
            }
        }
    }
    Ok(match differing {
        0 => 0,
        _ => SOME_REFUSED,
    })
}
