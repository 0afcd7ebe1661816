//! История прибора: every value of one meter with its origin and what became of it.

mod fold;
mod model;
pub mod text;
mod words;

pub use fold::MeterHistoryFold;
pub use model::{
    CorrectionEntry, Entry, Fact, FindingEntry, ImputedEntry, MeterHistory, Outcome, ReadingEntry,
    RolloverEntry, SupersessionEntry, WithdrawalEntry,
};
