//! What every page of one house begins with, and its first page.

use std::sync::Arc;

use aggregates::ids::BookId;
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::{Path, Query, State};
use chrono::{NaiveDate, Utc};
use projections::directory::fold::Directory;
use projections::settlement::HouseBook;
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::{HousePermit, Right};
use crate::figures;
use crate::read_models::overview::overview as overview_of;
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::Seen;
use crate::sites::staff::shell::{Shell, asked};
use crate::sites::{Front, format};

/// The pages of a house: key, title, rest of the address, right.
const TABS: &[(&str, &str, &str, Right)] = &[
    ("house", "Обзор", "", Right::SeeHouse),
    ("meters", "Приборы", "/meters", Right::SeeMeters),
    ("lines", "Опрос", "/lines", Right::SeeMeters),
    ("readings", "Показания", "/readings", Right::SeeReadings),
    ("entry", "Ввод показаний", "/entry", Right::EnterReadings),
    ("gaps", "Пробелы", "/gaps", Right::SeeGaps),
    ("balance", "Баланс", "/balance", Right::SeeBalance),
    ("closing", "Закрытие", "/closing", Right::SeeClosing),
    ("journal", "Журнал", "/journal", Right::SeeJournal),
];

/// A house in the moment that a page shows.
pub(super) struct HousePage {
    pub(super) permit: HousePermit,
    pub(super) seen: Seen,
    pub(super) directory: Arc<Directory>,
    pub(super) address: String,
    pub(super) path: String,
}

/// What the head of a page shows.
pub(super) struct Head {
    pub(super) address: String,
    pub(super) tabs: Vec<Tab>,
}

/// A link that may be the current one.
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) is_current: bool,
}

impl HousePage {
    /// The house of `book`, if `right` may be used in it.
    pub(super) async fn open(
        front: &Front,
        signed: &Signed,
        (book, right): (Uuid, Right),
        known_at: &str,
    ) -> Result<Self, SiteError> {
        let permit = signed.viewer.house(BookId(book), right)?;
        let seen = Seen::resolve(front.ledger(), permit.book(), permit.zone(), known_at).await?;
        let head = front.ledger().head(book).await?;
        let house = figures::house_of(front.ledger(), &head).await?;
        Ok(Self {
            directory: front.houses.directory(permit.book(), seen.until).await?,
            address: format::street(&house.address),
            path: format!("/houses/{book}"),
            permit,
            seen,
        })
    }

    pub(super) fn book(&self) -> BookId {
        self.permit.book()
    }

    pub(super) fn zone(&self) -> ZoneName {
        self.permit.zone()
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.zone().local_date(Utc::now())
    }

    /// Refuses a write on a page that shows the past.
    pub(super) async fn state(&self, front: &Front) -> Result<Arc<HouseBook>, SiteError> {
        front.houses.book(self.book(), self.seen.until).await
    }

    /// The house as accounts are found in it.
    pub(super) fn place(&self) -> figures::House {
        figures::House {
            book: self.book(),
            address: self.address.clone(),
            fias: None,
            position: self.seen.head,
        }
    }

    /// The head with the tab `current`.
    pub(super) fn head(&self, signed: &Signed, current: &str) -> Head {
        let tabs = TABS
            .iter()
            .filter(|(.., right)| signed.viewer.house(self.book(), *right).is_ok());
        let tab = |(key, title, rest, _): &(&str, &str, &str, Right)| Tab {
            href: format!("{}{rest}", self.path),
            title: (*title).to_owned(),
            is_current: *key == current,
        };
        Head {
            address: self.address.clone(),
            tabs: tabs.map(tab).collect(),
        }
    }

    /// The control of the moment for the page at `rest`.
    pub(super) async fn asof(
        &self,
        front: &Front,
        rest: &str,
        keep: Vec<(&'static str, String)>,
    ) -> Result<AsOf, SiteError> {
        let place = (self.book(), self.zone());
        let action = (format!("{}{rest}", self.path), keep);
        AsOf::new(front.ledger(), place, &self.seen, action).await
    }

    /// The period of a query; the open month where none is asked for.
    pub(super) fn period(
        &self,
        house: &HouseBook,
        asked: Option<&str>,
    ) -> Result<Period, SiteError> {
        match asked.filter(|text| !text.is_empty()) {
            Some(text) => text
                .parse()
                .map_err(|_| SiteError::BadRequest(format!("«{text}» — не месяц ГГГГ-ММ"))),
            None => match house.closed_through().map(Period::next) {
                Some(open) => Ok(open),
                None => match house.opened() {
                    Some((first, _)) => Ok(first),
                    None => Period::of_date(self.today()).map_err(SiteError::internal),
                },
            },
        }
    }

    /// Links to the months of the house, newest first, for the page at `rest`.
    pub(super) fn months(
        &self,
        house: &HouseBook,
        current: Period,
        link: impl Fn(Period) -> String,
    ) -> Vec<Tab> {
        let open = house.closed_through().map_or(current, Period::next);
        let newest = open.max(current);
        let first = house.opened().map_or(current, |(first, _)| first);
        let mut tabs = Vec::new();
        let mut month = newest;
        while month >= first.min(current) && tabs.len() < 14 {
            tabs.push(Tab {
                href: link(month),
                title: format!("{} {}", format::month_short(month), month.year()),
                is_current: month == current,
            });
            month = month.previous();
        }
        tabs
    }

    /// Resources that may be seen and have points in the house.
    pub(super) fn resources(&self) -> Vec<Resource> {
        let has = |resource: &Resource| {
            self.directory
                .points()
                .any(|(_, point)| point.resource == *resource)
        };
        Resource::ALL
            .into_iter()
            .filter(|resource| self.permit.resources().include(*resource) && has(resource))
            .collect()
    }

    /// The resource of a query, if it may be seen; the first one where none is asked for.
    pub(super) fn resource(&self, asked: Option<Resource>) -> Result<Resource, SiteError> {
        match asked {
            None => self.resources().first().copied().ok_or(SiteError::NotFound),
            Some(resource) if self.permit.resources().include(resource) => Ok(resource),
            Some(_) => Err(SiteError::NotFound),
        }
    }
}

/// Only the moment is asked for.
#[derive(Deserialize)]
pub(super) struct MomentAsked {
    #[serde(default)]
    pub(super) known_at: String,
}

#[derive(Template)]
#[template(path = "sites/staff/house.html", config = ".askama.toml")]
struct OverviewPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    facts: Vec<(&'static str, String, String)>,
    closings: Vec<(String, String, String, String)>,
    points: Vec<PointRow>,
    is_past: bool,
}

struct PointRow {
    title: String,
    resource: &'static str,
    serial: String,
    href: String,
}

/// `GET /houses/{book}`
pub(super) async fn overview(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<MomentAsked>,
) -> Answer {
    let place = (book, Right::SeeHouse);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let told = overview_of(front.ledger(), &[asked(&house.permit)]).await?;
    let told = told
        .into_iter()
        .next()
        .map(|(_, told)| told)
        .unwrap_or_default();
    let closings = figures::closings(front.ledger(), house.book()).await?;
    let directory = &house.directory;
    let inputs = directory.points().filter(|(_, point)| {
        point.premises.is_none() && house.permit.resources().include(point.resource)
    });
    let may_meters = signed.viewer.house(house.book(), Right::SeeMeters).is_ok();
    let point = |(_, point): (_, &projections::directory::fold::PointCard)| {
        let meter = point.meter?;
        let card = directory.meter(meter)?;
        Some(PointRow {
            title: text::capital(&point.label),
            resource: crate::sites::parts::look(point.resource).title,
            serial: card.serial.clone(),
            href: match may_meters {
                true => format!("{}/meters/{meter}{}", house.path, house.seen.query('?')),
                false => house.path.clone(),
            },
        })
    };
    page(&OverviewPage {
        facts: vec![
            (
                "Лицевые счета",
                format::count(told.accounts),
                "открытых".to_owned(),
            ),
            (
                "Показания квартир",
                format::percent(told.read, told.individual),
                format!(
                    "{} из {}",
                    format::count(told.read),
                    format::count(told.individual)
                ),
            ),
            (
                "Приборы",
                format::count(told.meters),
                format!("{} неисправны", told.failed),
            ),
            (
                "Поверка истекла",
                format::count(told.expired),
                format!("до 30 дней {}", told.ending[0]),
            ),
            (
                "Открыт",
                told.open.map_or_else(|| "—".to_owned(), Period::title_ru),
                format!("журнал: {} записей", format::count(house.seen.head)),
            ),
        ],
        closings: closings
            .iter()
            .map(|(position, at, period)| {
                let month = period
                    .parse::<Period>()
                    .map_or_else(|_| period.clone(), Period::title_ru);
                (
                    text::capital(&month),
                    format::moment(*at, house.zone(), house.today()),
                    position.to_string(),
                    format!("{}?known_at={position}", house.path),
                )
            })
            .collect(),
        points: inputs.filter_map(point).collect(),
        asof: house.asof(&front, "", Vec::new()).await?,
        is_past: house.seen.is_past(),
        head: house.head(&signed, "house"),
        shell: Shell::new(&signed, "houses", house.address.clone()),
    })
}
