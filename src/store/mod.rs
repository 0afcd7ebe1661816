//! The event store: books in PostgreSQL, one append per unit of work.
//!
//! A book is the ordered, gapless, append-only sequence of events of one building or organisation.
//! [`Ledger`] opens units of work over one book; everything that writes goes through
//! `ledger_append` in the database, everything that reads is scoped by the book.

pub(crate) mod append;
pub mod books;
pub(crate) mod decide;
pub mod entry;
pub mod error;
pub mod execute;
pub mod guard;
pub mod merkle;
pub mod migrations;
pub mod pool;
pub mod read;
pub mod repository;
mod run;
pub(crate) mod sessions;
pub mod streams;
pub mod unit;
pub mod verify;
mod verify_states;

use std::fmt;

use chrono::{DateTime, Utc};
use cqrs_es::persist::EventUpcaster;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::Row;
use tokio::sync::watch;
use uuid::Uuid;

use crate::store::error::{CommitError, StoreError};
use crate::store::sessions::Sessions;
use crate::store::unit::UnitOfWork;

pub use aggregates::ledger::EventId;
pub use run::{Completed, RunError};

/// Asks for the receipt of an earlier append.
pub(crate) const RECEIPT: &str = "select first_position, last_position, recorded_at \
    from ledger.ledger_receipt($1, null, $2, $3, $4)";

/// Makes the upcasters of all aggregates; event type names are unique over all of them.
pub type Upcasters = fn() -> Vec<Box<dyn EventUpcaster>>;

/// The ledger of one database. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pool: PgPool,
    sessions: Sessions,
    upcasters: Upcasters,
    /// Counts the appends of this program, for those who follow books.
    appended: watch::Sender<u64>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

/// Who writes: a role and an id such as `staff:6f1c…`, never a name. 1 to 256 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor(String);

impl Actor {
    /// The actor `text`, or the reason why it is none.
    pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
        printable_name("автор", text.into()).map(Self)
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that may be repeated: the client's key and a hash over operation and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    key: String,
    hash: [u8; 32],
}

impl Request {
    /// The request `key` (1 to 256 bytes, chosen by the client) asking for `operation` with `body`.
    /// The same key with another operation or body is refused.
    pub fn new(
        key: impl Into<String>,
        operation: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<Self, StoreError> {
        let key = printable_name("ключ идемпотентности", key.into())?;
        let mut hash = Sha256::new();
        hash.update(operation.as_bytes());
        hash.update([0]);
        hash.update(body.as_ref());
        Ok(Self {
            key,
            hash: hash.finalize().into(),
        })
    }

    /// The client's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// SHA-256 over operation, a zero byte and body.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

fn printable_name(what: &'static str, text: String) -> Result<String, StoreError> {
    if text.is_empty() || text.len() > 256 || text.chars().any(char::is_control) {
        return Err(StoreError::BadName { what, text });
    }
    Ok(text)
}

/// What an append answers: where its events stand for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The book.
    pub book: Uuid,
    /// Position of the first event. An append without events has `first == last + 1`.
    pub first: i64,
    /// Position of the last event, or the head's where there was none.
    pub last: i64,
    /// When the book took the events in.
    pub recorded_at: DateTime<Utc>,
    /// The events stood there already: the same request had been answered before.
    pub replayed: bool,
    /// The events, in position order.
    pub events: Vec<EventId>,
}

impl Ledger {
    /// The ledger behind `pool` (see [`pool::connect`]), whose stored events are brought up to date
    /// by `upcasters`.
    pub fn new(pool: PgPool, upcasters: Upcasters) -> Self {
        Self {
            sessions: Sessions::new(pool.clone()),
            pool,
            upcasters,
            appended: watch::Sender::new(0),
        }
    }

    /// Sessions for single statements, beside the connections of the pool.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Closes all connections, before their database is dropped: whoever still asks is refused.
    pub async fn close(&self) {
        self.pool.close().await;
        self.sessions.close().await;
    }

    /// The connections of the application role.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Changes with every append that this program makes; appends of others are not heard of.
    pub fn appends(&self) -> watch::Receiver<u64> {
        self.appended.subscribe()
    }

    pub(crate) fn announce_append(&self) {
        self.appended
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Fresh upcasters for one store.
    pub fn upcasters(&self) -> Vec<Box<dyn EventUpcaster>> {
        (self.upcasters)()
    }

    /// A new unit of work over `book` by `actor`. With a `request` its append is found again under
    /// the same key; ask [`Ledger::replay_of`] before loading anything.
    pub fn unit(&self, book: Uuid, actor: &Actor, request: Option<&Request>) -> UnitOfWork {
        UnitOfWork::new(self.clone(), book, actor.clone(), request.cloned())
    }

    /// The receipt of an earlier append under the same book, actor and key, if there is one.
    ///
    /// # Errors
    /// [`CommitError::KeyReused`] when the key was used with another operation or body.
    pub async fn replay_of(
        &self,
        book: Uuid,
        actor: &Actor,
        request: &Request,
    ) -> Result<Option<Receipt>, CommitError> {
        let query = sqlx::query(RECEIPT)
            .bind(book)
            .bind(actor.as_str())
            .bind(request.key())
            .bind(request.hash().as_slice());
        let answer = self.sessions.fetch_one(query).await;
        let row = answer.map_err(|error| append::refusal(book, error))?;
        let Some(first) = row.try_get::<Option<i64>, _>(0).map_err(StoreError::read)? else {
            return Ok(None);
        };
        let last = row.try_get(1).map_err(StoreError::read)?;
        let recorded_at = row.try_get(2).map_err(StoreError::read)?;
        let events = self.events_between(book, first, last).await?;
        Ok(Some(Receipt {
            book,
            first,
            last,
            recorded_at,
            replayed: true,
            events,
        }))
    }

    /// The ids of the events at positions `first..=last`, in order.
    pub(crate) async fn events_between(
        &self,
        book: Uuid,
        first: i64,
        last: i64,
    ) -> Result<Vec<EventId>, StoreError> {
        let rows = sqlx::query(
            "select aggregate_type::text, aggregate_id::text, sequence from ledger.events \
             where book_id = $1 and position between $2 and $3 order by position",
        )
        .bind(book)
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::read)?;
        rows.iter().map(read::event_id_of).collect()
    }
}
