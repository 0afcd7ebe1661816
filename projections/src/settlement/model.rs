//! A settlement as it is told to the outside. Field names are part of the JSON output.

use aggregates::account::bill::{
    Bill, BillKind, BillLine, ChargeKey, ChargePart, Multiplier, ProviderNotice, VolumeMethod,
};
use aggregates::building::event::PeriodTotal;
use aggregates::ids::{AccountId, MeterId, MeteringPointId, OrganisationId, PremisesId};
use aggregates::meter::command::Imputation;
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::premises::event::PremisesKind;
use aggregates::quantity::{Money, Percent, TariffRate, Unit};
use aggregates::text::{Code, Label};
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::Resource;
use serde::Serialize;

use crate::consumption::QueryError;
use crate::explanation::Explanation;
use crate::recorded::{EventAt, FoldError};
use crate::rules::GapReason;
use crate::rules::Parameter;
pub use crate::settlement::exact_volume::{ExactVolume, VOLUME_DECIMALS};
pub use crate::settlement::problem::{Problem, ProblemKind, Severity};
use crate::settlement::ratio::Ratio;
use crate::volume::Volume;

/// What a house costs in one settlement period, as far as the book knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settlement {
    /// The settlement period.
    pub period: Period,
    /// Position of the book that it was settled as of.
    pub position: u64,
    /// Name of the rule edition.
    pub edition: String,
    /// Hash of the rule edition.
    pub edition_hash: String,
    /// One service a resource with an arrangement on the period's last day, in the order of
    /// [`Resource::ALL`].
    pub services: Vec<HouseService>,
    /// What each account that is open in the period is charged for it, in the order of numbers.
    pub accounts: Vec<AccountCharges>,
    /// Volumes calculated in the place of readings that did not come: proposed, not yet recorded.
    pub gaps: Vec<FilledGap>,
    /// What a person must look at.
    pub problems: Vec<Problem>,
    /// The rows of the rules that a figure was asked of, by name and beginning.
    pub rules: Vec<Parameter>,
}

impl Settlement {
    /// The service of a resource.
    pub fn service(&self, resource: Resource) -> Option<&HouseService> {
        self.services
            .iter()
            .find(|service| service.resource == resource)
    }

    /// What an account is charged.
    pub fn account(&self, account: AccountId) -> Option<&AccountCharges> {
        self.accounts
            .iter()
            .find(|charges| charges.account == account)
    }

    /// Problems with which the period cannot be closed.
    pub fn blocking(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.is_blocking())
    }
}

/// One utility of the house for the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HouseService {
    /// Which resource.
    pub resource: Resource,
    /// Исполнитель.
    pub provider: OrganisationId,
    /// Who prints the bill.
    pub biller: OrganisationId,
    /// Whether the house's own bill carries it.
    pub billed_here: bool,
    /// The arrangement that it is provided by.
    pub arrangement: EventAt,
    /// Unit of the volumes.
    pub unit: Unit,
    /// What came in by the house meters.
    pub house: Volume,
    /// What the premises consumed altogether, those without a volume left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumed: Option<ExactVolume>,
    /// What is shared out among the premises beside their own consumption.
    pub common: CommonPart,
    /// The account of КР на СОИ; absent where the common part is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<CommonAccount>,
    /// Every premises that uses the service, in the order of numbers.
    pub premises: Vec<PremisesSettlement>,
    /// Why the house's figures are so.
    pub because: Explanation,
}

/// The account of КР на СОИ for a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommonAccount {
    /// V_d less all premises, with its sign; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<ExactVolume>,
    /// What is due by the house meter, what was carried over taken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<ExactVolume>,
    /// What lowers the following months.
    pub carried_over: ExactVolume,
    /// What the УК owes the РСО under its contract; absent where nothing tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed_to_supplier: Option<ExactVolume>,
    /// Why.
    pub because: Explanation,
}

/// What is shared out among all premises.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommonPart {
    /// `common_property` (КР на СОИ), `common_needs` (ОДН); absent for heat and gas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<ChargePart>,
    /// By what it was found.
    pub basis: CommonBasis,
    /// The volume of the whole house that is shared out; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<ExactVolume>,
    /// The part above the norm that the provider bears (п. 44).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borne_by_provider: Option<ExactVolume>,
}

/// By what a common part was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CommonBasis {
    /// The house meter less the premises (ф. 11, 12); for heat the bracket of ф. 3 and its kin.
    HouseMeter,
    /// The mean month of the year before, as the owners decided (ПП 491 п. 29(2)).
    Average,
    /// The norm (ф. 15).
    Norm,
    /// None: not charged.
    None,
}

/// One premises and one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PremisesSettlement {
    /// The premises.
    pub premises: PremisesId,
    /// Number as on the door.
    pub number: Label,
    /// What they are on the period's last day.
    pub kind: PremisesKind,
    /// Who bills this service here, where it is not the house's own bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_by: Option<OrganisationId>,
    /// Their own consumption; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<ExactVolume>,
    /// How it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<VolumeMethod>,
    /// The charges of the whole premises, before they are split among rooms and accounts.
    pub charges: Vec<Charge>,
    /// The rooms of a communal flat that is billed by rooms: their volumes and charges are parts of
    /// its own, not further ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<PremisesSettlement>,
}

/// A charge of whole premises: exact, not yet rounded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Charge {
    /// What is charged.
    pub key: ChargeKey,
    /// Days of the month that it is for, from `key.from` on.
    pub days: u32,
    /// To whom it is owed.
    pub provider: OrganisationId,
    /// How much was consumed; absent for money only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<ExactVolume>,
    /// How the volume was found.
    pub method: VolumeMethod,
    /// The price; absent where the volume falls into several ranges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<TariffRate>,
    /// НДС and how it stands to the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<Vat>,
    /// Повышающий коэффициент that the charge comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Multiplier>,
    /// Roubles, exact.
    pub amount: Ratio,
    /// Clause and formula.
    pub clause: Label,
    /// Why it is so much, down to the events.
    pub because: Explanation,
}

/// НДС of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Vat {
    /// Its rate.
    pub percent: Percent,
    /// Whether the price holds it already.
    pub included: bool,
}

/// What one account is charged for the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountCharges {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// The premises.
    pub premises: PremisesId,
    /// The lines, by key.
    pub lines: Vec<ExplainedLine>,
    /// Sum of the rounded lines.
    pub total: Money,
}

/// A line of a bill with the reason for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedLine {
    /// The line.
    pub line: BillLine,
    /// Why it is so.
    pub because: Explanation,
}

/// A bill with the reason of each of its lines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountBill {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// The premises.
    pub premises: PremisesId,
    /// Monthly, or a final statement of an account that is closed.
    pub kind: BillKind,
    /// Charges, then adjustments.
    pub lines: Vec<ExplainedLine>,
    /// Sum of the lines.
    pub total: Money,
}

/// A volume calculated in the place of a reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilledGap {
    /// The device.
    pub meter: MeterId,
    /// Its serial number.
    pub serial: Label,
    /// Where it stands.
    pub point: MeteringPointId,
    /// The premises of the point; absent for a house meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<PremisesId>,
    /// Of what.
    pub resource: Resource,
    /// For which period.
    pub period: Period,
    /// The part of the period that is filled.
    pub interval: Interval,
    /// Volumes, one a register, as they are to be recorded.
    pub volumes: Vec<RegisterValue>,
    /// Average or norm.
    pub method: ImputationMethod,
    /// Why there was nothing to go by.
    pub reason: GapReason,
    /// Which calculated period in a row this is, from 1.
    pub run: u32,
    /// Clause of the law.
    pub clause: Label,
    /// The events it was calculated from.
    pub inputs: Vec<EventAt>,
    /// How it was calculated.
    pub because: Explanation,
}

impl FilledGap {
    /// The command's content by which closing records it.
    pub fn imputation(&self, edition: Label) -> Imputation {
        Imputation {
            volumes: self.volumes.clone(),
            period: self.period,
            interval: self.interval,
            method: self.method,
            clause: self.clause.clone(),
            edition,
            inputs: self.inputs.iter().map(EventAt::event_id).collect(),
        }
    }
}

/// A settlement that cannot be told at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettlementError {
    /// Without the house there are no months.
    #[error("дом не зарегистрирован в журнале к этому моменту: рассчитать нечего")]
    BuildingNotRegistered,
    /// A closed period is not closed again.
    #[error("период {period} уже закрыт")]
    AlreadyClosed {
        /// The period.
        period: Period,
    },
    /// A gap that was filled does not fit the book.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The edition of the rules is for another period.
    #[error("редакция правил дана за {edition}, а рассчитывается {period}")]
    AnotherEdition {
        /// Period of the edition.
        edition: Period,
        /// Period to settle.
        period: Period,
    },
    /// A fact lies outside the years that periods are defined for.
    #[error("в журнале есть факт с датой вне 1901–2199 годов: исправьте дату")]
    OutOfCalendar,
    /// The rules do not say what the settlement needs.
    #[error("{0}")]
    Rules(String),
    /// A figure leaves the range that can be kept.
    #[error("сумма или объём за {period} не помещается в 28 десятичных знаков")]
    TooLarge {
        /// The period.
        period: Period,
    },
    /// The consumption of a point cannot be told.
    #[error(transparent)]
    Consumption(#[from] QueryError),
}

/// What closing a period appends to the book: in this order, at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closing {
    /// The period that is closed.
    pub period: Period,
    /// Position of the book that it was computed at.
    pub computed_at: u64,
    /// Version of the engine.
    pub engine: Label,
    /// Hash of the rule edition, as the events carry it.
    pub edition_hash: Code,
    /// The settlement of the period, gaps of earlier periods filled.
    pub settlement: Settlement,
    /// Gaps to record: those of earlier periods first.
    pub imputations: Vec<GapToRecord>,
    /// One bill an open account, then final statements.
    pub bills: Vec<AccountBill>,
    /// Adjustments that belong to a provider who has been succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<AccountNotice>,
    /// Totals of the house.
    pub totals: Vec<PeriodTotal>,
    /// Problems of the period, and what hinders mending earlier ones.
    pub problems: Vec<Problem>,
    /// Uncertain rows of the rules that this period or a mended one uses and nobody answers for in
    /// this house.
    pub unconfirmed: Vec<Parameter>,
}

impl Closing {
    /// Problems with which the period cannot be closed; empty where it can.
    pub fn blocking(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.is_blocking())
    }

    /// The bill of an account.
    pub fn bill(&self, account: AccountId) -> Option<&AccountBill> {
        self.bills.iter().find(|bill| bill.account == account)
    }

    /// A bill in the form in which it is issued.
    pub fn issued(&self, bill: &AccountBill) -> Bill {
        Bill {
            period: self.period,
            kind: bill.kind,
            computed_at: self.computed_at,
            edition_hash: self.edition_hash.clone(),
            engine: self.engine.clone(),
            lines: bill.lines.iter().map(|line| line.line.clone()).collect(),
            total: bill.total,
        }
    }
}

impl Closing {
    /// A notice in the form in which it goes out.
    pub fn noticed(&self, notice: &AccountNotice) -> ProviderNotice {
        ProviderNotice {
            period: self.period,
            provider: notice.provider,
            computed_at: self.computed_at,
            edition_hash: self.edition_hash.clone(),
            engine: self.engine.clone(),
            lines: notice.lines.iter().map(|line| line.line.clone()).collect(),
            total: notice.total,
        }
    }

    /// Problems that ask for a cause, whether or not they have one.
    pub fn asking(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.asks_cause())
    }
}

/// Adjustments of one account that belong to a former provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountNotice {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// The provider.
    pub provider: OrganisationId,
    /// The adjustments.
    pub lines: Vec<ExplainedLine>,
    /// Sum of the lines.
    pub total: Money,
}

/// A gap with the edition it was filled by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapToRecord {
    /// The gap.
    pub gap: FilledGap,
    /// Name of the edition of its period.
    pub edition: Label,
}

impl GapToRecord {
    /// The command's content by which closing records it.
    pub fn imputation(&self) -> Imputation {
        self.gap.imputation(self.edition.clone())
    }
}
