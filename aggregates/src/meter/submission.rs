//! A reading as it is handed in, and the facts it is judged by.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::building::terms::ReadingTerms;
use crate::ids::{AccountId, MeterId, PremisesId};
use crate::meter::event::MeterEvent;
use crate::meter::reading::{Reading, RegisterValue};
use crate::quantity::{Measure, Unit};
use crate::text::{Code, Label};
use crate::vocabulary::{DocumentRef, ReadingSource, Resource};

/// A reading as handed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Values, one a register, in any unit that converts exactly to the register's.
    pub values: Vec<RegisterValue>,
    /// When the display showed them.
    pub taken_at: DateTime<Utc>,
    /// When we got them.
    pub received_at: DateTime<Utc>,
    /// Who reports.
    pub source: ReadingSource,
    /// By which way: `web`, `app`, `csv` … An entry made offline comes by `app`.
    pub channel: Code,
    /// The account it is sent from, where it comes from a resident.
    pub account: Option<AccountId>,
    /// Photo or scan.
    pub evidence: Option<DocumentRef>,
    /// The submission's own identity: device stamp, row of a file, key of a request.
    pub origin: Option<Label>,
    /// The held reading that this submission answers.
    pub confirms: Option<Confirmation>,
    /// What it is judged by, loaded in the same unit of work.
    pub facts: ReadingFacts,
}

/// An answer to a held reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Sequence of the held reading in the meter's stream.
    pub held: u64,
    /// What is answered.
    pub choice: Choice,
}

/// What the sender says of a held reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The values are right as sent (they must be the held ones).
    AsSent,
    /// The register turned over (the values must be the held ones).
    Rollover,
    /// These values fill in what the held draft lacks.
    Complete,
    /// These values are meant instead; the held ones are withdrawn once these are accepted.
    Replace,
}

/// Facts outside the meter that a reading is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingFacts {
    /// Zone, window, provider, closed periods and outages of the house.
    pub terms: ReadingTerms,
    /// Premises the meter serves; `None` for a house meter.
    pub premises_of_meter: Option<PremisesId>,
    /// Premises of the sender's account, where it came from an account. For a room of a communal
    /// flat whose meter serves the whole flat: the flat.
    pub premises_of_sender: Option<PremisesId>,
    /// The paired meter (cold beside hot) of the same place, where there is exactly one.
    pub pair: Option<PairFacts>,
    /// The last accepted event of this submission's origin, or else the last one, looked up where
    /// [`Meter::recalls_origin`](crate::meter::Meter::recalls_origin) says that the state does not
    /// remember it.
    pub earlier: Option<Box<TargetReading>>,
    /// Thresholds.
    pub limits: ValidationLimits,
}

impl ReadingFacts {
    /// Facts of a reading that is no resident's: no sender, no pair, default thresholds.
    pub fn of_house(terms: ReadingTerms) -> Self {
        Self {
            terms,
            premises_of_meter: None,
            premises_of_sender: None,
            pair: None,
            earlier: None,
            limits: ValidationLimits::default(),
        }
    }
}

/// The paired meter, for the rule on swapped values (V10).
#[derive(Clone, Debug, PartialEq)]
pub struct PairFacts {
    /// Which meter.
    pub meter: MeterId,
    /// Values of its last accepted reading.
    pub last: Vec<RegisterValue>,
    /// Values submitted for it together with this reading.
    pub submitted: Vec<RegisterValue>,
}

/// Thresholds of validation.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationLimits {
    /// V07: how many times its own mean use is high. Default 3.
    pub high_factor: Decimal,
    /// V07: a difference up to this is never high, however small the mean. Also what a turn of the
    /// register may count at most while there is no history (V02). Defaults: 10 m³ of cold and 8 m³
    /// of hot water, 15 m³ of sewage, 2 Gcal of heat or cold, 300 kWh, 100 m³ of gas.
    pub high_floor: BTreeMap<Resource, Measure>,
    /// V07: days of history below which there is no mean to compare with. Default 25.
    pub history_days_min: i64,
    /// V08: number of periods in a row. Default 3.
    pub low_periods: u32,
    /// V08: the share of its own mean use up to which use is low. Default 0.05.
    pub low_share: Decimal,
    /// V03: how far the clock of a device or a browser may run ahead, in minutes. Default 10.
    pub clock_ahead_minutes_max: i64,
}

impl Default for ValidationLimits {
    fn default() -> Self {
        let floor = |resource, value, unit| (resource, Measure::new(Decimal::from(value), unit));
        Self {
            high_factor: Decimal::from(3),
            high_floor: BTreeMap::from([
                floor(Resource::ColdWater, 10, Unit::CubicMetre),
                floor(Resource::HotWater, 8, Unit::CubicMetre),
                floor(Resource::Sewage, 15, Unit::CubicMetre),
                floor(Resource::Heat, 2, Unit::Gigacalorie),
                floor(Resource::Cooling, 2, Unit::Gigacalorie),
                floor(Resource::Electricity, 300, Unit::KilowattHour),
                floor(Resource::Gas, 100, Unit::CubicMetre),
            ]),
            history_days_min: 25,
            low_periods: 3,
            low_share: Decimal::new(5, 2),
            clock_ahead_minutes_max: 10,
        }
    }
}

/// An event of the meter's stream that a command speaks of, as the unit loaded it.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetReading {
    /// Its sequence in the meter's stream.
    pub sequence: u64,
    /// What became of the reading.
    pub outcome: Outcome,
    /// The reading it carries.
    pub reading: Reading,
}

impl TargetReading {
    /// The target that event `sequence` of the stream is, if it carries a reading.
    pub fn of(sequence: u64, event: &MeterEvent) -> Option<Self> {
        let outcome = Outcome::of(event)?;
        let reading = event.reading()?.clone();
        Some(Self {
            sequence,
            outcome,
            reading,
        })
    }
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// «Принято».
    Accepted,
    /// «Принято с отметкой».
    Flagged,
    /// «Ждёт подтверждения».
    Held,
    /// «Отклонено».
    Rejected,
}

impl Outcome {
    /// The outcome that an event states; `None` for events that take in no reading.
    pub fn of(event: &MeterEvent) -> Option<Self> {
        match event {
            MeterEvent::ReadingRecorded { flags, .. } if flags.is_empty() => Some(Self::Accepted),
            MeterEvent::ReadingRecorded { .. } => Some(Self::Flagged),
            MeterEvent::ControlReadingRecorded { .. } => Some(Self::Accepted),
            MeterEvent::ReadingHeld { .. } => Some(Self::Held),
            MeterEvent::ReadingRejected { .. } => Some(Self::Rejected),
            _ => None,
        }
    }

    /// Whether the reading counts.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Flagged)
    }

    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Accepted => "принято",
            Self::Flagged => "принято с отметкой",
            Self::Held => "ждёт подтверждения",
            Self::Rejected => "отклонено",
        }
    }
}
