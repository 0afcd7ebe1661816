//! Explanations of an imbalance: accepted as a waterfall proposes them, or given.

use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use aggregates::quantity::Measure;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::waterfall::HouseWaterfall;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operations::OperationError;
use crate::store::execute::Execute;

/// What a part of an imbalance comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImbalanceCause {
    /// Of which resource.
    pub resource: Resource,
    /// Code of the cause: `not_simultaneous`, `leak` …
    pub cause: Code,
    /// How much of the imbalance; negative where it lowers the common part.
    pub amount: Measure,
    /// What it rests on.
    #[serde(default)]
    pub evidence: Vec<EventId>,
}

/// The proposals of a waterfall as they are accepted: those of scopes whose common part is below
/// zero, or, with `cause`, that one of any scope.
pub fn accepted_causes(told: &HouseWaterfall, cause: Option<&str>) -> Vec<ImbalanceCause> {
    let below = |common: Measure| common.value().is_sign_negative() && !common.value().is_zero();
    let scopes = told
        .scopes
        .iter()
        .filter(|scope| cause.is_some() || scope.common.is_some_and(below));
    let proposals = scopes.flat_map(|scope| &scope.proposals);
    proposals
        .filter(|proposal| cause.is_none_or(|cause| proposal.cause.as_str() == cause))
        .map(|proposal| ImbalanceCause {
            resource: told.resource,
            cause: proposal.cause.clone(),
            amount: proposal.amount,
            evidence: proposal.evidence.clone(),
        })
        .collect()
}

/// Records explanations of a period; one that is known already is nothing new. Answers with the
/// number of new ones.
///
/// # Errors
/// [`OperationError::Refused`]: the period was never opened, another unit, nothing explained.
pub async fn explain_imbalance(
    book: &mut impl Execute,
    id: BookId,
    period: Period,
    causes: Vec<ImbalanceCause>,
) -> Result<usize, OperationError> {
    let mut recorded = 0;
    for given in causes {
        let explain = BuildingCommand::ExplainImbalance {
            period,
            resource: given.resource,
            cause: given.cause,
            amount: given.amount,
            evidence: given.evidence,
        };
        recorded += book.execute::<Building>(id.0, explain).await?.len();
    }
    Ok(recorded)
}
