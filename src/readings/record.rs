//! Readings recorded in a unit of work.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::building::Building;
use aggregates::building::terms::ReadingTerms;
use aggregates::ids::{BookId, MeterId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Finding, Proposal, RegisterValue};
use aggregates::meter::submission::{
    Outcome, PairFacts, ReadingFacts, Submission, TargetReading, ValidationLimits,
};
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use projections::directory::fold::Directory;

use crate::readings::{Answer, AnswerStatus, Entry, REPEATED_RU};
use crate::store::error::{ExecuteError, StoreError};
use crate::store::execute::Execute;

/// Why a reading could not even be judged.
pub type Refusal = String;

/// Records `entries` in `unit`, in their order, judged by the building and by one another.
///
/// # Errors
/// [`StoreError`] when the book cannot be read. An entry that the meter refuses (it is not
/// registered, it confirms what does not wait) comes back as its own `Err`.
pub async fn record(
    unit: &mut impl Execute,
    book: BookId,
    directory: &Directory,
    entries: &[Entry],
) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
    let batch = Batch::new(directory, entries);
    unit.preload::<Building>(&[book.0]).await?;
    unit.preload::<Meter>(&batch.meters_to_load()).await?;
    let known = earlier_readings(unit, &batch).await?;
    let mut recorder = Recorder {
        unit,
        book,
        batch,
        known,
        terms: BTreeMap::new(),
    };
    let mut answers = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        answers.push(recorder.one(index, entry).await?);
    }
    Ok(answers)
}

/// Readings of the book that carry an origin of the batch already.
async fn earlier_readings(
    unit: &impl Execute,
    batch: &Batch<'_>,
) -> Result<BTreeMap<String, TargetReading>, StoreError> {
    let mut known = BTreeMap::new();
    for fact in unit.recorded_facts(&batch.natural_keys()).await? {
        if let BookEvent::Meter(event) = &fact.event
            && let Some(target) = TargetReading::of(fact.sequence, event)
        {
            known.insert(fact.natural_key, target);
        }
    }
    Ok(known)
}

/// The entries of one unit, findable by their meter.
struct Batch<'e> {
    directory: &'e Directory,
    entries: &'e [Entry],
    by_meter: BTreeMap<MeterId, Vec<usize>>,
}

impl<'e> Batch<'e> {
    fn new(directory: &'e Directory, entries: &'e [Entry]) -> Self {
        let mut by_meter: BTreeMap<MeterId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_meter.entry(entry.meter).or_default().push(index);
        }
        Self {
            directory,
            entries,
            by_meter,
        }
    }

    fn meters_to_load(&self) -> Vec<uuid::Uuid> {
        let pairs = (0..self.entries.len()).filter_map(|index| self.pair_of(index));
        let paired = pairs.map(|(meter, _)| meter.0);
        self.by_meter
            .keys()
            .map(|meter| meter.0)
            .chain(paired)
            .collect()
    }

    fn natural_keys(&self) -> Vec<String> {
        self.entries.iter().filter_map(natural_key).collect()
    }

    /// The reading sent together with entry `index` for the one meter that cold and hot water are
    /// swapped with: same premises, same moment.
    fn pair_of(&self, index: usize) -> Option<(MeterId, &'e [RegisterValue])> {
        let entry = &self.entries[index];
        let paired = match self.directory.meter(entry.meter)?.resource {
            Resource::ColdWater => Resource::HotWater,
            Resource::HotWater => Resource::ColdWater,
            _ => return None,
        };
        let premises = self.directory.premises_of_meter(entry.meter)?;
        let [meter] = self.directory.meters_in(premises, paired)[..] else {
            return None;
        };
        let together = |other: &&usize| self.entries[**other].taken_at == entry.taken_at;
        let other = self.by_meter.get(&meter)?.iter().find(together)?;
        Some((meter, &self.entries[*other].values))
    }
}

fn natural_key(entry: &Entry) -> Option<String> {
    let origin = entry.origin.as_ref()?;
    Some(format!("meter/{}/reading/{origin}", entry.meter))
}

struct Recorder<'u, 'e, U> {
    unit: &'u mut U,
    book: BookId,
    batch: Batch<'e>,
    /// Readings that stand under an origin already, by natural key.
    known: BTreeMap<String, TargetReading>,
    terms: BTreeMap<(Resource, NaiveDate), ReadingTerms>,
}

impl<U: Execute> Recorder<'_, '_, U> {
    async fn one(
        &mut self,
        index: usize,
        entry: &Entry,
    ) -> Result<Result<Answer, Refusal>, StoreError> {
        let submission = match self.submission(index, entry).await? {
            Ok(submission) => submission,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let boxed = Box::new(submission.clone());
        let command = match entry.act.clone() {
            None => MeterCommand::RecordReading(boxed),
            Some(act) => MeterCommand::RecordControlReading {
                submission: boxed,
                act,
            },
        };
        match self.unit.judge::<Meter>(entry.meter.0, command).await {
            Ok(events) if events.is_empty() => self.repeated(entry, &submission).await,
            Ok(events) => Ok(answer_of(events)),
            Err(ExecuteError::Store(error)) => Err(error),
            Err(refusal) => Ok(Err(refusal.to_string())),
        }
    }

    async fn repeated(
        &mut self,
        entry: &Entry,
        submission: &Submission,
    ) -> Result<Result<Answer, Refusal>, StoreError> {
        let meter = self.unit.read::<Meter>(entry.meter.0).await?;
        let first = meter
            .repeats(submission)
            .ok_or_else(|| "прибор не дал ответа на показание; сообщите разработчикам".to_owned());
        Ok(first.map(|sequence| Answer {
            status: AnswerStatus::Repeated,
            event: EventId::of::<Meter>(entry.meter.0, sequence),
            period: None,
            findings: Vec::new(),
            proposals: Vec::new(),
            messages: vec![REPEATED_RU.to_owned()],
        }))
    }

    async fn submission(
        &mut self,
        index: usize,
        entry: &Entry,
    ) -> Result<Result<Submission, Refusal>, StoreError> {
        let directory = self.batch.directory;
        let Some(card) = directory.meter(entry.meter) else {
            return Ok(Err("прибор не зарегистрирован в журнале дома".to_owned()));
        };
        let terms = match self.terms(card.resource, entry).await? {
            Ok(terms) => terms,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pair = match self.batch.pair_of(index) {
            None => None,
            Some((meter, submitted)) => {
                let last = self.unit.read::<Meter>(meter.0).await?.last_values();
                Some(PairFacts {
                    meter,
                    last,
                    submitted: submitted.to_vec(),
                })
            }
        };
        let earlier = natural_key(entry)
            .and_then(|key| self.known.get(&key))
            .cloned();
        Ok(Ok(Submission {
            values: entry.values.clone(),
            taken_at: entry.taken_at,
            received_at: entry.received_at,
            source: entry.source,
            channel: entry.channel.clone(),
            account: entry.account.map(|account| account.account),
            evidence: None,
            origin: entry.origin.clone(),
            confirms: entry.confirms,
            facts: ReadingFacts {
                terms,
                premises_of_meter: directory.premises_of_meter(entry.meter),
                premises_of_sender: sender_premises(directory, entry),
                pair,
                earlier: earlier.map(Box::new),
                limits: ValidationLimits::default(),
            },
        }))
    }

    /// The building's terms for a resource and a day; asked once a day of receipt.
    async fn terms(
        &mut self,
        resource: Resource,
        entry: &Entry,
    ) -> Result<Result<ReadingTerms, Refusal>, StoreError> {
        let key = (resource, entry.received_at.date_naive());
        if let Some(terms) = self.terms.get(&key) {
            return Ok(Ok(terms.clone()));
        }
        let building = self.unit.read::<Building>(self.book.0).await?;
        match building.reading_terms(resource, entry.received_at) {
            Ok(terms) => {
                self.terms.insert(key, terms.clone());
                Ok(Ok(terms))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}

/// The premises a reading was sent from; for a room whose flat has the meter, the flat.
fn sender_premises(directory: &Directory, entry: &Entry) -> Option<PremisesId> {
    let sender = entry.account?.premises;
    let flat = directory.premises(sender)?.part_of;
    match flat {
        Some(flat) if directory.premises_of_meter(entry.meter) == Some(flat) => Some(flat),
        _ => Some(sender),
    }
}

/// What the events of one submission say.
///
/// # Errors
/// They take in no reading.
pub fn answer_of(events: Vec<(EventId, MeterEvent)>) -> Result<Answer, Refusal> {
    let corrected = events
        .iter()
        .find(|(_, event)| matches!(event, MeterEvent::ReadingCorrected { .. }));
    if let Some((event, _)) = corrected {
        return Ok(Answer {
            status: AnswerStatus::Corrected,
            event: event.clone(),
            period: None,
            findings: Vec::new(),
            proposals: Vec::new(),
            messages: vec!["прежнее показание исправлено; сохранены оба".to_owned()],
        });
    }
    let (id, event, outcome) = events
        .into_iter()
        .find_map(|(id, event)| Outcome::of(&event).map(|outcome| (id, event, outcome)))
        .ok_or_else(|| "прибор не дал ответа на показание; сообщите разработчикам".to_owned())?;
    let (findings, proposals) = match &event {
        MeterEvent::ReadingRecorded { flags, .. } => (flags.clone(), Vec::new()),
        MeterEvent::ReadingHeld {
            findings,
            proposals,
            ..
        } => (findings.clone(), proposals.clone()),
        MeterEvent::ReadingRejected { findings, .. } => (findings.clone(), Vec::new()),
        _ => (Vec::new(), Vec::new()),
    };
    let found = findings.iter().map(Finding::explain_ru);
    let offered = proposals.iter().map(Proposal::explain_ru);
    Ok(Answer {
        status: AnswerStatus::of(outcome),
        event: id,
        period: event.reading().map(|reading| reading.period),
        messages: found.chain(offered).collect(),
        findings,
        proposals,
    })
}
