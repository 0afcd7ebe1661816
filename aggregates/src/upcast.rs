//! Older forms of events and how they become today's.
//!
//! An event is never rewritten in the store; it is upcast when it is read. An upcaster may change
//! an event's payload only: it cannot split, drop or rename it.

use cqrs_es::persist::{EventUpcaster, SemanticVersionEventUpcaster};
use serde_json::Value;

/// The version under which today's form of an event is stored: 1.0.0 unless listed here.
pub fn current_version(event_type: &str) -> &'static str {
    match event_type {
        "PremisesRegistered" => "1.1.0",
        _ => "1.0.0",
    }
}

/// All upcasters, oldest first.
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    vec![Box::new(SemanticVersionEventUpcaster::new(
        "PremisesRegistered",
        "1.1.0",
        Box::new(name_storey_floor),
    ))]
}

/// 1.0.0 called the storey `storey`; today it is `floor`, as in the house file. No released program
/// wrote 1.0.0: it stands here as the proof that an older form is read (`tests/upcasters.rs`).
/// A payload with both words is left as it is and refused when it is read.
fn name_storey_floor(mut payload: Value) -> Value {
    let fields = payload
        .get_mut("PremisesRegistered")
        .and_then(Value::as_object_mut)
        .filter(|fields| !fields.contains_key("floor"));
    if let Some(fields) = fields
        && let Some(storey) = fields.remove("storey")
    {
        fields.insert("floor".to_owned(), storey);
    }
    payload
}
