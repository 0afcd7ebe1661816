//! Опрос: the devices of a house, how well they are polled by day, the last sessions; and a device
//! polled now, paused, resumed.

use std::collections::BTreeMap;

use aggregates::ids::BookId;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::access::policy::Right;
use crate::collector::registry::{DayOfPolls, DeviceView, Registry, Session};
use crate::sites::answer::{Answer, page, see};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::staff::house::{Head, HousePage};
use crate::sites::staff::shell::Shell;
use crate::sites::taking::{Fields, field};
use crate::sites::{Front, format};

/// Days of the quality map.
const DAYS: u64 = 14;
/// Sessions of the page.
const SESSIONS: i64 = 40;
/// From which share of polls that gave values a day is good, and from which it is passable, in
/// percent.
const GOOD_PERCENT: i64 = 95;
const PASSABLE_PERCENT: i64 = 50;

#[derive(Template)]
#[template(path = "sites/staff/lines.html", config = ".askama.toml")]
struct LinesPage {
    shell: Shell,
    head: Head,
    path: String,
    may_run: bool,
    days: Vec<String>,
    rows: Vec<Row>,
    sessions: Vec<SessionRow>,
}

/// A device with its days.
struct Row {
    id: Uuid,
    paused: bool,
    line: String,
    device: String,
    serial: String,
    meters: String,
    state: &'static str,
    read: String,
    drift: String,
    stranger: Option<String>,
    cells: Vec<Cell>,
}

/// A day of a device.
struct Cell {
    class: &'static str,
    text: String,
    title: String,
}

struct SessionRow {
    at: String,
    device: String,
    took: String,
    result: String,
    frames: String,
}

/// `GET /houses/{book}/lines`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::SeeMeters), "").await?;
    let registry = Registry::new(front.ledger().pool().clone());
    // A permit to some resources shows the devices of their meters only.
    let mut devices = registry.devices_of_book(house.book()).await?;
    let resources = house.permit.resources();
    devices.retain(|device| {
        let cards = device
            .meters
            .iter()
            .filter_map(|id| house.directory.meter(*id));
        cards
            .into_iter()
            .any(|card| resources.include(card.resource))
    });
    let ids: Vec<Uuid> = devices.iter().map(|device| device.id).collect();
    let days = days_until(house.today());
    let since = days.first().copied().unwrap_or_else(|| house.today());
    let zone = house.zone().tz().name();
    let polled = registry.days(&ids, zone, since).await?;
    let polled: BTreeMap<(Uuid, NaiveDate), DayOfPolls> = polled
        .into_iter()
        .map(|day| ((day.device, day.day), day))
        .collect();
    let sessions = registry.sessions(&ids, SESSIONS).await?;
    let names: BTreeMap<Uuid, String> = devices
        .iter()
        .map(|device| (device.id, name(device)))
        .collect();
    page(&LinesPage {
        rows: devices
            .iter()
            .map(|device| row(&house, device, &days, &polled))
            .collect(),
        sessions: sessions
            .iter()
            .map(|session| session_row(&house, session, &names))
            .collect(),
        days: days
            .iter()
            .map(|day| day.format("%d.%m").to_string())
            .collect(),
        may_run: signed.viewer.house(house.book(), Right::RunLines).is_ok(),
        path: house.path.clone(),
        head: house.head(&signed, "lines"),
        shell: Shell::new(&signed, "meters", "Опрос приборов"),
    })
}

/// `POST /houses/{book}/lines`: what is done by a collector shows when it has been done.
pub(super) async fn act(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Answer {
    let permit = signed.viewer.house(BookId(book), Right::RunLines)?;
    let unknown = || SiteError::BadRequest("такого прибора или действия нет".to_owned());
    let device: Uuid = field(&fields, "device").parse().map_err(|_| unknown())?;
    let registry = Registry::new(front.ledger().pool().clone());
    let found = match field(&fields, "action") {
        "now" => registry.poll_now(permit.book(), device).await?,
        "pause" => registry.pause_device(permit.book(), device, true).await?,
        "resume" => registry.pause_device(permit.book(), device, false).await?,
        _ => return Err(unknown()),
    };
    match found {
        true => see(&format!("/houses/{book}/lines")),
        false => Err(SiteError::NotFound),
    }
}

fn days_until(today: NaiveDate) -> Vec<NaiveDate> {
    let day = |back| today.checked_sub_days(Days::new(back));
    (0..DAYS).rev().filter_map(day).collect()
}

fn name(device: &DeviceView) -> String {
    format!("{}, адрес {}", device.profile, device.unit)
}

fn row(
    house: &HousePage,
    device: &DeviceView,
    days: &[NaiveDate],
    polled: &BTreeMap<(Uuid, NaiveDate), DayOfPolls>,
) -> Row {
    let serials = device
        .meters
        .iter()
        .filter_map(|id| house.directory.meter(*id));
    let serials: Vec<String> = serials.map(|card| format!("№ {}", card.serial)).collect();
    let moment = |at| format::moment(at, house.zone(), house.today());
    Row {
        id: device.id,
        paused: device.paused,
        line: device.line.clone(),
        device: name(device),
        serial: device
            .serial
            .clone()
            .unwrap_or_else(|| "не сообщает".to_owned()),
        meters: serials.join(", "),
        state: state(device),
        read: device.read_at.map_or_else(|| "ни разу".to_owned(), moment),
        drift: device
            .drift_s
            .map_or_else(String::new, |drift| format!("{drift:+} с")),
        stranger: device.stranger.clone(),
        cells: days
            .iter()
            .map(|day| cell(*day, polled.get(&(device.id, *day))))
            .collect(),
    }
}

fn state(device: &DeviceView) -> &'static str {
    match (&device.stranger, device.paused, device.failures) {
        (Some(_), ..) => "другой прибор",
        (_, true, _) => "приостановлен",
        (.., 0) => "исправен",
        (.., 1 | 2) => "под сомнением",
        _ => "не отвечает",
    }
}

/// A day without polls has no share: nothing was scheduled, or no collector ran.
fn cell(day: NaiveDate, polled: Option<&DayOfPolls>) -> Cell {
    let shown = day.format("%d.%m");
    let Some(polled) = polled else {
        return Cell {
            class: "",
            text: "—".to_owned(),
            title: format!("{shown}: опросов не было"),
        };
    };
    let percent = 100 * polled.ok / polled.polls.max(1);
    let cause = polled.cause.as_deref().map(|cause| format!("; {cause}"));
    Cell {
        class: match percent {
            GOOD_PERCENT.. => "ek-tag--ok",
            PASSABLE_PERCENT.. => "ek-tag--warn",
            _ => "ek-tag--bad",
        },
        text: format!("{percent}"),
        title: format!(
            "{shown}: {} из {} опросов{}",
            polled.ok,
            polled.polls,
            cause.unwrap_or_default()
        ),
    }
}

fn session_row(house: &HousePage, session: &Session, names: &BTreeMap<Uuid, String>) -> SessionRow {
    SessionRow {
        at: format::moment(session.started_at, house.zone(), house.today()),
        device: names.get(&session.device).cloned().unwrap_or_default(),
        took: format!("{} мс", session.took_ms),
        result: match &session.cause {
            Some(cause) => format!("{cause} (попыток: {})", session.attempts),
            None => format!("прочитано значений: {}", session.told),
        },
        frames: frames(session),
    }
}

/// Frames of a poll that failed: → sent, ← received.
fn frames(session: &Session) -> String {
    let attempts = session.frames.iter().zip(1..).map(|(exchanges, number)| {
        let lines = exchanges
            .iter()
            .map(|(sent, received, ms)| format!("→ {sent}\n← {received} ({ms} мс)"));
        let lines: Vec<String> = lines.collect();
        format!("попытка {number}\n{}", lines.join("\n"))
    });
    attempts.collect::<Vec<String>>().join("\n")
}
