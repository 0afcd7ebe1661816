//! Events of a metering point. Names and fields are the storage format: pinned by tests, changed
//! only by upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{MeterId, PremisesId};
use crate::ledger::LedgerFact;
use crate::meter::reading::RegisterValue;
use crate::quantity::{Measure, Percent};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource, filed_at};

/// What may happen to a metering point (точка учёта).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MeteringPointEvent {
    /// The point became known to the book.
    PointRegistered {
        /// What is measured.
        resource: Resource,
        /// Whose consumption it is.
        kind: PointKind,
        /// Name on site: `кухня`, `ввод 1`.
        label: Label,
        /// The premises, for points inside them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        premises: Option<PremisesId>,
    },
    /// A meter was put in here.
    MeterAttached {
        /// Which.
        meter: MeterId,
        /// When.
        at: DateTime<Utc>,
        /// What it showed.
        initial: Vec<RegisterValue>,
    },
    /// The meter was taken away.
    MeterDetached {
        /// Which.
        meter: MeterId,
        /// When.
        at: DateTime<Utc>,
        /// What it showed; empty when the display gave nothing.
        r#final: Vec<RegisterValue>,
    },
    /// A component of the node was put in.
    ComponentInstalled {
        /// Name within the node: `calculator`, `flow-1`, `thermometers-1`.
        component: Code,
        /// What it is.
        kind: ComponentKind,
        /// Serial number.
        serial: Label,
        /// Last day of its verification, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verified_until: Option<NaiveDate>,
        /// When.
        at: DateTime<Utc>,
    },
    /// A component was verified.
    ComponentVerified {
        /// Which.
        component: Code,
        /// When it was done.
        performed_on: NaiveDate,
        /// Last day of validity.
        valid_until: NaiveDate,
        /// Record in ФГИС «Аршин», where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registry_record: Option<Label>,
    },
    /// A component was taken away.
    ComponentRemoved {
        /// Which.
        component: Code,
        /// When.
        at: DateTime<Utc>,
    },
    /// Допуск узла учёта в эксплуатацию, for a term (ПП 1034 п. 61–73).
    NodeAdmitted {
        /// The act.
        act: ActRef,
        /// From when, and until when.
        validity: DateSpan,
    },
    /// The admission ended before its term.
    NodeAdmissionEnded {
        /// First day without admission.
        on: NaiveDate,
        /// Why: `component_replaced`, `seal_broken`, `owner_request` …
        cause: Code,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Losses between the node and the boundary of responsibility.
    BoundaryLossSet {
        /// How they are reckoned.
        loss: BoundaryLoss,
        /// From which day.
        from: NaiveDate,
        /// Contract or calculation.
        act: ActRef,
    },
    /// The factor k of the radiator that a distributor hangs on became known: by how much its
    /// readings count against those of others.
    RadiatorFactorSet {
        /// k.
        factor: RadiatorFactor,
        /// From which day.
        from: NaiveDate,
        /// Project or act of installation.
        act: ActRef,
    },
    /// The point is not used any more.
    PointClosed {
        /// First day.
        on: NaiveDate,
        /// Why: `merged`, `abolished`, `registered_by_mistake`.
        cause: Code,
    },
}

/// Whose consumption a point measures.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PointKind {
    /// ОДПУ: an input of the house.
    House,
    /// ИПУ: one device of premises.
    Individual,
    /// Общий (квартирный) прибор of a communal flat.
    CommunalFlat,
    /// Комнатный прибор.
    Room,
    /// What passes through to another house.
    Transit,
    /// Распределитель of heat on a radiator.
    Distributor,
    /// Own needs of the house: lifts, lighting.
    Technical,
}

impl PointKind {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::House => "ввод дома",
            Self::Individual => "индивидуальный прибор",
            Self::CommunalFlat => "общий квартирный прибор",
            Self::Room => "комнатный прибор",
            Self::Transit => "транзит",
            Self::Distributor => "распределитель",
            Self::Technical => "общедомовые нужды",
        }
    }
}

/// Parts of a node.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// Тепловычислитель.
    Calculator,
    /// Расходомер.
    FlowPart,
    /// Пара термопреобразователей.
    ThermometerPair,
    /// Датчик давления.
    PressureSensor,
    /// Трансформатор тока or напряжения.
    Transformer,
    /// Модем.
    Modem,
}

/// How losses to the boundary are reckoned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BoundaryLoss {
    /// A share of what the node shows.
    Share {
        /// Per cent, added to the node's value.
        percent: Percent,
    },
    /// A fixed amount a calendar month.
    Monthly {
        /// How much, added to the node's value.
        amount: Measure,
    },
}

/// How much heat a radiator gives for one unit of its distributor, against other radiators: output,
/// coupling and temperature of the room in one number (EN 834).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct RadiatorFactor(#[schemars(with = "Decimal")] Decimal);

impl RadiatorFactor {
    /// The number.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for RadiatorFactor {
    type Error = NoRadiatorFactor;

    fn try_from(factor: Decimal) -> Result<Self, Self::Error> {
        match factor > Decimal::ZERO && factor <= Decimal::ONE_HUNDRED {
            true => Ok(Self(factor)),
            false => Err(NoRadiatorFactor(factor)),
        }
    }
}

impl From<RadiatorFactor> for Decimal {
    fn from(factor: RadiatorFactor) -> Self {
        factor.0
    }
}

/// A number that no radiator has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("коэффициент радиатора {0} не бывает: больше 0 и не больше 100")]
pub struct NoRadiatorFactor(pub Decimal);

event_names!(MeteringPointEvent {
    PointRegistered,
    MeterAttached,
    MeterDetached,
    ComponentInstalled,
    ComponentVerified,
    ComponentRemoved,
    NodeAdmitted,
    NodeAdmissionEnded,
    BoundaryLossSet,
    RadiatorFactorSet,
    PointClosed,
});

impl LedgerFact for MeteringPointEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::PointRegistered { .. } => None,
            Self::MeterAttached { at, .. }
            | Self::MeterDetached { at, .. }
            | Self::ComponentInstalled { at, .. }
            | Self::ComponentRemoved { at, .. } => Some(*at),
            Self::ComponentVerified { performed_on, .. } => filed_at(*performed_on),
            Self::NodeAdmitted { validity, .. } => filed_at(validity.from()),
            Self::NodeAdmissionEnded { on, .. } | Self::PointClosed { on, .. } => filed_at(*on),
            Self::BoundaryLossSet { from, .. } | Self::RadiatorFactorSet { from, .. } => {
                filed_at(*from)
            }
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
