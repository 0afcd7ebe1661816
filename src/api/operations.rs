//! What staff do to the ledger beside taking in readings. Each answers with its receipt.

use std::sync::Arc;

use aggregates::ids::{BookId, MeterId, MeteringPointId};
use aggregates::meter::event::RemovalReason;
use aggregates::meter::reading::RegisterValue;
use aggregates::vocabulary::ActRef;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::Fault;
use crate::api::write::{ReceiptBody, answer, write};
use crate::import::house::file::MeterEntry;
use crate::operations::{
    ControlReading, Correction, MeterAct, Removal, Replacement, Withdrawal, correct_reading,
    record_act, record_control_reading, replace_meter, withdraw_reading,
};
use crate::store::Completed;

/// What became of an operation.
#[derive(Serialize)]
struct DoneBody {
    receipt: ReceiptBody,
}

fn done<T>(completed: &Completed<T>) -> Response {
    let receipt = ReceiptBody::from(&completed.receipt);
    answer(&completed.receipt, &DoneBody { receipt })
}

/// `POST …/meters/{meter}/readings/{sequence}/correction`
pub(super) async fn correct(
    State(api): State<Api>,
    Address((book, meter, sequence)): Address<(BookId, MeterId, u64)>,
    writing: Writing<Correction>,
) -> Result<Response, Fault> {
    let body = writing.body;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let correction = body.clone();
        Box::pin(async move {
            unit.describe("command", "correct_reading");
            Ok(correct_reading(unit, book, meter, sequence, correction).await?)
        })
    });
    Ok(done(&completed.await?))
}

/// `POST …/meters/{meter}/readings/{sequence}/withdrawal`
pub(super) async fn withdraw(
    State(api): State<Api>,
    Address((book, meter, sequence)): Address<(BookId, MeterId, u64)>,
    writing: Writing<Withdrawal>,
) -> Result<Response, Fault> {
    let body = writing.body;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let withdrawal = body.clone();
        Box::pin(async move {
            unit.describe("command", "withdraw_reading");
            Ok(withdraw_reading(unit, meter, sequence, withdrawal).await?)
        })
    });
    Ok(done(&completed.await?))
}

/// `POST …/meters/{meter}/control-readings`
pub(super) async fn control(
    State(api): State<Api>,
    Address((book, meter)): Address<(BookId, MeterId)>,
    writing: Writing<ControlReading>,
) -> Result<Response, Fault> {
    let (body, received_at) = (writing.body, writing.received_at);
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let control = body.clone();
        Box::pin(async move {
            unit.describe("command", "record_control_reading");
            Ok(record_control_reading(unit, book, meter, control, received_at).await?)
        })
    });
    Ok(done(&completed.await?))
}

/// `POST …/meters/{meter}/acts`
pub(super) async fn act(
    State(api): State<Api>,
    Address((book, meter)): Address<(BookId, MeterId)>,
    writing: Writing<MeterAct>,
) -> Result<Response, Fault> {
    let body = writing.body;
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let said = body.clone();
        Box::pin(async move {
            unit.describe("command", "record_meter_act");
            Ok(record_act(unit, meter, said).await?)
        })
    });
    Ok(done(&completed.await?))
}

/// A [`Replacement`] as it is sent: the same fields side by side, so that one that does not fit is
/// named by its path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplacementBody {
    at: DateTime<FixedOffset>,
    r#final: Vec<RegisterValue>,
    reason: RemovalReason,
    #[serde(default)]
    act: Option<ActRef>,
    #[serde(default)]
    meter: Option<MeterEntry>,
}

impl From<ReplacementBody> for Replacement {
    fn from(body: ReplacementBody) -> Self {
        let removal = Removal {
            at: body.at,
            r#final: body.r#final,
            reason: body.reason,
            act: body.act,
        };
        Self {
            removal,
            meter: body.meter,
        }
    }
}

/// `POST …/points/{point}/replacement`
pub(super) async fn replace(
    State(api): State<Api>,
    Address((book, point)): Address<(BookId, MeteringPointId)>,
    writing: Writing<ReplacementBody>,
) -> Result<Response, Fault> {
    let replacement = Arc::new(Replacement::from(writing.body));
    let completed = write(&api, book, writing.request.as_ref(), move |unit| {
        let replacement = Replacement::clone(&replacement);
        Box::pin(async move {
            unit.describe("command", "replace_meter");
            Ok(replace_meter(unit, book, point, replacement).await?)
        })
    });
    Ok(done(&completed.await?))
}
