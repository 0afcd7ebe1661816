//! Whether a closing is what it says: its lines as they stand in the book, and as they are computed
//! again from the book at its position.

use aggregates::account::bill::{Bill, ProviderNotice};
use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::event::{BuildingEvent, PeriodTotal};
use aggregates::ids::{AccountId, BookId};
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use projections::recorded::Recorded;
use projections::settlement::{Closing, ENGINE, close};
use serde::Serialize;

use crate::closing::CloseError;
use crate::closing::lines::{Sheet, lines_root, sheets};
use crate::figures;
use crate::store::Ledger;
use crate::store::read::Filter;

/// What verifying a closing found. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// The period.
    pub period: Period,
    /// Position that it was computed at.
    pub computed_at: u64,
    /// The engine that closed it.
    pub engine: Option<Label>,
    /// The engine that computed it again.
    pub this_engine: &'static str,
    /// Root over all lines, as the closing states it; absent in closings of before it was stated.
    pub stated: Option<Code>,
    /// Root over the lines of the bills and notices that stand in the book; absent while they are
    /// held back.
    pub in_book: Option<Code>,
    /// Root over the lines computed again.
    pub recomputed: Code,
    /// Whether the totals computed again are those of the closing.
    pub totals_agree: bool,
    /// Whether the rule edition is still the same one.
    pub same_edition: bool,
}

impl Verified {
    /// Whether the closing is what it says.
    pub fn agrees(&self) -> bool {
        let stated = self.stated.as_ref().or(self.in_book.as_ref());
        let lines = stated.is_none_or(|stated| *stated == self.recomputed);
        let sent = self.in_book.as_ref().zip(self.stated.as_ref());
        lines && self.totals_agree && sent.is_none_or(|(in_book, stated)| in_book == stated)
    }
}

/// Whether every total that was stated is the same now. A later engine may tell totals of more
/// kinds.
fn agree(stated: &[PeriodTotal], now: &[PeriodTotal]) -> bool {
    stated.iter().all(|total| now.contains(total))
}

/// How a period was closed, as its event says.
#[derive(Clone, Debug)]
pub struct Stated {
    /// Position that it was computed at.
    pub computed_at: u64,
    /// The rule edition.
    pub edition_hash: Option<Code>,
    /// The engine.
    pub engine: Option<Label>,
    /// Totals of the house.
    pub totals: Vec<PeriodTotal>,
    /// Root over all lines.
    pub lines_root: Option<Code>,
}

/// A closing computed again beside what was stated.
#[derive(Clone, Debug)]
pub struct Recomputed {
    /// What was stated.
    pub stated: Stated,
    /// What is computed now.
    pub closing: Closing,
    /// Root over its lines.
    pub lines_root: Code,
}

impl Recomputed {
    /// Whether lines and totals are those that were stated.
    pub fn is_same(&self) -> bool {
        let lines = self.stated.lines_root.as_ref();
        let lines = lines.is_none_or(|stated| *stated == self.lines_root);
        lines && agree(&self.stated.totals, &self.closing.totals)
    }
}

/// The closing that an event states; `None` for other events and periods.
pub fn stated(event: &BookEvent, of: Period) -> Option<Stated> {
    match event {
        BookEvent::Building(BuildingEvent::PeriodClosed {
            period,
            computed_at,
            edition_hash,
            engine,
            totals,
            lines_root,
            ..
        }) if *period == of => Some(Stated {
            computed_at: *computed_at,
            edition_hash: edition_hash.clone(),
            engine: engine.clone(),
            totals: totals.clone(),
            lines_root: lines_root.clone(),
        }),
        _ => None,
    }
}

/// Computes a closed period again from the book at its position.
///
/// # Errors
/// [`CloseError`] when it is not closed, or the book cannot be read or settled.
pub async fn recomputed(
    ledger: &Ledger,
    book: BookId,
    period: Period,
) -> Result<Recomputed, CloseError> {
    let head = ledger.head(book.0).await?.position;
    let filter = Filter {
        aggregate_types: vec!["building".to_owned()],
        event_types: vec!["PeriodClosed".to_owned()],
        ..Filter::default()
    };
    let closings = figures::recorded(ledger, book, head, &filter).await?;
    let mut found = closings.iter().rev();
    let stated = found.find_map(|recorded| stated(&recorded.event, period));
    let stated = stated.ok_or(CloseError::NotClosed(period))?;
    let until = i64::try_from(stated.computed_at).unwrap_or(i64::MAX);
    let house = figures::folded_house(ledger, book, until).await?;
    let closing = close(&house, period)?;
    Ok(Recomputed {
        lines_root: root(book, sheets(&closing))?,
        stated,
        closing,
    })
}

/// Verifies the closing of a period.
///
/// # Errors
/// [`CloseError`] when it is not closed, or the book cannot be read or settled.
pub async fn verify(ledger: &Ledger, book: BookId, period: Period) -> Result<Verified, CloseError> {
    let again = recomputed(ledger, book, period).await?;
    let head = ledger.head(book.0).await?.position;
    let filter = Filter {
        aggregate_types: vec!["account".to_owned()],
        event_types: vec!["BillIssued".to_owned(), "ProviderNoticed".to_owned()],
        after: i64::try_from(again.stated.computed_at).unwrap_or(i64::MAX),
        ..Filter::default()
    };
    let sent = figures::recorded(ledger, book, head, &filter).await?;
    let sent: Vec<Sheet<'_>> = sent
        .iter()
        .filter_map(|recorded| sheet_of(recorded, period))
        .collect();
    let in_book = match sent.is_empty() && !again.closing.bills.is_empty() {
        true => None,
        false => Some(root(book, sent)?),
    };
    Ok(Verified {
        period,
        computed_at: again.stated.computed_at,
        engine: again.stated.engine.clone(),
        this_engine: ENGINE,
        in_book,
        totals_agree: agree(&again.stated.totals, &again.closing.totals),
        same_edition: again.stated.edition_hash.as_ref() == Some(&again.closing.edition_hash),
        stated: again.stated.lines_root,
        recomputed: again.lines_root,
    })
}

/// The lines that an event sent out for a period.
pub fn sheet_of(recorded: &Recorded, period: Period) -> Option<Sheet<'_>> {
    let account = AccountId(recorded.aggregate_id);
    match &recorded.event {
        BookEvent::Account(AccountEvent::BillIssued { bill }) => of_period(account, bill, period),
        BookEvent::Account(AccountEvent::ProviderNoticed { notice }) => {
            of_notice(account, notice, period)
        }
        _ => None,
    }
}

fn of_period(account: AccountId, bill: &Bill, period: Period) -> Option<Sheet<'_>> {
    (bill.period == period).then(|| Sheet::of_bill(account, bill))
}

fn of_notice(account: AccountId, notice: &ProviderNotice, period: Period) -> Option<Sheet<'_>> {
    (notice.period == period).then(|| Sheet::of_notice(account, notice))
}

fn root(book: BookId, sheets: Vec<Sheet<'_>>) -> Result<Code, CloseError> {
    let root = lines_root(book, sheets);
    root.map_err(|error| CloseError::Refused(error.to_string()))
}
