//! Events of a tariff book. Names and fields are the storage format: pinned by tests, changed only
//! by upcasters.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::OrganisationId;
use crate::ledger::{EventId, LedgerFact};
use crate::quantity::{Measure, NormRate, Percent, TariffRate};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, AdoptionSource, Resource, filed_at};

/// What may happen to a tariff book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TariffBookEvent {
    /// The book of tariffs was opened.
    TariffBookOpened {
        /// For which territory or house.
        title: Label,
    },
    /// A tariff came into force.
    TariffSet {
        /// What is priced and for whom.
        key: TariffKey,
        /// The price.
        price: TariffPrice,
        /// When it holds.
        validity: DateSpan,
        /// Who sells.
        supplier: OrganisationId,
        /// Act of the regulator, or where the figure was read.
        basis: RateBasis,
        /// Where it was adopted from, if not typed in here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        adopted: Option<AdoptionSource>,
    },
    /// A tariff was set by mistake and counts as never set.
    TariffWithdrawn {
        /// The event that set it.
        tariff: EventId,
        /// Why: `typing_mistake`, `act_annulled` …
        reason: Code,
    },
    /// A norm came into force.
    NormSet {
        /// What is normed and for whom.
        key: NormKey,
        /// How much.
        rate: NormRate,
        /// When it holds.
        validity: DateSpan,
        /// Act of the region, or where the figure was read.
        basis: RateBasis,
    },
}

/// What a price or a norm rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RateBasis {
    /// The act itself.
    Act {
        /// Its number and date.
        act: ActRef,
    },
    /// A publication that gives the figure; the act was not seen.
    Publication {
        /// Where it was read.
        source: Label,
    },
    /// Invented or derived for a demonstration: no figure to bill by.
    Demonstration {
        /// How it was derived.
        source: Label,
    },
}

/// What a norm is for: resource × purpose × category of premises × rooms × persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormKey {
    /// Of which resource.
    pub resource: Resource,
    /// `individual`, `common_property`, `heating_of_water` …
    pub purpose: Code,
    /// Category of premises (степень благоустройства); `all` where there is none.
    pub category: Code,
    /// Rooms of the flat, where the norm depends on them; the greatest stands for it and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<u8>,
    /// Residents of the flat, where the norm depends on them; the greatest stands for it and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<u8>,
}

/// What a tariff prices: resource × component × zone × range × payers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffKey {
    /// Which resource.
    pub resource: Resource,
    /// Which part of its price.
    pub component: TariffComponent,
    /// Zone of the day (register name); `None` for a single-rate tariff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Code>,
    /// Range of the monthly volume; `None` where the price does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<VolumeRange>,
    /// For whom: `population`, `population_electric_stoves`, `others` …
    pub payers: Code,
}

/// Components of a price.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TariffComponent {
    /// The whole price.
    Single,
    /// Компонент на холодную воду.
    ColdWater,
    /// Компонент на теплоноситель.
    HeatCarrier,
    /// Компонент на тепловую энергию.
    HeatEnergy,
}

impl TariffComponent {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Single => "весь тариф",
            Self::ColdWater => "холодная вода",
            Self::HeatCarrier => "теплоноситель",
            Self::HeatEnergy => "тепловая энергия",
        }
    }
}

/// A range of the monthly volume, half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeRange {
    /// Above this volume.
    pub above: Measure,
    /// Up to and including this volume; `None` without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Measure>,
}

/// A price with its tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffPrice {
    /// Roubles a unit.
    pub rate: TariffRate,
    /// НДС, per cent; `None` where the supplier pays none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Percent>,
    /// Whether `rate` holds the tax already.
    pub vat_included: bool,
}

event_names!(TariffBookEvent {
    TariffBookOpened,
    TariffSet,
    TariffWithdrawn,
    NormSet
});

impl LedgerFact for TariffBookEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::TariffSet { validity, .. } | Self::NormSet { validity, .. } => {
                filed_at(validity.from())
            }
            Self::TariffBookOpened { .. } | Self::TariffWithdrawn { .. } => None,
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
