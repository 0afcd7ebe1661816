//! Connections for statements that commit themselves: what a command reads, and its append.
//!
//! A pool of sqlx asks the server twice more for every statement, as the connection comes back: to
//! roll back what a dropped `begin` may have left (see [`pool`](crate::store::pool)), and whether
//! the connection lives. Here neither is needed. No transaction can be begun, and a connection is
//! kept only if its statement came to its end; any other is closed. The one used last is used next:
//! its server process still has its plans in the processor's cache. See
//! `docs/decisions/0026-sessions-without-transactions.md`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Error, Executor, PgConnection, PgPool, Postgres};
use tokio::sync::Semaphore;

use crate::store::pool::TRUSTED_IDLE;

/// What a session is set to. The statements of a command are few and look up by whole keys, so each
/// has one good plan, whatever it is asked; left to itself the server plans those with arrays anew
/// at every call. The plan must not be one that reads a table whole, made while the table was small
/// and kept while it grows.
pub(crate) const SETTINGS: [(&str, &str); 2] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
];

/// A session is closed at this age when it is met at rest, so that a burst's sessions go away.
const LIFETIME: Duration = Duration::from_secs(600);

/// Sessions of one database, as many as its pool may have connections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions(Arc<Shared>);

struct Shared {
    /// Opens the connections, but never gets one back.
    pool: PgPool,
    permits: Semaphore,
    /// The one used last is at the end.
    resting: Mutex<Vec<Session>>,
}

struct Session {
    connection: PgConnection,
    opened: Instant,
    used: Instant,
}

impl Sessions {
    pub(crate) fn new(pool: PgPool) -> Self {
        let most = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
        Self(Arc::new(Shared {
            permits: Semaphore::new(most),
            resting: Mutex::default(),
            pool,
        }))
    }

    /// All rows of one statement, which commits itself.
    pub(crate) async fn fetch_all(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Error> {
        let timeout = self.0.pool.options().get_acquire_timeout();
        let permit = tokio::time::timeout(timeout, self.0.permits.acquire()).await;
        let _permit = permit
            .map_err(|_| Error::PoolTimedOut)?
            .map_err(|_| Error::PoolClosed)?;
        let mut session = self.take().await?;
        let answer = query.fetch_all(&mut session.connection).await;
        let is_sound = match &answer {
            Ok(_) => true,
            // After a refusal the session is as good as new, if the server has not ended it.
            Err(Error::Database(_)) => session.connection.ping().await.is_ok(),
            Err(_) => false,
        };
        if is_sound {
            self.keep(session);
        }
        answer
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn fetch_one(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<PgRow, Error> {
        self.fetch_all(query).await?.pop().ok_or(Error::RowNotFound)
    }

    /// Opens all sessions, so that no statement has to wait for one.
    pub(crate) async fn open_all(&self) -> Result<(), Error> {
        let unused = self.0.permits.available_permits();
        let missing = unused.saturating_sub(self.resting().len());
        let opened = (0..missing).map(|_| self.open());
        let opened = futures_util::future::try_join_all(opened).await?;
        self.resting().extend(opened);
        Ok(())
    }

    /// Ends the sessions at rest; with the pool closed, no other is kept or opened.
    pub(crate) async fn close(&self) {
        let resting = std::mem::take(&mut *self.resting());
        for session in resting {
            // The server ends a session also when its connection just breaks off.
            session.connection.close().await.ok();
        }
    }

    async fn take(&self) -> Result<Session, Error> {
        if self.0.pool.is_closed() {
            return Err(Error::PoolClosed);
        }
        loop {
            let Some(mut session) = self.resting().pop() else {
                return self.open().await;
            };
            let is_trusted = session.used.elapsed() <= TRUSTED_IDLE;
            if !session.is_old() && (is_trusted || session.connection.ping().await.is_ok()) {
                return Ok(session);
            }
        }
    }

    async fn open(&self) -> Result<Session, Error> {
        let mut connection = self.0.pool.acquire().await?.detach();
        let settings = SETTINGS.map(|(name, value)| format!("set {name} = {value};"));
        connection.execute(&*settings.concat()).await?;
        let now = Instant::now();
        Ok(Session {
            connection,
            opened: now,
            used: now,
        })
    }

    fn keep(&self, mut session: Session) {
        if self.0.pool.is_closed() {
            return;
        }
        session.used = Instant::now();
        let mut resting = self.resting();
        if resting.first().is_some_and(Session::is_old) {
            resting.remove(0);
        }
        resting.push(session);
    }

    fn resting(&self) -> MutexGuard<'_, Vec<Session>> {
        self.0
            .resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn is_old(&self) -> bool {
        self.opened.elapsed() > LIFETIME
    }
}
