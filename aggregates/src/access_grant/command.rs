//! What one may ask of a right of access. Fields mean what they mean in the event of the same
//! form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_grant::event::{AccessRole, AccessScope, Grantee, RevocationReason};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource};

/// Commands of a right of access. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AccessGrantCommand {
    /// Give the right.
    GrantAccess {
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
    /// Narrow the right or change its term.
    LimitAccess {
        /// Resources from the beginning of `validity` on; empty means all.
        resources: Vec<Resource>,
        /// The new term.
        validity: DateSpan,
    },
    /// Take the right away.
    RevokeAccess {
        /// First day without it.
        on: NaiveDate,
        /// Why.
        reason: RevocationReason,
    },
}
