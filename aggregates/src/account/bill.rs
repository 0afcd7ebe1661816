//! Счёт: the lines that a bill carries.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use chrono::NaiveDate;

use crate::ids::OrganisationId;
use crate::ledger::EventId;
use crate::quantity::{Measure, Money, Percent, TariffRate, exact};
use crate::tariff_book::event::TariffComponent;
use crate::text::{Code, Label};
use crate::time::Period;
use crate::vocabulary::Resource;

/// What one line charges: two lines of a bill never have the same key and period.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ChargeKey {
    /// Which resource.
    pub resource: Resource,
    /// Which part of the charge.
    pub part: ChargePart,
    /// Which part of the price.
    pub component: TariffComponent,
    /// Zone of the day (register name); `None` for a single-rate price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Code>,
    /// First day that price and multiplier of the line hold for: the first of the month, or the
    /// day within it on which one of them changed.
    pub from: NaiveDate,
}

/// Parts of the charge for one resource.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChargePart {
    /// Individual consumption; for heating the whole charge by formula 3 and its kin.
    Individual,
    /// Превышение платы из-за повышающего коэффициента (ПП 354 п. 69): money only, no volume.
    MultiplierExcess,
    /// Перерасчёт of own consumption for a temporary absence (ПП 354 п. 86, 90): a credit.
    Absence,
    /// КР на СОИ: resources for common property, inside «содержание» (ПП 491 п. 29).
    CommonProperty,
    /// Yearly correction of КР на СОИ by the house meter (ПП 491 п. 29(3)): money only.
    CommonPropertyCorrection,
    /// ОДН: common needs as a utility service (ПП 354 п. 44).
    CommonNeeds,
    /// Перерасчёт после проверки (ПП 354 п. 61): a control reading against a submitted one that was
    /// charged, at the price of the period of the check.
    CheckRecalculation,
    /// Доначисление for interference with a meter or an unauthorised connection (ПП 354 п. 62,
    /// 81(11)).
    Interference,
    /// What the price is lowered by while a meter that is out of order is not replaced in its term
    /// (ПП 354 п. 80(1)): money only, no volume.
    LateReplacement,
    /// Yearly correction of heating that is paid evenly (ПП 354 п. 42(1), прил. 2 ф. 3(4)): money
    /// only, negative for a credit.
    HeatingCorrection,
    /// Корректировка of heating by distributors of heat (ПП 354 п. 42(1), прил. 2 ф. 6): money
    /// only, negative for a credit.
    DistributorCorrection,
    /// НДС on top of a net price.
    Vat,
}

impl ChargePart {
    /// Whether it corrects a year that is over: an account that was closed meanwhile has it too.
    pub fn is_of_a_year(self) -> bool {
        matches!(
            self,
            Self::CommonPropertyCorrection | Self::HeatingCorrection | Self::DistributorCorrection
        )
    }
}

/// How a volume was found: what a bill shows beside it (ПП 354 п. 69).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VolumeMethod {
    /// By the meter.
    Meter,
    /// By the meter's average (п. 59).
    Average,
    /// By the norm of consumption (п. 60, формула 4).
    Norm,
    /// By the house meter, shared out (формулы 3, 11, 12 …).
    HouseMeter,
    /// By the norm for common property (формула 15).
    CommonNorm,
    /// The sum of other volumes of the same premises (водоотведение).
    Sum,
    /// By a calculation of an act or a contract: what equipment takes, what was agreed.
    Calculated,
    /// The volume of premises where several methods met in one month.
    Mixed,
}

/// Whether a line charges its bill's own period or mends an earlier one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The charge of the bill's own period.
    Charge,
    /// Перерасчёт of a period billed before.
    Adjustment,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BillLine {
    /// Charge or adjustment.
    pub kind: LineKind,
    /// The settlement period the charge belongs to: the bill's own, or the one adjusted.
    pub period: Period,
    /// What is charged.
    pub charge: ChargeKey,
    /// To whom it is owed.
    pub provider: OrganisationId,
    /// The account's part of the volume, HALF_UP at 12 decimals; of an adjustment the change.
    /// `None` for lines of money only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Measure>,
    /// How the volume was found; of an adjustment: how it is found now.
    pub method: VolumeMethod,
    /// The price; `None` where an adjustment joins volumes of several prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<TariffRate>,
    /// НДС within the price, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Percent>,
    /// Повышающий коэффициент that a [`ChargePart::MultiplierExcess`] comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Multiplier>,
    /// Money, rounded HALF_UP to the kopeck once (rules 13.1); negative for a credit.
    pub amount: Money,
    /// Clause and formula, for example `ПП 354 прил. 2 ф. 1`.
    pub clause: Label,
    /// For an adjustment: the events recorded after the closing that caused it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caused_by: Vec<EventId>,
}

/// A multiplier such as 1.5, as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Multiplier(
    #[serde(
        serialize_with = "exact::serialize",
        deserialize_with = "exact::deserialize"
    )]
    Decimal,
);

impl Multiplier {
    /// The multiplier `value`.
    pub fn new(value: Decimal) -> Self {
        Self(exact::normalised(value))
    }

    /// The number.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl JsonSchema for Multiplier {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Multiplier".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "decimal string" })
    }
}

/// Kinds of bill.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// The bill of a month.
    Monthly,
    /// Перерасчёт to an account that is closed already.
    FinalStatement,
}

/// Adjustments of closed periods that another provider owes or is owed now: they stand in no bill
/// of the house, the provider settles them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderNotice {
    /// The settlement period in which they were found.
    pub period: Period,
    /// The provider of the closed periods.
    pub provider: OrganisationId,
    /// Position of the book that they were computed at.
    pub computed_at: u64,
    /// SHA-256 of the rule edition, 64 hexadecimal digits.
    pub edition_hash: Code,
    /// Version of the engine.
    pub engine: Label,
    /// The adjustments.
    pub lines: Vec<BillLine>,
    /// Sum of the lines.
    pub total: Money,
}

/// A bill as it is issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    /// For which settlement period.
    pub period: Period,
    /// What kind.
    pub kind: BillKind,
    /// Position of the book that it was computed at.
    pub computed_at: u64,
    /// SHA-256 of the rule edition, 64 hexadecimal digits.
    pub edition_hash: Code,
    /// Version of the engine.
    pub engine: Label,
    /// The lines: charges, then adjustments.
    pub lines: Vec<BillLine>,
    /// Sum of the lines.
    pub total: Money,
}
