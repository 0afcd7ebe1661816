//! The one call that writes: `ledger_append`, and what its refusals mean.

use std::time::Duration;

use aggregates::ledger::EventId;
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::error::ErrorKind;
use uuid::Uuid;

use crate::store::error::{CommitError, StoreError};
use crate::store::{Actor, Ledger, Receipt, Request};

/// The one statement that writes.
pub(crate) const APPEND: &str = "select first_position, last_position, recorded_at, replayed \
    from ledger.ledger_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
    $16, $17, $18, $19, $20, $21, $22, $23)";

/// How often a lost outcome is asked for, a little later each time: about ten seconds in all.
const OUTCOME_ATTEMPTS: u32 = 10;

/// Length of the seed of an event's commitments.
const SALT_BYTES: usize = 16;

/// An event ready to be appended.
#[derive(Clone, Debug)]
pub(crate) struct PendingEvent {
    pub(crate) id: EventId,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) effective_at: Option<DateTime<Utc>>,
    pub(crate) natural_key: Option<String>,
}

/// A stream and a sequence in it.
#[derive(Clone, Debug)]
pub(crate) struct StreamAt {
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: Uuid,
    pub(crate) sequence: u64,
}

/// A folded aggregate to keep beside the append.
#[derive(Clone, Debug)]
pub(crate) struct StateToKeep {
    pub(crate) stream: StreamAt,
    pub(crate) version: u32,
    pub(crate) state: String,
}

/// All that one append writes and rests on.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) book: Uuid,
    pub(crate) commit: Uuid,
    pub(crate) actor: Actor,
    pub(crate) request: Option<Request>,
    pub(crate) events: Vec<PendingEvent>,
    /// Metadata of each event, as canonical JSON.
    pub(crate) metadata: Vec<String>,
    pub(crate) reads: Vec<StreamAt>,
    pub(crate) states: Vec<StateToKeep>,
}

impl Append {
    /// Sends the append as one autocommit statement. When the connection breaks, the outcome is
    /// read by the commit id.
    pub(crate) async fn send(&self, ledger: &Ledger) -> Result<Receipt, CommitError> {
        let seeds = self.seeds()?;
        let salts: Vec<&[u8]> = seeds.chunks_exact(SALT_BYTES).collect();
        let row = match ledger.sessions().fetch_one(self.query(&salts)).await {
            Ok(row) => row,
            Err(error) if outcome_is_open(&error) => return self.read_outcome(ledger, error).await,
            Err(error) => return Err(refusal(self.book, error)),
        };
        ledger.announce_append();
        let read = |error| CommitError::Store(StoreError::Read(error));
        let replayed: bool = row.try_get(3).map_err(read)?;
        let first = row.try_get(0).map_err(read)?;
        let last = row.try_get(1).map_err(read)?;
        let recorded_at = row.try_get(2).map_err(read)?;
        let events = if replayed {
            ledger.events_between(self.book, first, last).await?
        } else {
            self.events.iter().map(|event| event.id.clone()).collect()
        };
        Ok(Receipt {
            book: self.book,
            first,
            last,
            recorded_at,
            replayed,
            events,
        })
    }

    fn query<'q>(
        &'q self,
        salts: &'q [&'q [u8]],
    ) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
        let events = &self.events;
        let reads = &self.reads;
        let states = &self.states;
        sqlx::query(APPEND)
            .bind(self.book)
            .bind(self.commit)
            .bind(self.actor.as_str())
            .bind(self.request.as_ref().map(Request::key))
            .bind(
                self.request
                    .as_ref()
                    .map(|request| request.hash().as_slice()),
            )
            .bind(column(events, |e| e.id.aggregate_type.as_str()))
            .bind(column(events, |e| e.id.aggregate_id.to_string()))
            .bind(column(events, |e| as_bigint(e.id.sequence)))
            .bind(column(events, |e| e.event_type.as_str()))
            .bind(column(events, |e| e.event_version.as_str()))
            .bind(column(events, |e| e.payload.as_str()))
            .bind(&self.metadata)
            .bind(column(events, |e| e.effective_at))
            .bind(column(events, |e| e.natural_key.as_deref()))
            .bind(salts)
            .bind(column(reads, |r| r.aggregate_type.as_str()))
            .bind(column(reads, |r| r.aggregate_id.to_string()))
            .bind(column(reads, |r| as_bigint(r.sequence)))
            .bind(column(states, |s| s.stream.aggregate_type.as_str()))
            .bind(column(states, |s| s.stream.aggregate_id.to_string()))
            .bind(column(states, |s| as_bigint(s.stream.sequence)))
            .bind(column(states, |s| {
                i32::try_from(s.version).unwrap_or(i32::MAX)
            }))
            .bind(column(states, |s| s.state.as_str()))
    }

    /// 16 random bytes per event, drawn in one go.
    fn seeds(&self) -> Result<Vec<u8>, CommitError> {
        let mut seeds = vec![0; self.events.len() * SALT_BYTES];
        getrandom::fill(&mut seeds).map_err(|_| StoreError::NoRandomness)?;
        Ok(seeds)
    }

    /// Whether the append was stored, asked under the head's lock. Where it was not, its commit id
    /// is given up, so that it cannot arrive later either.
    async fn read_outcome(
        &self,
        ledger: &Ledger,
        lost: sqlx::Error,
    ) -> Result<Receipt, CommitError> {
        let mut source = lost;
        for attempt in 0..OUTCOME_ATTEMPTS {
            let asked = sqlx::query(
                "select first_position, last_position, recorded_at \
                 from ledger.ledger_outcome($1, $2, $3)",
            )
            .bind(self.book)
            .bind(self.commit)
            .bind(self.actor.as_str())
            .fetch_one(ledger.pool())
            .await;
            match asked {
                Ok(row) => return self.outcome_of(&row),
                Err(error) => source = error,
            }
            tokio::time::sleep(Duration::from_millis(100 + 200 * u64::from(attempt))).await;
        }
        Err(CommitError::OutcomeUnknown {
            book: self.book,
            commit: self.commit,
            source,
        })
    }

    fn outcome_of(&self, row: &sqlx::postgres::PgRow) -> Result<Receipt, CommitError> {
        let read = |error| CommitError::Store(StoreError::Read(error));
        let Some(first) = row.try_get::<Option<i64>, _>(0).map_err(read)? else {
            return Err(CommitError::NotStored);
        };
        Ok(Receipt {
            book: self.book,
            first,
            last: row.try_get(1).map_err(read)?,
            recorded_at: row.try_get(2).map_err(read)?,
            replayed: false,
            events: self.events.iter().map(|event| event.id.clone()).collect(),
        })
    }
}

fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

/// A sequence beyond the column's range is refused by the table's check.
fn as_bigint(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// The SQLSTATE of a refusal by the database.
pub(crate) fn sqlstate(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
}

/// Whether the append may have been stored although no answer came: the connection broke, or the
/// server ended the session (class 57P) while it was at work.
fn outcome_is_open(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => false,
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// What a refused append means to its caller.
pub(crate) fn refusal(book: Uuid, error: sqlx::Error) -> CommitError {
    let Some(database) = error.as_database_error() else {
        return CommitError::Refused(error);
    };
    let message = database.message().to_owned();
    let detail = || {
        database
            .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .and_then(|error| error.detail().map(str::to_owned))
            .unwrap_or_else(|| message.clone())
    };
    match database.code().as_deref() {
        Some("LG404") => CommitError::NoSuchBook(book),
        Some("LG409") => CommitError::KeyReused,
        Some("LG410") => CommitError::NotStored,
        Some("LG412") => CommitError::ReadMoved(message),
        Some("LG416") => CommitError::ForeignStream(message),
        Some("LG423") => CommitError::Sealed(book),
        Some("40001" | "40P01" | "55P03") => CommitError::Conflict(message),
        _ if database.kind() == ErrorKind::UniqueViolation => match database.constraint() {
            Some("events_pkey") => CommitError::Conflict(detail()),
            Some("events_natural_key") => CommitError::NaturalKeyKnown(detail()),
            _ => CommitError::Refused(error),
        },
        _ => CommitError::Refused(error),
    }
}
