//! Whether the program lives, and whether it can work. Both answer without a token and say nothing
//! of the ledger.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::api::Api;
use crate::api::fault::Fault;
use crate::store::migrations;

/// A state in one word.
#[derive(Serialize)]
pub(super) struct StateBody {
    status: &'static str,
}

/// `GET /health`: the process answers.
pub(super) async fn health() -> Json<StateBody> {
    Json(StateBody { status: "ok" })
}

/// `GET /ready`: the database answers and has the schema of this program.
pub(super) async fn ready(State(api): State<Api>) -> Result<Json<StateBody>, Fault> {
    match migrations::is_complete(api.ledger.pool()).await {
        Ok(true) => Ok(Json(StateBody { status: "ready" })),
        Ok(false) => Err(Fault::not_migrated()),
        Err(error) => Err(Fault::unavailable(error)),
    }
}
