//! The file of a receipt: the record with the proof that it is in the journal.

use aggregates::ids::BookId;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use uuid::Uuid;

use crate::proof::note::SignedCheckpoint;
use crate::sites::Front;
use crate::sites::answer::Answer;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::resident::home::Home;
use crate::sites::resident::receipts::{own_meters, taken};

/// `GET /home/{premises}/receipts/{position}/file`: of a reading of one's own meter.
pub(super) async fn download(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, position)): Path<(Uuid, i64)>,
) -> Answer {
    let (home, _) = Home::open(&front, &signed, premises).await?;
    let meters = own_meters(&front, &home).await?;
    let before = position.checked_sub(1).ok_or(SiteError::NotFound)?;
    let found = taken(&front, &home, &meters, (before, position)).await?;
    let position = found.first().ok_or(SiteError::NotFound)?.position;
    let note = note_over(&front, home.book, position).await?;
    let receipt = front.ledger().receipt(&note, position).await?;
    let text = serde_json::to_string_pretty(&receipt).map_err(SiteError::internal)?;
    let name = format!("attachment; filename=\"receipt-{position}.json\"");
    let kind = "application/json; charset=utf-8".to_owned();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], text).into_response())
}

/// A checkpoint that covers `position`: the last one, or a new one.
async fn note_over(
    front: &Front,
    book: BookId,
    position: u64,
) -> Result<SignedCheckpoint, SiteError> {
    let latest = front.ledger().latest_checkpoint(book.0).await?;
    let covers = latest.filter(|latest| latest.note.checkpoint.size >= position);
    match (covers, &front.signer) {
        (Some(latest), _) => Ok(latest.note),
        (None, Some(signer)) => Ok(front.ledger().checkpoint(book.0, signer).await?),
        (None, None) => Err(SiteError::Refused(
            "доказательство будет готово со следующей отметкой журнала: её делает оператор"
                .to_owned(),
        )),
    }
}
