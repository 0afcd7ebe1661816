//! What one may ask of an organisation. Fields mean what they mean in the event of the same form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::organisation::registration::{Inn, Kpp, Ogrn};
use crate::text::Label;

/// Commands of an organisation. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum OrganisationCommand {
    /// Make the organisation known to the ledger.
    RegisterOrganisation {
        /// Name as in ЕГРЮЛ.
        name: Label,
        /// ИНН.
        inn: Inn,
        /// КПП; none for ИП.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kpp: Option<Kpp>,
        /// ОГРН: 13 digits for a legal person, 15 for ИП.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ogrn: Option<Ogrn>,
    },
    /// Give it another name.
    RenameOrganisation {
        /// The new one.
        name: Label,
        /// From which day.
        from: NaiveDate,
    },
}
