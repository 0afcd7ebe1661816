//! Who is left alone, and for how long.
//!
//! A device, and apart from it its line, goes from sound over suspect to down. Suspect is still
//! polled in every cycle; down is tried once at intervals that double.

use std::time::Duration;

/// Failures one after another from which a device or line is down.
const DOWN_FROM: u32 = 3;
/// The longest interval.
const CEILING: Duration = Duration::from_secs(6 * 3600);
/// Doublings that are counted; more would be beyond the ceiling anyway.
const DOUBLINGS_MAX: u32 = 16;

/// Whether so many failures make it down: it is tried once, without retries.
pub(super) fn is_down(failures: u32) -> bool {
    failures >= DOWN_FROM
}

/// How long it is left alone after so many failures, where it is polled each `period`.
///
/// Nothing while it is sound or suspect: it is due when its line is.
pub(super) fn pause(failures: u32, period: Duration) -> Duration {
    match failures.checked_sub(DOWN_FROM) {
        None => Duration::ZERO,
        Some(beyond) => {
            let doubled = period.saturating_mul(1 << beyond.min(DOUBLINGS_MAX));
            // A period longer than the ceiling stays what it is.
            doubled.min(CEILING.max(period))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_double_up_to_the_ceiling() {
        let hour = Duration::from_secs(3600);
        let pauses = [0, 2, 3, 4, 5, 6, 100].map(|failures| pause(failures, hour).as_secs() / 3600);
        assert_eq!(pauses, [0, 0, 1, 2, 4, 6, 6]);
        let month = hour * 24 * 30;
        assert_eq!(pause(9, month), month);
        assert!(!is_down(2) && is_down(3));
    }
}
