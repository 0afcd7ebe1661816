//! Which database the commands work with.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::error::CliError;
use crate::cli::output::complain;
use crate::embedded::{PrivateServer, home};
use crate::store::{Ledger, migrations, pool};

/// Connections of one command.
const CONNECTIONS: u32 = 8;

/// A configured database, or the private server.
pub(crate) struct Database {
    url: Option<String>,
    owner_url: Option<String>,
    told: AtomicBool,
}

/// Addresses of a database.
pub(crate) struct Urls {
    /// For the application's role.
    pub(crate) app: String,
    /// For the owner of the schema; needed for migrations only.
    pub(crate) owner: Option<String>,
}

impl Database {
    pub(crate) fn new(url: Option<String>, owner_url: Option<String>) -> Self {
        Self {
            url,
            owner_url,
            told: AtomicBool::new(false),
        }
    }

    /// Whether the private server is used.
    pub(crate) fn is_private(&self) -> bool {
        self.url.is_none()
    }

    /// The addresses; starts the private server where none is configured.
    pub(crate) async fn urls(&self) -> Result<Urls, CliError> {
        if let Some(app) = &self.url {
            return Ok(Urls {
                app: app.clone(),
                owner: self.owner_url.clone(),
            });
        }
        let home = home()?;
        let server = PrivateServer::start(&home).await?;
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::info!(home = %home.display(), "private PostgreSQL");
        }
        Ok(Urls {
            app: server.app_url(),
            owner: Some(server.owner_url()),
        })
    }

    /// The ledger. The private database is migrated on the way; a configured one must have been.
    pub(crate) async fn ledger(&self) -> Result<Ledger, CliError> {
        let urls = self.urls().await?;
        if self.is_private() {
            self.migrate_to(urls.owner.as_deref()).await?;
        }
        let pool = pool::connect(&urls.app, "energokabinet", CONNECTIONS).await?;
        Ok(Ledger::new(pool, aggregates::upcast::upcasters))
    }

    /// Brings the schema up to date and says so.
    pub(crate) async fn migrate(&self) -> Result<(), CliError> {
        let urls = self.urls().await?;
        self.migrate_to(urls.owner.as_deref()).await?;
        complain("Схема базы данных в порядке.");
        Ok(())
    }

    async fn migrate_to(&self, owner: Option<&str>) -> Result<(), CliError> {
        let owner = owner.ok_or_else(|| {
            CliError::unusable("для миграций нужен владелец схемы")
                .mend("задайте DATABASE_OWNER_URL (или --database-owner-url)")
        })?;
        let pool = pool::connect(owner, "energokabinet-migrate", 2).await?;
        migrations::migrate(&pool).await?;
        pool.close().await;
        Ok(())
    }
}
