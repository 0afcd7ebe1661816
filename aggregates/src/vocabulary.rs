//! Words that several aggregates share. Their JSON spelling is part of the storage format.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BookId, DocumentId, NoteId, OrganisationId};
use crate::quantity::Unit;
use crate::text::{Code, Label};

/// Коммунальный ресурс.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// ХВС, холодная вода.
    ColdWater,
    /// ГВС, горячая вода.
    HotWater,
    /// Тепловая энергия.
    Heat,
    /// Электрическая энергия.
    Electricity,
    /// Газ.
    Gas,
    /// Водоотведение.
    Sewage,
    /// Холод (централизованное холодоснабжение).
    Cooling,
}

/// Units of thermal energy.
pub const HEAT_UNITS: &[Unit] = &[
    Unit::Gigacalorie,
    Unit::Gigajoule,
    Unit::MegawattHour,
    Unit::KilowattHour,
];

impl Resource {
    /// All resources, in the order lists show them.
    pub const ALL: [Self; 7] = [
        Self::ColdWater,
        Self::HotWater,
        Self::Heat,
        Self::Electricity,
        Self::Gas,
        Self::Sewage,
        Self::Cooling,
    ];

    /// As written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::ColdWater => "cold_water",
            Self::HotWater => "hot_water",
            Self::Heat => "heat",
            Self::Electricity => "electricity",
            Self::Gas => "gas",
            Self::Sewage => "sewage",
            Self::Cooling => "cooling",
        }
    }

    /// The resource with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|resource| resource.code() == code)
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::ColdWater => "холодная вода",
            Self::HotWater => "горячая вода",
            Self::Heat => "тепло",
            Self::Electricity => "электроэнергия",
            Self::Gas => "газ",
            Self::Sewage => "водоотведение",
            Self::Cooling => "холод",
        }
    }

    /// Units that an amount of the resource is reckoned in. A meter of it may show others besides,
    /// such as the temperature of the water.
    pub fn amount_units(self) -> &'static [Unit] {
        match self {
            Self::ColdWater | Self::Sewage | Self::Gas => &[Unit::CubicMetre],
            Self::HotWater => &[Unit::CubicMetre, Unit::Tonne],
            Self::Electricity => &[Unit::KilowattHour, Unit::MegawattHour],
            Self::Heat | Self::Cooling => HEAT_UNITS,
        }
    }
}

/// An act, order, protocol or certificate that a fact rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActRef {
    /// Number as written on the act.
    pub number: Label,
    /// Date of the act.
    pub date: NaiveDate,
    /// The scan, where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentRef>,
}

/// A document by the hash of its bytes; the bytes lie outside the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Id in the document store.
    pub id: DocumentId,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: Code,
}

/// A text kept outside the events, with a salted commitment to it (64 hexadecimal digits).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRef {
    /// Id in the side store.
    pub id: NoteId,
    /// Salted SHA-256 commitment of the text.
    pub commitment: Code,
}

/// Where a value or a series taken over from elsewhere stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AdoptionSource {
    /// An event of another book of this ledger.
    Book {
        /// The source book.
        book: BookId,
        /// The event's position there, from 1.
        position: u64,
        /// The event's leaf hash, 64 hexadecimal digits.
        leaf_hash: Code,
    },
    /// An organisation outside the ledger.
    Organisation {
        /// Who gave it.
        organisation: OrganisationId,
        /// In which document.
        act: ActRef,
    },
}

/// Which document a recorded size (area, residents) rests on; ЕГРН prevails (ПП 354 п. 36).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// Единый государственный реестр недвижимости.
    Egrn,
    /// Технический паспорт (БТИ).
    TechnicalPassport,
    /// Проектная документация.
    Project,
    /// Акт обследования или обмера.
    Act,
    /// Регистрационный учёт граждан.
    RegistrationOffice,
    /// Заявление собственника.
    OwnerStatement,
    /// Передано прежней УК или расчётным центром.
    HandedOver,
}

/// Who reported a reading.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReadingSource {
    /// Current value read from the device over a line.
    Polled,
    /// Record of the device's own archive.
    Archive,
    /// The resident, in the cabinet or the app.
    Resident,
    /// Обход старшего по дому.
    SeniorsRound,
    /// Dictated by telephone.
    Phone,
    /// Written on a paper form.
    Paper,
    /// Typed in by the company's staff.
    Staff,
    /// Taken by an inspector on a round.
    Inspector,
    /// From an imported file whose rows name no other source.
    Import,
    /// Sent by the supplier (РСО).
    Supplier,
    /// From the supplier's intelligent system (ИСУ, ПП 890).
    Isu,
    /// From ГИС ЖКХ.
    GisZhkh,
    /// From the billing centre (ЕРЦ).
    BillingCentre,
    /// Контрольное снятие by an act.
    Control,
}

impl ReadingSource {
    /// Whether a person sent it, so that hints about mistakes and reminders make sense.
    pub fn is_submitted(self) -> bool {
        matches!(
            self,
            Self::Resident | Self::SeniorsRound | Self::Phone | Self::Paper | Self::Staff
        )
    }

    /// As written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Polled => "polled",
            Self::Archive => "archive",
            Self::Resident => "resident",
            Self::SeniorsRound => "seniors_round",
            Self::Phone => "phone",
            Self::Paper => "paper",
            Self::Staff => "staff",
            Self::Inspector => "inspector",
            Self::Import => "import",
            Self::Supplier => "supplier",
            Self::Isu => "isu",
            Self::GisZhkh => "gis_zhkh",
            Self::BillingCentre => "billing_centre",
            Self::Control => "control",
        }
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Polled => "опрос",
            Self::Archive => "архив прибора",
            Self::Resident => "житель",
            Self::SeniorsRound => "обход старшего",
            Self::Phone => "телефон",
            Self::Paper => "бланк",
            Self::Staff => "сотрудник",
            Self::Inspector => "контролёр",
            Self::Import => "импорт",
            Self::Supplier => "РСО",
            Self::Isu => "ИСУ",
            Self::GisZhkh => "ГИС ЖКХ",
            Self::BillingCentre => "расчётный центр",
            Self::Control => "контрольное снятие",
        }
    }
}

/// Midnight UTC of a date: the instant under which a fact known only by its date is filed.
/// Decisions about days use the date itself in the house's time zone.
pub fn filed_at(date: NaiveDate) -> Option<DateTime<Utc>> {
    date.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc())
}
