//! The way to a closed period step by step, and back: causes, stages, held bills, reopening.

use std::sync::Arc;

use aggregates::account::Account;
use aggregates::building::Building;
use aggregates::building::closing::ClosingStage;
use aggregates::building::command::BuildingCommand;
use aggregates::building::event::ReopeningReason;
use aggregates::ids::BookId;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::NoteRef;
use futures_util::FutureExt;
use projections::settlement::{Checklist, HouseBook, checklist, close};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::closing::order::{Acceptance, Order, Prepared, accept, pass};
use crate::closing::verify::recomputed;
use crate::closing::{CloseError, check_turn, preload, send_out};
use crate::figures;
use crate::store::unit::UnitOfWork;
use crate::store::{Actor, Ledger, Receipt, Request};

/// Records the cause of something flagged in an open period.
///
/// # Errors
/// [`CloseError::Refused`]: the period is closed or was never opened.
pub async fn accept_flag(
    ledger: &Ledger,
    actor: &Actor,
    (book, period): (BookId, Period),
    given: Acceptance,
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let done = ledger.run(book.0, actor, request, move |unit| {
        let given = given.clone();
        async move {
            unit.describe("command", "accept_flag");
            open_first(unit, book, period).await?;
            accept(unit, book, period, given).await?;
            Ok::<_, CloseError>(())
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}

/// A month that is next is opened by the first thing said of its closing.
async fn open_first(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
) -> Result<HouseBook, CloseError> {
    let ledger = unit.ledger().clone();
    let head = ledger.head(book.0).await?.position;
    let house = figures::house_book(&ledger, book, head).await?;
    if house.computed_at(period).is_none() {
        check_turn(&house, period)?;
    }
    let open = BuildingCommand::OpenPeriod { period };
    let opened = unit.execute::<Building>(book.0, open).await;
    opened.map_err(|error| CloseError::Refused(error.to_string()))?;
    Ok(house)
}

/// Passes the stage of an open period, and those before it where they were not passed: counted
/// as the book stands.
///
/// # Errors
/// [`CloseError::Blocked`] and [`CloseError::CauseMissing`] name what stands in its way.
pub async fn pass_stage(
    ledger: &Ledger,
    actor: &Actor,
    (book, period): (BookId, Period),
    stage: ClosingStage,
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let done = ledger.run(book.0, actor, request, move |unit| {
        async move {
            unit.describe("command", "pass_stage");
            stage_in_unit(unit, book, period, stage).await
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}

async fn stage_in_unit(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
    stage: ClosingStage,
) -> Result<(), CloseError> {
    let house = open_first(unit, book, period).await?;
    let closing = close(&house, period)?;
    let checked = checklist(&house, &closing)?;
    refuse_open(&checked, stage)?;
    let prepared = Prepared::of(book, &Order::new(period), &closing, checked)?;
    for earlier in ClosingStage::ALL.into_iter().filter(|one| *one <= stage) {
        pass(unit, book, &closing, &prepared, earlier).await?;
    }
    Ok(())
}

fn refuse_open(checked: &Checklist, stage: ClosingStage) -> Result<(), CloseError> {
    let period = checked.period;
    let is_approval = stage == ClosingStage::Approved;
    if is_approval && !checked.blocking.is_empty() {
        let problems = checked.blocking.clone();
        return Err(CloseError::Blocked { period, problems });
    }
    let problems: Vec<_> = checked.uncaused_until(stage).cloned().collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(CloseError::CauseMissing { period, problems }),
    }
}

/// Lets the bills of a period go out that was closed without them: computed again where they were
/// computed, they must be those that were approved.
///
/// # Errors
/// [`CloseError::Refused`]: nothing is held back, or the lines are other ones today.
pub async fn release_bills(
    ledger: &Ledger,
    actor: &Actor,
    (book, period): (BookId, Period),
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let done = ledger.run(book.0, actor, request, move |unit| {
        async move {
            unit.describe("command", "release_bills");
            release_in_unit(unit, book, period).await
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}

async fn release_in_unit(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
) -> Result<(), CloseError> {
    let ledger = unit.ledger().clone();
    let release = BuildingCommand::ReleaseHeldBills { period };
    let released = unit.execute::<Building>(book.0, release).await;
    let released = released.map_err(|error| CloseError::Refused(error.to_string()))?;
    if released.is_empty() {
        return Ok(());
    }
    let again = recomputed(&ledger, book, period).await?;
    if !again.is_same() {
        let text = "строки счетов теперь считаются иначе, чем при закрытии: откройте период снова";
        return Err(CloseError::Refused(text.to_owned()));
    }
    let closing = again.closing;
    preload::<Account>(unit, closing.bills.iter().map(|bill| bill.account.0)).await?;
    Ok(send_out(unit, &closing).await?)
}

/// Why a closed period is to be opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopeningRequest {
    /// Why.
    pub reason: ReopeningReason,
    /// Comment, kept outside the events.
    #[serde(default)]
    pub note: Option<NoteRef>,
    /// Who asks: the code of an actor.
    pub by: Code,
}

/// Asks for the last closed period to be opened again; another actor has to agree.
///
/// # Errors
/// [`CloseError::Refused`]: its bills are out, or it is not the last closed one.
pub async fn request_reopening(
    ledger: &Ledger,
    actor: &Actor,
    (book, period): (BookId, Period),
    given: ReopeningRequest,
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let command = BuildingCommand::RequestReopening {
        period,
        reason: given.reason,
        note: given.note,
        by: given.by,
    };
    of_building(ledger, actor, (book, "request_reopening"), command, request).await
}

/// Opens the last closed period again, as another actor has asked.
///
/// # Errors
/// [`CloseError::Refused`]: nobody else has asked, or its bills are out.
pub async fn reopen(
    ledger: &Ledger,
    actor: &Actor,
    (book, period): (BookId, Period),
    by: Code,
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let command = BuildingCommand::ReopenPeriod { period, by };
    of_building(ledger, actor, (book, "reopen_period"), command, request).await
}

async fn of_building(
    ledger: &Ledger,
    actor: &Actor,
    (book, name): (BookId, &'static str),
    command: BuildingCommand,
    request: Option<&Request>,
) -> Result<Receipt, CloseError> {
    let command = Arc::new(command);
    let done = ledger.run(book.0, actor, request, move |unit| {
        let command = BuildingCommand::clone(&command);
        async move {
            unit.describe("command", name);
            let judged = unit.execute::<Building>(book.0, command).await;
            judged.map_err(|error| CloseError::Refused(error.to_string()))?;
            Ok::<_, CloseError>(())
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}
