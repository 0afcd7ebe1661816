//! Figures as they are kept for lists. Field names are part of the JSON output.

use aggregates::ids::{MeteringPointId, PremisesId};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use serde::Serialize;

use crate::balance::{Difference, Origin, OriginPart};
use crate::consumption::{MeasuredInterval, RegisterVolume};
use crate::recorded::EventAt;
use crate::volume::Volume;

/// What a point consumed in a settlement period: the figure of
/// [`Consumption::of_point`](crate::consumption::Consumption::of_point) without its parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointMonth {
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
    /// The volume; absent where it cannot be told at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Volume>,
    /// The same by register (tariff zone).
    pub registers: Vec<RegisterVolume>,
    /// How its parts came to be known, each once.
    pub origins: Vec<Origin>,
    /// Between which instants the readings measured; absent where nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<MeasuredInterval>,
    /// Settlement periods that the readings' difference covers, oldest first.
    pub covers: Vec<Period>,
    /// Why the volume cannot be told at all, in Russian: a sum that would have to be rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The balance of a scope in a settlement period: the sums of
/// [`ScopeBalance`](crate::balance::ScopeBalance) without its points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeMonth {
    /// The settlement period.
    pub period: Period,
    /// The resource.
    pub resource: Resource,
    /// Name of the scope.
    pub scope: Code,
    /// From which day this version of the scope holds.
    pub from: NaiveDate,
    /// The event that defined it.
    pub defined_by: EventAt,
    /// The sums; absent where they cannot be told at all.
    #[serde(flatten)]
    pub sums: Option<ScopeSums>,
    /// Why they cannot be told, in Russian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The sums of a balance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeSums {
    /// What came in by the house meters.
    pub house: ScopeSide,
    /// What the points inside consumed.
    pub members: ScopeSide,
    /// The members' known volume by where it comes from.
    pub parts: Vec<OriginPart>,
    /// What came in less what the points inside consumed.
    pub difference: Difference,
}

/// The sums of one side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeSide {
    /// The sum of all points with their signs; absent as soon as one of them is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Measure>,
    /// The sum of the known points with their signs; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Measure>,
    /// How many points are known.
    pub known_points: usize,
    /// How many points there are.
    pub all_points: usize,
}
