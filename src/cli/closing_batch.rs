//! `close batch`: a month of many houses.

use std::path::Path;

use aggregates::ids::BatchId;
use aggregates::text::Code;
use projections::text::{Align, Table};
use uuid::Uuid;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::{BatchStep, WhoOptions};
use crate::cli::audit::signer;
use crate::cli::closing::{causes, code};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::figures::period;
use crate::cli::output::{say, say_json};
use crate::closing::batch::{self, BatchCauses, BatchRow, BatchView};
use crate::figures::{House, find_house, houses};
use crate::import::progress::Progress;
use crate::store::{Actor, Ledger};

/// Carries out a step of a batch. Exit code 3 when a house of it cannot be closed.
pub(super) async fn batch(step: &BatchStep, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    match step {
        BatchStep::Propose {
            period,
            all: _,
            houses,
            who,
        } => propose(&ledger, period, houses.as_deref(), who).await,
        BatchStep::Approve { batch: id, who } => {
            let actor = Actor::new(&who.actor)?;
            let by = code(&who.actor)?;
            let view = batch::approve(&ledger, &actor, named(id)?, (by, None)).await?;
            tell(&view, who.format)?;
            Ok(0)
        }
        BatchStep::Run {
            batch: id,
            causes: given,
            who,
        } => {
            let actor = Actor::new(&who.actor)?;
            let (accept, accept_rest) = causes(given)?;
            let given = BatchCauses {
                accept,
                accept_rest,
            };
            let id = named(id)?;
            let count = batch::show(&ledger, id).await?.houses.len();
            let bar = Progress::start("Закрытие домов", steps(count));
            let shown = |done| bar.show(steps(done), steps(count));
            let mut view = batch::run(&ledger, &actor, id, &given, shown).await?;
            ledger.bind(view.closed_books(), Some(&signer()?)).await;
            drop(bar);
            address(&ledger, &mut view).await?;
            tell(&view, who.format)?;
            Ok(code_of(view.is_done()))
        }
        BatchStep::Show { batch: id, format } => {
            let mut view = batch::show(&ledger, named(id)?).await?;
            address(&ledger, &mut view).await?;
            tell(&view, *format)?;
            Ok(0)
        }
    }
}

async fn propose(
    ledger: &Ledger,
    of: &str,
    file: Option<&Path>,
    who: &WhoOptions,
) -> Result<u8, CliError> {
    let (actor, by) = (Actor::new(&who.actor)?, code(&who.actor)?);
    let period = period(of)?;
    let chosen = match file {
        None => houses(ledger).await?,
        Some(file) => listed(ledger, file).await?,
    };
    let count = chosen.len();
    let bar = Progress::start("Расчёт домов", steps(count));
    let shown = |done| bar.show(steps(done), steps(count));
    let given = (BatchId(Uuid::now_v7()), period, by);
    let view = batch::propose(ledger, &actor, given, &chosen, shown).await?;
    drop(bar);
    tell(&view, who.format)?;
    let clear = |row: &BatchRow| row.reasons.is_empty();
    Ok(code_of(view.houses.iter().all(clear)))
}

async fn listed(ledger: &Ledger, file: &Path) -> Result<Vec<House>, CliError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::unusable(format!("{}: {error}", file.display())))?;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        found.push(find_house(ledger, line).await?);
    }
    Ok(found)
}

fn named(text: &str) -> Result<BatchId, CliError> {
    let id = text.trim().parse();
    id.map_err(|_| CliError::unusable(format!("«{text}» — не номер партии (UUID)")))
}

fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn code_of(is_done: bool) -> u8 {
    match is_done {
        true => 0,
        false => SOME_REFUSED,
    }
}

/// The addresses of the houses, by their books.
async fn address(ledger: &Ledger, view: &mut BatchView) -> Result<(), CliError> {
    let known = houses(ledger).await?;
    for row in &mut view.houses {
        let house = known.iter().find(|house| house.book == row.house);
        row.address = house.map(|house| house.address.clone());
    }
    Ok(())
}

fn tell(view: &BatchView, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json => say_json(view),
        Format::Text => say(&told(view)),
    }
}

fn told(view: &BatchView) -> String {
    let approved = view.approved_by.as_ref().map(Code::as_str);
    let mut text = format!(
        "Партия {}: {}, домов {}, счетов {}\nНачислено {}, перерасчётов {}\n\
         Предложил {}, утвердил {}\n",
        view.batch,
        view.period.title_ru(),
        view.houses.len(),
        view.bills,
        view.charged,
        view.adjusted,
        view.proposed_by,
        approved.unwrap_or("никто")
    );
    let mut table = Table::new(&[
        ("Дом", Align::Left),
        ("Счетов", Align::Right),
        ("Начислено", Align::Right),
        ("Перерасчёт", Align::Right),
        ("Что с ним", Align::Left),
    ]);
    for row in &view.houses {
        let proposal = row.proposal.as_ref();
        let figure = |figure: Option<String>| figure.unwrap_or_default();
        table.row([
            row.address.clone().unwrap_or_else(|| row.house.to_string()),
            figure(proposal.map(|told| told.bills.to_string())),
            figure(proposal.map(|told| told.charged.to_string())),
            figure(proposal.map(|told| told.adjusted.to_string())),
            state(row),
        ]);
    }
    text.push_str(&table.to_text(0));
    for row in view.houses.iter().filter(|row| !row.reasons.is_empty()) {
        let name = row.address.clone().unwrap_or_else(|| row.house.to_string());
        text.push_str(&format!("\n{name}\n"));
        for reason in &row.reasons {
            text.push_str(&format!("  {reason}\n"));
        }
    }
    text
}

fn state(row: &BatchRow) -> String {
    match (row.outcome, &row.proposal) {
        (Some(outcome), _) => outcome.title_ru().to_owned(),
        (None, None) => "в партию не вошёл".to_owned(),
        (None, Some(told)) if told.blocking > 0 => "закрыть нельзя".to_owned(),
        (None, Some(told)) if told.asking > 0 => format!("нужны причины: {}", told.asking),
        (None, Some(_)) => "ждёт".to_owned(),
    }
}
