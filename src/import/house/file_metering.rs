//! Metering points, balance scopes, tariffs and norms of the house file.

use aggregates::building::event::Sign;
use aggregates::meter::model::{ModelRef, RegisterSpec, TransformerRatio};
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::event::{BoundaryLoss, ComponentKind, PointKind, RadiatorFactor};
use aggregates::quantity::{NormRate, Percent, TariffRate};
use aggregates::tariff_book::event::{RateBasis, TariffComponent, VolumeRange};
use aggregates::text::{Code, Label};
use aggregates::vocabulary::{ActRef, Resource};
use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// The meter that stands there: one, or none. A replacement is recorded apart.
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
    /// Factors of the radiator under a distributor.
    #[serde(default)]
    pub radiators: Vec<RadiatorEntry>,
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
    /// Коэффициент трансформации, where electricity is metered through transformers.
    #[serde(default)]
    pub transformer_ratio: Option<TransformerRatio>,
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

/// Factor of the radiator under a distributor.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RadiatorEntry {
    /// k: above 0, at most 100.
    pub factor: RadiatorFactor,
    /// From which day.
    pub from: NaiveDate,
    /// Project or act of installation.
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
