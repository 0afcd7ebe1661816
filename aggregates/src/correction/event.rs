//! Events of a correction. Names and fields are the storage format: pinned by tests, changed only
//! by upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{MeterId, OrganisationId, PremisesId};
use crate::ledger::LedgerFact;
use crate::meter::reading::{CorrectionReason, RegisterValue, WithdrawalReason};
use crate::premises::event::PremisesAreaPurpose;
use crate::quantity::{Money, Quantity, SquareMetre};
use crate::tariff_book::event::{RateBasis, TariffKey, TariffPrice};
use crate::text::Code;
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, FactSource, NoteRef};

/// What may happen to a correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum CorrectionEvent {
    /// Somebody asks for a correction, knowing what it changes.
    CorrectionRequested {
        /// What is to be done.
        operation: Box<CorrectionOperation>,
        /// Who asks: the code of an actor.
        by: Code,
        /// What it changes.
        effect: CorrectionEffect,
    },
    /// Another actor agrees; the operation's own events follow in the same append.
    CorrectionApproved {
        /// Who agrees.
        by: Code,
    },
    /// Somebody says no, or the one who asked takes it back.
    CorrectionDeclined {
        /// Who.
        by: Code,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
}

/// What a correction does once it is approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CorrectionOperation {
    /// Replaces the values of a reading.
    CorrectReading {
        /// Of which meter.
        meter: MeterId,
        /// Which reading: its sequence in the meter's stream.
        reading: u64,
        /// One value for every register of the reading.
        values: Vec<RegisterValue>,
        /// Why.
        reason: CorrectionReason,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// Takes a reading back.
    WithdrawReading {
        /// Of which meter.
        meter: MeterId,
        /// Which reading: its sequence in the meter's stream.
        reading: u64,
        /// Why.
        reason: WithdrawalReason,
        /// Comment, kept outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteRef>,
    },
    /// Records how many people live in premises.
    RecordResidents {
        /// The premises.
        premises: PremisesId,
        /// Registered permanently.
        registered: u16,
        /// Living temporarily.
        temporary: u16,
        /// When.
        validity: DateSpan,
        /// By which document.
        source: FactSource,
    },
    /// Records an area of premises.
    RecordArea {
        /// The premises.
        premises: PremisesId,
        /// Which area.
        purpose: PremisesAreaPurpose,
        /// Its size, m².
        area: Quantity<SquareMetre>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Enters a tariff in the house's tariff book.
    SetTariff {
        /// What is priced and for whom.
        key: TariffKey,
        /// The price.
        price: TariffPrice,
        /// When it holds.
        validity: DateSpan,
        /// Who sells.
        supplier: OrganisationId,
        /// Act, or where the figure was read.
        basis: RateBasis,
    },
}

/// What a correction changes in bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionEffect {
    /// Position of the book that it was told at.
    pub computed_at: u64,
    /// How many accounts it changes.
    pub accounts: u32,
    /// How many sums of an account and period it changes.
    pub bills: u32,
    /// By how much altogether; negative where the house is credited.
    pub difference: Money,
    /// Hash over all differences (docs/formats/correction.md), 64 hexadecimal digits.
    pub effect_hash: Code,
}

event_names!(CorrectionEvent {
    CorrectionRequested,
    CorrectionApproved,
    CorrectionDeclined,
});

impl LedgerFact for CorrectionEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn natural_key(&self) -> Option<String> {
        None
    }
}
