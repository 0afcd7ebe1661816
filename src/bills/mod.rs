//! Bills asked of the ledger: issued, preliminary, and as they are known now; the payment
//! document and its page.

mod page;
mod paper;

use aggregates::account::bill::{BillLine, LineKind};
use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::quantity::QuantityError;
use aggregates::text::{Label, TextError};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::bills::document::DocumentError;
use projections::bills::foreign::{BillCheck, ForeignBill, Known, check};
use projections::bills::{BillView, IssuedBill, PostedLine, Preliminary, Recomputed};
use projections::explanation::Explained;
use projections::recorded::Recorded;
use projections::rules::RulesError;
use projections::settlement::{
    AccountBill, ExplainedLine, HouseBook, HouseService, SettlementError, close, settle,
};
use serde::Serialize;

use crate::figures::{self, FigureError, FoundAccount};
use crate::store::Ledger;
use crate::store::error::StoreError;

pub use page::{PageError, page};
pub use paper::{document, schedules};

/// Why a bill cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The book could not be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The period cannot be settled.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// No rules are on record for the period.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The payment document cannot be told.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The page cannot be made.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A sum does not fit.
    #[error(transparent)]
    Sum(#[from] QuantityError),
    /// The number of the account is no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The period is closed, and this account has no bill for it.
    #[error(
        "период {period} закрыт, а счёта по лицевому счёту {number} за него не выставлено: в этом периоде счёт не был открыт"
    )]
    NotBilled {
        /// The period.
        period: Period,
        /// Number of the account.
        number: String,
    },
    /// The house came into the ledger's care later.
    #[error("счёта за {} нет: дом рассчитывается с периода {}", .period.title_ru(), .first.title_ru())]
    BeforeFirst {
        /// The period.
        period: Period,
        /// The first one that was opened.
        first: Period,
    },
    /// Nobody provides the resource.
    #[error(
        "по ресурсу «{}» на последний день периода {period} договорённости нет: рассчитывать нечего",
        resource.title_ru()
    )]
    NotProvided {
        /// The resource.
        resource: Resource,
        /// The period.
        period: Period,
    },
}

/// How a bill is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The settlement period.
    pub period: Period,
    /// Position of the book that a preliminary bill and a recomputed period are told as of.
    pub until: i64,
    /// Whether the period is told anew beside what was issued.
    pub recomputed: bool,
}

/// The bill of `found` for a period. What was issued is told whatever the vantage.
///
/// # Errors
/// [`BillError`] when the book cannot be read or the period cannot be settled.
pub async fn bill(
    ledger: &Ledger,
    found: &FoundAccount,
    asked: Asked,
) -> Result<BillView, BillError> {
    let all = issued(ledger, found).await?;
    let of_period = |issued: &&IssuedBill| issued.bill.period == asked.period;
    let issued: Vec<IssuedBill> = all.iter().filter(of_period).cloned().collect();
    let mut view = BillView {
        account: found.account,
        number: Label::new(&found.number)?,
        premises: found.premises.clone(),
        address: found.house.address.clone(),
        period: asked.period,
        issued,
        preliminary: None,
        recomputed: None,
    };
    if !view.issued.is_empty() && !asked.recomputed {
        return Ok(view);
    }
    let house = figures::house_book(ledger, found.house.book, asked.until).await?;
    if let Some((first, _)) = house.opened().filter(|(first, _)| asked.period < *first) {
        return Err(BillError::BeforeFirst {
            period: asked.period,
            first,
        });
    }
    if house.computed_at(asked.period).is_none() {
        view.preliminary = Some(preliminary(&house, found, asked.period)?);
    } else if view.issued.is_empty() {
        return Err(BillError::NotBilled {
            period: asked.period,
            number: found.number.clone(),
        });
    } else {
        view.recomputed = Some(recomputed(&house, found, asked.period, &all)?);
    }
    Ok(view)
}

/// A received bill against ours of the same account and period.
///
/// # Errors
/// [`BillError`] when the book cannot be read, or there is no bill of the period.
pub async fn check_received(
    ledger: &Ledger,
    found: &FoundAccount,
    asked: Asked,
    received: &ForeignBill,
) -> Result<BillCheck, BillError> {
    let view = bill(ledger, found, asked).await?;
    let all = issued(ledger, found).await?;
    let others: Vec<BillLine> = all
        .iter()
        .filter(|issued| issued.bill.period != asked.period)
        .flat_map(|issued| issued.bill.lines.clone())
        .collect();
    let issued = view
        .issued
        .iter()
        .flat_map(|issued| issued.bill.lines.clone());
    let open = view.preliminary.and_then(|preliminary| preliminary.bill);
    let open = open
        .into_iter()
        .flat_map(|bill| bill.lines)
        .map(|line| line.line);
    let ours: Vec<BillLine> = issued.chain(open).collect();
    let known = Known {
        ours: &ours,
        others: &others,
    };
    check(known, received).map_err(BillError::Sum)
}

/// All bills of the account, in the order of the book.
///
/// # Errors
/// [`BillError`] when the book cannot be read.
pub async fn issued(ledger: &Ledger, found: &FoundAccount) -> Result<Vec<IssuedBill>, BillError> {
    let events = figures::stream(
        ledger,
        found.house.book,
        ("account", found.account.0),
        found.house.position,
    );
    let issued = |recorded: Recorded| match &recorded.event {
        BookEvent::Account(AccountEvent::BillIssued { bill }) => Some(IssuedBill {
            event: recorded.at(),
            issued_at: recorded.recorded_at,
            bill: bill.clone(),
        }),
        _ => None,
    };
    Ok(events.await?.into_iter().filter_map(issued).collect())
}

fn preliminary(
    house: &HouseBook,
    found: &FoundAccount,
    period: Period,
) -> Result<Preliminary, BillError> {
    let closing = close(house, period)?;
    Ok(Preliminary {
        position: house.position(),
        blocking: closing.blocking().cloned().collect(),
        bill: bill_in(closing.bills, found),
    })
}

fn bill_in(bills: Vec<AccountBill>, found: &FoundAccount) -> Option<AccountBill> {
    bills.into_iter().find(|bill| bill.account == found.account)
}

/// The period by all that `house` knows. What is not posted yet is what the next closing would
/// post.
fn recomputed(
    house: &HouseBook,
    found: &FoundAccount,
    period: Period,
    all: &[IssuedBill],
) -> Result<Recomputed, BillError> {
    let known = |issued: &&IssuedBill| issued.event.position <= house.position();
    let mut own: Vec<BillLine> = Vec::new();
    let mut posted: Vec<PostedLine> = Vec::new();
    for issued in all.iter().filter(known) {
        let of_period = |line: &&BillLine| line.period == period;
        for line in issued.bill.lines.iter().filter(of_period) {
            match line.kind {
                LineKind::Charge => own.push(line.clone()),
                LineKind::Adjustment => posted.push(PostedLine {
                    in_bill: issued.bill.period,
                    event: issued.event,
                    line: line.clone(),
                }),
            }
        }
    }
    posted.extend(noticed(house, found, period));
    let next = house.closed_through().unwrap_or(period).next();
    let closing = close(house, next)?;
    let of_period = |line: &ExplainedLine| line.line.period == period;
    let notices = closing.notices.into_iter();
    let notices = notices.filter(|notice| notice.account == found.account);
    let noticed = notices.flat_map(|notice| notice.lines);
    let bill = bill_in(closing.bills, found);
    let lines = bill.into_iter().flat_map(|bill| bill.lines);
    let pending = lines.chain(noticed).filter(of_period).collect();
    let settlement = settle(house, period, &house.edition(period)?)?;
    let lines = settlement
        .account(found.account)
        .map_or_else(Vec::new, |charges| charges.lines.clone());
    Ok(Recomputed::new(
        house.position(),
        lines,
        posted,
        pending,
        &own,
    )?)
}

/// Adjustments of the period that former providers were told of.
fn noticed(house: &HouseBook, found: &FoundAccount, period: Period) -> Vec<PostedLine> {
    let notices = house.notices_of(found.account);
    let lines = notices.flat_map(|(event, notice)| {
        let of_period = notice
            .lines
            .iter()
            .filter(move |line| line.period == period);
        of_period.map(move |line| PostedLine {
            in_bill: notice.period,
            event,
            line: line.clone(),
        })
    });
    lines.collect()
}

/// The lines of a bill, each with its reason.
#[derive(Clone, Debug, Serialize)]
pub struct Reasons {
    /// Position of the book that the lines are computed at: that of the issued bill.
    pub computed_at: u64,
    /// Whether computing again gives what was issued, line by line; `None` while nothing is.
    pub reproduced: Option<bool>,
    /// The lines, in the order of the bill.
    pub lines: Vec<ExplainedLine>,
}

/// Why the lines of a bill are as they are: those of the issued one are computed again where it
/// was computed.
///
/// # Errors
/// [`BillError`] when the book cannot be read or settled as of that position.
pub async fn reasons(
    ledger: &Ledger,
    found: &FoundAccount,
    view: &BillView,
) -> Result<Reasons, BillError> {
    let Some(issued) = view.issued.first() else {
        let preliminary = view.preliminary.as_ref();
        let bill = preliminary.and_then(|preliminary| preliminary.bill.as_ref());
        return Ok(Reasons {
            computed_at: preliminary.map_or(0, |preliminary| preliminary.position),
            reproduced: None,
            lines: bill.map_or_else(Vec::new, |bill| bill.lines.clone()),
        });
    };
    let until = i64::try_from(issued.bill.computed_at).unwrap_or(i64::MAX);
    let house = figures::house_book(ledger, found.house.book, until).await?;
    let closing = close(&house, view.period)?;
    let lines = bill_in(closing.bills, found).map_or_else(Vec::new, |bill| bill.lines);
    let again = lines.iter().map(|explained| &explained.line);
    Ok(Reasons {
        computed_at: issued.bill.computed_at,
        reproduced: Some(again.eq(issued.bill.lines.iter())),
        lines,
    })
}

/// What the house's figures of one resource are, and why: as of the closing where the period is
/// closed at `until`.
///
/// # Errors
/// [`BillError`] when the book cannot be read or settled, or has no arrangement for the resource.
pub async fn service(
    ledger: &Ledger,
    book: BookId,
    (period, resource): (Period, Resource),
    until: i64,
) -> Result<Explained<ServiceView>, BillError> {
    let mut house = figures::house_book(ledger, book, until).await?;
    if let Some(computed_at) = house.computed_at(period) {
        let closed_at = i64::try_from(computed_at).unwrap_or(i64::MAX);
        house = figures::house_book(ledger, book, closed_at).await?;
    }
    let closing = close(&house, period)?;
    let services = closing.settlement.services;
    let found = services
        .into_iter()
        .find(|service| service.resource == resource);
    let service = found.ok_or(BillError::NotProvided { resource, period })?;
    let because = service.because.clone();
    let position = house.position();
    let value = ServiceView { position, service };
    Ok(Explained { value, because })
}

/// A service of the house as of a position.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceView {
    /// Position of the book.
    pub position: u64,
    /// The figures.
    pub service: HouseService,
}
