//! Показания: the heat map of a house, flats by months.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::quantity::Measure;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::settlement::HouseBook;
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::front::Signed;
use crate::sites::house::reckoned;
use crate::sites::parts::{Badge, look};
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format};
use projections::directory::fold::Directory;

/// Months of the map.
const MONTHS: i32 = 12;

#[derive(Template)]
#[template(path = "sites/staff/heat.html", config = ".askama.toml")]
struct HeatPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    tabs: Vec<Tab>,
    unit: &'static str,
    months: Vec<(String, String)>,
    rows: Vec<Row>,
    foot: Vec<(String, String)>,
    summary: String,
    legend: [Badge; 6],
}

struct Row {
    number: String,
    label: String,
    cells: Vec<Cell>,
}

struct Cell {
    month: String,
    badge: Badge,
    volume: String,
    href: String,
}

/// How the map is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    resource: Option<Resource>,
    #[serde(default)]
    known_at: String,
}

/// A meter's months: place, label, link, and what each month came to.
type Line = (String, String, Option<Uuid>, Vec<(Badge, Option<Measure>)>);

/// `GET /houses/{book}/readings`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let place = (book, Right::SeeReadings);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let resource = house.resource(query.resource)?;
    let state = house.state(&front).await?;
    let last = house.period(&state, None)?;
    let periods: Vec<Period> = (0..MONTHS)
        .rev()
        .map(|back| last.plus_months(-back))
        .collect();
    let directory = Arc::clone(&house.directory);
    let asked = periods.clone();
    let lines = reckoned(move || lines(&state, &directory, resource, &asked)).await?;
    let unit = lines
        .iter()
        .flat_map(|(.., months)| months)
        .find_map(|(_, volume)| volume.map(|volume| volume.unit().symbol_ru()));
    let keep = vec![("resource", resource.code().to_owned())];
    page(&HeatPage {
        tabs: house
            .resources()
            .into_iter()
            .map(|one| Tab {
                href: format!(
                    "{}/readings?resource={}{}",
                    house.path,
                    one.code(),
                    house.seen.query('&')
                ),
                title: look(one).short.to_owned(),
                is_current: one == resource,
            })
            .collect(),
        unit: unit.unwrap_or_default(),
        summary: summary(&lines, &periods),
        foot: foot(&lines, &periods),
        rows: lines
            .into_iter()
            .map(|line| row(&house, line, &periods))
            .collect(),
        months: periods
            .iter()
            .map(|period| (format::month_short(*period).to_owned(), period.title_ru()))
            .collect(),
        legend: Badge::LEGEND,
        asof: house.asof(&front, "/readings", keep).await?,
        head: house.head(&signed, "readings"),
        shell: Shell::new(&signed, "readings", "Показания"),
    })
}

fn lines(
    state: &HouseBook,
    directory: &Directory,
    resource: Resource,
    periods: &[Period],
) -> Vec<Line> {
    let consumption = state.balance().consumption();
    let mut found: BTreeMap<(Vec<(u64, String)>, String), Line> = BTreeMap::new();
    for (id, point) in directory
        .points()
        .filter(|(_, point)| point.resource == resource)
    {
        let premises = point.premises.and_then(|id| directory.premises(id));
        let number = premises.map_or_else(String::new, |card| directory.full_number(card));
        let month = |period: &Period| match consumption.of_point(id, *period) {
            Ok(told) => (
                Badge::of_parts(&told.value.parts),
                told.value.volume.known().copied(),
            ),
            Err(_) => (Badge::NONE, None),
        };
        let label = text::capital(&point.label);
        let key = (text::natural(&number), format!("{label}{id}"));
        let meter = point.meter.map(|meter| meter.0);
        let months = periods.iter().map(month).collect();
        found.insert(key, (number, label, meter, months));
    }
    found.into_values().collect()
}

fn row(house: &HousePage, (number, label, meter, months): Line, periods: &[Period]) -> Row {
    let href = match meter {
        Some(meter) => format!("{}/meters/{meter}{}", house.path, house.seen.query('?')),
        None => format!("{}/meters", house.path),
    };
    let cell = |((badge, volume), period): ((Badge, Option<Measure>), &Period)| Cell {
        month: format::month_short(*period).to_owned(),
        badge,
        volume: volume.map_or_else(String::new, |volume| short(&volume)),
        href: href.clone(),
    };
    Row {
        number: if number.is_empty() {
            "дом".to_owned()
        } else {
            number
        },
        label,
        cells: months.into_iter().zip(periods).map(cell).collect(),
    }
}

/// A volume in a narrow cell: one decimal, none of a large one.
fn short(volume: &Measure) -> String {
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    text::number(
        volume
            .value()
            .round_dp_with_strategy(1, strategy)
            .normalize(),
    )
}

fn measured(badge: Badge) -> bool {
    !matches!(badge.letter, "С" | "Н" | "–" | "О")
}

fn foot(lines: &[Line], periods: &[Period]) -> Vec<(String, String)> {
    let share = |index: usize| {
        let all = lines.len();
        let told = lines
            .iter()
            .filter(|(.., months)| measured(months[index].0))
            .count();
        format::percent(
            i64::try_from(told).unwrap_or_default(),
            i64::try_from(all).unwrap_or_default(),
        )
    };
    let periods = periods.iter().enumerate();
    periods
        .map(|(index, period)| (format::month_short(*period).to_owned(), share(index)))
        .collect()
}

fn summary(lines: &[Line], periods: &[Period]) -> String {
    let Some(last) = periods.last() else {
        return String::new();
    };
    let now = lines.iter().filter_map(|(.., months)| months.last());
    let (mut told, mut filled, mut missing) = (0_u64, 0_u64, 0_u64);
    for (badge, _) in now {
        match (measured(*badge), badge.letter) {
            (true, _) => told += 1,
            (false, "–") => missing += 1,
            (false, _) => filled += 1,
        }
    }
    format!(
        "За {}: снято и передано {}, рассчитано {filled}, нет {missing}.",
        last.title_ru(),
        format::counted(told, ["показание", "показания", "показаний"])
    )
}
