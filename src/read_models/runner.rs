//! Following the books: which of them have something new, and in which order it is taken in.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use crate::read_models::cache::Cache;
use crate::read_models::set::FORM;
use crate::read_models::step::{Step, step};
use crate::read_models::{Build, ReadModelError, begin_rebuild, versions};
use crate::store::Ledger;

/// How often the heads are looked at, whoever appends.
const SCAN_EVERY: Duration = Duration::from_secs(1);

/// The shortest time from one look to the next, however much this program appends.
const PAUSE: Duration = Duration::from_millis(50);

/// How long one book is worked on while others may be waiting.
const SLICE: Duration = Duration::from_secs(5);

/// Events of one batch at most: what a transaction keeps back from readers, and what is folded
/// again after a failure.
const BATCH_EVENTS: i64 = 250_000;

/// Books whose read models this program has to care for. One statement for all of them: a head and
/// a checkpoint are a row each. What is shown is outdated when older folds wrote it, or when
/// content of the book was destroyed since it began, and nothing is being built in its place.
const DUE: &str = "\
    select b.book_id, n.version, c.version, c.retired, o.is_outdated \
    from ledger.books b \
    left join read_models.current n on n.book_id = b.book_id \
    left join read_models.checkpoints c on c.book_id = b.book_id \
    cross join lateral ( \
      select c.version = n.version \
             and (c.form < $1 or c.form = $1 and c.erasures <> \
                    (select count(*) from ledger.erasures e where e.book_id = b.book_id)) \
             and not exists (select from read_models.checkpoints x \
                             where x.book_id = b.book_id and x.version > n.version \
                               and x.form = $1)) o(is_outdated) \
    where b.kind = 'building' and ($2::uuid is null or b.book_id = $2) \
      and (c.version is null or c.retired or o.is_outdated \
           or c.form = $1 and c.parked_position is null \
              and (c.position < b.position or c.version > n.version)) \
    order by b.book_id, c.version";

/// What has to be done, in the order of urgency.
#[derive(Default)]
struct Due {
    /// Versions that readers see, behind their heads.
    shown: Vec<Build>,
    /// Books of which nothing is built, or something no longer right is shown.
    to_begin: Vec<Uuid>,
    /// Versions on their way to be shown.
    building: Vec<Build>,
    /// Versions whose rows can go.
    retired: Vec<Build>,
}

/// Brings read models up to date. Any number of runners may work on the same database.
pub struct Runner {
    ledger: Ledger,
    cache: Cache,
    batch_events: i64,
    only: Option<Uuid>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner over the books of `ledger`.
    pub fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            cache: Cache::default(),
            batch_events: BATCH_EVENTS,
            only: None,
        }
    }

    /// The same for one book alone.
    pub fn of_book(self, book: Uuid) -> Self {
        Self {
            only: Some(book),
            ..self
        }
    }

    /// The same with batches of at most so many events.
    pub fn with_batches_of(self, events: u32) -> Self {
        Self {
            batch_events: i64::from(events.max(1)),
            ..self
        }
    }

    /// Follows the books until `stop` is ready: looks once a second, and at most twenty times a
    /// second after appends of this program. What fails is logged and tried again.
    pub async fn follow(&self, stop: impl Future<Output = ()>) {
        let mut appends = self.ledger.appends();
        let working = async {
            loop {
                let round = self.round().await;
                tokio::time::sleep(PAUSE).await;
                match round {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tracing::warn!(%error, "read models lag behind"),
                }
                // The sender lives as long as the ledger that this runner holds.
                let woken = tokio::time::timeout(SCAN_EVERY, appends.changed());
                woken.await.ok();
            }
        };
        tokio::select! {
            () = working => {}
            () = stop => {}
        }
    }

    /// Takes in everything that is there, new versions included, and returns when nothing is left
    /// that this runner may do.
    ///
    /// # Errors
    /// [`ReadModelError`] when the database fails.
    pub async fn run_once(&self) -> Result<(), ReadModelError> {
        while self.round().await? {}
        Ok(())
    }

    /// One look at all books. Answers whether something was done. A book that fails does not keep
    /// the others waiting.
    async fn round(&self) -> Result<bool, ReadModelError> {
        let due = self.due().await?;
        let mut outcome = Ok(false);
        for book in due.to_begin {
            join(&mut outcome, self.begin(book).await);
        }
        for build in due.shown {
            join(&mut outcome, self.work_on(build).await);
        }
        for build in due.building {
            let built = self.build(build).await;
            let was_worked_on = !matches!(built, Ok(false));
            join(&mut outcome, built);
            // One version at a time, so that what readers see does not wait for all of them.
            if was_worked_on {
                break;
            }
        }
        for build in due.retired {
            join(&mut outcome, self.remove(build).await);
        }
        outcome
    }

    async fn begin(&self, book: Uuid) -> Result<bool, ReadModelError> {
        begin_rebuild(self.pool(), book).await.map(|_| true)
    }

    async fn build(&self, build: Build) -> Result<bool, ReadModelError> {
        let worked = self.work_on(build).await?;
        Ok(versions::switch_to(self.pool(), build).await? || worked)
    }

    async fn remove(&self, build: Build) -> Result<bool, ReadModelError> {
        versions::remove(self.pool(), build).await.map(|()| true)
    }

    /// Takes batch after batch in for a while. Answers whether anything was.
    async fn work_on(&self, build: Build) -> Result<bool, ReadModelError> {
        let until = Instant::now() + SLICE;
        let mut done = false;
        loop {
            let kept = self.cache.take(build);
            match step(self.pool(), build, kept, self.batch_events).await? {
                Step::Advanced { set, stand } => {
                    self.cache.put(build, set);
                    done = true;
                    if stand.position >= stand.head || Instant::now() >= until {
                        return Ok(done);
                    }
                }
                Step::Parked => {
                    tracing::warn!(book = %build.book, version = build.version, "parked");
                    return Ok(true);
                }
                Step::Rested(kept) => {
                    if let Some(set) = kept {
                        self.cache.put(build, set);
                    }
                    return Ok(done);
                }
            }
        }
    }

    async fn due(&self) -> Result<Due, ReadModelError> {
        type Row = (Uuid, Option<i64>, Option<i64>, Option<bool>, Option<bool>);
        let rows: Vec<Row> = sqlx::query_as(DUE)
            .bind(FORM)
            .bind(self.only)
            .fetch_all(self.pool())
            .await?;
        let mut due = Due::default();
        for (book, current, version, retired, is_outdated) in rows {
            let (Some(current), Some(version)) = (current, version) else {
                due.to_begin.push(book);
                continue;
            };
            let build = Build { book, version };
            if retired == Some(true) {
                due.retired.push(build);
            } else if version > current {
                due.building.push(build);
            } else {
                if is_outdated == Some(true) {
                    due.to_begin.push(book);
                }
                due.shown.push(build);
            }
        }
        Ok(due)
    }

    fn pool(&self) -> &PgPool {
        self.ledger.pool()
    }
}

/// Adds what came of one book to what came of those before; the first failure is told.
fn join(outcome: &mut Result<bool, ReadModelError>, one: Result<bool, ReadModelError>) {
    match (&mut *outcome, one) {
        (Ok(done), Ok(more)) => *done |= more,
        (Ok(_), Err(error)) => *outcome = Err(error),
        (Err(_), _) => {}
    }
}
