//! The house file: everything that must be known of a house before its first reading.
//!
//! `energokabinet schema house` prints the JSON Schema of these types; `docs/formats/house.md`
//! explains them. Names and phones of people have no place here: an account's holder is a kind.

use std::num::NonZeroU16;

use aggregates::account::event::HolderKind;
use aggregates::building::address::{Address, BuildingKind, Location};
use aggregates::building::arrangement::{
    LatePolicy, Management, ProviderRole, ReadingsOwner, ReportTerms, SupplyContract,
};
use aggregates::building::event::{
    BuildingAreaPurpose, CompanyRole, HeatLayout, HeatingPayment, Sign,
};
use aggregates::meter::model::{ModelRef, RegisterSpec};
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::event::{BoundaryLoss, ComponentKind, PointKind};
use aggregates::organisation::registration::{Inn, Kpp, Ogrn};
use aggregates::premises::event::{HeatSource, PremisesAreaPurpose, PremisesKind};
use aggregates::quantity::{Fraction, Money, NormRate, Percent, Quantity, SquareMetre, TariffRate};
use aggregates::tariff_book::event::{RateBasis, TariffComponent, VolumeRange};
use aggregates::text::{Code, Label};
use aggregates::time::ZoneName;
use aggregates::vocabulary::{ActRef, FactSource, Resource};
use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// A metering point with its meters.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointEntry {
    /// Short name, unique in the house: `12:cold-kitchen`, `input-1:cold`.
    pub name: Code,
    /// What is measured.
    pub resource: Resource,
    /// Whose consumption it is.
    pub kind: PointKind,
    /// Name on site.
    pub label: Label,
    /// Number of the premises, for points inside them; a room is `flat/room`.
    #[serde(default)]
    pub premises: Option<Label>,
    /// Meters, in the order of their installation.
    #[serde(default)]
    pub meters: Vec<MeterEntry>,
    /// Components of a node.
    #[serde(default)]
    pub components: Vec<ComponentEntry>,
    /// Admission of a node.
    #[serde(default)]
    pub admissions: Vec<AdmissionEntry>,
    /// Losses to the boundary.
    #[serde(default)]
    pub losses: Vec<LossEntry>,
}

/// A meter at its point.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterEntry {
    /// Serial number, unique in the house for its resource.
    pub serial: Label,
    /// Type.
    #[serde(default)]
    pub model: Option<ModelRef>,
    /// Registers.
    pub registers: Vec<RegisterSpec>,
    /// Verification interval in months.
    #[serde(default)]
    pub verification_interval_months: Option<u16>,
    /// Year of manufacture.
    #[serde(default)]
    pub made_in: Option<i32>,
    /// When it was put in.
    pub installed_at: DateTime<FixedOffset>,
    /// What it showed then.
    pub initial: Vec<RegisterValue>,
    /// Act of commissioning; a meter without it is marked (V14).
    #[serde(default)]
    pub commissioned: Option<ActRef>,
    /// Number of the seal and its place.
    #[serde(default)]
    pub seal: Option<SealEntry>,
    /// Verifications.
    #[serde(default)]
    pub verifications: Vec<VerificationEntry>,
}

/// A seal.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealEntry {
    /// Number.
    pub number: Label,
    /// Where on the device.
    pub place: Label,
}

/// A verification.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationEntry {
    /// When it was done.
    pub performed_on: NaiveDate,
    /// Last day of validity.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    /// Certificate.
    #[serde(default)]
    pub certificate: Option<Label>,
    /// Record in «Аршин».
    #[serde(default)]
    pub registry_record: Option<Label>,
}

/// A component of a node.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentEntry {
    /// Name within the node.
    pub component: Code,
    /// What it is.
    pub kind: ComponentKind,
    /// Serial number.
    pub serial: Label,
    /// Last day of its verification.
    #[serde(default)]
    pub verified_until: Option<NaiveDate>,
    /// When it was put in.
    pub installed_at: DateTime<FixedOffset>,
}

/// Admission of a node.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmissionEntry {
    /// The act.
    pub act: ActRef,
    /// First day.
    pub from: NaiveDate,
    /// First day after the term.
    pub until: NaiveDate,
}

/// Loss between a node and the boundary.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossEntry {
    /// How it is reckoned.
    pub loss: BoundaryLoss,
    /// From which day.
    pub from: NaiveDate,
    /// Contract or calculation.
    pub act: ActRef,
}

/// Balance scope.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// Resource.
    pub resource: Resource,
    /// Name: `house`, `input-1`.
    pub name: Code,
    /// From which day.
    pub from: NaiveDate,
    /// House meters.
    pub house: Vec<ScopeMemberEntry>,
    /// Points inside.
    pub members: ScopeMembers,
}

/// Which points stand inside a scope.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScopeMembers {
    /// Every individual, communal-flat and technical point of the resource in this file; room
    /// meters are left out, since their flat's meter already counts them.
    AllOfResource,
    /// The same for the premises of these entrances.
    Entrances(Vec<Label>),
    /// Exactly these points.
    Points(Vec<ScopeMemberEntry>),
}

/// A point in a scope.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeMemberEntry {
    /// `name` of the point.
    pub point: Code,
    /// Adds or takes away.
    #[serde(default = "plus")]
    pub sign: Sign,
}

fn plus() -> Sign {
    Sign::Plus
}

/// A tariff.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffEntry {
    /// Resource.
    pub resource: Resource,
    /// Part of the price.
    pub component: TariffComponent,
    /// Zone of the day.
    #[serde(default)]
    pub zone: Option<Code>,
    /// Range of the monthly volume.
    #[serde(default)]
    pub range: Option<VolumeRange>,
    /// For whom.
    pub payers: Code,
    /// Roubles a unit.
    pub rate: TariffRate,
    /// НДС, per cent.
    #[serde(default)]
    pub vat: Option<Percent>,
    /// Whether `rate` holds the tax.
    pub vat_included: bool,
    /// First day.
    pub from: NaiveDate,
    /// First day after.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// `key` of the supplier.
    pub supplier: Code,
    /// Act of the regulator, or where the figure was read.
    pub basis: RateBasis,
}

/// A norm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormEntry {
    /// Resource.
    pub resource: Resource,
    /// `individual`, `common_property`, `heating_of_water`.
    pub purpose: Code,
    /// Category of premises; `all` where there is none.
    pub category: Code,
    /// Rooms, where the norm depends on them; the greatest stands for it and more.
    #[serde(default)]
    pub rooms: Option<u8>,
    /// Residents, where the norm depends on them; the greatest stands for it and more.
    #[serde(default)]
    pub persons: Option<u8>,
    /// How much.
    pub rate: NormRate,
    /// First day.
    pub from: NaiveDate,
    /// First day after.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Act of the region, or where the figure was read.
    pub basis: RateBasis,
}
