//! A book closed again, month by month, as its events pass by, and compared with what they say.

use std::collections::{BTreeMap, VecDeque};

use aggregates::account::bill::{Bill, BillLine, ProviderNotice};
use aggregates::account::event::AccountEvent;
use aggregates::book_event::{BookEvent, DecodeError};
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{AccountId, BookId};
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
    /// Bills and notices that went out with it.
    pub sent: usize,
    /// In what this engine differs; empty where it makes the same.
    pub differences: Vec<String>,
}

/// A book in the course of being closed again. It is told beforehand where closings were computed
/// ([`Replay::computed_at`]), so that no more than the events since the last of these is held.
pub struct Replay {
    book: BookId,
    house: HouseBook,
    /// Positions that closings were computed at, in the order of the closings.
    ahead: VecDeque<u64>,
    /// Events after the position that the next closing was computed at.
    pending: Vec<Recorded>,
    /// The last closing, whose bills are still to come.
    open: Option<Open>,
    told: Vec<ReplayedClosing>,
}

/// What a closing made again would send out, and what was sent.
struct Open {
    told: ReplayedClosing,
    closing: Closing,
    sent: BTreeMap<(AccountId, String), Vec<BillLine>>,
}

impl Replay {
    /// Nothing has passed yet.
    pub fn new(book: BookId, ahead: impl IntoIterator<Item = u64>) -> Self {
        Self {
            book,
            house: HouseBook::new(),
            ahead: ahead.into_iter().collect(),
            pending: Vec::new(),
            open: None,
            told: Vec::new(),
        }
    }

    /// The position that a closing was computed at; `None` for other events.
    pub fn computed_at(event: &BookEvent) -> Option<u64> {
        settled(event).map(|(_, said)| said.computed_at)
    }

    /// The next event of the book.
    ///
    /// # Errors
    /// [`ReplayError`] when the events do not fit together or a period cannot be settled.
    pub fn take(&mut self, recorded: Recorded) -> Result<(), ReplayError> {
        self.note_sent(&recorded);
        if let Some((period, said)) = settled(&recorded.event) {
            self.ahead.pop_front();
            self.close_again(period, said)?;
        }
        match self.ahead.front() {
            Some(next) if recorded.position > *next => self.pending.push(recorded),
            Some(_) => self.apply(&recorded)?,
            // No closing follows: nothing rests on what comes now.
            None => {}
        }
        Ok(())
    }

    fn apply(&mut self, recorded: &Recorded) -> Result<(), ReplayError> {
        Ok(self.house.apply(recorded)?)
    }

    /// Every closing with what this engine makes otherwise.
    ///
    /// # Errors
    /// [`ReplayError::Lines`].
    pub fn finish(mut self) -> Vec<ReplayedClosing> {
        self.end_open();
        self.told
    }

    fn close_again(&mut self, period: Period, said: Stated) -> Result<(), ReplayError> {
        self.end_open();
        self.house.read_to(said.computed_at);
        let closing = close(&self.house, period)?;
        let mut differences = Vec::new();
        compare_figures(&said, &closing, &mut differences);
        let root = lines_root(self.book, sheets(&closing))?;
        let stated = said.lines_root.as_ref();
        if stated.is_some_and(|stated| *stated != root) {
            differences.push("корень строк другой".to_owned());
        }
        compare_gaps(&self.pending, &closing, &mut differences);
        self.open = Some(Open {
            told: ReplayedClosing {
                period,
                computed_at: said.computed_at,
                engine: said.engine.map_or_else(String::new, String::from),
                sent: 0,
                differences,
            },
            closing,
            sent: BTreeMap::new(),
        });
        // What the closing was computed before belongs to the next one, as far as that one saw it.
        let next = self.ahead.front().copied().unwrap_or_default();
        let (seen, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|recorded| recorded.position <= next);
        self.pending = rest;
        seen.iter().try_for_each(|recorded| self.apply(recorded))
    }

    /// A bill or a notice of the closing that is open.
    fn note_sent(&mut self, recorded: &Recorded) {
        let Some(open) = &mut self.open else {
            return;
        };
        let account = AccountId(recorded.aggregate_id);
        match &recorded.event {
            BookEvent::Account(AccountEvent::BillIssued { bill })
                if bill.computed_at == open.told.computed_at =>
            {
                open.sent
                    .insert((account, key_of(bill)), bill.lines.clone());
            }
            BookEvent::Account(AccountEvent::ProviderNoticed { notice })
                if notice.computed_at == open.told.computed_at =>
            {
                open.sent
                    .insert((account, provider_of(notice)), notice.lines.clone());
            }
            _ => {}
        }
    }

    fn end_open(&mut self) {
        if let Some(Open {
            mut told,
            closing,
            sent,
        }) = self.open.take()
        {
            told.sent = sent.len();
            compare_lines(&sent, &closing, &mut told.differences);
            self.told.push(told);
        }
    }
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
    let ahead = events
        .iter()
        .filter_map(|recorded| Replay::computed_at(&recorded.event));
    let mut replay = Replay::new(export.book, ahead.collect::<Vec<_>>());
    for recorded in events {
        replay.take(recorded)?;
    }
    Ok(replay.finish())
}

/// The closing that an event states, where it was settled.
fn settled(event: &BookEvent) -> Option<(Period, Stated)> {
    let BookEvent::Building(BuildingEvent::PeriodClosed { period, .. }) = event else {
        return None;
    };
    let said = stated(event, *period)?;
    said.edition_hash.is_some().then_some((*period, said))
}

fn key_of(bill: &Bill) -> String {
    format!("{:?}", bill.kind)
}

fn provider_of(notice: &ProviderNotice) -> String {
    notice.provider.to_string()
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

/// The bills and notices that went out after it, line by line.
fn compare_lines(
    sent: &BTreeMap<(AccountId, String), Vec<BillLine>>,
    closing: &Closing,
    differences: &mut Vec<String>,
) {
    let mut now = BTreeMap::new();
    for bill in &closing.bills {
        let lines: Vec<&BillLine> = bill.lines.iter().map(|line| &line.line).collect();
        now.insert((bill.account, format!("{:?}", bill.kind)), lines);
    }
    for notice in &closing.notices {
        let lines = notice.lines.iter().map(|line| &line.line).collect();
        now.insert((notice.account, notice.provider.to_string()), lines);
    }
    let keys = sent
        .keys()
        .chain(now.keys().filter(|key| !sent.contains_key(*key)));
    for key in keys {
        let then: Option<Vec<&BillLine>> = sent.get(key).map(|lines| lines.iter().collect());
        let now = now.get(key);
        if then.as_ref() != now {
            differences.push(format!(
                "счёт {}: {}",
                key.0,
                difference(then.as_ref(), now)
            ));
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
