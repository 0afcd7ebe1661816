//! Events of a dispute. Names and fields are the storage format: pinned by tests, changed only by
//! upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::bill::ChargeKey;
use crate::ids::{AccountId, CorrectionId, OrganisationId};
use crate::ledger::LedgerFact;
use crate::quantity::Money;
use crate::text::Code;
use crate::time::Period;
use crate::vocabulary::NoteRef;

/// What may happen to a dispute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum DisputeEvent {
    /// Somebody who pays contests a figure of a bill.
    DisputeOpened {
        /// Which figure.
        subject: DisputeSubject,
        /// What is wrong with it.
        claim: DisputeClaim,
        /// Who owes the answer.
        provider: OrganisationId,
        /// Day of the request, by the clock of the house.
        on: NaiveDate,
        /// Last day of the written answer, by the rules of that day.
        answer_due: NaiveDate,
        /// Who contests: the code of an actor.
        by: Code,
        /// In their own words, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// One of the sides says something.
    StatementAdded {
        /// Which side.
        side: DisputeSide,
        /// Who.
        by: Code,
        /// What, kept outside.
        note: NoteRef,
    },
    /// The provider has answered.
    DisputeDecided {
        /// Who is right.
        outcome: DisputeOutcome,
        /// How what was wrong is put right; absent where nothing was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Option<DisputeRemedy>,
        /// Day of the answer, by the clock of the house.
        on: NaiveDate,
        /// Who decided.
        by: Code,
        /// Why, kept outside.
        note: NoteRef,
    },
    /// The one who contested takes it back.
    DisputeWithdrawn {
        /// Who.
        by: Code,
    },
}

/// The figure that is contested, as it was told: the evidence is the book up to `frozen_at`,
/// whatever is recorded afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisputeSubject {
    /// Whose bill.
    pub account: AccountId,
    /// Of which period.
    pub period: Period,
    /// Which line; absent where the bill as a whole is contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<ChargeKey>,
    /// What it said, roubles.
    pub amount: Money,
    /// Position of the book that it was computed at.
    pub frozen_at: u64,
}

/// What is wrong with a figure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DisputeClaim {
    /// The volume: a reading, an average or a norm.
    Volume,
    /// The price or a multiplier.
    Price,
    /// The number of people, the area, a share.
    Persons,
    /// The service was not there, or not as it should be.
    Quality,
    /// Charged twice, or to the wrong account.
    Addressee,
    /// Something else.
    Other,
}

impl DisputeClaim {
    /// All claims, in the order forms show them.
    pub const ALL: [Self; 6] = [
        Self::Volume,
        Self::Price,
        Self::Persons,
        Self::Quality,
        Self::Addressee,
        Self::Other,
    ];

    /// As a person says it.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Volume => "неверный объём",
            Self::Price => "неверная цена или коэффициент",
            Self::Persons => "неверно число жителей, площадь или доля",
            Self::Quality => "услуги не было или она была плохой",
            Self::Addressee => "начислено дважды или не тому",
            Self::Other => "другое",
        }
    }
}

/// Who speaks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DisputeSide {
    /// Who pays.
    Resident,
    /// Who charges.
    Provider,
}

/// Who is right.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The figure was wrong as it was claimed.
    Upheld,
    /// In part.
    PartlyUpheld,
    /// The figure stands.
    Rejected,
}

impl DisputeOutcome {
    /// All outcomes, in the order forms show them.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::PartlyUpheld, Self::Rejected];

    /// As a person says it.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Upheld => "удовлетворён",
            Self::PartlyUpheld => "удовлетворён частично",
            Self::Rejected => "отклонён",
        }
    }
}

/// How a figure that was wrong is put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DisputeRemedy {
    /// By a correction in four hands, which shows what it changes and adjusts the next bill.
    Correction(CorrectionId),
    /// By facts that are on record already: the next bill adjusts it.
    Recorded,
}

event_names!(DisputeEvent {
    DisputeOpened,
    StatementAdded,
    DisputeDecided,
    DisputeWithdrawn,
});

impl LedgerFact for DisputeEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
