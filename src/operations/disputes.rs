//! Disputes: a line of an issued bill is contested, both sides speak, the provider answers.

use aggregates::correction::Correction;
use aggregates::dispute::Dispute;
use aggregates::dispute::command::{DisputeCommand, DisputeRequest};
use aggregates::dispute::event::{
    DisputeClaim, DisputeOutcome, DisputeRemedy, DisputeSide, DisputeSubject,
};
use aggregates::ids::{BookId, DisputeId, OrganisationId};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::NoteRef;
use chrono::NaiveDate;
use projections::disputes::Disputes;
use uuid::Uuid;

use crate::figures::{self, FigureError};
use crate::operations::OperationError;
use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::read::Filter;
use crate::store::unit::UnitOfWork;

/// What somebody contests.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// Which figure.
    pub subject: DisputeSubject,
    /// What is wrong with it.
    pub claim: DisputeClaim,
    /// Who owes the answer.
    pub provider: OrganisationId,
    /// Today, by the clock of the house.
    pub on: NaiveDate,
    /// Who contests.
    pub by: Code,
    /// In their own words.
    pub note: Option<NoteRef>,
}

/// How a dispute is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Who is right.
    pub outcome: DisputeOutcome,
    /// How what was wrong is put right.
    pub remedy: Option<DisputeRemedy>,
    /// Today, by the clock of the house.
    pub on: NaiveDate,
    /// Who decides.
    pub by: Code,
    /// Why.
    pub note: NoteRef,
}

/// The disputes of a book as of `until`.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn disputes_of(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<Disputes, FigureError> {
    let filter = Filter {
        aggregate_types: vec![Disputes::AGGREGATE.to_owned()],
        ..Filter::default()
    };
    let mut disputes = Disputes::default();
    for recorded in figures::recorded(ledger, book, until, &filter).await? {
        disputes.apply(&recorded);
    }
    Ok(disputes)
}

/// Those of `books` in which anything was ever disputed.
///
/// # Errors
/// [`StoreError`] when the ledger cannot be asked.
pub async fn disputed_books(ledger: &Ledger, books: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let found = sqlx::query_scalar(
        "select b.id from unnest($1::uuid[]) b(id) where exists \
         (select from ledger.events e where e.book_id = b.id and e.aggregate_type = $2)",
    )
    .bind(books)
    .bind(Disputes::AGGREGATE)
    .fetch_all(ledger.pool())
    .await
    .map_err(StoreError::Read)?;
    Ok(found)
}

/// Opens a dispute about a line of a bill. The term of the answer is that of the rules of the day.
///
/// # Errors
/// [`OperationError::Refused`] where the figure is disputed already.
pub async fn open_dispute(
    unit: &mut UnitOfWork,
    book: BookId,
    contest: Contest,
) -> Result<DisputeId, OperationError> {
    unit.describe("command", "open_dispute");
    let refused = |error: &dyn std::fmt::Display| OperationError::Refused(error.to_string());
    let ledger = unit.ledger().clone();
    let head = ledger.head(book.0).await?.position;
    let disputes = disputes_of(&ledger, book, head).await;
    let disputes = disputes.map_err(|error| refused(&error))?;
    if let Some(open) = disputes.open_about(&contest.subject) {
        return Err(OperationError::Refused(format!(
            "эта сумма уже оспаривается: спор открыт записью № {}, допишите в него",
            open.event.position
        )));
    }
    let house = figures::house_book(&ledger, book, head).await;
    let house = house.map_err(|error| refused(&error))?;
    let period = Period::of_date(contest.on).map_err(|error| refused(&error))?;
    let edition = house.edition(period).map_err(|error| refused(&error))?;
    let due = edition.complaint_answer_due(contest.on);
    let due = due.map_err(|error| refused(&error))?.value;
    // Two that come at the same time meet in one stream, and the second one is refused.
    let number = disputes.in_order().len() + 1;
    let id = DisputeId::named(book, &number.to_string());
    let request = DisputeRequest {
        subject: contest.subject,
        claim: contest.claim,
        provider: contest.provider,
        on: contest.on,
        answer_due: due,
        by: contest.by,
        note: contest.note,
    };
    let command = DisputeCommand::OpenDispute(request);
    unit.execute::<Dispute>(id.0, command).await?;
    Ok(id)
}

/// Adds what one of the sides says.
///
/// # Errors
/// [`OperationError::Refused`] where the dispute is over.
pub async fn say_in_dispute(
    unit: &mut UnitOfWork,
    dispute: DisputeId,
    (side, by): (DisputeSide, Code),
    note: NoteRef,
) -> Result<(), OperationError> {
    unit.describe("command", "say_in_dispute");
    let command = DisputeCommand::AddStatement { side, by, note };
    unit.execute::<Dispute>(dispute.0, command).await?;
    Ok(())
}

/// Answers a dispute. A correction that puts it right has been asked for in the same book: what it
/// changes is shown there, and another person approves it.
///
/// # Errors
/// [`OperationError::Refused`]: no such correction, or the dispute is over or one's own.
pub async fn decide_dispute(
    unit: &mut UnitOfWork,
    dispute: DisputeId,
    decision: Decision,
) -> Result<(), OperationError> {
    unit.describe("command", "decide_dispute");
    if let Some(DisputeRemedy::Correction(id)) = decision.remedy
        && unit.read::<Correction>(id.0).await?.requested().is_none()
    {
        return Err(OperationError::Refused(format!(
            "в журнале дома нет запроса на исправление {id}: скопируйте его номер целиком"
        )));
    }
    let command = DisputeCommand::DecideDispute {
        outcome: decision.outcome,
        remedy: decision.remedy,
        on: decision.on,
        by: decision.by,
        note: decision.note,
    };
    unit.execute::<Dispute>(dispute.0, command).await?;
    Ok(())
}

/// Takes a dispute back.
///
/// # Errors
/// [`OperationError::Refused`] where it is somebody else's or over.
pub async fn withdraw_dispute(
    unit: &mut UnitOfWork,
    dispute: DisputeId,
    by: Code,
) -> Result<(), OperationError> {
    unit.describe("command", "withdraw_dispute");
    let command = DisputeCommand::WithdrawDispute { by };
    unit.execute::<Dispute>(dispute.0, command).await?;
    Ok(())
}
