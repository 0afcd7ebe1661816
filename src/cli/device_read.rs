//! `device read`: a device tried against a profile, before it is installed.

use std::fmt::Write as _;
use std::time::Duration;

use projections::text::{Align, Table};

use crate::cli::arguments_device::ReadArguments;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::collector::decode::Observed;
use crate::collector::driver::{Attempt, Device, Line, Poll, Readout, Timing};
use crate::collector::profile::{self, DeviceUnit, Profile};

/// Reads a device once and tells all that it said.
pub(crate) async fn run(options: ReadArguments) -> Result<(), CliError> {
    let profile = profile::find(&options.profile);
    let profile = profile.map_err(|error| CliError::unusable(error.to_string()))?;
    let timing = Timing {
        response: Duration::from_millis(options.response_ms),
        late: Duration::from_millis(options.late_ms),
        retries: options.retries,
        ..Timing::default()
    };
    let mut line = Line::new(options.endpoint, timing);
    let mut device = Device::new(profile, options.unit, options.serial);
    let poll = line.poll(&mut device).await;
    if options.frames {
        complain(&frames(&poll));
    }
    match &poll.outcome {
        Ok(readout) => say(&values(&device.profile, readout, &poll)),
        Err(fault) => Err(CliError::new(format!(
            "прибор {} на линии {} не прочитан: {fault}",
            device.unit,
            line.endpoint()
        ))
        .mend(remedy(&poll))),
    }
}

fn remedy(poll: &Poll) -> String {
    let tried: Vec<String> = poll
        .attempts
        .iter()
        .filter_map(|attempt| attempt.fault.as_ref())
        .map(ToString::to_string)
        .collect();
    format!(
        "проверьте адрес линии, сетевой адрес и профиль; попытки: {}; кадры покажет --frames",
        tried.join("; ")
    )
}

fn values(profile: &Profile, readout: &Readout, poll: &Poll) -> String {
    let mut table = Table::new(&[
        ("Величина", Align::Left),
        ("Вид", Align::Left),
        ("Значение", Align::Right),
        ("Единица", Align::Left),
    ]);
    for told in &readout.values {
        let register = &profile.registers[told.register];
        let value = match &told.observed {
            Ok(Observed::Value(value)) => value.to_string(),
            Ok(Observed::Absent) => "нет значения".to_owned(),
            Err(missing) => missing.to_string(),
        };
        let unit = register.unit.map(DeviceUnit::symbol_ru);
        table.row([
            register.to_string(),
            register.kind.title_ru().to_owned(),
            value,
            unit.unwrap_or_default().to_owned(),
        ]);
    }
    let serial = match &readout.serial {
        Some(serial) => format!("заводской № {serial}"),
        None => "заводского номера не сообщает".to_owned(),
    };
    format!(
        "{}, {serial}; попыток {}, {} мс\n\n{}",
        profile.title,
        poll.attempts.len(),
        poll.took.as_millis(),
        table.to_text(0)
    )
}

/// The bytes of all attempts: → sent, ← received.
fn frames(poll: &Poll) -> String {
    let mut text = String::new();
    for (attempt, number) in poll.attempts.iter().zip(1..) {
        text.push_str(&attempt_text(attempt, number));
    }
    text
}

fn attempt_text(attempt: &Attempt, number: usize) -> String {
    let mut text = format!("попытка {number}\n");
    for exchange in &attempt.exchanges {
        // Writing to a string does not fail.
        writeln!(
            text,
            "  → {}\n  ← {} ({} мс)",
            spaced(&exchange.sent),
            spaced(&exchange.received),
            exchange.took.as_millis()
        )
        .ok();
    }
    if let Some(fault) = &attempt.fault {
        writeln!(text, "  {fault}").ok();
    }
    text
}

fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(" ")
}
