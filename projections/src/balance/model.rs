//! The house balance as it is told to the outside. Field names are part of the JSON output.

use aggregates::building::event::Sign;
use aggregates::ids::MeteringPointId;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use serde::Serialize;

use crate::recorded::EventAt;
use crate::volume::{Reason, Volume};

/// ОДПУ − ΣИПУ of a house for one settlement period and resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HouseBalance {
    /// The settlement period.
    pub period: Period,
    /// The resource.
    pub resource: Resource,
    /// Position of the book that the balance is told as of.
    pub position: u64,
    /// One balance a scope in force on the period's last day, by name. Scopes may contain each
    /// other (house, entrance), so they are not added up.
    pub scopes: Vec<ScopeBalance>,
}

/// The balance of one scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScopeBalance {
    /// Name of the scope: `house`, `input-1` …
    pub name: Code,
    /// From which day this version of the scope holds.
    pub from: NaiveDate,
    /// The event that defined it.
    pub defined_by: EventAt,
    /// What came in by the house meters.
    pub house: Side,
    /// What the points inside consumed.
    pub members: Side,
    /// The members' known volume by where it comes from; adds up to `members.known`.
    pub parts: Vec<OriginPart>,
    /// What came in less what the points inside consumed.
    pub difference: Difference,
}

/// One side of a balance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The sum of all points with their signs; unknown as soon as one of them is.
    pub total: Volume,
    /// The sum of the known points with their signs; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Measure>,
    /// How many points are known.
    pub known_points: usize,
    /// How many points there are.
    pub all_points: usize,
    /// The points that are not known.
    pub missing: Vec<MissingPoint>,
    /// Every point with its figure, in the order of the scope.
    pub points: Vec<PointFigure>,
}

/// A point of a balance with its figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointFigure {
    /// Which point it is.
    #[serde(flatten)]
    pub point: PointName,
    /// Whether it adds or takes away.
    pub sign: Sign,
    /// Its consumption, without the sign.
    pub volume: Volume,
    /// Settlement periods that the difference of readings covers, where more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Period>,
}

/// How people know a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointName {
    /// The point.
    pub point: MeteringPointId,
    /// Its name on site; absent where the book does not know the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// What it is; absent where the book does not know the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<PointKind>,
    /// Number of the premises as on the door, for points inside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<Label>,
}

/// A point whose consumption is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingPoint {
    /// Which point it is.
    #[serde(flatten)]
    pub point: PointName,
    /// Why it is not known.
    pub reasons: Vec<Reason>,
    /// The part that is known all the same. It is not in the sums.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_part: Option<Measure>,
}

/// What a house meter shows beyond the points inside.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Difference {
    /// Every point is known. Negative when the points inside consumed more than came in.
    Known {
        /// How much.
        volume: Measure,
    },
    /// Points inside are missing: this difference still contains what they consumed.
    WithoutMissing {
        /// What came in less the known points.
        volume: Measure,
        /// How many points are missing; `members.missing` names them.
        missing: usize,
    },
    /// It is not known what came in.
    Unknown {
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// Where a volume comes from: the steps of the balance's waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Readings polled from devices or by the supplier's intelligent system.
    Automatic,
    /// Readings sent or taken by people, adopted ones included.
    Submitted,
    /// Readings taken by an act of control.
    Control,
    /// Calculated by the meter's own average.
    Average,
    /// Calculated by the norm.
    Norm,
    /// Premises without a meter, by the norm: told by a waterfall, for they have no point.
    WithoutMeter,
    /// Calculated in another way.
    Calculated,
    /// Calculated volumes of earlier periods that present readings contain too; negative.
    TrueUp,
    /// Everything of non-residential premises.
    NonResidential,
    /// The house's own needs that are metered: lifts, lighting.
    Technical,
    /// Passes through to another house.
    Transit,
    /// A consumer behind another meter of the scope: taken off.
    SubConsumer,
}

impl Origin {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Automatic => "автоматически снятые",
            Self::Submitted => "переданные и снятые людьми",
            Self::Control => "снятые по актам контроля",
            Self::Average => "по среднему",
            Self::Norm => "по нормативу",
            Self::WithoutMeter => "без прибора по нормативу",
            Self::Calculated => "рассчитанные иначе",
            Self::TrueUp => "зачтено учтённое раньше",
            Self::NonResidential => "нежилые помещения",
            Self::Technical => "общедомовые нужды по приборам",
            Self::Transit => "транзит",
            Self::SubConsumer => "за прибором другого потребителя",
        }
    }
}

/// The volume of one origin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OriginPart {
    /// Where it comes from.
    pub origin: Origin,
    /// How much, with the signs of the points.
    pub volume: Measure,
    /// Of how many points.
    pub points: usize,
}
