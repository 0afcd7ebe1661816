//! Import of readings: rows of a table brought into the books of their houses.

pub(super) mod houses;
mod resolve;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use projections::directory::fold::Directory;
use uuid::Uuid;

use crate::figures::{FigureError, House};
use crate::import::readings::houses::{Houses, KnownHouse};
use crate::import::readings::resolve::{Joined, entry_of, join};
use crate::import::report::{ImportReport, ReportError, RowOutcome, RowStatus};
use crate::import::table::{TableInfo, UnusableFile, open_file};
use crate::readings::{Answer, AnswerStatus, Entry, flag_outliers, note_missing, record};
use crate::store::RunError;
use crate::store::error::{CommitError, StoreError};
use crate::store::{Actor, Ledger};

/// Readings recorded in one unit of work. Larger units cost less each, smaller ones are judged
/// again sooner when somebody else writes to the same house.
const READINGS_PER_UNIT: usize = 4_000;

/// Units under way at once: one in the database, one being judged.
const UNITS_AT_ONCE: usize = 2;

/// What is answered to a reading that its unit says nothing about.
const UNANSWERED: &str = "журнал не ответил на показание; повторите импорт";

/// Why an import stopped. What was recorded before stays, and running it again adds the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read at all.
    #[error(transparent)]
    File(#[from] UnusableFile),
    /// The report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The readings could not be appended.
    #[error("строки не записаны; повторите импорт: записанное не удвоится")]
    Commit(#[from] CommitError),
    /// The task was shut down.
    #[error("импорт прервался; повторите: записанное не удвоится")]
    Interrupted,
}

/// How to import.
#[derive(Clone, Debug)]
pub struct ReadingsImport {
    /// Where to.
    pub ledger: Ledger,
    /// Who imports.
    pub actor: Actor,
    /// The house of rows that name none.
    pub house: Option<House>,
    /// The time of receipt of rows that name none.
    pub now: DateTime<Utc>,
    /// Judge everything, record nothing.
    pub dry_run: bool,
}

/// A reading whose rows and meter are known.
struct Ready {
    lines: Vec<u64>,
    meter: String,
    entry: Entry,
}

impl ReadingsImport {
    /// Imports the file at `path`. `begun` hears what was recognised before anything is recorded;
    /// `progress` hears how many of how many readings are done.
    ///
    /// # Errors
    /// [`ImportError`]. Refused rows are no error: they stand in `report`.
    pub async fn run(
        &self,
        path: &Path,
        report: &mut ImportReport,
        begun: impl FnOnce(&TableInfo),
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), ImportError> {
        let (info, rows) = open_file(path)?;
        begun(&info);
        let mut houses = Houses::new(self.ledger.clone(), self.house.clone());
        let mut by_house: BTreeMap<BookId, Vec<Ready>> = BTreeMap::new();
        let mut total = 0;
        for joined in join(rows) {
            match self.prepare(&mut houses, joined).await? {
                Ok((book, ready)) => {
                    total += 1;
                    by_house.entry(book).or_default().push(ready);
                }
                Err(refused) => {
                    for outcome in refused {
                        report.add(outcome)?;
                    }
                }
            }
        }
        let mut done = 0;
        for (book, ready) in by_house {
            let house = houses.get(book)?;
            let mut shown = |more| {
                done += more;
                progress(done, total);
            };
            self.house(&house, ready, report, &mut shown).await?;
        }
        Ok(())
    }

    /// Finds the house and the meter of a reading.
    async fn prepare(
        &self,
        houses: &mut Houses,
        joined: Joined,
    ) -> Result<Result<(BookId, Ready), Vec<RowOutcome>>, ImportError> {
        let row = match joined.row {
            Ok(row) => row,
            Err(refusal) => {
                let refused = refuse(&joined.lines, &joined.raw, &refusal.what_ru);
                return Ok(Err(with_remedy(refused, &refusal.remedy_ru)));
            }
        };
        let meter = row.meter.to_string();
        let house = match houses.of_row(&row.meter).await? {
            Ok(house) => house,
            Err(reason) => return Ok(Err(refuse(&joined.lines, &meter, &reason))),
        };
        Ok(match entry_of(&row, &house, self.now) {
            Ok(entry) => Ok((
                house.house.book,
                Ready {
                    lines: joined.lines,
                    meter,
                    entry,
                },
            )),
            Err(refusal) => {
                let refused = refuse(&joined.lines, &meter, &refusal.what_ru);
                Err(with_remedy(refused, &refusal.remedy_ru))
            }
        })
    }

    async fn house(
        &self,
        house: &KnownHouse,
        ready: Vec<Ready>,
        report: &mut ImportReport,
        shown: &mut impl FnMut(u64),
    ) -> Result<(), ImportError> {
        let entries: Vec<Entry> = ready.iter().map(|ready| ready.entry.clone()).collect();
        let answers = match self.dry_run {
            true => {
                let mut unit = self.ledger.unit(house.house.book.0, &self.actor, None);
                let book = house.house.book;
                let answers = record(&mut unit, book, &house.directory, &entries).await?;
                shown(u64::try_from(entries.len()).unwrap_or(u64::MAX));
                answers
            }
            false => self.record(house, &entries, shown).await?,
        };
        for (ready, answer) in ready.iter().zip(&answers) {
            for outcome in outcomes(ready, answer) {
                report.add(outcome)?;
            }
        }
        if self.dry_run {
            return Ok(());
        }
        self.remind(house, entries, answers).await
    }

    async fn record(
        &self,
        house: &KnownHouse,
        entries: &[Entry],
        shown: &mut impl FnMut(u64),
    ) -> Result<Vec<Result<Answer, String>>, ImportError> {
        let mut answers = vec![Err(UNANSWERED.to_owned()); entries.len()];
        let units = units_of(&house.directory, entries).into_iter();
        // While the database takes one unit in, the next one is judged: they share no meter.
        let mut recorded =
            stream::iter(units.map(|unit| self.unit(house, entries, unit))).buffered(UNITS_AT_ONCE);
        while let Some((unit, answered)) = recorded.try_next().await? {
            shown(u64::try_from(unit.len()).unwrap_or(u64::MAX));
            for (index, answer) in unit.into_iter().zip(answered) {
                answers[index] = answer;
            }
        }
        Ok(answers)
    }

    /// Records the readings `unit` of `entries` and gives back the answers to them.
    async fn unit(
        &self,
        house: &KnownHouse,
        entries: &[Entry],
        unit: Vec<usize>,
    ) -> Result<(Vec<usize>, Vec<Result<Answer, String>>), ImportError> {
        let book = house.house.book;
        let mut answers = Vec::with_capacity(unit.len());
        for part in unit.chunks(READINGS_PER_UNIT) {
            let directory = Arc::clone(&house.directory);
            let chosen: Vec<Entry> = part.iter().map(|index| entries[*index].clone()).collect();
            let chosen = Arc::new(chosen);
            let done = self
                .ledger
                .run(book.0, &self.actor, None, move |unit| {
                    let (directory, chosen) = (Arc::clone(&directory), Arc::clone(&chosen));
                    async move { record(unit, book, &directory, &chosen).await }.boxed()
                })
                .await
                .map_err(stopped)?;
            answers.extend(done.value.unwrap_or_default());
        }
        Ok((unit, answers))
    }

    /// V18 and V09, once everything is in: a sibling may stand further down in the file, and
    /// neighbours are compared with one another.
    async fn remind(
        &self,
        house: &KnownHouse,
        entries: Vec<Entry>,
        answers: Vec<Result<Answer, String>>,
    ) -> Result<(), ImportError> {
        let sent = entries.into_iter().zip(answers);
        let recorded: Vec<(Entry, Answer)> = sent
            .filter_map(|(entry, answer)| Some((entry, answer.ok()?)))
            .collect();
        let (directory, recorded) = (Arc::clone(&house.directory), Arc::new(recorded));
        self.ledger
            .run(house.house.book.0, &self.actor, None, move |unit| {
                let (directory, recorded) = (Arc::clone(&directory), Arc::clone(&recorded));
                async move {
                    note_missing(unit, &directory, &recorded).await?;
                    flag_outliers(unit, &directory, &recorded).await
                }
                .boxed()
            })
            .await
            .map_err(stopped)?;
        Ok(())
    }
}

/// The readings of each unit of work, by index, in the order of the file.
///
/// A place (premises, or a meter outside them) is recorded by one unit, because its readings are
/// judged by one another; and so each meter is loaded once, however the file is ordered. Only a
/// place with more readings than a unit takes makes a larger one, recorded in parts.
fn units_of(directory: &Directory, entries: &[Entry]) -> Vec<Vec<usize>> {
    let mut places: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<Uuid, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let premises = directory.premises_of_meter(entry.meter);
        let place = premises.map_or(entry.meter.0, |premises| premises.0);
        let number = *known.entry(place).or_insert(places.len());
        match places.get_mut(number) {
            Some(place) => place.push(index),
            None => places.push(vec![index]),
        }
    }
    let mut units: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match units.last_mut() {
            Some(unit) if unit.len() + place.len() <= READINGS_PER_UNIT => unit.extend(place),
            _ => units.push(place),
        }
    }
    units.iter_mut().for_each(|unit| unit.sort_unstable());
    units
}

fn stopped(error: RunError<StoreError>) -> ImportError {
    match error {
        RunError::Refused(error) => ImportError::Store(error),
        RunError::Commit(error) => ImportError::Commit(error),
        RunError::Interrupted => ImportError::Interrupted,
    }
}

fn refuse(lines: &[u64], meter: &str, reason: &str) -> Vec<RowOutcome> {
    let outcome = |line: &u64| RowOutcome {
        line: *line,
        status: RowStatus::Refused,
        meter: meter.to_owned(),
        message_ru: reason.to_owned(),
        remedy_ru: None,
        event: None,
    };
    lines.iter().map(outcome).collect()
}

fn with_remedy(mut outcomes: Vec<RowOutcome>, remedy: &str) -> Vec<RowOutcome> {
    for outcome in &mut outcomes {
        outcome.remedy_ru = Some(remedy.to_owned());
    }
    outcomes
}

fn outcomes(ready: &Ready, answer: &Result<Answer, String>) -> Vec<RowOutcome> {
    let (status, message, event): (RowStatus, String, Option<EventId>) = match answer {
        Ok(answer) => (
            status_of(answer.status),
            answer.messages.join(" "),
            Some(answer.event.clone()),
        ),
        Err(reason) => (RowStatus::Refused, reason.clone(), None),
    };
    let outcome = |line: &u64| RowOutcome {
        line: *line,
        status,
        meter: ready.meter.clone(),
        message_ru: message.clone(),
        remedy_ru: None,
        event: event.clone(),
    };
    ready.lines.iter().map(outcome).collect()
}

fn status_of(status: AnswerStatus) -> RowStatus {
    match status {
        AnswerStatus::Accepted => RowStatus::Taken,
        AnswerStatus::Flagged => RowStatus::Flagged,
        AnswerStatus::Held => RowStatus::Held,
        AnswerStatus::Rejected => RowStatus::Rejected,
        AnswerStatus::Repeated => RowStatus::Repeated,
        AnswerStatus::Corrected => RowStatus::Corrected,
    }
}
