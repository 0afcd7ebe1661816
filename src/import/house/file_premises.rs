//! Premises and accounts of the house file.

use std::num::NonZeroU16;

use aggregates::account::event::HolderKind;
use aggregates::premises::event::{AbsenceRefusal, HeatSource, PremisesAreaPurpose, PremisesKind};
use aggregates::quantity::{Fraction, Money, Quantity, SquareMetre};
use aggregates::text::{Code, Label};
use aggregates::vocabulary::{ActRef, FactSource, Resource};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Premises with their accounts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PremisesEntry {
    /// Number as on the door; a room's is unique within its flat.
    pub number: Label,
    /// What they are.
    pub kind: PremisesKind,
    /// Number of the communal flat that the room belongs to.
    #[serde(default)]
    pub part_of: Option<Label>,
    /// Entrance.
    #[serde(default)]
    pub entrance: Option<Label>,
    /// Storey.
    #[serde(default)]
    pub floor: Option<i16>,
    /// Number in ГИС ЖКХ.
    #[serde(default)]
    pub gis_number: Option<Label>,
    /// Areas.
    #[serde(default)]
    pub areas: Vec<PremisesAreaEntry>,
    /// Residents.
    #[serde(default)]
    pub residents: Vec<ResidentsEntry>,
    /// Owners.
    #[serde(default)]
    pub owners: Vec<OwnersEntry>,
    /// Temporary absences applied for.
    #[serde(default)]
    pub absences: Vec<AbsenceEntry>,
    /// Acts of technical impossibility.
    #[serde(default)]
    pub metering_impossible: Vec<ImpossibilityEntry>,
    /// Where heat comes from.
    #[serde(default)]
    pub heat_sources: Vec<HeatSourceEntry>,
    /// Resources billed by somebody else.
    #[serde(default)]
    pub separate_billing: Vec<SeparateBillingEntry>,
    /// Category by which norms are chosen.
    #[serde(default)]
    pub amenities: Vec<AmenitiesEntry>,
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<AccountEntry>,
}

/// An area of premises.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PremisesAreaEntry {
    /// Which area.
    pub purpose: PremisesAreaPurpose,
    /// m².
    pub area: Quantity<SquareMetre>,
    /// From which day.
    pub from: NaiveDate,
    /// By which document.
    pub source: FactSource,
}

/// Residents of premises.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentsEntry {
    /// Registered permanently.
    pub registered: u16,
    /// Living temporarily.
    #[serde(default)]
    pub temporary: u16,
    /// From which day.
    pub from: NaiveDate,
    /// First day after.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// By which document.
    pub source: FactSource,
}

/// Owners of premises.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnersEntry {
    /// How many.
    pub count: NonZeroU16,
    /// Their shares, where known.
    #[serde(default)]
    pub shares: Vec<Fraction>,
    /// From which day.
    pub from: NaiveDate,
    /// By which document.
    pub source: FactSource,
}

/// A temporary absence with the answer to the application (ПП 354 п. 86–97).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceEntry {
    /// How many of those living here were away.
    pub persons: NonZeroU16,
    /// Day of departure.
    pub departed: NaiveDate,
    /// Day of return.
    pub returned: NaiveDate,
    /// Day of the application.
    pub applied_on: NaiveDate,
    /// What proves it.
    pub act: ActRef,
    /// Why it is refused, where it is.
    #[serde(default)]
    pub refused: Option<AbsenceRefusal>,
}

/// Act of technical impossibility of metering.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpossibilityEntry {
    /// Of which resource.
    pub resource: Resource,
    /// From which day.
    pub from: NaiveDate,
    /// First day after.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The act.
    pub act: ActRef,
}

/// Source of heat.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeatSourceEntry {
    /// Which source.
    pub heating: HeatSource,
    /// From which day.
    pub from: NaiveDate,
    /// The act.
    #[serde(default)]
    pub act: Option<ActRef>,
    /// Kind of document.
    pub source: FactSource,
}

/// A resource of the premises billed by somebody else.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeparateBillingEntry {
    /// Which.
    pub resource: Resource,
    /// `key` of the biller.
    pub biller: Code,
    /// From which day.
    pub from: NaiveDate,
    /// First day after.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Contract.
    pub act: ActRef,
}

/// Category of premises for norms.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmenitiesEntry {
    /// Code of the category, as in `norms`.
    pub category: Code,
    /// Rooms.
    #[serde(default)]
    pub rooms: Option<u8>,
    /// From which day.
    pub from: NaiveDate,
    /// By which document.
    pub source: FactSource,
}

/// An account of the premises.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// Number of the лицевой счёт, unique in the house.
    pub number: Label,
    /// Kind of holder; never a name.
    pub holder: HolderKind,
    /// `key` of the holder, where it is a company.
    #[serde(default)]
    pub organisation: Option<Code>,
    /// Share of the premises billed here, `1/1` when absent.
    #[serde(default)]
    pub share: Option<Fraction>,
    /// From which day.
    pub from: NaiveDate,
    /// ЕЛС.
    #[serde(default)]
    pub unified_number: Option<Label>,
    /// ИЖКУ.
    #[serde(default)]
    pub service_number: Option<Label>,
    /// Balances handed over.
    #[serde(default)]
    pub balances: Vec<BalanceEntry>,
}

/// A balance handed over by a billing centre or a former company.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalanceEntry {
    /// `key` of the company.
    pub from: Code,
    /// End of which day it states.
    pub as_of: NaiveDate,
    /// `key` of the provider to whom it is owed, where the statement says.
    #[serde(default)]
    pub provider: Option<Code>,
    /// Resource; absent for the whole account.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// `debt`, `advance`, `penalty` …
    pub kind: Code,
    /// Roubles; negative when overpaid.
    pub amount: Money,
    /// Document.
    pub act: ActRef,
}
