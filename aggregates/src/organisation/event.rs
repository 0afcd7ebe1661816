//! Events of an organisation. Names and fields are the storage format: pinned by tests, changed
//! only by upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::LedgerFact;
use crate::organisation::registration::{Inn, Kpp, Ogrn};
use crate::text::Label;
use crate::vocabulary::filed_at;

/// What may happen to an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum OrganisationEvent {
    /// The organisation became known to the ledger.
    OrganisationRegistered {
        /// Name as in ЕГРЮЛ, of a legal person.
        name: Label,
        /// ИНН.
        inn: Inn,
        /// КПП.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kpp: Option<Kpp>,
        /// ОГРН.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ogrn: Option<Ogrn>,
    },
    /// The organisation changed its name.
    OrganisationRenamed {
        /// The new one.
        name: Label,
        /// From which day.
        from: NaiveDate,
    },
}

event_names!(OrganisationEvent {
    OrganisationRegistered,
    OrganisationRenamed
});

impl LedgerFact for OrganisationEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::OrganisationRegistered { .. } => None,
            Self::OrganisationRenamed { from, .. } => filed_at(*from),
        }
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
