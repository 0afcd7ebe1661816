//! `simulate`: a street of meters that are not there.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cli::arguments_device::SimulateArguments;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::cli::serve::stopped;
use crate::collector::profile::{self, ProfileError};
use crate::collector::simulator::{Street, StreetLine};

/// Keeps the street until the process is asked to stop.
pub(crate) async fn run(options: &SimulateArguments) -> Result<(), CliError> {
    let profiles: Result<Vec<_>, ProfileError> = match options.profile.is_empty() {
        true => profile::all(),
        false => options
            .profile
            .iter()
            .map(|name| profile::find(name))
            .collect(),
    };
    let profiles = profiles.map_err(|error| CliError::unusable(error.to_string()))?;
    let street = Street {
        lines: options.lines,
        meters: options.meters,
        profiles,
        port: options.port,
        latency: Duration::from_millis(options.latency_ms),
        faults_per_thousand: options.faults,
        late: Duration::from_millis(options.late_ms),
    };
    let lines = street.open().await?;
    say(&told(&lines))?;
    tokio::select! {
        () = Street::live(&lines) => {}
        () = stopped() => {}
    }
    complain("Остановлено.");
    Ok(())
}

fn told(lines: &[StreetLine]) -> String {
    let mut text = String::new();
    for line in lines {
        // Writing to a string does not fail.
        writeln!(text, "{}", line.endpoint()).ok();
        for (unit, profile, serial) in &line.meters {
            let serial = serial.as_deref().unwrap_or("не сообщает");
            writeln!(text, "  {unit}  {profile}  № {serial}").ok();
        }
    }
    text + "\nПрочитать прибор: energokabinet device read ПРОФИЛЬ ЛИНИЯ --unit АДРЕС\n\
            Остановить: Ctrl+C"
}
