//! `gaps`: what is missing in a month, what there is for it, who decided.

use std::sync::Arc;

use aggregates::building::event::GapPolicy;
use aggregates::ids::MeterId;
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::text::Label;
use aggregates::time::Period;
use aggregates::vocabulary::ActRef;
use futures_util::FutureExt;
use projections::settlement::{Gap, GapList, GapState, Problem, Rung};
use projections::text::{self, Align, Table};
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::HousePeriod;
use crate::cli::arguments_gaps::{AcceptGaps, GapsCommand, Policy};
use crate::cli::closing_steps::resource_of;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::figures::period;
use crate::cli::output::{say, say_json};
use crate::figures::{House, find_house};
use crate::operations::{
    GapChoice, OperationError, decide_all, decide_gaps, set_gap_policy, told_gaps,
};
use crate::store::{Actor, Ledger, RunError};

/// Carries out what is asked of gaps.
pub(crate) async fn run(command: &GapsCommand, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    match command {
        GapsCommand::List { of, format } => {
            let (house, told) = list(&ledger, of).await?;
            match format {
                Format::Json => say_json(&told),
                Format::Text => say(&list_text(&told, &house.address)),
            }
        }
        GapsCommand::Show { of, serial, format } => {
            let (_, told) = list(&ledger, of).await?;
            let found = of_serial(&told, serial)?;
            match format {
                Format::Json => say_json(&found),
                Format::Text => say(&found.iter().map(|gap| gap_text(gap)).collect::<String>()),
            }
        }
        GapsCommand::Accept(options) => accept(&ledger, options).await,
        GapsCommand::Policy {
            house,
            policy,
            from,
            who,
        } => {
            let house = find_house(&ledger, house).await?;
            let from = period(from)?;
            let policy = match policy {
                Policy::ByLaw => GapPolicy::ByLaw,
                Policy::ByPerson => GapPolicy::ByPerson,
            };
            let (book, actor) = (house.book, Actor::new(&who.actor)?);
            let done = ledger.run(book.0, &actor, None, move |unit| {
                async move { set_gap_policy(unit, book, policy, from).await }.boxed()
            });
            done.await.map_err(failed)?;
            say(&format!(
                "{}: {}, с {}",
                house.address,
                policy_ru(policy),
                from.title_ru()
            ))
        }
    }
}

pub(super) fn failed(error: RunError<OperationError>) -> CliError {
    match error {
        RunError::Refused(error) => CliError::failed(&error),
        RunError::Commit(error) => CliError::failed(&error),
        RunError::Interrupted => CliError::new("запись прервалась; повторите"),
    }
}

async fn list(ledger: &Ledger, of: &HousePeriod) -> Result<(House, GapList), CliError> {
    let house = find_house(ledger, &of.house).await?;
    let key = (house.book, period(&of.period)?);
    let told = told_gaps(ledger, key, house.position).await?;
    Ok((house, told))
}

fn of_serial<'g>(told: &'g GapList, serial: &str) -> Result<Vec<&'g Gap>, CliError> {
    let found = told.gaps.iter().filter(|gap| gap.serial.as_str() == serial);
    let found: Vec<&Gap> = found.collect();
    match found.is_empty() {
        true => Err(
            CliError::unusable(format!("у прибора «{serial}» в этом месяце пробелов нет"))
                .mend("список показывает `gaps list`"),
        ),
        false => Ok(found),
    }
}

async fn accept(ledger: &Ledger, options: &AcceptGaps) -> Result<(), CliError> {
    let (house, told) = list(ledger, &options.of).await?;
    let (book, of) = (house.book, told.period);
    let actor = Actor::new(&options.who.actor)?;
    let decided = match options.all {
        true => accept_all(ledger, &actor, (book, of), options).await?,
        false => {
            let choices: Arc<Vec<GapChoice>> = Arc::new(choices(&told, options)?);
            let done = ledger.run(book.0, &actor, None, move |unit| {
                let choices = Arc::clone(&choices);
                async move { decide_gaps(unit, book, of, &choices).await }.boxed()
            });
            done.await.map_err(failed)?.value.unwrap_or_default()
        }
    };
    match options.who.format {
        Format::Json => say_json(&json!({ "decided": decided })),
        Format::Text => say(&format!("{}: решено пробелов: {decided}", house.address)),
    }
}

async fn accept_all(
    ledger: &Ledger,
    actor: &Actor,
    (book, of): (aggregates::ids::BookId, Period),
    options: &AcceptGaps,
) -> Result<usize, CliError> {
    let resource = options.resource.as_deref().map(resource_of).transpose()?;
    let reason = options.reason.clone();
    let done = ledger.run(book.0, actor, None, move |unit| {
        let reason = reason.clone();
        async move {
            let fits = |gap: &Gap| {
                let code = gap
                    .reason
                    .and_then(|reason| serde_json::to_value(reason).ok());
                resource.is_none_or(|resource| resource == gap.resource)
                    && reason
                        .as_ref()
                        .is_none_or(|reason| code == Some(json!(reason)))
            };
            decide_all(unit, book, of, fits).await
        }
        .boxed()
    });
    Ok(done.await.map_err(failed)?.value.unwrap_or_default())
}

fn choices(told: &GapList, options: &AcceptGaps) -> Result<Vec<GapChoice>, CliError> {
    let method = options.method.as_deref().map(method_of).transpose()?;
    let basis = match (&options.act, options.act_date) {
        (Some(number), Some(date)) => Some(ActRef {
            number: Label::new(number.as_str())
                .map_err(|error| CliError::unusable(format!("«{number}»: {error}")))?,
            date,
            document: None,
        }),
        _ => None,
    };
    let meters = options.serials.iter().map(|serial| {
        let found = of_serial(told, serial)?;
        let meters: Vec<MeterId> = found.iter().map(|gap| gap.meter).collect();
        match meters.iter().all(|meter| *meter == meters[0]) {
            true => Ok(meters[0]),
            false => Err(CliError::unusable(format!(
                "приборов с номером «{serial}» несколько"
            ))),
        }
    });
    let choice = |meter: Result<MeterId, CliError>| {
        Ok(GapChoice {
            meter: meter?,
            method,
            basis: basis.clone(),
        })
    };
    meters.map(choice).collect()
}

fn method_of(text: &str) -> Result<ImputationMethod, CliError> {
    let found = serde_json::from_value(json!(text));
    found.map_err(|_| CliError::unusable(format!("способа «{text}» нет: average, norm")))
}

fn list_text(told: &GapList, address: &str) -> String {
    let title = format!(
        "{address}: пробелы, {}, по журналу до № {}; принимает: {}\n",
        told.period.title_ru(),
        told.position,
        policy_ru(told.policy)
    );
    let unfilled: String = told.unfilled.iter().map(unfilled_text).collect();
    if told.gaps.is_empty() && unfilled.is_empty() {
        return format!("{title}Пробелов нет: показания есть по всем приборам.\n");
    }
    if told.gaps.is_empty() {
        return format!("{title}{unfilled}");
    }
    let mut table = Table::new(&[
        ("Пом.", Align::Right),
        ("Ресурс", Align::Left),
        ("Прибор", Align::Left),
        ("Дни", Align::Left),
        ("Почему", Align::Left),
        ("Способ", Align::Left),
        ("Объём", Align::Right),
        ("Плата", Align::Right),
        ("Иначе (разница)", Align::Left),
        ("Состояние", Align::Left),
    ]);
    for gap in &told.gaps {
        let taken = gap.ladder.iter().find(|rung| rung.method == gap.method);
        let others = gap
            .ladder
            .iter()
            .filter(|rung| rung.is_allowed && rung.method != gap.method);
        let others: Vec<String> = others.map(other_text).collect();
        table.row([
            gap.premises
                .as_ref()
                .map_or("дом".to_owned(), Label::to_string),
            gap.resource.title_ru().to_owned(),
            gap.serial.to_string(),
            text::local_days(gap.interval, told.zone),
            gap.reason.map_or("", |reason| reason.title_ru()).to_owned(),
            text::method(gap.method).to_owned(),
            volumes_text(&gap.volumes),
            money(taken.and_then(|rung| rung.charged)),
            others.join("; "),
            state_ru(gap.state).to_owned(),
        ]);
    }
    format!("{title}{}{unfilled}", table.to_text(0))
}

fn unfilled_text(problem: &Problem) -> String {
    format!("Заполнить нечем: {}\n", problem.text)
}

fn other_text(rung: &Rung) -> String {
    let effect = rung
        .effect
        .map_or_else(String::new, |effect| format!(" ({effect})"));
    format!("{}{effect}", text::method(rung.method))
}

fn gap_text(gap: &Gap) -> String {
    let mut out = format!(
        "Прибор {}, {}, {}: {}\n",
        gap.serial,
        gap.resource.title_ru(),
        gap.premises
            .as_ref()
            .map_or("дом".to_owned(), |number| format!("пом. {number}")),
        state_ru(gap.state)
    );
    for (place, rung) in (1..).zip(&gap.ladder) {
        let mark = match (rung.is_default, rung.is_allowed) {
            (true, _) => "по закону",
            (false, true) => "допустим с основанием",
            (false, false) => "недоступен",
        };
        out.push_str(&format!(
            "  {place}. {}: {mark}; {}\n",
            text::method(rung.method),
            rung.why
        ));
        if rung.is_allowed {
            out.push_str(&format!(
                "     объём {}, плата {}\n",
                volumes_text(&rung.volumes),
                money(rung.charged)
            ));
        }
    }
    if let Some(because) = &gap.because {
        out.push_str("Расчёт\n");
        out.push_str(&because.to_text());
    }
    let inputs: Vec<String> = gap.inputs.iter().map(ToString::to_string).collect();
    out.push_str(&format!("Входные события: {}\n", inputs.join(", ")));
    out
}

fn volumes_text(volumes: &[RegisterValue]) -> String {
    let volumes = volumes.iter().map(|one| text::rounded(&one.value));
    volumes.collect::<Vec<_>>().join(" + ")
}

fn money(money: Option<aggregates::quantity::Money>) -> String {
    money.map_or_else(|| "—".to_owned(), |money| money.to_string())
}

fn policy_ru(policy: GapPolicy) -> &'static str {
    match policy {
        GapPolicy::ByLaw => "правило закона",
        GapPolicy::ByPerson => "человек",
    }
}

fn state_ru(state: GapState) -> &'static str {
    match state {
        GapState::ByPolicy => "принято правилом",
        GapState::Undecided => "не решён",
        GapState::Decided { .. } => "решён",
        GapState::Stale { .. } => "решён, но предложение изменилось",
        GapState::Recorded { .. } => "записан при закрытии",
        GapState::Superseded { .. } => "заменён показанием",
    }
}
