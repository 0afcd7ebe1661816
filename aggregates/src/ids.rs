//! Ids of the things the ledger speaks of: one alphabetical list, append-only.
//!
//! Every id is a UUID wrapped in its own type, so that an account cannot be passed for premises.
//! An id of a thing inside a book is derived from the book and the thing's own name (UUID v5), so
//! a repeated import finds the same thing again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id that this thing has in `book` under its own name `key` (UUID v5 of both).
            pub fn named(book: BookId, key: &str) -> Self {
                Self(Uuid::new_v5(&book.0, format!("{}/{key}", $kind).as_bytes()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Right of a person or an organisation to see or do something, with dates.
    AccessGrantId = "access_grant";
    /// Лицевой счёт: who is billed for premises.
    AccountId = "account";
    /// Партия закрытий: a month of many houses, closed together.
    BatchId = "closing_batch";
    /// Журнал: the ordered sequence of events of one building or one organisation. A building's
    /// book carries the building's own id, an organisation's book the organisation's.
    BookId = "book";
    /// Исправление, asked for by one and approved by another.
    CorrectionId = "correction";
    /// Спор about a figure of a bill.
    DisputeId = "dispute";
    /// A stored document; its bytes lie outside the events.
    DocumentId = "document";
    /// Прибор учёта: a device with a serial number.
    MeterId = "meter";
    /// Точка учёта: where a resource is measured; outlives the meters installed there.
    MeteringPointId = "metering_point";
    /// A text (reason, comment, file name) kept outside the events.
    NoteId = "note";
    /// A company: УК, РСО, service company, billing centre.
    OrganisationId = "organisation";
    /// A person; the name lives outside the events.
    PersonId = "person";
    /// Помещение: flat, room, office, store, parking place.
    PremisesId = "premises";
    /// Tariffs and norms in force for a house.
    TariffBookId = "tariff_book";
}

/// Root of the ids that are derived from public identifiers (ФИАС GUID, ИНН).
const NAMESPACE: Uuid = Uuid::from_u128(0x7c1a_5b0e_3f54_4d52_9e0c_6a1d_29c4_8b10);

impl BookId {
    /// The book of the building with this ФИАС/ГАР house GUID.
    pub fn of_building(fias: Uuid) -> Self {
        Self(Uuid::new_v5(
            &NAMESPACE,
            format!("building/{fias}").as_bytes(),
        ))
    }

    /// The book of the deployment itself: what concerns many houses and no single company.
    pub fn of_deployment() -> Self {
        Self(Uuid::new_v5(&NAMESPACE, b"deployment"))
    }

    /// The book of the organisation with this ИНН (and КПП, where branches differ).
    pub fn of_organisation(inn: &str, kpp: Option<&str>) -> Self {
        let key = format!("organisation/{inn}/{}", kpp.unwrap_or("-"));
        Self(Uuid::new_v5(&NAMESPACE, key.as_bytes()))
    }
}

impl OrganisationId {
    /// The organisation with this ИНН and КПП; equals the id of its book.
    pub fn of(inn: &str, kpp: Option<&str>) -> Self {
        Self(BookId::of_organisation(inn, kpp).0)
    }
}
