//! Events of an access grant. Names and fields are the storage format: pinned by tests, changed
//! only by upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, OrganisationId, PersonId, PremisesId};
use crate::ledger::LedgerFact;
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource, filed_at};

/// What may happen to a right of access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AccessGrantEvent {
    /// A right was given.
    AccessGranted {
        /// To whom.
        grantee: Grantee,
        /// As what.
        role: AccessRole,
        /// To what in this book.
        scope: AccessScope,
        /// Which resources; empty means all.
        resources: Vec<Resource>,
        /// When.
        validity: DateSpan,
        /// Contract, protocol or statement.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<ActRef>,
    },
    /// The right was narrowed or its term changed.
    AccessLimited {
        /// Resources from now on; empty means all.
        resources: Vec<Resource>,
        /// The new term.
        validity: DateSpan,
    },
    /// The right was taken away.
    AccessRevoked {
        /// First day without it.
        on: NaiveDate,
        /// Why.
        reason: RevocationReason,
    },
}

/// Who has a right: ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grantee {
    /// A person.
    Person(PersonId),
    /// Everybody whom an organisation sends.
    Organisation(OrganisationId),
}

/// As what one has a right.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// Диспетчер УК.
    Dispatcher,
    /// Бухгалтер УК.
    Accountant,
    /// Главный бухгалтер УК.
    ChiefAccountant,
    /// Инженер УК.
    Engineer,
    /// Администратор УК.
    Administrator,
    /// РСО.
    Supplier,
    /// Сервисная компания.
    Service,
    /// Аудитор.
    Auditor,
    /// Старший по дому.
    Senior,
    /// Собственник.
    Owner,
    /// Наниматель or арендатор.
    Tenant,
    /// Член семьи.
    Family,
}

impl AccessRole {
    /// Whether it is the role of somebody who lives or owns here.
    pub fn is_resident(self) -> bool {
        matches!(self, Self::Owner | Self::Tenant | Self::Family)
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Dispatcher => "диспетчер",
            Self::Accountant => "бухгалтер",
            Self::ChiefAccountant => "главный бухгалтер",
            Self::Engineer => "инженер",
            Self::Administrator => "администратор",
            Self::Supplier => "РСО",
            Self::Service => "сервисная компания",
            Self::Auditor => "аудитор",
            Self::Senior => "старший по дому",
            Self::Owner => "собственник",
            Self::Tenant => "наниматель",
            Self::Family => "член семьи",
        }
    }
}

/// To what one has a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessScope {
    /// The whole book.
    Book,
    /// One premises.
    Premises(PremisesId),
    /// One account.
    Account(AccountId),
}

/// Why a right ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// The contract ended.
    ContractEnded,
    /// The person left or sold.
    RelationEnded,
    /// At the grantee's own wish.
    OwnWish,
    /// Misuse.
    Misuse,
    /// Given by mistake.
    GivenByMistake,
}

event_names!(AccessGrantEvent {
    AccessGranted,
    AccessLimited,
    AccessRevoked
});

impl LedgerFact for AccessGrantEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::AccessGranted { validity, .. } | Self::AccessLimited { validity, .. } => {
                filed_at(validity.from())
            }
            Self::AccessRevoked { on, .. } => filed_at(*on),
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
