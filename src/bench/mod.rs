//! Measurements of the ledger against what PostgreSQL does without it.
//!
//! Every comparison interleaves our own code with its baseline in one run on one machine and takes
//! medians; the server keeps every promise of durability, and every duty of the append is on. All
//! happens in a database of its own, dropped in the end. `docs/performance.md` holds figures and
//! what they taught.
//!
//! Binary floating point is at home here: durations and ratios, never quantities or money.

mod append;
mod balance;
mod bare;
mod batch;
pub mod child;
mod city;
mod commands;
mod error;
mod house;
mod import;
mod long_meter;
mod measure;
mod message_db;
mod pgbench;
mod projections;
mod report;
mod stage;

pub use error::BenchError;
pub use measure::{Bound, Measurement, Samples, Verdict};
pub use report::Report;
pub use stage::{Environment, Servers};

use crate::bench::stage::Stage;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Appends of 1,000 events by 1, 2 and 4 writers against `COPY`.
    Batch,
    /// `import readings` of 100,000 rows against `COPY`.
    Import,
    /// Appends of one event by 1, 4 and 16 clients against a plain statement.
    Append,
    /// Whole commands by 1, 4 and 16 clients against pgbench with the same statements.
    Commands,
    /// The first command on a meter with 100,000 readings against one with 100.
    LongMeter,
    /// The balance of a large house as of a past position against `COPY` out of its book.
    Balance,
    /// Read models folded from a book of a million events against `COPY` out of it.
    Projections,
    /// A month of 10, 100 and 1,000 houses closed, against the bare fold of their books.
    City,
}

impl Part {
    /// Every part, in the order in which they are measured.
    pub const ALL: [Self; 8] = [
        Self::Batch,
        Self::Import,
        Self::Append,
        Self::Commands,
        Self::LongMeter,
        Self::Balance,
        Self::Projections,
        Self::City,
    ];
}

/// What to measure, how often.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which parts; empty means all.
    pub parts: Vec<Part>,
    /// Rounds of each measurement, at least 1.
    pub rounds: u32,
}

/// Hears what is being measured, in Russian; drawn by the caller.
pub type Progress<'p> = &'p (dyn Fn(&str) + Sync);

/// Measures what `plan` asks for, in a database of its own on the server of `servers`.
///
/// # Errors
/// [`BenchError`]: the server is out of reach or not durable, or something measured failed. A
/// missed floor is no error; it is the verdict of its measurement.
pub async fn run(
    servers: &Servers,
    plan: &Plan,
    progress: Progress<'_>,
) -> Result<Report, BenchError> {
    let stage = Stage::open(servers).await?;
    let measured = measure(&stage, plan, progress).await;
    let environment = stage.environment().clone();
    stage.close().await?;
    Ok(Report {
        environment,
        rounds: plan.rounds.max(1),
        measurements: measured?,
    })
}

async fn measure(
    stage: &Stage,
    plan: &Plan,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let rounds = plan.rounds.max(1);
    let mut measured = Vec::new();
    for part in Part::ALL {
        if !plan.parts.is_empty() && !plan.parts.contains(&part) {
            continue;
        }
        measured.extend(match part {
            Part::Batch => batch::measure(stage, rounds, progress).await?,
            Part::Import => import::measure(stage, rounds, progress).await?,
            Part::Append => append::measure(stage, rounds, progress).await?,
            Part::Commands => commands::measure(stage, rounds, progress).await?,
            Part::LongMeter => long_meter::measure(stage, rounds, progress).await?,
            Part::Balance => balance::measure(stage, rounds, progress).await?,
            Part::Projections => projections::measure(stage, rounds, progress).await?,
            Part::City => city::measure(stage, rounds, progress).await?,
        });
    }
    Ok(measured)
}
