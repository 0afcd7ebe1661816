//! The fold behind the list of meters.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::book_event::BookEvent;
use aggregates::ids::MeterId;
use aggregates::meter::event::MeterEvent;
use chrono::{DateTime, NaiveDate, Utc};

use crate::consumption::{Consumption, EventTypes};
use crate::directory::fold::Directory;
use crate::meter_cards::model::{MeterCard, MeterState, PlaceOfMeter};
use crate::recorded::Recorded;

/// What lists say of the meters of a book, apart from their readings, which [`Consumption`] of the
/// same events knows.
#[derive(Clone, Debug, Default)]
pub struct MeterCards {
    directory: Directory,
    states: BTreeMap<MeterId, Known>,
    changed: BTreeSet<MeterId>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    state: MeterState,
    since: Option<DateTime<Utc>>,
    verified_until: Option<NaiveDate>,
}

impl MeterCards {
    /// The events that the list depends on, beside those of [`Consumption`].
    pub const EVENT_TYPES: EventTypes = &[
        (
            "meter",
            &[
                "MeterRegistered",
                "MeterInstalled",
                "ReadingRecorded",
                "ControlReadingRecorded",
                "ReadingWithdrawn",
                "ReadingCorrected",
                "VerificationRecorded",
                "MeterFailed",
                "MeterRestored",
                "MeterRemoved",
                "MeterLeftBook",
                "SeriesAdopted",
            ],
        ),
        ("metering_point", &["PointRegistered"]),
        ("premises", &["PremisesRegistered"]),
    ];

    /// Takes in the next event of the book.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            BookEvent::Meter(event) => {
                let meter = MeterId(recorded.aggregate_id);
                self.apply_meter(meter, event);
                self.changed.insert(meter);
            }
            // Names that cards may carry already.
            BookEvent::MeteringPoint(_) | BookEvent::Premises(_) => {
                self.changed.extend(self.states.keys());
            }
            _ => {}
        }
        self.directory.apply(recorded);
    }

    fn apply_meter(&mut self, meter: MeterId, event: &MeterEvent) {
        if let MeterEvent::MeterRegistered { .. } = event {
            let known = Known {
                state: MeterState::Registered,
                since: None,
                verified_until: None,
            };
            self.states.insert(meter, known);
            return;
        }
        if let MeterEvent::ReadingRecorded { .. } = event {
            return; // By far the most events, and none of them is a state.
        }
        let Some(known) = self.states.get_mut(&meter) else {
            return;
        };
        let (state, at) = match event {
            MeterEvent::MeterInstalled { at, .. } => (MeterState::Installed, *at),
            MeterEvent::MeterFailed { at, .. } => (MeterState::Failed, *at),
            MeterEvent::MeterRestored { at, .. } => (MeterState::Installed, *at),
            MeterEvent::MeterRemoved { at, .. } => (MeterState::Removed, *at),
            MeterEvent::MeterLeftBook { at, .. } => (MeterState::LeftBook, *at),
            MeterEvent::VerificationRecorded { valid_until, .. } => {
                known.verified_until = *valid_until;
                return;
            }
            _ => return,
        };
        (known.state, known.since) = (state, Some(at));
    }

    /// The cards that events since the last taking may have changed.
    pub fn take_changes(&mut self, readings: &Consumption) -> Vec<MeterCard> {
        let changed = std::mem::take(&mut self.changed);
        let cards = changed.into_iter();
        cards
            .filter_map(|meter| self.card(meter, readings))
            .collect()
    }

    /// Leaves out what changed so far: somebody has taken it already.
    pub fn forget_changes(&mut self) {
        self.changed.clear();
    }

    /// All cards.
    pub fn all(&self, readings: &Consumption) -> Vec<MeterCard> {
        let meters = self.states.keys();
        meters
            .filter_map(|meter| self.card(*meter, readings))
            .collect()
    }

    fn card(&self, meter: MeterId, readings: &Consumption) -> Option<MeterCard> {
        let known = self.states.get(&meter)?;
        let named = self.directory.meter(meter)?;
        let place = named.point.and_then(|point| {
            let card = self.directory.point(point)?;
            let premises = card.premises.and_then(|id| self.directory.premises(id));
            Some(PlaceOfMeter {
                point,
                label: card.label.clone(),
                kind: card.kind,
                premises: card.premises,
                number: premises.map(|premises| self.directory.full_number(premises)),
            })
        });
        Some(MeterCard {
            meter,
            serial: named.serial.clone(),
            resource: named.resource,
            state: known.state,
            since: known.since,
            place,
            last_reading: readings.last_reading(meter),
            verified_until: known.verified_until,
        })
    }
}
