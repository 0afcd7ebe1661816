//! Журнал of the flat in plain Russian, newest first, as of any record.

use askama::Template;
use axum::extract::{Path, Query, State};
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::figures::{self, JournalAsked, JournalEntry};
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::Seen;
use crate::sites::parts::Badge;
use crate::sites::resident::disputes;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::{Front, format, words};

/// Events of one page.
const PAGE: u16 = 60;

#[derive(Template)]
#[template(path = "sites/resident/journal.html", config = ".askama.toml")]
struct JournalPage {
    shell: Shell,
    asof: AsOf,
    entries: Vec<Entry>,
    older: Option<String>,
}

struct Entry {
    day: String,
    clock: String,
    title: String,
    detail: String,
    badge: Option<Badge>,
    place: String,
    who: &'static str,
    is_warning: bool,
}

/// How the journal is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    known_at: String,
    /// Only before this position.
    before: Option<i64>,
}

/// `GET /home/{premises}/journal`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let seen = Seen::resolve(ledger, home.book, home.zone, &asked.known_at).await?;
    let question = JournalAsked {
        until: asked
            .before
            .map_or(seen.until, |before| (before - 1).min(seen.until)),
        streams: streams(&front, &home).await?,
        limit: PAGE,
        ..JournalAsked::default()
    };
    let told = figures::journal(ledger, home.book, &question).await?;
    let own = |entry: &&JournalEntry| entry.row.effective_at.date_naive() >= home.since;
    let last = told.last().map(|entry| entry.row.position);
    let is_full = told.len() == usize::from(PAGE);
    let action = format!("{}/journal", home.path());
    let older = last.filter(|last| is_full && *last > 1);
    page(&JournalPage {
        entries: told
            .iter()
            .filter(own)
            .map(|one| entry(&home, one))
            .collect(),
        older: older.map(|last| format!("{action}?before={last}{}", seen.query('&'))),
        asof: AsOf::new(ledger, (home.book, home.zone), &seen, (action, Vec::new())).await?,
        shell: Shell::new(&signed, Some(&home), &homes, "journal", "Журнал"),
    })
}

/// The streams that speak of the flat: it itself, its accounts, points, meters and disputes.
async fn streams(front: &Front, home: &Home) -> Result<Vec<Uuid>, SiteError> {
    let points = home.points();
    let meters = home.directory.meters();
    let own = meters.filter(|(_, card)| card.point.is_some_and(|point| points.contains(&point)));
    let mut streams = vec![home.premises.0];
    streams.extend(home.accounts.iter().map(|(_, account)| account.0));
    streams.extend(own.map(|(meter, _)| meter.0));
    streams.extend(points.iter().map(|point| point.0));
    let disputes = disputes::own(front, home).await?;
    streams.extend(disputes.iter().map(|card| card.id.0));
    Ok(streams)
}

fn entry(home: &Home, told: &JournalEntry) -> Entry {
    let row = &told.row;
    let what = told.event.as_ref();
    let detail = what.map_or_else(
        || "содержание уничтожено по закону".to_owned(),
        words::detail,
    );
    let meter = home
        .directory
        .meter(aggregates::ids::MeterId(row.aggregate_id))
        .map(|card| {
            format!(
                "{} № {}",
                text::capital(card.resource.title_ru()),
                card.serial
            )
        });
    Entry {
        day: format::day_short(home.zone.local_date(row.effective_at)),
        clock: match row.effective_at.time() == chrono::NaiveTime::MIN {
            // Known by its day only.
            true => home
                .zone
                .local_date(row.effective_at)
                .format("%Y")
                .to_string(),
            false => format::clock(row.effective_at, home.zone),
        },
        title: words::title(&row.event_type).to_owned(),
        detail: match (meter, detail.is_empty()) {
            (Some(meter), true) => meter,
            (Some(meter), false) => format!("{meter}: {detail}"),
            (None, _) => detail,
        },
        badge: what.and_then(words::badge),
        place: format!(
            "записано {} под №\u{a0}{}",
            format::moment(row.recorded_at, home.zone, home.today()),
            row.position
        ),
        who: who(&told.actor),
        is_warning: matches!(
            row.event_type.as_str(),
            "ReadingHeld" | "ReadingRejected" | "ReadingFlagged" | "MeterFailed" | "ValueImputed"
        ),
    }
}

/// Who wrote: never a name.
fn who(actor: &str) -> &'static str {
    match actor.split(':').next().unwrap_or_default() {
        "resident" => "житель",
        "staff" => "сотрудник компании",
        "api" => "программа по API",
        "demo" => "демонстрация",
        _ => "программа",
    }
}
