//! The book before the first change that reaches back into closed periods, and what came since.
//!
//! From them the adjustments are told apart by their causes: the closed periods are settled with
//! the facts one after the other, in the order of the book.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aggregates::account::event::{AccountEvent, ClosingReason};
use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::meter::event::MeterEvent;
use aggregates::time::Period;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::recorded::Recorded;
use crate::settlement::closing::revise;
use crate::settlement::facts::Change;
use crate::settlement::fold::HouseBook;
use crate::settlement::model::{Problem, Settlement, SettlementError};
use crate::settlement::settle::settle;
use crate::settlement::settling::label;

/// So many causes are told apart; those after them are told together.
const CAUSES_APART: usize = 16;

/// A book before a change, and the events from that change on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Since {
    base: Box<HouseBook>,
    events: Vec<KeptEvent>,
}

/// An event in its stored form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptEvent {
    position: u64,
    recorded_at: DateTime<Utc>,
    effective_at: DateTime<Utc>,
    aggregate_type: String,
    aggregate_id: Uuid,
    sequence: u64,
    event_type: String,
    event_version: String,
    payload: String,
}

impl KeptEvent {
    /// `None` where the event has no stored form, which cannot be.
    fn of(recorded: &Recorded) -> Option<Self> {
        let event = &recorded.event;
        Some(Self {
            position: recorded.position,
            recorded_at: recorded.recorded_at,
            effective_at: recorded.effective_at,
            aggregate_type: event.aggregate_type().to_owned(),
            aggregate_id: recorded.aggregate_id,
            sequence: recorded.sequence,
            event_type: event.name().to_owned(),
            event_version: event.version().to_owned(),
            payload: event.payload().ok()?,
        })
    }

    fn recorded(&self, book: BookId) -> Result<Recorded, SettlementError> {
        let event = BookEvent::decode(
            &self.aggregate_type,
            &self.event_type,
            &self.event_version,
            &self.payload,
        );
        Ok(Recorded {
            book,
            position: self.position,
            recorded_at: self.recorded_at,
            effective_at: self.effective_at,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            event: event.map_err(|error| SettlementError::Rules(error.to_string()))?,
        })
    }
}

/// A cause of adjustments: the facts of one unit of work that reach back, and what closed periods
/// cost once they are known.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) changes: Vec<Change>,
    pub(crate) settlements: BTreeMap<Period, Settlement>,
}

impl HouseBook {
    /// The book as it stands, where this event is the first to reach back into closed periods.
    pub(super) fn base_before(&self, recorded: &Recorded) -> Option<Box<HouseBook>> {
        let first = self.since.is_none() && self.reaches_back(recorded);
        first.then(|| Box::new(self.clone()))
    }

    fn reaches_back(&self, recorded: &Recorded) -> bool {
        let Some(closed) = self.closed_through() else {
            return false;
        };
        let from = match &recorded.event {
            // What a closing itself records.
            BookEvent::Meter(MeterEvent::ValueImputed { .. })
            | BookEvent::Account(
                AccountEvent::BillIssued { .. }
                | AccountEvent::ProviderNoticed { .. }
                // When a charge is paid says nothing of what is charged.
                | AccountEvent::InstalmentsAgreed { .. }
                | AccountEvent::InstalmentsEnded { .. },
            ) => None,
            BookEvent::Account(AccountEvent::AccountClosed {
                reason: ClosingReason::OpenedByMistake,
                ..
            }) => Some(closed),
            BookEvent::Meter(event) => self.meter_from(event, recorded.at()),
            other => {
                let effective = other.effective_at();
                effective.and_then(|at| Period::of_date(at.date_naive()).ok())
            }
        };
        from.is_some_and(|from| from <= closed)
    }

    /// Keeps the event, where there is a history that it goes on or begins.
    pub(super) fn keep_since(&mut self, base: Option<Box<HouseBook>>, recorded: &Recorded) {
        if let Some(base) = base {
            let events = Vec::new();
            self.since = Some(Since { base, events });
        }
        let Some(since) = &mut self.since else {
            return;
        };
        match KeptEvent::of(recorded) {
            Some(kept) => since.events.push(kept),
            // Without a gapless history nothing is told apart.
            None => self.since = None,
        }
    }
}

/// The causes of what has changed in closed `periods`, all but the last with what the periods cost
/// once it is known: the last one leads to what they cost now.
pub(crate) fn steps(book: &HouseBook, periods: &[Period]) -> Result<Vec<Step>, SettlementError> {
    let Some(last) = periods.last() else {
        return Ok(Vec::new());
    };
    let reaching = |change: &&Change| change.from <= *last;
    let reaching: Vec<Change> = book.changes.iter().filter(reaching).copied().collect();
    let Some((since, id)) = book.since.as_ref().zip(book.id) else {
        return Ok(vec![together(reaching)]);
    };
    let units: Vec<&[KeptEvent]> = since
        .events
        .chunk_by(|one, next| one.recorded_at == next.recorded_at)
        .collect();
    let causes: Vec<Vec<Change>> = units.iter().map(|unit| of_unit(&reaching, unit)).collect();
    let told: usize = causes.iter().map(Vec::len).sum();
    // A change from before the history: nothing can be told apart.
    if told != reaching.len() {
        return Ok(vec![together(reaching)]);
    }
    let mut state = HouseBook::clone(&since.base);
    let mut steps: Vec<Step> = Vec::new();
    let mut left = causes.iter().filter(|changes| !changes.is_empty()).count();
    // Facts that only together with the next one make a volume: they are told with it.
    let mut carried: Vec<Change> = Vec::new();
    for (unit, changes) in units.iter().zip(causes) {
        for kept in *unit {
            state.take_in(&kept.recorded(id)?)?;
        }
        if changes.is_empty() {
            continue;
        }
        left -= 1;
        let is_last = left == 0 || steps.len() + 1 == CAUSES_APART;
        if is_last {
            let first = carried.first().or(changes.first());
            let from = first.map_or(0, |change| change.event.position);
            let rest = |change: &&Change| from <= change.event.position;
            steps.push(together(reaching.iter().filter(rest).copied().collect()));
            break;
        }
        carried.extend(changes);
        let settlements = mended(&state, periods)?;
        if settlements.values().all(is_whole) {
            let changes = std::mem::take(&mut carried);
            steps.push(Step {
                changes,
                settlements,
            });
        }
    }
    Ok(steps)
}

/// Whether the records of no meter contradict each other.
fn is_whole(settlement: &Settlement) -> bool {
    !settlement.problems.iter().any(Problem::hinders)
}

fn together(changes: Vec<Change>) -> Step {
    Step {
        changes,
        settlements: BTreeMap::new(),
    }
}

fn of_unit(reaching: &[Change], unit: &[KeptEvent]) -> Vec<Change> {
    let within = |change: &&Change| {
        unit.iter()
            .any(|kept| kept.position == change.event.position)
    };
    reaching.iter().filter(within).copied().collect()
}

/// What closed periods cost as `book` stands, each with the gaps of those before filled.
pub(crate) fn mended(
    book: &HouseBook,
    periods: &[Period],
) -> Result<BTreeMap<Period, Settlement>, SettlementError> {
    let mut now = Cow::Borrowed(book);
    let mut settlements = BTreeMap::new();
    for period in periods {
        let edition = now.edition(*period)?;
        let settlement = settle(&now, *period, &edition)?;
        let name = label(&edition.name())?;
        for gap in &settlement.gaps {
            now.to_mut().impute(gap, name.clone())?;
        }
        // What a mended month carries over moves those after it.
        revise(&mut now, &settlement)?;
        settlements.insert(*period, settlement);
    }
    Ok(settlements)
}
