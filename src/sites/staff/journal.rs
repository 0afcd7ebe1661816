//! Журнал of a house: every record with who wrote it and its hash, filtered and followed.

use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::figures::{self, JournalAsked, JournalEntry};
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::front::Signed;
use crate::sites::parts::Badge;
use crate::sites::staff::house::{Head, HousePage};
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format, words};

/// Records of a page.
const PAGE: u16 = 100;

#[derive(Template)]
#[template(path = "sites/staff/journal.html", config = ".askama.toml")]
struct JournalPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    path: String,
    kinds: Vec<Kind>,
    stream: Option<String>,
    rows: Vec<Row>,
    older: Option<String>,
    known_at: String,
}

struct Kind {
    name: &'static str,
    title: &'static str,
    is_current: bool,
}

struct Row {
    position: i64,
    recorded: String,
    effective: String,
    title: String,
    detail: String,
    badge: Option<Badge>,
    place: String,
    stream: String,
    actor: String,
    leaf: String,
    json: String,
    name: String,
}

/// How the journal is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    known_at: String,
    #[serde(default)]
    kind: String,
    stream: Option<Uuid>,
    before: Option<i64>,
}

/// `GET /houses/{book}/journal`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let place = (book, Right::SeeJournal);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let until = house.seen.until;
    let kind = words::kinds().find(|(name, _)| *name == query.kind);
    let question = JournalAsked {
        until: query.before.map_or(until, |before| (before - 1).min(until)),
        streams: query.stream.into_iter().collect(),
        event_types: kind.iter().map(|(name, _)| (*name).to_owned()).collect(),
        but_aggregates: Vec::new(),
        limit: PAGE,
    };
    let told = figures::journal(front.ledger(), house.book(), &question).await?;
    let last = told.last().map(|entry| entry.row.position);
    let is_full = told.len() == usize::from(PAGE);
    let stream = query
        .stream
        .map_or_else(String::new, |stream| format!("&stream={stream}"));
    let moment = house.seen.query('&');
    let path = house.path.clone();
    page(&JournalPage {
        rows: told.iter().map(|entry| row(&house, entry)).collect(),
        older: last.filter(|last| is_full && *last > 1).map(|last| {
            format!(
                "{path}/journal?before={last}&kind={}{stream}{moment}",
                query.kind
            )
        }),
        kinds: words::kinds()
            .map(|(name, title)| Kind {
                name,
                title,
                is_current: name == query.kind,
            })
            .collect(),
        stream: query.stream.map(|stream| stream.to_string()),
        known_at: house.seen.asked.clone(),
        path,
        asof: house.asof(&front, "/journal", Vec::new()).await?,
        head: house.head(&signed, "journal"),
        shell: Shell::new(&signed, "journal", "Журнал"),
    })
}

fn row(house: &HousePage, entry: &JournalEntry) -> Row {
    let row = &entry.row;
    let detail = match &entry.event {
        Some(event) => words::detail(event),
        None => "содержание уничтожено по закону".to_owned(),
    };
    let meter = aggregates::ids::MeterId(row.aggregate_id);
    let place = house.directory.meter(meter).map(|card| {
        let premises = house.directory.premises_of_meter(meter);
        let premises = premises.and_then(|id| house.directory.premises(id));
        let number = premises.map(|card| house.directory.full_number(card));
        let number = number.map_or_else(|| "дом".to_owned(), |number| format!("кв. {number}"));
        format!("{number}, прибор № {}", card.serial)
    });
    Row {
        position: row.position,
        recorded: format::moment(row.recorded_at, house.zone(), house.today()),
        effective: format::moment(row.effective_at, house.zone(), house.today()),
        title: words::title(&row.event_type).to_owned(),
        detail,
        badge: entry.event.as_ref().and_then(words::badge),
        place: place.unwrap_or_default(),
        stream: row.aggregate_id.to_string(),
        actor: entry.actor.clone(),
        leaf: entry.leaf_hash.clone(),
        json: row.payload.clone(),
        name: format!(
            "{}/{}/{}",
            row.aggregate_type, row.aggregate_id, row.sequence
        ),
    }
}
