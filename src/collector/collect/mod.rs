//! The collector: takes lines whose turn it is, polls their devices, brings the values to the
//! ledger.
//!
//! Any number of collectors share the lines of one database; a line is one collector's at a time. A
//! collector may be killed at any point: what it has read is kept before it is appended, and
//! appended under keys of its own.

mod append;
mod archive;
mod breaker;
mod cycle;
mod reading;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::collector::driver::Line;
use crate::collector::registry::{HeldLine, Registry, RegistryError};
use crate::store::error::{CommitError, StoreError};
use crate::store::{Actor, Ledger};

pub use cycle::CycleOutcome;

/// How long a collector with nothing to do waits before it looks again.
const IDLE: Duration = Duration::from_millis(500);

/// Why a cycle ended before its end. What it read before stays.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The collector's own tables.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Figures(#[from] crate::figures::FigureError),
    /// The readings could not be appended.
    #[error(
        "показания прочитаны и сохранены, но не записаны в журнал; запишутся при следующем опросе"
    )]
    Commit(#[from] CommitError),
    /// The task was shut down.
    #[error("запись показаний прервалась; запишутся при следующем опросе")]
    Interrupted,
    /// There is no such line, or another collector speaks on it.
    #[error("линии «{0}» нет, или её сейчас опрашивает другой сборщик")]
    NoLine(String),
}

/// A process that collects.
#[derive(Clone)]
pub struct Collector {
    registry: Registry,
    ledger: Ledger,
    actor: Actor,
    /// Lines this process has spoken on, each with its lease: they know whether they are in doubt.
    lines: Arc<Mutex<BTreeMap<Uuid, (Uuid, Line)>>>,
}

impl Collector {
    /// A collector that appends to `ledger` as `actor`.
    pub fn new(ledger: Ledger, actor: Actor) -> Self {
        Self {
            registry: Registry::new(ledger.pool().clone()),
            ledger,
            actor,
            lines: Arc::default(),
        }
    }

    /// Polls the line called `name` once, due or not.
    ///
    /// # Errors
    /// [`CollectError`].
    pub async fn once(&self, name: &str) -> Result<CycleOutcome, CollectError> {
        match self.registry.claim(Some(name)).await? {
            Some(held) => self.cycle(held).await,
            None => Err(CollectError::NoLine(name.to_owned())),
        }
    }

    /// Polls lines as they become due, up to `at_once` at a time, until `stop` is ready; then ends
    /// the cycles that are under way. Failures of a cycle are logged: the line comes up again.
    ///
    /// # Errors
    /// [`CollectError`] when the database cannot be asked for lines.
    pub async fn run(
        &self,
        at_once: usize,
        stop: impl Future<Output = ()>,
    ) -> Result<(), CollectError> {
        let mut cycles: JoinSet<()> = JoinSet::new();
        tokio::pin!(stop);
        loop {
            while cycles.try_join_next().is_some() {}
            let claimed = match cycles.len() < at_once {
                true => self.registry.claim(None).await?,
                false => None,
            };
            let Some(held) = claimed else {
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => continue,
                    () = &mut stop => break,
                }
            };
            let collector = self.clone();
            cycles.spawn(async move {
                let name = held.name.clone();
                if let Err(error) = collector.cycle(held).await {
                    tracing::warn!(line = name, %error, "cycle ended early");
                }
            });
        }
        while cycles.join_next().await.is_some() {}
        Ok(())
    }

    /// The line as this process left it, or a new one that is in doubt.
    fn take_line(&self, held: &HeldLine) -> Line {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lines.remove(&held.id).filter(|(lease, line)| {
            held.lease_before == Some(*lease) && *line.endpoint() == held.endpoint
        });
        known.map_or_else(
            || Line::new(held.endpoint.clone(), held.timing),
            |(_, line)| line,
        )
    }

    fn put_line(&self, held: &HeldLine, mut line: Line) {
        line.hang_up();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.insert(held.id, (held.lease, line));
    }
}
