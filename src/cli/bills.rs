//! `bill` and `why`.

use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use projections::bills::foreign::{BillCheck, Side};
use projections::bills::{BillView, document, text};
use projections::explanation::Explained;
use projections::settlement::ExplainedLine;
use projections::text::{Align, Table};
use serde_json::json;

use crate::bills::{self, Asked, Reasons};
use crate::cli::arguments::{BillArguments, BillFormat, CheckBillArguments, Format, WhyArguments};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::figures::{period, vantage};
use crate::cli::output::{say, say_json};
use crate::figures::{self, FoundAccount, find_account, find_house, houses};
use crate::import;
use crate::store::Ledger;

/// Compares a received bill with ours. Exit code 3 where they differ or a row cannot be read.
pub(crate) async fn check_bill(
    options: &CheckBillArguments,
    database: &Database,
) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let period = period(&options.period)?;
    let found = account(&ledger, options.house.as_deref(), &options.account).await?;
    let (received, refused) =
        import::bill::read(&options.file).map_err(|error| CliError::unusable(error.to_string()))?;
    let asked = Asked {
        period,
        until: figures::resolve(&ledger, found.house.book, vantage(None)?).await?,
        recomputed: false,
    };
    let told = bills::check_received(&ledger, &found, asked, &received).await?;
    match options.format {
        Format::Json => say_json(&json!({ "check": told, "refused": refused }))?,
        Format::Text => say(&check_text(&told, &refused))?,
    }
    Ok(match told.differences.is_empty() && refused.is_empty() {
        true => 0,
        false => SOME_REFUSED,
    })
}

fn check_text(told: &BillCheck, refused: &[String]) -> String {
    let mut out = String::new();
    for row in refused {
        out.push_str(&format!("Не прочитано: {row}\n"));
    }
    let mut table = Table::new(&[
        ("Услуга", Align::Left),
        ("По счёту", Align::Right),
        ("У нас", Align::Right),
        ("Разница", Align::Right),
        ("Почему", Align::Left),
    ]);
    let amount = |side: &Option<Side>| {
        let told = side.as_ref().map(|side| side.amount.to_string());
        told.unwrap_or_else(|| "—".to_owned())
    };
    for one in &told.differences {
        let (what, why) = one.text.split_once(": ").unwrap_or((&one.text, ""));
        table.row([
            what.to_owned(),
            amount(&one.theirs),
            amount(&one.ours),
            one.difference.to_string(),
            why.to_owned(),
        ]);
    }
    match told.differences.is_empty() {
        true => out.push_str("Счёт сходится с нашим до копейки.\n"),
        false => out.push_str(&table.to_text(0)),
    }
    out.push_str(&format!(
        "Сходится строк: {}. По счёту {}, у нас {}, разница {}\n",
        told.agreeing, told.theirs, told.ours, told.difference
    ));
    out
}

pub(crate) async fn bill(options: &BillArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let period = period(&options.period)?;
    let found = account(&ledger, options.house.as_deref(), &options.account).await?;
    let known_at = options.known_at.as_deref();
    let asked = Asked {
        period,
        until: figures::resolve(&ledger, found.house.book, vantage(known_at)?).await?,
        recomputed: options.recomputed,
    };
    let view = bills::bill(&ledger, &found, asked).await?;
    let reasons = match options.explain {
        true => Some(bills::reasons(&ledger, &found, &view).await?),
        false => None,
    };
    let document = bills::document(&ledger, &found, &view, asked).await?;
    match options.format {
        BillFormat::Json => say_json(&json!({
            "bill": view,
            "document": document,
            "reasons": reasons,
        })),
        BillFormat::Html => {
            let none =
                || CliError::new("счёта за этот период у лицевого счёта нет: печатать нечего");
            let zone = zone_of(&ledger, &found).await?;
            let page = bills::page(&document.ok_or_else(none)?, zone);
            let page = page.map_err(|error| CliError::failed(&error))?;
            say(&page)
        }
        BillFormat::Text => {
            let zone = zone_of(&ledger, &found).await?;
            let mut out = text::render(&view, zone);
            if let Some(document) = &document {
                out.push_str(&document::text::render(document, zone));
            }
            if let Some(reasons) = reasons {
                out.push_str("\nПочему такие цифры\n");
                out.push_str(&reasons_text(&reasons, None));
            }
            say(&out)
        }
    }
}

pub(super) async fn account(
    ledger: &Ledger,
    house: Option<&str>,
    number: &str,
) -> Result<FoundAccount, CliError> {
    let candidates = match house {
        Some(house) => vec![find_house(ledger, house).await?],
        None => houses(ledger).await?,
    };
    Ok(find_account(ledger, candidates, number).await?)
}

async fn zone_of(ledger: &Ledger, found: &FoundAccount) -> Result<ZoneName, CliError> {
    let house = &found.house;
    let directory = figures::directory(ledger, house.book, house.position).await?;
    directory
        .zone()
        .ok_or_else(|| CliError::new("дом не зарегистрирован"))
}

/// What can be asked about.
enum Figure<'f> {
    /// Lines of a bill: one, or all.
    Lines {
        account: &'f str,
        period: Period,
        line: Option<usize>,
    },
    /// A service of a house.
    Service {
        house: &'f str,
        period: Period,
        resource: Resource,
    },
}

fn figure(asked: &str) -> Result<Figure<'_>, CliError> {
    let refuse = || {
        CliError::unusable(format!("«{asked}» — не цифра, о которой можно спросить"))
            .mend("укажите СЧЁТ/ПЕРИОД, СЧЁТ/ПЕРИОД/СТРОКА или ДОМ/ПЕРИОД/РЕСУРС: 4501/2026-10/2")
    };
    let (rest, last) = asked.rsplit_once('/').ok_or_else(refuse)?;
    if let Ok(period) = last.parse() {
        return Ok(Figure::Lines {
            account: rest,
            period,
            line: None,
        });
    }
    let (name, middle) = rest.rsplit_once('/').ok_or_else(refuse)?;
    let period = period(middle)?;
    if let Ok(line) = last.parse() {
        return Ok(Figure::Lines {
            account: name,
            period,
            line: Some(line),
        });
    }
    let resource = Resource::from_code(last).ok_or_else(refuse)?;
    Ok(Figure::Service {
        house: name,
        period,
        resource,
    })
}

pub(crate) async fn why(options: &WhyArguments, database: &Database) -> Result<(), CliError> {
    let figure = figure(&options.figure)?;
    let ledger = database.ledger().await?;
    let known_at = vantage(options.view.known_at.as_deref())?;
    match figure {
        Figure::Lines {
            account: number,
            period,
            line,
        } => {
            let found = account(&ledger, options.house.as_deref(), number).await?;
            let asked = Asked {
                period,
                until: figures::resolve(&ledger, found.house.book, known_at).await?,
                recomputed: false,
            };
            let view = bills::bill(&ledger, &found, asked).await?;
            let reasons = bills::reasons(&ledger, &found, &view).await?;
            show_lines(&view, &reasons, line, options.view.format)
        }
        Figure::Service {
            house,
            period,
            resource,
        } => {
            let house = find_house(&ledger, house).await?;
            let until = figures::resolve(&ledger, house.book, known_at).await?;
            let service = bills::service(&ledger, house.book, (period, resource), until).await?;
            match options.view.format {
                Format::Json => say_json(&service),
                Format::Text => {
                    let Explained { value, because } = &service;
                    say(&format!(
                        "{}, {}, {}, по журналу до № {}\n{}",
                        house.address,
                        resource.title_ru(),
                        period.title_ru(),
                        value.position,
                        because.to_text()
                    ))
                }
            }
        }
    }
}

fn show_lines(
    view: &BillView,
    reasons: &Reasons,
    line: Option<usize>,
    format: Format,
) -> Result<(), CliError> {
    let count = reasons.lines.len();
    let chosen: &[ExplainedLine] = match line {
        None => &reasons.lines,
        Some(number) => {
            let index = number.checked_sub(1).filter(|index| *index < count);
            let index = index.ok_or_else(|| {
                CliError::unusable(format!("в счёте нет строки {number}"))
                    .mend(format!("строк в счёте: {count}"))
            })?;
            std::slice::from_ref(&reasons.lines[index])
        }
    };
    match format {
        Format::Json => say_json(&json!({
            "computed_at": reasons.computed_at,
            "reproduced": reasons.reproduced,
            "lines": chosen,
        })),
        Format::Text => say(&format!(
            "Лицевой счёт {}, {}\n{}",
            view.number,
            view.period.title_ru(),
            reasons_text(reasons, line)
        )),
    }
}

fn reasons_text(reasons: &Reasons, line: Option<usize>) -> String {
    let mut out = format!("Посчитано по журналу до № {}. ", reasons.computed_at);
    out.push_str(match reasons.reproduced {
        Some(true) => "Пересчёт на этой позиции дал те же суммы, что в выставленном счёте.\n",
        Some(false) => {
            "ВНИМАНИЕ: пересчёт на этой позиции даёт не те суммы, что в выставленном счёте; \
             сообщите разработчикам.\n"
        }
        None => "Счёт ещё не выставлен.\n",
    });
    for (index, explained) in reasons.lines.iter().enumerate() {
        if line.is_none_or(|line| line == index + 1) {
            out.push_str(&text::render_reason(index + 1, explained));
        }
    }
    out
}
