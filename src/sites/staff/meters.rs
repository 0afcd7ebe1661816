//! Приборы of a house: as the lists stand now, with filters.

use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use projections::meter_cards::MeterState;
use projections::text;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::read_models::meters::query::{MetersAsked, meters};
use crate::read_models::query::PageAsked;
use crate::sites::answer::{Answer, page};
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format};

/// More meters than a house has.
const ALL: u16 = 10_000;
/// Rows of a page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "sites/staff/meters.html", config = ".askama.toml")]
struct MetersPage {
    shell: Shell,
    head: Head,
    tabs: Vec<Tab>,
    states: Vec<Tab>,
    rows: Vec<Row>,
    shown: String,
    next: Option<String>,
    query: Asked,
    path: String,
}

struct Row {
    href: String,
    number: String,
    label: String,
    resource: &'static str,
    serial: String,
    value: String,
    taken: String,
    verified: String,
    band: &'static str,
    state: &'static str,
}

/// How the list is asked for.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    resource: Option<Resource>,
    state: Option<MeterState>,
    /// `expired`, `ending`.
    #[serde(default)]
    verification: String,
    /// Number of the flat or of the meter.
    #[serde(default)]
    q: String,
    #[serde(default)]
    from: usize,
}

/// `GET /houses/{book}/meters`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::SeeMeters), "").await?;
    let asked = MetersAsked {
        resource: query.resource.map(Resource::code),
        state: query.state,
    };
    let all = PageAsked {
        after: None,
        limit: ALL,
    };
    let listed = meters(front.ledger(), book, &asked, all).await?;
    let total = listed.rows.len();
    let mut rows: Vec<Row> = listed
        .rows
        .iter()
        .filter_map(|card| row(&house, card))
        .filter(|row| fits(row, &query))
        .collect();
    rows.sort_by_cached_key(|row| (text::natural(&row.number), row.resource, row.serial.clone()));
    let found = rows.len();
    let rows: Vec<Row> = rows.into_iter().skip(query.from).take(PAGE).collect();
    let next = query.from + rows.len();
    let with = |more: String| format!("{}/meters?{more}", house.path);
    page(&MetersPage {
        tabs: tabs(&house, query.resource),
        states: bands(&house, &query),
        shown: format!(
            "показано {}–{} из {} (всего {})",
            (query.from + 1).min(found),
            next,
            found,
            total
        ),
        next: (next < found).then(|| with(format!("{}&from={next}", kept(&query)))),
        rows,
        path: house.path.clone(),
        head: house.head(&signed, "meters"),
        shell: Shell::new(&signed, "meters", "Приборы"),
        query,
    })
}

fn kept(query: &Asked) -> String {
    let mut kept = format!("verification={}&q={}", query.verification, query.q);
    if let Some(resource) = query.resource {
        kept.push_str(&format!("&resource={}", resource.code()));
    }
    kept
}

fn tabs(house: &HousePage, current: Option<Resource>) -> Vec<Tab> {
    let mut tabs = vec![Tab {
        href: format!("{}/meters", house.path),
        title: "Все".to_owned(),
        is_current: current.is_none(),
    }];
    tabs.extend(house.resources().into_iter().map(|resource| Tab {
        href: format!("{}/meters?resource={}", house.path, resource.code()),
        title: look(resource).short.to_owned(),
        is_current: current == Some(resource),
    }));
    tabs
}

fn bands(house: &HousePage, query: &Asked) -> Vec<Tab> {
    let resource = query.resource.map_or_else(String::new, |resource| {
        format!("&resource={}", resource.code())
    });
    [
        ("", "любая"),
        ("expired", "истекла"),
        ("ending", "до 90 дней"),
    ]
    .into_iter()
    .map(|(code, title)| Tab {
        href: format!("{}/meters?verification={code}{resource}", house.path),
        title: title.to_owned(),
        is_current: query.verification == code,
    })
    .collect()
}

fn fits(row: &Row, query: &Asked) -> bool {
    let band = match query.verification.as_str() {
        "expired" => row.band == "ek-tag--bad",
        "ending" => row.band == "ek-tag--warn",
        _ => true,
    };
    let words = query.q.trim();
    band && (words.is_empty() || row.number == words || row.serial.contains(words))
}

fn row(house: &HousePage, card: &Value) -> Option<Row> {
    let text_at = |path: &str| {
        card.pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let resource = Resource::from_code(text_at("/resource"))?;
    if !house.permit.resources().include(resource) {
        return None;
    }
    let verified: Option<NaiveDate> = text_at("/verified_until").parse().ok();
    let left = verified.map(|until| (until - house.today()).num_days());
    let values = card
        .pointer("/last_reading/values")
        .and_then(Value::as_array);
    let values = values.into_iter().flatten().filter_map(|value| {
        let number = value.pointer("/value/value")?.as_str()?;
        Some(number.replace('.', ","))
    });
    let taken = text_at("/last_reading/taken_at").parse().ok();
    Some(Row {
        href: format!("{}/meters/{}", house.path, text_at("/meter")),
        number: match text_at("/place/number") {
            "" => "дом".to_owned(),
            number => number.to_owned(),
        },
        label: text::capital(text_at("/place/label")),
        resource: look(resource).title,
        serial: text_at("/serial").to_owned(),
        value: values.collect::<Vec<_>>().join(" / "),
        taken: taken.map_or_else(
            || "не снималось".to_owned(),
            |taken| format::moment(taken, house.zone(), house.today()),
        ),
        verified: verified.map_or_else(|| "не записана".to_owned(), text::day),
        band: match left {
            Some(..0) => "ek-tag--bad",
            Some(0..90) => "ek-tag--warn",
            Some(_) => "ek-tag--ok",
            None => "",
        },
        state: match text_at("/state") {
            "installed" => "стоит",
            "failed" => "неисправен",
            "removed" => "снят",
            "registered" => "не установлен",
            _ => "в другом журнале",
        },
    })
}
