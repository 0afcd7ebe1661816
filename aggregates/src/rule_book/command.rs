//! What one may ask of the book of rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::RuleConfirmation;
use crate::text::Code;

/// Commands of the book of rules. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum RuleBookCommand {
    /// Answer for a row of the rules. That there is such a row is judged before, where the registry
    /// stands.
    ConfirmRule {
        /// Identity of the row: SHA-256, 64 hexadecimal digits.
        rule: Code,
        /// Name of its parameter.
        parameter: Code,
        /// Who, and by what.
        confirmation: RuleConfirmation,
    },
    /// Take a confirmation back.
    WithdrawRuleConfirmation {
        /// Identity of the row.
        rule: Code,
        /// Who takes it back, and why.
        withdrawal: RuleConfirmation,
    },
}
