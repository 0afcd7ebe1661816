//! The waterfall as it is told to the outside. Field names are part of the JSON output.

use aggregates::ids::PremisesId;
use aggregates::ledger::EventId;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use serde::Serialize;

use crate::balance::{Origin, PointName};
use crate::explanation::Explanation;

/// The waterfalls of a house for one settlement period and resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HouseWaterfall {
    /// The settlement period.
    pub period: Period,
    /// The resource.
    pub resource: Resource,
    /// Position of the book that it is told as of.
    pub position: u64,
    /// One a scope in force on the period's last day, by name.
    pub scopes: Vec<Waterfall>,
    /// What no scope holds.
    pub coverage: Coverage,
}

/// The waterfall of one scope: `came_in` less all `steps` is `common`; `common` less `norm` is
/// `excess`; the `causes` and `unexplained` make up what is split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waterfall {
    /// Name of the scope.
    pub scope: Code,
    /// Unit of all volumes.
    pub unit: Unit,
    /// What came in by the house meters; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came_in: Option<Measure>,
    /// What was consumed inside, by where the volume comes from.
    pub steps: Vec<Step>,
    /// What is left: the common part as far as everything else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common: Option<Measure>,
    /// N_ои · S_ои (ф. 15), for the whole house where both are on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<Measure>,
    /// The common part above the norm; below zero where it is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excess: Option<Measure>,
    /// What the causes make up.
    pub split: SplitOf,
    /// Estimates and recorded explanations, in the order of [`Cause`].
    pub causes: Vec<CausePart>,
    /// What nobody explains: what is split less all causes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexplained: Option<Measure>,
    /// Explanations that can be accepted as they are.
    pub proposals: Vec<Proposal>,
}

/// One step down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Where the volume comes from.
    pub origin: Origin,
    /// How much is taken off; negative where it adds.
    pub volume: Measure,
    /// Of how many points, or premises without a meter.
    pub points: usize,
}

/// What is split by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitOf {
    /// The excess over the norm.
    Excess,
    /// The whole common part: there is no norm, or it is below zero.
    Common,
}

/// Causes of an imbalance, in the order in which they are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Readings were not sent; or one sent now covers earlier months too.
    NotSent,
    /// What was calculated is not what the meter's own readings tell.
    Average,
    /// Meters out of order or with an ended verification.
    VerificationExpired,
    /// Premises or points without a meter.
    Unmetered,
    /// Readings of another day than that of the house meter.
    NotSimultaneous,
    /// What passes through was not measured in time.
    Transit,
    /// The house meter itself is out of order or its verification has ended.
    HouseMeter,
    /// Limit of permissible error of the meters.
    MeteringError,
    /// An explanation on record of any other kind.
    #[serde(untagged)]
    Recorded(Code),
}

impl Cause {
    /// The code under which an explanation of this cause is recorded.
    pub fn code(&self) -> &str {
        match self {
            Self::NotSent => "not_sent",
            Self::Average => "average",
            Self::VerificationExpired => "verification_expired",
            Self::Unmetered => "unmetered",
            Self::NotSimultaneous => "not_simultaneous",
            Self::Transit => "transit",
            Self::HouseMeter => "house_meter",
            Self::MeteringError => "metering_error",
            Self::Recorded(code) => code.as_str(),
        }
    }

    /// The words a Russian reader expects.
    pub fn title_ru(&self) -> String {
        match self {
            Self::NotSent => "показания не переданы или за несколько месяцев",
            Self::Average => "расчётный объём не равен фактическому",
            Self::VerificationExpired => "прибор неисправен или поверка истекла",
            Self::Unmetered => "без приборов учёта",
            Self::NotSimultaneous => "показания сняты в разные дни",
            Self::Transit => "транзит",
            Self::HouseMeter => "ОДПУ неисправен или его поверка истекла",
            Self::MeteringError => "в пределах погрешности приборов",
            Self::Recorded(code) => return recorded_title(code.as_str()),
        }
        .to_owned()
    }
}

fn recorded_title(code: &str) -> String {
    match code {
        "leak" => "утечка".to_owned(),
        "own_needs" => "собственные нужды".to_owned(),
        "unauthorised" => "несанкционированное потребление".to_owned(),
        other => format!("записано: {other}"),
    }
}

/// What one cause accounts for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CausePart {
    /// The cause.
    pub cause: Cause,
    /// How much; negative where it lowers the common part.
    pub amount: Measure,
    /// Whether a person recorded it; an estimate otherwise.
    pub recorded: bool,
    /// Points or premises concerned.
    pub points: usize,
    /// Why it is so much.
    pub because: Explanation,
}

/// An explanation that a person may accept: the content of the command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// Code of the cause.
    pub cause: Code,
    /// The same in words.
    pub title: String,
    /// How much of the imbalance.
    pub amount: Measure,
    /// What it rests on.
    pub evidence: Vec<EventId>,
}

/// What stands in no balance scope of the resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Points.
    pub points: Vec<PointName>,
    /// Premises without a point inside a scope.
    pub premises: Vec<PremisesOutside>,
}

/// Premises that no scope holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PremisesOutside {
    /// Which.
    pub premises: PremisesId,
    /// Number as on the door.
    pub number: Label,
    /// What they are charged without a meter; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_norm: Option<Measure>,
}
