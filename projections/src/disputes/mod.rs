//! Disputes of a house: what is contested, what both sides said, how it ended, how long is left.

mod fold;
mod model;

pub use fold::Disputes;
pub use model::{DisputeCard, DisputeEnd, DisputeState, Statement};
