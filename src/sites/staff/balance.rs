//! Баланс: the waterfall of a month with its causes, and what changed in it since a record.

use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::balance::PointName;
use projections::difference::HouseDifference;
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::figures;
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::falls::{Fall, falls, resources};
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format, words};

#[derive(Template)]
#[template(path = "sites/staff/balance.html", config = ".askama.toml")]
struct BalancePage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    months: Vec<Tab>,
    tabs: Vec<Tab>,
    falls: Vec<Fall>,
    path: String,
    period: String,
    resource: &'static str,
    since: Option<Since>,
    closed_at: Option<String>,
}

/// What changed since an earlier record.
struct Since {
    from: String,
    scopes: Vec<Changed>,
}

struct Changed {
    title: String,
    summary: String,
    rows: Vec<[String; 6]>,
}

/// How the balance is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    period: Option<String>,
    resource: Option<Resource>,
    #[serde(default)]
    known_at: String,
    since: Option<i64>,
}

/// `GET /houses/{book}/balance`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let place = (book, Right::SeeBalance);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let state = house.state(&front).await?;
    let period = match (&query.period, state.closed_through()) {
        (None, Some(closed)) => closed,
        _ => house.period(&state, query.period.as_deref())?,
    };
    let seen = resources(&state, period);
    let seen: Vec<Resource> = seen
        .into_iter()
        .filter(|one| house.permit.resources().include(*one))
        .collect();
    let resource = match query.resource {
        Some(resource) => house.resource(Some(resource))?,
        None => seen.first().copied().unwrap_or(house.resource(None)?),
    };
    let link = |month, one: Resource| {
        format!(
            "{}/balance?period={month}&resource={}{}",
            house.path,
            one.code(),
            house.seen.query('&')
        )
    };
    let since = match query.since {
        Some(from) if from <= house.seen.until => {
            let asked = (period, resource);
            let until = (from, house.seen.until);
            let told = figures::difference(front.ledger(), house.book(), asked, until).await?;
            Some(since(from, &told))
        }
        Some(_) => {
            let why = "сравнивать можно только с более ранней записью".to_owned();
            return Err(SiteError::BadRequest(why));
        }
        None => None,
    };
    let keep = vec![
        ("period", period.to_string()),
        ("resource", resource.code().to_owned()),
    ];
    let asked = (period, resource);
    let told = front
        .houses
        .waterfall(house.book(), house.seen.until, asked)
        .await?;
    page(&BalancePage {
        months: house.months(&state, period, |month| link(month, resource)),
        tabs: seen
            .iter()
            .map(|one| Tab {
                href: link(period, *one),
                title: look(*one).short.to_owned(),
                is_current: *one == resource,
            })
            .collect(),
        falls: falls(told.as_ref().as_ref()),
        path: house.path.clone(),
        period: period.to_string(),
        resource: resource.code(),
        since,
        closed_at: state
            .computed_at(period)
            .map(|position| position.to_string()),
        asof: house.asof(&front, "/balance", keep).await?,
        head: house.head(&signed, "balance"),
        shell: Shell::new(&signed, "balance", "Баланс"),
    })
}

fn since(from: i64, told: &HouseDifference) -> Since {
    let scope = |scope: &projections::difference::ScopeDifference| Changed {
        title: super::scope_title(scope.name.as_str()),
        summary: match &scope.difference.0 {
            Some(change) => format!(
                "Общедомовая часть изменилась на {}: {}.",
                format::signed(change),
                format::counted(
                    u64::try_from(scope.changes.len()).unwrap_or_default(),
                    ["событие", "события", "событий"]
                )
            ),
            None => "С тех пор ничего не изменилось.".to_owned(),
        },
        rows: scope
            .changes
            .iter()
            .map(|change| {
                let volume = |volume: &Option<projections::volume::Volume>| {
                    volume
                        .as_ref()
                        .map_or_else(|| "—".to_owned(), text::volume_cell)
                };
                [
                    format!("№\u{a0}{}", change.event.position),
                    words::title(change.name).to_owned(),
                    point(&change.point),
                    volume(&change.before),
                    volume(&change.after),
                    change
                        .effect
                        .0
                        .as_ref()
                        .map_or_else(|| "—".to_owned(), format::signed),
                ]
            })
            .collect(),
    };
    Since {
        from: format::count(from),
        scopes: told.scopes.iter().map(scope).collect(),
    }
}

fn point(name: &PointName) -> String {
    let label = name
        .label
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    match &name.premises {
        Some(premises) => format!("пом. {premises}, {label}"),
        None => label,
    }
}
