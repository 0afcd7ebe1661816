//! `close`: a settlement period of a house.

use aggregates::building::closing::Flagged;
use aggregates::text::Code;
use projections::rules::Parameter;
use projections::settlement::{Checklist, Closing, Problem, SettlementError};
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::{CauseOptions, CloseArguments};
use crate::cli::audit::signer;
use crate::cli::closing_steps::step_of;
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::figures::period;
use crate::cli::output::{complain, say, say_json};
use crate::closing::{
    Acceptance, CloseError, ClosedPeriod, Order, Prepared, check, close_period, unanswered,
};
use crate::figures::find_house;
use crate::rules::book::short;
use crate::store::Actor;

/// Flags told one by one; JSON gives all.
const FLAGS_TOLD: usize = 10;

/// Closes, or shows what would be closed. Exit code 3 when something hinders it.
pub(crate) async fn close(options: &CloseArguments, database: &Database) -> Result<u8, CliError> {
    if let Some(step) = &options.step {
        return step_of(step, database).await;
    }
    let (Some(house), Some(of)) = (&options.house, &options.period) else {
        return Err(CliError::unusable("назовите дом и период"));
    };
    let ledger = database.ledger().await?;
    let period = period(of)?;
    let house = find_house(&ledger, house).await?;
    let format = options.who.format;
    let (accept, accept_rest) = causes(&options.causes)?;
    let order = Order {
        accept,
        accept_rest,
        hold_bills: options.hold_bills,
        ..Order::new(period)
    };
    if options.dry_run {
        match check(&ledger, house.book, period, house.position).await {
            Ok((checked, closing)) => {
                let prepared = Prepared::of(house.book, &order, &closing, checked);
                let prepared = prepared.map_err(CloseError::from)?;
                let unanswered = unanswered(&ledger, &closing).await?;
                return show_preview((&closing, &unanswered), &prepared, &house.address, format);
            }
            // Closing a closed month changes nothing and says so: below.
            Err(CloseError::Settlement(SettlementError::AlreadyClosed { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let actor = Actor::new(&options.who.actor)?;
    match close_period(&ledger, &actor, house.book, &order, None).await {
        Ok((_, closed)) => {
            ledger.bind([house.book], Some(&signer()?)).await;
            match format {
                Format::Json => say_json(&closed)?,
                Format::Text => say(&told(&closed, &house.address))?,
            }
            Ok(0)
        }
        Err(error) => hindered(error, format),
    }
}

/// Tells what hinders a closing; other errors are passed on.
pub(super) fn hindered(error: CloseError, format: Format) -> Result<u8, CliError> {
    let (key, period, problems, title) = match error {
        CloseError::Blocked { period, problems } => {
            let title = format!("Период {} нельзя закрыть", period.title_ru());
            ("blocking", period, problems, title)
        }
        CloseError::CauseMissing { period, problems } => {
            let title = format!(
                "{}: укажите причины (`close accept`, --accept, --accept-rest)",
                period.title_ru()
            );
            ("asking", period, problems, title)
        }
        CloseError::Unconfirmed { period, rules } => {
            if format == Format::Json {
                say_json(&json!({ "period": period, "unanswered_rules": rules }))?;
            }
            let title = format!("Период {} не закрыт", period.title_ru());
            complain(&format!("{title}.\n{}", unanswered_text(&rules)));
            return Ok(SOME_REFUSED);
        }
        other => return Err(other.into()),
    };
    if format == Format::Json {
        say_json(&json!({ "period": period, key: problems }))?;
    }
    complain(&format!("{title}:\n{}", by_kind(&problems)));
    Ok(SOME_REFUSED)
}

/// Problems with the code by which a cause is given.
fn by_kind(problems: &[Problem]) -> String {
    let told = |problem: &Problem| match problem.kind.code() {
        Ok(code) => format!("  {problem} [{code}]\n"),
        Err(_) => format!("  {problem}\n"),
    };
    problems.iter().map(told).collect()
}

/// An actor, a kind or a cause as events carry it.
pub(super) fn code(text: &str) -> Result<Code, CliError> {
    Code::new(text).map_err(|error| CliError::unusable(format!("«{text}»: {error}")))
}

/// The causes that were typed.
pub(super) fn causes(options: &CauseOptions) -> Result<(Vec<Acceptance>, Option<Code>), CliError> {
    let accept = options.accept.iter().map(|given| {
        let (kind, cause) = given.split_once('=').ok_or_else(|| {
            CliError::unusable(format!(
                "«{given}»: ожидается ВИД=ПРИЧИНА, например no_norm=checked"
            ))
        })?;
        Ok(Acceptance {
            flagged: Flagged {
                kind: code(kind)?,
                resource: None,
                premises: None,
            },
            cause: code(cause)?,
            note: None,
        })
    });
    let accept: Result<Vec<Acceptance>, CliError> = accept.collect();
    let rest = options.accept_rest.as_deref().map(code).transpose()?;
    Ok((accept?, rest))
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
    if closed.bills_held {
        text.push_str("Счета посчитаны и задержаны: выставить — `close release`\n");
    }
    if !closed.accepted.is_empty() {
        text.push_str(&format!(
            "Закрыт с указанием причины: {}\n",
            closed.accepted.len()
        ));
        for item in closed.accepted.iter().take(FLAGS_TOLD) {
            let cause = item.cause.as_ref().map_or("", Code::as_str);
            text.push_str(&format!("  {} [{cause}]\n", item.problem));
        }
    }
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

fn show_preview(
    (closing, unanswered): (&Closing, &[Parameter]),
    prepared: &Prepared,
    address: &str,
    format: Format,
) -> Result<u8, CliError> {
    match format {
        Format::Json => say_json(&json!({
            "closing": closing,
            "checklist": prepared.checklist,
            "lines_root": prepared.lines_root,
            "unanswered_rules": unanswered,
        }))?,
        Format::Text => {
            say(&preview_text(closing, &prepared.checklist, address))?;
            say(&unanswered_text(unanswered))?;
        }
    }
    Ok(
        match prepared.checklist.is_clear() && unanswered.is_empty() {
            true => 0,
            false => SOME_REFUSED,
        },
    )
}

fn preview_text(closing: &Closing, checked: &Checklist, address: &str) -> String {
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
    text.push_str(&stages_text(checked));
    if !checked.blocking.is_empty() {
        text.push_str(&format!("Мешает закрыть: {}\n", checked.blocking.len()));
        text.push_str(&listed(&checked.blocking, usize::MAX));
    }
    text.push_str(&asking_text(checked));
    if checked.is_clear() {
        text.push_str("Ничто не мешает закрыть период.\n");
    }
    if !checked.notes.is_empty() {
        text.push_str(&format!("Обратите внимание: {}\n", checked.notes.len()));
        text.push_str(&listed(&checked.notes, FLAGS_TOLD));
    }
    text
}

/// Rules that somebody has to answer for before the month closes.
fn unanswered_text(rows: &[Parameter]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "Правила, за которые никто не отвечает: {} (подтвердить — `rules confirm`)\n",
        rows.len()
    );
    for row in rows {
        text.push_str(&format!(
            "  {} {} = {} [{}]: {}\n",
            short(row),
            row.name,
            row.value,
            row.status.title_ru(),
            row.clause
        ));
    }
    text
}

fn stages_text(checked: &Checklist) -> String {
    let mut text = String::from("Этапы:\n");
    for stage in &checked.stages {
        let state = match (stage.passed_at, stage.is_current, stage.open) {
            (Some(at), true, _) => format!("пройден по журналу до № {at}"),
            (Some(at), false, _) => format!("пройден до № {at}, с тех пор изменилось"),
            (None, _, 0) => "не пройден, ничто не мешает".to_owned(),
            (None, _, open) => format!("не пройден, мешает: {open}"),
        };
        text.push_str(&format!("  {}: {state}\n", stage.stage.title_ru()));
    }
    text
}

fn asking_text(checked: &Checklist) -> String {
    if checked.asking.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "Закрывается с указанием причины: {}\n",
        checked.asking.len()
    );
    for item in &checked.asking {
        let cause = item.cause.as_ref().map(Code::as_str);
        let kind = item.problem.kind.code();
        let kind = kind.as_ref().map_or("", |kind| kind.as_str());
        let cause = cause.unwrap_or("причина не указана");
        text.push_str(&format!("  {} [{kind}: {cause}]\n", item.problem));
    }
    text
}
