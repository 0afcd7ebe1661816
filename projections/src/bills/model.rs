//! A bill as it is told to the outside. Field names are part of the JSON output.

use aggregates::account::bill::{Bill, BillLine};
use aggregates::ids::AccountId;
use aggregates::quantity::{Money, QuantityError};
use aggregates::text::Label;
use aggregates::time::Period;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::recorded::EventAt;
use crate::settlement::{AccountBill, ExplainedLine, Problem};

/// The bill of an account for a period, as of a position of the book.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BillView {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// Number of the premises as on the door.
    pub premises: String,
    /// Address of the house.
    pub address: String,
    /// The settlement period.
    pub period: Period,
    /// What was issued, whatever the vantage: the monthly bill, a final statement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issued: Vec<IssuedBill>,
    /// What would be issued, while nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preliminary: Option<Preliminary>,
    /// The same period as it is known at a vantage, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recomputed: Option<Recomputed>,
}

/// A bill that went out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssuedBill {
    /// The event that issued it.
    pub event: EventAt,
    /// When the book took it in.
    pub issued_at: DateTime<Utc>,
    /// The bill.
    pub bill: Bill,
}

/// A bill before the period is closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preliminary {
    /// Position of the book that it was computed at.
    pub position: u64,
    /// The bill; absent where the account gets none for the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<AccountBill>,
    /// What hinders the closing of the period.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<Problem>,
}

/// A billed period as it is known at a vantage. What was issued, posted since and still to be
/// posted adds up to what is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recomputed {
    /// Position of the book that it was computed at.
    pub position: u64,
    /// What the period is charged by all that is known.
    pub lines: Vec<ExplainedLine>,
    /// Adjustments of the period in later bills.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<PostedLine>,
    /// Adjustments that the next bill will carry, each with what caused it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<ExplainedLine>,
    /// Sum of the period's own lines in the issued bill.
    pub issued_total: Money,
    /// Sum of `posted`.
    pub posted_total: Money,
    /// Sum of `pending`.
    pub pending_total: Money,
    /// Sum of `lines`.
    pub total: Money,
}

/// An adjustment in a later bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostedLine {
    /// Period of the bill that carries it.
    pub in_bill: Period,
    /// Position of that bill's event.
    pub event: EventAt,
    /// The adjustment.
    pub line: BillLine,
}

impl Recomputed {
    /// The view of a period: sums are made here, so that they are those of the lines.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`] when a sum does not fit.
    pub fn new(
        position: u64,
        lines: Vec<ExplainedLine>,
        posted: Vec<PostedLine>,
        pending: Vec<ExplainedLine>,
        issued: &[BillLine],
    ) -> Result<Self, QuantityError> {
        Ok(Self {
            position,
            issued_total: sum(issued)?,
            posted_total: sum(posted.iter().map(|posted| &posted.line))?,
            pending_total: sum(pending.iter().map(|pending| &pending.line))?,
            total: sum(lines.iter().map(|line| &line.line))?,
            lines,
            posted,
            pending,
        })
    }

    /// Whether the three parts make up what is known, as they must.
    pub fn adds_up(&self) -> bool {
        let parts = self
            .issued_total
            .checked_add(self.posted_total)
            .and_then(|sum| sum.checked_add(self.pending_total));
        parts == Ok(self.total)
    }
}

fn sum<'l>(lines: impl IntoIterator<Item = &'l BillLine>) -> Result<Money, QuantityError> {
    lines
        .into_iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount))
}
