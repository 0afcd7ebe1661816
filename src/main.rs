//! The command line of ЭнергоКабинет.

use std::process::ExitCode;

fn main() -> ExitCode {
    energokabinet::cli::run()
}
