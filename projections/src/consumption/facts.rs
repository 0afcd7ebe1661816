//! What the fold remembers: small facts of meters and points, no events.

use aggregates::ids::{MeteringPointId, PremisesId};
use aggregates::meter::event::RemovalReason;
use aggregates::meter::model::{RegisterKind, RegisterSpec, TransformerRatio};
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::metering_point::event::PointKind;
use aggregates::text::{Code, Label};
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::consumption::acts::Acts;
use crate::recorded::EventAt;
use crate::volume::{amount_in, measures};

/// Where an event of a known stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) sequence: u64,
    pub(crate) position: u64,
}

/// Values in the order of the meter's registers; `None` where the event gave no value.
pub(crate) type Values = Box<[Option<Decimal>]>;

/// A point as the book describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PointFacts {
    pub(crate) resource: Resource,
    pub(crate) kind: PointKind,
    pub(crate) label: Label,
    pub(crate) premises: Option<PremisesId>,
    pub(crate) registered: EventAt,
    pub(crate) closed: Option<(NaiveDate, EventAt)>,
}

/// A meter: what it is, where it stood, what it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MeterFacts {
    pub(crate) id: Uuid,
    pub(crate) serial: Label,
    pub(crate) registers: Box<[RegisterSpec]>,
    /// Registers that measure the resource, by index.
    pub(crate) fitting: Box<[usize]>,
    /// Registers whose sum is the volume, by index; empty where that cannot be told.
    pub(crate) counting: Box<[usize]>,
    pub(crate) stays: Vec<Stay>,
    /// Accepted readings in the order of the stream.
    pub(crate) readings: Vec<ReadingFact>,
    pub(crate) rollovers: Vec<RolloverFact>,
    pub(crate) imputations: Vec<ImputedFact>,
    pub(crate) failures: Vec<Failure>,
    /// Refusals of access, inspections and tampering, where there were any.
    pub(crate) acts: Option<Box<Acts>>,
}

/// One stay of a meter at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stay {
    pub(crate) point: MeteringPointId,
    pub(crate) from: DateTime<Utc>,
    pub(crate) initial: Values,
    /// By how much what passes is more than what the display counts.
    pub(crate) transformer_ratio: Option<TransformerRatio>,
    pub(crate) installed: Place,
    pub(crate) removal: Option<Removal>,
}

impl Stay {
    /// Whether the meter stood there at `instant`, both ends included.
    pub(crate) fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant
            && self
                .removal
                .as_ref()
                .is_none_or(|removal| instant <= removal.at)
    }
}

/// The end of a stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) at: DateTime<Utc>,
    /// `None` when the display gave nothing.
    pub(crate) shown: Option<Values>,
    pub(crate) place: Place,
    pub(crate) reason: RemovalReason,
    /// The event that told the final readings later.
    pub(crate) told: Option<Place>,
}

/// How a reading came to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Acceptance {
    Ordinary(ReadingSource),
    Control,
    Adopted,
}

/// An accepted reading with its present values. There are as many as the book has readings, so
/// what few of them have lies apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReadingFact {
    pub(crate) place: Place,
    pub(crate) taken_at: DateTime<Utc>,
    pub(crate) period: Period,
    pub(crate) acceptance: Acceptance,
    pub(crate) values: Values,
    pub(crate) corrected: Option<Box<Place>>,
    pub(crate) withdrawn: bool,
    /// A control reading showed that it was wrong.
    pub(crate) contradicted: bool,
}

impl ReadingFact {
    /// A reading that nothing has acted on yet.
    pub(crate) fn new(
        place: Place,
        taken_at: DateTime<Utc>,
        period: Period,
        acceptance: Acceptance,
        values: Values,
    ) -> Self {
        Self {
            place,
            taken_at,
            period,
            acceptance,
            values,
            corrected: None,
            withdrawn: false,
            contradicted: false,
        }
    }
}

/// A turn of a register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RolloverFact {
    pub(crate) register: usize,
    /// Sequence of the reading (or removal) that stands after the turn.
    pub(crate) reading: u64,
    pub(crate) capacity: Decimal,
    pub(crate) place: Place,
    /// A later event left it without reason: it does not count.
    pub(crate) needless: bool,
}

/// A calculated volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImputedFact {
    pub(crate) place: Place,
    pub(crate) period: Period,
    pub(crate) interval: Interval,
    pub(crate) method: ImputationMethod,
    pub(crate) clause: Label,
    pub(crate) volumes: Values,
    pub(crate) superseded: Option<Place>,
}

/// A time in which the meter counted as out of order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// A value that does not belong to the meter: the register's name.
#[derive(Debug)]
pub(crate) struct StrangeValue(pub(crate) Code);

impl MeterFacts {
    pub(crate) fn new(id: Uuid, resource: Resource, serial: Label, specs: &[RegisterSpec]) -> Self {
        let fitting: Box<[usize]> = specs
            .iter()
            .enumerate()
            .filter(|(_, spec)| {
                spec.kind == RegisterKind::Cumulative && measures(spec.unit, resource)
            })
            .map(|(index, _)| index)
            .collect();
        Self {
            id,
            serial,
            counting: counting_registers(specs, &fitting),
            registers: specs.into(),
            fitting,
            stays: Vec::new(),
            readings: Vec::new(),
            rollovers: Vec::new(),
            imputations: Vec::new(),
            failures: Vec::new(),
            acts: None,
        }
    }

    /// Index of a register by its name.
    pub(crate) fn register(&self, name: &Code) -> Result<usize, StrangeValue> {
        let found = self.registers.iter().position(|spec| spec.name == *name);
        found.ok_or_else(|| StrangeValue(name.clone()))
    }

    /// Puts the values of an event into the order of the registers, each in the register's unit.
    pub(crate) fn values(&self, given: &[RegisterValue]) -> Result<Values, StrangeValue> {
        let mut values = vec![None; self.registers.len()].into_boxed_slice();
        for RegisterValue { register, value } in given {
            let index = self.register(register)?;
            let amount = amount_in(*value, self.registers[index].unit);
            values[index] = Some(amount.ok_or_else(|| StrangeValue(register.clone()))?);
        }
        Ok(values)
    }

    /// Whether a register is in the meter's volume.
    pub(crate) fn counts(&self, register: &Code) -> bool {
        let mut counting = self.counting.iter();
        counting.any(|index| self.registers[*index].name == *register)
    }

    /// Readings of one event, to look at.
    pub(crate) fn readings_at(&self, sequence: u64) -> &[ReadingFact] {
        let before = |reading: &ReadingFact| reading.place.sequence < sequence;
        let first = self.readings.partition_point(before);
        let count = self.readings[first..]
            .iter()
            .take_while(|reading| reading.place.sequence == sequence)
            .count();
        &self.readings[first..first + count]
    }

    /// Readings of one event: one, or several when a series was adopted.
    pub(crate) fn readings_of(&mut self, sequence: u64) -> impl Iterator<Item = &mut ReadingFact> {
        let first = self
            .readings
            .partition_point(|reading| reading.place.sequence < sequence);
        self.readings[first..]
            .iter_mut()
            .take_while(move |r| r.place.sequence == sequence)
    }

    /// The name of an event of this meter's stream.
    pub(crate) fn event(&self, place: Place) -> EventAt {
        EventAt {
            aggregate_type: METER,
            aggregate_id: self.id,
            sequence: place.sequence,
            position: place.position,
        }
    }
}

const METER: &str = "meter";

/// Which registers make up the volume: `total` (for heat `q`) where there is one, a single
/// register, or the tariff zones `t1`, `t2` … together. Anything else would be a guess.
fn counting_registers(specs: &[RegisterSpec], fitting: &[usize]) -> Box<[usize]> {
    let name = |index: usize| specs[index].name.as_str();
    if let Some(whole) = fitting
        .iter()
        .find(|index| matches!(name(**index), "total" | "q"))
    {
        return Box::new([*whole]);
    }
    let same_unit = fitting
        .windows(2)
        .all(|pair| specs[pair[0]].unit == specs[pair[1]].unit);
    let all_zones = fitting.iter().all(|index| is_zone(name(*index)));
    match fitting.len() == 1 || (all_zones && same_unit) {
        true => fitting.into(),
        false => Box::new([]),
    }
}

fn is_zone(name: &str) -> bool {
    let digits = name.strip_prefix('t').unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
