//! The payment document as it is told to the outside. Field names are part of the JSON output.
//! `null` says that the ledger does not know: it is printed as «нет данных», never as 0.

use aggregates::account::bill::{BillKind, BillLine, VolumeMethod};
use aggregates::account::event::HolderKind;
use aggregates::account::instalments::{Deferral, InstalmentPart, InstalmentTerms};
use aggregates::building::payee::Payee;
use aggregates::ids::{AccountId, OrganisationId};
use aggregates::ledger::EventId;
use aggregates::quantity::{Measure, Money, Quantity, SquareMetre};
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::bills::document::facts::BalanceKind;
use crate::bills::document::payment::PaymentOrder;
use crate::recorded::EventAt;
use crate::settlement::CommonBasis;

/// A bill with all that is printed on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BillDocument {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// ЕЛС.
    pub unified_number: Option<Label>,
    /// ИЖКУ.
    pub service_number: Option<Label>,
    /// As what the holder is billed; no name stands in the ledger.
    pub holder: Option<HolderKind>,
    /// Address of the house.
    pub address: String,
    /// Number of the premises as on the door.
    pub premises: String,
    /// Area of the premises on the period's last day.
    pub area: Option<Quantity<SquareMetre>>,
    /// How many people the charges count on the period's last day.
    pub persons: Option<Persons>,
    /// The settlement period.
    pub period: Period,
    /// Monthly, or a final statement.
    pub kind: BillKind,
    /// Whether it went out.
    pub standing: Standing,
    /// Name of the rule edition.
    pub edition: String,
    /// Position of the book that the charges were computed at.
    pub computed_at: u64,
    /// Position of the book that debts, payments and details are told as of.
    pub position: u64,
    /// Day by which it must be delivered (ПП 354 п. 67).
    pub deliver_by: Option<NaiveDate>,
    /// Day by which it must be paid (ПП 354 п. 66).
    pub pay_by: Option<NaiveDate>,
    /// The lines, in the order of the bill.
    pub lines: Vec<DocumentLine>,
    /// Sums by resource, in the order of the first lines.
    pub services: Vec<ServiceTotal>,
    /// What is owed to each provider.
    pub providers: Vec<ProviderPart>,
    /// Sum of the charges of the period.
    pub charged: Money,
    /// Sum of the recalculations.
    pub recalculated: Money,
    /// Charges and recalculations: the total of the bill.
    pub total: Money,
    /// What is to be paid to all providers together: nothing that one owes back lowers what
    /// another is owed.
    pub to_pay: Money,
    /// Volumes of the house.
    pub house: Vec<HouseTotals>,
    /// Areas of the house.
    pub areas: HouseAreas,
    /// Meters of the premises.
    pub meters: Vec<MeterRow>,
    /// Recalculations with their bases.
    pub recalculations: Vec<Recalculation>,
    /// Rights to pay by instalments (ПП 354 п. 72).
    pub instalments: Vec<Instalment>,
    /// Schedules that this bill is paid by, as of the vantage.
    pub schedules: Vec<InstalmentSchedule>,
}

/// Whether a bill went out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// It went out.
    Issued {
        /// The event that issued it.
        event: EventAt,
        /// When the book took it in.
        at: DateTime<Utc>,
    },
    /// The period is not closed: nothing is owed by this paper.
    Preliminary,
}

/// The number of people that charges count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Persons {
    /// How many.
    pub count: u32,
    /// Whether they are owners, because nobody is registered here (п. 56(2)).
    pub owners: bool,
}

/// A line as it is printed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentLine {
    /// Its number in the bill, from 1: `why ACCOUNT/PERIOD/NUMBER` explains it.
    pub number: usize,
    /// What it charges, in Russian.
    pub title: String,
    /// Whether its volume is the premises' part of a common one.
    pub common: bool,
    /// Code of the way in which the volume was found.
    pub method_code: MethodCode,
    /// The line.
    pub line: BillLine,
    /// Where the printed volume by the printed price gives another kopeck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<RoundingNote>,
}

/// Printed volume × printed price, where it is not the amount of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RoundingNote {
    /// The volume as printed.
    pub printed: Measure,
    /// What it gives.
    pub product: Money,
}

/// Ways in which a volume is found, by the codes that large suppliers print (rules.md 10).
/// As JSON the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MethodCode {
    /// 0: no readings of a new meter for three months, or the service is off.
    Off,
    /// 1: the approved norm.
    Norm,
    /// 2: the individual meter.
    Meter,
    /// 3: the individual meter's average.
    Average,
    /// 4: the house meter.
    HouseMeter,
    /// 5: the norm for common property.
    CommonNorm,
    /// 6: the actual average of the year before (even payment of heat).
    YearAverage,
    /// 7: the average of the heat meters of others (ф. 3(7)).
    HeatMeters,
    /// 8: calculated otherwise: losses, the sum of other volumes, a contract's volume.
    Calculated,
}

impl MethodCode {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Norm => 1,
            Self::Meter => 2,
            Self::Average => 3,
            Self::HouseMeter => 4,
            Self::CommonNorm => 5,
            Self::YearAverage => 6,
            Self::HeatMeters => 7,
            Self::Calculated => 8,
        }
    }

    /// All codes, by number.
    pub const ALL: [Self; 9] = [
        Self::Off,
        Self::Norm,
        Self::Meter,
        Self::Average,
        Self::HouseMeter,
        Self::CommonNorm,
        Self::YearAverage,
        Self::HeatMeters,
        Self::Calculated,
    ];

    /// The code with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Off => "услуга не оказывалась или нет показаний нового прибора",
            Self::Norm => "норматив потребления",
            Self::Meter => "показания ИПУ",
            Self::Average => "среднее по ИПУ",
            Self::HouseMeter => "показания ОДПУ",
            Self::CommonNorm => "норматив на СОИ",
            Self::YearAverage => "среднее за прошлый год (равномерная оплата)",
            Self::HeatMeters => "среднее по ИПУ тепла других помещений (ф. 3(7))",
            Self::Calculated => "расчётный способ",
        }
    }

    /// The code of a line's volume.
    pub fn of(line: &BillLine) -> Self {
        let clause = line.clause.as_str();
        match line.method {
            VolumeMethod::Meter => Self::Meter,
            VolumeMethod::Average if clause.contains("3(7)") => Self::HeatMeters,
            VolumeMethod::Average => Self::Average,
            VolumeMethod::Norm => Self::Norm,
            VolumeMethod::HouseMeter => Self::HouseMeter,
            VolumeMethod::CommonNorm => Self::CommonNorm,
            VolumeMethod::Sum | VolumeMethod::Calculated | VolumeMethod::Mixed => Self::Calculated,
        }
    }
}

impl Serialize for MethodCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// Sums of one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceTotal {
    /// Which resource.
    pub resource: Resource,
    /// Charges of the period.
    pub charged: Money,
    /// The part of them that is there because of multipliers (п. 69).
    pub excess: Money,
    /// Recalculations.
    pub recalculated: Money,
    /// Both.
    pub total: Money,
}

/// What one provider is owed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProviderPart {
    /// The provider.
    pub organisation: OrganisationId,
    /// Its name; `null` where nobody told it.
    pub name: Option<String>,
    /// Its ИНН.
    pub inn: Option<String>,
    /// Where it is paid; `null` where nobody told it.
    pub payee: Option<Payee>,
    /// Charges of the period.
    pub charged: Money,
    /// Recalculations.
    pub recalculated: Money,
    /// Debt before the period, negative for an advance; `null`: нет данных.
    pub opening: Option<Due>,
    /// Paid since.
    pub paid: Option<Due>,
    /// Subsidies and benefits of the period that lower what is to be paid.
    pub help: Option<Due>,
    /// Penalties: told apart, in no sum here (rules.md 10).
    pub penalty: Option<Due>,
    /// Balance with the provider after this bill, negative where it owes the holder; `null` while
    /// debt or payments are not known.
    pub balance: Option<Money>,
    /// What of it is paid by instalments; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instalments: Option<Deferred>,
    /// What is to be paid by this bill: the balance where it is known and above zero, else the
    /// charges alone; less what is not due yet by a schedule of instalments.
    pub to_pay: Money,
    /// How to pay it by code; absent without details or without something to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentOrder>,
}

/// Money that somebody else stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// How much.
    pub amount: Money,
    /// End of which day the latest statement speaks of.
    pub as_of: NaiveDate,
    /// What was added up.
    pub kinds: Vec<BalanceKind>,
    /// The statements.
    pub events: Vec<EventAt>,
}

/// Volumes of the house for one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HouseTotals {
    /// Which resource.
    pub resource: Resource,
    /// What came in by the house meters; `null` where not known.
    pub house: Option<Measure>,
    /// What the premises consumed altogether.
    pub premises: Option<Measure>,
    /// What is shared out beside it.
    pub common: Option<Measure>,
    /// By what that was found.
    pub basis: CommonBasis,
    /// The part above the norm that the provider bears (п. 44).
    pub borne_by_provider: Option<Measure>,
    /// House meters.
    pub meters: Vec<MeterRow>,
}

/// Areas of the house, m².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HouseAreas {
    /// S_об: all premises.
    pub all_premises: Option<Quantity<SquareMetre>>,
    /// S_ои: heated common premises.
    pub common_heated: Option<Quantity<SquareMetre>>,
    /// S_ои for water.
    pub common_water: Option<Quantity<SquareMetre>>,
    /// S_ои for electricity.
    pub common_electricity: Option<Quantity<SquareMetre>>,
    /// S_инд: premises without heating devices.
    pub without_heating: Option<Quantity<SquareMetre>>,
    /// Premises with heat meters of their own.
    pub with_heat_meters: Option<Quantity<SquareMetre>>,
}

/// A meter with its readings of the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeterRow {
    /// What it measures.
    pub resource: Resource,
    /// Name of its point on site.
    pub label: Label,
    /// Its serial number.
    pub serial: Label,
    /// Last day of its verification; `null` where nobody told it.
    pub verified_until: Option<NaiveDate>,
    /// The reading that is counted from.
    pub previous: Option<ReadingShown>,
    /// The reading that is counted to; `null` while none came.
    pub current: Option<ReadingShown>,
    /// By register.
    pub registers: Vec<RegisterShown>,
    /// What it counted; `null` where that is not known.
    pub consumption: Option<Measure>,
    /// What was calculated in the place of a reading, in Russian.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A reading beside a bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingShown {
    /// When the display showed it.
    pub at: DateTime<Utc>,
    /// Who reported it, in Russian.
    pub source: &'static str,
    /// The event.
    pub event: EventAt,
}

/// One register of a meter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegisterShown {
    /// Which.
    pub register: Code,
    /// What it showed before.
    pub previous: Option<Measure>,
    /// What it shows.
    pub current: Option<Measure>,
}

/// A recalculation with its basis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recalculation {
    /// Number of the line in the bill.
    pub line: usize,
    /// Which resource.
    pub resource: Resource,
    /// The period that is mended.
    pub period: Period,
    /// How much.
    pub amount: Money,
    /// By which code.
    pub code: RecalculationCode,
    /// Why, in Russian.
    pub basis: String,
    /// The events that caused it.
    pub causes: Vec<EventId>,
}

/// Codes of recalculations (rules.md 10). As JSON the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecalculationCode {
    /// 1: residents or area.
    ResidentsOrArea,
    /// 2: temporary absence.
    Absence,
    /// 3: quality.
    Quality,
    /// 4: refined readings of a meter.
    Refined,
    /// 5: another reason.
    Other,
    /// 6: a court's decision.
    Court,
    /// 7: a volume by the norm: outage of a meter, its acceptance.
    NormVolume,
    /// 8: account opened or closed.
    Account,
    /// 9: correction by the house meter.
    HouseMeter,
    /// 10: unmetered consumption.
    Unmetered,
}

impl RecalculationCode {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::ResidentsOrArea => 1,
            Self::Absence => 2,
            Self::Quality => 3,
            Self::Refined => 4,
            Self::Other => 5,
            Self::Court => 6,
            Self::NormVolume => 7,
            Self::Account => 8,
            Self::HouseMeter => 9,
            Self::Unmetered => 10,
        }
    }
}

impl Serialize for RecalculationCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// A right to pay by instalments (ПП 354 п. 72).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Instalment {
    /// For which resource.
    pub resource: Resource,
    /// Charges of the period.
    pub charged: Money,
    /// Charges of the same period of the year before.
    pub year_before: Money,
}

/// What a bill asks of charges that are paid by instalments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deferred {
    /// Taken out of the charges of this month.
    pub deferred: Money,
    /// Parts that this bill asks for, of earlier charges and of this one.
    pub due: Money,
    /// What is not due yet after it.
    pub outstanding: Money,
}

/// A schedule of instalments (ПП 354 п. 72).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstalmentSchedule {
    /// Which charge.
    pub of: Deferral,
    /// Name of the provider; `null` where nobody told it.
    pub provider_name: Option<String>,
    /// How much was deferred.
    pub deferred: Money,
    /// The parts as they fall due: the rest at once where the schedule has ended.
    pub parts: Vec<InstalmentPart>,
    /// What it comes to in this bill.
    pub now: Deferred,
    /// Why the rest falls due at once; absent while nothing ends the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<ScheduleEnd>,
    /// What the rules allowed.
    pub terms: InstalmentTerms,
    /// Number of the application.
    pub act: Label,
    /// Its date.
    pub act_date: NaiveDate,
    /// The event that agreed it.
    pub event: EventAt,
}

/// Why the rest of a schedule falls due at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScheduleEnd {
    /// The period whose bill asks for the rest.
    pub from: Period,
    /// Why, in Russian.
    pub why: &'static str,
    /// The event.
    pub event: EventAt,
}
