//! The waterfall as Russian text for a terminal.

use aggregates::quantity::Measure;

use crate::balance::point_name;
use crate::balance::text::scope_title;
use crate::text::{self, Align, Table};
use crate::waterfall::model::{Coverage, HouseWaterfall, SplitOf, Waterfall};

/// Names told of each list of what no scope holds.
const NAMES_TOLD: usize = 10;

/// All waterfalls of a house as text.
pub fn render(told: &HouseWaterfall) -> String {
    let mut out = String::new();
    for scope in &told.scopes {
        out.push_str(&render_scope(scope));
    }
    out.push_str(&render_coverage(&told.coverage));
    out
}

fn render_scope(scope: &Waterfall) -> String {
    let title = format!("{}: откуда разность", scope_title(scope.scope.as_str()));
    let mut table = Table::new(&[
        (title.as_str(), Align::Left),
        (&format!("Объём, {}", scope.unit), Align::Right),
        ("Точек", Align::Right),
    ]);
    let cell = |value: Option<&Measure>| value.map_or("неизвестно".to_owned(), text::rounded);
    let row = |name: &str, value: Option<&Measure>| [name.to_owned(), cell(value), String::new()];
    table.row(row("Поступило по ОДПУ", scope.came_in.as_ref()));
    for step in &scope.steps {
        let name = format!("  − {}", step.origin.title_ru());
        table.row([name, text::rounded(&step.volume), step.points.to_string()]);
    }
    let below = scope
        .common
        .is_some_and(|common| common.value().is_sign_negative());
    let common = match below {
        true => "= Общая часть ниже нуля: внутри учтено больше, чем поступило",
        false => "= Общая часть",
    };
    table.row(row(common, scope.common.as_ref()));
    if let Some(norm) = &scope.norm {
        table.row(row("  норматив на общее имущество", Some(norm)));
    }
    match (&scope.excess, scope.split) {
        (Some(excess), SplitOf::Excess) if excess.value().is_sign_negative() => {
            table.row(row("  ниже норматива на", Some(&absolute(excess))));
        }
        (Some(excess), SplitOf::Excess) => table.row(row("= Сверх норматива", Some(excess))),
        _ => {}
    }
    for part in &scope.causes {
        let word = match part.recorded {
            true => "записано",
            false => "оценка",
        };
        let name = format!("    {} ({word})", part.cause.title_ru());
        let points = match part.points {
            0 => String::new(),
            points => points.to_string(),
        };
        table.row([name, text::rounded(&part.amount), points]);
    }
    if let Some(rest) = &scope.unexplained {
        table.row(row("    не объяснено", Some(rest)));
    }
    let mut out = format!("\n{}", table.to_text(0));
    out.push_str(&render_proposals(scope));
    out
}

fn absolute(measure: &Measure) -> Measure {
    Measure::new(measure.value().abs(), measure.unit())
}

fn render_proposals(scope: &Waterfall) -> String {
    if scope.proposals.is_empty() {
        return String::new();
    }
    let mut out = "\nМожно принять как объяснение (balance explain):\n".to_owned();
    for one in &scope.proposals {
        let amount = text::rounded_with_unit(&one.amount);
        out.push_str(&format!("  {}: {amount}, {}\n", one.cause, one.title));
    }
    out
}

fn render_coverage(coverage: &Coverage) -> String {
    let mut out = String::new();
    let points: Vec<String> = coverage.points.iter().map(point_name).collect();
    out.push_str(&render_names("Точки учёта вне баланса", &points));
    let premises = coverage.premises.iter().map(|one| match &one.by_norm {
        Some(volume) => format!("{} ({} без прибора)", one.number, text::exact(volume)),
        None => one.number.to_string(),
    });
    let premises: Vec<String> = premises.collect();
    out.push_str(&render_names(
        "Помещения без точек учёта в балансе",
        &premises,
    ));
    out
}

fn render_names(title: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let told = &names[..names.len().min(NAMES_TOLD)];
    let rest = match names.len() - told.len() {
        0 => String::new(),
        more => format!(" и ещё {more}"),
    };
    format!("\n{title}: {}\n  {}{rest}\n", names.len(), told.join("; "))
}
