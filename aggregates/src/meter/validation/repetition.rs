//! V28: several readings in one period. All are kept; the last taken wins, a control beats all.

use crate::meter::reading::{Finding, ValidationRule};
use crate::meter::settlement_period::is_dated_by_device;
use crate::meter::state::KnownReading;
use crate::meter::validation::{Case, Verdict};

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    let in_period = case.meter.readings.iter().filter(|known| {
        !known.withdrawn && known.period == case.period && Some(known.sequence) != case.replaces
    });
    let Some(winner) = in_period.max_by_key(|known| known.rank()) else {
        return;
    };
    if is_device_series(case, winner) {
        return;
    }
    let wins = match winner.is_control() || winner.taken_at > case.taken_at() {
        true => "earlier",
        false => "this",
    };
    verdict.flag(
        Finding::new(ValidationRule::V28)
            .with("earlier_reading", winner.sequence)
            .with("earlier_on", case.local_date(winner.taken_at))
            .with("period", case.period)
            .with("wins", wins),
    );
}

/// A device that is read every hour repeats itself by its nature.
fn is_device_series(case: &Case<'_>, winner: &KnownReading) -> bool {
    case.is_dated_by_device() && winner.source.is_none_or(is_dated_by_device)
}
