//! Events of a batch of closings. Names and fields are the storage format: pinned by tests, changed
//! only by upcasters.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::BookId;
use crate::ledger::LedgerFact;
use crate::quantity::Money;
use crate::text::Code;
use crate::time::Period;

/// What may happen to a batch of closings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ClosingBatchEvent {
    /// Somebody proposes to close a month of many houses. The houses follow, one an event.
    BatchProposed {
        /// The month.
        period: Period,
        /// Who proposes: the code of an actor.
        by: Code,
        /// How many houses.
        houses: u32,
        /// How many bills they have together.
        bills: u32,
        /// Sum of the charges of the month.
        charged: Money,
        /// Sum of the adjustments of earlier months.
        adjusted: Money,
        /// Hash over the control totals of all houses, 64 hexadecimal digits.
        totals_hash: Code,
    },
    /// A house of the batch with what closing it would give.
    BatchHouseProposed {
        /// Its book.
        house: BookId,
        /// Its control totals.
        proposal: HouseProposal,
    },
    /// Another actor agrees to the control totals.
    BatchApproved {
        /// Who agrees.
        by: Code,
        /// What they agree to.
        totals_hash: Code,
    },
    /// What became of a house. Said again when the batch is resumed and it ends otherwise.
    BatchHouseFinished {
        /// Its book.
        house: BookId,
        /// The outcome.
        outcome: HouseOutcome,
    },
}

/// Control totals of a house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseProposal {
    /// Position of its book that they were computed at.
    pub computed_at: u64,
    /// How many bills.
    pub bills: u32,
    /// Sum of the charges of the month.
    pub charged: Money,
    /// Sum of the adjustments of earlier months.
    pub adjusted: Money,
    /// Root over all lines of its bills, 64 hexadecimal digits.
    pub lines_root: Code,
    /// How many things block it.
    pub blocking: u32,
    /// How many things ask for a cause and have none.
    pub asking: u32,
}

/// What became of a house of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HouseOutcome {
    /// Closed with the approved figures.
    Closed,
    /// Something blocks it.
    Blocked,
    /// Something asks for a cause that nobody gave.
    CauseMissing,
    /// Its figures are no longer those that were approved.
    Moved,
    /// The ledger refuses for another reason, such as an earlier month that is open.
    Refused,
}

impl HouseOutcome {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Closed => "закрыт",
            Self::Blocked => "закрыть нельзя",
            Self::CauseMissing => "нужна причина",
            Self::Moved => "итоги изменились после предложения",
            Self::Refused => "отклонён",
        }
    }
}

event_names!(ClosingBatchEvent {
    BatchProposed,
    BatchHouseProposed,
    BatchApproved,
    BatchHouseFinished,
});

impl LedgerFact for ClosingBatchEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
