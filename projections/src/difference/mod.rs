//! What changed between two vantages of the same balance, and why.

mod fold;
mod model;
pub mod text;

pub use fold::{Comparison, ComparisonError};
pub use model::{Change, ChangedSide, Effect, HouseDifference, ScopeDifference};
