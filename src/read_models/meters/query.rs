//! The list of meters, read.

use projections::meter_cards::MeterState;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::read_models::query::{Listed, PageAsked, listed};
use crate::store::Ledger;

/// Which meters are wanted.
#[derive(Clone, Debug, Default)]
pub struct MetersAsked {
    /// Only of this resource, by its code.
    pub resource: Option<&'static str>,
    /// Only in this state.
    pub state: Option<MeterState>,
}

/// Meters of the house, by id.
///
/// # Errors
/// [`ReadModelError`] where there are no read models or they cannot be read.
pub async fn meters(
    ledger: &Ledger,
    book: Uuid,
    asked: &MetersAsked,
    page: PageAsked<Uuid>,
) -> Result<Listed, ReadModelError> {
    let statement = "select card, meter_id::text from read_models.meters \
         where book_id = $1 and version = $2 and ($3::uuid is null or meter_id > $3) \
           and ($4::text is null or resource = $4) and ($5::text is null or state = $5) \
         order by meter_id limit $6";
    listed(ledger, book, statement, page.limit, |query| {
        query
            .bind(page.after)
            .bind(asked.resource)
            .bind(asked.state.map(MeterState::code))
    })
    .await
}
