//! A book in memory: the same aggregates and judgements as in the ledger, and no database.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::ledger::{EventId, LedgerAggregate};
use chrono::{DateTime, Utc};
use projections::recorded::Recorded;
use uuid::Uuid;

use crate::store::append::PendingEvent;
use crate::store::decide::{Decision, decide, unrecordable};
use crate::store::entry::{Entry, Label, UnrecordableError, commitment};
use crate::store::error::StoreError;
use crate::store::execute::{Execute, Judged, RecordedFact};
use crate::store::streams::{StreamHead, stream_heads_root};

/// Seed of the commitments in a case.
const OPEN_SEED: [u8; 16] = [0; 16];
/// Nobody asks for the events of a case.
const NO_METADATA: &str = "{}";

/// A book that lives as long as one case. Time is told to it, so that the same commands always make
/// the same book.
#[derive(Debug)]
pub struct CaseBook {
    book: BookId,
    now: DateTime<Utc>,
    live: BTreeMap<(&'static str, Uuid), Live>,
    events: Vec<Recorded>,
    /// Places in `events` by natural key.
    facts: BTreeMap<String, usize>,
}

/// An aggregate of the type that its key says, with the number of its last event.
#[derive(Clone, Debug)]
struct Live {
    aggregate: Arc<dyn Any + Send + Sync>,
    sequence: u64,
    /// Leaf hash of its last event.
    leaf_hash: [u8; 32],
}

/// A state of a book that it can be taken back to.
#[derive(Debug)]
pub struct Mark {
    live: BTreeMap<(&'static str, Uuid), Live>,
    events: usize,
}

impl CaseBook {
    /// An empty book whose first events are recorded at `now`.
    pub fn new(book: BookId, now: DateTime<Utc>) -> Self {
        Self {
            book,
            now,
            live: BTreeMap::new(),
            events: Vec::new(),
            facts: BTreeMap::new(),
        }
    }

    /// The book's id.
    pub fn id(&self) -> BookId {
        self.book
    }

    /// The events so far; the first one stands at position 1.
    pub fn events(&self) -> &[Recorded] {
        &self.events
    }

    /// Position of the last event; 0 before the first.
    pub fn position(&self) -> u64 {
        self.events.last().map_or(0, |last| last.position)
    }

    /// Lets it be `now`; time never runs back.
    pub fn move_to(&mut self, now: DateTime<Utc>) {
        self.now = self.now.max(now);
    }

    /// The state as it is.
    pub fn mark(&self) -> Mark {
        Mark {
            live: self.live.clone(),
            events: self.events.len(),
        }
    }

    /// Takes back everything since `mark`, as a unit of work that is not appended.
    pub fn take_back(&mut self, mark: Mark) {
        self.live = mark.live;
        self.events.truncate(mark.events);
        self.facts.retain(|_, place| *place < mark.events);
    }

    fn load<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<(&A, u64), StoreError> {
        let fresh = || Live {
            aggregate: Arc::new(A::default()),
            sequence: 0,
            leaf_hash: [0; 32],
        };
        let live = self.live.entry((A::TYPE, id)).or_insert_with(fresh);
        let aggregate = live.aggregate.downcast_ref::<A>();
        let aggregate = aggregate.ok_or_else(|| StoreError::Undecodable {
            place: format!("{}/{id}", A::TYPE),
            reason: "тип агрегата занят другим агрегатом".to_owned(),
        })?;
        Ok((aggregate, live.sequence))
    }

    /// Refuses what the ledger's unique index would refuse.
    fn check_unknown(&self, pending: &[PendingEvent]) -> Result<(), (String, UnrecordableError)> {
        for event in pending {
            let key = event.natural_key.as_ref();
            if let Some(key) = key.filter(|key| self.facts.contains_key(*key)) {
                let known = UnrecordableError::KnownNaturalKey(key.clone());
                return Err((event.event_type.clone(), known));
            }
        }
        Ok(())
    }

    /// Appends an event and answers with its leaf hash.
    fn keep(&mut self, event: PendingEvent) -> Result<[u8; 32], StoreError> {
        let decoded = BookEvent::decode(
            &event.id.aggregate_type,
            &event.event_type,
            &event.event_version,
            &event.payload,
        );
        let decoded = decoded.map_err(|error| StoreError::Undecodable {
            place: event.id.to_string(),
            reason: error.to_string(),
        })?;
        let effective_at = event.effective_at.unwrap_or(self.now);
        let leaf_hash = self.leaf_hash(&event, effective_at)?;
        if let Some(key) = event.natural_key {
            self.facts.insert(key, self.events.len());
        }
        self.events.push(Recorded {
            book: self.book,
            position: self.position() + 1,
            recorded_at: self.now,
            effective_at,
            aggregate_id: event.id.aggregate_id,
            sequence: event.id.sequence,
            event: decoded,
        });
        Ok(leaf_hash)
    }

    /// The hash that the ledger would take over the event as the next of this book, with
    /// commitments that hide nothing: a case has no secret.
    fn leaf_hash(
        &self,
        event: &PendingEvent,
        effective_at: DateTime<Utc>,
    ) -> Result<[u8; 32], StoreError> {
        let too_many = |_| StoreError::Undecodable {
            place: event.id.to_string(),
            reason: "событий больше, чем вмещает журнал".to_owned(),
        };
        let entry = Entry {
            book: self.book.0,
            position: i64::try_from(self.position() + 1).map_err(too_many)?,
            recorded_at: self.now,
            effective_at,
            aggregate_type: &event.id.aggregate_type,
            aggregate_id: &event.id.aggregate_id.to_string(),
            sequence: i64::try_from(event.id.sequence).map_err(too_many)?,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload_commitment: commitment(Label::Payload, &OPEN_SEED, &event.payload),
            metadata_commitment: commitment(Label::Metadata, &OPEN_SEED, NO_METADATA),
        };
        Ok(entry.leaf())
    }

    /// The root over the heads of all streams, as a closing carries it.
    pub fn stream_heads_root(&self) -> [u8; 32] {
        let ended = self.live.iter().filter(|(_, live)| live.sequence > 0);
        let head =
            |((aggregate_type, aggregate_id), live): (&(&'static str, Uuid), &Live)| StreamHead {
                aggregate_type: (*aggregate_type).to_owned(),
                aggregate_id: *aggregate_id,
                sequence: live.sequence,
                leaf_hash: live.leaf_hash,
            };
        stream_heads_root(self.book, &ended.map(head).collect::<Vec<_>>())
    }
}

impl Execute for CaseBook {
    async fn preload<A: LedgerAggregate>(&mut self, _ids: &[Uuid]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn read<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<&A, StoreError> {
        self.load::<A>(id).map(|(aggregate, _)| aggregate)
    }

    async fn judge<A: LedgerAggregate>(&mut self, id: Uuid, command: A::Command) -> Judged<A> {
        let (aggregate, sequence) = self.load::<A>(id)?;
        let Decision {
            aggregate,
            events,
            pending,
        } = decide::<A>(id, aggregate, sequence, command).await?;
        self.check_unknown(&pending)
            .map_err(|(event_type, reason)| unrecordable::<A>(id, &event_type, reason))?;
        let ids: Vec<EventId> = pending.iter().map(|event| event.id.clone()).collect();
        let Some(last) = ids.last() else {
            return Ok(Vec::new());
        };
        let mut leaf_hash = [0; 32];
        for event in pending {
            leaf_hash = self.keep(event)?;
        }
        let live = Live {
            aggregate: Arc::new(aggregate),
            sequence: last.sequence,
            leaf_hash,
        };
        self.live.insert((A::TYPE, id), live);
        Ok(ids.into_iter().zip(events).collect())
    }

    async fn recorded_event(&self, id: &EventId) -> Result<Option<BookEvent>, StoreError> {
        let found = self
            .events
            .iter()
            .rev()
            .find(|recorded| recorded.event_id() == *id);
        Ok(found.map(|recorded| recorded.event.clone()))
    }

    async fn recorded_facts(&self, keys: &[String]) -> Result<Vec<RecordedFact>, StoreError> {
        let mut places: Vec<(usize, &String)> = keys
            .iter()
            .filter_map(|key| Some((*self.facts.get(key)?, key)))
            .collect();
        places.sort_unstable();
        places.dedup();
        let fact = |(place, key): (usize, &String)| {
            let recorded = self.events.get(place)?;
            Some(RecordedFact {
                natural_key: key.clone(),
                sequence: recorded.sequence,
                event: recorded.event.clone(),
            })
        };
        Ok(places.into_iter().filter_map(fact).collect())
    }
}
