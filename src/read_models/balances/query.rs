//! Balances of a month, read.

use aggregates::time::Period;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::{Listed, listed};
use crate::store::Ledger;

/// Scopes of a house are few.
const ALL: u16 = 1_000;

/// The balances of `period`, by resource and scope.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn balances(
    ledger: &Ledger,
    book: Uuid,
    (period, resource): (Period, Option<&'static str>),
) -> Result<Listed, ReadModelError> {
    let statement = "select figure, scope from read_models.balances \
         where book_id = $1 and version = $2 and period = $3 \
           and ($4::text is null or resource = $4) \
         order by resource, scope limit $5";
    listed(ledger, book, statement, ALL, |query| {
        query.bind(period.to_string()).bind(resource)
    })
    .await
}
