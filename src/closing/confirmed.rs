//! A month is closed only by rules that somebody answers for.

use projections::rules::Parameter;
use projections::settlement::Closing;

use crate::closing::CloseError;
use crate::rules::book::{Standing, confirmations};
use crate::store::Ledger;

/// The uncertain rules of a closing with who answers for them in this deployment.
pub(super) async fn answered(
    ledger: &Ledger,
    closing: &Closing,
) -> Result<Vec<(Parameter, Standing)>, CloseError> {
    if closing.unconfirmed.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = confirmations(ledger).await?;
    let mut answered = Vec::new();
    let mut rules = Vec::new();
    for row in &closing.unconfirmed {
        match known.remove(&row.id) {
            Some(standing) => answered.push((row.clone(), standing)),
            None => rules.push(row.clone()),
        }
    }
    match rules.is_empty() {
        true => Ok(answered),
        false => Err(CloseError::Unconfirmed {
            period: closing.period,
            rules,
        }),
    }
}

/// The uncertain rules of a closing that nobody in this deployment answers for.
///
/// # Errors
/// [`CloseError`] when the book of rules cannot be read.
pub async fn unanswered(ledger: &Ledger, closing: &Closing) -> Result<Vec<Parameter>, CloseError> {
    match answered(ledger, closing).await {
        Ok(_) => Ok(Vec::new()),
        Err(CloseError::Unconfirmed { rules, .. }) => Ok(rules),
        Err(error) => Err(error),
    }
}
