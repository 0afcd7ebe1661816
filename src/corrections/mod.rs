//! Corrections in four hands: what one would change is told first, one asks for it, another
//! approves, and with the approval it is carried out in the same append.

use std::sync::Arc;

use aggregates::book_event::BookEvent;
use aggregates::correction::Correction;
use aggregates::correction::command::CorrectionCommand;
use aggregates::correction::event::{CorrectionEffect, CorrectionOperation};
use aggregates::ids::{BookId, CorrectionId, TariffBookId};
use aggregates::premises::Premises;
use aggregates::premises::command::PremisesCommand;
use aggregates::tariff_book::TariffBook;
use aggregates::tariff_book::command::TariffBookCommand;
use aggregates::text::Code;
use chrono::Utc;
use futures_util::FutureExt;
use projections::recorded::Recorded;
use projections::settlement::{HouseBook, Impact, SettlementError, impact};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::figures::{self, FigureError};
use crate::operations::{self, OperationError, correct_reading, withdraw_reading};
use crate::store::error::{CommitError, StoreError};
use crate::store::execute::Execute;
use crate::store::unit::UnitOfWork;
use crate::store::{Actor, Ledger, Receipt, Request, RunError};

/// First line of the text that the differences are hashed as.
const EFFECT_FORMAT: &str = "energokabinet/correction-effect/v1";

/// Why a correction was not told, asked for or carried out.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionFailure {
    /// The book could not be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The house cannot be settled.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// The operation itself is refused.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The correction is refused.
    #[error("{0}")]
    Refused(String),
    /// No correction has this id in the book.
    #[error("запроса на исправление {0} в журнале дома нет: проверьте номер")]
    NoSuchCorrection(CorrectionId),
    /// The events could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The task was shut down.
    #[error("исправление прервалось; повторите: дважды оно не выполняется")]
    Interrupted,
}

impl From<RunError<CorrectionFailure>> for CorrectionFailure {
    fn from(error: RunError<CorrectionFailure>) -> Self {
        match error {
            RunError::Refused(error) => error,
            RunError::Commit(error) => Self::Commit(error),
            RunError::Interrupted => Self::Interrupted,
        }
    }
}

/// A correction that was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct AskedFor {
    /// Its id.
    pub correction: CorrectionId,
    /// What it changes.
    pub impact: Impact,
    /// Hash over the differences: what is approved.
    pub effect_hash: Code,
}

/// What `operation` would change in bills and balances, as the book stands. Nothing is recorded.
///
/// # Errors
/// [`CorrectionFailure`] when the operation would be refused or the house cannot be settled.
pub async fn preview(
    ledger: &Ledger,
    book: BookId,
    operation: &CorrectionOperation,
) -> Result<Impact, CorrectionFailure> {
    let actor = Actor::new("preview")?;
    // A unit that is never appended.
    let mut trial = ledger.unit(book.0, &actor, None);
    carry_out(&mut trial, book, operation.clone()).await?;
    let head = ledger.head(book.0).await?.position;
    let before = figures::house_book(ledger, book, head).await?;
    let mut after = before.clone();
    for recorded in hypothetical(&trial, &before, book)? {
        after.apply(&recorded).map_err(SettlementError::Fold)?;
    }
    Ok(impact(&before, &after)?)
}

/// The events of a unit as they would stand in the book.
fn hypothetical(
    trial: &UnitOfWork,
    house: &HouseBook,
    book: BookId,
) -> Result<Vec<Recorded>, CorrectionFailure> {
    let now = Utc::now();
    let mut events = Vec::new();
    for (place, pending) in (house.position() + 1..).zip(trial.pending_events()) {
        let event = BookEvent::decode(
            &pending.id.aggregate_type,
            &pending.event_type,
            &pending.event_version,
            &pending.payload,
        );
        events.push(Recorded {
            book,
            position: place,
            recorded_at: now,
            effective_at: pending.effective_at.unwrap_or(now),
            aggregate_id: pending.id.aggregate_id,
            sequence: pending.id.sequence,
            event: event.map_err(|error| CorrectionFailure::Refused(error.to_string()))?,
        });
    }
    Ok(events)
}

/// Carries an operation out in a unit.
async fn carry_out(
    unit: &mut impl Execute,
    book: BookId,
    operation: CorrectionOperation,
) -> Result<(), CorrectionFailure> {
    use CorrectionOperation as Operation;
    match operation {
        Operation::CorrectReading {
            meter,
            reading,
            values,
            reason,
            act,
            note,
        } => {
            let right = operations::Correction {
                values,
                reason,
                act,
                note,
            };
            correct_reading(unit, book, meter, reading, right).await?;
        }
        Operation::WithdrawReading {
            meter,
            reading,
            reason,
            note,
        } => {
            let withdrawal = operations::Withdrawal { reason, note };
            withdraw_reading(unit, meter, reading, withdrawal).await?;
        }
        other => carry_out_terms(unit, book, other).await?,
    }
    Ok(())
}

/// Operations on premises and prices.
async fn carry_out_terms(
    unit: &mut impl Execute,
    book: BookId,
    operation: CorrectionOperation,
) -> Result<(), CorrectionFailure> {
    use CorrectionOperation as Operation;
    let refused = |error: OperationError| CorrectionFailure::Operation(error);
    match operation {
        Operation::RecordResidents {
            premises,
            registered,
            temporary,
            validity,
            source,
        } => {
            let command = PremisesCommand::RecordResidents {
                registered,
                temporary,
                validity,
                source,
            };
            let done = unit.execute::<Premises>(premises.0, command).await;
            done.map_err(|error| refused(error.into()))?;
        }
        Operation::RecordArea {
            premises,
            purpose,
            area,
            from,
            source,
        } => {
            let command = PremisesCommand::RecordPremisesArea {
                purpose,
                area,
                from,
                source,
            };
            let done = unit.execute::<Premises>(premises.0, command).await;
            done.map_err(|error| refused(error.into()))?;
        }
        Operation::SetTariff {
            key,
            price,
            validity,
            supplier,
            basis,
        } => {
            let command = TariffBookCommand::SetTariff {
                key,
                price,
                validity,
                supplier,
                basis,
                adopted: None,
            };
            let tariffs = TariffBookId::named(book, "house");
            let done = unit.execute::<TariffBook>(tariffs.0, command).await;
            done.map_err(|error| refused(error.into()))?;
        }
        Operation::CorrectReading { .. } | Operation::WithdrawReading { .. } => {}
    }
    Ok(())
}

/// What is agreed to: the differences of every account and period.
fn effect(told: &Impact) -> Result<CorrectionEffect, CorrectionFailure> {
    let mut text = format!("{EFFECT_FORMAT}\n");
    let mut accounts = std::collections::BTreeSet::new();
    let mut rows: Vec<String> = Vec::new();
    for row in &told.accounts {
        accounts.insert(row.account);
        let (before, after) = (String::from(row.before), String::from(row.after));
        rows.push(format!("{} {} {before} {after}\n", row.account, row.period));
    }
    rows.sort_unstable();
    text.extend(rows.iter().map(String::as_str));
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    let hash = Code::new(hash).map_err(|error| CorrectionFailure::Refused(error.to_string()))?;
    Ok(CorrectionEffect {
        computed_at: told.position,
        accounts: u32::try_from(accounts.len()).unwrap_or(u32::MAX),
        bills: u32::try_from(told.accounts.len()).unwrap_or(u32::MAX),
        difference: told.difference,
        effect_hash: hash,
    })
}

/// Asks for a correction, with what it changes.
///
/// # Errors
/// [`CorrectionFailure`] when the operation would be refused.
pub async fn request(
    ledger: &Ledger,
    actor: &Actor,
    book: BookId,
    (operation, by): (CorrectionOperation, Code),
    request: Option<&Request>,
) -> Result<(Receipt, AskedFor), CorrectionFailure> {
    let told = preview(ledger, book, &operation).await?;
    let effect = effect(&told)?;
    let effect_hash = effect.effect_hash.clone();
    let id = match request {
        Some(keyed) => CorrectionId::named(book, keyed.key()),
        None => CorrectionId(Uuid::now_v7()),
    };
    let command = CorrectionCommand::RequestCorrection {
        operation: Box::new(operation),
        by,
        effect,
    };
    let receipt = judged(ledger, actor, (book, id), command, request).await?;
    let asked = AskedFor {
        correction: id,
        impact: told,
        effect_hash,
    };
    Ok((receipt, asked))
}

/// Approves a correction as another actor than the one who asked, and carries it out; refused where
/// it changes something else by now.
///
/// # Errors
/// [`CorrectionFailure`].
pub async fn approve(
    ledger: &Ledger,
    actor: &Actor,
    (book, id): (BookId, CorrectionId),
    by: Code,
    request: Option<&Request>,
) -> Result<Receipt, CorrectionFailure> {
    let done = ledger.run(book.0, actor, request, move |unit| {
        let by = by.clone();
        async move {
            unit.describe("command", "approve_correction");
            approve_in_unit(unit, (book, id), by).await
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}

async fn approve_in_unit(
    unit: &mut UnitOfWork,
    (book, id): (BookId, CorrectionId),
    by: Code,
) -> Result<(), CorrectionFailure> {
    let ledger = unit.ledger().clone();
    let asked = unit.read::<Correction>(id.0).await?;
    let is_done = asked.is_approved();
    let asked = asked.requested().cloned();
    let asked = asked.ok_or(CorrectionFailure::NoSuchCorrection(id))?;
    let effect_hash = match is_done {
        true => asked.effect.effect_hash.clone(),
        false => effect(&preview(&ledger, book, &asked.operation).await?)?.effect_hash,
    };
    let command = CorrectionCommand::ApproveCorrection { by, effect_hash };
    let approved = unit.execute::<Correction>(id.0, command).await;
    let approved = approved.map_err(|error| CorrectionFailure::Refused(error.to_string()))?;
    match approved.is_empty() {
        true => Ok(()),
        false => carry_out(unit, book, *asked.operation).await,
    }
}

/// Says no to a correction.
///
/// # Errors
/// [`CorrectionFailure::Refused`]: nobody asked for it, or it is carried out.
pub async fn decline(
    ledger: &Ledger,
    actor: &Actor,
    (book, id): (BookId, CorrectionId),
    by: Code,
    request: Option<&Request>,
) -> Result<Receipt, CorrectionFailure> {
    let command = CorrectionCommand::DeclineCorrection { by, note: None };
    judged(ledger, actor, (book, id), command, request).await
}

async fn judged(
    ledger: &Ledger,
    actor: &Actor,
    (book, id): (BookId, CorrectionId),
    command: CorrectionCommand,
    request: Option<&Request>,
) -> Result<Receipt, CorrectionFailure> {
    let command = Arc::new(command);
    let done = ledger.run(book.0, actor, request, move |unit| {
        let command = CorrectionCommand::clone(&command);
        async move {
            unit.describe("command", "correction");
            let judged = unit.execute::<Correction>(id.0, command).await;
            judged.map_err(|error| CorrectionFailure::Refused(error.to_string()))?;
            Ok::<_, CorrectionFailure>(())
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}
