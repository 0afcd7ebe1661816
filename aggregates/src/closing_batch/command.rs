//! What one may ask of a batch of closings. Fields mean what they mean in the event of the same
//! form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::closing_batch::event::{HouseOutcome, HouseProposal};
use crate::ids::BookId;
use crate::text::Code;
use crate::time::Period;

/// Commands of a batch of closings. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ClosingBatchCommand {
    /// Propose to close a month of many houses.
    ProposeBatch {
        /// The month.
        period: Period,
        /// Who proposes.
        by: Code,
        /// The houses with their control totals, each once.
        houses: Vec<(BookId, HouseProposal)>,
        /// Hash over the control totals.
        totals_hash: Code,
    },
    /// Agree to the control totals, as another actor than the one who proposed.
    ApproveBatch {
        /// Who agrees.
        by: Code,
        /// What they agree to.
        totals_hash: Code,
    },
    /// Say what became of a house.
    FinishBatchHouse {
        /// Its book.
        house: BookId,
        /// The outcome.
        outcome: HouseOutcome,
    },
}
