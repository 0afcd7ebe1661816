//! A house balance as Russian text for a terminal.

use aggregates::quantity::Measure;
use aggregates::time::ZoneName;

use crate::balance::explain::point_name;
use crate::balance::model::{Difference, HouseBalance, MissingPoint, PointName, ScopeBalance};
use crate::text::{self, Align, Table};

/// Points told one by one in each list; the others by name.
const POINTS_TOLD: usize = 5;

/// The balance as text: a waterfall a scope, what is missing, what covers several periods.
pub fn render(balance: &HouseBalance, zone: ZoneName) -> String {
    let mut out = format!(
        "Баланс: {}, расчётный период {}, по журналу до № {}\n",
        balance.resource.title_ru(),
        balance.period.title_ru(),
        balance.position
    );
    for scope in &balance.scopes {
        out.push_str(&render_scope(scope, zone));
    }
    out
}

fn render_scope(scope: &ScopeBalance, zone: ZoneName) -> String {
    let unit = unit_of(scope)
        .map(|unit| format!(", {unit}"))
        .unwrap_or_default();
    let mut table = Table::new(&[
        (
            &format!(
                "{}, состав с {}",
                scope_title(scope.name.as_str()),
                text::day(scope.from)
            ),
            Align::Left,
        ),
        (&format!("Объём{unit}"), Align::Right),
        ("Точек", Align::Right),
    ]);
    let cell = |known: Option<&Measure>| known.map_or("неизвестно".to_owned(), text::rounded);
    let house = &scope.house;
    table.row([
        "Общедомовые приборы".to_owned(),
        text::volume_cell(&house.total),
        points(house.known_points, house.all_points),
    ]);
    for part in &scope.parts {
        let name = format!("  − {}", part.origin.title_ru());
        table.row([name, text::rounded(&part.volume), part.points.to_string()]);
    }
    let members = &scope.members;
    table.row([
        "Всего внутри".to_owned(),
        match members.all_points {
            0 => "точек нет".to_owned(),
            _ => cell(members.known.as_ref()),
        },
        points(members.known_points, members.all_points),
    ]);
    let (title, volume) = match &scope.difference {
        Difference::Known { volume } if volume.value().is_sign_negative() => (
            "Разность (внутри учтено больше, чем поступило)",
            Some(volume),
        ),
        Difference::Known { volume } => ("Разность", Some(volume)),
        Difference::WithoutMissing { volume, .. } => {
            ("Разность без вычета неизвестных точек", Some(volume))
        }
        Difference::Unknown { .. } => ("Разность", None),
    };
    table.row([title.to_owned(), cell(volume)]);
    let mut out = format!("\n{}", table.to_text(0));
    out.push_str(&render_missing(
        "Не хватает общедомовых приборов",
        &house.missing,
        zone,
    ));
    out.push_str(&render_missing(
        "Не хватает точек внутри",
        &members.missing,
        zone,
    ));
    out.push_str(&render_covering(scope));
    out
}

/// The name of a scope for people: the whole house, or a part under its code.
pub fn scope_title(name: &str) -> String {
    match name {
        "house" => "Дом".to_owned(),
        other => format!("Часть «{other}»"),
    }
}

fn unit_of(scope: &ScopeBalance) -> Option<aggregates::quantity::Unit> {
    let known = scope.house.known.or(scope.members.known)?;
    Some(known.unit())
}

/// `7 из 9`, or the number alone when none is missing.
fn points(known: usize, all: usize) -> String {
    match known == all {
        true => all.to_string(),
        false => format!("{known} из {all}"),
    }
}

fn render_missing(title: &str, missing: &[MissingPoint], zone: ZoneName) -> String {
    if missing.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<&MissingPoint> = missing.iter().collect();
    sorted.sort_by_cached_key(|missing| text::natural(&point_name(&missing.point)));
    let (told, rest) = sorted.split_at(sorted.len().min(POINTS_TOLD));
    let mut out = format!("\n{title}: {}\n", missing.len());
    for point in told {
        let why = text::reasons(&point.reasons, zone);
        out.push_str(&format!("  {}: {why}", point_name(&point.point)));
        if let Some(part) = &point.known_part {
            out.push_str(&format!(
                " (известна часть {}, в сумму не входит)",
                text::exact(part)
            ));
        }
        out.push('\n');
    }
    out.push_str(&render_rest(rest.iter().map(|missing| &missing.point)));
    out
}

/// Points beyond the first ones by name only; JSON gives each with its reasons.
fn render_rest<'p>(rest: impl Iterator<Item = &'p PointName>) -> String {
    let names: Vec<String> = rest
        .map(|point| match &point.premises {
            Some(number) => number.to_string(),
            None => point_name(point),
        })
        .collect();
    match names.len() {
        0 => String::new(),
        count => format!("  и ещё {count}: {}\n", names.join(", ")),
    }
}

fn render_covering(scope: &ScopeBalance) -> String {
    let points = scope.house.points.iter().chain(&scope.members.points);
    let mut covering: Vec<_> = points.filter(|figure| figure.covers.len() > 1).collect();
    covering.sort_by_cached_key(|figure| text::natural(&point_name(&figure.point)));
    let (told, rest) = covering.split_at(covering.len().min(POINTS_TOLD));
    let mut out = String::new();
    for figure in told {
        if let [first, .., last] = figure.covers.as_slice() {
            out.push_str(&format!(
                "  {}: разность показаний охватывает {} – {}\n",
                point_name(&figure.point),
                first.title_ru(),
                last.title_ru()
            ));
        }
    }
    out.push_str(&render_rest(rest.iter().map(|figure| &figure.point)));
    match out.is_empty() {
        true => out,
        false => format!(
            "\nПоказания за несколько периодов: {}\n{out}",
            covering.len()
        ),
    }
}
