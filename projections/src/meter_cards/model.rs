//! A meter as a list shows it. Field names are part of the JSON output.

use aggregates::ids::{MeterId, MeteringPointId, PremisesId};
use aggregates::metering_point::event::PointKind;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::consumption::LastReading;

/// A meter with what staff look for first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeterCard {
    /// The meter.
    pub meter: MeterId,
    /// Заводской номер.
    pub serial: String,
    /// What it measures.
    pub resource: Resource,
    /// What became of it.
    pub state: MeterState,
    /// Since when; absent for one that was never put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Where it stands or last stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceOfMeter>,
    /// The accepted reading that was taken last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_reading: Option<LastReading>,
    /// Last day that the verification recorded last is valid; absent where none is recorded or the
    /// device was found unfit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_until: Option<NaiveDate>,
}

/// What became of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeterState {
    /// Known, never put in.
    Registered,
    /// Stands at its point.
    Installed,
    /// Stands there and counts as out of order.
    Failed,
    /// Taken away.
    Removed,
    /// Went to another book.
    LeftBook,
}

impl MeterState {
    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Installed => "installed",
            Self::Failed => "failed",
            Self::Removed => "removed",
            Self::LeftBook => "left_book",
        }
    }
}

/// The place of a meter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceOfMeter {
    /// The point.
    pub point: MeteringPointId,
    /// Its name on site.
    pub label: String,
    /// Whose consumption is measured there.
    pub kind: PointKind,
    /// The premises, for points inside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<PremisesId>,
    /// Their number on the door; a room is `flat/room`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}
