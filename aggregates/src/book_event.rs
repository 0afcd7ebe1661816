//! Any event that may stand in a book, read back from its stored form.

use chrono::{DateTime, Utc};
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde::de::DeserializeOwned;

use crate::access_grant::event::AccessGrantEvent;
use crate::account::event::AccountEvent;
use crate::building::event::BuildingEvent;
use crate::closing_batch::event::ClosingBatchEvent;
use crate::correction::event::CorrectionEvent;
use crate::dispute::event::DisputeEvent;
use crate::ledger::LedgerFact;
use crate::meter::event::MeterEvent;
use crate::metering_point::event::MeteringPointEvent;
use crate::organisation::event::OrganisationEvent;
use crate::premises::event::PremisesEvent;
use crate::rule_book::event::RuleBookEvent;
use crate::tariff_book::event::TariffBookEvent;
use crate::upcast::{current_version, upcasters};

/// A stored event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The column `aggregate_type` names nothing this version knows.
    #[error("aggregate type “{0}” is unknown to this version of the program: use a newer one")]
    UnknownAggregate(String),
    /// The payload does not have the form of its event.
    #[error("event {event_type} of version {event_version} cannot be read")]
    Payload {
        /// Column `event_type`.
        event_type: String,
        /// Column `event_version`.
        event_version: String,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
}

macro_rules! book_events {
    ($($variant:ident($event:ty) = $kind:literal,)*) => {
        /// An event of any aggregate.
        #[derive(Clone, Debug, PartialEq)]
        pub enum BookEvent {
            $(
                #[doc = concat!("Of a stream of type `", $kind, "`.")]
                $variant($event),
            )*
        }

        impl BookEvent {
            /// All aggregate types, as stored.
            pub const AGGREGATE_TYPES: &'static [&'static str] = &[$($kind),*];

            /// Name of the event, as stored.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(event) => event.name(),)*
                }
            }

            /// Version of its form, as stored.
            pub fn version(&self) -> &'static str {
                match self {
                    $(Self::$variant(event) => event.version(),)*
                }
            }

            /// Its content in JSON, as [`Self::decode`] reads it back.
            ///
            /// # Errors
            /// An event has no JSON form, which is an error of the program.
            pub fn payload(&self) -> Result<String, serde_json::Error> {
                match self {
                    $(Self::$variant(event) => serde_json::to_string(event),)*
                }
            }

            /// When the fact was true in the world; `None`: when it was recorded.
            pub fn effective_at(&self) -> Option<DateTime<Utc>> {
                match self {
                    $(Self::$variant(event) => event.effective_at(),)*
                }
            }

            /// Type of the stream it belongs to, as stored.
            pub fn aggregate_type(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                }
            }

            /// Reads an event from its stored form, older versions through the upcasters.
            ///
            /// # Errors
            /// [`DecodeError`]: an unknown aggregate type, or a payload that is not of its form.
            pub fn decode(
                aggregate_type: &str,
                event_type: &str,
                event_version: &str,
                payload: &str,
            ) -> Result<Self, DecodeError> {
                match aggregate_type {
                    $($kind => read(aggregate_type, event_type, event_version, payload)
                        .map(Self::$variant),)*
                    unknown => Err(DecodeError::UnknownAggregate(unknown.to_owned())),
                }
            }
        }
    };
}

book_events! {
    AccessGrant(AccessGrantEvent) = "access_grant",
    Account(AccountEvent) = "account",
    Building(BuildingEvent) = "building",
    ClosingBatch(ClosingBatchEvent) = "closing_batch",
    Correction(CorrectionEvent) = "correction",
    Dispute(DisputeEvent) = "dispute",
    Meter(MeterEvent) = "meter",
    MeteringPoint(MeteringPointEvent) = "metering_point",
    Organisation(OrganisationEvent) = "organisation",
    Premises(PremisesEvent) = "premises",
    RuleBook(RuleBookEvent) = "rule_book",
    TariffBook(TariffBookEvent) = "tariff_book",
}

fn read<E: DeserializeOwned>(
    aggregate_type: &str,
    event_type: &str,
    event_version: &str,
    payload: &str,
) -> Result<E, DecodeError> {
    let refuse = |source| DecodeError::Payload {
        event_type: event_type.to_owned(),
        event_version: event_version.to_owned(),
        source,
    };
    if event_version == current_version(event_type) {
        return serde_json::from_str(payload).map_err(refuse);
    }
    let stored = SerializedEvent {
        aggregate_id: String::new(),
        sequence: 0,
        aggregate_type: aggregate_type.to_owned(),
        event_type: event_type.to_owned(),
        event_version: event_version.to_owned(),
        payload: serde_json::from_str(payload).map_err(refuse)?,
        metadata: serde_json::Value::Null,
    };
    let upcast = upcasters().iter().fold(stored, |event, upcaster| {
        upcast_once(event, upcaster.as_ref())
    });
    serde_json::from_value(upcast.payload).map_err(refuse)
}

fn upcast_once(event: SerializedEvent, upcaster: &dyn EventUpcaster) -> SerializedEvent {
    match upcaster.can_upcast(&event.event_type, &event.event_version) {
        true => upcaster.upcast(event),
        false => event,
    }
}
