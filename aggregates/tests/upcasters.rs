//! Older forms of events are read as today's, and nothing of them is lost on the way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aggregates::access_grant::event::AccessGrantEvent;
use aggregates::account::event::AccountEvent;
use aggregates::book_event::{BookEvent, DecodeError};
use aggregates::building::event::BuildingEvent;
use aggregates::closing_batch::event::ClosingBatchEvent;
use aggregates::correction::event::CorrectionEvent;
use aggregates::dispute::event::DisputeEvent;
use aggregates::meter::event::MeterEvent;
use aggregates::metering_point::event::MeteringPointEvent;
use aggregates::organisation::event::OrganisationEvent;
use aggregates::premises::event::{PremisesEvent, PremisesKind};
use aggregates::rule_book::event::RuleBookEvent;
use aggregates::tariff_book::event::TariffBookEvent;
use aggregates::text::Label;
use aggregates::upcast::{current_version, upcasters};
use cqrs_es::DomainEvent;
use cqrs_es::persist::SerializedEvent;
use serde_json::{Value, json};

/// Every aggregate type with the names of its events.
const EVENTS: [(&str, &[&str]); 12] = [
    ("access_grant", AccessGrantEvent::NAMES),
    ("account", AccountEvent::NAMES),
    ("building", BuildingEvent::NAMES),
    ("closing_batch", ClosingBatchEvent::NAMES),
    ("correction", CorrectionEvent::NAMES),
    ("dispute", DisputeEvent::NAMES),
    ("meter", MeterEvent::NAMES),
    ("metering_point", MeteringPointEvent::NAMES),
    ("organisation", OrganisationEvent::NAMES),
    ("premises", PremisesEvent::NAMES),
    ("rule_book", RuleBookEvent::NAMES),
    ("tariff_book", TariffBookEvent::NAMES),
];

#[test]
fn every_aggregate_type_is_listed() {
    let types: Vec<_> = EVENTS
        .iter()
        .map(|(aggregate_type, _)| *aggregate_type)
        .collect();
    assert_eq!(types, BookEvent::AGGREGATE_TYPES);
}

/// Upcasters are not told the aggregate type: an event is known by its name alone.
#[test]
fn names_of_events_are_unique_over_all_aggregates() {
    let mut seen = BTreeSet::new();
    for name in EVENTS.iter().flat_map(|(_, names)| *names) {
        assert!(seen.insert(name), "{name} stands in two aggregates");
    }
}

#[test]
fn an_unknown_aggregate_type_is_named() {
    let read = BookEvent::decode("spaceship", "Launched", "1.0.0", "{}");
    assert!(matches!(read, Err(DecodeError::UnknownAggregate(name)) if name == "spaceship"));
}

/// A field that the program does not know is refused: reading must not lose what was stored.
#[test]
fn a_surplus_field_is_refused_in_every_event() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pinned");
    for file in fs::read_dir(folder).expect("the pinned events lie there") {
        let file = file.expect("a file").path();
        let aggregate_type = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let text = fs::read_to_string(&file).expect("pinned events are text");
        let examples: Vec<Value> = serde_json::from_str(&text).expect("the examples are JSON");
        for mut example in examples {
            let name = example["event_type"].as_str().expect("a name").to_owned();
            let version = example["version"].as_str().expect("a version").to_owned();
            example["payload"][&name]["surplus"] = json!(1);
            let payload = example["payload"].to_string();
            let read = BookEvent::decode(aggregate_type, &name, &version, &payload);
            assert!(
                matches!(read, Err(DecodeError::Payload { .. })),
                "{name} loses a field"
            );
        }
    }
}

/// As the pilot import of 2026 wrote it.
fn premises_of_the_pilot() -> Value {
    json!({ "PremisesRegistered": { "number": "12", "kind": "flat", "storey": 4 } })
}

fn premises_today(floor: Option<i16>) -> PremisesEvent {
    PremisesEvent::PremisesRegistered {
        number: Label::new("12").expect("a label"),
        kind: PremisesKind::Flat,
        part_of: None,
        entrance: None,
        floor,
        gis_number: None,
    }
}

fn decode(version: &str, payload: &Value) -> Result<BookEvent, DecodeError> {
    BookEvent::decode(
        "premises",
        "PremisesRegistered",
        version,
        &payload.to_string(),
    )
}

#[test]
fn premises_of_the_pilot_are_read_with_their_floor() {
    let read = decode("1.0.0", &premises_of_the_pilot()).expect("the storey is renamed");
    assert_eq!(read, BookEvent::Premises(premises_today(Some(4))));
    let without = json!({ "PremisesRegistered": { "number": "12", "kind": "flat" } });
    let read = decode("1.0.0", &without).expect("the storey may be unknown");
    assert_eq!(read, BookEvent::Premises(premises_today(None)));
}

#[test]
fn what_is_upcast_is_written_in_todays_form() {
    let today = premises_today(Some(4));
    assert_eq!(today.event_version(), "1.1.0");
    let written = serde_json::to_value(&today).expect("an event is JSON");
    let expected = json!({ "PremisesRegistered": { "number": "12", "kind": "flat", "floor": 4 } });
    assert_eq!(written, expected);
}

#[test]
fn a_field_that_the_pilot_never_had_is_refused_not_dropped() {
    let mut strange = premises_of_the_pilot();
    strange["PremisesRegistered"]["stage"] = json!(4);
    assert!(matches!(
        decode("1.0.0", &strange),
        Err(DecodeError::Payload { .. })
    ));
}

#[test]
fn two_words_for_one_storey_are_refused_not_merged() {
    let mut both = premises_of_the_pilot();
    both["PremisesRegistered"]["floor"] = json!(5);
    assert!(matches!(
        decode("1.0.0", &both),
        Err(DecodeError::Payload { .. })
    ));
}

#[test]
fn todays_version_does_not_carry_the_old_word() {
    let current = current_version("PremisesRegistered");
    let read = decode(current, &premises_of_the_pilot());
    assert!(matches!(read, Err(DecodeError::Payload { .. })));
}

#[test]
fn the_list_for_the_framework_upcasts_alike() {
    let stored = SerializedEvent {
        aggregate_id: "12".to_owned(),
        sequence: 1,
        aggregate_type: "premises".to_owned(),
        event_type: "PremisesRegistered".to_owned(),
        event_version: "1.0.0".to_owned(),
        payload: premises_of_the_pilot(),
        metadata: json!({}),
    };
    let upcast = upcasters().iter().fold(stored, |event, upcaster| {
        match upcaster.can_upcast(&event.event_type, &event.event_version) {
            true => upcaster.upcast(event),
            false => event,
        }
    });
    assert_eq!(upcast.event_version, current_version("PremisesRegistered"));
    let event: PremisesEvent = serde_json::from_value(upcast.payload).expect("today's form");
    assert_eq!(event, premises_today(Some(4)));
    let current = event.event_version();
    let again = upcasters()
        .iter()
        .any(|upcaster| upcaster.can_upcast("PremisesRegistered", &current));
    assert!(!again, "today's form is not upcast");
}

/// An upcaster for each event whose version has risen, and for no other.
#[test]
fn versions_rise_together_with_upcasters() {
    for name in EVENTS.iter().flat_map(|(_, names)| *names) {
        let upcast = upcasters()
            .iter()
            .any(|upcaster| upcaster.can_upcast(name, "1.0.0"));
        assert_eq!(upcast, current_version(name) != "1.0.0", "{name}");
    }
}
