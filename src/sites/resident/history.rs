//! История: a meter month by month, as columns with the table beneath.

use std::collections::BTreeMap;

use aggregates::quantity::Measure;
use aggregates::time::Period;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::meter_history::Fact;
use projections::settlement::HouseBook;
use projections::text;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::Seen;
use crate::sites::meter_view::{Meter, counts, meters_at};
use crate::sites::parts::{self, Badge};
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::{Front, format, words};

/// Months that are shown at most.
const MONTHS: i32 = 24;

#[derive(Template)]
#[template(path = "sites/resident/history.html", config = ".askama.toml")]
struct HistoryPage {
    shell: Shell,
    asof: AsOf,
    tabs: Vec<Tab>,
    serial: (String, String),
    summary: String,
    unit: String,
    grid: Vec<Line>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    is_empty: bool,
}

struct Tab {
    href: String,
    title: String,
    is_current: bool,
}

/// A line of the grid.
struct Line {
    y: String,
    title: String,
}

/// A month of the chart.
struct Column {
    x: String,
    y: String,
    width: String,
    height: String,
    badge: Badge,
    month: &'static str,
    is_labelled: bool,
}

struct Row {
    month: String,
    reading: String,
    badge: Badge,
    volume: String,
    href: String,
    width: String,
    is_known: bool,
}

/// How the history is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    meter: Option<Uuid>,
    #[serde(default)]
    known_at: String,
}

/// What is known of one month.
struct Month {
    period: Period,
    volume: Option<Measure>,
    badge: Badge,
    reading: String,
}

/// `GET /home/{premises}/history`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let seen = Seen::resolve(ledger, home.book, home.zone, &asked.known_at).await?;
    let directory = front.houses.directory(home.book, seen.until).await?;
    let meters = meters_at(ledger, home.book, &directory, &home.points(), seen.until).await?;
    let meter = match asked.meter {
        None => meters.first(),
        Some(id) => match meters.iter().find(|meter| meter.id.0 == id) {
            Some(meter) => Some(meter),
            // It may stand there now and not in the moment asked for.
            None if seen.is_past() => meters.first(),
            None => return Err(SiteError::NotFound),
        },
    };
    let action = format!("{}/history", home.path());
    let keep = meter.map(|meter| ("meter", meter.id.to_string()));
    let page_of = HistoryPage {
        asof: AsOf::new(
            ledger,
            (home.book, home.zone),
            &seen,
            (action.clone(), keep.into_iter().collect()),
        )
        .await?,
        tabs: meters
            .iter()
            .map(|one| Tab {
                href: format!("{action}?meter={}{}", one.id, seen.query('&')),
                title: one.label.clone(),
                is_current: meter.is_some_and(|meter| meter.id == one.id),
            })
            .collect(),
        serial: meter.map_or_else(Default::default, |meter| parts::tail(&meter.serial())),
        is_empty: meter.is_none(),
        summary: String::new(),
        unit: String::new(),
        grid: Vec::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        shell: Shell::new(&signed, Some(&home), &homes, "history", "История"),
    };
    let Some(meter) = meter else {
        return page(&page_of);
    };
    let house = front.houses.book(home.book, seen.until).await?;
    let months = months(&home, meter, &house);
    page(&filled(page_of, &home, meter, &months))
}

fn filled(page: HistoryPage, home: &Home, meter: &Meter, months: &[Month]) -> HistoryPage {
    let known = || months.iter().filter_map(|month| month.volume);
    let most = known().map(Measure::value).max().unwrap_or(Decimal::ONE);
    let top = rounded_up(most);
    let unit = known()
        .next()
        .map_or("", |volume| volume.unit().symbol_ru());
    HistoryPage {
        summary: summary(months),
        unit: unit.to_owned(),
        grid: grid(top, unit),
        columns: columns(months, top),
        rows: months
            .iter()
            .rev()
            .map(|month| row(home, meter, month, most))
            .collect(),
        ..page
    }
}

/// Months with what is known of them, oldest first; none before it was one's own.
fn months(home: &Home, meter: &Meter, house: &HouseBook) -> Vec<Month> {
    let mut readings: BTreeMap<Period, String> = BTreeMap::new();
    for entry in &meter.history.entries {
        if let Fact::Reading(reading) = &entry.fact
            && counts(reading)
        {
            readings.insert(reading.period, words::values(&reading.values));
        }
    }
    let last = readings.keys().next_back().copied();
    let last = last.max(house.closed_through());
    let (Some(last), Some(first)) = (last, readings.keys().next().copied()) else {
        return Vec::new();
    };
    let own = Period::of_date(home.since).unwrap_or(first);
    let first = first.max(own).max(last.plus_months(1 - MONTHS));
    let mut months = Vec::new();
    let mut period = first;
    while period <= last {
        let told = house
            .balance()
            .consumption()
            .of_point(meter.point, period)
            .ok();
        let covered = told.as_ref().map_or(0, |told| told.value.covers.len());
        if months.is_empty() && covered > 1 {
            // All the time since the installation: no month to compare with others.
            period = period.next();
            continue;
        }
        months.push(Month {
            period,
            volume: told
                .as_ref()
                .and_then(|told| told.value.volume.known().copied()),
            badge: told.map_or(Badge::NONE, |told| Badge::of_parts(&told.value.parts)),
            reading: readings
                .get(&period)
                .cloned()
                .unwrap_or_else(|| "—".to_owned()),
        });
        period = period.next();
    }
    months
}

/// The extreme, the total, the comparison: what the chart shows, in words.
fn summary(months: &[Month]) -> String {
    let known: Vec<(Period, Measure)> = months
        .iter()
        .filter_map(|month| Some((month.period, month.volume?)))
        .collect();
    let Some((last, latest)) = known.last().copied() else {
        return "Объёмов пока нет: нужны два показания.".to_owned();
    };
    let year: Vec<(Period, Measure)> = known
        .iter()
        .copied()
        .filter(|(period, _)| *period > last.plus_months(-12))
        .collect();
    let total = parts::sum(year.iter().map(|(_, volume)| *volume));
    let most = year.iter().max_by_key(|(_, volume)| volume.value());
    let before = known
        .iter()
        .find(|(period, _)| *period == last.plus_months(-12));
    let mut told = Vec::new();
    if let Some(total) = total {
        let count = u64::try_from(year.len()).unwrap_or_default();
        told.push(format!(
            "За {} — {}.",
            format::counted(count, ["месяц", "месяца", "месяцев"]),
            format::measure(&total)
        ));
    }
    if let Some((period, volume)) = most {
        told.push(format!(
            "Больше всего за {}: {}.",
            period.title_ru(),
            format::measure(volume)
        ));
    }
    if let Some(change) = before.and_then(|(_, before)| latest.checked_sub(*before).ok()) {
        let word = match change.value().is_sign_negative() {
            true => "меньше",
            false => "больше",
        };
        let size = Measure::new(change.value().abs(), change.unit());
        told.push(format!(
            "За {} на {} {word}, чем год назад.",
            last.title_ru(),
            format::measure(&size)
        ));
    }
    told.join(" ")
}

/// A round number not below `most`, for the top of the chart.
fn rounded_up(most: Decimal) -> Decimal {
    let mut step = Decimal::new(1, 2);
    let factors = [Decimal::from(2), Decimal::new(25, 1), Decimal::from(2)];
    let mut turn = factors.iter().cycle();
    while step < most {
        match turn.next().and_then(|factor| step.checked_mul(*factor)) {
            Some(next) => step = next,
            None => return most,
        }
    }
    step.normalize()
}

fn grid(top: Decimal, unit: &str) -> Vec<Line> {
    [1, 2]
        .into_iter()
        .filter_map(|line| {
            let value = top
                .checked_mul(Decimal::from(line))?
                .checked_div(Decimal::from(2))?;
            Some(Line {
                y: format::width(top.checked_sub(value)?, top),
                title: format!("{}\u{a0}{unit}", text::number(value.normalize())),
            })
        })
        .collect()
}

fn columns(months: &[Month], top: Decimal) -> Vec<Column> {
    let count = Decimal::from(months.len().max(1));
    // As many labels as fit on a narrow screen.
    let every = months.len().div_ceil(9).max(1);
    let column = |(index, month): (usize, &Month)| {
        let value = month.volume.map_or(Decimal::ZERO, Measure::value);
        let left = Decimal::new(15, 2)
            .checked_add(Decimal::from(index))
            .unwrap_or_default();
        let missing = month.volume.is_none();
        let height = match missing {
            true => top.checked_div(Decimal::from(20)).unwrap_or_default(),
            false => value,
        };
        Column {
            x: format::width(left, count),
            y: format::width(top.checked_sub(height).unwrap_or_default(), top),
            width: format::width(Decimal::new(70, 2), count),
            height: format::width(height, top),
            badge: month.badge,
            month: format::month_short(month.period),
            is_labelled: (months.len() - 1 - index).is_multiple_of(every),
        }
    };
    months.iter().enumerate().map(column).collect()
}

fn row(home: &Home, meter: &Meter, month: &Month, most: Decimal) -> Row {
    Row {
        month: text::capital(&month.period.title_ru()),
        reading: month.reading.clone(),
        badge: month.badge,
        volume: month.volume.map_or_else(
            || "неизвестно".to_owned(),
            |volume| format::measure(&volume),
        ),
        href: format!("{}/meters/{}/{}", home.path(), meter.id, month.period),
        width: format::width(month.volume.map_or(Decimal::ZERO, Measure::value), most),
        is_known: month.volume.is_some(),
    }
}
