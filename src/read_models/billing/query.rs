//! Periods, accounts and bills, read.

use aggregates::time::Period;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::{Listed, PageAsked, listed};
use crate::store::Ledger;

/// Periods of a house: not more than there are months in the calendar.
const ALL: u16 = 4_000;

/// The settlement periods of the house, oldest first.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn periods(ledger: &Ledger, book: Uuid) -> Result<Listed, ReadModelError> {
    let statement = "select card, period from read_models.periods \
         where book_id = $1 and version = $2 order by period limit $3";
    listed(ledger, book, statement, ALL, |query| query).await
}

/// The accounts of the house, by id.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn accounts(
    ledger: &Ledger,
    book: Uuid,
    page: PageAsked<Uuid>,
) -> Result<Listed, ReadModelError> {
    let statement = "select card, account_id::text from read_models.accounts \
         where book_id = $1 and version = $2 and ($3::uuid is null or account_id > $3) \
         order by account_id limit $4";
    listed(ledger, book, statement, page.limit, |query| {
        query.bind(page.after)
    })
    .await
}

/// Issued bills with their lines, of one period or all, in the order in which they were issued.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn bills(
    ledger: &Ledger,
    book: Uuid,
    period: Option<Period>,
    page: PageAsked<i64>,
) -> Result<Listed, ReadModelError> {
    let statement = "select bill, position::text from read_models.bills \
         where book_id = $1 and version = $2 and position > $3 \
           and ($4::text is null or period = $4) \
         order by position limit $5";
    listed(ledger, book, statement, page.limit, |query| {
        query
            .bind(page.after.unwrap_or(0))
            .bind(period.map(|period| period.to_string()))
    })
    .await
}
