//! `serve`: both sites and the API until somebody stops them.

use std::path::Path;

use crate::access::People;
use crate::access::keys::{KEY_FILE, KeyRing};
use crate::api::{Endpoint, Listen, Server, Token};
use crate::cli::arguments::{DemoArguments, ServeArguments, SiteOptions};
use crate::cli::audit::signer;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::embedded::home;
use crate::sites::{Address, Addresses, Sites};
use crate::store::Ledger;
use tokio::sync::watch;

pub(crate) async fn run(options: ServeArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let sites = match options.sites.no_sites {
        true => None,
        false => {
            let people = people(&ledger, options.sites.people_key.as_deref())?;
            let signer = Some(signer()?);
            Some(Sites::bind(people, signer, &addresses(&options.sites)).await?)
        }
    };
    let (listen, token) = match options.socket {
        Some(path) => (Listen::Socket(path), None),
        None => {
            let token = token(options.token_file.as_deref())?;
            (Listen::Loopback(options.port), Some(token))
        }
    };
    let server = Server::bind(ledger, listen, token.clone())
        .await?
        .signing(signer()?);
    answer(server, token, sites).await
}

/// The demonstration's sites and API, with a token of its own.
pub(crate) async fn demo(
    options: &DemoArguments,
    ledger: Ledger,
    people: People,
) -> Result<(), CliError> {
    let addresses = Addresses {
        staff: Address::loopback(options.staff_port),
        residents: Address::loopback(options.residents_port),
    };
    let sites = Sites::bind(people, Some(signer()?), &addresses).await?;
    let token = Token::generate()?;
    let listen = Listen::Loopback(options.port);
    let server = Server::bind(ledger, listen, Some(token.clone()))
        .await?
        .signing(signer()?);
    answer(server, Some(token), Some(sites)).await
}

/// The people of the ledger, by the key in the program's home or where it is said to be.
pub(crate) fn people(ledger: &Ledger, key: Option<&Path>) -> Result<People, CliError> {
    let path = match key {
        Some(path) => path.to_owned(),
        None => {
            let home = home()?;
            std::fs::create_dir_all(&home)?;
            home.join(KEY_FILE)
        }
    };
    let keys = KeyRing::open_or_create(&path).map_err(|error| CliError::failed(&error))?;
    Ok(People::new(ledger.clone(), keys))
}

fn addresses(options: &SiteOptions) -> Addresses {
    Addresses {
        staff: Address {
            listen: options.staff,
            origin: options.staff_origin.clone(),
        },
        residents: Address {
            listen: options.residents,
            origin: options.residents_origin.clone(),
        },
    }
}

fn token(file: Option<&Path>) -> Result<Token, CliError> {
    Ok(match file {
        Some(path) => Token::read(path)?,
        None => Token::generate()?,
    })
}

async fn answer(
    server: Server,
    token: Option<Token>,
    sites: Option<Sites>,
) -> Result<(), CliError> {
    if let Some(sites) = &sites {
        say(&format!(
            "Сайт сотрудников: {}\nСайт жителей: {}\n",
            sites.staff_origin(),
            sites.residents_origin()
        ))?;
    }
    say(&invitation(server.endpoint(), token.as_ref()))?;
    let (told, stopping) = watch::channel(());
    tokio::spawn(async move {
        stopped().await;
        // Nobody listens any more where all have ended by themselves.
        told.send(()).ok();
    });
    let stop = |mut stopping: watch::Receiver<()>| async move {
        stopping.changed().await.ok();
    };
    let api = server.run(stop(stopping.clone()));
    match sites {
        None => api.await?,
        Some(sites) => {
            let sites = sites.run(stop(stopping));
            let api = async { api.await.map_err(CliError::from) };
            let sites = async { sites.await.map_err(CliError::from) };
            tokio::try_join!(api, sites)?;
        }
    }
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
