//! Writing to the terminal: the only place that does.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::cli::error::CliError;

/// Prints a text with a line end. A reader that went away (`| head`) is no error.
pub(crate) fn say(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints a value as JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Result<(), CliError> {
    say(&serde_json::to_string_pretty(value)?)
}

/// Prints a complaint to the error stream; nothing is left to do if even that fails.
pub(crate) fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    if writeln!(out, "{text}").is_err() {
        tracing::error!(message = text);
    }
}
