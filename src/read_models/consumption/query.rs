//! Consumption of a month, read.

use aggregates::time::Period;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::{Listed, PageAsked, listed};
use crate::store::Ledger;

/// The points of the house with their consumption of `period`, by id. A point that had no meter yet
/// is not listed.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn consumption(
    ledger: &Ledger,
    book: Uuid,
    (period, resource): (Period, Option<&'static str>),
    page: PageAsked<Uuid>,
) -> Result<Listed, ReadModelError> {
    let statement = "select figure, point_id::text from read_models.consumption \
         where book_id = $1 and version = $2 and period = $3 \
           and ($4::uuid is null or point_id > $4) and ($5::text is null or resource = $5) \
         order by point_id limit $6";
    listed(ledger, book, statement, page.limit, |query| {
        query
            .bind(period.to_string())
            .bind(page.after)
            .bind(resource)
    })
    .await
}
