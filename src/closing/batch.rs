//! A month of many houses: proposed by one, approved by another, closed house by house.
//!
//! A unit of work never spans two books. So the batch stands in the book of the deployment, every
//! house is closed in its own book by an event that names the batch, and what became of it is told
//! in the batch afterwards. A batch that breaks off is run again: closed houses stay closed.

use std::pin::pin;
use std::sync::Arc;

use aggregates::building::closing::BatchRef;
use aggregates::closing_batch::ClosingBatch;
use aggregates::closing_batch::command::ClosingBatchCommand;
use aggregates::closing_batch::event::{HouseOutcome, HouseProposal};
use aggregates::ids::{BatchId, BookId};
use aggregates::quantity::Money;
use aggregates::text::Code;
use aggregates::time::Period;
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt};
use projections::settlement::{Closing, Problem};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::closing::lines::{lines_root, sheets};
use crate::closing::{Acceptance, CloseError, ClosedPeriod, Order, check, close_period};
use crate::figures::House;
use crate::store::books::BookKind;
use crate::store::{Actor, Ledger, Receipt};

/// Houses that are closed at once. Each holds its book in memory while it is settled.
const HOUSES_AT_ONCE: usize = 3;
/// First line of the text that the control totals are hashed as.
const TOTALS_FORMAT: &str = "energokabinet/closing-batch/v1";

/// A house of a batch as it is told. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BatchRow {
    /// Its book.
    pub house: BookId,
    /// Its address, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its control totals; absent where the house cannot be settled at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<HouseProposal>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<HouseOutcome>,
    /// Why it was not closed, or cannot be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// A batch as it is told. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BatchView {
    /// The batch.
    pub batch: BatchId,
    /// The month.
    pub period: Period,
    /// Who proposed.
    pub proposed_by: Code,
    /// Who agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Code>,
    /// How many bills.
    pub bills: u32,
    /// Sum of the charges.
    pub charged: Money,
    /// Sum of the adjustments of earlier months.
    pub adjusted: Money,
    /// Hash over the control totals.
    pub totals_hash: Code,
    /// The houses.
    pub houses: Vec<BatchRow>,
}

impl BatchView {
    /// The books of the houses that are closed.
    pub fn closed_books(&self) -> impl Iterator<Item = BookId> {
        let closed = |row: &&BatchRow| row.outcome == Some(HouseOutcome::Closed);
        self.houses.iter().filter(closed).map(|row| row.house)
    }

    /// Whether every house of it is closed.
    pub fn is_done(&self) -> bool {
        let closed = |row: &BatchRow| row.outcome == Some(HouseOutcome::Closed);
        self.houses.iter().all(closed)
    }
}

/// Settles each house and proposes to close the month in all of them. Houses that cannot be settled
/// are left out and told. `progress` hears how many are done.
///
/// # Errors
/// [`CloseError`] when nothing can be proposed.
pub async fn propose(
    ledger: &Ledger,
    actor: &Actor,
    (id, period, by): (BatchId, Period, Code),
    houses: &[House],
    mut progress: impl FnMut(usize),
) -> Result<BatchView, CloseError> {
    let mut rows = Vec::with_capacity(houses.len());
    for (done, house) in houses.iter().enumerate() {
        progress(done);
        rows.push(proposed_house(ledger, house, period).await?);
    }
    let given = rows
        .iter()
        .filter_map(|row| Some((row.house, row.proposal.clone()?)));
    let mut given: Vec<(BookId, HouseProposal)> = given.collect();
    given.sort_by_key(|(house, _)| *house);
    let totals_hash = totals_hash(period, &given)?;
    let command = ClosingBatchCommand::ProposeBatch {
        period,
        by,
        houses: given,
        totals_hash,
    };
    let book = BookId::of_deployment();
    ledger.open_book(book.0, BookKind::Organisation).await?;
    let batch = judged(ledger, actor, id, command).await?;
    let mut view = view(id, &batch)?;
    view.houses = rows;
    Ok(view)
}

async fn proposed_house(
    ledger: &Ledger,
    house: &House,
    period: Period,
) -> Result<BatchRow, CloseError> {
    let mut row = BatchRow {
        house: house.book,
        address: Some(house.address.clone()),
        proposal: None,
        outcome: None,
        reasons: Vec::new(),
    };
    match check(ledger, house.book, period, house.position).await {
        Ok((checked, closing)) => {
            let open = checked.blocking.iter().chain(checked.uncaused());
            row.reasons = open.map(ToString::to_string).collect();
            let (blocking, asking) = (checked.blocking.len(), checked.uncaused().count());
            row.proposal = Some(proposal(house.book, &closing, (blocking, asking))?);
        }
        Err(error) => row.reasons.push(refusal(error)?),
    }
    Ok(row)
}

/// The text of a refusal that concerns one house; a failure of the database ends the batch.
fn refusal(error: CloseError) -> Result<String, CloseError> {
    match error {
        CloseError::Figures(_) | CloseError::Store(_) | CloseError::Commit(_) => Err(error),
        refused => Ok(refused.to_string()),
    }
}

fn proposal(
    book: BookId,
    closing: &Closing,
    (blocking, asking): (usize, usize),
) -> Result<HouseProposal, CloseError> {
    let too_large = |_| CloseError::SumTooLarge(closing.period);
    let (mut charged, mut adjusted) = (Money::ZERO, Money::ZERO);
    for line in closing.bills.iter().flat_map(|bill| &bill.lines) {
        let sum = match line.line.period == closing.period {
            true => &mut charged,
            false => &mut adjusted,
        };
        *sum = sum.checked_add(line.line.amount).map_err(too_large)?;
    }
    let root = lines_root(book, sheets(closing));
    Ok(HouseProposal {
        computed_at: closing.computed_at,
        bills: counted(closing.bills.len()),
        charged,
        adjusted,
        lines_root: root.map_err(|error| CloseError::Refused(error.to_string()))?,
        blocking: counted(blocking),
        asking: counted(asking),
    })
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Hash over the control totals (docs/formats/closing.md).
fn totals_hash(period: Period, houses: &[(BookId, HouseProposal)]) -> Result<Code, CloseError> {
    let mut text = format!("{TOTALS_FORMAT}\n{period}\n");
    for (house, told) in houses {
        let (bills, root) = (told.bills, &told.lines_root);
        let (charged, adjusted) = (String::from(told.charged), String::from(told.adjusted));
        text.push_str(&format!("{house} {bills} {charged} {adjusted} {root}\n"));
    }
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    Code::new(hash).map_err(|error| CloseError::Refused(error.to_string()))
}

/// Agrees to the control totals of a batch.
///
/// # Errors
/// [`CloseError::Refused`]: there is no such batch, other totals, or the same actor.
pub async fn approve(
    ledger: &Ledger,
    actor: &Actor,
    id: BatchId,
    (by, totals_hash): (Code, Option<Code>),
) -> Result<BatchView, CloseError> {
    let known = show(ledger, id).await?;
    let totals_hash = totals_hash.unwrap_or(known.totals_hash);
    let command = ClosingBatchCommand::ApproveBatch { by, totals_hash };
    view(id, &judged(ledger, actor, id, command).await?)
}

/// A batch as its book tells it.
///
/// # Errors
/// [`CloseError::Refused`]: there is no such batch.
pub async fn show(ledger: &Ledger, id: BatchId) -> Result<BatchView, CloseError> {
    let book = BookId::of_deployment();
    let actor = Actor::new("reader")?;
    let mut unit = ledger.unit(book.0, &actor, None);
    let batch = unit.read::<ClosingBatch>(id.0).await?;
    view(id, batch)
}

fn view(id: BatchId, batch: &ClosingBatch) -> Result<BatchView, CloseError> {
    let proposed = batch.proposed().ok_or(CloseError::NoSuchBatch(id))?;
    let houses = batch.houses().iter().map(|(house, known)| BatchRow {
        house: *house,
        address: None,
        proposal: Some(known.proposal.clone()),
        outcome: known.outcome,
        reasons: Vec::new(),
    });
    Ok(BatchView {
        batch: id,
        period: proposed.period,
        proposed_by: proposed.by.clone(),
        approved_by: batch.approved_by().cloned(),
        bills: proposed.bills,
        charged: proposed.charged,
        adjusted: proposed.adjusted,
        totals_hash: proposed.totals_hash.clone(),
        houses: houses.collect(),
    })
}

/// Causes that are given for all houses of a batch.
#[derive(Clone, Debug, Default)]
pub struct BatchCauses {
    /// Causes by kind.
    pub accept: Vec<Acceptance>,
    /// The cause of everything else.
    pub accept_rest: Option<Code>,
}

/// Closes the houses of an approved batch that are not closed yet, each in its own book, and tells
/// what became of each. `progress` hears how many are done.
///
/// # Errors
/// [`CloseError`] when the batch is not approved or the database fails; run again it goes on.
pub async fn run(
    ledger: &Ledger,
    actor: &Actor,
    id: BatchId,
    causes: &BatchCauses,
    mut progress: impl FnMut(usize),
) -> Result<BatchView, CloseError> {
    let mut told = show(ledger, id).await?;
    if told.approved_by.is_none() {
        return Err(CloseError::BatchNotApproved(id));
    }
    let batch = BatchRef {
        book: BookId::of_deployment(),
        batch: id,
        totals_hash: told.totals_hash.clone(),
    };
    let period = told.period;
    let order = |proposal: &HouseProposal| Order {
        accept: causes.accept.clone(),
        accept_rest: causes.accept_rest.clone(),
        batch: Some(batch.clone()),
        expected_lines: Some(proposal.lines_root.clone()),
        ..Order::new(period)
    };
    let open = told
        .houses
        .iter()
        .filter(|row| row.outcome != Some(HouseOutcome::Closed));
    let open = open.filter_map(|row| Some((row.house, order(row.proposal.as_ref()?))));
    let open: Vec<(BookId, Order)> = open.collect();
    let mut done = told.houses.len() - open.len();
    let mut closings = pin!(close_each(ledger, actor, open));
    progress(done);
    while let Some((house, closed)) = closings.next().await {
        let (outcome, reasons) = outcome(closed.err())?;
        if let Some(row) = told.houses.iter_mut().find(|row| row.house == house) {
            (row.outcome, row.reasons) = (Some(outcome), reasons);
        }
        let command = ClosingBatchCommand::FinishBatchHouse { house, outcome };
        judged(ledger, actor, id, command).await?;
        done += 1;
        progress(done);
    }
    Ok(told)
}

/// Closes houses, a few at once: each is settled in a task of its own while the database writes
/// another. They come as they are done.
pub fn close_each<'l>(
    ledger: &'l Ledger,
    actor: &'l Actor,
    houses: Vec<(BookId, Order)>,
) -> impl Stream<Item = (BookId, Result<(Receipt, ClosedPeriod), CloseError>)> + 'l {
    let closed = move |(house, order): (BookId, Order)| async move {
        let closed = close_period(ledger, actor, house, &order, None).await;
        (house, closed)
    };
    stream::iter(houses)
        .map(closed)
        .buffer_unordered(HOUSES_AT_ONCE)
}

fn outcome(error: Option<CloseError>) -> Result<(HouseOutcome, Vec<String>), CloseError> {
    let texts = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect();
    Ok(match error {
        None => (HouseOutcome::Closed, Vec::new()),
        Some(CloseError::Blocked { problems, .. }) => (HouseOutcome::Blocked, texts(&problems)),
        Some(CloseError::CauseMissing { problems, .. }) => {
            (HouseOutcome::CauseMissing, texts(&problems))
        }
        Some(moved @ CloseError::Moved { .. }) => (HouseOutcome::Moved, vec![moved.to_string()]),
        Some(other) => (HouseOutcome::Refused, vec![refusal(other)?]),
    })
}

/// Judges a command of the batch and answers with the batch after it.
async fn judged(
    ledger: &Ledger,
    actor: &Actor,
    id: BatchId,
    command: ClosingBatchCommand,
) -> Result<ClosingBatch, CloseError> {
    let command = Arc::new(command);
    let book = BookId::of_deployment();
    let done = ledger.run(book.0, actor, None, move |unit| {
        let command = ClosingBatchCommand::clone(&command);
        async move {
            unit.describe("command", "closing_batch");
            let judged = unit.execute::<ClosingBatch>(id.0, command).await;
            judged.map_err(|error| CloseError::Refused(error.to_string()))?;
            Ok::<_, CloseError>(unit.read::<ClosingBatch>(id.0).await?.clone())
        }
        .boxed()
    });
    done.await?.value.ok_or(CloseError::Interrupted)
}
