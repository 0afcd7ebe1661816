//! `correct`: what a correction changes, and the correction in four hands.

use std::path::Path;

use aggregates::correction::event::CorrectionOperation;
use aggregates::ids::CorrectionId;
use projections::settlement::{Impact, ServiceFigures};
use projections::text::{self, Align, Table};

use crate::cli::arguments::Format;
use crate::cli::arguments_close::CorrectCommand;
use crate::cli::closing::code;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{say, say_json};
use crate::corrections::{approve, decline, preview, request};
use crate::figures::find_house;
use crate::store::{Actor, Receipt};

/// Carries out what is asked of corrections.
pub(crate) async fn run(command: &CorrectCommand, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    match command {
        CorrectCommand::Preview {
            house,
            file,
            format,
        } => {
            let house = find_house(&ledger, house).await?;
            let told = preview(&ledger, house.book, &operation(file)?).await?;
            match format {
                Format::Json => say_json(&told)?,
                Format::Text => say(&impact_text(&told))?,
            }
        }
        CorrectCommand::Request { house, file, who } => {
            let house = find_house(&ledger, house).await?;
            let (actor, by) = (Actor::new(&who.actor)?, code(&who.actor)?);
            let given = (operation(file)?, by);
            let (_, asked) = request(&ledger, &actor, house.book, given, None).await?;
            match who.format {
                Format::Json => say_json(&asked)?,
                Format::Text => say(&format!(
                    "{}Запрос на исправление {}: утвердить должен другой сотрудник\n",
                    impact_text(&asked.impact),
                    asked.correction
                ))?,
            }
        }
        CorrectCommand::Approve { house, id, who } => {
            let house = find_house(&ledger, house).await?;
            let (actor, by) = (Actor::new(&who.actor)?, code(&who.actor)?);
            let at = (house.book, named(id)?);
            let receipt = approve(&ledger, &actor, at, by, None).await?;
            tell(&receipt, "исправление утверждено и выполнено", who.format)?;
        }
        CorrectCommand::Decline { house, id, who } => {
            let house = find_house(&ledger, house).await?;
            let (actor, by) = (Actor::new(&who.actor)?, code(&who.actor)?);
            let at = (house.book, named(id)?);
            let receipt = decline(&ledger, &actor, at, by, None).await?;
            tell(&receipt, "исправление отклонено", who.format)?;
        }
    }
    Ok(0)
}

fn operation(file: &Path) -> Result<CorrectionOperation, CliError> {
    let unusable = |reason: String| {
        CliError::unusable(format!("{}: {reason}", file.display()))
            .mend("форма файла: `energokabinet schema correction`")
    };
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

fn named(text: &str) -> Result<CorrectionId, CliError> {
    let id = text.trim().parse();
    id.map_err(|_| CliError::unusable(format!("«{text}» — не номер запроса (UUID)")))
}

fn tell(receipt: &Receipt, what: &str, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json => say_json(&serde_json::json!({
            "position": receipt.last, "events": receipt.events,
        })),
        Format::Text => say(&format!("{what} (журнал № {})\n", receipt.last)),
    }
}

fn impact_text(told: &Impact) -> String {
    if told.accounts.is_empty() && told.services.is_empty() {
        return "Ни одна сумма и ни один баланс не изменятся.\n".to_owned();
    }
    let mut out = String::from("Что изменится в счетах\n");
    let mut table = Table::new(&[
        ("Период", Align::Left),
        ("Счёт", Align::Left),
        ("Было", Align::Right),
        ("Станет", Align::Right),
        ("Разность", Align::Right),
        ("Куда", Align::Left),
    ]);
    for row in &told.accounts {
        let place = match row.is_closed {
            true => "перерасчёт",
            false => "в самом счёте",
        };
        table.row([
            row.period.title_ru(),
            row.number.to_string(),
            row.before.to_string(),
            row.after.to_string(),
            row.difference.to_string(),
            place.to_owned(),
        ]);
    }
    out.push_str(&table.to_text(0));
    out.push_str(&format!("Всего: {}\n", told.difference));
    if !told.services.is_empty() {
        out.push_str("Что изменится в балансах\n");
    }
    for row in &told.services {
        out.push_str(&format!(
            "  {}, {}: {} → {}\n",
            row.period.title_ru(),
            row.resource.title_ru(),
            figures(&row.before),
            figures(&row.after)
        ));
    }
    out
}

fn figures(told: &ServiceFigures) -> String {
    let volume = |volume: &Option<aggregates::quantity::Measure>| {
        volume
            .as_ref()
            .map_or_else(|| "—".to_owned(), text::rounded)
    };
    format!(
        "ввод {}, помещения {}, общее {}",
        volume(&told.house),
        volume(&told.consumed),
        volume(&told.common)
    )
}
