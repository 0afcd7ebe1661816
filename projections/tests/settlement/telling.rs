//! Settlements in short words.

use aggregates::account::bill::{BillLine, LineKind};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Period;
use projections::settlement::{ExplainedLine, HouseBook, ProblemKind, Settlement, settle};

pub(crate) fn settled(book: &HouseBook, period: Period) -> Settlement {
    let edition = book.edition(period).expect("an edition");
    settle(book, period, &edition).expect("a settlement")
}

/// Lines in short: `cold_water individual 4.2 m3 average 188.41`.
pub(crate) fn told<'a>(lines: impl IntoIterator<Item = &'a ExplainedLine>) -> Vec<String> {
    lines.into_iter().map(|line| short(&line.line)).collect()
}

fn short(line: &BillLine) -> String {
    let mut said = String::new();
    if line.kind == LineKind::Adjustment {
        said.push_str(&format!("{} ", line.period));
    }
    said.push_str(line.charge.resource.code());
    said.push(' ');
    said.push_str(&word(line.charge.part));
    if line.charge.component != TariffComponent::Single {
        said.push(' ');
        said.push_str(&word(line.charge.component));
    }
    if let Some(zone) = &line.charge.zone {
        said.push_str(&format!(" {zone}"));
    }
    if line.charge.from != line.period.first_day() {
        said.push_str(&format!(" {}", line.charge.from));
    }
    if let Some(volume) = line.volume {
        said.push_str(&format!(" {}", volume.value()));
    }
    said.push_str(&format!(
        " {} {}",
        word(line.method),
        String::from(line.amount)
    ));
    said
}

/// A word as it stands in JSON.
pub(crate) fn word(value: impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).expect("a word");
    json.as_str().expect("a word").to_owned()
}

/// Kinds of the problems, each once.
pub(crate) fn problems(settlement: &Settlement) -> Vec<ProblemKind> {
    let mut kinds: Vec<ProblemKind> = settlement.problems.iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
