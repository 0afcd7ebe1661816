//! Takes in the events of one book and remembers what consumption depends on.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::meter::event::{AdoptedReading, MeterEvent};
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::event::MeteringPointEvent;
use aggregates::quantity::Measure;
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::{ReadingSource, Resource};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::consumption::facts::{
    Acceptance, Failure, ImputedFact, MeterFacts, Place, PointFacts, ReadingFact, Removal,
    RolloverFact, Stay, StrangeValue,
};
use crate::consumption::model::LastReading;
use crate::recorded::{Cursor, FoldError, Recorded};
use crate::volume::amount_in;

/// The state of a book from which the consumption of its points is told.
///
/// Feed it the events of one book in order ([`Consumption::apply`]), then ask
/// ([`Consumption::of_point`]). Fed with a prefix of the book it gives the figures as they were
/// known then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Consumption {
    cursor: Cursor,
    /// Set when only one period and resource are kept.
    pub(crate) only: Option<Only>,
    /// Time zone of the house.
    pub(crate) zone: Option<ZoneName>,
    meters: BTreeMap<Uuid, Slot>,
    pub(crate) points: BTreeMap<MeteringPointId, PointFacts>,
    /// Stays at each point: meter and index of the stay, in the order of recording.
    pub(crate) stays: BTreeMap<MeteringPointId, Vec<(Uuid, usize)>>,
}

/// What a fold was limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Only {
    pub(crate) period: Period,
    pub(crate) resource: Resource,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Slot {
    Followed(Box<MeterFacts>),
    /// A meter of a resource that this fold leaves out.
    LeftOut,
}

/// What an event changed, so that figures need not all be told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touched {
    /// No figure depends on it.
    Nothing,
    /// Figures of the points where this meter stands or stood.
    Meter(MeterId),
    /// Figures of this point.
    Point(MeteringPointId),
    /// Possibly all figures of the house.
    House,
}

/// The events a fold needs: aggregate type and names of events, as stored. A reader may leave out
/// all others; a fold that is given them all the same ignores them.
pub type EventTypes = &'static [(&'static str, &'static [&'static str])];

impl Consumption {
    /// The events that consumption depends on.
    pub const EVENT_TYPES: EventTypes = &[
        ("building", &["BuildingRegistered"]),
        (
            "meter",
            &[
                "MeterRegistered",
                "MeterInstalled",
                "ReadingRecorded",
                "ControlReadingRecorded",
                "ReadingWithdrawn",
                "ReadingCorrected",
                "RolloverDeclared",
                "MeterFailed",
                "MeterRestored",
                "AccessRefused",
                "MeterInspected",
                "TamperingFound",
                "TamperingEnded",
                "MeterRemoved",
                "FinalReadingRecorded",
                "ValueImputed",
                "ImputationSuperseded",
                "SeriesAdopted",
            ],
        ),
        ("metering_point", &["PointRegistered", "PointClosed"]),
    ];

    /// A fold that can tell every period and resource.
    pub fn new() -> Self {
        Self::default()
    }

    /// A fold that keeps only what the figures of one period and resource need: meters of other
    /// resources and volumes calculated for later periods are left out.
    pub fn for_period(period: Period, resource: Resource) -> Self {
        Self {
            only: Some(Only { period, resource }),
            ..Self::default()
        }
    }

    /// Position of the last event taken in; 0 before the first.
    pub fn position(&self) -> u64 {
        self.cursor.position()
    }

    /// Notes that the book was read up to `position`: events between the last one taken in and it
    /// were left out by the reader, because this fold does not need them.
    pub fn read_to(&mut self, position: u64) {
        self.cursor.read_to(position);
    }

    /// Takes in the next event of the book.
    ///
    /// # Errors
    /// [`FoldError`]: another book, a position that does not rise, or an event whose stream's
    /// beginning was left out. The state is then that before the event.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<Touched, FoldError> {
        let mut cursor = self.cursor;
        cursor.advance(recorded)?;
        let touched = match &recorded.event {
            BookEvent::Meter(event) => self.apply_meter(event, recorded)?,
            BookEvent::MeteringPoint(event) => self.apply_point(event, recorded),
            BookEvent::Building(BuildingEvent::BuildingRegistered { zone, .. }) => {
                self.zone = Some(*zone);
                Touched::House
            }
            _ => Touched::Nothing,
        };
        self.cursor = cursor;
        Ok(touched)
    }

    pub(crate) fn meter(&self, id: Uuid) -> Option<&MeterFacts> {
        match self.meters.get(&id) {
            Some(Slot::Followed(meter)) => Some(meter),
            Some(Slot::LeftOut) | None => None,
        }
    }

    /// Points where the meter stands or stood, as far as recorded.
    pub(crate) fn points_of(&self, meter: MeterId) -> impl Iterator<Item = MeteringPointId> + '_ {
        self.meter(meter.0)
            .into_iter()
            .flat_map(|meter| meter.stays.iter().map(|stay| stay.point))
    }

    /// Whether a turn was ever declared for the meter: then a reading may change what others tell.
    pub(crate) fn ever_turned(&self, meter: MeterId) -> bool {
        let meter = self.meter(meter.0);
        meter.is_some_and(|meter| !meter.rollovers.is_empty())
    }

    /// The period of an accepted reading, by its sequence in the meter's stream; of an adopted
    /// series the first one.
    pub(crate) fn period_of_reading(&self, meter: MeterId, reading: u64) -> Option<Period> {
        let meter = self.meter(meter.0)?;
        let readings = meter.readings_at(reading).iter();
        readings.map(|fact| fact.period).min()
    }

    /// The reading of the meter that was taken last and still stands.
    pub fn last_reading(&self, meter: MeterId) -> Option<LastReading> {
        let meter = self.meter(meter.0)?;
        let standing = meter.readings.iter().filter(|fact| !fact.withdrawn);
        // Of several taken at one instant the one recorded last: `max_by_key` keeps the last.
        let last = standing.max_by_key(|fact| fact.taken_at)?;
        let values = meter.registers.iter().zip(last.values.iter());
        Some(LastReading {
            taken_at: last.taken_at,
            period: last.period,
            source: match last.acceptance {
                Acceptance::Ordinary(source) => Some(source),
                Acceptance::Control => Some(ReadingSource::Control),
                Acceptance::Adopted => None,
            },
            values: values
                .filter_map(|(spec, value)| {
                    Some(RegisterValue {
                        register: spec.name.clone(),
                        value: Measure::new((*value)?, spec.unit),
                    })
                })
                .collect(),
            event: meter.event(last.place),
        })
    }

    fn is_later_imputation(&self, event: &MeterEvent) -> bool {
        match (event, self.only) {
            (MeterEvent::ValueImputed { period, .. }, Some(only)) => only.period < *period,
            _ => false,
        }
    }

    fn keeps_resource(&self, resource: Resource) -> bool {
        self.only.is_none_or(|only| resource == only.resource)
    }

    fn apply_point(&mut self, event: &MeteringPointEvent, recorded: &Recorded) -> Touched {
        let id = MeteringPointId(recorded.aggregate_id);
        match event {
            MeteringPointEvent::PointRegistered {
                resource,
                kind,
                label,
                premises,
            } => {
                if self.keeps_resource(*resource) {
                    let facts = PointFacts {
                        resource: *resource,
                        kind: *kind,
                        label: label.clone(),
                        premises: *premises,
                        registered: recorded.at(),
                        closed: None,
                    };
                    self.points.insert(id, facts);
                }
            }
            MeteringPointEvent::PointClosed { on, .. } => {
                if let Some(point) = self.points.get_mut(&id) {
                    point.closed = Some((*on, recorded.at()));
                }
            }
            _ => return Touched::Nothing,
        }
        Touched::Point(id)
    }

    fn apply_meter(
        &mut self,
        event: &MeterEvent,
        recorded: &Recorded,
    ) -> Result<Touched, FoldError> {
        let id = recorded.aggregate_id;
        if let MeterEvent::MeterRegistered {
            resource,
            serial,
            registers,
            ..
        } = event
        {
            let slot = match self.keeps_resource(*resource) {
                true => {
                    let meter = MeterFacts::new(id, *resource, serial.clone(), registers);
                    Slot::Followed(Box::new(meter))
                }
                false => Slot::LeftOut,
            };
            self.meters.insert(id, slot);
            return Ok(Touched::Nothing);
        }
        if !concerns_consumption(event) || self.is_later_imputation(event) {
            return Ok(Touched::Nothing);
        }
        let meter = match self.meters.get_mut(&id) {
            Some(Slot::Followed(meter)) => meter,
            Some(Slot::LeftOut) => return Ok(Touched::Nothing),
            None => {
                let (event, position) = (recorded.event_id(), recorded.position);
                return Err(FoldError::MeterNotRegistered { event, position });
            }
        };
        let place = Place {
            sequence: recorded.sequence,
            position: recorded.position,
        };
        let taken = meter.change_readings(|meter| take_in(meter, event, place));
        taken.map_err(|StrangeValue(register)| FoldError::Unit {
            event: recorded.event_id(),
            position: recorded.position,
            register: register.as_str().to_owned(),
        })?;
        if let MeterEvent::MeterInstalled { point, .. } = event {
            self.stays
                .entry(*point)
                .or_default()
                .push((id, meter.stays.len() - 1));
        }
        Ok(Touched::Meter(MeterId(id)))
    }
}

fn concerns_consumption(event: &MeterEvent) -> bool {
    matches!(
        event,
        MeterEvent::MeterInstalled { .. }
            | MeterEvent::ReadingRecorded { .. }
            | MeterEvent::ControlReadingRecorded { .. }
            | MeterEvent::ReadingWithdrawn { .. }
            | MeterEvent::ReadingCorrected { .. }
            | MeterEvent::RolloverDeclared { .. }
            | MeterEvent::MeterFailed { .. }
            | MeterEvent::MeterRestored { .. }
            | MeterEvent::AccessRefused { .. }
            | MeterEvent::MeterInspected { .. }
            | MeterEvent::TamperingFound { .. }
            | MeterEvent::TamperingEnded { .. }
            | MeterEvent::MeterRemoved { .. }
            | MeterEvent::FinalReadingRecorded { .. }
            | MeterEvent::ValueImputed { .. }
            | MeterEvent::ImputationSuperseded { .. }
            | MeterEvent::SeriesAdopted { .. }
    )
}

/// Lets one event of its stream act on a meter. Facts about readings that were held, rejected or
/// left out find nothing to act on.
fn take_in(meter: &mut MeterFacts, event: &MeterEvent, place: Place) -> Result<(), StrangeValue> {
    match event {
        MeterEvent::ReadingRecorded { reading, .. }
        | MeterEvent::ControlReadingRecorded { reading, .. } => {
            let acceptance = match event {
                MeterEvent::ControlReadingRecorded { .. } => Acceptance::Control,
                _ => Acceptance::Ordinary(reading.source),
            };
            let values = meter.values(&reading.values)?;
            let (taken_at, period) = (reading.taken_at, reading.period);
            let fact = ReadingFact::new(place, taken_at, period, acceptance, values);
            meter.readings.push(fact);
            if let MeterEvent::ControlReadingRecorded { contradicts, .. } = event {
                contradict(meter, contradicts);
            }
        }
        MeterEvent::SeriesAdopted { readings, .. } => {
            let adopt = |adopted: &AdoptedReading| {
                let values = meter.values(&adopted.values)?;
                let (taken_at, period) = (adopted.taken_at, adopted.period);
                Ok(ReadingFact::new(
                    place,
                    taken_at,
                    period,
                    Acceptance::Adopted,
                    values,
                ))
            };
            let facts: Result<Vec<_>, StrangeValue> = readings.iter().map(adopt).collect();
            meter.readings.extend(facts?);
        }
        MeterEvent::ReadingWithdrawn { reading, .. } => {
            meter
                .readings_of(*reading)
                .for_each(|fact| fact.withdrawn = true);
        }
        MeterEvent::ReadingCorrected {
            reading, values, ..
        } => {
            let values = meter.values(values)?;
            if let Some(fact) = meter.readings_of(*reading).next() {
                fact.values = values;
                fact.corrected = Some(Box::new(place));
                fact.contradicted = false;
            }
        }
        MeterEvent::RolloverDeclared {
            register,
            reading,
            capacity,
            ..
        } => {
            let index = meter.register(register)?;
            let capacity = amount_in(*capacity, meter.registers[index].unit)
                .ok_or_else(|| StrangeValue(register.clone()))?;
            let reading = *reading;
            meter.rollovers.push(RolloverFact {
                register: index,
                reading,
                capacity,
                place,
                needless: false,
            });
        }
        _ => return take_in_state(meter, event, place),
    }
    Ok(())
}

/// Notes which readings a control reading shows to be wrong.
fn contradict(meter: &mut MeterFacts, readings: &[u64]) {
    for reading in readings {
        let wrong = meter.readings_of(*reading);
        wrong.for_each(|fact| fact.contradicted = true);
    }
}

/// Facts about its failures, its calculated volumes and where it stands.
fn take_in_state(
    meter: &mut MeterFacts,
    event: &MeterEvent,
    place: Place,
) -> Result<(), StrangeValue> {
    match event {
        MeterEvent::MeterFailed { at, .. } => {
            meter.failures.push(Failure {
                from: *at,
                until: None,
            });
        }
        MeterEvent::MeterRestored { at, .. } => close_failure(meter, *at),
        MeterEvent::ValueImputed {
            volumes,
            period,
            interval,
            method,
            clause,
            ..
        } => {
            meter.imputations.push(ImputedFact {
                place,
                period: *period,
                interval: *interval,
                method: *method,
                clause: clause.clone(),
                volumes: meter.values(volumes)?,
                superseded: None,
            });
        }
        MeterEvent::ImputationSuperseded { imputed, .. } => {
            let found = meter
                .imputations
                .iter_mut()
                .find(|fact| fact.place.sequence == *imputed);
            if let Some(fact) = found {
                fact.superseded = Some(place);
            }
        }
        other => take_in_stay(meter, other, place)?,
    }
    Ok(())
}

/// Facts about where the meter stands, and acts.
fn take_in_stay(
    meter: &mut MeterFacts,
    event: &MeterEvent,
    place: Place,
) -> Result<(), StrangeValue> {
    match event {
        MeterEvent::MeterInstalled {
            point,
            at,
            initial,
            transformer_ratio,
            ..
        } => meter.stays.push(Stay {
            point: *point,
            from: *at,
            initial: meter.values(initial)?,
            transformer_ratio: *transformer_ratio,
            installed: place,
            removal: None,
        }),
        MeterEvent::MeterRemoved {
            at,
            r#final,
            reason,
            ..
        } => {
            let shown = match r#final.is_empty() {
                true => None,
                false => Some(meter.values(r#final)?),
            };
            if let Some(stay) = meter.stays.last_mut() {
                stay.removal = Some(Removal {
                    at: *at,
                    shown,
                    place,
                    reason: *reason,
                    told: None,
                });
            }
            close_failure(meter, *at);
        }
        MeterEvent::FinalReadingRecorded {
            removed_at,
            r#final,
            ..
        } => {
            let shown = meter.values(r#final)?;
            let removals = meter.stays.iter_mut().rev();
            let mut removals = removals.filter_map(|stay| stay.removal.as_mut());
            if let Some(removal) = removals.find(|removal| removal.at == *removed_at) {
                removal.shown = Some(shown);
                removal.told = Some(place);
            }
        }
        other => {
            meter.take_act(other, place);
        }
    }
    Ok(())
}

fn close_failure(meter: &mut MeterFacts, at: chrono::DateTime<chrono::Utc>) {
    if let Some(failure) = meter
        .failures
        .last_mut()
        .filter(|failure| failure.until.is_none())
    {
        failure.until = Some(at);
    }
}
