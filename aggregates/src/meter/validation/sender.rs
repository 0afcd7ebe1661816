//! V26: an account may send for its own premises only.

use crate::meter::reading::{Finding, ValidationRule};
use crate::meter::validation::{Case, Verdict};
use crate::vocabulary::ReadingSource;

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    let facts = &case.submission.facts;
    // The senior of the house sends for everybody.
    if case.submission.source == ReadingSource::SeniorsRound {
        return;
    }
    let Some(sender) = facts.premises_of_sender else {
        return;
    };
    if facts.premises_of_meter != Some(sender) {
        verdict.reject(Finding::new(ValidationRule::V26).with("sender_premises", sender));
    }
}
