//! Events of premises. Names and fields are the storage format: pinned by tests, changed only by
//! upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{OrganisationId, PremisesId};
use crate::ledger::LedgerFact;
use crate::quantity::{Fraction, Quantity, SquareMetre};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, FactSource, Resource, filed_at};

/// What may happen to premises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PremisesEvent {
    /// The premises became known to the book.
    PremisesRegistered {
        /// Number as on the door: `12`, `12а`, `к. 3`.
        number: Label,
        /// What they are.
        kind: PremisesKind,
        /// The communal flat that a room belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part_of: Option<PremisesId>,
        /// Entrance (подъезд), where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entrance: Option<Label>,
        /// Storey, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<i16>,
        /// Number in ГИС ЖКХ, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gis_number: Option<Label>,
    },
    /// An area by purpose.
    PremisesAreaRecorded {
        /// Which area.
        purpose: PremisesAreaPurpose,
        /// Its size, m².
        area: Quantity<SquareMetre>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// How many people live here.
    ResidentsRecorded {
        /// Registered permanently.
        registered: u16,
        /// Living temporarily.
        temporary: u16,
        /// When.
        validity: DateSpan,
        /// By which document.
        source: FactSource,
    },
    /// How many owners there are: counts where nobody is registered (ПП 354 п. 56(2)).
    OwnersRecorded {
        /// Shares, one an owner; empty when only their number is known.
        shares: Vec<Fraction>,
        /// Number of owners.
        count: u16,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Consumers applied for перерасчёт of a temporary absence (ПП 354 п. 86–97). The provider's
    /// answer is part of it; a later row of the same days takes the place of this one.
    AbsenceRecorded {
        /// How many of those living here were away.
        persons: u16,
        /// Day of departure: not counted (п. 90).
        departed: NaiveDate,
        /// Day of return: not counted either.
        returned: NaiveDate,
        /// Day of the application (п. 91).
        applied_on: NaiveDate,
        /// What proves the absence (п. 93).
        act: ActRef,
        /// Why the provider refused, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<AbsenceRefusal>,
    },
    /// Акт об отсутствии технической возможности установки ИПУ, for one resource.
    MeteringImpossible {
        /// Of which resource.
        resource: Resource,
        /// When.
        validity: DateSpan,
        /// The act.
        act: ActRef,
    },
    /// Where the heat of the premises comes from.
    HeatSourceRecorded {
        /// Which source.
        heating: HeatSource,
        /// From which day.
        from: NaiveDate,
        /// By which act or document, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
        /// Kind of document.
        source: FactSource,
    },
    /// A resource of these premises is billed by somebody else than the house's.
    SeparateBillingSet {
        /// Which resource.
        resource: Resource,
        /// Who bills.
        biller: OrganisationId,
        /// When.
        validity: DateSpan,
        /// Contract.
        act: ActRef,
    },
    /// Category by which norms are chosen (степень благоустройства).
    AmenitiesRecorded {
        /// Code of the category in the tariff book.
        category: Code,
        /// Rooms, where the norm depends on them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rooms: Option<u8>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// The use of the premises changed.
    UseChanged {
        /// What they are now.
        kind: PremisesKind,
        /// From which day.
        from: NaiveDate,
        /// The act.
        act: ActRef,
    },
}

/// Kinds of premises.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PremisesKind {
    /// Квартира.
    Flat,
    /// Коммунальная квартира.
    CommunalFlat,
    /// Комната коммунальной квартиры.
    Room,
    /// Офис.
    Office,
    /// Магазин.
    Store,
    /// Кладовая.
    StorageRoom,
    /// Машино-место.
    ParkingPlace,
    /// Other non-residential premises.
    OtherNonResidential,
}

impl PremisesKind {
    /// Whether people live there.
    pub fn is_residential(self) -> bool {
        matches!(self, Self::Flat | Self::CommunalFlat | Self::Room)
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Flat => "квартира",
            Self::CommunalFlat => "коммунальная квартира",
            Self::Room => "комната",
            Self::Office => "офис",
            Self::Store => "магазин",
            Self::StorageRoom => "кладовая",
            Self::ParkingPlace => "машино-место",
            Self::OtherNonResidential => "нежилое помещение",
        }
    }
}

/// Why a provider refuses перерасчёт of a temporary absence.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceRefusal {
    /// A meter could be put in and was not (п. 86).
    NoImpossibilityAct,
    /// Nothing proves it (п. 93).
    NotProved,
    /// The application came too late (п. 91).
    AppliedLate,
    /// What was presented turned out untrue (п. 97).
    Disproved,
}

impl AbsenceRefusal {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::NoImpossibilityAct => {
                "нет акта об отсутствии технической возможности установить прибор (п. 86)"
            }
            Self::NotProved => "отсутствие не подтверждено документами (п. 93)",
            Self::AppliedLate => "заявление подано позже срока (п. 91)",
            Self::Disproved => "представленные сведения не подтвердились (п. 97)",
        }
    }
}

/// Purposes of an area of premises.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PremisesAreaPurpose {
    /// Общая площадь, S_i.
    Total,
    /// Жилая площадь.
    Living,
    /// Отапливаемая площадь.
    Heated,
}

/// Sources of heat.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HeatSource {
    /// The house's heating.
    Central,
    /// Индивидуальный источник, lawfully installed (КС РФ 46-П).
    OwnBoiler,
    /// No heating devices by the technical documents.
    None,
}

impl HeatSource {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Central => "общедомовое отопление",
            Self::OwnBoiler => "свой котёл",
            Self::None => "нет отопительных приборов",
        }
    }
}

event_names!(PremisesEvent {
    PremisesRegistered = "1.1.0",
    PremisesAreaRecorded,
    ResidentsRecorded,
    OwnersRecorded,
    AbsenceRecorded,
    MeteringImpossible,
    HeatSourceRecorded,
    SeparateBillingSet,
    AmenitiesRecorded,
    UseChanged,
});

impl LedgerFact for PremisesEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::PremisesRegistered { .. } => None,
            Self::PremisesAreaRecorded { from, .. }
            | Self::OwnersRecorded { from, .. }
            | Self::HeatSourceRecorded { from, .. }
            | Self::AmenitiesRecorded { from, .. }
            | Self::UseChanged { from, .. } => filed_at(*from),
            Self::ResidentsRecorded { validity, .. }
            | Self::MeteringImpossible { validity, .. }
            | Self::SeparateBillingSet { validity, .. } => filed_at(validity.from()),
            Self::AbsenceRecorded { departed, .. } => filed_at(*departed),
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
