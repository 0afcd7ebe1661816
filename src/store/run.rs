//! Running commands to an answer: replays first, conflicts judged again, never cut in half.

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::store::error::CommitError;
use crate::store::unit::UnitOfWork;
use crate::store::{Actor, Ledger, Receipt, Request};

/// How often commands are judged before the conflict is the answer.
const ATTEMPTS: u32 = 12;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed<T> {
    /// Where the events stand.
    pub receipt: Receipt,
    /// What the commands answered; `None` when the request had been answered before and its
    /// commands were not judged again.
    pub value: Option<T>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The commands were refused.
    #[error("команда отклонена")]
    Refused(E),
    /// The append was not made.
    #[error(transparent)]
    Commit(CommitError),
    /// The task that ran the commands panicked or was shut down with the program.
    #[error("выполнение команды прервалось; повторите с тем же ключом")]
    Interrupted,
}

impl Ledger {
    /// Runs `commands` in a unit over `book` and appends it. A request answered before gives its
    /// first receipt, even if its commands would be refused now. Conflicts, moved reads and known
    /// natural keys are judged again in a new unit, a bounded number of times.
    ///
    /// It runs in a task of its own: a caller that goes away does not cut it off.
    pub async fn run<T, E, F>(
        &self,
        book: Uuid,
        actor: &Actor,
        request: Option<&Request>,
        commands: F,
    ) -> Result<Completed<T>, RunError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'u> Fn(&'u mut UnitOfWork) -> BoxFuture<'u, Result<T, E>> + Send + Sync + 'static,
    {
        let ledger = self.clone();
        let (actor, request) = (actor.clone(), request.cloned());
        let task = tokio::spawn(async move {
            ledger
                .run_here(book, &actor, request.as_ref(), &commands)
                .await
        });
        task.await.map_err(|_| RunError::Interrupted)?
    }

    async fn run_here<T, E, F>(
        &self,
        book: Uuid,
        actor: &Actor,
        request: Option<&Request>,
        commands: &F,
    ) -> Result<Completed<T>, RunError<E>>
    where
        F: for<'u> Fn(&'u mut UnitOfWork) -> BoxFuture<'u, Result<T, E>>,
    {
        let mut attempt = 0;
        loop {
            if let Some(receipt) = self.replay(book, actor, request).await? {
                return Ok(Completed {
                    receipt,
                    value: None,
                });
            }
            let mut unit = self.unit(book, actor, request);
            let value = match commands(&mut unit).await {
                Ok(value) => value,
                // The same request may have been appended meanwhile, and this is why it is refused.
                Err(refused) => {
                    return match self.replay(book, actor, request).await? {
                        Some(receipt) => Ok(Completed {
                            receipt,
                            value: None,
                        }),
                        None => Err(RunError::Refused(refused)),
                    };
                }
            };
            match unit.commit().await {
                Ok(receipt) if receipt.replayed => {
                    return Ok(Completed {
                        receipt,
                        value: None,
                    });
                }
                Ok(receipt) => {
                    return Ok(Completed {
                        receipt,
                        value: Some(value),
                    });
                }
                Err(error) if error.is_retryable() && attempt + 1 < ATTEMPTS => {
                    tracing::debug!(%book, attempt, %error, "judging again");
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(RunError::Commit(error)),
            }
        }
    }

    async fn replay<E>(
        &self,
        book: Uuid,
        actor: &Actor,
        request: Option<&Request>,
    ) -> Result<Option<Receipt>, RunError<E>> {
        match request {
            None => Ok(None),
            Some(request) => self
                .replay_of(book, actor, request)
                .await
                .map_err(RunError::Commit),
        }
    }
}

/// A pause that grows with the attempts, of random length so that rivals part.
fn pause(attempt: u32) -> Duration {
    let longest_ms = (4_u64 << attempt.min(6)).min(250);
    let random_ms = getrandom::u64().map_or(longest_ms, |random| random % longest_ms);
    Duration::from_millis(random_ms + 1)
}
