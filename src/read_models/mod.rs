//! Read models: what lists show of a house, kept in tables and brought up to date by a runner.
//!
//! [`Runner`] takes a book, folds its new events (`set`) and writes what changed together with
//! the book's checkpoint in one transaction, so every event is taken in exactly once, whoever runs
//! beside it and wherever it is cut off. A new version is built beside the one that is read and
//! takes its place by one row. Readers ([`query`]) see one moment and name its position.
//!
//! Present state only: what was known at an earlier position is folded from the events
//! ([`crate::figures`]).

pub mod balances;
pub mod billing;
mod cache;
mod checkpoint;
pub mod consumption;
mod error;
pub mod meters;
pub mod overview;
mod pages;
pub mod query;
mod runner;
mod set;
pub mod status;
mod step;
mod versions;
mod wait;

pub use error::ReadModelError;
pub use runner::Runner;
pub use set::FORM;
pub use versions::begin_rebuild;
pub use wait::wait_for;

use uuid::Uuid;

/// One version of a book's read models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Build {
    pub(crate) book: Uuid,
    pub(crate) version: i64,
}

/// Rows that go to the database in one statement.
const ROWS_PER_STATEMENT: usize = 2_000;
