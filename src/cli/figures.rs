//! `history` and `balance`.

use aggregates::ids::{BookId, MeterId};
use aggregates::time::{Period, ZoneName, instant};
use aggregates::vocabulary::Resource;
use projections::balance::BalanceError;
use projections::settlement::HouseBook;
use projections::waterfall::house_waterfall;
use projections::{balance, difference, meter_history, waterfall};
use serde_json::json;

use crate::cli::arguments::{BalanceArguments, Format, HistoryArguments};
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{say, say_json};
use crate::figures::{self, FigureError, House, find_house, houses, meters_called};
use crate::store::Ledger;
use crate::store::books::Vantage;
use crate::store::error::StoreError;

/// A position or an instant as typed.
pub(crate) fn vantage(text: Option<&str>) -> Result<Vantage, CliError> {
    let Some(text) = text else {
        return Ok(Vantage::Now);
    };
    if let Ok(position) = text.parse::<i64>() {
        return Ok(Vantage::Position(position));
    }
    instant::parse(text).map(Vantage::Instant).map_err(|_| {
        CliError::unusable(format!("«{text}» — не позиция журнала и не момент"))
            .mend("укажите число (позицию) или момент вида 2026-10-24T12:00:00+05:00")
    })
}

pub(crate) async fn history(
    options: HistoryArguments,
    database: &Database,
) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let vantage = vantage(options.view.known_at.as_deref())?;
    let candidates = match &options.house {
        Some(house) => vec![find_house(&ledger, house).await?],
        None => houses(&ledger).await?,
    };
    let (book, zone, meter, until) =
        find_meter(&ledger, &candidates, &options.meter, vantage).await?;
    let history = figures::history(&ledger, book, meter, until).await?;
    match options.view.format {
        Format::Json => say_json(&history),
        Format::Text => say(&meter_history::text::render(&history, zone)),
    }
}

async fn find_meter(
    ledger: &Ledger,
    houses: &[House],
    asked: &str,
    vantage: Vantage,
) -> Result<(BookId, ZoneName, MeterId, i64), CliError> {
    let mut found = Vec::new();
    for house in houses {
        let until = match figures::resolve(ledger, house.book, vantage).await {
            // The position may be of another house's book.
            Err(StoreError::NoSuchPosition { .. }) if houses.len() > 1 => continue,
            until => until?,
        };
        let directory = figures::directory(ledger, house.book, until).await?;
        let Some(zone) = directory.zone() else {
            continue;
        };
        let known = meters_called(&directory, asked);
        let known = known
            .into_iter()
            .filter(|meter| directory.meter(*meter).is_some());
        found.extend(known.map(|meter| (house, zone, meter, until)));
    }
    match found[..] {
        [(house, zone, meter, until)] => Ok((house.book, zone, meter, until)),
        [] => Err(CliError::unusable(format!("прибор «{asked}» не найден"))
            .mend("проверьте заводской номер или UUID; на прошлую дату прибора могло не быть")),
        _ => {
            let places: Vec<String> = found
                .iter()
                .map(|(house, _, meter, _)| format!("{meter} ({})", house.address))
                .collect();
            Err(
                CliError::unusable(format!("приборов с номером «{asked}» несколько"))
                    .mend(format!("укажите UUID: {}", places.join("; "))),
            )
        }
    }
}

pub(crate) async fn balance(
    options: BalanceArguments,
    database: &Database,
) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let period = period(options.period.as_deref().unwrap_or_default())?;
    let house = find_house(&ledger, options.house.as_deref().unwrap_or_default()).await?;
    let until = vantage(options.view.known_at.as_deref())?;
    let until = figures::resolve(&ledger, house.book, until).await?;
    let since = match options.since.as_deref() {
        None => None,
        Some(text) => Some(figures::resolve(&ledger, house.book, vantage(Some(text))?).await?),
    };
    let resources = match options.resource.as_deref() {
        None => Resource::ALL.to_vec(),
        Some(code) => vec![resource(code)?],
    };
    let asked = Asked {
        house,
        period,
        until,
        since,
        explain: options.explain,
    };
    let answers = asked.answers(&ledger, &resources).await?;
    if answers.is_empty() {
        return Err(
            CliError::new(format!("для периода {period} у дома нет ни одного баланса"))
                .mend("задайте состав баланса в файле дома, раздел scopes"),
        );
    }
    match options.view.format {
        Format::Json => say_json(
            &answers
                .iter()
                .map(|answer| &answer.json)
                .collect::<Vec<_>>(),
        ),
        Format::Text => say(&asked.text(&answers)),
    }
}

/// A settlement period as typed.
pub(crate) fn period(text: &str) -> Result<Period, CliError> {
    text.parse().map_err(|error| {
        CliError::unusable(format!("{error}")).mend("укажите год и месяц: 2026-10")
    })
}

pub(crate) fn resource(code: &str) -> Result<Resource, CliError> {
    Resource::from_code(code).ok_or_else(|| {
        let all: Vec<&str> = Resource::ALL.into_iter().map(Resource::code).collect();
        CliError::unusable(format!("нет ресурса «{code}»"))
            .mend(format!("укажите один из: {}", all.join(", ")))
    })
}

struct Asked {
    house: House,
    period: Period,
    until: i64,
    since: Option<i64>,
    explain: bool,
}

struct Answer {
    json: serde_json::Value,
    text: String,
}

impl Asked {
    async fn answers(
        &self,
        ledger: &Ledger,
        resources: &[Resource],
    ) -> Result<Vec<Answer>, CliError> {
        let directory = figures::directory(ledger, self.house.book, self.until).await?;
        let zone = directory
            .zone()
            .ok_or_else(|| CliError::new("на эту позицию журнала дом ещё не зарегистрирован"))?;
        let book = figures::house_book(ledger, self.house.book, self.until).await?;
        let mut answers = Vec::new();
        for resource in resources {
            match self.answer(ledger, &book, *resource, zone).await {
                Ok(answer) => answers.push(answer),
                // Asked for all resources, those without a balance are passed over.
                Err(FigureError::Balance(BalanceError::NoScope { .. })) if resources.len() > 1 => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(answers)
    }

    async fn answer(
        &self,
        ledger: &Ledger,
        house: &HouseBook,
        resource: Resource,
        zone: ZoneName,
    ) -> Result<Answer, FigureError> {
        let (book, period) = (self.house.book, self.period);
        let told = figures::balance(ledger, book, period, resource, self.until).await?;
        let mut text = balance::text::render(&told.value, zone);
        let mut json = json!({ "balance": told.value });
        let fallen = house_waterfall(house, period, resource)?;
        text.push_str(&waterfall::text::render(&fallen));
        json["waterfall"] = json!(fallen);
        if self.explain {
            text.push_str("\nПочему такие цифры\n");
            text.push_str(&told.because.to_text());
            json["because"] = json!(told.because);
        }
        if let Some(since) = self.since {
            let vantages = (since, self.until);
            let changed = figures::difference(ledger, book, (period, resource), vantages).await?;
            text.push('\n');
            text.push_str(&difference::text::render(&changed, zone));
            json["difference"] = json!(changed);
        }
        Ok(Answer { json, text })
    }

    fn text(&self, answers: &[Answer]) -> String {
        let mut text = format!("{}\n", self.house.address);
        for answer in answers {
            text.push('\n');
            text.push_str(&answer.text);
        }
        text
    }
}
