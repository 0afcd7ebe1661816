//! One start or stop at a time per home, across processes.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::error::EmbeddedError;

/// The other holder may be making a cluster or replaying a long log.
const WAIT_LIMIT: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(50);

/// Held until dropped; the kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Waits for the lock by asking again and again: a blocking wait in a thread would outlive a
    /// caller that was cancelled, and then take the lock for nobody.
    pub(super) async fn acquire(path: &Path) -> Result<Self, EmbeddedError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(EmbeddedError::io("открыть файл блокировки", path))?;
        let deadline = Instant::now() + WAIT_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(POLL).await,
                Err(TryLockError::WouldBlock) => {
                    return Err(EmbeddedError::LockTimeout {
                        path: path.to_owned(),
                        seconds: WAIT_LIMIT.as_secs(),
                    });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(EmbeddedError::io("взять блокировку", path)(
                        error,
                    ));
                }
            }
        }
    }
}
