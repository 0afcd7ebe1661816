//! Connections, with the remedies sqlx 0.8 needs.
//!
//! A `begin` dropped in flight leaves a transaction open on a connection that goes back to the
//! pool,
//! and the next user's autocommit statement would be acknowledged but never committed. So every
//! connection is rolled back as it returns; see `docs/decisions/0004-pool-remedies.md`.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};

use crate::store::error::StoreError;

/// How long a connection may rest before it is tried with a ping.
pub(crate) const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// Opens a pool of at most `connections` to `url` for the part of the program called `application`.
///
/// # Errors
/// [`StoreError::Connect`] when the address is malformed or nobody answers there.
pub async fn connect(url: &str, application: &str, connections: u32) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|source| StoreError::Connect {
        target: "DATABASE_URL".to_owned(),
        source,
    })?;
    let target = format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or("")
    );
    connect_with(options, application, connections)
        .await
        .map_err(|source| StoreError::Connect { target, source })
}

async fn connect_with(
    options: PgConnectOptions,
    application: &str,
    connections: u32,
) -> Result<PgPool, sqlx::Error> {
    let options = options.application_name(application).options([
        ("search_path", "ledger"),
        // A client that vanished inside a transaction must not hold a book's head.
        ("idle_in_transaction_session_timeout", "60s"),
        ("lock_timeout", "30s"),
        ("statement_timeout", "600s"),
        // Our statements are short; compiling one costs more than running it (measured: a preload
        // of
        // a thousand aggregates took four times as long).
        ("jit", "off"),
        // The rollback below warns that there is nothing to roll back; nobody needs to hear it.
        ("client_min_messages", "error"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                // The rollback at release has just shown that the connection lives.
                if meta.idle_for > TRUSTED_IDLE && connection.ping().await.is_err() {
                    return Ok(false);
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await
}
