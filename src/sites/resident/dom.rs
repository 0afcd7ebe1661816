//! Дом: the balance of the house without neighbours' data, and one's own part of it.

use aggregates::account::bill::{BillLine, ChargePart};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::{Path, Query, State};
use chrono::Utc;
use projections::settlement::HouseBook;
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Viewer;
use crate::bills;
use crate::read_models::overview::{HouseAsked, overview};
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::falls::{Fall, falls, resources};
use crate::sites::front::Signed;
use crate::sites::house::Seen;
use crate::sites::parts::look;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::resident::why::own_period;
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/resident/dom.html", config = ".askama.toml")]
struct DomPage {
    shell: Shell,
    asof: AsOf,
    month: String,
    tabs: Vec<Tab>,
    months: Vec<Tab>,
    falls: Vec<Fall>,
    share: Option<String>,
    progress: Option<String>,
}

struct Tab {
    href: String,
    title: String,
    is_current: bool,
}

/// How the house is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    period: Option<String>,
    resource: Option<Resource>,
    #[serde(default)]
    known_at: String,
}

/// `GET /home/{premises}/house`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let seen = Seen::resolve(ledger, home.book, home.zone, &asked.known_at).await?;
    let house = front.houses.book(home.book, seen.until).await?;
    let period = match &asked.period {
        Some(text) => own_period(&home, text)?,
        None => {
            let known = house
                .closed_through()
                .or(house.opened().map(|(_, last)| last));
            match known {
                Some(period) => period,
                None => Period::of_date(home.today()).map_err(SiteError::internal)?,
            }
        }
    };
    let metered = resources(&house, period);
    let resource = asked
        .resource
        .or(metered.first().copied())
        .unwrap_or(Resource::ColdWater);
    let action = format!("{}/house", home.path());
    let keep = vec![
        ("period", period.to_string()),
        ("resource", resource.code().to_owned()),
    ];
    let asked = (period, resource);
    let told = front.houses.waterfall(home.book, seen.until, asked).await?;
    page(&DomPage {
        asof: AsOf::new(
            ledger,
            (home.book, home.zone),
            &seen,
            (action.clone(), keep),
        )
        .await?,
        month: period.title_ru(),
        tabs: metered
            .iter()
            .map(|one| Tab {
                href: format!(
                    "{action}?period={period}&resource={}{}",
                    one.code(),
                    seen.query('&')
                ),
                title: look(*one).title.to_owned(),
                is_current: *one == resource,
            })
            .collect(),
        months: months(&home, &house, (period, resource), &seen),
        falls: falls(told.as_ref().as_ref()),
        share: share(&front, &home, (period, resource)).await?,
        progress: progress(&front, &signed.viewer, &home).await?,
        shell: Shell::new(&signed, Some(&home), &homes, "house", "Дом"),
    })
}

/// Closed months, newest first.
fn months(
    home: &Home,
    house: &HouseBook,
    (period, resource): (Period, Resource),
    seen: &Seen,
) -> Vec<Tab> {
    let Some(last) = house.closed_through() else {
        return Vec::new();
    };
    let first = house.opened().map_or(last, |(first, _)| first);
    let mut tabs = Vec::new();
    let mut month = last;
    while month >= first && month.last_day() >= home.since && tabs.len() < 13 {
        tabs.push(Tab {
            href: format!(
                "{}/house?period={month}&resource={}{}",
                home.path(),
                resource.code(),
                seen.query('&')
            ),
            title: format!("{} {}", format::month_short(month), month.year()),
            is_current: month == period,
        });
        month = month.previous();
    }
    tabs
}

/// One's own part of what is shared out, by the issued bill.
async fn share(
    front: &Front,
    home: &Home,
    (period, resource): (Period, Resource),
) -> Result<Option<String>, SiteError> {
    let mut lines: Vec<BillLine> = Vec::new();
    for (_, account) in &home.accounts {
        if let Some(found) = home.found_account(*account) {
            let issued = bills::issued(front.ledger(), &found).await?;
            let own = issued.into_iter().filter(|bill| bill.bill.period == period);
            lines.extend(own.flat_map(|bill| bill.bill.lines));
        }
    }
    let is_common = |line: &&BillLine| {
        line.charge.resource == resource
            && line.period == period
            && matches!(
                line.charge.part,
                ChargePart::CommonProperty | ChargePart::CommonNeeds
            )
    };
    let common: Vec<&BillLine> = lines.iter().filter(is_common).collect();
    if common.is_empty() {
        return Ok(None);
    }
    let kopecks = common.iter().map(|line| line.amount.kopecks()).sum();
    let volume = common.iter().find_map(|line| line.volume);
    let amount = aggregates::quantity::Money::from_kopecks(kopecks);
    Ok(Some(match volume {
        Some(volume) => format!("{} — {amount}", format::measure(&volume)),
        None => amount.to_string(),
    }))
}

/// How many flats have sent readings: for the senior, counts only.
async fn progress(
    front: &Front,
    viewer: &Viewer,
    home: &Home,
) -> Result<Option<String>, SiteError> {
    if !viewer.is_senior_of(home.book) {
        return Ok(None);
    }
    let asked = HouseAsked {
        book: home.book.0,
        today: home.zone.local_date(Utc::now()),
        resources: None,
    };
    let told = overview(front.ledger(), &[asked]).await?;
    Ok(told.first().map(|(_, house)| {
        format!(
            "Передано {} из {} показаний ({}){}",
            format::count(house.read),
            format::count(house.individual),
            format::percent(house.read, house.individual),
            house.open.map_or_else(String::new, |open| format!(
                " за {}",
                text::capital(&open.title_ru())
            ))
        )
    }))
}
