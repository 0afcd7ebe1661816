//! The fold: a balance that knows which of its figures are out of date.

use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::meter::event::MeterEvent;
use aggregates::premises::event::PremisesEvent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::balance::Balance;
use crate::consumption::{Consumption, EventTypes};
use crate::house_figures::changes::FigureChanges;
use crate::house_figures::stale::{Since, Stale};
use crate::recorded::{FoldError, Recorded};

/// Present figures of a house.
///
/// Feed it the events of one book in order, and take the changes as often as figures are wanted:
/// taken together they are the figures of the fold, however the events were cut into batches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HouseFigures {
    pub(super) balance: Balance,
    /// The last period that somebody read or calculated a volume for: lists end there. A series
    /// taken over from elsewhere does not extend them.
    pub(super) latest: Option<Period>,
    /// Up to where figures were taken.
    taken_through: Option<Period>,
    stale: Stale,
}

impl HouseFigures {
    /// The events that the figures depend on.
    pub const EVENT_TYPES: EventTypes = Balance::EVENT_TYPES;

    /// Position of the last event taken in; 0 before the first.
    pub fn position(&self) -> u64 {
        self.balance.position()
    }

    /// As [`Consumption::read_to`].
    pub fn read_to(&mut self, position: u64) {
        self.balance.read_to(position);
    }

    /// The consumption of the points, from the same events.
    pub fn consumption(&self) -> &Consumption {
        self.balance.consumption()
    }

    /// Takes in the next event of the book.
    ///
    /// # Errors
    /// [`FoldError`], as [`Balance::apply`].
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let touched = self.balance.apply(recorded)?;
        match &recorded.event {
            BookEvent::Meter(event) => {
                self.latest = self.latest.max(period_of(event));
                self.stale
                    .note(self.balance.consumption(), touched, Some(event));
            }
            BookEvent::Building(BuildingEvent::BalanceScopeDefined { resource, .. }) => {
                self.stale.resource(*resource, Since::Ever);
            }
            // A change of use moves volumes from one origin to another.
            BookEvent::Premises(
                PremisesEvent::PremisesRegistered { .. } | PremisesEvent::UseChanged { .. },
            ) => self.stale.all = true,
            _ => self.stale.note(self.balance.consumption(), touched, None),
        }
        Ok(())
    }

    /// The figures that events since the last taking may have changed, told one by one. Call
    /// [`HouseFigures::forget_changes`] once they are in their place.
    pub fn changes(&self) -> FigureChanges<'_> {
        FigureChanges::new(self, self.stale_now())
    }

    /// All figures, as if none had been taken.
    pub fn all(&self) -> FigureChanges<'_> {
        let everything = Stale {
            all: true,
            ..Stale::default()
        };
        FigureChanges::new(self, self.completed(everything))
    }

    /// Leaves out what changed so far: somebody has taken it already.
    pub fn forget_changes(&mut self) {
        self.stale = Stale::default();
        self.taken_through = self.latest;
    }

    /// What is out of date, a month that has only begun included.
    fn stale_now(&self) -> Stale {
        self.completed(self.stale.clone())
    }

    fn completed(&self, mut stale: Stale) -> Stale {
        let begun = match (self.taken_through, self.latest) {
            (Some(taken), Some(latest)) if taken < latest => Some(Since::Period(taken.next())),
            (None, Some(_)) => Some(Since::Ever),
            _ => None,
        };
        let begun = if stale.all { Some(Since::Ever) } else { begun };
        let consumption = self.balance.consumption();
        if let Some(since) = begun {
            for (point, facts) in &consumption.points {
                stale.point(*point, since);
                stale.resource(facts.resource, since);
            }
        }
        if stale.all {
            for resource in self.balance.resources() {
                stale.resource(resource, Since::Ever);
            }
        }
        let concerned: Vec<(Resource, Since)> = stale
            .points
            .iter()
            .filter_map(|(point, since)| Some((consumption.points.get(point)?.resource, *since)))
            .collect();
        for (resource, since) in concerned {
            stale.resource(resource, since);
        }
        stale
    }
}

/// The period that an event makes known to lists.
fn period_of(event: &MeterEvent) -> Option<Period> {
    match event {
        MeterEvent::ReadingRecorded { reading, .. }
        | MeterEvent::ControlReadingRecorded { reading, .. } => Some(reading.period),
        MeterEvent::ValueImputed { period, .. } => Some(*period),
        _ => None,
    }
}
