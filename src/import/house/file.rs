//! The house file: everything that must be known of a house before its first reading.
//!
//! `energokabinet schema house` prints the JSON Schema of these types; `docs/formats/house.md`
//! explains them. Names and phones of people have no place here: an account's holder is a kind.

use aggregates::building::address::{Address, BuildingKind, Location};
use aggregates::building::arrangement::{
    LatePolicy, Management, ProviderRole, ReadingsOwner, ReportTerms, SupplyContract,
};
use aggregates::building::event::{BuildingAreaPurpose, CompanyRole, HeatLayout, HeatingPayment};
use aggregates::building::payee::Payee;
use aggregates::organisation::registration::{Inn, Kpp, Ogrn};
use aggregates::quantity::{Measure, Quantity, SquareMetre};
use aggregates::text::{Code, Label};
use aggregates::time::ZoneName;
use aggregates::vocabulary::{ActRef, FactSource, Resource};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::import::house::file_metering::{
    AdmissionEntry, ComponentEntry, LossEntry, MeterEntry, NormEntry, PointEntry, ScopeEntry,
    ScopeMemberEntry, ScopeMembers, SealEntry, TariffEntry, VerificationEntry,
};
pub use crate::import::house::file_premises::{
    AbsenceEntry, AccountEntry, AmenitiesEntry, BalanceEntry, HeatSourceEntry, ImpossibilityEntry,
    OwnersEntry, PremisesAreaEntry, PremisesEntry, ResidentsEntry, SeparateBillingEntry,
};

/// A house with all that is metered in it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseFile {
    /// Always `energokabinet/house/v1`.
    pub format: FileFormat,
    /// The house itself.
    pub building: BuildingEntry,
    /// Companies that the file speaks of; elsewhere named by their `key`.
    pub organisations: Vec<OrganisationEntry>,
    /// What companies are to the house.
    #[serde(default)]
    pub relations: Vec<RelationEntry>,
    /// Where providers are paid: printed on bills, carried by their payment codes.
    #[serde(default)]
    pub payees: Vec<PayeeEntry>,
    /// Who provides, reads and bills each resource; nothing is settled without it.
    pub arrangements: Vec<ArrangementEntry>,
    /// When readings are taken in; the law's default is “until the 25th”.
    #[serde(default)]
    pub windows: Vec<WindowEntry>,
    /// Areas of the whole house.
    #[serde(default)]
    pub areas: Vec<BuildingAreaEntry>,
    /// How the house is heated and pays for it.
    #[serde(default)]
    pub heating: HeatingEntry,
    /// Flats, rooms, offices, stores, parking places.
    pub premises: Vec<PremisesEntry>,
    /// Where what is measured, and by which meters.
    pub points: Vec<PointEntry>,
    /// Which points stand under which house meters.
    #[serde(default)]
    pub scopes: Vec<ScopeEntry>,
    /// Tariffs in force.
    #[serde(default)]
    pub tariffs: Vec<TariffEntry>,
    /// Norms in force.
    #[serde(default)]
    pub norms: Vec<NormEntry>,
}

/// Version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FileFormat {
    /// The only one so far.
    #[serde(rename = "energokabinet/house/v1")]
    HouseV1,
}

/// The house.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingEntry {
    /// Address; its `fias` names the house for ever and is required here.
    pub address: Address,
    /// What it is.
    pub kind: BuildingKind,
    /// IANA time zone, for example `Asia/Yekaterinburg`.
    pub zone: ZoneName,
    /// Place on the map.
    #[serde(default)]
    pub location: Option<Location>,
    /// Storeys.
    #[serde(default)]
    pub floors: Option<u16>,
    /// Entrances.
    #[serde(default)]
    pub entrances: Option<u16>,
    /// Year of construction.
    #[serde(default)]
    pub built_in: Option<i32>,
    /// WMO number of the weather station, with the day it was linked from.
    #[serde(default)]
    pub weather_station: Option<WeatherStationEntry>,
}

/// Weather station of the house.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeatherStationEntry {
    /// WMO number.
    pub station: Code,
    /// From which day.
    pub from: NaiveDate,
}

/// A company.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// Its short name within this file.
    pub key: Code,
    /// Name as in ЕГРЮЛ.
    pub name: Label,
    /// ИНН with its check digits.
    pub inn: Inn,
    /// КПП.
    #[serde(default)]
    pub kpp: Option<Kpp>,
    /// ОГРН with its check digit.
    #[serde(default)]
    pub ogrn: Option<Ogrn>,
}

/// Where a provider is paid.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayeeEntry {
    /// `key` of the provider.
    pub organisation: Code,
    /// From which day bills print the details.
    pub from: NaiveDate,
    /// The details, as the contract with the bank gives them.
    pub details: Payee,
}

/// What a company is to the house.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationEntry {
    /// `key` of the company.
    pub organisation: Code,
    /// As what.
    pub role: CompanyRole,
    /// Resources; empty means all.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// First day.
    pub from: NaiveDate,
    /// First day after the term.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Contract.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// A row of the arrangement (rules 0.2).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrangementEntry {
    /// Resource.
    pub resource: Resource,
    /// First day.
    pub from: NaiveDate,
    /// First day after the term.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// How the house is managed.
    pub management: Management,
    /// `key` of the provider.
    pub provider: Code,
    /// As what the provider acts.
    pub provider_role: ProviderRole,
    /// `key` of the РСО where it is another one.
    #[serde(default)]
    pub supplier: Option<Code>,
    /// Contract between УК and РСО.
    #[serde(default)]
    pub contract: Option<SupplyContract>,
    /// Who owns residents' readings.
    pub readings_owner: ReadingsOwner,
    /// `key` of the biller.
    pub biller: Code,
    /// `key` of the company to which residents' readings are owed.
    pub readings_owed_to: Code,
    /// By which day of the month.
    pub readings_owed_by_day: u8,
    /// Report of the house meters.
    #[serde(default)]
    pub report: Option<ReportTerms>,
}

/// Days on which readings are taken in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowEntry {
    /// Resource.
    pub resource: Resource,
    /// From which day.
    pub from: NaiveDate,
    /// First day of the month.
    #[serde(default)]
    pub opens_on_day: Option<u8>,
    /// Last day of the month.
    pub closes_on_day: u8,
    /// How delayed readings are dated.
    pub late_policy: LatePolicy,
    /// Contract, meeting's decision or the law.
    pub basis: Label,
}

/// An area of the whole house.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingAreaEntry {
    /// Which area.
    pub purpose: BuildingAreaPurpose,
    /// m².
    pub area: Quantity<SquareMetre>,
    /// From which day.
    pub from: NaiveDate,
    /// By which document.
    pub source: FactSource,
}

/// Heating of the house.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeatingEntry {
    /// Layout of the pipes.
    #[serde(default)]
    pub layout: Option<HeatLayoutEntry>,
    /// Ways of paying, oldest first.
    #[serde(default)]
    pub payment: Vec<HeatingPaymentEntry>,
    /// Starts and ends of heating seasons, oldest first.
    #[serde(default)]
    pub seasons: Vec<HeatingSeasonEntry>,
    /// What the house used for heating in years before this book, by somebody else's books: what a
    /// year of even payment rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<HeatingYearEntry>,
    /// Mean outdoor temperatures of the linked weather station, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<TemperatureEntry>,
}

/// The mean outdoor temperature of one day or of several.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemperatureEntry {
    /// First day.
    pub from: NaiveDate,
    /// First day after; the day after `from` where left out.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// °C.
    pub mean: Measure,
    /// `key` of the organisation that states it.
    pub organisation: Code,
    /// In which paper.
    pub act: ActRef,
}

/// Heat of a year that was metered before the book began.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeatingYearEntry {
    /// The calendar year.
    pub year: i32,
    /// For heating only, Гкал.
    pub heat: Measure,
    /// `key` of the organisation whose books say so.
    pub organisation: Code,
    /// In which paper.
    pub act: ActRef,
}

/// Layout of heating pipes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeatLayoutEntry {
    /// Horizontal or vertical.
    pub layout: HeatLayout,
    /// From which day.
    pub from: NaiveDate,
    /// By which document.
    pub source: FactSource,
}

/// Way of paying for heat.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeatingPaymentEntry {
    /// Which way.
    pub mode: HeatingPayment,
    /// From which day.
    pub from: NaiveDate,
    /// The region's act.
    pub act: ActRef,
}

/// Start or end of a heating season.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HeatingSeasonEntry {
    /// First day with heating.
    Started {
        /// The day.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
    /// First day without heating.
    Ended {
        /// The day.
        on: NaiveDate,
        /// The act.
        act: ActRef,
    },
}
