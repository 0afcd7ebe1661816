//! What stands between an open period and a closed one: stages with their counts, what blocks,
//! what asks for a cause.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::building::closing::{AcceptedFlags, ClosingStage, StageCount};
use aggregates::building::event::PeriodTotal;
use aggregates::ids::MeteringPointId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::{NoteRef, Resource};
use serde::Serialize;

use crate::settlement::fold::HouseBook;
use crate::settlement::model::{Closing, Problem, ProblemKind, SettlementError};

/// The way to a closed period. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checklist {
    /// The period.
    pub period: Period,
    /// Position of the book.
    pub position: u64,
    /// The stages, in their order.
    pub stages: Vec<StageCheck>,
    /// What blocks, whatever cause is given.
    pub blocking: Vec<Problem>,
    /// What asks for a cause, with the one it has.
    pub asking: Vec<CheckedItem>,
    /// What somebody should know.
    pub notes: Vec<Problem>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageCheck {
    /// Which.
    pub stage: ClosingStage,
    /// Position that it was passed at; absent where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_at: Option<u64>,
    /// Whether the counts are still those with which it was passed.
    pub is_current: bool,
    /// What is counted now.
    pub counts: Vec<StageCount>,
    /// Totals that the stage states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<PeriodTotal>,
    /// How many things stand in its way: without a cause, or blocking.
    pub open: usize,
}

/// Something that asks for a cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckedItem {
    /// What.
    pub problem: Problem,
    /// Its cause; absent while nobody gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Code>,
    /// Comment to the cause, kept outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteRef>,
}

impl Checklist {
    /// What asks for a cause and has none.
    pub fn uncaused(&self) -> impl Iterator<Item = &Problem> {
        let open = self.asking.iter().filter(|item| item.cause.is_none());
        open.map(|item| &item.problem)
    }

    /// What asks for a cause at `stage` or before it and has none.
    pub fn uncaused_until(&self, stage: ClosingStage) -> impl Iterator<Item = &Problem> {
        self.uncaused()
            .filter(move |problem| stage_of(problem.kind) <= stage)
    }

    /// Whether nothing stands in the way of closing.
    pub fn is_clear(&self) -> bool {
        self.blocking.is_empty() && self.uncaused().next().is_none()
    }

    /// A stage.
    pub fn stage(&self, stage: ClosingStage) -> Option<&StageCheck> {
        self.stages.iter().find(|check| check.stage == stage)
    }

    /// What the period is closed with, by kind, resource and cause.
    ///
    /// # Errors
    /// [`SettlementError::Rules`] where a kind has no code.
    pub fn accepted(&self) -> Result<Vec<AcceptedFlags>, SettlementError> {
        let mut counts: BTreeMap<(Code, Option<Resource>, Code), u32> = BTreeMap::new();
        for item in &self.asking {
            let Some(cause) = &item.cause else {
                continue;
            };
            let kind = item.problem.kind.code()?;
            let key = (kind, item.problem.resource, cause.clone());
            *counts.entry(key).or_default() += 1;
        }
        let counts = counts.into_iter();
        Ok(counts
            .map(|((kind, resource, cause), count)| AcceptedFlags {
                kind,
                resource,
                cause,
                count,
            })
            .collect())
    }
}

/// The checklist of a closing as `book` stands.
///
/// # Errors
/// [`SettlementError::Rules`] where a kind of problem has no code.
pub fn checklist(book: &HouseBook, closing: &Closing) -> Result<Checklist, SettlementError> {
    let asking = closing.asking().map(|problem| item(book, closing, problem));
    let asking = asking.collect::<Result<Vec<_>, _>>()?;
    let blocking: Vec<Problem> = closing.blocking().cloned().collect();
    let is_note = |problem: &&Problem| !problem.is_blocking() && !problem.asks_cause();
    let mut stages = Vec::with_capacity(ClosingStage::ALL.len());
    for stage in ClosingStage::ALL {
        let mut check = StageCheck {
            stage,
            passed_at: None,
            is_current: false,
            counts: counts(book, closing, stage)?,
            totals: totals(closing, stage),
            open: open(&asking, &blocking, stage),
        };
        let passed = book.periods.stages.iter();
        let passed = passed.filter(|known| known.period == closing.period);
        if let Some(known) = passed.rev().find(|known| known.stage == stage) {
            check.passed_at = Some(known.computed_at);
            check.is_current = known.counts == check.counts && known.totals == check.totals;
        }
        stages.push(check);
    }
    Ok(Checklist {
        period: closing.period,
        position: closing.computed_at,
        stages,
        blocking,
        asking,
        notes: closing.problems.iter().filter(is_note).cloned().collect(),
    })
}

fn item(
    book: &HouseBook,
    closing: &Closing,
    problem: &Problem,
) -> Result<CheckedItem, SettlementError> {
    let flagged = problem.flagged()?;
    // What was said last of it, be it of all of its kind.
    let given =
        book.periods.accepted.iter().rev().find(|accepted| {
            accepted.period == closing.period && accepted.flagged.covers(&flagged)
        });
    let explained = || explained(book, closing.period, problem);
    Ok(CheckedItem {
        problem: problem.clone(),
        cause: given.map(|given| given.cause.clone()).or_else(explained),
        note: given.and_then(|given| given.note.clone()),
    })
}

/// The cause that an explanation of the imbalance on record gives a common part below zero.
fn explained(book: &HouseBook, period: Period, problem: &Problem) -> Option<Code> {
    if problem.kind != ProblemKind::NegativeCommonPart || problem.premises.is_some() {
        return None;
    }
    let mut known = book.house.explanations.iter().rev();
    let of = known
        .find(|fact| fact.value.period == period && Some(fact.value.resource) == problem.resource);
    of.map(|fact| fact.value.cause.clone())
}

/// The stage that a problem has to be decided at.
fn stage_of(kind: ProblemKind) -> ClosingStage {
    use ProblemKind as Kind;
    match kind {
        Kind::ReadingHeld => ClosingStage::Validated,
        Kind::GapUndecided
        | Kind::VolumeUnknown
        | Kind::NoNorm
        | Kind::NoPersons
        | Kind::NotMetered => ClosingStage::GapsDecided,
        Kind::NegativeCommonPart
        | Kind::ImbalanceUnexplained
        | Kind::NoCommonPart
        | Kind::NoBasis
        | Kind::HouseMeterUnfilled => ClosingStage::Balanced,
        _ => ClosingStage::Approved,
    }
}

/// What blocks stands in the way of an approval only: figures may be looked at before.
fn open(asking: &[CheckedItem], blocking: &[Problem], stage: ClosingStage) -> usize {
    let of_stage =
        |item: &&CheckedItem| item.cause.is_none() && stage_of(item.problem.kind) == stage;
    let asking = asking.iter().filter(of_stage).count();
    match stage {
        ClosingStage::Approved => asking + blocking.len(),
        _ => asking,
    }
}

fn totals(closing: &Closing, stage: ClosingStage) -> Vec<PeriodTotal> {
    let of_volume = |total: &&PeriodTotal| total.amount.is_none();
    match stage {
        ClosingStage::Balanced => closing.totals.iter().filter(of_volume).cloned().collect(),
        ClosingStage::Approved => closing.totals.clone(),
        _ => Vec::new(),
    }
}

fn counts(
    book: &HouseBook,
    closing: &Closing,
    stage: ClosingStage,
) -> Result<Vec<StageCount>, SettlementError> {
    let mut counts = Vec::new();
    match stage {
        ClosingStage::Collected => {
            for service in &closing.settlement.services {
                let resource = service.resource;
                let received = received(book, closing.period, resource);
                let missing = missing(closing, resource);
                counts.extend(count("received", Some(resource), received)?);
                counts.extend(count("missing", Some(resource), missing)?);
            }
        }
        ClosingStage::Validated => {
            let held = |problem: &&Problem| problem.kind == ProblemKind::ReadingHeld;
            let held = closing.problems.iter().filter(held).count();
            counts.extend(count("held", None, held)?);
        }
        ClosingStage::GapsDecided => {
            let gaps = closing.imputations.iter();
            let by_norm = gaps.filter(|given| given.gap.method == ImputationMethod::Norm);
            let by_norm = by_norm.count();
            let otherwise = closing.imputations.len() - by_norm;
            counts.extend(count("by_norm", None, by_norm)?);
            counts.extend(count("otherwise", None, otherwise)?);
        }
        ClosingStage::Balanced => {
            let of_balance = |problem: &&Problem| stage_of(problem.kind) == ClosingStage::Balanced;
            let explained = closing.asking().filter(of_balance).count();
            counts.extend(count("explained", None, explained)?);
        }
        ClosingStage::Approved => {
            counts.extend(count("bills", None, closing.bills.len())?);
            counts.extend(count("notices", None, closing.notices.len())?);
        }
    }
    Ok(counts)
}

/// Points of the resource with a reading that counts for the period.
fn received(book: &HouseBook, period: Period, resource: Resource) -> usize {
    let consumption = &book.balance.consumption;
    let read = |(point, stays): (&MeteringPointId, &Vec<(uuid::Uuid, usize)>)| {
        let facts = consumption.points.get(point)?;
        let is_read = stays.iter().any(|(meter, _)| {
            let readings = consumption.meter(*meter).map(|meter| meter.readings.iter());
            readings.is_some_and(|mut readings| {
                readings.any(|reading| reading.period == period && !reading.withdrawn)
            })
        });
        (facts.resource == resource && is_read).then_some(())
    };
    consumption.stays.iter().filter_map(read).count()
}

/// Points whose volume of the period is calculated.
fn missing(closing: &Closing, resource: Resource) -> usize {
    let gaps = closing.settlement.gaps.iter();
    let of_resource = gaps.filter(|gap| gap.resource == resource);
    let points: BTreeSet<MeteringPointId> = of_resource.map(|gap| gap.point).collect();
    points.len()
}

/// A count; nothing where there is nothing to count.
fn count(
    what: &str,
    resource: Option<Resource>,
    count: usize,
) -> Result<Option<StageCount>, SettlementError> {
    if count == 0 {
        return Ok(None);
    }
    let what = Code::new(what).map_err(|error| SettlementError::Rules(error.to_string()))?;
    Ok(Some(StageCount {
        what,
        resource,
        count: u32::try_from(count).unwrap_or(u32::MAX),
    }))
}
