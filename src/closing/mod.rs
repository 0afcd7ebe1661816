//! Closing a settlement period: what the fold of the book says becomes events, at once.

pub mod batch;
mod confirmed;
pub mod lines;
mod order;
pub mod verify;
mod way;

use std::cmp::Ordering;
use std::sync::Arc;

use aggregates::account::Account;
use aggregates::account::command::AccountCommand;
use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::{BatchId, BookId};
use aggregates::ledger::LedgerAggregate;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::quantity::{Money, QuantityError};
use aggregates::text::Code;
use aggregates::time::Period;
use chrono::Utc;
use futures_util::FutureExt;
use projections::rules::Parameter;
use projections::settlement::{
    CheckedItem, Checklist, Closing, HouseBook, Problem, SettlementError, checklist, close,
};
use serde::Serialize;
use uuid::Uuid;

pub use confirmed::unanswered;
pub use order::{Acceptance, Order, Prepared};
pub use way::{
    ReopeningRequest, accept_flag, pass_stage, release_bills, reopen, request_reopening,
};

use crate::closing::confirmed::answered;
use crate::figures::{self, FigureError};
use crate::operations::OperationError;
use crate::read_models::ReadModelError;
use crate::read_models::query::standing as standing_of_lists;
use crate::rules::book::{adopt, named};
use crate::store::error::{CommitError, StoreError};
use crate::store::execute::Execute;
use crate::store::streams::stream_heads_root;
use crate::store::unit::UnitOfWork;
use crate::store::{Actor, Ledger, Receipt, Request, RunError};

/// What came of closing a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClosedPeriod {
    /// The period.
    pub period: Period,
    /// Position of the book that it was computed at.
    pub computed_at: u64,
    /// Position of the last event of the closing; of the head where it stood closed already.
    pub position: i64,
    /// The period had been closed before: nothing was appended.
    pub already: bool,
    /// How many missing volumes were filled in.
    pub imputations: usize,
    /// How many bills were issued.
    pub bills: usize,
    /// Sum of the bills.
    pub charged: Money,
    /// Root over all lines of the bills.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_root: Option<Code>,
    /// Whether the bills are held back.
    pub bills_held: bool,
    /// What asked for a cause, with the cause.
    pub accepted: Vec<CheckedItem>,
    /// What somebody should look at; none of it hinders the closing.
    pub flags: Vec<Problem>,
}

/// Why a period was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The book could not be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The period cannot be settled at all.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// No batch has this id.
    #[error("партии закрытий {0} нет: проверьте номер")]
    NoSuchBatch(BatchId),
    /// Nobody has agreed to the batch.
    #[error("партия {0} не утверждена: утвердить её должен другой сотрудник, чем предложивший")]
    BatchNotApproved(BatchId),
    /// The period is not closed.
    #[error("{} не закрыт: сверять нечего", .0.title_ru())]
    NotClosed(Period),
    /// Something is missing without which there are no charges.
    #[error("период {period} нельзя закрыть: {}", list(.problems))]
    Blocked {
        /// The period.
        period: Period,
        /// What is missing; never empty.
        problems: Vec<Problem>,
    },
    /// Something asks for a cause, and nobody gave one.
    #[error("период {period} не закрыт: укажите причины для {}: {}", .problems.len(), list(.problems))]
    CauseMissing {
        /// The period.
        period: Period,
        /// What asks; never empty.
        problems: Vec<Problem>,
    },
    /// The month rests on rules that nobody answers for.
    #[error(
        "период {period} не закрыт: никто не подтвердил правила, по которым он считается \
         ({}); см. `rules list --status uncertain`, `rules confirm`",
        named(.rules)
    )]
    Unconfirmed {
        /// The period.
        period: Period,
        /// The rows; never empty.
        rules: Vec<Parameter>,
    },
    /// The lines are no longer those that somebody agreed to.
    #[error(
        "период {period} не закрыт: строки счетов изменились после утверждения, по ним теперь {charged}"
    )]
    Moved {
        /// The period.
        period: Period,
        /// Sum of the bills now.
        charged: Money,
    },
    /// The bills of an earlier period have to go out first.
    #[error("счета за {} задержаны: сначала выставите их или откройте период снова", .0.title_ru())]
    BillsHeld(Period),
    /// The lists of the house stand still at an event that cannot be taken in: what staff look at
    /// before they close is not what the book says.
    #[error(transparent)]
    Parked(ReadModelError),
    /// Another period comes first.
    #[error("{} закрыть нельзя: сначала закройте {}", .period.title_ru(), .expected.title_ru())]
    EarlierOpen {
        /// The period.
        period: Period,
        /// The one to close first.
        expected: Period,
    },
    /// The house came into the ledger's care later.
    #[error("{} закрыть нельзя: дом рассчитывается с периода {}", .period.title_ru(), .first.title_ru())]
    BeforeFirst {
        /// The period.
        period: Period,
        /// The first one that was opened.
        first: Period,
    },
    /// The month has not begun.
    #[error("{} ещё не начался: закрывать нечего", .0.title_ru())]
    NotBegun(Period),
    /// The ledger refuses.
    #[error("{0}")]
    Refused(String),
    /// The events could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The sum of the bills does not fit.
    #[error("сумма счетов за {0} не помещается в рубли и копейки")]
    SumTooLarge(Period),
    /// The task was shut down.
    #[error("закрытие прервалось; повторите: закрытое второй раз не закрывается")]
    Interrupted,
}

fn list(problems: &[Problem]) -> String {
    let texts: Vec<&str> = problems
        .iter()
        .map(|problem| problem.text.as_str())
        .collect();
    texts.join("; ")
}

impl From<RunError<CloseError>> for CloseError {
    fn from(error: RunError<CloseError>) -> Self {
        match error {
            RunError::Refused(error) => error,
            RunError::Commit(error) => Self::Commit(error),
            RunError::Interrupted => Self::Interrupted,
        }
    }
}

impl From<OperationError> for CloseError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => Self::Store(error),
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}

/// What closing `period` would append as the book stands at `until`, blocking problems included.
///
/// # Errors
/// [`CloseError`] when the book cannot be read or settled.
pub async fn preview(
    ledger: &Ledger,
    book: BookId,
    period: Period,
    until: i64,
) -> Result<Closing, CloseError> {
    let house = figures::house_book(ledger, book, until).await?;
    if house.computed_at(period).is_none() {
        check_turn(&house, period)?;
    }
    Ok(close(&house, period)?)
}

/// The checklist of `period` as the book stands at `until`.
///
/// # Errors
/// [`CloseError`] when the book cannot be read or settled.
pub async fn check(
    ledger: &Ledger,
    book: BookId,
    period: Period,
    until: i64,
) -> Result<(Checklist, Closing), CloseError> {
    let house = figures::house_book(ledger, book, until).await?;
    if house.computed_at(period).is_none() {
        check_turn(&house, period)?;
    }
    let closing = close(&house, period)?;
    Ok((checklist(&house, &closing)?, closing))
}

/// Periods are closed in their row, and none before it has begun in the house.
fn check_turn(house: &HouseBook, period: Period) -> Result<(), CloseError> {
    let today = house.zone().map(|zone| zone.local_date(Utc::now()));
    if today.is_some_and(|today| today < period.first_day()) {
        return Err(CloseError::NotBegun(period));
    }
    let Some((first, _)) = house.opened() else {
        return Ok(());
    };
    if let Some(held) = house.bills_held().filter(|held| *held < period) {
        return Err(CloseError::BillsHeld(held));
    }
    let expected = house.closed_through().map_or(first, Period::next);
    match period.cmp(&expected) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(CloseError::EarlierOpen { period, expected }),
        Ordering::Less => Err(CloseError::BeforeFirst { period, first }),
    }
}

/// Closes a period of the house: fills its gaps, issues its bills, opens the next period, all in
/// one append that rests on every stream of the book: what moves meanwhile is settled again.
///
/// # Errors
/// [`CloseError::Blocked`] names what is missing, [`CloseError::CauseMissing`] what asks for a
/// cause;
/// [`CloseError::Refused`] what does not fit, such as an earlier period that is open.
pub async fn close_period(
    ledger: &Ledger,
    actor: &Actor,
    book: BookId,
    order: &Order,
    request: Option<&Request>,
) -> Result<(Receipt, ClosedPeriod), CloseError> {
    let (order, period) = (Arc::new(order.clone()), order.period);
    let done = ledger
        .run(book.0, actor, request, move |unit| {
            let order = Arc::clone(&order);
            async move {
                unit.describe("command", "close_period");
                in_unit(unit, book, &order).await
            }
            .boxed()
        })
        .await?;
    let last = done.receipt.last;
    let closed = match done.value {
        Some(closed) => ClosedPeriod {
            position: last,
            ..closed
        },
        // The request had been answered before: what it led to stands in the book.
        None => standing(ledger, book, period, last).await?,
    };
    Ok((done.receipt, closed))
}

async fn standing(
    ledger: &Ledger,
    book: BookId,
    period: Period,
    until: i64,
) -> Result<ClosedPeriod, CloseError> {
    let house = figures::house_book(ledger, book, until).await?;
    let computed_at = house.computed_at(period).unwrap_or_default();
    Ok(already_closed(period, computed_at, until))
}

fn already_closed(period: Period, computed_at: u64, position: i64) -> ClosedPeriod {
    ClosedPeriod {
        period,
        computed_at,
        position,
        already: true,
        imputations: 0,
        bills: 0,
        charged: Money::ZERO,
        lines_root: None,
        bills_held: false,
        accepted: Vec::new(),
        flags: Vec::new(),
    }
}

async fn in_unit(
    unit: &mut UnitOfWork,
    book: BookId,
    order: &Order,
) -> Result<ClosedPeriod, CloseError> {
    let period = order.period;
    let ledger = unit.ledger().clone();
    refuse_parked(&ledger, book).await?;
    let head = ledger.head(book.0).await?.position;
    let heads = figures::stream_heads(&ledger, book, head).await?;
    let house = figures::house_book(&ledger, book, head).await?;
    if let Some(computed_at) = house.computed_at(period) {
        return Ok(already_closed(period, computed_at, head));
    }
    check_turn(&house, period)?;
    let closing = close(&house, period)?;
    let problems: Vec<Problem> = closing.blocking().cloned().collect();
    if !problems.is_empty() {
        return Err(CloseError::Blocked { period, problems });
    }
    let checked = checklist(&house, &closing)?;
    let prepared = Prepared::of(book, order, &closing, checked)?;
    let uncaused = prepared.uncaused();
    if !uncaused.is_empty() {
        let problems = uncaused;
        return Err(CloseError::CauseMissing { period, problems });
    }
    let charged = charged(&closing)?;
    let expected = order.expected_lines.as_ref();
    if expected.is_some_and(|expected| *expected != prepared.lines_root) {
        return Err(CloseError::Moved { period, charged });
    }
    let adopted = answered(&ledger, &closing).await?;
    unit.rest_on(&heads);
    let closed = ClosedPeriod {
        period,
        computed_at: closing.computed_at,
        position: head,
        already: false,
        imputations: closing.imputations.len(),
        bills: closing.bills.len(),
        charged,
        lines_root: Some(prepared.lines_root.clone()),
        bills_held: prepared.hold_bills,
        accepted: prepared.checklist.asking.clone(),
        flags: prepared.checklist.notes.clone(),
    };
    let meters = closing.imputations.iter().map(|given| given.gap.meter.0);
    preload::<Meter>(unit, meters).await?;
    preload::<Account>(unit, closing.bills.iter().map(|bill| bill.account.0)).await?;
    let root = stream_heads_root(book, &heads);
    record(unit, book, &closing, &prepared, root).await?;
    adopt(unit, book, &adopted).await?;
    Ok(closed)
}

/// A book whose lists are parked is not closed; one without lists is.
async fn refuse_parked(ledger: &Ledger, book: BookId) -> Result<(), CloseError> {
    let parked = match standing_of_lists(ledger, book.0).await {
        Ok(standing) => standing.parked,
        Err(ReadModelError::NoReadModels(_)) => None,
        Err(error) => return Err(CloseError::Parked(error)),
    };
    match parked {
        None => Ok(()),
        Some(parked) => Err(CloseError::Parked(ReadModelError::Parked {
            book: book.0,
            position: parked.position,
            reason: parked.reason,
        })),
    }
}

fn charged(closing: &Closing) -> Result<Money, CloseError> {
    let sum = closing
        .bills
        .iter()
        .try_fold(Money::ZERO, |sum, bill| sum.checked_add(bill.total));
    sum.map_err(|_: QuantityError| CloseError::SumTooLarge(closing.period))
}

async fn preload<A: LedgerAggregate>(
    unit: &mut UnitOfWork,
    ids: impl Iterator<Item = Uuid>,
) -> Result<(), StoreError> {
    unit.preload::<A>(&ids.collect::<Vec<_>>()).await
}

/// Records what `closing` says in any book: calculated volumes, causes and stages, the closed
/// period, its bills and notices, the next period, in this order. `root` is the root over the heads
/// of the streams as of the position it was computed at.
///
/// # Errors
/// [`OperationError`]: an aggregate refuses; some of the events may have been made.
pub(crate) async fn record(
    book: &mut impl Execute,
    id: BookId,
    closing: &Closing,
    prepared: &Prepared,
    root: [u8; 32],
) -> Result<(), OperationError> {
    let period = closing.period;
    let root =
        Code::new(hex::encode(root)).map_err(|error| OperationError::Refused(error.to_string()))?;
    let open = |period| BuildingCommand::OpenPeriod { period };
    book.execute::<Building>(id.0, open(period)).await?;
    for gap in &closing.imputations {
        let impute = MeterCommand::ImputeValue(gap.imputation());
        book.execute::<Meter>(gap.gap.meter.0, impute).await?;
    }
    order::record_way(book, id, closing, prepared).await?;
    let close = BuildingCommand::ClosePeriod {
        period,
        computed_at: closing.computed_at,
        edition_hash: Some(closing.edition_hash.clone()),
        engine: Some(closing.engine.clone()),
        totals: closing.totals.clone(),
        stream_heads_root: Some(root),
        lines_root: Some(prepared.lines_root.clone()),
        accepted: prepared.accepted.clone(),
        batch: prepared.batch.clone(),
        bills_held: prepared.hold_bills,
    };
    book.execute::<Building>(id.0, close).await?;
    if !prepared.hold_bills {
        send_out(book, closing).await?;
    }
    book.execute::<Building>(id.0, open(period.next())).await?;
    Ok(())
}

/// Issues the bills of a closing and tells former providers.
async fn send_out(book: &mut impl Execute, closing: &Closing) -> Result<(), OperationError> {
    for bill in &closing.bills {
        let issue = AccountCommand::IssueBill {
            bill: closing.issued(bill),
        };
        book.execute::<Account>(bill.account.0, issue).await?;
    }
    for notice in &closing.notices {
        let tell = AccountCommand::NoticeProvider {
            notice: closing.noticed(notice),
        };
        book.execute::<Account>(notice.account.0, tell).await?;
    }
    Ok(())
}
