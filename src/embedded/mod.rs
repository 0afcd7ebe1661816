//! The private PostgreSQL: what `demo` and the tests use where nobody configured a database.
//!
//! A thin layer over the installed `initdb`, `postgres` and `pg_ctl`. The server is reached through
//! a socket only, in a directory nobody else can enter; it survives the process that started it
//! and is found again by the next one; it keeps every promise of durability that a real deployment
//! keeps. `docs/operating.md` tells how to live with it, `docs/decisions/` why it is our own code.
//!
//! The functions are async, yet look at `/proc` and at a handful of small files in place: that
//! takes a millisecond, less than a hop to a thread and back.

mod account;
mod binaries;
mod cluster;
mod error;
mod home;
mod lock;
mod log_tail;
mod process;
mod session;
mod socket;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::PgConnection;
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use self::{
    account::Account, binaries::Binaries, home::Layout, lock::HomeLock, process::Processes,
};
pub use self::{
    binaries::{BIN_VARIABLE, OLDEST_MAJOR},
    error::EmbeddedError,
    home::{HOME_VARIABLE, TEST_HOME_VARIABLE, home, test_home},
    socket::PORT,
};

/// The database of the product.
pub const DATABASE: &str = "energokabinet";

/// How long a server may take to answer; after a kill it replays its log first.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a server may run without its socket before it is restarted.
const LOST_SOCKET_PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);
/// How long to wait for the sessions of a killed server before the next try.
const ORPHAN_PAUSE: Duration = Duration::from_millis(500);
/// What PostgreSQL logs, in English by our settings, while such a session lives.
const MEMORY_IN_USE: &str = "pre-existing shared memory block";

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Login {
    /// `postgres`: set-up and tests of what a superuser may do; never the application.
    Superuser,
    /// `ek_owner`: runs migrations; owns the database, may make roles and databases.
    Owner,
    /// `ek_app_login`: the application, a member of `ek_app`.
    Application,
}

/// What the server of a home is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerStatus {
    /// No cluster has been made in this home.
    Absent,
    /// There is a cluster; no process works on it.
    Stopped,
    /// It is starting, replaying its log or shutting down.
    Busy {
        /// The server's process, unless only its helpers are left.
        pid: Option<u32>,
    },
    /// It takes connections.
    Running {
        /// The server's process.
        pid: u32,
    },
}

/// A running private server. Dropping this value does not stop the server: the next process finds
/// it again.
#[derive(Debug, Clone)]
pub struct PrivateServer {
    layout: Layout,
    socket_dir: PathBuf,
}

impl PrivateServer {
    /// Makes sure the server of `home` runs, with its roles and database, and returns it.
    ///
    /// Idempotent, and safe to call from many processes at once. A server left by a killed process
    /// is reused; one that was killed itself recovers its data; a cluster whose making was
    /// interrupted is made anew. The first call takes some seconds, a call that finds the server
    /// running a few milliseconds.
    ///
    /// # Errors
    /// Whatever keeps the server from running, with the remedy. See [`EmbeddedError`].
    pub async fn start(home: &Path) -> Result<Self, EmbeddedError> {
        let layout = Layout::create(home)?;
        let account = Account::for_data(&layout.data)?;
        if let Some(ancestor) = account.first_closed_directory(&layout.root)? {
            return Err(EmbeddedError::HomeUnreachable {
                ancestor,
                account: account.name,
            });
        }
        let socket_dir = socket::directory(&layout, &account);
        socket::prepare(&socket_dir, &account)?;
        let server = Self { layout, socket_dir };
        if server.is_ready().await? {
            return Ok(server);
        }
        let _lock = HomeLock::acquire(&server.layout.lock).await?;
        // Asked again: another process may have made the cluster while we waited.
        let account = Account::for_data(&server.layout.data)?;
        // A stop we waited for has removed the directory.
        socket::prepare(&server.socket_dir, &account)?;
        let binaries = server.prepare_cluster(&account).await?;
        let mut session = server.await_session(&account, &binaries).await?;
        session::verify(&mut session, &server.layout, &server.socket_dir).await?;
        session::set_up(&mut session).await?;
        session::close(session).await?;
        Ok(server)
    }

    /// The URL of the database as superuser.
    pub fn superuser_url(&self) -> String {
        self.url(Login::Superuser, DATABASE)
    }

    /// The URL of the database as its owner, for migrations.
    pub fn owner_url(&self) -> String {
        self.url(Login::Owner, DATABASE)
    }

    /// The URL of the database as the application.
    pub fn app_url(&self) -> String {
        self.url(Login::Application, DATABASE)
    }

    /// The URL of any database of this server, for instance one made for a test.
    pub fn url(&self, login: Login, database: &str) -> String {
        session::url(&self.socket_dir, login, database)
    }

    /// The directory of the server's socket, for `psql -h`.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.layout.data
    }

    /// The file the server logs to.
    pub fn log_file(&self) -> &Path {
        &self.layout.log
    }

    /// Stops this server; see [`stop`].
    ///
    /// # Errors
    /// As [`stop`].
    pub async fn stop(self) -> Result<bool, EmbeddedError> {
        stop(&self.layout.root).await
    }

    /// What this server is doing now; see [`status`].
    ///
    /// # Errors
    /// As [`status`].
    pub async fn status(&self) -> Result<ServerStatus, EmbeddedError> {
        status(&self.layout.root).await
    }

    /// Whether the server answers, is ours, is durable and has its roles: the quick way, without
    /// a lock, for all but the first caller.
    async fn is_ready(&self) -> Result<bool, EmbeddedError> {
        let Ok(mut session) = session::connect(&self.socket_dir).await else {
            return Ok(false);
        };
        session::verify(&mut session, &self.layout, &self.socket_dir).await?;
        let ready = session::is_set_up(&mut session).await?;
        session::close(session).await?;
        Ok(ready)
    }

    /// Finds the programs and makes the cluster where there is none.
    async fn prepare_cluster(&self, account: &Account) -> Result<Binaries, EmbeddedError> {
        let layout = &self.layout;
        let major = cluster::major(layout)?;
        let binaries = binaries::find(&layout.data, major).await?;
        if major.is_none() {
            cluster::create(layout, account, &binaries).await?;
        }
        Ok(binaries)
    }

    /// Brings the server up from whatever state it is in. The caller holds the lock of the home.
    async fn await_session(
        &self,
        account: &Account,
        binaries: &Binaries,
    ) -> Result<PgConnection, EmbeddedError> {
        let started = Instant::now();
        let mut child: Option<Child> = None;
        let mut socketless_since: Option<Instant> = None;
        loop {
            let refusal = match session::connect(&self.socket_dir).await {
                Ok(session) => return Ok(session),
                Err(refusal) => refusal,
            };
            if let Some(server) = &mut child
                && self.ended_before_orphans(server)?
            {
                child = None;
                sleep(ORPHAN_PAUSE).await;
            }
            if started.elapsed() > START_LIMIT {
                return Err(EmbeddedError::StartTimeout {
                    seconds: START_LIMIT.as_secs(),
                    log: self.layout.log.clone(),
                    tail: log_tail::tail(&self.layout.log),
                    source: Some(refusal),
                });
            }
            let processes = Processes::find(&self.layout, account)?;
            if processes.postmaster.is_none() && child.is_none() {
                process::end_orphans(&self.layout, account, binaries).await?;
                child = Some(process::launch(
                    &self.layout,
                    account,
                    binaries,
                    &self.socket_dir,
                )?);
            } else if child.is_none() && !socket::file(&self.socket_dir).exists() {
                // Left by another process, and something cleaned /tmp since: it would never be
                // reached again. One that is shutting down has no socket either, but ends soon.
                let since = *socketless_since.get_or_insert_with(Instant::now);
                if since.elapsed() > LOST_SOCKET_PATIENCE {
                    process::stop(&self.layout, account, binaries).await?;
                }
            }
            sleep(POLL).await;
        }
    }

    /// Whether the server we launched gave way to a session that a killed one left behind: its
    /// memory is in use until the session's process is quite gone. Any other end is an error.
    fn ended_before_orphans(&self, server: &mut Child) -> Result<bool, EmbeddedError> {
        let ended = server.try_wait().map_err(EmbeddedError::io(
            "узнать состояние сервера",
            &self.layout.data,
        ))?;
        let Some(status) = ended else {
            return Ok(false);
        };
        let tail = log_tail::tail(&self.layout.log);
        match tail.contains(MEMORY_IN_USE) {
            true => Ok(true),
            false => Err(EmbeddedError::StartFailed {
                status: status.to_string(),
                log: self.layout.log.clone(),
                tail,
            }),
        }
    }
}

/// Stops the server of a home: sessions are ended, everything is written to disk. Returns `false`
/// if it was not running.
///
/// # Errors
/// When its processes do not end within a minute, or another process keeps the home locked.
pub async fn stop(home: &Path) -> Result<bool, EmbeddedError> {
    let Some(layout) = Layout::find(home)? else {
        return Ok(false);
    };
    let _lock = HomeLock::acquire(&layout.lock).await?;
    let account = Account::for_data(&layout.data)?;
    let was_running = if Processes::find(&layout, &account)?.none() {
        false
    } else {
        let binaries = binaries::find(&layout.data, cluster::major(&layout)?).await?;
        process::stop(&layout, &account, &binaries).await?
    };
    socket::remove(&socket::directory(&layout, &account))?;
    Ok(was_running)
}

/// What the server of a home is doing. Changes nothing.
///
/// # Errors
/// When the home or `/proc` cannot be read, or the socket directory is not safe.
pub async fn status(home: &Path) -> Result<ServerStatus, EmbeddedError> {
    let Some(layout) = Layout::find(home)? else {
        return Ok(ServerStatus::Absent);
    };
    let account = Account::for_data(&layout.data)?;
    if cluster::major(&layout)?.is_none() {
        return Ok(ServerStatus::Absent);
    }
    let processes = Processes::find(&layout, &account)?;
    if processes.none() {
        return Ok(ServerStatus::Stopped);
    }
    let socket_dir = socket::directory(&layout, &account);
    if socket_dir.exists() {
        socket::check(&socket_dir, &account)?;
    }
    let answered = match session::connect(&socket_dir).await {
        Ok(mut session) => {
            session::verify(&mut session, &layout, &socket_dir).await?;
            session::close(session).await?;
            true
        }
        Err(_) => false,
    };
    Ok(match processes.postmaster {
        Some(pid) if answered => ServerStatus::Running { pid },
        pid => ServerStatus::Busy { pid },
    })
}
