//! The database in which everything is measured.

use std::str::FromStr;

use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::bench::error::BenchError;
use crate::store::Ledger;
use crate::store::{migrations, pool};

/// The server to measure on, by the two logins of any database of it.
#[derive(Clone, Debug)]
pub struct Servers {
    /// A role that may create databases and runs migrations.
    pub owner_url: String,
    /// The application's role.
    pub app_url: String,
}

/// Where figures were measured.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// PostgreSQL as it names itself.
    pub postgresql: String,
    /// Processor cores that this program may use.
    pub cores: usize,
    /// Settings that decide about durability and speed, as the server says them.
    pub settings: Vec<(String, String)>,
    /// UTC, when the run began.
    pub measured_at: chrono::DateTime<chrono::Utc>,
    /// Whether this program was built with debug assertions: its figures are then no measure.
    pub debug_build: bool,
}

/// Settings that must be on.
const DURABILITY: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// Settings that are shown.
const SHOWN: [&str; 6] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
];

impl Environment {
    pub(super) fn to_text(&self) -> String {
        let settings = self.settings.iter();
        let settings: Vec<String> = settings
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut text = format!(
            "{}; PostgreSQL {}; ядер: {}\n{}\n",
            self.measured_at.format("%Y-%m-%d %H:%M UTC"),
            self.postgresql,
            self.cores,
            settings.join(" ")
        );
        if self.debug_build {
            text.push_str("ВНИМАНИЕ: отладочная сборка, цифры занижены (cargo build --release).\n");
        }
        text
    }
}

/// A database of its own, with the schema of the ledger.
pub(super) struct Stage {
    servers: Servers,
    database: String,
    environment: Environment,
}

impl Stage {
    /// Creates the database and its schema.
    pub(super) async fn open(servers: &Servers) -> Result<Self, BenchError> {
        let mut owner = connect(&servers.owner_url).await?;
        let environment = environment(&mut owner).await?;
        let database = format!("energokabinet_bench_{}", std::process::id());
        let create = format!("create database {database} encoding 'UTF8' template template0");
        sqlx::query(&create)
            .execute(&mut owner)
            .await
            .map_err(BenchError::database("создание базы"))?;
        let stage = Self {
            servers: servers.clone(),
            database,
            environment,
        };
        match stage.migrate().await {
            Ok(()) => Ok(stage),
            Err(error) => {
                stage.close().await?;
                Err(error)
            }
        }
    }

    async fn migrate(&self) -> Result<(), BenchError> {
        let owner = pool::connect(&self.owner_url()?, "energokabinet bench", 1).await?;
        let migrated = migrations::migrate(&owner).await;
        owner.close().await;
        Ok(migrated?)
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Drops the database, whoever is still connected to it.
    pub(super) async fn close(self) -> Result<(), BenchError> {
        let mut owner = connect(&self.servers.owner_url).await?;
        let drop = format!("drop database if exists {}", self.database);
        let forced = sqlx::query(&format!("{drop} with (force)"))
            .execute(&mut owner)
            .await;
        if forced.is_err() {
            // A vacuum of the server itself is nobody's to end by force, but it gives way.
            sqlx::query(&drop)
                .execute(&mut owner)
                .await
                .map_err(BenchError::database("удаление базы"))?;
        }
        Ok(())
    }

    /// The ledger through `connections` connections of the application.
    pub(super) async fn ledger(&self, connections: u32) -> Result<Ledger, BenchError> {
        ledger(&self.app_url()?, connections).await
    }

    /// A connection of the owner, for baselines.
    pub(super) async fn owner(&self) -> Result<PgConnection, BenchError> {
        connect(&self.owner_url()?).await
    }

    pub(super) fn owner_url(&self) -> Result<String, BenchError> {
        with_database(&self.servers.owner_url, &self.database)
    }

    pub(super) fn app_url(&self) -> Result<String, BenchError> {
        with_database(&self.servers.app_url, &self.database)
    }
}

/// The ledger behind `url`.
pub(super) async fn ledger(url: &str, connections: u32) -> Result<Ledger, BenchError> {
    let pool = pool::connect(url, "energokabinet bench", connections).await?;
    Ok(Ledger::new(pool, aggregates::upcast::upcasters))
}

/// A connection without the remedies of the pool, as a plain program would open it.
pub(super) async fn connect(url: &str) -> Result<PgConnection, BenchError> {
    let options =
        PgConnectOptions::from_str(url).map_err(|_| BenchError::BadUrl(url.to_owned()))?;
    let mut connection = options
        .application_name("energokabinet bench")
        .options([("client_min_messages", "error")])
        .connect()
        .await
        .map_err(BenchError::database("соединение"))?;
    connection
        .ping()
        .await
        .map_err(BenchError::database("соединение"))?;
    Ok(connection)
}

/// `url` with another database.
pub(super) fn with_database(url: &str, database: &str) -> Result<String, BenchError> {
    let refuse = || BenchError::BadUrl(url.to_owned());
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (url, None),
    };
    let (scheme, rest) = address.split_once("://").ok_or_else(refuse)?;
    let host = rest.split('/').next().ok_or_else(refuse)?;
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Ok(format!("{scheme}://{host}/{database}{query}"))
}

async fn environment(owner: &mut PgConnection) -> Result<Environment, BenchError> {
    let show = BenchError::database("чтение настроек");
    let mut settings = Vec::new();
    for name in SHOWN {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(name)
            .fetch_one(&mut *owner)
            .await
            .map_err(&show)?;
        settings.push((name.to_owned(), value));
    }
    for setting in DURABILITY {
        let found = settings.iter().find(|(name, _)| name == setting);
        if let Some((_, value)) = found.filter(|(_, value)| value != "on") {
            let value = value.clone();
            return Err(BenchError::NotDurable { setting, value });
        }
    }
    let postgresql: String = sqlx::query_scalar("select current_setting('server_version')")
        .fetch_one(owner)
        .await
        .map_err(&show)?;
    Ok(Environment {
        postgresql,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        settings,
        measured_at: chrono::Utc::now(),
        debug_build: cfg!(debug_assertions),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_of_an_url_is_replaced() {
        for (url, expected) in [
            (
                "postgres://a@%2Ftmp%2Fx:5433/one?sslmode=disable",
                "postgres://a@%2Ftmp%2Fx:5433/b?sslmode=disable",
            ),
            ("postgres://a:b@host", "postgres://a:b@host/b"),
            ("postgres://host/one", "postgres://host/b"),
        ] {
            assert_eq!(with_database(url, "b").ok().as_deref(), Some(expected));
        }
        assert!(with_database("host/one", "b").is_err());
    }
}
