//! Commands carried out on one book, wherever its events are kept.

use aggregates::book_event::BookEvent;
use aggregates::ledger::{EventId, LedgerAggregate};
use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::store::error::{ExecuteError, StoreError};
use crate::store::read::decode;
use crate::store::unit::UnitOfWork;

/// What became of a command: its events with their names, or the refusal.
pub type Judged<A> =
    Result<Vec<(EventId, <A as Aggregate>::Event)>, ExecuteError<<A as Aggregate>::Error>>;

/// What an import, an intake of readings or an operation of staff asks of the book that it works
/// on: a [`UnitOfWork`] over the ledger, or a book in memory. Commands are judged alike in both.
pub trait Execute: Send + Sync {
    /// Makes ready many aggregates of one type at once; those that are ready are left alone.
    fn preload<A: LedgerAggregate>(
        &mut self,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The aggregate with all events so far; the default one where its stream is empty.
    fn read<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
    ) -> impl Future<Output = Result<&A, StoreError>> + Send;

    /// Judges a command and answers with the events that it made. A refused command leaves the
    /// book as it was.
    fn judge<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        command: A::Command,
    ) -> impl Future<Output = Judged<A>> + Send;

    /// Like [`Self::judge`], for a caller that only wants the events' names.
    fn execute<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        command: A::Command,
    ) -> impl Future<Output = Result<Vec<EventId>, ExecuteError<A::Error>>> + Send {
        async move {
            let events = self.judge::<A>(id, command).await?;
            Ok(events.into_iter().map(|(id, _)| id).collect())
        }
    }

    /// An event that stands in the book; `None` where there is none.
    fn recorded_event(
        &self,
        id: &EventId,
    ) -> impl Future<Output = Result<Option<BookEvent>, StoreError>> + Send;

    /// The events that stand in the book under these natural keys (`type/id/key`), in its order,
    /// each with its sequence in its stream. Keys without an event are left out.
    fn recorded_facts(
        &self,
        natural_keys: &[String],
    ) -> impl Future<Output = Result<Vec<RecordedFact>, StoreError>> + Send;
}

/// An event that stands in a book under a natural key.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFact {
    /// The key: `type/id/key`.
    pub natural_key: String,
    /// The event's place in its stream, from 1.
    pub sequence: u64,
    /// The event.
    pub event: BookEvent,
}

impl Execute for UnitOfWork {
    async fn preload<A: LedgerAggregate>(&mut self, ids: &[Uuid]) -> Result<(), StoreError> {
        Self::preload::<A>(self, ids).await
    }

    async fn read<A: LedgerAggregate>(&mut self, id: Uuid) -> Result<&A, StoreError> {
        Self::read::<A>(self, id).await
    }

    async fn judge<A: LedgerAggregate>(&mut self, id: Uuid, command: A::Command) -> Judged<A> {
        Self::judge::<A>(self, id, command).await
    }

    async fn recorded_event(&self, id: &EventId) -> Result<Option<BookEvent>, StoreError> {
        self.event(id).await?.map(|row| decode(&row)).transpose()
    }

    async fn recorded_facts(&self, keys: &[String]) -> Result<Vec<RecordedFact>, StoreError> {
        let rows = self.events_by_natural_key(keys).await?.into_iter();
        rows.map(|(natural_key, row)| {
            Ok(RecordedFact {
                natural_key,
                sequence: row.sequence,
                event: decode(&row)?,
            })
        })
        .collect()
    }
}
