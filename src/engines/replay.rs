//! An exported book closed again, month by month, and compared with what its events say.

use std::collections::BTreeMap;

use aggregates::account::bill::BillLine;
use aggregates::account::event::AccountEvent;
use aggregates::book_event::{BookEvent, DecodeError};
use aggregates::building::event::BuildingEvent;
use aggregates::ids::AccountId;
use aggregates::meter::command::Imputation;
use aggregates::meter::event::MeterEvent;
use aggregates::time::Period;
use projections::recorded::{FoldError, Recorded};
use projections::settlement::{Closing, HouseBook, SettlementError, close};
use serde::Serialize;

use crate::closing::lines::{LinesError, lines_root, sheets};
use crate::closing::verify::{Stated, stated};
use crate::engines::{EngineExport, FORMAT};

/// Why a file was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file has another form.
    #[error("форма файла «{0}», а ожидается «{FORMAT}»")]
    Form(String),
    /// An event cannot be read by this version.
    #[error("событие № {position} не читается этой версией: {source}")]
    Event {
        /// Its position.
        position: u64,
        /// Why.
        source: DecodeError,
    },
    /// The events do not make sense together.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A period cannot be settled.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// A line has no canonical form.
    #[error(transparent)]
    Lines(#[from] LinesError),
}

/// A closing made again. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayedClosing {
    /// The period.
    pub period: Period,
    /// Position that it was computed at.
    pub computed_at: u64,
    /// The engine that made it.
    pub engine: String,
    /// In what this engine differs; empty where it makes the same.
    pub differences: Vec<String>,
}

/// Makes every closing of the file again and compares it.
///
/// # Errors
/// [`ReplayError`] when the file cannot be read or settled by this version.
pub fn replay(export: &EngineExport) -> Result<Vec<ReplayedClosing>, ReplayError> {
    if export.format != FORMAT {
        return Err(ReplayError::Form(export.format.clone()));
    }
    let events = export
        .events
        .iter()
        .map(|event| event.recorded(export.book));
    let events = events.collect::<Result<Vec<Recorded>, _>>()?;
    let mut house = HouseBook::new();
    let mut taken = 0;
    let mut told = Vec::new();
    for (place, recorded) in events.iter().enumerate() {
        let Some((period, said)) = settled(&recorded.event) else {
            continue;
        };
        let seen = events[taken..].iter();
        for earlier in seen.take_while(|earlier| earlier.position <= said.computed_at) {
            house.apply(earlier)?;
            taken += 1;
        }
        house.read_to(said.computed_at);
        let closing = close(&house, period)?;
        let mut differences = Vec::new();
        compare_figures(&said, &closing, &mut differences);
        let root = lines_root(export.book, sheets(&closing))?;
        if said
            .lines_root
            .as_ref()
            .is_some_and(|stated| *stated != root)
        {
            differences.push("корень строк другой".to_owned());
        }
        compare_gaps(&events[taken..place], &closing, &mut differences);
        compare_lines(&events[place..], &closing, &mut differences);
        told.push(ReplayedClosing {
            period,
            computed_at: said.computed_at,
            engine: said.engine.map_or_else(String::new, String::from),
            differences,
        });
    }
    Ok(told)
}

/// The closing that an event states, where it was settled.
fn settled(event: &BookEvent) -> Option<(Period, Stated)> {
    let BookEvent::Building(BuildingEvent::PeriodClosed { period, .. }) = event else {
        return None;
    };
    let said = stated(event, *period)?;
    said.edition_hash.is_some().then_some((*period, said))
}

fn compare_figures(said: &Stated, closing: &Closing, differences: &mut Vec<String>) {
    if !said
        .totals
        .iter()
        .all(|total| closing.totals.contains(total))
    {
        differences.push("итоги дома другие".to_owned());
    }
}

/// The calculated volumes that the closing recorded before it.
fn compare_gaps(before: &[Recorded], closing: &Closing, differences: &mut Vec<String>) {
    let imputed = before.iter().filter_map(|recorded| match &recorded.event {
        BookEvent::Meter(MeterEvent::ValueImputed {
            volumes,
            period,
            interval,
            method,
            clause,
            edition,
            inputs,
        }) if closing.computed_at < recorded.position => Some(Imputation {
            volumes: volumes.clone(),
            period: *period,
            interval: *interval,
            method: *method,
            clause: clause.clone(),
            edition: edition.clone(),
            inputs: inputs.clone(),
        }),
        _ => None,
    });
    let imputed: Vec<Imputation> = imputed.collect();
    let now: Vec<Imputation> = closing
        .imputations
        .iter()
        .map(|gap| gap.imputation())
        .collect();
    if imputed != now {
        let (then, now) = (imputed.len(), now.len());
        differences.push(format!(
            "рассчитанные объёмы другие (было {then}, стало {now})"
        ));
    }
}

type Sheets<'a> = BTreeMap<(AccountId, String), Vec<&'a BillLine>>;

/// The bills and notices that went out after it, line by line.
fn compare_lines(after: &[Recorded], closing: &Closing, differences: &mut Vec<String>) {
    let mut then = Sheets::new();
    for recorded in after {
        let account = AccountId(recorded.aggregate_id);
        match &recorded.event {
            BookEvent::Account(AccountEvent::BillIssued { bill })
                if bill.computed_at == closing.computed_at =>
            {
                let key = (account, format!("{:?}", bill.kind));
                then.insert(key, bill.lines.iter().collect());
            }
            BookEvent::Account(AccountEvent::ProviderNoticed { notice })
                if notice.computed_at == closing.computed_at =>
            {
                let key = (account, notice.provider.to_string());
                then.insert(key, notice.lines.iter().collect());
            }
            _ => {}
        }
    }
    let mut now = Sheets::new();
    for bill in &closing.bills {
        let lines = bill.lines.iter().map(|line| &line.line).collect();
        now.insert((bill.account, format!("{:?}", bill.kind)), lines);
    }
    for notice in &closing.notices {
        let lines = notice.lines.iter().map(|line| &line.line).collect();
        now.insert((notice.account, notice.provider.to_string()), lines);
    }
    let keys = then
        .keys()
        .chain(now.keys().filter(|key| !then.contains_key(*key)));
    for key in keys {
        let (then, now) = (then.get(key), now.get(key));
        if then != now {
            differences.push(format!("счёт {}: {}", key.0, difference(then, now)));
        }
    }
}

fn difference(then: Option<&Vec<&BillLine>>, now: Option<&Vec<&BillLine>>) -> String {
    let (Some(then), Some(now)) = (then, now) else {
        return match then.is_some() {
            true => "теперь не выставляется".to_owned(),
            false => "прежде не выставлялся".to_owned(),
        };
    };
    let differing = then.iter().zip(now).find(|(then, now)| then != now);
    match differing {
        Some((then, now)) => format!(
            "строка была {} ({}), стала {} ({})",
            then.amount, then.clause, now.amount, now.clause
        ),
        None => format!("строк было {}, стало {}", then.len(), now.len()),
    }
}
