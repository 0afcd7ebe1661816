//! Smart without smart meters: the month as it goes, last year, and similar flats of the house.

use aggregates::quantity::{Measure, Money};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::State;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bills;
use crate::read_models::consumption::query::consumption;
use crate::read_models::query::PageAsked;
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::{Front, format};

/// Below so many flats nobody is compared: a neighbour could be told.
const FLATS_MIN: usize = 10;
/// More points than a house has.
const ALL: u16 = 10_000;

#[derive(Template)]
#[template(path = "sites/resident/smart.html", config = ".askama.toml")]
struct SmartPage {
    shell: Shell,
    sums: Vec<(String, String, String)>,
    month: String,
    rows: Vec<Row>,
}

/// One's own month beside that of similar flats.
struct Row {
    title: &'static str,
    own: String,
    median: String,
    flats: String,
    own_width: String,
    median_width: String,
    bar: &'static str,
}

/// `GET /smart`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let homes = Home::all(&front, &signed).await?;
    let mut shell = Shell::new(&signed, None, &homes, "", "Smart");
    shell.section = "smart";
    let Some(home) = homes.first() else {
        return page(&SmartPage {
            shell,
            sums: Vec::new(),
            month: String::new(),
            rows: Vec::new(),
        });
    };
    let house = front.houses.book(home.book, home.head).await?;
    let closed = house.closed_through();
    let mut rows = Vec::new();
    if let Some(period) = closed.filter(|period| period.last_day() >= home.since) {
        for resource in [
            Resource::ColdWater,
            Resource::HotWater,
            Resource::Electricity,
        ] {
            rows.extend(compared(&front, home, (period, resource)).await?);
        }
    }
    page(&SmartPage {
        shell,
        sums: sums(&front, home, closed).await?,
        month: closed.map_or_else(String::new, Period::title_ru),
        rows,
    })
}

/// The open month as it would be billed now, the last bill, that of a year ago.
async fn sums(
    front: &Front,
    home: &Home,
    closed: Option<Period>,
) -> Result<Vec<(String, String, String)>, SiteError> {
    let account = home.accounts.first().map(|(_, account)| *account);
    let (Some(closed), Some(account)) = (closed, account) else {
        return Ok(Vec::new());
    };
    let found = home.found_account(account).ok_or(SiteError::NotFound)?;
    let open = closed.next();
    let mut sums = Vec::new();
    let closing = front.houses.closing(home.book, home.head, open).await?;
    let own = closing.bills.iter().find(|bill| bill.account == account);
    if let Some(bill) = own {
        sums.push((
            format!("{}, если закрыть сейчас", open.title_ru()),
            bill.total.to_string(),
            "показания ещё придут и изменят сумму".to_owned(),
        ));
    }
    let issued = bills::issued(front.ledger(), &found).await?;
    let total = |period: Period| -> Option<Money> {
        let own = issued.iter().filter(|bill| bill.bill.period == period);
        own.map(|bill| bill.bill.total).next()
    };
    for (period, note) in [
        (closed, "последний счёт"),
        (open.plus_months(-12), "год назад"),
    ] {
        if period.last_day() >= home.since
            && let Some(total) = total(period)
        {
            sums.push((period.title_ru(), total.to_string(), note.to_owned()));
        }
    }
    Ok(sums)
}

/// One's own volume of a month and the median of the flats of the house.
async fn compared(
    front: &Front,
    home: &Home,
    (period, resource): (Period, Resource),
) -> Result<Option<Row>, SiteError> {
    let asked = PageAsked {
        after: None,
        limit: ALL,
    };
    let of = (period, Some(resource.code()));
    let listed = consumption(front.ledger(), home.book.0, of, asked).await?;
    let mut flats: Vec<Decimal> = listed.rows.iter().filter_map(volume).collect();
    let house = front.houses.book(home.book, home.head).await?;
    let own = home
        .points()
        .into_iter()
        .filter(|point| {
            let card = home.directory.point(*point);
            card.is_some_and(|card| card.resource == resource)
        })
        .filter_map(|point| {
            let told = house.balance().consumption().of_point(point, period).ok()?;
            told.value.volume.known().copied()
        });
    let Some(own) = crate::sites::parts::sum(own) else {
        return Ok(None);
    };
    if flats.len() < FLATS_MIN {
        return Ok(None);
    }
    flats.sort_unstable();
    let median = flats[flats.len() / 2];
    let most = own.value().max(median).max(Decimal::new(1, 3));
    Ok(Some(Row {
        title: look(resource).title,
        own: format::measure(&own),
        median: format::measure(&Measure::new(median, own.unit())),
        flats: format::counted(
            u64::try_from(flats.len()).unwrap_or_default(),
            ["квартиры", "квартир", "квартир"],
        ),
        own_width: format::width(own.value(), most),
        median_width: format::width(median, most),
        bar: look(resource).bar,
    }))
}

/// The known volume of a flat's point.
fn volume(figure: &Value) -> Option<Decimal> {
    let kind = figure.pointer("/kind").and_then(Value::as_str)?;
    let value = figure
        .pointer("/volume/value/value")
        .and_then(Value::as_str)?;
    (kind == "individual").then(|| value.parse().ok()).flatten()
}
