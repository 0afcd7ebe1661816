//! The command line: arguments in, answers out.

mod arguments;
mod arguments_audit;
mod arguments_close;
mod arguments_collect;
mod arguments_device;
mod arguments_gaps;
mod arguments_instalments;
mod arguments_rules;
mod audit;
mod audit_files;
mod balance;
mod bench;
mod bills;
mod books;
mod closing;
mod closing_batch;
mod closing_steps;
mod collect;
mod correct;
mod database;
mod demo;
mod device;
mod device_read;
mod engine;
mod error;
mod figures;
mod gaps;
mod import;
mod instalments;
mod output;
mod postgres;
mod projections;
mod rules;
mod serve;
mod settle;
mod shadow;
mod simulate;
mod soi;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use aggregates::correction::event::CorrectionOperation;
use clap::{CommandFactory, FromArgMatches};
use schemars::JsonSchema;
use tracing_subscriber::EnvFilter;

use crate::case::file::CaseFile;
use crate::cli::arguments::{Arguments, Command, SchemaCommand};
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::say;
use crate::collector::profile::ProfileFile;
use crate::collector::registry::LineFile;
use crate::import::house::file::HouseFile;

/// Carries out what the command line asks and answers with the exit code: 0 done, 1 failed,
/// 2 unusable arguments or file, 3 some rows refused.
pub fn run() -> ExitCode {
    if let Some(code) = bench::as_child() {
        return code;
    }
    let arguments = match asked() {
        Ok(arguments) => arguments,
        Err(refusal) => refusal.exit(),
    };
    let filter = EnvFilter::try_from_env("ENERGOKABINET_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,sqlx::postgres::notice=off,sqlx::query=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&CliError::from(error)),
    };
    match runtime.block_on(carry_out(arguments)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => refuse(&error),
    }
}

/// The arguments as typed; `Err` holds the help that was asked for, or what is wrong with them.
fn asked() -> Result<Arguments, clap::Error> {
    let version = clap::Arg::new("version")
        .short('V')
        .long("version")
        .action(clap::ArgAction::Version)
        .help("Показать версию")
        .help_heading("Параметры");
    let command = in_russian(Arguments::command()).arg(version);
    let matches = command.try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}

/// The headings of clap's help in Russian, for the command and all below it.
fn in_russian(command: clap::Command) -> clap::Command {
    let help = clap::Arg::new("help")
        .short('h')
        .long("help")
        .action(clap::ArgAction::Help)
        .help("Показать справку (--help — подробную)");
    command
        .help_template("{about-with-newline}\nЗапуск: {usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("Команды")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let heading = match arg.is_positional() {
                true => "Что указать",
                false => "Параметры",
            };
            match arg.get_help_heading() {
                Some(_) => arg,
                None => arg.help_heading(heading),
            }
        })
        .arg(help.help_heading("Параметры"))
        .mut_subcommands(in_russian)
}

fn refuse(error: &CliError) -> ExitCode {
    output::complain(&error.to_string());
    ExitCode::from(error.code())
}

async fn carry_out(arguments: Arguments) -> Result<u8, CliError> {
    let database = Database::new(arguments.database_url, arguments.database_owner_url);
    match arguments.command {
        Command::Demo(options) => demo::run(&options, &database).await?,
        Command::Import(command) => return import::run(command, &database).await,
        Command::Schema(SchemaCommand::House) => print_schema::<HouseFile>()?,
        Command::Schema(SchemaCommand::Case) => print_schema::<CaseFile>()?,
        Command::Schema(SchemaCommand::Line) => print_schema::<LineFile>()?,
        Command::Schema(SchemaCommand::Profile) => print_schema::<ProfileFile>()?,
        Command::Schema(SchemaCommand::Correction) => print_schema::<CorrectionOperation>()?,
        Command::Settle(options) => return settle::run(options).await,
        Command::History(options) => figures::history(options, &database).await?,
        Command::Balance(options) => balance::run(options, &database).await?,
        Command::Close(options) => return closing::close(&options, &database).await,
        Command::Correct(command) => return correct::run(&command, &database).await,
        Command::Engine(command) => return engine::run(&command, &database).await,
        Command::Gaps(command) => gaps::run(&command, &database).await?,
        Command::Rules(command) => return rules::run(&command, &database).await,
        Command::Instalments(command) => instalments::run(&command, &database).await?,
        Command::Soi(options) => soi::run(&options, &database).await?,
        Command::Shadow(options) => shadow::run(&options, &database).await?,
        Command::Bill(options) => bills::bill(&options, &database).await?,
        Command::CheckBill(options) => return bills::check_bill(&options, &database).await,
        Command::Why(options) => bills::why(&options, &database).await?,
        Command::Books(command) => return books::run(command, &database).await,
        Command::Audit(command) => return audit::run(command, &database).await,
        Command::Projections(command) => return projections::run(command, &database).await,
        Command::Device(command) => device::run(command).await?,
        Command::Collect(options) => return collect::run(options, &database).await,
        Command::Simulate(options) => simulate::run(&options).await?,
        Command::Migrate => database.migrate().await?,
        Command::Serve(options) => serve::run(options, &database).await?,
        Command::Bench(options) => return bench::run(&options, &database).await,
        Command::Postgres(command) => postgres::run(command).await?,
    }
    Ok(0)
}

fn print_schema<T: JsonSchema>() -> Result<(), CliError> {
    let schema = schemars::schema_for!(T);
    say(&serde_json::to_string_pretty(&schema)?)
}
