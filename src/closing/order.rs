//! What somebody who closes a period says beside its name, and what is recorded of it.

use aggregates::building::Building;
use aggregates::building::closing::{AcceptedFlags, BatchRef, ClosingStage, Flagged};
use aggregates::building::command::BuildingCommand;
use aggregates::building::error::BuildingError;
use aggregates::ids::BookId;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::NoteRef;
use projections::settlement::{Checklist, Closing, Problem, SettlementError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::closing::lines::{lines_root, sheets};
use crate::operations::OperationError;
use crate::store::execute::Execute;

/// A cause for what a settlement flagged: at one place, or wherever it occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What; without resource or premises all of the kind.
    pub flagged: Flagged,
    /// The cause: `checked`, `awaiting_documents`, `being_mended` …
    pub cause: Code,
    /// Comment, kept outside the events.
    #[serde(default)]
    pub note: Option<NoteRef>,
}

/// How a period is to be closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The period.
    pub period: Period,
    /// Causes that are given with it.
    pub accept: Vec<Acceptance>,
    /// The cause of everything that asks for one and has none.
    pub accept_rest: Option<Code>,
    /// Whether its bills are held back.
    pub hold_bills: bool,
    /// The batch that it belongs to.
    pub batch: Option<BatchRef>,
    /// The root over its lines that somebody agreed to.
    pub expected_lines: Option<Code>,
}

impl Order {
    /// The plain closing of a period: it is refused while anything asks for a cause.
    pub fn new(period: Period) -> Self {
        Self {
            period,
            accept: Vec::new(),
            accept_rest: None,
            hold_bills: false,
            batch: None,
            expected_lines: None,
        }
    }

    /// The same with a cause for everything that asks for one.
    #[must_use]
    pub fn accepting_rest(mut self, cause: Code) -> Self {
        self.accept_rest = Some(cause);
        self
    }
}

/// A closing with everything that is recorded beside it.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Causes to record.
    pub accept: Vec<Acceptance>,
    /// The checklist with these causes.
    pub checklist: Checklist,
    /// What the period is closed with.
    pub accepted: Vec<AcceptedFlags>,
    /// Root over all lines.
    pub lines_root: Code,
    /// The batch.
    pub batch: Option<BatchRef>,
    /// Whether bills are held back.
    pub hold_bills: bool,
}

impl Prepared {
    /// Fits `order` to what the settlement flagged.
    ///
    /// # Errors
    /// [`SettlementError`] where a line or a kind of problem has no canonical form.
    pub fn of(
        book: BookId,
        order: &Order,
        closing: &Closing,
        mut checklist: Checklist,
    ) -> Result<Self, SettlementError> {
        let mut accept: Vec<Acceptance> = Vec::new();
        for item in checklist
            .asking
            .iter_mut()
            .filter(|item| item.cause.is_none())
        {
            let flagged = item.problem.flagged()?;
            let given = order.accept.iter().rev();
            let mut given = given.filter(|given| given.flagged.covers(&flagged));
            let found = given.next().cloned().or_else(|| {
                let cause = order.accept_rest.clone()?;
                let flagged = Flagged {
                    resource: None,
                    premises: None,
                    ..flagged
                };
                let note = None;
                Some(Acceptance {
                    flagged,
                    cause,
                    note,
                })
            });
            let Some(found) = found else {
                continue;
            };
            item.cause = Some(found.cause.clone());
            item.note = found.note.clone();
            if !accept.contains(&found) {
                accept.push(found);
            }
        }
        let root = lines_root(book, sheets(closing));
        Ok(Self {
            accepted: checklist.accepted()?,
            accept,
            checklist,
            lines_root: root.map_err(|error| SettlementError::Rules(error.to_string()))?,
            batch: order.batch.clone(),
            hold_bills: order.hold_bills,
        })
    }

    /// What asks for a cause that nobody gave.
    pub fn uncaused(&self) -> Vec<Problem> {
        self.checklist.uncaused().cloned().collect()
    }
}

/// Records the causes and passes the stages that were not passed yet with these counts.
///
/// # Errors
/// [`OperationError`]: other figures were approved, or the building refuses.
pub(super) async fn record_way(
    book: &mut impl Execute,
    id: BookId,
    closing: &Closing,
    prepared: &Prepared,
) -> Result<(), OperationError> {
    let period = closing.period;
    for given in &prepared.accept {
        accept(book, id, period, given.clone()).await?;
    }
    let building = book.read::<Building>(id.0).await?;
    let approved = building
        .stages()
        .iter()
        .find(|passed| passed.stage == ClosingStage::Approved && passed.period == period);
    let moved =
        approved.is_some_and(|passed| passed.lines_root.as_ref() != Some(&prepared.lines_root));
    if moved {
        let error = BuildingError::ApprovedOtherwise { period };
        return Err(OperationError::Refused(error.to_string()));
    }
    for stage in ClosingStage::ALL {
        pass(book, id, closing, prepared, stage).await?;
    }
    Ok(())
}

/// Passes one stage with the counts of the checklist.
pub(super) async fn pass(
    book: &mut impl Execute,
    id: BookId,
    closing: &Closing,
    prepared: &Prepared,
    stage: ClosingStage,
) -> Result<(), OperationError> {
    let Some(check) = prepared.checklist.stage(stage) else {
        return Ok(());
    };
    let is_approval = stage == ClosingStage::Approved;
    let command = BuildingCommand::PassStage {
        period: closing.period,
        stage,
        computed_at: closing.computed_at,
        counts: check.counts.clone(),
        totals: check.totals.clone(),
        lines_root: is_approval.then(|| prepared.lines_root.clone()),
    };
    book.execute::<Building>(id.0, command).await?;
    Ok(())
}

/// Records one cause.
pub(super) async fn accept(
    book: &mut impl Execute,
    id: BookId,
    period: Period,
    given: Acceptance,
) -> Result<(), OperationError> {
    let command = BuildingCommand::AcceptFlag {
        period,
        flagged: given.flagged,
        cause: given.cause,
        note: given.note,
    };
    book.execute::<Building>(id.0, command).await?;
    Ok(())
}
