//! The storage format of every event, pinned: `tests/pinned/*.json` hold one example or more of
//! each variant, with optional fields present and absent. A stored event must be readable for
//! ever, so an example is only added; a form that changes gets a new version and an upcaster.
//!
//! Each line of a file is `{"event_type", "version", "payload"}`; the payload is the canonical text
//! (RFC 8785) that stands in the store.

use std::collections::BTreeSet;

use aggregates::book_event::BookEvent;
use serde::Deserialize;

/// An event as it stands in the store.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    event_type: String,
    version: String,
    payload: serde_json::Value,
}

/// Makes the tests of one aggregate: every example is read and written back as it was, and every
/// event of the aggregate has an example.
macro_rules! pinned {
    ($($module:ident: $variant:ident($event:ty) in $file:literal;)*) => {$(
        mod $module {
            use super::*;

            fn examples() -> Vec<Pinned> {
                serde_json::from_str(include_str!($file)).expect("the examples are JSON")
            }

            #[test]
            fn every_stored_event_is_read_and_written_as_it_was() {
                for example in examples() {
                    let read = decode(stringify!($module), &example);
                    let BookEvent::$variant(event) = read else {
                        unreachable!("{} is an event of another aggregate", example.event_type)
                    };
                    let written = serde_json::to_value(&event).expect("an event is JSON");
                    assert_eq!(event.name(), example.event_type);
                    assert_eq!(canonical(&written), canonical(&example.payload));
                }
            }

            #[test]
            fn every_event_has_an_example_in_todays_form() {
                let examples = examples();
                let mut pinned = BTreeSet::new();
                for example in &examples {
                    if let BookEvent::$variant(event) = decode(stringify!($module), example) {
                        if event.version() == example.version {
                            pinned.insert(event.name());
                        }
                    }
                }
                let all: BTreeSet<&str> = <$event>::NAMES.iter().copied().collect();
                assert_eq!(pinned, all);
            }

            #[test]
            fn the_file_holds_canonical_text() {
                let texts = include_str!($file);
                for example in examples() {
                    let text = canonical(&example.payload);
                    assert!(texts.contains(&text), "not as it stands in the store: {text}");
                }
            }
        }
    )*};
}

pinned! {
    access_grant: AccessGrant(aggregates::access_grant::event::AccessGrantEvent)
        in "pinned/access_grant.json";
    account: Account(aggregates::account::event::AccountEvent) in "pinned/account.json";
    closing_batch: ClosingBatch(aggregates::closing_batch::event::ClosingBatchEvent)
        in "pinned/closing_batch.json";
    correction: Correction(aggregates::correction::event::CorrectionEvent)
        in "pinned/correction.json";
    dispute: Dispute(aggregates::dispute::event::DisputeEvent) in "pinned/dispute.json";
    building: Building(aggregates::building::event::BuildingEvent) in "pinned/building.json";
    meter: Meter(aggregates::meter::event::MeterEvent) in "pinned/meter.json";
    metering_point: MeteringPoint(aggregates::metering_point::event::MeteringPointEvent)
        in "pinned/metering_point.json";
    organisation: Organisation(aggregates::organisation::event::OrganisationEvent)
        in "pinned/organisation.json";
    premises: Premises(aggregates::premises::event::PremisesEvent) in "pinned/premises.json";
    rule_book: RuleBook(aggregates::rule_book::event::RuleBookEvent) in "pinned/rule_book.json";
    tariff_book: TariffBook(aggregates::tariff_book::event::TariffBookEvent)
        in "pinned/tariff_book.json";
}

fn decode(aggregate_type: &str, example: &Pinned) -> BookEvent {
    let payload = canonical(&example.payload);
    BookEvent::decode(
        aggregate_type,
        &example.event_type,
        &example.version,
        &payload,
    )
    .unwrap_or_else(|error| unreachable!("{}: {error:?}", example.event_type))
}

fn canonical(value: &serde_json::Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("a value is JSON")
}
