//! Which figures have to be told again.

use std::collections::BTreeMap;

use aggregates::ids::MeteringPointId;
use aggregates::meter::event::MeterEvent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::consumption::{Consumption, Touched};

/// From which period on figures are out of date. What closes a period depends on that period and
/// those before it, so an event that belongs to a period leaves earlier ones as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stale {
    /// Everything.
    pub(super) all: bool,
    pub(super) points: BTreeMap<MeteringPointId, Since>,
    /// Balances of a resource, beside those that the points concern.
    pub(super) resources: BTreeMap<Resource, Since>,
}

/// All periods, or those from one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Since {
    Ever,
    Period(Period),
}

impl Since {
    /// The first period that is not before `first`.
    pub(super) fn not_before(self, first: Period) -> Period {
        match self {
            Self::Ever => first,
            Self::Period(period) => period.max(first),
        }
    }

    /// The period; `None` for all.
    pub(super) fn period(self) -> Option<Period> {
        match self {
            Self::Ever => None,
            Self::Period(period) => Some(period),
        }
    }
}

impl Stale {
    pub(super) fn point(&mut self, point: MeteringPointId, since: Since) {
        let known = self.points.entry(point).or_insert(since);
        *known = since.min(*known);
    }

    pub(super) fn resource(&mut self, resource: Resource, since: Since) {
        let known = self.resources.entry(resource).or_insert(since);
        *known = since.min(*known);
    }

    /// Notes what `touched` says of an event just taken in by `book`.
    pub(super) fn note(
        &mut self,
        book: &Consumption,
        touched: Touched,
        event: Option<&MeterEvent>,
    ) {
        match touched {
            Touched::Nothing => {}
            Touched::House => self.all = true,
            Touched::Point(point) => self.point(point, Since::Ever),
            Touched::Meter(meter) => {
                // Where the register turned, a reading may make a turn needless that stands at
                // another, of an earlier period too.
                let event = event.filter(|_| !book.ever_turned(meter));
                let since = event.map_or(Some(Since::Ever), |event| {
                    since(event, |reading| book.period_of_reading(meter, reading))
                });
                let Some(since) = since else { return };
                for point in book.points_of(meter) {
                    self.point(point, since);
                }
            }
        }
    }
}

/// From when on an event of a meter changes figures; `None` where it changes none. The reading that
/// an event acts on is looked up by its sequence.
fn since(event: &MeterEvent, period_of: impl Fn(u64) -> Option<Period>) -> Option<Since> {
    match event {
        MeterEvent::ReadingRecorded { reading, .. }
        | MeterEvent::ControlReadingRecorded { reading, .. } => Some(Since::Period(reading.period)),
        MeterEvent::ReadingWithdrawn { reading, .. }
        | MeterEvent::ReadingCorrected { reading, .. } => period_of(*reading).map(Since::Period),
        // It may stand on a removal too, or on a reading that is still to come.
        _ => Some(Since::Ever),
    }
}
