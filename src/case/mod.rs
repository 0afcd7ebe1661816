//! A case: a house and all that happened in it, in one file, settled without a database.
//!
//! The file is turned into a [book in memory](book) by the same commands as the ledger, and the
//! book into figures by the same folds.

mod answer;
pub mod book;
pub mod file;
mod file_facts;
mod happening;
mod names;
mod outcome;
mod play;
mod text;

pub use answer::{EntriesTold, EventTold, Narrow, SettledCase, settle_case};
pub use outcome::{CaseEntry, CaseStatus};
pub use play::{PlayedCase, play};

use projections::recorded::{FoldError, Recorded};
use projections::settlement::{HouseBook, SettlementError};

use crate::store::error::StoreError;

/// Why a file makes no case at all.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Ids are derived from the code of the house.
    #[error(
        "в файле нет кода ФИАС дома (house.building.address.fias); укажите любой GUID: по нему \
         получают номера счета и приборы"
    )]
    NoFias,
    /// A day beyond the calendar.
    #[error("день записи лежит за пределами календаря; проверьте годы")]
    Calendar,
    /// The book in memory cannot be read back: an error of the program.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The events of the book do not make sense together.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The period cannot be settled at all.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
}

/// The fold from which a book in memory is settled.
///
/// # Errors
/// [`FoldError`] when the events do not make sense together.
fn house_book(events: &[Recorded]) -> Result<HouseBook, FoldError> {
    let mut house = HouseBook::new();
    for recorded in events {
        house.apply(recorded)?;
    }
    Ok(house)
}
