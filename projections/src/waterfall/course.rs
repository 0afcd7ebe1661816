//! What a point used between two instants as far as its own real readings tell: calculated volumes
//! never enter.

use aggregates::quantity::Unit;
use chrono::{DateTime, Utc};

use crate::consumption::{Timeline, initial_mark, segments};
use crate::settlement::ratio::Ratio;
use crate::settlement::units::in_unit;

/// Stretches that the rate beyond the known readings is taken from, at most.
const LATEST: usize = 6;

/// The time between two real readings with what was counted in it.
#[derive(Clone, Debug)]
struct Stretch {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    volume: Ratio,
}

impl Stretch {
    fn seconds(&self) -> i64 {
        (self.until - self.from).num_seconds()
    }

    /// What of it falls within `from .. until`.
    fn within(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Ratio> {
        let overlap = self.until.min(until) - self.from.max(from);
        let shared = overlap.num_seconds().max(0);
        share(&self.volume, shared, self.seconds())
    }
}

/// The real readings of one point.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    stretches: Vec<Stretch>,
}

impl Course {
    /// By the readings of a timeline, in `unit`.
    pub(super) fn of(timeline: &Timeline<'_>, unit: Unit) -> Self {
        let first = timeline.stays.first().map(|first| initial_mark(0, first));
        let marks: Vec<_> = first
            .into_iter()
            .chain(timeline.marks.iter().map(|(_, mark)| *mark))
            .collect();
        let mut stretches = Vec::new();
        for pair in marks.windows(2) {
            let Ok(found) = segments(timeline, pair[0], pair[1]) else {
                continue;
            };
            let counted = found.iter().map(|segment| {
                let counted = segment.total.as_ref().ok()?;
                in_unit(&Ratio::from(*counted), segment.unit()?, unit)
            });
            let counted: Option<Vec<Ratio>> = counted.collect();
            if let Some(counted) = counted.filter(|_| pair[0].at < pair[1].at) {
                stretches.push(Stretch {
                    from: pair[0].at,
                    until: pair[1].at,
                    volume: counted.iter().sum(),
                });
            }
        }
        Self { stretches }
    }

    /// The readings up to an instant only.
    pub(super) fn until(&self, instant: DateTime<Utc>) -> Self {
        let before = self.stretches.iter().filter(|one| one.until <= instant);
        Self {
            stretches: before.cloned().collect(),
        }
    }

    /// Whether a real reading tells of the time after `instant`.
    pub(super) fn reaches(&self, instant: DateTime<Utc>) -> bool {
        self.stretches
            .last()
            .is_some_and(|last| instant <= last.until)
    }

    /// What was used from one instant to another: between two readings evenly, before the first and
    /// after the last as the nearest readings tell. `None` where nothing was ever read.
    pub(super) fn used(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Ratio> {
        let (first, last) = (self.stretches.first()?, self.stretches.last()?);
        let mut sum = Ratio::zero();
        for stretch in &self.stretches {
            sum = sum + stretch.within(from, until)?;
        }
        let before = (first.from.min(until) - from).num_seconds().max(0);
        sum = sum + share(&first.volume, before, first.seconds())?;
        let after = (until - last.until.max(from)).num_seconds().max(0);
        let latest = &self.stretches[self.stretches.len().saturating_sub(LATEST)..];
        let counted: Ratio = latest.iter().map(|one| &one.volume).sum();
        let seconds = latest.iter().map(Stretch::seconds).sum();
        Some(sum + share(&counted, after, seconds)?)
    }
}

/// `volume · part / whole`.
fn share(volume: &Ratio, part: i64, whole: i64) -> Option<Ratio> {
    if part == 0 {
        return Some(Ratio::zero());
    }
    (volume * Ratio::from(part))
        .checked_div(&Ratio::from(whole))
        .ok()
}
