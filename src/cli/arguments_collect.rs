//! What can be typed about collecting.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CollectArguments {
    #[command(subcommand)]
    pub(crate) command: Option<CollectCommand>,
    /// Сколько линий опрашивать одновременно
    #[arg(long, default_value_t = 50, value_name = "ЧИСЛО")]
    pub(crate) at_once: usize,
    /// Кто собирает: учётная запись для журнала
    #[arg(long, default_value = "collector", value_name = "КОД")]
    pub(crate) actor: String,
}

/// Действия с линиями; без команды — опрашивать по расписанию, пока не остановят.
#[derive(Debug, Subcommand)]
pub(crate) enum CollectCommand {
    /// Установить линию из файла (docs/formats/line.md); повтор обновляет её
    Install {
        /// Файл линии
        file: PathBuf,
    },
    /// Опросить линию один раз, сейчас
    Once {
        /// Название линии
        line: String,
    },
    /// Линии: состояние, последний опрос, вопросы
    Lines,
    /// Не опрашивать линию по расписанию
    Pause {
        /// Название линии
        line: String,
    },
    /// Снова опрашивать линию
    Resume {
        /// Название линии
        line: String,
    },
}
