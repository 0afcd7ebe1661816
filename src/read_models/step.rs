//! One batch: from the checkpoint of a version towards the head of its book.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;

use crate::read_models::checkpoint::{self, Stand};
use crate::read_models::pages::{Pages, Stored};
use crate::read_models::set::{Failure, ModelSet};
use crate::read_models::{Build, ReadModelError, balances, billing, consumption, meters, versions};

/// How long a batch is folded at most while its transaction waits.
const BATCH_TIME: Duration = Duration::from_secs(10);

/// What came of a batch.
pub(super) enum Step {
    /// Written; the state stands where the version does.
    Advanced { set: ModelSet, stand: Stand },
    /// An event could not be taken in: the book is parked before it.
    Parked,
    /// Nothing to do, or somebody else does it.
    Rested(Option<ModelSet>),
}

/// Takes in the next batch of `build`, starting from a state kept from before.
///
/// The batch and its checkpoint are one transaction. A future dropped on the way leaves neither.
pub(super) async fn step(
    pool: &PgPool,
    build: Build,
    kept: Option<ModelSet>,
    batch_events: i64,
) -> Result<Step, ReadModelError> {
    let Some(seen) = checkpoint::stand(pool, build).await? else {
        return Ok(Step::Rested(None));
    };
    // A state beyond the checkpoint took in what was then undone.
    let kept = kept.filter(|set| set.position() <= seen.position);
    let mut set = kept.unwrap_or_else(|| ModelSet::new(build.book));
    if seen.position >= seen.head && set.position() == seen.position {
        return Ok(Step::Rested(Some(set)));
    }
    // What is in the tables already is folded before the row is held.
    let failure = fold(pool, build, &mut set, seen.position, Changes::Forgotten).await?;
    let mut transaction = pool.begin().await?;
    let Some(held) = checkpoint::hold(&mut transaction, build).await? else {
        return Ok(Step::Rested(Some(set)));
    };
    if held.position != seen.position {
        return Ok(Step::Rested(Some(set)));
    }
    if let Some(failure) = failure {
        // Folds that took this event in before cannot any more, so the version ends here.
        let still = (held.position, held.position);
        checkpoint::advance(&mut transaction, build, still, Some(&failure)).await?;
        transaction.commit().await?;
        return Ok(Step::Parked);
    }
    let until = held.head.min(held.position + batch_events);
    let failure = fold(pool, build, &mut set, until, Changes::Kept).await?;
    meters::store::write(&mut transaction, build, &set.take_meters()).await?;
    billing::store::write(&mut transaction, build, &set.take_billing()).await?;
    versions::park_streams(&mut transaction, build, &set.take_parked()).await?;
    let mut figures = set.figures();
    consumption::store::write(&mut transaction, build, &mut figures).await?;
    balances::store::write(&mut transaction, build, &mut figures).await?;
    let position = set.position();
    let moved = (held.position, position);
    checkpoint::advance(&mut transaction, build, moved, failure.as_ref()).await?;
    transaction.commit().await?;
    if failure.is_some() {
        return Ok(Step::Parked);
    }
    set.forget_changes();
    let stand = Stand { position, ..held };
    Ok(Step::Advanced { set, stand })
}

/// What becomes of the changes that folding brings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changes {
    Kept,
    /// They stand in the tables.
    Forgotten,
}

/// Folds the book up to `until`, or to where it has to stop.
async fn fold(
    pool: &PgPool,
    build: Build,
    set: &mut ModelSet,
    until: i64,
    changes: Changes,
) -> Result<Option<Failure>, ReadModelError> {
    let full_at = Instant::now() + BATCH_TIME;
    let event_types = ModelSet::event_types();
    let mut pages = Pages::read(pool, build.book, (set.position(), until), &event_types);
    while let Some(page) = pages.next().await? {
        for row in &page.rows {
            let stored = Stored::of(row)?;
            if let Err(failure) = set.apply(&stored)? {
                set.read_to(failure.position - 1);
                return Ok(Some(failure));
            }
        }
        set.read_to(page.until);
        match changes {
            Changes::Forgotten => set.forget_changes(),
            Changes::Kept if set.is_full() || Instant::now() >= full_at => break,
            Changes::Kept => {}
        }
    }
    Ok(None)
}
