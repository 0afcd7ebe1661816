//! What other streams ask of a meter.

use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{CorrectionReason, WithdrawalReason};

use crate::support::*;

fn two_months() -> Vec<MeterEvent> {
    with(
        standing(),
        [
            accepted("2026-01-20 10:00", "105", "2026-01"),
            accepted("2026-02-20 10:00", "110", "2026-02"),
        ],
    )
}

#[test]
fn the_last_values_are_those_that_stand() {
    assert_eq!(fold(&standing()).last_values(), cubic_metres("100"));
    assert_eq!(fold(&two_months()).last_values(), cubic_metres("110"));
    let corrected = MeterEvent::ReadingCorrected {
        reading: 5,
        values: cubic_metres("108"),
        reason: CorrectionReason::Decision,
        act: None,
        note: None,
    };
    assert_eq!(
        fold(&with(two_months(), [corrected])).last_values(),
        cubic_metres("108")
    );
    let reason = WithdrawalReason::SendersMistake;
    let withdrawn = MeterEvent::ReadingWithdrawn {
        reading: 5,
        reason,
        note: None,
    };
    let meter = fold(&with(two_months(), [withdrawn]));
    assert_eq!(meter.last_values(), cubic_metres("105"));
    assert!(meter.is_heard_for(period("2026-01")));
    assert!(!meter.is_heard_for(period("2026-02")));
}

#[test]
fn a_forgotten_period_counts_as_heard() {
    assert!(fold(&two_months()).is_heard_for(period("2024-01")));
}
