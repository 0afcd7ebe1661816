//! A house file recorded: its companies in their own books, the house in its own.

use std::sync::Arc;

use aggregates::ids::BookId;
use aggregates::organisation::Organisation;
use futures_util::FutureExt;

use crate::import::house::apply::{HouseImport, apply, organisations};
use crate::import::house::file::HouseFile;
use crate::store::books::BookKind;
use crate::store::error::{CommitError, StoreError};
use crate::store::{Actor, Ledger, Request, RunError};

/// Why a house was not recorded; running it again adds what is missing.
#[derive(Debug, thiserror::Error)]
pub enum RecordHouseError {
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The events could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A company of the file is known under the same ИНН with other data.
    #[error("организация не записана: {0}")]
    Organisation(String),
    /// The task was shut down.
    #[error("загрузка прервалась; повторите: записанное не удвоится")]
    Interrupted,
}

/// Records a house and its companies. A repetition adds only what is new; one under the same
/// `request` adds nothing and answers at once.
///
/// # Errors
/// [`RecordHouseError`]; entries that are refused are part of the answer.
pub async fn record_house(
    ledger: &Ledger,
    actor: &Actor,
    book: BookId,
    file: HouseFile,
    request: Option<&Request>,
) -> Result<HouseImport, RecordHouseError> {
    record_companies(ledger, actor, &file).await?;
    ledger.open_book(book.0, BookKind::Building).await?;
    let file = Arc::new(file);
    let done = ledger
        .run(book.0, actor, request, move |unit| {
            let file = Arc::clone(&file);
            async move { apply(unit, book, &file).await }.boxed()
        })
        .await
        .map_err(|error| match error {
            RunError::Refused(error) => RecordHouseError::Store(error),
            RunError::Commit(error) => RecordHouseError::Commit(error),
            RunError::Interrupted => RecordHouseError::Interrupted,
        })?;
    Ok(done.value.unwrap_or_default())
}

async fn record_companies(
    ledger: &Ledger,
    actor: &Actor,
    file: &HouseFile,
) -> Result<(), RecordHouseError> {
    for (organisation, command) in organisations(file) {
        ledger
            .open_book(organisation.0, BookKind::Organisation)
            .await?;
        let done = ledger
            .run(organisation.0, actor, None, move |unit| {
                let command = command.clone();
                async move { unit.execute::<Organisation>(organisation.0, command).await }.boxed()
            })
            .await;
        done.map_err(|error| match error {
            RunError::Refused(refusal) => RecordHouseError::Organisation(refusal.to_string()),
            RunError::Commit(error) => RecordHouseError::Commit(error),
            RunError::Interrupted => RecordHouseError::Interrupted,
        })?;
    }
    Ok(())
}
