//! `projections status`, `rebuild` and `run`.

use std::time::Duration;

use serde::Serialize;

use crate::cli::arguments::{Format, ProjectionsCommand};
use crate::cli::books::{Titled, one, titled};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::output::{complain, say, say_json};
use crate::cli::serve::stopped;
use crate::read_models::status::{BookStatus, status_of};
use crate::read_models::{Runner, begin_rebuild};
use crate::store::Ledger;
use crate::store::books::BookKind;

/// How often a build that another program works on is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) async fn run(command: ProjectionsCommand, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    match command {
        ProjectionsCommand::Status { format } => status(&ledger, format).await?,
        ProjectionsCommand::Rebuild { book, .. } => {
            return rebuild(&ledger, book.as_deref()).await;
        }
        ProjectionsCommand::Run { once: true } => Runner::new(ledger).run_once().await?,
        ProjectionsCommand::Run { once: false } => {
            complain("Слежу за журналами; Ctrl+C останавливает.");
            Runner::new(ledger).follow(stopped()).await;
        }
    }
    Ok(0)
}

/// A book with its name.
#[derive(Serialize)]
struct TitledStatus {
    title: String,
    #[serde(flatten)]
    status: BookStatus,
}

async fn status(ledger: &Ledger, format: Format) -> Result<(), CliError> {
    let mut books = Vec::new();
    for book in buildings(ledger).await? {
        books.push(TitledStatus {
            title: book.title,
            status: status_of(ledger, book.head.book).await?,
        });
    }
    if format == Format::Json {
        return say_json(&books);
    }
    if books.is_empty() {
        return say("Домов ещё нет. Загрузите дом: energokabinet import house ФАЙЛ.json");
    }
    let mut text = format!(
        "{:<36}  {:>9}  {:>9}  {:>7}  {:>6}  Дом\n",
        "Журнал", "Позиция", "Списки", "Отстают", "Версия"
    );
    for book in &books {
        add_book(&mut text, book);
    }
    say(&text)
}

fn add_book(text: &mut String, TitledStatus { title, status }: &TitledStatus) {
    let shown = status.shown.as_ref();
    let version = shown.map_or_else(|| "—".to_owned(), |shown| shown.version.to_string());
    text.push_str(&format!(
        "{}  {:>9}  {:>9}  {:>7}  {version:>6}  {title}\n",
        status.book,
        status.head,
        shown.map_or(0, |shown| shown.position),
        status.lag,
    ));
    if let Some(parked) = shown.and_then(|shown| shown.parked.as_ref()) {
        text.push_str(&format!(
            "    ОСТАНОВЛЕНЫ на позиции {}: {}\n",
            parked.position, parked.reason
        ));
    }
    for stream in shown.iter().flat_map(|shown| &shown.parked_streams) {
        text.push_str(&format!(
            "    не обновляется {}/{}, позиция {}: {}\n",
            stream.aggregate_type, stream.aggregate_id, stream.position, stream.reason
        ));
    }
    if let Some(building) = &status.building {
        let why = match (&building.parked_reason, building.of_this_program) {
            (Some(reason), _) => format!("; остановлена: {reason}"),
            (None, false) => "; её строит программа другой версии".to_owned(),
            (None, true) => String::new(),
        };
        text.push_str(&format!(
            "    строится версия {}: позиция {}{why}\n",
            building.version, building.position
        ));
    }
}

async fn buildings(ledger: &Ledger) -> Result<Vec<Titled>, CliError> {
    let books = titled(ledger).await?.into_iter();
    Ok(books
        .filter(|book| book.head.kind == BookKind::Building)
        .collect())
}

/// Builds the books anew, one after another; 3 where one stands still.
async fn rebuild(ledger: &Ledger, asked: Option<&str>) -> Result<u8, CliError> {
    let books = match asked {
        Some(asked) => vec![one(ledger, asked).await?],
        None => buildings(ledger).await?,
    };
    if let Some(book) = books
        .iter()
        .find(|book| book.head.kind != BookKind::Building)
    {
        let what = format!("у журнала организации {} списков нет", book.head.book);
        return Err(CliError::unusable(what).mend("укажите дом"));
    }
    let mut code = 0;
    for Titled { head, title } in books {
        let version = begin_rebuild(ledger.pool(), head.book).await?;
        match build(ledger, head.book, version).await? {
            None => say(&format!(
                "{title}: списки построены заново, версия {version}"
            ))?,
            Some(reason) => {
                code = SOME_REFUSED;
                complain(&format!("{title}: построение остановлено: {reason}"));
            }
        }
    }
    Ok(code)
}

/// Works until readers see `version`, or it stands still: then answers why.
async fn build(
    ledger: &Ledger,
    book: uuid::Uuid,
    version: i64,
) -> Result<Option<String>, CliError> {
    let runner = Runner::new(ledger.clone()).of_book(book);
    loop {
        runner.run_once().await?;
        let status = status_of(ledger, book).await?;
        if let Some(shown) = status.shown.filter(|shown| shown.version >= version) {
            return Ok(shown.parked.map(|parked| parked.reason));
        }
        let building = status
            .building
            .filter(|building| building.version >= version);
        if let Some(reason) = building.and_then(|building| building.parked_reason) {
            return Ok(Some(reason));
        }
        // Another program holds it.
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
