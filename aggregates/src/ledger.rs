//! What the ledger asks of every aggregate and event, beyond cqrs-es.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event that can stand in a book.
pub trait LedgerFact: DomainEvent {
    /// When the fact was true in the world (valid time): the instant of a reading, the end of an
    /// interval, the day an act comes into force. `None` means “when it was recorded”.
    fn effective_at(&self) -> Option<DateTime<Utc>>;

    /// A key that names the fact itself, unique within its stream: the same device stamp or the
    /// same act always gives the same key. The store prefixes it with the stream and refuses a
    /// second event with a known key, so that a repeated import cannot double a fact.
    fn natural_key(&self) -> Option<String>;
}

/// Gives an event enum its names and versions: the stored `event_type` is the variant's name and
/// unique over all aggregates; the version rises when an upcaster is added.
macro_rules! event_names {
    ($events:ident { $($variant:ident $(= $version:literal)?),* $(,)? }) => {
        impl $events {
            /// Names of all events, as stored.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($variant)),*];

            /// Name of this event, as stored.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }

            /// Version of this event's form, as stored.
            pub fn version(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => event_names!(@version $($version)?),)*
                }
            }
        }

        impl cqrs_es::DomainEvent for $events {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                self.version().to_owned()
            }
        }
    };
    (@version) => { "1.0.0" };
    (@version $version:literal) => { $version };
}

/// An aggregate kept in a book.
pub trait LedgerAggregate:
    Aggregate<Event: LedgerFact, Command: Send, Error: Send, Services = ()> + Clone + 'static
{
    /// Version of the serialised state's meaning. A stored state of another version is ignored and
    /// the stream folded from its beginning.
    const STATE_VERSION: u32;

    /// After how many events a folded state is kept beside the append.
    const STATE_EVERY: u64 = STATE_EVERY;
}

/// As [`LedgerAggregate::STATE_EVERY`], where an aggregate says nothing else.
pub const STATE_EVERY: u64 = 16;

/// Names one event for ever: the stream it stands in and its place there (1, 2, 3 …).
///
/// Written `type/id/sequence`, for example `meter/1f0c…/17`. Unlike a position it is known to the
/// aggregate before the append, so one event can name another of the same unit of work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    /// The aggregate's type, as in the column `aggregate_type`.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: Uuid,
    /// Place in the stream, from 1.
    pub sequence: u64,
}

impl EventId {
    /// The id of event `sequence` of aggregate `A` with id `aggregate_id`.
    pub fn of<A: Aggregate>(aggregate_id: Uuid, sequence: u64) -> Self {
        Self {
            aggregate_type: A::TYPE.to_owned(),
            aggregate_id,
            sequence,
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.aggregate_type, self.aggregate_id, self.sequence
        )
    }
}

/// A text that is not an event id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{0}” is not an event id: expected type/uuid/sequence, for example meter/6f1c…/17")]
pub struct NotAnEventId(String);

impl FromStr for EventId {
    type Err = NotAnEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || NotAnEventId(text.to_owned());
        let mut parts = text.splitn(3, '/');
        let (Some(kind), Some(id), Some(sequence)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse());
        };
        let aggregate_id = Uuid::parse_str(id).map_err(|_| refuse())?;
        let sequence = sequence
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(refuse)?;
        if kind.is_empty() {
            return Err(refuse());
        }
        Ok(Self {
            aggregate_type: kind.to_owned(),
            aggregate_id,
            sequence,
        })
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for EventId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "type/uuid/sequence" })
    }
}
