//! The payment document: the bill, the book where it was computed, and what others stated, read
//! from the ledger.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{Bill, BillKind};
use aggregates::book_event::BookEvent;
use aggregates::dated::DatedRows;
use aggregates::ids::{BookId, OrganisationId};
use aggregates::ledger::EventId;
use aggregates::organisation::event::OrganisationEvent;
use aggregates::text::Label;
use aggregates::time::Period;
use chrono::NaiveDate;
use projections::bills::document::{
    BillDocument, Cause, Company, InstalmentSchedule, PaperFacts, Sources, Standing, causes_of,
    document as told,
};
use projections::bills::{BillView, IssuedBill};
use projections::settlement::{Closing, HouseBook, close};

use crate::bills::{Asked, BillError, issued};
use crate::figures::{self, FigureError, FoundAccount};
use crate::store::Ledger;
use crate::store::error::StoreError;

/// A bill with the book and the settlement that it comes from.
struct Computed {
    bill: Bill,
    standing: Standing,
    house: HouseBook,
    closing: Closing,
}

/// The payment document of a bill: of the issued one, else of the one that closing would issue;
/// `None` where the account gets none. Charges are those of the bill; debts, payments and details
/// are told as of the vantage.
///
/// # Errors
/// [`BillError`] when the book cannot be read or the period cannot be settled.
pub async fn document(
    ledger: &Ledger,
    found: &FoundAccount,
    view: &BillView,
    asked: Asked,
) -> Result<Option<BillDocument>, BillError> {
    let Some(computed) = computed(ledger, found, view, asked).await? else {
        return Ok(None);
    };
    let all = issued(ledger, found).await?;
    let facts = facts(ledger, found, asked.until).await?;
    let companies = companies(ledger, &computed.bill, &facts).await?;
    let causes = causes(ledger, found, &computed.bill).await?;
    let sources = Sources {
        account: (found.account, &view.number),
        premises: &view.premises,
        address: &view.address,
        standing: computed.standing,
        bill: &computed.bill,
        year_before: year_before(&all, &computed.bill),
        house: &computed.house,
        services: &computed.closing.settlement.services,
        facts: &facts,
        position: u64::try_from(asked.until).unwrap_or_default(),
        companies: &companies,
        causes: &causes,
    };
    Ok(Some(told(&sources)?))
}

async fn computed(
    ledger: &Ledger,
    found: &FoundAccount,
    view: &BillView,
    asked: Asked,
) -> Result<Option<Computed>, BillError> {
    let issued = view.issued.first();
    let until = match issued {
        Some(issued) => i64::try_from(issued.bill.computed_at).unwrap_or(i64::MAX),
        None => asked.until,
    };
    let house = figures::house_book(ledger, found.house.book, until).await?;
    let closing = close(&house, view.period)?;
    let (bill, standing) = match issued {
        Some(issued) => (issued.bill.clone(), went_out(issued)),
        None => match closing.bill(found.account) {
            Some(bill) => (closing.issued(bill), Standing::Preliminary),
            None => return Ok(None),
        },
    };
    Ok(Some(Computed {
        bill,
        standing,
        house,
        closing,
    }))
}

fn went_out(issued: &IssuedBill) -> Standing {
    Standing::Issued {
        event: issued.event,
        at: issued.issued_at,
    }
}

fn year_before<'b>(all: &'b [IssuedBill], bill: &Bill) -> Option<&'b Bill> {
    let period = bill.period.plus_months(-12);
    let of_period = |known: &&Bill| known.period == period && known.kind == BillKind::Monthly;
    all.iter().map(|issued| &issued.bill).rfind(of_period)
}

/// The schedules of instalments that the bill of a period is paid by, as of a position.
///
/// # Errors
/// [`BillError`] when the book cannot be read.
pub async fn schedules(
    ledger: &Ledger,
    found: &FoundAccount,
    (period, until): (Period, i64),
) -> Result<Vec<InstalmentSchedule>, BillError> {
    let facts = facts(ledger, found, until).await?;
    Ok(facts.schedules(period, |_| None)?)
}

/// What the account's stream and the house's say beside the settlement.
pub(super) async fn facts(
    ledger: &Ledger,
    found: &FoundAccount,
    until: i64,
) -> Result<PaperFacts, FigureError> {
    let book = found.house.book;
    let mut events = figures::stream(ledger, book, ("account", found.account.0), until).await?;
    events.extend(figures::stream(ledger, book, ("building", book.0), until).await?);
    events.sort_by_key(|recorded| recorded.position);
    let mut facts = PaperFacts::new(found.account);
    for recorded in &events {
        facts.apply(recorded);
    }
    Ok(facts)
}

/// Providers of the bill by what their own books say.
pub(super) async fn companies(
    ledger: &Ledger,
    bill: &Bill,
    facts: &PaperFacts,
) -> Result<BTreeMap<OrganisationId, Company>, FigureError> {
    let billed = bill.lines.iter().map(|line| line.provider);
    let ids: BTreeSet<OrganisationId> = billed.chain(facts.stated_providers()).collect();
    let mut known = BTreeMap::new();
    for id in ids {
        known.insert(id, company(ledger, id, bill.period.last_day()).await?);
    }
    Ok(known)
}

async fn company(
    ledger: &Ledger,
    id: OrganisationId,
    day: NaiveDate,
) -> Result<Company, FigureError> {
    let head = match ledger.head(id.0).await {
        Ok(head) => head,
        // A company that only the house's book names has told nothing of itself.
        Err(StoreError::NoSuchBook(_)) => return Ok(Company::default()),
        Err(error) => return Err(error.into()),
    };
    let stream = ("organisation", id.0);
    let events = figures::stream(ledger, BookId(id.0), stream, head.position).await?;
    let mut found = Company::default();
    let mut names: DatedRows<Label> = DatedRows::default();
    for recorded in events {
        match recorded.event {
            BookEvent::Organisation(OrganisationEvent::OrganisationRegistered {
                name,
                inn,
                ..
            }) => {
                found.name = Some(name.to_string());
                found.inn = Some(inn.as_str().to_owned());
            }
            BookEvent::Organisation(OrganisationEvent::OrganisationRenamed { name, from }) => {
                names.record_from(from, name);
            }
            _ => {}
        }
    }
    found.name = names.on(day).map(ToString::to_string).or(found.name);
    Ok(found)
}

/// The events that the bill's recalculations name.
async fn causes(
    ledger: &Ledger,
    found: &FoundAccount,
    bill: &Bill,
) -> Result<BTreeMap<EventId, Cause>, FigureError> {
    let mut known = BTreeMap::new();
    for id in causes_of(bill) {
        let stream = (id.aggregate_type.as_str(), id.aggregate_id);
        let book = found.house.book;
        let events = figures::stream(ledger, book, stream, found.house.position).await?;
        let cause = events
            .iter()
            .find(|recorded| recorded.sequence == id.sequence);
        if let Some(cause) = cause {
            let name = cause.event.name();
            known.insert(
                id.clone(),
                Cause {
                    at: cause.at(),
                    name,
                },
            );
        }
    }
    Ok(known)
}
