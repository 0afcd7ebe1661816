//! `balance`, and `balance explain`: causes of an imbalance, one by one or for many houses.

use aggregates::ids::BookId;
use aggregates::quantity::{Measure, exact};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use futures_util::FutureExt as _;
use projections::balance::BalanceError;
use projections::settlement::HouseBook;
use projections::text;
use projections::waterfall::{HouseWaterfall, WaterfallError, house_waterfall};
use serde::Serialize;

use crate::cli::arguments::{BalanceArguments, BalanceCommand, ExplainArguments, Format};
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::figures;
use crate::cli::output::{say, say_json};
use crate::figures::{House, find_house, house_book, houses};
use crate::operations::{ImbalanceCause, OperationError, accepted_causes, explain_imbalance};
use crate::store::{Actor, Ledger, RunError};

/// Tells the balance, or records what explains it.
pub(crate) async fn run(options: BalanceArguments, database: &Database) -> Result<(), CliError> {
    match options.command {
        Some(BalanceCommand::Explain(explain)) => accept(&explain, database).await,
        None => figures::balance(options, database).await,
    }
}

/// What is accepted for one house.
#[derive(Serialize)]
struct Accepted {
    house: String,
    book: BookId,
    explanations: Vec<ImbalanceCause>,
    /// How many were new; absent where nothing was to be written.
    recorded: Option<usize>,
}

async fn accept(options: &ExplainArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let period = figures::period(&options.period)?;
    let resources = match options.resource.as_deref() {
        None => Resource::ALL.to_vec(),
        Some(code) => vec![figures::resource(code)?],
    };
    let chosen = match options.house.as_deref() {
        Some(house) => vec![find_house(&ledger, house).await?],
        None => houses(&ledger).await?,
    };
    let actor = Actor::new(&options.actor)?;
    let mut accepted = Vec::new();
    for house in chosen {
        let book = house_book(&ledger, house.book, house.position).await?;
        let explanations = explanations(options, &book, period, &resources)?;
        if explanations.is_empty() {
            continue;
        }
        let recorded = match options.dry_run {
            true => None,
            false => Some(record(&ledger, &actor, &house, period, explanations.clone()).await?),
        };
        accepted.push(Accepted {
            house: house.address,
            book: house.book,
            explanations,
            recorded,
        });
    }
    match options.format {
        Format::Json => say_json(&accepted),
        Format::Text => say(&told(&accepted, period)),
    }
}

/// The explanations of one house: the one given, or those proposed.
fn explanations(
    options: &ExplainArguments,
    book: &HouseBook,
    period: Period,
    resources: &[Resource],
) -> Result<Vec<ImbalanceCause>, CliError> {
    let mut found = Vec::new();
    for resource in resources {
        let fallen = match house_waterfall(book, period, *resource) {
            Ok(fallen) => fallen,
            Err(WaterfallError::Balance(BalanceError::NoScope { .. })) if resources.len() > 1 => {
                continue;
            }
            Err(error) => return Err(CliError::new(error.to_string())),
        };
        match (&options.cause, &options.amount) {
            (Some(cause), Some(amount)) => found.push(given(&fallen, cause, amount)?),
            (cause, _) => found.extend(accepted_causes(&fallen, cause.as_deref())),
        }
    }
    Ok(found)
}

/// A cause with its amount as typed.
fn given(fallen: &HouseWaterfall, cause: &str, amount: &str) -> Result<ImbalanceCause, CliError> {
    let unusable = |what: &str| {
        CliError::unusable(format!("«{what}» не подходит"))
            .mend("причина — код вида leak, объём — число в единицах баланса")
    };
    let value = exact::parse(&amount.replace(',', ".")).map_err(|_| unusable(amount))?;
    let scope = fallen.scopes.first().ok_or_else(|| unusable(cause))?;
    Ok(ImbalanceCause {
        resource: fallen.resource,
        cause: Code::new(cause).map_err(|_| unusable(cause))?,
        amount: Measure::new(value, scope.unit),
        evidence: Vec::new(),
    })
}

async fn record(
    ledger: &Ledger,
    actor: &Actor,
    house: &House,
    period: Period,
    causes: Vec<ImbalanceCause>,
) -> Result<usize, CliError> {
    let book = house.book;
    let done = ledger.run(book.0, actor, None, move |unit| {
        let causes = causes.clone();
        async move {
            unit.describe("command", "explain_imbalance");
            explain_imbalance(unit, book, period, causes).await
        }
        .boxed()
    });
    let done = done
        .await
        .map_err(|error: RunError<OperationError>| match error {
            RunError::Refused(error) => CliError::new(format!("{}: {error}", house.address)),
            error => CliError::new(error.to_string()),
        })?;
    Ok(done.value.unwrap_or_default())
}

fn told(accepted: &[Accepted], period: Period) -> String {
    if accepted.is_empty() {
        return format!("{}: объяснять нечего", period.title_ru());
    }
    let mut out = String::new();
    for one in accepted {
        let done = match one.recorded {
            None => "будет записано".to_owned(),
            Some(recorded) => format!("записано: {recorded}"),
        };
        out.push_str(&format!("{}: {done}\n", one.house));
        for given in &one.explanations {
            out.push_str(&format!(
                "  {}, {}: {}\n",
                given.resource.title_ru(),
                given.cause,
                text::exact(&given.amount)
            ));
        }
    }
    out
}
