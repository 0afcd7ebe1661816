//! `rules`: what holds, since when, by which clause, and who answers for it.

use aggregates::ids::PersonId;
use aggregates::rule::{BasisKind, RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use aggregates::text::Label;
use aggregates::time::{DateSpan, Period};
use aggregates::vocabulary::ActRef;
use chrono::{NaiveDate, Utc};
use projections::rules::{Parameter, Rules};
use projections::text::{Align, Table, day};
use serde_json::json;
use uuid::Uuid;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::WhoOptions;
use crate::cli::arguments_rules::{
    AnswerOptions, Basis, OverrideArguments, RuleStatus, RulesCommand,
};
use crate::cli::closing::code;
use crate::cli::closing_steps::resource_of;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{say, say_json};
use crate::figures::{find_house, house_book};
use crate::rules::book::{Answered, answered, confirm, confirm_all, find_row, short, withdraw};
use crate::rules::{Override, record_override};
use crate::store::{Actor, Ledger};

/// Carries out what is asked of the rules.
pub(crate) async fn run(command: &RulesCommand, database: &Database) -> Result<u8, CliError> {
    match command {
        RulesCommand::List {
            on,
            house,
            status,
            format,
        } => {
            let on = on.unwrap_or_else(|| Utc::now().date_naive());
            let ledger = database.ledger().await?;
            let rows = in_force(&ledger, on, house.as_deref()).await?;
            let rows: Vec<Answered> = rows.into_iter().filter(|row| fits(row, *status)).collect();
            tell(&rows, &format!("Правила на {}", day(on)), *format)?;
        }
        RulesCommand::Show { parameter, format } => {
            let ledger = database.ledger().await?;
            let rows = of_parameter(parameter)?;
            tell(&answered(&ledger, rows).await?, parameter, *format)?;
        }
        RulesCommand::Diff { from, to, format } => diff(*from, *to, *format)?,
        RulesCommand::Confirm { rows, all, by, who } => {
            confirmed(&database.ledger().await?, rows, *all, by, who).await?
        }
        RulesCommand::Withdraw { row, by, who } => {
            let ledger = database.ledger().await?;
            let given = confirmation(by)?;
            let row = find_row(row)?;
            withdraw(&ledger, &Actor::new(&who.actor)?, row, given, None).await?;
            say(&format!("Подтверждение строки {} отозвано", short(row)))?;
        }
        RulesCommand::Override(options) => overridden(options, database).await?,
    }
    Ok(0)
}

fn fits(row: &Answered, status: Option<RuleStatus>) -> bool {
    match status {
        None => true,
        Some(RuleStatus::Certain) => !row.row.is_uncertain(),
        Some(RuleStatus::Uncertain) => row.row.is_uncertain(),
        Some(RuleStatus::Unanswered) => row.row.is_uncertain() && row.by.is_none(),
    }
}

/// What holds on a day, for a house with its own rules.
async fn in_force(
    ledger: &Ledger,
    on: NaiveDate,
    house: Option<&str>,
) -> Result<Vec<Answered>, CliError> {
    let period = Period::of_date(on).map_err(|error| CliError::unusable(error.to_string()))?;
    let edition = match house {
        None => Rules::carried()?.edition(period)?,
        Some(house) => {
            let house = find_house(ledger, house).await?;
            house_book(ledger, house.book, house.position)
                .await?
                .edition(period)?
        }
    };
    let rows = edition.parameters().iter();
    let rows = rows.filter(|row| row.validity.contains(on)).cloned();
    Ok(answered(ledger, rows.collect()).await?)
}

fn of_parameter(parameter: &str) -> Result<Vec<Parameter>, CliError> {
    let rows = Rules::carried()?.parameters().iter();
    let rows: Vec<Parameter> = rows
        .filter(|row| row.name.to_string() == parameter)
        .cloned()
        .collect();
    match rows.is_empty() {
        true => Err(CliError::unusable(format!("правила «{parameter}» нет"))
            .mend("названия показывает `rules list`")),
        false => Ok(rows),
    }
}

fn tell(rows: &[Answered], title: &str, format: Format) -> Result<(), CliError> {
    if format == Format::Json {
        return say_json(&rows);
    }
    if rows.is_empty() {
        return say(&format!("{title}: таких строк нет"));
    }
    let mut text = format!("{title}\n");
    for answered in rows {
        text.push_str(&row_text(answered));
    }
    let open = rows
        .iter()
        .filter(|row| fits(row, Some(RuleStatus::Unanswered)));
    let open = open.count();
    if open > 0 {
        text.push_str(&format!(
            "Никто не отвечает за строки: {open}. Месяц, который считается по ним, не закроется:\n  \
             energokabinet rules confirm НОМЕР… --office ДОЛЖНОСТЬ --source ИСТОЧНИК\n"
        ));
    }
    say(&text)
}

fn row_text(answered: &Answered) -> String {
    let row = &answered.row;
    let scope = row.scope.title_ru();
    let scope = if scope.is_empty() {
        scope
    } else {
        format!(" — {scope}")
    };
    let mut text = format!(
        "{} {} = {}{scope}\n         {}; {}; {}\n",
        short(row),
        row.name,
        row.value,
        span_text(row.validity),
        row.clause,
        row.status.title_ru()
    );
    if row.source != row.clause {
        text.push_str(&format!("         источник: {}\n", row.source));
    }
    match &answered.by {
        _ if !row.is_uncertain() => {}
        Some(by) => text.push_str(&format!("         подтвердил: {by}\n")),
        None => text.push_str("         никто не подтвердил\n"),
    }
    text
}

fn span_text(span: DateSpan) -> String {
    match span.until().and_then(|until| until.pred_opt()) {
        None => format!("с {}", day(span.from())),
        Some(last) => format!("{} – {}", day(span.from()), day(last)),
    }
}

fn diff(from: NaiveDate, to: NaiveDate, format: Format) -> Result<(), CliError> {
    let rows = Rules::carried()?.parameters();
    let only = |on: NaiveDate, other: NaiveDate| -> Vec<&Parameter> {
        rows.iter()
            .filter(|row| row.validity.contains(on) && !row.validity.contains(other))
            .collect()
    };
    let (ended, begun) = (only(from, to), only(to, from));
    if format == Format::Json {
        return say_json(&json!({ "from": from, "to": to, "ended": ended, "begun": begun }));
    }
    if ended.is_empty() && begun.is_empty() {
        return say(&format!("{} и {} правила одни и те же", day(from), day(to)));
    }
    let mut table = Table::new(&[
        ("", Align::Left),
        ("правило", Align::Left),
        ("значение", Align::Left),
        ("для чего", Align::Left),
        ("дни", Align::Left),
        ("пункт", Align::Left),
    ]);
    let signed = ended.iter().map(|row| ("−", row));
    for (sign, row) in signed.chain(begun.iter().map(|row| ("+", row))) {
        table.row([
            sign.to_owned(),
            row.name.to_string(),
            row.value.to_string(),
            row.scope.title_ru(),
            span_text(row.validity),
            row.clause.to_string(),
        ]);
    }
    let title = format!("Правила {} и {}", day(from), day(to));
    say(&format!("{title}\n{}", table.to_text(0)))
}

/// The answer as it is recorded; a person without a number gets one.
fn confirmation(by: &AnswerOptions) -> Result<RuleConfirmation, CliError> {
    let label = |text: &str| {
        Label::new(text).map_err(|error| CliError::unusable(format!("«{text}»: {error}")))
    };
    Ok(RuleConfirmation {
        person: PersonId(by.person.unwrap_or_else(Uuid::new_v4)),
        office: label(&by.office)?,
        source: label(&by.source)?,
        on: Utc::now().date_naive(),
    })
}

async fn confirmed(
    ledger: &Ledger,
    rows: &[String],
    all: bool,
    by: &AnswerOptions,
    who: &WhoOptions,
) -> Result<(), CliError> {
    let given = confirmation(by)?;
    let (actor, person) = (Actor::new(&who.actor)?, given.person);
    let asked: Vec<&Parameter> = match all {
        true => confirm_all(ledger, &actor, given).await?,
        false => {
            let found = rows.iter().map(|row| find_row(row));
            let found = found.collect::<Result<Vec<_>, _>>()?;
            confirm(ledger, &actor, &found, given, None).await?;
            found
        }
    };
    if asked.is_empty() {
        return say("За все несверенные строки уже кто-то отвечает; ничего не записано");
    }
    if who.format == Format::Json {
        return say_json(&json!({ "confirmed": asked, "person": person }));
    }
    let mut text = format!("Подтверждено строк: {}\n", asked.len());
    for row in &asked {
        text.push_str(&format!("  {} {} = {}\n", short(row), row.name, row.value));
    }
    text.push_str(&format!("Номер человека в журнале: {}\n", person.0));
    say(&text)
}

async fn overridden(options: &OverrideArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let house = find_house(&ledger, &options.house).await?;
    let actor = Actor::new(&options.who.actor)?;
    let receipt = record_override(&ledger, &actor, house.book, given(options)?, None).await?;
    match options.who.format {
        Format::Json => say_json(&json!({ "position": receipt.last })),
        Format::Text => say(&format!(
            "{}: правило {} записано, позиция журнала {}",
            house.address, options.parameter, receipt.last
        )),
    }
}

fn given(options: &OverrideArguments) -> Result<Override, CliError> {
    let unusable = |error: String| CliError::unusable(error);
    let resources = options.resource.iter().map(|text| resource_of(text));
    let label =
        |text: &str| Label::new(text).map_err(|error| unusable(format!("«{text}»: {error}")));
    Ok(Override {
        parameter: code(&options.parameter)?,
        scope: RuleScope {
            resources: resources.collect::<Result<_, _>>()?,
            ..RuleScope::default()
        },
        value: value_of(&options.value)?,
        validity: DateSpan::new(options.from, options.until)
            .map_err(|error| unusable(error.to_string()))?,
        basis: RuleBasis {
            kind: match options.basis {
                Basis::RegionalAct => BasisKind::RegionalAct,
                Basis::MeetingDecision => BasisKind::MeetingDecision,
                Basis::CourtAct => BasisKind::CourtAct,
                Basis::SupplierPolicy => BasisKind::SupplierPolicy,
                Basis::Contract => BasisKind::Contract,
            },
            act: ActRef {
                number: label(&options.act)?,
                date: options.act_date,
                document: None,
            },
            issued_by: options.issued_by.as_deref().map(label).transpose()?,
        },
    })
}

/// `true`, `6` and a list of days are themselves; everything else is a word or a decimal.
pub(super) fn value_of(text: &str) -> Result<RuleValue, CliError> {
    let quoted = || serde_json::from_value(json!(text));
    let decimal = text.contains('.');
    let value = match decimal {
        true => quoted(),
        false => serde_json::from_str(text).or_else(|_| quoted()),
    };
    value.map_err(|_| CliError::unusable(format!("«{text}» — не значение правила")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_registry_writes_them() {
        let read = |text| value_of(text).ok();
        assert_eq!(read("true"), Some(RuleValue::Flag(true)));
        assert_eq!(read("6"), Some(RuleValue::Integer(6)));
        let text = |text| Label::new(text).ok().map(RuleValue::Text);
        assert_eq!(read("1.5"), text("1.5"));
        assert_eq!(read("event_period"), text("event_period"));
    }
}
