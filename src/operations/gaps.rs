//! Gaps of a period: what there is for each, and what somebody decides.

use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::building::event::GapPolicy;
use aggregates::ids::{BookId, MeterId};
use aggregates::meter::reading::ImputationMethod;
use aggregates::time::Period;
use aggregates::vocabulary::ActRef;
use projections::settlement::{Gap, GapList, GapState, gaps};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::closing::CloseError;
use crate::figures;
use crate::operations::OperationError;
use crate::store::Ledger;
use crate::store::unit::UnitOfWork;

/// How the gap of a meter is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapChoice {
    /// The meter.
    pub meter: MeterId,
    /// By which method; as the law has it where left out.
    #[serde(default)]
    pub method: Option<ImputationMethod>,
    /// The paper by which another method than the law's own is taken.
    #[serde(default)]
    pub basis: Option<ActRef>,
}

/// The gaps of a period as the book stands at its head.
///
/// # Errors
/// [`OperationError`] when the book cannot be read or the period cannot be settled.
pub async fn gaps_of(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
) -> Result<GapList, OperationError> {
    let ledger = unit.ledger().clone();
    let refused = |error: &dyn std::fmt::Display| OperationError::Refused(error.to_string());
    let head = ledger.head(book.0).await?.position;
    let house = figures::house_book(&ledger, book, head).await;
    let house = house.map_err(|error| refused(&error))?;
    gaps(&house, period).map_err(|error| refused(&error))
}

/// Decides gaps of an open period, each as the list proposes it; how many events that gave.
///
/// # Errors
/// [`OperationError::Refused`]: no such gap, a method that gives nothing, or another method than
/// the law's without a basis.
pub async fn decide_gaps(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
    choices: &[GapChoice],
) -> Result<usize, OperationError> {
    unit.describe("command", "decide_gaps");
    let list = gaps_of(unit, book, period).await?;
    let mut decided = 0;
    for choice in choices {
        let command = command(&list, choice).map_err(OperationError::Refused)?;
        if is_decided_so(&list, choice) {
            continue;
        }
        let judged = unit.execute::<Building>(book.0, command).await;
        judged.map_err(|error| OperationError::Refused(error.to_string()))?;
        decided += 1;
    }
    Ok(decided)
}

/// The gaps of a period as of a position: those that a closing has recorded with the reason and
/// the methods that there were where it was computed.
///
/// # Errors
/// [`CloseError`] when the book cannot be read or the period cannot be settled.
pub async fn told_gaps(
    ledger: &Ledger,
    (book, period): (BookId, Period),
    until: i64,
) -> Result<GapList, CloseError> {
    let house = figures::house_book(ledger, book, until).await?;
    let mut told = gaps(&house, period)?;
    if let Some(computed_at) = house.computed_at(period) {
        let then = i64::try_from(computed_at).unwrap_or(until);
        let before = figures::house_book(ledger, book, then).await?;
        told.recall(&gaps(&before, period)?);
    }
    Ok(told)
}

/// Whether every gap of the meter is decided by the method that is chosen: the law's own, where
/// none is named.
fn is_decided_so(list: &GapList, choice: &GapChoice) -> bool {
    let of_meter = list.gaps.iter().filter(|gap| gap.meter == choice.meter);
    let open: Vec<&Gap> = of_meter.filter(|gap| !gap.ladder.is_empty()).collect();
    let is_so = open.iter().all(|gap| {
        let law = gap.ladder.iter().find(|rung| rung.is_default);
        let wanted = choice.method.or(law.map(|rung| rung.method));
        matches!(gap.state, GapState::Decided { .. }) && wanted == Some(gap.method)
    });
    is_so && !open.is_empty()
}

/// Decides as the law has it every open gap that `fits`; how many.
///
/// # Errors
/// As [`decide_gaps`].
pub async fn decide_all(
    unit: &mut UnitOfWork,
    book: BookId,
    period: Period,
    fits: impl Fn(&Gap) -> bool,
) -> Result<usize, OperationError> {
    let list = gaps_of(unit, book, period).await?;
    let is_open = |gap: &&Gap| {
        let state = gap.state;
        matches!(
            state,
            GapState::ByPolicy | GapState::Undecided | GapState::Stale { .. }
        )
    };
    let open = list.gaps.iter().filter(is_open).filter(|gap| fits(gap));
    let choices = open.map(|gap| GapChoice {
        meter: gap.meter,
        method: None,
        basis: None,
    });
    // One decision holds for all gaps of its meter, which stand together.
    let mut choices: Vec<GapChoice> = choices.collect();
    choices.dedup_by_key(|choice| choice.meter);
    decide_gaps(unit, book, period, &choices).await
}

/// Says who accepts how gaps are filled.
///
/// # Errors
/// [`OperationError::Refused`]: the period is closed.
pub async fn set_gap_policy(
    unit: &mut UnitOfWork,
    book: BookId,
    policy: GapPolicy,
    from: Period,
) -> Result<(), OperationError> {
    unit.describe("command", "set_gap_policy");
    let command = BuildingCommand::SetGapPolicy { policy, from };
    let judged = unit.execute::<Building>(book.0, command).await;
    judged.map_err(|error| OperationError::Refused(error.to_string()))?;
    Ok(())
}

fn command(list: &GapList, choice: &GapChoice) -> Result<BuildingCommand, String> {
    let of_meter = list.gaps.iter().filter(|gap| gap.meter == choice.meter);
    // A meter may have several in a month; one decision is made of them all.
    let open: Vec<&Gap> = of_meter.filter(|gap| !gap.ladder.is_empty()).collect();
    let first = open.first().ok_or_else(|| {
        format!(
            "у прибора {} в этом периоде нет открытого пробела",
            choice.meter
        )
    })?;
    let mut method = choice.method;
    let mut volumes = Vec::new();
    let mut is_default = true;
    for gap in &open {
        // Left out it is as the law has it, which may differ from one gap of a meter to another.
        let rung = gap.ladder.iter().find(|rung| match choice.method {
            None => rung.is_default,
            Some(method) => rung.method == method,
        });
        let rung = rung.ok_or_else(|| format!("прибор {}: способа нет", gap.serial))?;
        if !rung.is_allowed {
            return Err(format!("прибор {}: {}", gap.serial, rung.why));
        }
        is_default &= rung.is_default;
        method = method.or(Some(rung.method));
        volumes.extend(rung.volumes.iter().cloned());
    }
    let method = method.ok_or_else(|| format!("прибор {}: способа нет", first.serial))?;
    if !is_default && choice.basis.is_none() {
        return Err(format!(
            "прибор {}: по закону здесь другой способ; укажите основание (номер и дату документа)",
            first.serial
        ));
    }
    Ok(BuildingCommand::DecideGap {
        meter: first.meter,
        period: list.period,
        method,
        volumes,
        basis: choice.basis.clone().filter(|_| !is_default),
    })
}
