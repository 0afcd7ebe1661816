//! A unit of work: commands on aggregates of one book, judged by what the unit read, appended all
//! at once or not at all.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};

use aggregates::ledger::{EventId, LedgerAggregate};
use cqrs_es::{AggregateError, EventStore};
use uuid::Uuid;

use crate::store::append::{Append, PendingEvent, StateToKeep, StreamAt};
use crate::store::decide::{Decision, decide, unrecordable};
use crate::store::entry;
use crate::store::error::{CommitError, ExecuteError, StoreError};
use crate::store::read::RecordedRow;
use crate::store::repository::{LedgerRepository, StreamEnds};
use crate::store::streams::StreamHead;
use crate::store::{Actor, Ledger, Receipt, Request};

/// Commands on aggregates of one book, not yet appended. Dropping it stores nothing.
pub struct UnitOfWork {
    ledger: Ledger,
    book: Uuid,
    commit: Uuid,
    actor: Actor,
    request: Option<Request>,
    metadata: BTreeMap<String, String>,
    live: HashMap<(&'static str, Uuid), Live>,
    events: Vec<PendingEvent>,
    metadata_texts: Vec<String>,
    /// Streams that a fold read and the unit rests on beside those it loaded.
    rests_on: Vec<StreamAt>,
}

/// An aggregate in the unit.
struct Live {
    /// The aggregate itself, of the type its key says.
    aggregate: Box<dyn Any + Send + Sync>,
    /// A command or a read looked at it in this unit: only then does the unit rest on it.
    touched: bool,
    /// Sequence when it was loaded.
    loaded: u64,
    /// Sequence with this unit's events.
    sequence: u64,
    /// Sequence of the stored state it was loaded from.
    state: u64,
    /// After how many events a state is kept.
    every: u64,
    /// State version and text of the aggregate as it is.
    keep: fn(&(dyn Any + Send + Sync)) -> Option<(u32, String)>,
}

impl std::fmt::Debug for UnitOfWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitOfWork")
            .field("book", &self.book)
            .field("commit", &self.commit)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

impl UnitOfWork {
    pub(crate) fn new(ledger: Ledger, book: Uuid, actor: Actor, request: Option<Request>) -> Self {
        let metadata = BTreeMap::from([("actor".to_owned(), actor.as_str().to_owned())]);
        Self {
            ledger,
            book,
            commit: Uuid::now_v7(),
            actor,
            request,
            metadata,
            live: HashMap::new(),
            events: Vec::new(),
            metadata_texts: Vec::new(),
            rests_on: Vec::new(),
        }
    }

    /// The book.
    pub fn book(&self) -> Uuid {
        self.book
    }

    /// The id under which the append will stand.
    pub fn commit_id(&self) -> Uuid {
        self.commit
    }

    /// The ledger, for reads that this unit does not depend on.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How many events wait to be appended.
    pub fn pending(&self) -> usize {
        self.events.len()
    }

    /// The events that wait to be appended: what the unit would do.
    pub(crate) fn pending_events(&self) -> &[PendingEvent] {
        &self.events
    }

    /// Says something of the events that follow, such as `command` or `correlation`. Nothing
    /// personal: metadata is never erased with a person.
    pub fn describe(&mut self, name: &str, value: impl Into<String>) {
        self.metadata.insert(name.to_owned(), value.into());
    }

    /// Loads many aggregates of one type in one round trip. Those loaded before are left alone.
    pub async fn preload<A: LedgerAggregate>(&mut self, ids: &[Uuid]) -> Result<(), StoreError> {
        let mut missing: Vec<Uuid> = ids
            .iter()
            .copied()
            .filter(|id| !self.live.contains_key(&(A::TYPE, *id)))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let repository = LedgerRepository::new(&self.ledger, self.book);
        let ends = repository.preload::<A>(&missing).await?;
        let store = repository.into_store::<A>(self.ledger.upcasters);
        for id in missing {
            let context = store
                .load_aggregate(&id.to_string())
                .await
                .map_err(|error| load_error::<A>(id, error))?;
            let ends = ends.get(&id).copied().unwrap_or_default();
            self.live
                .insert((A::TYPE, id), Live::new(context.aggregate, ends));
        }
        Ok(())
    }

    /// The aggregate as this unit sees it; the default one where its stream is empty. The append is
    /// refused if the aggregate has moved meanwhile.
    pub async fn read<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<&A, StoreError> {
        self.load::<A>(id).await.map(|(aggregate, _)| aggregate)
    }

    /// Sequence of the aggregate's last event as this unit sees it; 0 where its stream is empty.
    /// Like [`Self::read`] it is something the unit rests on.
    pub async fn sequence_of<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<u64, StoreError> {
        self.load::<A>(id).await.map(|(_, sequence)| sequence)
    }

    async fn load<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<(&A, u64), StoreError> {
        self.preload::<A>(&[id]).await?;
        let live = self.live.get_mut(&(A::TYPE, id));
        live.and_then(|live| {
            live.touched = true;
            Some((live.aggregate.downcast_ref::<A>()?, live.sequence))
        })
        .ok_or_else(|| StoreError::Undecodable {
            place: format!("{}/{id}", A::TYPE),
            reason: "тип агрегата занят другим агрегатом".to_owned(),
        })
    }

    /// Lets the unit rest on streams that were read by a fold: if one of them has gone on since,
    /// the append is refused and the commands are judged again.
    pub fn rest_on(&mut self, heads: &[StreamHead]) {
        self.rests_on.extend(heads.iter().map(|head| StreamAt {
            aggregate_type: head.aggregate_type.clone(),
            aggregate_id: head.aggregate_id,
            sequence: head.sequence,
        }));
    }

    /// Judges a command and names its events. They join the unit, and later commands see them; a
    /// refused command leaves the unit as it was.
    pub async fn execute<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        command: A::Command,
    ) -> Result<Vec<EventId>, ExecuteError<A::Error>> {
        let events = self.judge::<A>(id, command).await?;
        Ok(events.into_iter().map(|(id, _)| id).collect())
    }

    /// Like [`Self::execute`], for a caller that wants to see what was decided.
    pub async fn judge<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        command: A::Command,
    ) -> Result<Vec<(EventId, A::Event)>, ExecuteError<A::Error>> {
        let (aggregate, sequence) = self.load::<A>(id).await?;
        let Decision {
            aggregate,
            events,
            pending,
        } = decide::<A>(id, aggregate, sequence, command).await?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let metadata = entry::canonical_json(&self.metadata)
            .map_err(|reason| unrecordable::<A>(id, "metadata", reason))?;
        let ids: Vec<EventId> = pending.iter().map(|event| event.id.clone()).collect();
        if let Some(live) = self.live.get_mut(&(A::TYPE, id)) {
            live.aggregate = Box::new(aggregate);
            live.sequence = ids.last().map_or(live.sequence, |last| last.sequence);
        }
        self.metadata_texts
            .extend(std::iter::repeat_n(metadata, pending.len()));
        self.events.extend(pending);
        Ok(ids.into_iter().zip(events).collect())
    }

    /// The events of this book that stand under these natural keys (`type/id/key`), for judging a
    /// repeated fact: the same content is nothing new, another is a correction.
    pub async fn events_by_natural_key(
        &self,
        keys: &[String],
    ) -> Result<Vec<(String, RecordedRow)>, StoreError> {
        self.ledger.events_by_natural_key(self.book, keys).await
    }

    /// One event of this book by its id: what an aggregate's state no longer holds.
    pub async fn event(&self, id: &EventId) -> Result<Option<RecordedRow>, StoreError> {
        self.ledger.event(self.book, id).await
    }

    /// Appends everything in one call.
    ///
    /// A unit without events and without a request stores nothing and answers with the head. With a
    /// request even an empty append is kept, so that a repeated request stays one.
    ///
    /// # Errors
    /// See [`CommitError`]; those that are [retryable](CommitError::is_retryable) ask for a new
    /// unit
    /// in which the same commands are judged again.
    pub async fn commit(mut self) -> Result<Receipt, CommitError> {
        self.send().await
    }

    /// Appends everything and goes on with a new unit that keeps the aggregates loaded: for imports
    /// of many batches. Should somebody else continue one of them meanwhile, the next append is
    /// refused as a conflict, and a unit from [`Ledger::unit`] begins afresh.
    pub async fn commit_and_continue(
        mut self,
        next_request: Option<&Request>,
    ) -> Result<(Receipt, Self), CommitError> {
        let receipt = self.send().await?;
        if receipt.replayed {
            // What was appended under this key is not what these aggregates went through.
            self.live.clear();
        }
        for live in self.live.values_mut() {
            live.touched = false;
            live.loaded = live.sequence;
        }
        self.commit = Uuid::now_v7();
        self.request = next_request.cloned();
        Ok((receipt, self))
    }

    async fn send(&mut self) -> Result<Receipt, CommitError> {
        if self.events.is_empty() && self.request.is_none() {
            let head = self
                .ledger
                .head(self.book)
                .await
                .map_err(|error| match error {
                    StoreError::NoSuchBook(book) => CommitError::NoSuchBook(book),
                    error => CommitError::Store(error),
                })?;
            return Ok(Receipt {
                book: self.book,
                first: head.position + 1,
                last: head.position,
                recorded_at: head.recorded_at,
                replayed: false,
                events: Vec::new(),
            });
        }
        self.take_append().send(&self.ledger).await
    }

    pub(crate) fn take_append(&mut self) -> Append {
        let mut reads = std::mem::take(&mut self.rests_on);
        let mut states = Vec::new();
        for ((aggregate_type, aggregate_id), live) in &mut self.live {
            let stream = StreamAt {
                aggregate_type: (*aggregate_type).to_owned(),
                aggregate_id: *aggregate_id,
                sequence: live.sequence,
            };
            if live.sequence == live.loaded {
                // A stream that is written is held by its own sequence.
                reads.extend(live.touched.then_some(stream));
            } else if live.sequence - live.state >= live.every {
                let kept = (live.keep)(live.aggregate.as_ref());
                states.extend(kept.map(|(version, state)| StateToKeep {
                    stream,
                    version,
                    state,
                }));
                live.state = live.sequence;
            }
        }
        Append {
            book: self.book,
            commit: self.commit,
            actor: self.actor.clone(),
            request: self.request.take(),
            events: std::mem::take(&mut self.events),
            metadata: std::mem::take(&mut self.metadata_texts),
            reads,
            states,
        }
    }
}

impl Live {
    fn new<A: LedgerAggregate>(aggregate: A, ends: StreamEnds) -> Self {
        Self {
            aggregate: Box::new(aggregate),
            touched: false,
            loaded: ends.last_sequence,
            sequence: ends.last_sequence,
            state: ends.state_sequence,
            every: A::STATE_EVERY,
            keep: |aggregate| {
                // A state is a cache: one that does not serialise is simply not kept.
                let text = serde_json::to_string(aggregate.downcast_ref::<A>()?).ok()?;
                Some((A::STATE_VERSION, text))
            },
        }
    }
}

/// What cqrs-es says when an aggregate does not load, as the store's own error.
pub(crate) fn load_error<A: LedgerAggregate>(
    id: impl std::fmt::Display,
    error: AggregateError<A::Error>,
) -> StoreError {
    let undecodable = |reason: String| StoreError::Undecodable {
        place: format!("{}/{id}", A::TYPE),
        reason,
    };
    match error {
        AggregateError::DatabaseConnectionError(source)
        | AggregateError::UnexpectedError(source) => match source.downcast::<StoreError>() {
            Ok(error) => *error,
            Err(source) => undecodable(source.to_string()),
        },
        AggregateError::DeserializationError(source) => undecodable(source.to_string()),
        AggregateError::UserError(error) => undecodable(error.to_string()),
        AggregateError::AggregateConflict => undecodable("конфликт при чтении".to_owned()),
    }
}
