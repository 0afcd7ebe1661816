//! `device`: profiles of devices, and one of them tried.

use projections::text::{Align, Table};

use crate::cli::arguments_device::{DeviceCommand, ProfilesArguments};
use crate::cli::device_read;
use crate::cli::error::CliError;
use crate::cli::output::say;
use crate::collector::profile::{self, DeviceUnit, Profile};

/// Carries out a command about devices.
pub(crate) async fn run(command: DeviceCommand) -> Result<(), CliError> {
    match command {
        DeviceCommand::Profiles(options) => profiles(&options),
        DeviceCommand::Read(options) => device_read::run(options).await,
    }
}

fn profiles(options: &ProfilesArguments) -> Result<(), CliError> {
    match &options.profile {
        Some(name) => say(&whole(&profile::find(name)?)),
        None => say(&list(&profile::all()?)),
    }
}

fn list(profiles: &[Profile]) -> String {
    let mut table = Table::new(&[
        ("Профиль", Align::Left),
        ("Прибор", Align::Left),
        ("Значений", Align::Right),
        ("Заводской номер", Align::Left),
    ]);
    for profile in profiles {
        let serial = match profile.serial() {
            Some(_) => "сообщает",
            None => "не сообщает",
        };
        table.row([
            profile.name.clone(),
            profile.title.clone(),
            profile.registers.len().to_string(),
            serial.to_owned(),
        ]);
    }
    table.to_text(0)
}

fn whole(profile: &Profile) -> String {
    let mut table = Table::new(&[
        ("Функция", Align::Right),
        ("Адрес", Align::Right),
        ("Регистров", Align::Right),
        ("Величина", Align::Left),
        ("Вид", Align::Left),
        ("Единица", Align::Left),
        ("Примечание", Align::Left),
    ]);
    for register in &profile.registers {
        let unit = register.unit.map(DeviceUnit::symbol_ru);
        table.row([
            register.table.function().to_string(),
            register.address.to_string(),
            register.words().to_string(),
            register.to_string(),
            register.kind.title_ru().to_owned(),
            unit.unwrap_or_default().to_owned(),
            register.note.clone().unwrap_or_default(),
        ]);
    }
    let note = profile.note.as_deref().unwrap_or_default();
    format!(
        "{}\nИсточник: {}\n{note}\n\n{}",
        profile.title,
        profile.source,
        table.to_text(0)
    )
}
