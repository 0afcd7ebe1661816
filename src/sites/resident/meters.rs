//! Счётчики: the last value of each meter, and the one call of the month.

use aggregates::quantity::Measure;
use aggregates::time::Period;
use aggregates::vocabulary::ReadingSource;
use askama::Template;
use axum::extract::{Path, State};
use uuid::Uuid;

use crate::bills;
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::{Last, Meter, Terms, meters_at, period_now};
use crate::sites::parts::{self, Badge, Drum, look};
use crate::sites::resident::home::Home;
use crate::sites::resident::prices::UnitPrice;
use crate::sites::resident::shell::{Shell, door};
use crate::sites::{Front, format};
use projections::bills::IssuedBill;
use projections::settlement::HouseBook;

/// How long before its end a verification is told of.
const VERIFICATION_DAYS: i64 = 90;

#[derive(Template)]
#[template(path = "sites/resident/meters.html", config = ".askama.toml")]
struct MetersPage {
    shell: Shell,
    path: String,
    address: String,
    call: Option<Call>,
    month: String,
    meters: Vec<Card>,
    bill: Option<BillLink>,
}

/// What is due.
struct Call {
    title: String,
    lead: String,
    steps: Vec<bool>,
    done: String,
}

struct Card {
    title: String,
    resource: &'static str,
    look: parts::ResourceLook,
    serial: (String, String),
    drums: Vec<Drum>,
    badge: Option<Badge>,
    when: String,
    spent: Option<Spent>,
    is_sent: bool,
    is_automatic: bool,
    warning: Option<String>,
}

struct Spent {
    volume: String,
    cost: Option<String>,
}

struct BillLink {
    href: String,
    title: String,
    note: String,
}

/// `GET /home/{premises}`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let house = front.houses.book(home.book, home.head).await?;
    let bill = last_bill(&front, &home).await?;
    let mut terms = Vec::with_capacity(meters.len());
    for meter in &meters {
        terms.push(period_now(ledger, home.book, meter.resource).await?);
    }
    let first = terms.iter().flatten().next().copied();
    let cards = meters.iter().zip(&terms);
    let cards: Vec<Card> = cards
        .map(|(meter, terms)| card(&home, meter, *terms, &house, bill.as_ref()))
        .collect();
    page(&MetersPage {
        path: home.path(),
        address: format!("{}, {}", home.address, door(&home.number)),
        call: first.and_then(|terms| call(&home, &cards, terms)),
        month: first.map_or_else(String::new, |terms| terms.period.title_ru()),
        bill: bill.as_ref().map(|bill| bill_link(&home, bill)),
        meters: cards,
        shell: Shell::new(&signed, Some(&home), &homes, "meters", "Счётчики"),
    })
}

/// The bill that was issued last to any account of the home.
pub(super) async fn last_bill(front: &Front, home: &Home) -> Result<Option<IssuedBill>, SiteError> {
    let mut last: Option<IssuedBill> = None;
    for (_, account) in &home.accounts {
        let Some(found) = home.found_account(*account) else {
            continue;
        };
        let issued = bills::issued(front.ledger(), &found).await?;
        let own = issued
            .into_iter()
            .filter(|bill| bill.bill.period.last_day() >= home.since);
        for bill in own {
            if last
                .as_ref()
                .is_none_or(|known| known.bill.period <= bill.bill.period)
            {
                last = Some(bill);
            }
        }
    }
    Ok(last)
}

fn bill_link(home: &Home, bill: &IssuedBill) -> BillLink {
    BillLink {
        href: format!("{}/bills/{}", home.path(), bill.bill.period),
        title: format!(
            "Счёт за {}: {}",
            bill.bill.period.title_ru(),
            bill.bill.total
        ),
        note: format!(
            "Выставлен {}. Любая строка объясняет себя до показания.",
            format::moment(bill.issued_at, home.zone, home.today())
        ),
    }
}

fn card(
    home: &Home,
    meter: &Meter,
    terms: Option<Terms>,
    house: &HouseBook,
    bill: Option<&IssuedBill>,
) -> Card {
    let last = meter.last();
    let is_sent = match (&last, terms) {
        (Some(last), Some(terms)) => last.period.is_some_and(|period| period >= terms.period),
        _ => false,
    };
    let is_automatic = last
        .as_ref()
        .is_some_and(|last| last.badge == Badge::of_source(Some(ReadingSource::Polled)));
    Card {
        title: meter.label.clone(),
        resource: look(meter.resource).title,
        look: look(meter.resource),
        serial: parts::tail(&meter.serial()),
        drums: meter.drums(last.as_ref()),
        badge: last.as_ref().map(|last| last.badge),
        when: last.as_ref().map_or_else(
            || "показаний пока нет".to_owned(),
            |last| {
                format!(
                    "{}, {}",
                    format::moment(last.at, home.zone, home.today()),
                    last.origin
                )
            },
        ),
        spent: last
            .as_ref()
            .and_then(|last| spent(meter, last, house, bill)),
        is_sent,
        is_automatic,
        warning: verification(home, meter),
    }
}

/// What the last reading's month came to.
fn spent(
    meter: &Meter,
    last: &Last,
    house: &HouseBook,
    bill: Option<&IssuedBill>,
) -> Option<Spent> {
    let period = last.period?;
    let figure = house
        .balance()
        .consumption()
        .of_point(meter.point, period)
        .ok()?;
    let volume: Measure = *figure.value.volume.known()?;
    let price = bill.and_then(|bill| UnitPrice::of(&bill.bill, meter.resource, volume.unit()));
    let cost = price.and_then(|price| price.estimate(&volume));
    Some(Spent {
        volume: format!("За {} — {}", name_of(period), format::measure(&volume)),
        cost: cost.map(|cost| format!("около {cost}")),
    })
}

fn verification(home: &Home, meter: &Meter) -> Option<String> {
    let until = meter.verified_until()?;
    let left = (until - home.today()).num_days();
    let day = format::day_long(until);
    match left {
        ..0 => Some(format!(
            "Поверка закончилась {day}. Показания принимаем; чем считать, решают правила месяца."
        )),
        0..=VERIFICATION_DAYS => Some(format!(
            "Поверка до {day}, осталось {}.",
            format::counted(
                u64::try_from(left).unwrap_or_default(),
                ["день", "дня", "дней"]
            )
        )),
        _ => None,
    }
}

/// The call of the month: nothing where everything is sent.
fn call(home: &Home, cards: &[Card], terms: Terms) -> Option<Call> {
    let due: Vec<&Card> = cards.iter().filter(|card| !card.is_automatic).collect();
    let left = due.iter().filter(|card| !card.is_sent).count();
    if left == 0 {
        return None;
    }
    let last_day = format::day_month(terms.last_day());
    let is_this_month = terms.period.first_day() <= home.today();
    let lead = match is_this_month {
        true => format!(
            "Приём за {} — до {last_day}, 23:59.",
            terms.period.title_ru()
        ),
        false => format!(
            "Приём за {} окончен. Переданное сейчас засчитаем за {}, до {last_day} можно повторить.",
            name_of(terms.period.previous()),
            name_of(terms.period),
        ),
    };
    let count = u64::try_from(left).unwrap_or_default();
    Some(Call {
        title: match is_this_month {
            true => format!(
                "Осталось передать {}",
                format::counted(count, ["показание", "показания", "показаний"])
            ),
            false => format!("Можно передать за {} заранее", name_of(terms.period)),
        },
        lead,
        steps: due.iter().map(|card| card.is_sent).collect(),
        done: format!("Принято {} из {}", due.len() - left, due.len()),
    })
}

/// `декабрь`: the month's own name.
pub(super) fn name_of(period: Period) -> String {
    let title = period.title_ru();
    title.split(' ').next().unwrap_or_default().to_owned()
}
