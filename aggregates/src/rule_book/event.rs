//! Events of the book of rules. Names and fields are the storage format: pinned by tests, changed
//! only by upcasters.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::LedgerFact;
use crate::rule::RuleConfirmation;
use crate::text::Code;
use crate::vocabulary::filed_at;

/// What may happen to the rules of a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum RuleBookEvent {
    /// Somebody answers for a row of the rules that is not certain.
    RuleConfirmed {
        /// Identity of the row: SHA-256, 64 hexadecimal digits.
        rule: Code,
        /// Name of its parameter.
        parameter: Code,
        /// Who, and by what.
        confirmation: RuleConfirmation,
    },
    /// The confirmation is taken back; what was closed by it stays.
    RuleConfirmationWithdrawn {
        /// Identity of the row.
        rule: Code,
        /// Who takes it back, and why.
        withdrawal: RuleConfirmation,
    },
}

event_names!(RuleBookEvent {
    RuleConfirmed,
    RuleConfirmationWithdrawn
});

impl LedgerFact for RuleBookEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::RuleConfirmed {
                confirmation: by, ..
            }
            | Self::RuleConfirmationWithdrawn { withdrawal: by, .. } => filed_at(by.on),
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
