//! `bench`: the ledger measured against what PostgreSQL does without it.

use std::process::ExitCode;

use crate::bench::{self, Part, Plan, Servers, child};
use crate::cli::arguments::{BenchArguments, BenchPart, Format};
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say, say_json};

/// Exit code when a floor was missed.
const MISSED: u8 = 1;

pub(crate) async fn run(options: &BenchArguments, database: &Database) -> Result<u8, CliError> {
    let urls = database.urls().await?;
    let owner_url = urls.owner.ok_or_else(|| {
        CliError::unusable("для измерений нужен владелец: он создаёт и удаляет их базу данных")
            .mend("задайте DATABASE_OWNER_URL (или --database-owner-url)")
    })?;
    let servers = Servers {
        owner_url,
        app_url: urls.app,
    };
    let plan = Plan {
        parts: options.only.iter().copied().map(part).collect(),
        rounds: options.rounds,
    };
    let report = bench::run(&servers, &plan, &|what| complain(what)).await?;
    match options.format {
        Format::Text => say(&report.to_text())?,
        Format::Json => say_json(&report)?,
    }
    Ok(if report.has_missed() { MISSED } else { 0 })
}

fn part(asked: BenchPart) -> Part {
    match asked {
        BenchPart::Batch => Part::Batch,
        BenchPart::Import => Part::Import,
        BenchPart::Append => Part::Append,
        BenchPart::Commands => Part::Commands,
        BenchPart::LongMeter => Part::LongMeter,
        BenchPart::Balance => Part::Balance,
        BenchPart::Projections => Part::Projections,
        BenchPart::City => Part::City,
    }
}

/// Does one measurement instead of a command, where this process was started for that.
pub(crate) fn as_child() -> Option<ExitCode> {
    let job = match child::asked() {
        Ok(job) => job?,
        Err(error) => return Some(refuse(&error.into())),
    };
    Some(match measure(job) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    })
}

fn measure(job: child::Job) -> Result<(), CliError> {
    let runtime = tokio::runtime::Runtime::new()?;
    say(&runtime.block_on(child::carry_out(job))?)
}

fn refuse(error: &CliError) -> ExitCode {
    complain(&error.to_string());
    ExitCode::from(error.code())
}
