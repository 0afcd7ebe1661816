//! V13 and V14: the device itself. A reading is accepted all the same; on what it is charged is
//! for the rules to say.

use crate::meter::reading::{Finding, ValidationRule};
use crate::meter::state::{KnownSeal, Placement};
use crate::meter::validation::{Case, Verdict};

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    mark_verification(case, verdict);
    mark_admission(case, verdict);
    mark_seals(case, verdict);
}

/// The last verification before the reading decides; where none is known nothing is said.
fn mark_verification(case: &Case<'_>, verdict: &mut Verdict) {
    let date = case.submission.facts.terms.zone.local_date(case.taken_at());
    let done = case
        .meter
        .verifications
        .iter()
        .filter(|known| known.performed_on <= date);
    let Some(last) = done.max_by_key(|known| known.performed_on) else {
        return;
    };
    match last.valid_until {
        None => verdict.flag(
            Finding::new(ValidationRule::V13)
                .with("problem", "unfit")
                .with("performed_on", last.performed_on),
        ),
        Some(until) if until < date => verdict.flag(
            Finding::new(ValidationRule::V13)
                .with("problem", "expired")
                .with("valid_until", until),
        ),
        Some(_) => {}
    }
}

fn mark_admission(case: &Case<'_>, verdict: &mut Verdict) {
    let admitted = |placement: &Placement| {
        placement
            .commissionings
            .iter()
            .any(|admission| admission.at <= case.taken_at())
    };
    if !case
        .meter
        .placement_at(case.taken_at())
        .is_some_and(admitted)
    {
        verdict.flag(Finding::new(ValidationRule::V14).with("problem", "not_admitted"));
    }
}

fn mark_seals(case: &Case<'_>, verdict: &mut Verdict) {
    let at = case.taken_at();
    let seals = &case.meter.seals;
    let replaced = |broken: &KnownSeal| {
        seals.iter().any(|seal| {
            seal.set_at
                .is_some_and(|set| Some(set) >= broken.broken_at && set <= at)
                && seal.broken_at.is_none_or(|broken| broken > at)
        })
    };
    let broken = seals
        .iter()
        .find(|seal| seal.broken_at.is_some_and(|broken| broken <= at) && !replaced(seal));
    if let Some(seal) = broken {
        verdict.flag(
            Finding::new(ValidationRule::V14)
                .with("problem", "seal_broken")
                .with("seal", &seal.seal),
        );
    }
}
