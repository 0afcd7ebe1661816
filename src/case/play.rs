//! A case file turned into the book that the ledger would hold.

use std::collections::BTreeMap;

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::submission::Confirmation;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::ReadingSource;
use chrono::{DateTime, Utc};
use projections::directory::fold::Directory;
use projections::settlement::{SettlementError, checklist, close};
use uuid::Uuid;

use crate::case::CaseError;
use crate::case::book::{CaseBook, Mark};
use crate::case::file::{CaseFact, CaseFile, CaseReading};
use crate::case::happening::Deed;
use crate::case::house_book;
use crate::case::names::Names;
use crate::case::outcome::CaseEntry;
use crate::closing::{Order, Prepared, record as record_closing};
use crate::import::house::{EntryStatus, Organisations, apply};
use crate::operations::OperationError;
use crate::readings::{Answer, Entry, record};

/// Channel of readings that name none.
const CHANNEL: &str = "case";

/// A case as its book tells it.
#[derive(Debug)]
pub struct PlayedCase {
    /// The book, up to where the period asked for is settled.
    pub book: CaseBook,
    /// Names in it.
    pub directory: Directory,
    /// Which entry of the file made the event, by position from 1.
    pub origins: Vec<String>,
    /// What became of the entries, in the order in which they were carried out.
    pub entries: Vec<CaseEntry>,
    /// How many entries come after the closing of the period asked for and were left out.
    pub later: usize,
}

/// Something of the file that happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Midnight ends the month before anything of the new one happens.
    Closing(usize),
    Fact(usize),
    Reading(usize),
}

/// Turns `file` into a book, up to the closing of `period` if the file closes it, else to its end.
///
/// # Errors
/// [`CaseError`] when the file as a whole makes no case. Entries that are refused are part of the
/// answer.
pub async fn play(file: &CaseFile, period: Period) -> Result<PlayedCase, CaseError> {
    let fias = file.house.building.address.fias.ok_or(CaseError::NoFias)?;
    let book = BookId::of_building(fias);
    let mut steps = steps(file)?;
    let closes = |(_, step): &(DateTime<Utc>, Step)| match step {
        Step::Closing(index) => file.closings[*index].period == period,
        _ => false,
    };
    let end = steps.iter().position(closes).unwrap_or(steps.len());
    let later = steps.split_off(end).len();
    let start = steps.first().map(|(at, _)| *at);
    let start = start.map_or_else(|| midnight(file, period), Ok)?;
    let companies = Organisations::of(&file.house.organisations);
    let mut player = Player {
        file,
        book: CaseBook::new(book, start),
        seen: 0,
        names: Names {
            book,
            companies: &companies,
            directory: Directory::default(),
            readings: BTreeMap::new(),
        },
        origins: Vec::new(),
        entries: Vec::new(),
    };
    player.house().await?;
    player.steps(&steps).await?;
    Ok(PlayedCase {
        book: player.book,
        directory: player.names.directory,
        origins: player.origins,
        entries: player.entries,
        later: later.saturating_sub(1),
    })
}

/// All that happens, in the order in which it became known.
fn steps(file: &CaseFile) -> Result<Vec<(DateTime<Utc>, Step)>, CaseError> {
    let mut steps = Vec::new();
    for (index, closing) in file.closings.iter().enumerate() {
        let at = match closing.at {
            Some(at) => at.to_utc(),
            None => midnight(file, closing.period.next())?,
        };
        steps.push((at, Step::Closing(index)));
    }
    for (index, fact) in file.facts.iter().enumerate() {
        steps.push((known_at(file, fact)?, Step::Fact(index)));
    }
    for (index, reading) in file.readings.iter().enumerate() {
        steps.push((received_at(reading), Step::Reading(index)));
    }
    steps.sort_unstable();
    Ok(steps)
}

fn midnight(file: &CaseFile, period: Period) -> Result<DateTime<Utc>, CaseError> {
    let zone = file.house.building.zone;
    zone.start_of(period.first_day()).ok_or(CaseError::Calendar)
}

fn known_at(file: &CaseFile, fact: &CaseFact) -> Result<DateTime<Utc>, CaseError> {
    match fact.received_at {
        Some(at) => Ok(at.to_utc()),
        None => {
            let own = fact.happened.own_time(file.house.building.zone);
            own.ok_or(CaseError::Calendar)
        }
    }
}

fn reading_path(index: usize) -> String {
    format!("readings[{index}]")
}

fn received_at(reading: &CaseReading) -> DateTime<Utc> {
    reading.received_at.unwrap_or(reading.taken_at).to_utc()
}

struct Player<'f> {
    file: &'f CaseFile,
    book: CaseBook,
    /// Events that `names` and `origins` know of.
    seen: usize,
    names: Names<'f>,
    origins: Vec<String>,
    entries: Vec<CaseEntry>,
}

impl Player<'_> {
    async fn house(&mut self) -> Result<(), CaseError> {
        let import = apply(&mut self.book, self.names.book, &self.file.house).await?;
        for entry in &import.entries {
            let told = CaseEntry::of_house(&entry.path, &entry.status);
            if let EntryStatus::Taken { events } = entry.status {
                self.origins
                    .extend(std::iter::repeat_n(told.path.clone(), events));
            }
            self.entries.push(told);
        }
        self.learn(|_| String::new());
        Ok(())
    }

    async fn steps(&mut self, steps: &[(DateTime<Utc>, Step)]) -> Result<(), CaseError> {
        // Readings received together are judged by one another.
        let together = |one: &(DateTime<Utc>, Step), next: &(DateTime<Utc>, Step)| {
            let readings = matches!((one.1, next.1), (Step::Reading(_), Step::Reading(_)));
            one.0 == next.0 && readings
        };
        for steps in steps.chunk_by(together) {
            let Some((at, first)) = steps.first() else {
                continue;
            };
            self.book.move_to(*at);
            match first {
                Step::Closing(index) => self.close(*index).await?,
                Step::Fact(index) => self.fact(*index).await?,
                Step::Reading(_) => {
                    let indices = steps.iter().filter_map(|(_, step)| match step {
                        Step::Reading(index) => Some(*index),
                        _ => None,
                    });
                    self.readings(&indices.collect::<Vec<_>>()).await?;
                }
            }
        }
        Ok(())
    }

    async fn close(&mut self, index: usize) -> Result<(), CaseError> {
        let path = format!("closings[{index}]");
        let mark = self.book.mark();
        let period = self.file.closings[index].period;
        let house = house_book(self.book.events())?;
        let closing = close(&house, period)?;
        // That the file closes the month is the cause of whatever asks for one.
        let cause =
            Code::new(CHANNEL).map_err(|error| SettlementError::Rules(error.to_string()))?;
        let order = Order::new(period).accepting_rest(cause);
        let checked = checklist(&house, &closing)?;
        let prepared = Prepared::of(self.names.book, &order, &closing, checked)?;
        let blocking: Vec<String> = closing.blocking().map(ToString::to_string).collect();
        let done = match blocking.is_empty() {
            true => {
                let root = self.book.stream_heads_root();
                record_closing(&mut self.book, self.names.book, &closing, &prepared, root).await
            }
            false => Err(OperationError::Refused(blocking.join("; "))),
        };
        self.conclude(&path, mark, done)
    }

    async fn fact(&mut self, index: usize) -> Result<(), CaseError> {
        let path = format!("facts[{index}]");
        let mark = self.book.mark();
        let happening = self.file.facts[index].happened.clone();
        let done = match Deed::of(happening, &self.names) {
            Ok(deed) => deed.carry_out(&mut self.book, self.names.book).await,
            Err(refusal) => Err(refusal),
        };
        self.conclude(&path, mark, done)
    }

    /// Notes what became of an entry; a refused one leaves no trace in the book.
    fn conclude(
        &mut self,
        path: &str,
        mark: Mark,
        done: Result<(), OperationError>,
    ) -> Result<(), CaseError> {
        let outcome = match done {
            Ok(()) => Ok(()),
            Err(OperationError::Store(error)) => return Err(error.into()),
            Err(refusal) => {
                self.book.take_back(mark);
                Err(refusal.to_string())
            }
        };
        self.learn(|_| path.to_owned());
        self.entries.push(CaseEntry::carried_out(path, outcome));
        Ok(())
    }

    async fn readings(&mut self, indices: &[usize]) -> Result<(), CaseError> {
        let mut ready = Vec::new();
        let mut entries = Vec::new();
        for index in indices {
            let path = reading_path(*index);
            match self.entry(&self.file.readings[*index]) {
                Ok(entry) => {
                    ready.push((path, *index, entry.meter));
                    entries.push(entry);
                }
                Err(refusal) => {
                    let refused = Err(refusal.to_string());
                    self.entries.push(CaseEntry::answered(&path, refused));
                }
            }
        }
        let directory = &self.names.directory;
        let answers = record(&mut self.book, self.names.book, directory, &entries).await?;
        for ((path, index, meter), answer) in ready.iter().zip(&answers) {
            let told = CaseEntry::answered(path, answer.as_ref().map_err(Clone::clone));
            let counts = !told.status.needs_mending();
            self.entries.push(told);
            if let Some(confirms) = &self.file.readings[*index].confirms
                && counts
            {
                self.answer_held(&confirms.reading);
            }
            if let (Some(key), Ok(answer)) = (&self.file.readings[*index].key, answer) {
                self.name(key, *meter, answer);
            }
        }
        self.learn(|meter| {
            let of_meter = ready.iter().find(|(_, _, of)| of.0 == meter);
            of_meter.map_or_else(String::new, |(path, _, _)| path.clone())
        });
        Ok(())
    }

    /// The held reading of this key needs no answer any more.
    fn answer_held(&mut self, key: &Code) {
        let mut readings = self.file.readings.iter();
        if let Some(index) = readings.position(|reading| reading.key.as_ref() == Some(key)) {
            let path = reading_path(index);
            let held = self.entries.iter_mut().filter(|entry| entry.path == path);
            held.for_each(CaseEntry::settle_held);
        }
    }

    fn name(&mut self, key: &Code, meter: MeterId, answer: &Answer) {
        let place = (meter, answer.event.sequence);
        self.names.readings.insert(key.clone(), place);
    }

    /// The reading with what it names found in the book.
    fn entry(&self, reading: &CaseReading) -> Result<Entry, OperationError> {
        let refuse = |reason: String| OperationError::Refused(reason);
        let taken = |key: &&Code| self.names.readings.contains_key(*key);
        if let Some(key) = reading.key.as_ref().filter(taken) {
            return Err(refuse(format!(
                "key «{key}» уже у другого показания; дайте каждому своё имя"
            )));
        }
        let meter = self.meter_of(reading)?;
        let account = match &reading.account {
            None => None,
            Some(number) => {
                let known = self.names.directory.account(number.as_str());
                Some(known.ok_or_else(|| {
                    refuse(format!(
                        "лицевого счёта «{number}» в доме нет; проверьте номер"
                    ))
                })?)
            }
        };
        let confirms = match &reading.confirms {
            None => None,
            Some(confirms) => Some(Confirmation {
                held: self.names.reading(&confirms.reading)?.1,
                choice: confirms.choice,
            }),
        };
        let channel = match &reading.channel {
            Some(channel) => channel.clone(),
            None => Code::new(CHANNEL).map_err(|error| refuse(error.to_string()))?,
        };
        Ok(Entry {
            meter,
            values: self.names.values(meter, &reading.values)?,
            taken_at: reading.taken_at.to_utc(),
            received_at: received_at(reading),
            source: reading.source.unwrap_or(ReadingSource::Import),
            channel,
            account,
            origin: None,
            confirms,
            act: reading.act.clone(),
        })
    }

    fn meter_of(&self, reading: &CaseReading) -> Result<MeterId, OperationError> {
        let refuse = |reason: String| Err(OperationError::Refused(reason));
        match (&reading.point, &reading.meter) {
            (Some(point), None) => self.names.meter_at(point),
            (None, Some(serial)) => match self.names.directory.meters_by_serial(serial.as_str()) {
                [meter] => Ok(*meter),
                [] => refuse(format!("прибора № {serial} в доме нет; проверьте номер")),
                _ => refuse(format!(
                    "приборов с номером {serial} несколько; назовите точку учёта полем point"
                )),
            },
            _ => refuse(
                "прибор назван дважды или ни разу; укажите одно из полей point и meter".to_owned(),
            ),
        }
    }

    /// Takes note of the events that have come since the last time; `origin` tells by their stream
    /// which entry made them.
    fn learn(&mut self, origin: impl Fn(Uuid) -> String) {
        for recorded in self.book.events().iter().skip(self.seen) {
            self.seen += 1;
            self.names.directory.apply(recorded);
            if self.origins.len() < self.seen {
                self.origins.push(origin(recorded.aggregate_id));
            }
        }
    }
}
