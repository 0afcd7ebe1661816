//! Приборы дома as a list shows them: where each stands, its state, its last reading, its
//! verification.

mod fold;
mod model;

pub use fold::MeterCards;
pub use model::{MeterCard, MeterState, PlaceOfMeter};
