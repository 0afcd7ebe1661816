//! A command judged by an aggregate, and its events in the form in which they are kept.

use aggregates::ledger::{EventId, LedgerAggregate, LedgerFact};
use chrono::{DateTime, SubsecRound, TimeZone, Utc};
use cqrs_es::DomainEvent;
use cqrs_es::event_sink::EventSink;
use uuid::Uuid;

use crate::store::append::PendingEvent;
use crate::store::entry::{self, UnrecordableError};
use crate::store::error::ExecuteError;

/// Longest natural key with its stream, in bytes; the table checks the same.
const NATURAL_KEY_MAX: usize = 512;

/// What became of a command.
pub(crate) struct Decision<A: LedgerAggregate> {
    /// The aggregate after the events.
    pub(crate) aggregate: A,
    /// The events.
    pub(crate) events: Vec<A::Event>,
    /// The same, ready to be kept.
    pub(crate) pending: Vec<PendingEvent>,
}

/// Lets `aggregate`, whose last event is number `sequence`, judge `command`.
///
/// # Errors
/// The aggregate refuses, or an event cannot be kept as it is.
pub(crate) async fn decide<A: LedgerAggregate>(
    id: Uuid,
    aggregate: &A,
    sequence: u64,
    command: A::Command,
) -> Result<Decision<A>, ExecuteError<A::Error>> {
    let mut aggregate = aggregate.clone();
    let sink = EventSink::default();
    aggregate
        .handle(command, &(), &sink)
        .await
        .map_err(ExecuteError::Refused)?;
    let events = sink.collect().await;
    let mut pending = Vec::with_capacity(events.len());
    for (event, sequence) in events.iter().zip(sequence + 1..) {
        let kept = keepable::<A>(id, sequence, event);
        pending.push(kept.map_err(|reason| unrecordable::<A>(id, &event.event_type(), reason))?);
    }
    Ok(Decision {
        aggregate,
        events,
        pending,
    })
}

/// The event in the form in which it is appended.
fn keepable<A: LedgerAggregate>(
    id: Uuid,
    sequence: u64,
    event: &A::Event,
) -> Result<PendingEvent, UnrecordableError> {
    let event_type = event.event_type();
    let event_version = event.event_version();
    for name in [A::TYPE, &event_type, &event_version] {
        entry::check_name(name)?;
    }
    Ok(PendingEvent {
        id: EventId::of::<A>(id, sequence),
        payload: entry::canonical_json(event)?,
        effective_at: event.effective_at().map(checked_time).transpose()?,
        natural_key: event
            .natural_key()
            .map(|key| full_natural_key::<A>(id, &key))
            .transpose()?,
        event_type,
        event_version,
    })
}

/// `type/id/key`, unique in a book.
fn full_natural_key<A: LedgerAggregate>(id: Uuid, key: &str) -> Result<String, UnrecordableError> {
    let full = format!("{}/{id}/{key}", A::TYPE);
    if key.is_empty() || key.contains('\0') || full.len() > NATURAL_KEY_MAX {
        return Err(UnrecordableError::BadNaturalKey(key.to_owned()));
    }
    Ok(full)
}

/// The instant to the microsecond, as PostgreSQL keeps it.
fn checked_time(instant: DateTime<Utc>) -> Result<DateTime<Utc>, UnrecordableError> {
    let first = Utc.with_ymd_and_hms(1900, 1, 1, 0, 0, 0).single();
    let last = Utc.with_ymd_and_hms(2200, 1, 1, 0, 0, 0).single();
    if first.is_some_and(|first| instant < first) || last.is_some_and(|last| instant > last) {
        return Err(UnrecordableError::BadEffectiveTime(instant));
    }
    Ok(instant.trunc_subsecs(6))
}

/// The refusal to keep an event, with its stream.
pub(crate) fn unrecordable<A: LedgerAggregate>(
    id: Uuid,
    event_type: &str,
    reason: UnrecordableError,
) -> ExecuteError<A::Error> {
    ExecuteError::Unrecordable {
        stream: format!("{}/{id}", A::TYPE),
        event_type: event_type.to_owned(),
        reason,
    }
}
