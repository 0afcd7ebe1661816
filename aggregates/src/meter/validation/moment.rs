//! V03: not in the future, not before the installation, not after the removal.

use chrono::TimeDelta;

use crate::meter::reading::{Finding, ValidationRule};
use crate::meter::validation::{Case, Verdict};

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    if let Some(finding) = future(case)
        .or_else(|| left(case))
        .or_else(|| outside_stays(case))
    {
        verdict.reject(finding);
    }
}

fn finding(case: &Case<'_>, problem: &str) -> Finding {
    Finding::new(ValidationRule::V03)
        .with("problem", problem)
        .with("taken_on", case.local_date(case.taken_at()))
}

fn future(case: &Case<'_>) -> Option<Finding> {
    let ahead = TimeDelta::minutes(case.submission.facts.limits.clock_ahead_minutes_max);
    let received_at = case.submission.received_at;
    (case.taken_at() - received_at > ahead)
        .then(|| finding(case, "future").with("received_on", case.local_date(received_at)))
}

fn left(case: &Case<'_>) -> Option<Finding> {
    let left_at = case
        .meter
        .left_at
        .filter(|left_at| *left_at < case.taken_at())?;
    Some(finding(case, "left_book").with("left_on", case.local_date(left_at)))
}

fn outside_stays(case: &Case<'_>) -> Option<Finding> {
    let meter = case.meter;
    if meter.placement_at(case.taken_at()).is_some() {
        return None;
    }
    let Some(first) = meter.placements.first() else {
        return Some(finding(case, "not_installed"));
    };
    let last_before = meter
        .placements
        .iter()
        .rev()
        .find(|stay| stay.installed_at <= case.taken_at());
    match last_before.and_then(|stay| stay.removal.as_ref()) {
        Some(removal) => {
            Some(finding(case, "removed").with("removed_on", case.local_date(removal.at)))
        }
        None => {
            let installed_on = case.local_date(first.installed_at);
            Some(finding(case, "before_installation").with("installed_on", installed_on))
        }
    }
}
