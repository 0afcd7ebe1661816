//! `postgres`: the private server.

use crate::cli::arguments::PostgresCommand;
use crate::cli::error::CliError;
use crate::cli::output::say;
use crate::embedded::{self, PrivateServer, ServerStatus, home};

pub(crate) async fn run(command: PostgresCommand) -> Result<(), CliError> {
    let home = home()?;
    match command {
        PostgresCommand::Start => {
            let server = PrivateServer::start(&home).await?;
            say(&format!(
                "Сервер работает.\nДанные: {}\nПриложение: {}\nВладелец схемы: {}",
                server.data_dir().display(),
                server.app_url(),
                server.owner_url()
            ))
        }
        PostgresCommand::Stop => match embedded::stop(&home).await? {
            true => say("Сервер остановлен; данные сохранены."),
            false => say("Сервер и не работал."),
        },
        PostgresCommand::Status => say(&match embedded::status(&home).await? {
            ServerStatus::Absent => format!("В {} сервера ещё нет.", home.display()),
            ServerStatus::Stopped => format!("Сервер в {} остановлен.", home.display()),
            ServerStatus::Busy { .. } => "Сервер запускается или останавливается.".to_owned(),
            ServerStatus::Running { pid } => {
                format!("Сервер в {} работает (процесс {pid}).", home.display())
            }
        }),
    }
}
