//! An event as a book holds it, and the order in which a fold takes events in.

use std::fmt;

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// One event of a book, as read back from the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The book it stands in.
    pub book: BookId,
    /// Its place in the book, from 1.
    pub position: u64,
    /// When the book took it in; the same for all events of one unit of work.
    pub recorded_at: DateTime<Utc>,
    /// When the fact was true in the world.
    pub effective_at: DateTime<Utc>,
    /// The stream it belongs to.
    pub aggregate_id: Uuid,
    /// Its place in that stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: BookEvent,
}

impl Recorded {
    /// The event's name for ever: stream and place there.
    pub fn event_id(&self) -> EventId {
        self.at().event_id()
    }

    /// The event's name together with its position in the book.
    pub fn at(&self) -> EventAt {
        EventAt {
            aggregate_type: self.event.aggregate_type(),
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            position: self.position,
        }
    }
}

/// Names an event and its position: what a figure rests on.
///
/// As JSON: `{"event": "meter/6f1c…/17", "position": 1204}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventAt {
    /// Type of the stream, as stored.
    pub aggregate_type: &'static str,
    /// The stream.
    pub aggregate_id: Uuid,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// Place in the book, from 1.
    pub position: u64,
}

impl EventAt {
    /// The event's name without its position.
    pub fn event_id(&self) -> EventId {
        EventId {
            aggregate_type: self.aggregate_type.to_owned(),
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
        }
    }
}

impl fmt::Display for EventAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.aggregate_type, self.aggregate_id, self.sequence
        )
    }
}

/// As it is read by people and by other programs.
#[derive(Deserialize)]
struct NamedEvent {
    event: EventId,
    position: u64,
}

/// As it is kept in states, thousands of times: the type by its place in
/// [`BookEvent::AGGREGATE_TYPES`].
#[derive(Serialize, Deserialize)]
struct KeptEvent(u8, Uuid, u64, u64);

impl Serialize for EventAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeStruct};
        if !serializer.is_human_readable() {
            let mut types = BookEvent::AGGREGATE_TYPES.iter();
            let place = types.position(|known| *known == self.aggregate_type);
            let place = place.and_then(|place| u8::try_from(place).ok());
            let place = place.ok_or_else(|| S::Error::custom(self.aggregate_type))?;
            let kept = KeptEvent(place, self.aggregate_id, self.sequence, self.position);
            return kept.serialize(serializer);
        }
        let mut fields = serializer.serialize_struct("EventAt", 2)?;
        fields.serialize_field("event", &format_args!("{self}"))?;
        fields.serialize_field("position", &self.position)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for EventAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let KeptEvent(place, aggregate_id, sequence, position) =
                KeptEvent::deserialize(deserializer)?;
            let known = BookEvent::AGGREGATE_TYPES.get(usize::from(place));
            return Ok(Self {
                aggregate_type: known.ok_or_else(|| D::Error::custom(place))?,
                aggregate_id,
                sequence,
                position,
            });
        }
        let NamedEvent { event, position } = NamedEvent::deserialize(deserializer)?;
        let mut types = BookEvent::AGGREGATE_TYPES.iter();
        let known = types.find(|known| **known == event.aggregate_type);
        Ok(Self {
            aggregate_type: known.ok_or_else(|| D::Error::custom(&event))?,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            position,
        })
    }
}

/// An event that a fold cannot take in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A fold reads one book only.
    #[error(
        "событие на позиции {position} относится к журналу {found}, а читается журнал {expected}"
    )]
    AnotherBook {
        /// The book of the events before.
        expected: BookId,
        /// The book of this event.
        found: BookId,
        /// Where it stands.
        position: u64,
    },
    /// Positions must rise: a fold of events in another order would be another state.
    #[error("событие на позиции {found} подано после позиции {last}: подавайте события по порядку")]
    OutOfOrder {
        /// Position taken in last.
        last: u64,
        /// Position offered now.
        found: u64,
    },
    /// A stream speaks of a meter before it was registered: its first events are missing.
    #[error(
        "событие {event} (позиция {position}) относится к прибору, о регистрации которого не \
         сообщено: подайте и событие MeterRegistered"
    )]
    MeterNotRegistered {
        /// The event.
        event: EventId,
        /// Where it stands.
        position: u64,
    },
    /// A value is in a unit that the register cannot be converted to exactly.
    #[error("событие {event} (позиция {position}): значение регистра {register} не в его единице")]
    Unit {
        /// The event.
        event: EventId,
        /// Where it stands.
        position: u64,
        /// Name of the register.
        register: String,
    },
}

/// The place up to which a fold has read its book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    book: Option<BookId>,
    position: u64,
}

impl Cursor {
    /// Position taken in last; 0 before the first event.
    pub(crate) fn position(self) -> u64 {
        self.position
    }

    /// Notes that the book was read up to `position`, where the last events did not matter.
    pub(crate) fn read_to(&mut self, position: u64) {
        self.position = self.position.max(position);
    }

    /// Moves on to `recorded`, or says why it may not follow.
    pub(crate) fn advance(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if let Some(expected) = self.book.filter(|book| *book != recorded.book) {
            let (found, position) = (recorded.book, recorded.position);
            return Err(FoldError::AnotherBook {
                expected,
                found,
                position,
            });
        }
        if recorded.position <= self.position {
            return Err(FoldError::OutOfOrder {
                last: self.position,
                found: recorded.position,
            });
        }
        *self = Self {
            book: Some(recorded.book),
            position: recorded.position,
        };
        Ok(())
    }
}
