//! The difference of two balances as it is told to the outside. Field names are part of the JSON
//! output.

use aggregates::quantity::Measure;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::balance::{HouseBalance, PointName};
use crate::recorded::EventAt;
use crate::volume::Volume;

/// What changed in a house's balance between two positions of its book.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HouseDifference {
    /// The settlement period.
    pub period: Period,
    /// The resource.
    pub resource: Resource,
    /// Position of the earlier vantage.
    pub from_position: u64,
    /// Position of the later vantage.
    pub to_position: u64,
    /// The balance as it was; absent where no scope was defined then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<HouseBalance>,
    /// The balance as it is; absent where no scope is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<HouseBalance>,
    /// The changes of each scope, by name.
    pub scopes: Vec<ScopeDifference>,
}

/// What changed in one scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeDifference {
    /// Name of the scope.
    pub name: Code,
    /// By how much the sum of the known house meters changed; equals the sum of the effects.
    pub house: Effect,
    /// By how much the sum of the known points inside changed; equals the sum of the effects.
    pub members: Effect,
    /// By how much the difference of the known changed: `house` less `members`.
    pub difference: Effect,
    /// Every event that changed a figure, in the order of the book.
    pub changes: Vec<Change>,
}

/// The effect of one event on one point's figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The event.
    pub event: EventAt,
    /// Its name, as stored: `ReadingCorrected`, `MeterRemoved` …
    pub name: &'static str,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// When the fact was true.
    pub effective_at: DateTime<Utc>,
    /// Whose figure changed.
    pub point: PointName,
    /// On which side of the balance.
    pub side: ChangedSide,
    /// The point's volume before the event; absent where the point was not in the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Volume>,
    /// The point's volume after the event; absent where the point is no more in the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Volume>,
    /// By how much the side's sum of the known changed, with the point's sign.
    pub effect: Effect,
}

/// Sides of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedSide {
    /// The house meters.
    House,
    /// The points inside.
    Members,
}

/// A change of a sum. Absent where no value was ever known, so that there is no unit to tell it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Effect(pub Option<Measure>);
