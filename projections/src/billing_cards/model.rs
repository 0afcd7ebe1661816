//! Periods, accounts and bills as lists show them. Field names are part of the JSON output.

use aggregates::account::bill::Bill;
use aggregates::account::event::Holder;
use aggregates::building::event::PeriodTotal;
use aggregates::ids::{AccountId, PremisesId};
use aggregates::quantity::Fraction;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::recorded::EventAt;

/// A settlement period of the house.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeriodCard {
    /// Which.
    pub period: Period,
    /// Whether it takes figures in.
    pub state: PeriodState,
    /// How it was closed last; kept when it is opened again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Settled>,
    /// How often it was opened again.
    pub reopenings: u32,
    /// The event that brought it into its state.
    pub event: EventAt,
}

/// Whether a period takes figures in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// It does.
    Open,
    /// It was closed.
    Closed,
}

impl PeriodState {
    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// How a period was closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// Position of the book that it was computed at: what came later is late.
    pub computed_at: u64,
    /// SHA-256 of the rule edition, where settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition_hash: Option<Code>,
    /// Version of the engine, where settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<Label>,
    /// Totals of the house.
    pub totals: Vec<PeriodTotal>,
    /// When the book took the closing in.
    pub recorded_at: DateTime<Utc>,
    /// The event.
    pub event: EventAt,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountCard {
    /// The account.
    pub account: AccountId,
    /// Number, as the billing prints it.
    pub number: Label,
    /// For which premises.
    pub premises: PremisesId,
    /// Who is billed, as recorded last.
    pub holder: Holder,
    /// Share of the premises, as recorded last.
    pub share: Fraction,
    /// From which day it is billed.
    pub from: NaiveDate,
    /// First day that is not billed any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_from: Option<NaiveDate>,
    /// ЕЛС, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unified_number: Option<Label>,
}

/// A bill as it was issued.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuedBill {
    /// To which account.
    pub account: AccountId,
    /// When the book took it in.
    pub issued_at: DateTime<Utc>,
    /// The event.
    pub event: EventAt,
    /// The bill with its lines.
    #[serde(flatten)]
    pub bill: Bill,
}
