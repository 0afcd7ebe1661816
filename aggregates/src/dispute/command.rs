//! What one may ask of a dispute. Fields mean what they mean in the event of the same form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dispute::event::{
    DisputeClaim, DisputeOutcome, DisputeRemedy, DisputeSide, DisputeSubject,
};
use crate::ids::OrganisationId;
use crate::text::Code;
use crate::vocabulary::NoteRef;

/// Commands of a dispute. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum DisputeCommand {
    /// Contest a figure.
    OpenDispute(DisputeRequest),
    /// Say something.
    AddStatement {
        /// Which side.
        side: DisputeSide,
        /// Who.
        by: Code,
        /// What, kept outside.
        note: NoteRef,
    },
    /// Answer.
    DecideDispute {
        /// Who is right.
        outcome: DisputeOutcome,
        /// How what was wrong is put right.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Option<DisputeRemedy>,
        /// Day of the answer.
        on: NaiveDate,
        /// Who decides.
        by: Code,
        /// Why, kept outside.
        note: NoteRef,
    },
    /// Take it back.
    WithdrawDispute {
        /// Who.
        by: Code,
    },
}

/// A figure and what is said against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisputeRequest {
    /// Which figure.
    pub subject: DisputeSubject,
    /// What is wrong with it.
    pub claim: DisputeClaim,
    /// Who owes the answer.
    pub provider: OrganisationId,
    /// Day of the request.
    pub on: NaiveDate,
    /// Last day of the answer.
    pub answer_due: NaiveDate,
    /// Who contests.
    pub by: Code,
    /// In their own words, kept outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteRef>,
}
