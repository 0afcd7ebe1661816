//! `close`: a settlement period of a house.

use projections::settlement::{Closing, Problem, SettlementError};
use serde_json::json;

use crate::cli::arguments::{CloseArguments, Format};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::figures::period;
use crate::cli::output::{complain, say, say_json};
use crate::closing::{CloseError, ClosedPeriod, close_period, preview};
use crate::figures::find_house;
use crate::store::Actor;

/// Flags told one by one; JSON gives all.
const FLAGS_TOLD: usize = 10;

/// Closes, or shows what would be closed. Exit code 3 when something hinders it.
pub(crate) async fn close(options: &CloseArguments, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let period = period(&options.period)?;
    let house = find_house(&ledger, &options.house).await?;
    if options.dry_run {
        match preview(&ledger, house.book, period, house.position).await {
            Ok(closing) => return show_preview(&closing, &house.address, options.format),
            // Closing a closed month changes nothing and says so: below.
            Err(CloseError::Settlement(SettlementError::AlreadyClosed { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let actor = Actor::new(&options.actor)?;
    match close_period(&ledger, &actor, house.book, period, None).await {
        Ok((_, closed)) => {
            match options.format {
                Format::Json => say_json(&closed)?,
                Format::Text => say(&told(&closed, &house.address))?,
            }
            Ok(0)
        }
        Err(CloseError::Blocked { period, problems }) => {
            if options.format == Format::Json {
                say_json(&json!({ "period": period, "blocking": problems }))?;
            }
            complain(&format!(
                "Период {} нельзя закрыть:\n{}",
                period.title_ru(),
                listed(&problems, usize::MAX)
            ));
            Ok(SOME_REFUSED)
        }
        Err(error) => Err(error.into()),
    }
}

fn told(closed: &ClosedPeriod, address: &str) -> String {
    if closed.already {
        return format!(
            "{address}: {} уже закрыт (посчитан по журналу до № {}); ничего не изменено",
            closed.period.title_ru(),
            closed.computed_at
        );
    }
    let mut text = format!(
        "{address}: {} закрыт по журналу до № {}\n\
         Счетов выставлено: {}, на сумму {}; пробелов заполнено: {}\n",
        closed.period.title_ru(),
        closed.computed_at,
        closed.bills,
        closed.charged,
        closed.imputations
    );
    if !closed.flags.is_empty() {
        text.push_str(&format!("Обратите внимание: {}\n", closed.flags.len()));
        text.push_str(&listed(&closed.flags, FLAGS_TOLD));
    }
    text
}

fn listed(problems: &[Problem], told: usize) -> String {
    let shown = problems.iter().take(told);
    let mut text: String = shown.map(|problem| format!("  {problem}\n")).collect();
    if problems.len() > told {
        text.push_str(&format!("  и ещё {}\n", problems.len() - told));
    }
    text
}

fn show_preview(closing: &Closing, address: &str, format: Format) -> Result<u8, CliError> {
    let blocking: Vec<Problem> = closing.blocking().cloned().collect();
    match format {
        Format::Json => say_json(closing)?,
        Format::Text => say(&preview_text(closing, address, &blocking))?,
    }
    Ok(match blocking.is_empty() {
        true => 0,
        false => SOME_REFUSED,
    })
}

fn preview_text(closing: &Closing, address: &str, blocking: &[Problem]) -> String {
    let mut text = format!(
        "{address}: {}, предварительно, по журналу до № {}\n\
         Будет счетов: {}, пробелов заполнится: {}\n",
        closing.period.title_ru(),
        closing.computed_at,
        closing.bills.len(),
        closing.imputations.len()
    );
    for total in closing
        .totals
        .iter()
        .filter(|total| total.kind.as_str() == "charged")
    {
        if let Some(amount) = total.amount {
            text.push_str(&format!("  {}: {amount}\n", total.resource.title_ru()));
        }
    }
    if blocking.is_empty() {
        text.push_str("Ничто не мешает закрыть период.\n");
    } else {
        text.push_str(&format!("Мешает закрыть: {}\n", blocking.len()));
        text.push_str(&listed(blocking, usize::MAX));
    }
    let flags: Vec<Problem> = closing
        .problems
        .iter()
        .filter(|problem| !problem.is_blocking())
        .cloned()
        .collect();
    if !flags.is_empty() {
        text.push_str(&format!("Обратите внимание: {}\n", flags.len()));
        text.push_str(&listed(&flags, FLAGS_TOLD));
    }
    text
}
