//! What the events mean: pure folds over one book, each figure with its explanation.
//!
//! A fold takes [`recorded::Recorded`] events in the order of their positions and nothing else: no
//! clock, no database, no file. Fed with a prefix of a book it tells the figures as they were
//! known at that position; so any figure can be rebuilt for any moment of the past.

pub mod balance;
pub mod billing_cards;
pub mod bills;
mod calendar;
pub mod consumption;
pub mod difference;
pub mod directory;
pub mod disputes;
pub mod explanation;
pub mod house_figures;
pub mod meter_cards;
pub mod meter_history;
pub mod recorded;
pub mod rules;
pub mod settlement;
pub mod text;
pub mod volume;
pub mod waterfall;

/// Names the folds of this build by their sources and those of the facts: a state that other folds
/// kept is not to be gone on with.
pub const FOLDS: &str = env!("FOLDS");
