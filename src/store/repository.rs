//! The repository behind cqrs-es' `PersistedEventStore`: streams scoped by one book, at the present
//! or as of a position.
//!
//! It reads only. Events are appended by a [`UnitOfWork`](crate::store::unit::UnitOfWork), because
//! `persist` sees neither when a fact was true nor its natural key. Every aggregate is loaded
//! through
//! `PersistedEventStore::new_snapshot_store(repository, usize::MAX)`, which reads states and never
//! writes one (the published crate would apply events twice).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aggregates::ledger::LedgerAggregate;
use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayFeed, ReplayStream,
    SerializedEvent, SerializedSnapshot,
};
use futures_util::TryStreamExt;
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::sessions::Sessions;

/// Events waiting between the database and a replay's reader.
const REPLAY_AHEAD: usize = 256;

/// An aggregate as it was found: its stored state, and the events after it.
#[derive(Clone, Debug, Default)]
struct Found {
    /// The state's sequence and text; sequence 0 where none is stored.
    state_sequence: i64,
    state: Option<String>,
    tail: Vec<SerializedEvent>,
    /// The stream's last sequence, erased events included.
    last_sequence: i64,
}

/// Reads the streams of one book.
pub struct LedgerRepository {
    pool: PgPool,
    sessions: Sessions,
    book: Uuid,
    as_of: Option<i64>,
    published: PostgresEventRepository,
    /// Aggregates found by a preload, each taken by the load that follows.
    found: Mutex<HashMap<(&'static str, String), Found>>,
}

/// What is known of a stream beside its aggregate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamEnds {
    /// Sequence of the stored state that was loaded; 0 without one.
    pub state_sequence: u64,
    /// Sequence of the last event; 0 in an empty stream.
    pub last_sequence: u64,
}

impl LedgerRepository {
    /// The present of `book`.
    pub fn new(ledger: &Ledger, book: Uuid) -> Self {
        Self::at(ledger, book, None)
    }

    /// `book` as it stood at `position`. Nothing can be appended to the past.
    pub fn as_of(ledger: &Ledger, book: Uuid, position: i64) -> Self {
        Self::at(ledger, book, Some(position))
    }

    fn at(ledger: &Ledger, book: Uuid, as_of: Option<i64>) -> Self {
        let pool = ledger.pool().clone();
        let published = PostgresEventRepository::new(pool.clone())
            .with_tables("ledger.events", "ledger.no_snapshots");
        Self {
            pool,
            sessions: ledger.sessions().clone(),
            book,
            as_of,
            published,
            found: Mutex::default(),
        }
    }

    /// Fetches many aggregates in one round trip, for the loads that follow: the stored state of
    /// this program's version, where there is one, and the events after it. As of a position no
    /// state is used.
    pub async fn preload<A: LedgerAggregate>(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, StreamEnds>, StoreError> {
        let names: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let query = sqlx::query(PRELOAD)
            .bind(self.book)
            .bind(A::TYPE)
            .bind(&names)
            .bind(i32::try_from(A::STATE_VERSION).unwrap_or(i32::MAX))
            .bind(self.as_of);
        let answer = self.sessions.fetch_all(query).await;
        let rows = answer.map_err(StoreError::read)?;
        let mut found: HashMap<String, Found> = names
            .iter()
            .map(|name| (name.clone(), Found::default()))
            .collect();
        for row in &rows {
            let id: &str = row.try_get(0).map_err(StoreError::read)?;
            if let Some(entry) = found.get_mut(id) {
                add_row::<A>(entry, row)?;
            }
        }
        let ends = ids
            .iter()
            .zip(&names)
            .map(|(id, name)| (*id, ends_of(found.get(name))))
            .collect();
        let mut known = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(
            found
                .into_iter()
                .map(|(name, found)| ((A::TYPE, name), found)),
        );
        Ok(ends)
    }

    /// A store over this repository that loads with stored states and never writes one.
    pub fn into_store<A: Aggregate>(
        self,
        upcasters: crate::store::Upcasters,
    ) -> PersistedEventStore<Self, A> {
        PersistedEventStore::new_snapshot_store(self, usize::MAX).with_upcasters(upcasters())
    }

    fn taken<A: Aggregate, T>(&self, id: &str, take: impl FnOnce(&mut Found) -> T) -> Option<T> {
        let mut known = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_mut(&(A::TYPE, id.to_owned())).map(take)
    }

    /// The events of one stream after `after`, checked to be without a gap.
    async fn events_after<A: Aggregate>(
        &self,
        id: &str,
        after: i64,
    ) -> Result<Vec<SerializedEvent>, StoreError> {
        let rows = sqlx::query(
            "select aggregate_id::text, sequence, event_type::text, event_version::text, \
                    payload::text, metadata::text, salt is null \
             from ledger.events \
             where book_id = $1 and aggregate_type = $2 and aggregate_id = $3 and sequence > $4 \
               and position <= coalesce($5, 9223372036854775807) \
             order by sequence",
        )
        .bind(self.book)
        .bind(A::TYPE)
        .bind(id)
        .bind(after)
        .bind(self.as_of)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::read)?;
        let mut found = Found {
            last_sequence: after,
            ..Found::default()
        };
        for row in &rows {
            add_event::<A>(&mut found, id, row)?;
        }
        Ok(found.tail)
    }

    /// The whole stream as plain postgres-es reads it, if that is what stands in this book.
    async fn published_events<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let events = self.published.get_events::<A>(id).await?;
        // postgres-es knows no books and no erasure: what it reads is taken only where all of it
        // stands in this book with its content.
        let here: i64 = sqlx::query_scalar(
            "select count(*) from ledger.events where book_id = $1 and aggregate_type = $2 \
             and aggregate_id = $3 and sequence <= $4 and salt is not null",
        )
        .bind(self.book)
        .bind(A::TYPE)
        .bind(id)
        .bind(i64::try_from(events.len()).unwrap_or(i64::MAX))
        .fetch_one(&self.pool)
        .await
        .map_err(|error| persistence(StoreError::Read(error)))?;
        let dense = events
            .iter()
            .zip(1..)
            .all(|(event, sequence)| event.sequence == sequence);
        if dense && usize::try_from(here).is_ok_and(|here| here == events.len()) {
            return Ok(events);
        }
        self.events_after::<A>(id, 0).await.map_err(persistence)
    }

    fn replay(&self, aggregate_type: &'static str, id: Option<&str>) -> ReplayStream {
        let (feed, stream) = ReplayStream::new(REPLAY_AHEAD);
        let pool = self.pool.clone();
        let (book, until) = (self.book, self.as_of);
        let id = id.map(str::to_owned);
        tokio::spawn(replay_rows(pool, book, until, aggregate_type, id, feed));
        stream
    }
}

/// States first, then the events after each; one kind of row for both. Nobody folds metadata, so it
/// is not fetched.
pub(crate) const PRELOAD: &str = "\
    with wanted as (select id from unnest($3::text[]) w(id)), \
    kept as materialized ( \
      select s.aggregate_id, s.sequence, s.state from wanted w \
      cross join lateral (select * from ledger.aggregate_states s where s.book_id = $1 \
        and s.aggregate_type = $2 and s.aggregate_id = w.id and s.state_version = $4 offset 0) s \
      where $5::bigint is null) \
    select aggregate_id, sequence, null, null, state::text, null, false from kept \
    union all \
    select w.id, e.sequence, e.event_type, e.event_version, e.payload, null, e.erased \
    from wanted w left join kept k on k.aggregate_id = w.id \
    cross join lateral ( \
      select e.sequence, e.event_type::text, e.event_version::text, e.payload::text, \
             e.salt is null as erased \
      from ledger.events e \
      where e.book_id = $1 and e.aggregate_type = $2 and e.aggregate_id = w.id \
        and e.sequence > coalesce(k.sequence, 0) \
        and e.position <= coalesce($5::bigint, 9223372036854775807) \
      order by e.sequence offset 0) e";

fn ends_of(found: Option<&Found>) -> StreamEnds {
    let (state, last) = found.map_or((0, 0), |found| (found.state_sequence, found.last_sequence));
    StreamEnds {
        state_sequence: u64::try_from(state).unwrap_or(0),
        last_sequence: u64::try_from(last).unwrap_or(0),
    }
}

fn add_row<A: Aggregate>(found: &mut Found, row: &PgRow) -> Result<(), StoreError> {
    let event_type: Option<&str> = row.try_get(2).map_err(StoreError::read)?;
    if event_type.is_none() {
        found.state_sequence = row.try_get(1).map_err(StoreError::read)?;
        found.last_sequence = found.state_sequence;
        found.state = row.try_get(4).map_err(StoreError::read)?;
        return Ok(());
    }
    let id: String = row.try_get(0).map_err(StoreError::read)?;
    add_event::<A>(found, &id, row)
}

/// Adds the next event of a stream. An erased one counts but says nothing.
fn add_event<A: Aggregate>(found: &mut Found, id: &str, row: &PgRow) -> Result<(), StoreError> {
    let sequence: i64 = row.try_get(1).map_err(StoreError::read)?;
    if sequence != found.last_sequence + 1 {
        return Err(StoreError::BrokenStream {
            stream: format!("{}/{id}", A::TYPE),
            after: u64::try_from(found.last_sequence).unwrap_or(0),
            found: sequence,
        });
    }
    found.last_sequence = sequence;
    let erased: bool = row.try_get(6).map_err(StoreError::read)?;
    if !erased {
        found.tail.push(serialized_event(A::TYPE, row)?);
    }
    Ok(())
}

/// Columns: id, sequence, type, version, payload, metadata.
fn serialized_event(aggregate_type: &str, row: &PgRow) -> Result<SerializedEvent, StoreError> {
    let aggregate_id: String = row.try_get(0).map_err(StoreError::read)?;
    let sequence: i64 = row.try_get(1).map_err(StoreError::read)?;
    let place = || format!("{aggregate_type}/{aggregate_id}/{sequence}");
    let json = |column| -> Result<Value, StoreError> {
        let text: Option<&str> = row.try_get(column).map_err(StoreError::read)?;
        serde_json::from_str(text.unwrap_or("{}")).map_err(|error| StoreError::Undecodable {
            place: place(),
            reason: error.to_string(),
        })
    };
    let payload = json(4)?;
    let metadata = json(5)?;
    Ok(SerializedEvent {
        sequence: usize::try_from(sequence).unwrap_or(usize::MAX),
        aggregate_type: aggregate_type.to_owned(),
        event_type: row.try_get(2).map_err(StoreError::read)?,
        event_version: row.try_get(3).map_err(StoreError::read)?,
        payload,
        metadata,
        aggregate_id,
    })
}

/// Streams rows in position order. A failure is delivered as the stream's last item, so a replay
/// cut short is never taken for a complete one.
async fn replay_rows(
    pool: PgPool,
    book: Uuid,
    until: Option<i64>,
    aggregate_type: &'static str,
    id: Option<String>,
    mut feed: ReplayFeed,
) {
    let mut rows = sqlx::query(
        "select aggregate_id::text, sequence, event_type::text, event_version::text, \
                payload::text, metadata::text \
         from ledger.events \
         where book_id = $1 and aggregate_type = $2 and ($3::text is null or aggregate_id = $3) \
           and position <= coalesce($4, 9223372036854775807) and salt is not null \
         order by position",
    )
    .bind(book)
    .bind(aggregate_type)
    .bind(id)
    .bind(until)
    .persistent(false)
    .fetch(&pool);
    loop {
        let item = match rows.try_next().await {
            Ok(None) => return,
            Ok(Some(row)) => serialized_event(aggregate_type, &row).map_err(persistence),
            Err(error) => Err(persistence(StoreError::Read(error))),
        };
        let failed = item.is_err();
        // Nobody listens any more, or nothing sound follows.
        if feed.push(item).await.is_err() || failed {
            return;
        }
    }
}

/// The store's error as cqrs-es passes it on.
fn persistence(error: StoreError) -> PersistenceError {
    match error {
        StoreError::Undecodable { .. } => PersistenceError::DeserializationError(Box::new(error)),
        StoreError::Read(_) => PersistenceError::ConnectionError(Box::new(error)),
        _ => PersistenceError::UnknownError(Box::new(error)),
    }
}

/// Refusal to append through the repository.
#[derive(Debug, thiserror::Error)]
#[error(
    "события добавляются только через UnitOfWork: иначе теряются время факта и естественный ключ"
)]
pub struct AppendThroughUnit;

impl PersistedEventRepository for LedgerRepository {
    async fn get_events<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        if self.as_of.is_some() {
            return self.events_after::<A>(id, 0).await.map_err(persistence);
        }
        self.published_events::<A>(id).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let after = i64::try_from(last_sequence).unwrap_or(i64::MAX);
        // What was preloaded serves once, and only if it begins where the caller stands: a state
        // that did not deserialise makes the caller begin at zero.
        let tail = self.taken::<A, _>(id, |found| {
            (found.state_sequence == after).then(|| std::mem::take(&mut found.tail))
        });
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(A::TYPE, id.to_owned()));
        match tail.flatten() {
            Some(tail) => Ok(tail),
            None => self.events_after::<A>(id, after).await.map_err(persistence),
        }
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        let state = self.taken::<A, _>(id, |found| {
            found
                .state
                .take()
                .map(|state| (state, found.state_sequence))
        });
        let Some((state, sequence)) = state.flatten() else {
            return Ok(None);
        };
        Ok(Some(SerializedSnapshot {
            aggregate_id: id.to_owned(),
            aggregate: serde_json::from_str(&state)?,
            current_sequence: usize::try_from(sequence).unwrap_or(usize::MAX),
            current_snapshot: 1,
        }))
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        state: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if events.is_empty() && state.is_none() {
            return Ok(());
        }
        Err(PersistenceError::UnknownError(Box::new(AppendThroughUnit)))
    }

    async fn stream_events<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        Ok(self.replay(A::TYPE, Some(id)))
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Ok(self.replay(A::TYPE, None))
    }
}
