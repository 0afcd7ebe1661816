//! Lines and devices as the database keeps them: who holds a line, what is due, what was read.

mod error;
mod install;
mod lines;
mod polls;
mod records;
mod samples;
mod states;
mod views;

use sqlx::PgPool;

pub use error::RegistryError;
pub use install::{DeviceFile, Installed, LineFile, MeterFile, ValueFile};
pub use lines::{Binding, HeldLine, Installation};
pub use polls::{Outcome, Recorded};
pub use samples::{Sample, Settled};
pub use states::LineState;
pub use views::{DayOfPolls, DeviceView, Frames, Session};

/// The collector's tables.
#[derive(Clone, Debug)]
pub struct Registry {
    pool: PgPool,
}

impl Registry {
    /// Over connections of the application.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}
