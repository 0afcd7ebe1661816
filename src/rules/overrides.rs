//! Another rule than the common one for a house, checked against the registry before the book is
//! asked.

use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::BookId;
use aggregates::rule::{RuleBasis, RuleScope, RuleValue};
use aggregates::text::Code;
use aggregates::time::DateSpan;
use futures_util::FutureExt;
use projections::rules::{Given, Rules, RulesError};

use crate::rules::book::RuleError;
use crate::store::{Actor, Ledger, Receipt, Request};

/// What is to hold in the place of the common rule.
#[derive(Clone, Debug)]
pub struct Override {
    /// Name of the parameter in the registry.
    pub parameter: Code,
    /// For what.
    pub scope: RuleScope,
    /// What holds.
    pub value: RuleValue,
    /// On which days.
    pub validity: DateSpan,
    /// By which act, decision or policy.
    pub basis: RuleBasis,
}

/// The command that records an override.
///
/// # Errors
/// [`RulesError`]: the registry knows no such parameter, or the value is of another kind.
pub fn override_command(given: Override) -> Result<BuildingCommand, RulesError> {
    let given_rule = Given {
        parameter: &given.parameter,
        scope: &given.scope,
        value: &given.value,
        validity: given.validity,
        basis: &given.basis,
    };
    Rules::carried()?.overriding(given_rule, None)?;
    let Override {
        parameter,
        scope,
        value,
        validity,
        basis,
    } = given;
    Ok(BuildingCommand::OverrideRule {
        parameter,
        scope,
        value,
        validity,
        basis,
    })
}

/// Records the override in the book of its house.
///
/// # Errors
/// [`RuleError`]: as [`override_command`], or the building refuses.
pub async fn record_override(
    ledger: &Ledger,
    actor: &Actor,
    book: BookId,
    given: Override,
    request: Option<&Request>,
) -> Result<Receipt, RuleError> {
    let command = override_command(given)?;
    let done = ledger.run(book.0, actor, request, move |unit| {
        let command = command.clone();
        async move {
            unit.describe("command", "override_rule");
            let judged = unit.execute::<Building>(book.0, command).await;
            judged.map_err(|error| RuleError::Refused(error.to_string()))?;
            Ok::<_, RuleError>(())
        }
        .boxed()
    });
    Ok(done.await?.receipt)
}
