//! Interruptions: of services, and of our own intake.

use serde::{Deserialize, Serialize};

use crate::building::error::BuildingError;
use crate::building::event::OutageKind;
use crate::ids::PremisesId;
use crate::text::Code;
use crate::time::Interval;
use crate::vocabulary::{ActRef, Resource};

/// A service was interrupted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceOutage {
    /// Which service.
    pub resource: Resource,
    /// When.
    pub interval: Interval,
    /// Premises concerned, in one order; empty means the whole house.
    pub premises: Vec<PremisesId>,
    /// Planned or emergency.
    pub kind: OutageKind,
    /// Act, where there is one.
    pub act: Option<ActRef>,
}

/// Our own intake of readings did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IntakeOutage {
    pub(super) interval: Interval,
    /// In one order; empty means all.
    pub(super) channels: Vec<Code>,
}

/// An interruption of something: two of the same thing may not overlap, and one with a known
/// beginning takes the place of the one on record.
pub(super) trait Outage: PartialEq {
    /// When.
    fn interval(&self) -> Interval;

    /// Whether both interrupt the same thing.
    fn is_of_same(&self, other: &Self) -> bool;
}

impl Outage for ServiceOutage {
    fn interval(&self) -> Interval {
        self.interval
    }

    fn is_of_same(&self, other: &Self) -> bool {
        self.resource == other.resource && self.premises == other.premises
    }
}

impl Outage for IntakeOutage {
    fn interval(&self) -> Interval {
        self.interval
    }

    fn is_of_same(&self, other: &Self) -> bool {
        self.channels == other.channels
    }
}

/// Whether `given` says something new.
pub(super) fn check<O: Outage>(known: &[O], given: &O) -> Result<bool, BuildingError> {
    if known.contains(given) {
        return Ok(false);
    }
    let overlapped = known
        .iter()
        .filter(|other| other.is_of_same(given))
        .find(|other| {
            let (other, given) = (other.interval(), given.interval());
            other.from() != given.from() && other.overlaps(given)
        });
    match overlapped.map(Outage::interval) {
        Some(other) => Err(BuildingError::OutagesOverlap {
            from: other.from(),
            until: other.until(),
        }),
        None => Ok(true),
    }
}

/// Takes an interruption in, in the place of the one with the same beginning.
pub(super) fn take<O: Outage>(known: &mut Vec<O>, given: O) {
    let same =
        |other: &O| other.is_of_same(&given) && other.interval().from() == given.interval().from();
    match known.iter().position(same) {
        Some(place) => known[place] = given,
        None => known.push(given),
    }
}

/// When the intake did not work, oldest first.
pub(super) fn intervals(outages: &[IntakeOutage]) -> Vec<Interval> {
    let mut intervals: Vec<_> = outages.iter().map(|outage| outage.interval).collect();
    intervals.sort_unstable();
    intervals
}
