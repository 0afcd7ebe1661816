//! Checkpoints for anybody: no token, nothing of anybody. A checkpoint is a size and a hash; who
//! keeps one can show later that the book was rewritten.

use aggregates::ids::BookId;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{TimeDelta, Utc};

use crate::api::Api;
use crate::api::extract::Address;
use crate::api::fault::Fault;
use crate::proof::error::ProofError;

/// A stranger's request makes no new checkpoint while the last one is younger than this.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// `GET /api/v1/books/{book}/checkpoint`: the signed note, as text.
pub(super) async fn latest(
    State(api): State<Api>,
    Address(book): Address<BookId>,
) -> Result<Response, Fault> {
    let latest = api.ledger.latest_checkpoint(book.0).await?;
    let fresh = latest.filter(|latest| {
        api.signer.is_none() || Utc::now().signed_duration_since(latest.made_at) < FRESH
    });
    match (fresh, &api.signer) {
        (Some(latest), _) => Ok(text(latest.note.text().to_owned())),
        (None, Some(signer)) => {
            let note = api.ledger.checkpoint(book.0, signer).await?;
            Ok(text(note.text().to_owned()))
        }
        (None, None) => {
            api.ledger.head(book.0).await?;
            Err(Fault::NotFound(
                "отметок этого журнала ещё нет; оператор делает их командой `audit checkpoint`"
                    .to_owned(),
            ))
        }
    }
}

/// `GET /api/v1/books/{book}/checkpoint/key`: the public key, as `name+id+key`.
pub(super) async fn key(
    State(api): State<Api>,
    Address(book): Address<BookId>,
) -> Result<Response, Fault> {
    api.ledger.head(book.0).await?;
    let signer = api.signer.as_ref().ok_or_else(|| {
        Fault::NotFound("этот сервер отметок не подписывает и ключа не знает".to_owned())
    })?;
    Ok(text(format!("{}\n", signer.public_key(book.0))))
}

fn text(body: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

impl From<ProofError> for Fault {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Store(error) => error.into(),
            ProofError::NoSuchPosition { .. } => Self::refused(error),
            other => Self::internal(other),
        }
    }
}
