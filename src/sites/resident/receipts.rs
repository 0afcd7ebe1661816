//! Квитанции о приёме: what the journal answered to each submission, and what can be done with it.

use aggregates::book_event::BookEvent;
use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Proposal, Reading, WithdrawalReason};
use aggregates::time::Period;
use aggregates::vocabulary::ReadingSource;
use askama::Template;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};

use uuid::Uuid;

use crate::figures::{self};
use crate::readings::{Answer as Answered, AnswerStatus, answer_of};
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::{Meter, meters_at};
use crate::sites::parts::Badge;
use crate::sites::resident::home::Home;
use crate::sites::resident::meters::last_bill;
use crate::sites::resident::prices::UnitPrice;
use crate::sites::resident::shell::Shell;
use crate::sites::taking::{field_name, new_key};
use crate::sites::{Front, format, parts, words};
use crate::store::read::Filter;

/// Receipts on one page.
const SHOWN: usize = 60;

#[derive(Template)]
#[template(path = "sites/resident/receipt.html", config = ".askama.toml")]
struct ReceiptPage {
    shell: Shell,
    path: String,
    title: &'static str,
    at: String,
    items: Vec<Item>,
    is_whole: bool,
}

/// One reading of a receipt.
struct Item {
    title: String,
    serial: (String, String),
    value: String,
    badge: Badge,
    status: &'static str,
    tag: &'static str,
    month: Option<String>,
    volume: Option<String>,
    cost: Option<String>,
    messages: Vec<String>,
    ways: Vec<Way>,
    position: u64,
    leaf: String,
    withdraw: Option<(String, u64)>,
    key: String,
}

/// A way out of a reading that waits.
struct Way {
    title: String,
    is_first: bool,
    fields: Vec<(String, String)>,
    key: String,
}

#[derive(Template)]
#[template(path = "sites/resident/receipts.html", config = ".askama.toml")]
struct ReceiptsPage {
    shell: Shell,
    rows: Vec<Row>,
    is_cut: bool,
}

struct Row {
    href: String,
    at: String,
    title: String,
    value: String,
    status: &'static str,
    tag: &'static str,
    month: String,
}

/// An event that took in a reading, with what was answered.
pub(super) struct Taken {
    pub(super) position: u64,
    recorded_at: DateTime<Utc>,
    id: EventId,
    event: MeterEvent,
    reading: Reading,
    answered: Answered,
}

/// `GET /home/{premises}/receipts`
pub(super) async fn list(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let meters = own_meters(&front, &home).await?;
    let mut taken = taken(&front, &home, &meters, (0, home.head)).await?;
    taken.retain(|one| one.reading.taken_at.date_naive() >= home.since);
    taken.reverse();
    let is_cut = taken.len() > SHOWN;
    let row = |one: &Taken| {
        let meter = meter_of(&meters, one);
        Row {
            href: format!("{}/receipts/{}", home.path(), one.position),
            at: format::moment(one.reading.received_at, home.zone, home.today()),
            title: meter.map_or_else(String::new, |meter| meter.label.clone()),
            value: words::values(&one.reading.values),
            status: one.answered.status.title_ru(),
            tag: tag(one.answered.status),
            month: one.reading.period.title_ru(),
        }
    };
    page(&ReceiptsPage {
        rows: taken.iter().take(SHOWN).map(row).collect(),
        is_cut,
        shell: Shell::new(
            &signed,
            Some(&home),
            &homes,
            "receipts",
            "Квитанции о приёме",
        ),
    })
}

/// `GET /home/{premises}/receipts/{position}`: all that the journal took in together with the
/// event at `position`.
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, position)): Path<(Uuid, i64)>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let meters = own_meters(&front, &home).await?;
    let (first, last) = figures::commit_of(front.ledger(), home.book, position)
        .await?
        .ok_or(SiteError::NotFound)?;
    let taken = taken(&front, &home, &meters, (first - 1, last)).await?;
    let Some(first) = taken.first() else {
        return Err(SiteError::NotFound);
    };
    let at = format::moment_long(first.recorded_at, home.zone);
    let mut items = Vec::with_capacity(taken.len());
    for one in &taken {
        if let Some(meter) = meter_of(&meters, one) {
            items.push(item(&front, &home, (meter, one), &taken).await?);
        }
    }
    let is_whole = taken.iter().all(|one| one.answered.status.is_taken());
    page(&ReceiptPage {
        title: match is_whole {
            true => "Показания приняты",
            false => "Показания записаны, нужен ваш ответ",
        },
        is_whole,
        path: home.path(),
        at,
        items,
        shell: Shell::new(
            &signed,
            Some(&home),
            &homes,
            "receipts",
            "Квитанция о приёме",
        ),
    })
}

/// Meters of the home, those taken away too: their receipts stay.
pub(super) async fn own_meters(front: &Front, home: &Home) -> Result<Vec<Meter>, SiteError> {
    meters_at(
        front.ledger(),
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await
}

fn meter_of<'m>(meters: &'m [Meter], taken: &Taken) -> Option<&'m Meter> {
    meters
        .iter()
        .find(|meter| meter.id.0 == taken.id.aggregate_id)
}

/// Readings of one's own meters at positions after the first up to the second.
pub(super) async fn taken(
    front: &Front,
    home: &Home,
    meters: &[Meter],
    (after, until): (i64, i64),
) -> Result<Vec<Taken>, SiteError> {
    if meters.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        aggregate_types: vec!["meter".to_owned()],
        aggregate_ids: meters.iter().map(|meter| meter.id.0).collect(),
        after,
        ..Filter::default()
    };
    let recorded = figures::recorded(front.ledger(), home.book, until, &filter).await?;
    let told = recorded.into_iter().filter_map(|recorded| {
        let id = recorded.event_id();
        let (position, recorded_at) = (recorded.position, recorded.recorded_at);
        let BookEvent::Meter(event) = recorded.event else {
            return None;
        };
        let reading = event.reading()?.clone();
        let answered = answer_of(vec![(id.clone(), event.clone())]).ok()?;
        Some(Taken {
            position,
            recorded_at,
            id,
            event,
            reading,
            answered,
        })
    });
    Ok(told.collect())
}

async fn item(
    front: &Front,
    home: &Home,
    (meter, one): (&Meter, &Taken),
    all: &[Taken],
) -> Result<Item, SiteError> {
    let house = front.houses.book(home.book, home.head).await?;
    let consumption = house.balance().consumption();
    let counts = one.answered.status.is_taken() && is_standing(meter, one);
    let figure = counts.then(|| consumption.of_point(meter.point, one.reading.period).ok());
    let volume = figure
        .flatten()
        .and_then(|told| told.value.volume.known().copied());
    let price = match (&volume, last_bill(front, home).await?) {
        (Some(volume), Some(bill)) => UnitPrice::of(&bill.bill, meter.resource, volume.unit()),
        _ => None,
    };
    let cost = volume.and_then(|volume| price.and_then(|price| price.estimate(&volume)));
    let leaf = figures::leaf_hash(front.ledger(), home.book, one.position).await?;
    Ok(Item {
        title: meter.label.clone(),
        serial: parts::tail(&meter.serial()),
        value: words::values(&one.reading.values),
        badge: Badge::of_source(Some(one.reading.source)),
        status: match is_standing(meter, one) {
            true => one.answered.status.title_ru(),
            false => "отозвано или подтверждено иначе",
        },
        tag: tag(one.answered.status),
        month: Some(one.reading.period.title_ru()),
        volume: volume.map(|volume| format::measure(&volume)),
        cost: cost.map(|cost| format!("около {cost}")),
        messages: one
            .event
            .findings()
            .iter()
            .map(|finding| finding.explain_ru())
            .collect(),
        ways: match is_standing(meter, one) {
            true => ways(one, all),
            false => Vec::new(),
        },
        position: one.position,
        leaf,
        withdraw: (counts && is_ours_to_withdraw(home, &house, one))
            .then(|| (meter.id.to_string(), one.id.sequence)),
        key: new_key(),
    })
}

/// Whether nothing has taken the reading's place since.
fn is_standing(meter: &Meter, one: &Taken) -> bool {
    use projections::meter_history::Fact;
    let entries = meter.history.entries.iter();
    let mut own = entries.filter(|entry| entry.event.sequence == one.id.sequence);
    own.next().is_none_or(|entry| match &entry.fact {
        Fact::Reading(reading) => reading.withdrawn.is_none() && reading.confirmed_by.is_none(),
        _ => true,
    })
}

/// A resident takes back what a resident sent, while its month is open.
fn is_ours_to_withdraw(
    home: &Home,
    house: &projections::settlement::HouseBook,
    one: &Taken,
) -> bool {
    let is_open = |period: Period| house.closed_through().is_none_or(|closed| period > closed);
    one.reading.source == ReadingSource::Resident
        && is_open(one.reading.period)
        && one.reading.taken_at.date_naive() >= home.since
}

/// What can be answered to a reading that waits, the likeliest first.
fn ways(one: &Taken, all: &[Taken]) -> Vec<Way> {
    let meter = MeterId(one.id.aggregate_id);
    let mut ways = Vec::new();
    for proposal in &one.answered.proposals {
        let fields = match proposal {
            Proposal::ConfirmAsSent => choice(one, "as_sent"),
            Proposal::DeclareRollover { .. } => choice(one, "rollover"),
            Proposal::UseValue { register, value } => {
                let mut fields = choice(one, "replace");
                for held in &one.reading.values {
                    let meant = match held.register == *register {
                        true => value.value(),
                        false => held.value.value(),
                    };
                    let name = field_name(meter, held.register.as_str());
                    fields.push((name, parts::field_value(meant)));
                }
                fields
            }
            Proposal::SwapWith { meter: pair } => {
                let pair = all.iter().find(|other| other.id.aggregate_id == pair.0);
                match pair.filter(|pair| pair.answered.status == AnswerStatus::Held) {
                    Some(pair) => swap(one, pair),
                    None => continue,
                }
            }
            Proposal::Withdraw => choice(one, "withdraw"),
            Proposal::RecordReplacement | Proposal::AddRegisters { .. } => continue,
        };
        ways.push(Way {
            title: proposal.explain_ru(),
            is_first: ways.is_empty(),
            fields,
            key: new_key(),
        });
    }
    ways
}

fn choice(one: &Taken, choice: &str) -> Vec<(String, String)> {
    vec![
        ("meter".to_owned(), one.id.aggregate_id.to_string()),
        ("held".to_owned(), one.id.sequence.to_string()),
        ("choice".to_owned(), choice.to_owned()),
    ]
}

/// The values of two meters for each other.
fn swap(one: &Taken, pair: &Taken) -> Vec<(String, String)> {
    let mut fields = choice(one, "replace");
    fields.push(("pair".to_owned(), pair.id.aggregate_id.to_string()));
    fields.push(("pair_held".to_owned(), pair.id.sequence.to_string()));
    for (to, from) in [(one, pair), (pair, one)] {
        let meter = MeterId(to.id.aggregate_id);
        for (own, other) in to.reading.values.iter().zip(&from.reading.values) {
            let name = field_name(meter, own.register.as_str());
            fields.push((name, parts::field_value(other.value.value())));
        }
    }
    fields
}

fn tag(status: AnswerStatus) -> &'static str {
    match status {
        AnswerStatus::Accepted | AnswerStatus::Repeated | AnswerStatus::Corrected => "ek-tag--ok",
        AnswerStatus::Flagged | AnswerStatus::Held => "ek-tag--warn",
        AnswerStatus::Rejected => "ek-tag--bad",
    }
}

/// Why a resident takes a reading back.
pub(super) const WITHDRAWN: WithdrawalReason = WithdrawalReason::SendersMistake;
