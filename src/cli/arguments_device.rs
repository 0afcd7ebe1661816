//! What can be typed about devices on lines.

use clap::{Args, Subcommand};

/// Приборы на линиях.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Профили приборов: список или один целиком
    Profiles(ProfilesArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ProfilesArguments {
    /// Профиль целиком: регистры, типы, единицы
    #[arg(value_name = "ПРОФИЛЬ")]
    pub(crate) profile: Option<String>,
}
