//! What staff do to the ledger beside taking in readings: corrections, withdrawals, control
//! readings, removals, replacements. Each runs in one unit of work and is judged by the aggregates.

mod acts;
mod disputes;
mod gaps;
mod imbalance;
mod instalments;
mod meters;
mod readings;

pub use acts::{MeterAct, record_act};
pub use disputes::{
    Contest, Decision, decide_dispute, disputed_books, disputes_of, open_dispute, say_in_dispute,
    withdraw_dispute,
};
pub use gaps::{GapChoice, decide_all, decide_gaps, gaps_of, set_gap_policy, told_gaps};
pub use imbalance::{ImbalanceCause, accepted_causes, explain_imbalance};
pub use instalments::{InstalmentsEndWish, InstalmentsWish, agree_instalments, end_instalments};
pub use meters::{Removal, Replacement, remove_meter, replace_meter};
pub use readings::{
    ControlReading, Correction, Withdrawal, correct_reading, record_control_reading,
    withdraw_reading,
};

use crate::store::error::{ExecuteError, StoreError};

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The book could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the operation speaks of is not in the book.
    #[error("в журнале нет {what}: {name}; проверьте идентификатор")]
    Missing {
        /// A kind of thing, in the genitive.
        what: &'static str,
        /// As it was asked for.
        name: String,
    },
    /// The ledger refuses: the operation contradicts what it knows.
    #[error("{0}")]
    Refused(String),
}

impl<E: std::error::Error + 'static> From<ExecuteError<E>> for OperationError {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Store(error) => Self::Store(error),
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}
