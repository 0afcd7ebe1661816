//! Consumption as it is told to the outside. Field names are part of the JSON output.

use aggregates::ids::{MeterId, MeteringPointId, PremisesId};
use aggregates::meter::model::TransformerRatio;
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::recorded::EventAt;
use crate::volume::Volume;

/// What was consumed at one point in one settlement period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointConsumption {
    /// The point.
    pub point: MeteringPointId,
    /// Its name on site.
    pub label: Label,
    /// Whose consumption it is.
    pub kind: PointKind,
    /// Of what.
    pub resource: Resource,
    /// The premises, for points inside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<PremisesId>,
    /// The settlement period.
    pub period: Period,
    /// The volume of the period, all parts together.
    pub volume: Volume,
    /// The same by register (tariff zone).
    pub registers: Vec<RegisterVolume>,
    /// What the volume is made of.
    pub parts: Vec<VolumePart>,
    /// Between which instants the readings measured; absent where nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<MeasuredInterval>,
    /// Settlement periods that the readings' difference covers, oldest first: more than one when
    /// readings of earlier periods are missing; empty where nothing was measured.
    pub covers: Vec<Period>,
    /// Times without a meter between the devices that the volume was measured by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmetered: Vec<Unmetered>,
    /// Times that the difference leaves out because readings did not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<Uncounted>,
}

/// The volume of one register.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegisterVolume {
    /// Which register.
    pub register: Code,
    /// How much.
    pub volume: Volume,
}

/// The time between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MeasuredInterval {
    /// When the first was taken.
    pub from: DateTime<Utc>,
    /// When the second was taken.
    pub until: DateTime<Utc>,
}

/// A time whose readings did not count (ПП 354 п. 60(2), 81(11)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Uncounted {
    /// From the last value that counts.
    pub from: DateTime<Utc>,
    /// To the value that counting began anew with.
    pub until: DateTime<Utc>,
    /// The act.
    pub barred_by: EventAt,
}

/// A time without a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Unmetered {
    /// When a meter was taken away.
    pub from: DateTime<Utc>,
    /// When the next one was put in; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The removal.
    pub removed_by: EventAt,
    /// The installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_by: Option<EventAt>,
}

/// One part of a volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum VolumePart {
    /// What one device counted between two of its readings.
    Metered(Box<MeteredPart>),
    /// A volume calculated in the place of a reading.
    Calculated(CalculatedPart),
    /// A volume calculated for an earlier period that the present difference contains too: taken
    /// off, so that it is counted once. Its volume is negative.
    TrueUp(CalculatedPart),
}

impl VolumePart {
    /// The part's volume.
    pub fn volume(&self) -> &Volume {
        match self {
            Self::Metered(part) => &part.volume,
            Self::Calculated(part) | Self::TrueUp(part) => &part.volume,
        }
    }
}

/// What one device counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeteredPart {
    /// The device.
    pub meter: MeterId,
    /// Its serial number.
    pub serial: Label,
    /// From which value.
    pub from: MarkView,
    /// To which value; absent where the display gave none when the device was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<MarkView>,
    /// Turns of registers between the two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollovers: Vec<Turn>,
    /// What differences of the display are multiplied by; absent without transformers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transformer_ratio: Option<TransformerRatio>,
    /// By register.
    pub registers: Vec<RegisterVolume>,
    /// Altogether.
    pub volume: Volume,
    /// Whether it is a recalculation after a check (ПП 354 п. 61): a control reading against a
    /// submitted one that was charged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recheck: bool,
}

/// A value that consumption is counted from or to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarkView {
    /// What it is.
    pub kind: MarkName,
    /// Who reported it, for a reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReadingSource>,
    /// When the display showed it.
    pub at: DateTime<Utc>,
    /// What it showed, as corrected.
    pub values: Vec<RegisterValue>,
    /// The event.
    pub event: EventAt,
    /// The correction, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<EventAt>,
}

/// Kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkName {
    /// At the installation.
    Initial,
    /// An accepted reading.
    Reading,
    /// A control reading.
    Control,
    /// A reading taken over from another book or organisation.
    Adopted,
    /// At the removal.
    Final,
}

/// A turn of a register.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// Which register.
    pub register: Code,
    /// What one turn counts.
    pub capacity: Measure,
    /// The event.
    pub event: EventAt,
}

/// A calculated volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatedPart {
    /// The device in whose place it was calculated.
    pub meter: MeterId,
    /// Its serial number.
    pub serial: Label,
    /// The settlement period it was calculated for.
    pub period: Period,
    /// From when it fills.
    pub from: DateTime<Utc>,
    /// Until when it fills.
    pub until: DateTime<Utc>,
    /// How it was calculated.
    pub method: ImputationMethod,
    /// By which clause.
    pub clause: Label,
    /// By register.
    pub registers: Vec<RegisterVolume>,
    /// How much.
    pub volume: Volume,
    /// The event.
    pub event: EventAt,
}

/// An accepted reading as a list of meters shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LastReading {
    /// When the display showed it.
    pub taken_at: DateTime<Utc>,
    /// The settlement period it counts for.
    pub period: Period,
    /// Who reported it; absent where it was taken over from another book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReadingSource>,
    /// What it showed, as corrected.
    pub values: Vec<RegisterValue>,
    /// The event.
    pub event: EventAt,
}

/// What was consumed at one point over several settlement periods.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointSpan {
    /// First period.
    pub from: Period,
    /// Last period.
    pub through: Period,
    /// The volume of all periods together. Known also where single periods are not, when a later
    /// reading within the span covers them.
    pub volume: Volume,
    /// The periods, oldest first.
    pub periods: Vec<PeriodOfSpan>,
}

/// One period of a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodOfSpan {
    /// Its consumption.
    pub consumption: PointConsumption,
    /// The later period of the span whose reading covers this one too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered_by: Option<Period>,
}
