//! A period closed in a book: what the ledger's closing appends, told as commands.

use aggregates::account::Account;
use aggregates::account::command::AccountCommand;
use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::BookId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::text::Code;
use projections::recorded::{FoldError, Recorded};
use projections::settlement::{Closing, HouseBook};

use crate::operations::OperationError;
use crate::store::execute::Execute;

/// The fold from which a book is settled.
///
/// # Errors
/// [`FoldError`] when the events do not make sense together.
pub(super) fn house_book(events: &[Recorded]) -> Result<HouseBook, FoldError> {
    let mut house = HouseBook::new();
    for recorded in events {
        house.apply(recorded)?;
    }
    Ok(house)
}

/// Records what `closing` says: calculated volumes, the closed period, the bills, the next period,
/// in the order of the ledger's own closing.
/// `root` is the root over the heads of the streams as of the position it was computed at.
///
/// # Errors
/// [`OperationError`]: an aggregate refuses; some of the events may have been made.
pub(super) async fn record(
    book: &mut impl Execute,
    id: BookId,
    closing: &Closing,
    root: [u8; 32],
) -> Result<(), OperationError> {
    let period = closing.period;
    let root =
        Code::new(hex::encode(root)).map_err(|error| OperationError::Refused(error.to_string()))?;
    let open = |period| BuildingCommand::OpenPeriod { period };
    book.execute::<Building>(id.0, open(period)).await?;
    for gap in &closing.imputations {
        let impute = MeterCommand::ImputeValue(gap.imputation());
        book.execute::<Meter>(gap.gap.meter.0, impute).await?;
    }
    let close = BuildingCommand::ClosePeriod {
        period,
        computed_at: closing.computed_at,
        edition_hash: Some(closing.edition_hash.clone()),
        engine: Some(closing.engine.clone()),
        totals: closing.totals.clone(),
        stream_heads_root: Some(root),
    };
    book.execute::<Building>(id.0, close).await?;
    for bill in &closing.bills {
        let issue = AccountCommand::IssueBill {
            bill: closing.issued(bill),
        };
        book.execute::<Account>(bill.account.0, issue).await?;
    }
    book.execute::<Building>(id.0, open(period.next())).await?;
    Ok(())
}
