//! `serve`: the API until somebody stops it.

use std::path::Path;

use crate::api::{Endpoint, Listen, Server, Token};
use crate::cli::arguments::{DemoArguments, ServeArguments};
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::store::Ledger;

pub(crate) async fn run(options: ServeArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    match options.socket {
        Some(path) => answer(ledger, Listen::Socket(path), None).await,
        None => {
            let token = token(options.token_file.as_deref())?;
            answer(ledger, Listen::Loopback(options.port), Some(token)).await
        }
    }
}

/// The demonstration's API, with a token of its own.
pub(crate) async fn demo(options: &DemoArguments, ledger: Ledger) -> Result<(), CliError> {
    answer(
        ledger,
        Listen::Loopback(options.port),
        Some(Token::generate()?),
    )
    .await
}

fn token(file: Option<&Path>) -> Result<Token, CliError> {
    Ok(match file {
        Some(path) => Token::read(path)?,
        None => Token::generate()?,
    })
}

async fn answer(ledger: Ledger, listen: Listen, token: Option<Token>) -> Result<(), CliError> {
    let server = Server::bind(ledger, listen, token.clone()).await?;
    say(&invitation(server.endpoint(), token.as_ref()))?;
    server.run(stopped()).await?;
    complain("Остановлено; данные сохранены.");
    Ok(())
}

fn invitation(endpoint: &Endpoint, token: Option<&Token>) -> String {
    match (endpoint, token) {
        (Endpoint::Socket(path), _) => format!(
            "API слушает сокет {0}.\nПример: curl --unix-socket {0} http://localhost/api/v1/books",
            path.display()
        ),
        (Endpoint::Loopback(address), Some(token)) => format!(
            "API: http://{address}/api/v1/books\nТокен: {0}\n\
             Пример: curl -H 'Authorization: Bearer {0}' http://{address}/api/v1/books",
            token.as_str()
        ),
        (Endpoint::Loopback(address), None) => format!("API: http://{address}/api/v1/books"),
    }
}

/// Ready when the process is asked to stop.
pub(super) async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        tracing::error!("cannot listen for SIGTERM; Ctrl+C still works");
        return interrupt.await.unwrap_or_default();
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
