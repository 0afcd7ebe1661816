//! One measurement in a process of its own, so that its memory can be told from that of the rest.
//!
//! [`balance`](crate::bench) starts this program again with a job in the environment; `main` asks
//! [`asked`] first and carries it out instead of a command.

use std::ops::Range;
use std::time::Instant;

use aggregates::ids::BookId;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::bench::batch::warm;
use crate::bench::city;
use crate::bench::error::BenchError;
use crate::bench::measure::millis;
use crate::bench::stage::{connect, ledger};
use crate::bills;
use crate::figures;
use crate::read_models::Runner;
use crate::read_models::query::standing;

/// The variable that carries the job.
const VARIABLE: &str = "ENERGOKABINET_BENCH_JOB";

/// What a child has to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub(super) kind: Kind,
    pub(super) url: String,
    pub(super) book: BookId,
    pub(super) until: i64,
    pub(super) period: Period,
    pub(super) resource: Resource,
    /// Houses of a generated city, which are copies of `book`.
    pub(super) houses: Option<Quarter>,
}

/// Houses of a city, by their numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Quarter {
    pub(super) first: u32,
    pub(super) count: u32,
}

impl Quarter {
    pub(super) fn numbers(self) -> Range<u32> {
        self.first..self.first + self.count
    }
}

/// What can be measured in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// A balance of the house.
    Balance,
    /// The bill of the house's first account.
    Bill,
    /// `COPY` out of the book.
    Copy,
    /// Read models, brought to the head.
    Projections,
    /// The books of houses, folded from their first events.
    Fold,
    /// A month of houses, closed.
    Close,
}

/// What a child found.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) milliseconds: f64,
    /// The most memory the process ever held (`VmHWM`), KiB.
    pub(super) peak_kib: u64,
    /// Memory before the work began (`VmRSS`), KiB.
    pub(super) before_kib: u64,
    /// Bytes that came from `COPY`; of a balance, its points; of a bill, its lines; of read
    /// models, where they stand; of folded houses, their events.
    pub(super) size: u64,
}

/// The job that this process was started for, if it was.
///
/// # Errors
/// [`BenchError::Program`] when the variable holds something else.
pub fn asked() -> Result<Option<Job>, BenchError> {
    let Some(job) = std::env::var_os(VARIABLE) else {
        return Ok(None);
    };
    serde_json::from_str(&job.to_string_lossy())
        .map(Some)
        .map_err(|error| misheard(&error.to_string()))
}

/// Carries out `job`; answers with the line to print.
///
/// # Errors
/// [`BenchError`] when the book cannot be read.
pub async fn carry_out(job: Job) -> Result<String, BenchError> {
    let found = match job.kind {
        Kind::Balance => balance(&job).await?,
        Kind::Bill => bill(&job).await?,
        Kind::Copy => copy(&job).await?,
        Kind::Projections => read_models(&job).await?,
        Kind::Fold | Kind::Close => city(&job).await?,
    };
    serde_json::to_string(&found).map_err(|error| misheard(&error.to_string()))
}

/// Has `job` carried out by a process of its own.
pub(super) async fn delegate(job: &Job) -> Result<Found, BenchError> {
    let program = std::env::current_exe().map_err(BenchError::outside("найти эту программу"))?;
    let job = serde_json::to_string(job).map_err(|error| misheard(&error.to_string()))?;
    let output = Command::new(program)
        .env(VARIABLE, job)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(BenchError::outside("запустить измерение памяти"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(printed.trim()).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        misheard(&format!("{printed}{said}"))
    })
}

fn misheard(said: &str) -> BenchError {
    BenchError::Program {
        program: "измерение в отдельном процессе",
        said: said.to_owned(),
    }
}

async fn balance(job: &Job) -> Result<Found, BenchError> {
    let ledger = ledger(&job.url, 1).await?;
    warm(&ledger).await?;
    let before_kib = memory_kib("VmRSS")?;
    let started = Instant::now();
    let told = figures::balance(&ledger, job.book, job.period, job.resource, job.until).await?;
    let milliseconds = millis(started.elapsed());
    let points = told
        .value
        .scopes
        .iter()
        .map(|scope| scope.members.all_points);
    Ok(Found {
        milliseconds,
        peak_kib: memory_kib("VmHWM")?,
        before_kib,
        size: points.map(|points| points as u64).sum(),
    })
}

async fn bill(job: &Job) -> Result<Found, BenchError> {
    let ledger = ledger(&job.url, 1).await?;
    warm(&ledger).await?;
    let before_kib = memory_kib("VmRSS")?;
    let started = Instant::now();
    let accounts = figures::accounts(&ledger, job.book).await?;
    let found = accounts.first();
    let found = found.ok_or_else(|| BenchError::Material("нет лицевых счетов".to_owned()))?;
    let asked = bills::Asked {
        period: job.period,
        until: job.until,
        recomputed: false,
    };
    let view = bills::bill(&ledger, found, asked)
        .await
        .map_err(BenchError::material)?;
    let milliseconds = millis(started.elapsed());
    let bill = view.preliminary.and_then(|preliminary| preliminary.bill);
    Ok(Found {
        milliseconds,
        peak_kib: memory_kib("VmHWM")?,
        before_kib,
        size: bill.map_or(0, |bill| bill.lines.len() as u64),
    })
}

async fn read_models(job: &Job) -> Result<Found, BenchError> {
    let ledger = ledger(&job.url, 4).await?;
    warm(&ledger).await?;
    let before_kib = memory_kib("VmRSS")?;
    let started = Instant::now();
    let runner = Runner::new(ledger.clone()).of_book(job.book.0);
    runner.run_once().await?;
    let milliseconds = millis(started.elapsed());
    let stands = standing(&ledger, job.book.0).await?.position;
    Ok(Found {
        milliseconds,
        peak_kib: memory_kib("VmHWM")?,
        before_kib,
        size: u64::try_from(stands).unwrap_or_default(),
    })
}

async fn city(job: &Job) -> Result<Found, BenchError> {
    let ledger = ledger(&job.url, 8).await?;
    warm(&ledger).await?;
    let before_kib = memory_kib("VmRSS")?;
    let numbers = job.houses.into_iter().flat_map(Quarter::numbers);
    let books = numbers.map(|number| city::book_of(job.book, number));
    let started = Instant::now();
    let mut size = 0;
    if job.kind == Kind::Close {
        city::close_all(&ledger, books, job.period).await?;
    } else {
        for book in books {
            let head = ledger.head(book.0).await?.position;
            let house = figures::folded_house(&ledger, book, head).await?;
            size += house.position();
        }
    }
    Ok(Found {
        milliseconds: millis(started.elapsed()),
        peak_kib: memory_kib("VmHWM")?,
        before_kib,
        size,
    })
}

async fn copy(job: &Job) -> Result<Found, BenchError> {
    let mut connection = connect(&job.url).await?;
    let before_kib = memory_kib("VmRSS")?;
    let failed = BenchError::database("COPY из журнала");
    let started = Instant::now();
    let (book, until) = (job.book, job.until);
    let statement = format!(
        "copy (select * from ledger.events where book_id = '{book}' and position <= {until}) \
         to stdout"
    );
    let mut size = 0;
    let mut chunks = connection.copy_out_raw(&statement).await.map_err(&failed)?;
    while let Some(chunk) = chunks.try_next().await.map_err(&failed)? {
        size += chunk.len() as u64;
    }
    Ok(Found {
        milliseconds: millis(started.elapsed()),
        peak_kib: memory_kib("VmHWM")?,
        before_kib,
        size,
    })
}

/// A figure of `/proc/self/status`.
fn memory_kib(name: &str) -> Result<u64, BenchError> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(BenchError::outside("прочесть /proc/self/status"))?;
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value
        .and_then(|value| value.trim().strip_suffix("kB")?.trim().parse().ok())
        .ok_or_else(|| misheard(&format!("в /proc/self/status нет {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_this_process_is_known() {
        assert!(memory_kib("VmHWM").expect("Linux tells it") > 0);
        assert!(memory_kib("VmNone").is_err());
    }
}
