//! Meters of a house: how a client that knows a serial number or a flat finds the ids.

use aggregates::ids::{BookId, MeterId, MeteringPointId, PremisesId};
use aggregates::meter::model::RegisterSpec;
use aggregates::vocabulary::Resource;
use axum::extract::State;
use axum::response::Response;
use projections::directory::fold::{Directory, MeterCard};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::as_of;
use crate::figures::{directory, resolve};

/// Which meters are asked for; nothing means all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetersAsked {
    /// Заводской номер, exactly.
    serial: Option<String>,
    /// Number on the door; a room is `flat/room`.
    premises: Option<String>,
    /// Vantage.
    known_at: Option<String>,
}

/// Meters found.
#[derive(Serialize)]
struct MetersBody {
    meters: Vec<MeterBody>,
}

/// A meter and its place.
#[derive(Serialize)]
struct MeterBody {
    id: MeterId,
    serial: String,
    resource: Resource,
    /// Whether it stands at its point now; a meter that was taken away keeps the point it left.
    installed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<PointBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    premises: Option<PremisesBody>,
    registers: Vec<RegisterSpec>,
}

/// Where a meter stands.
#[derive(Serialize)]
struct PointBody {
    id: MeteringPointId,
    label: String,
}

/// Whose consumption it counts.
#[derive(Serialize)]
struct PremisesBody {
    id: PremisesId,
    /// As on the door; a room is `flat/room`.
    number: String,
}

/// `GET /api/v1/books/{book}/meters`
pub(super) async fn list(
    State(api): State<Api>,
    Address(book): Address<BookId>,
    Asked(asked): Asked<MetersAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = resolve(&api.ledger, book, known_at).await?;
    let directory = directory(&api.ledger, book, until).await?;
    let premises = asked
        .premises
        .as_deref()
        .map(|number| directory.premises_by_number(number.trim()));
    let is_asked_for = |id: &MeterId, card: &MeterCard| {
        let serial = asked.serial.as_deref();
        serial.is_none_or(|serial| card.serial == serial.trim())
            && premises.is_none_or(|premises| {
                premises.is_some() && directory.premises_of_meter(*id) == premises
            })
    };
    let meters = directory
        .meters()
        .filter(|(id, card)| is_asked_for(id, card))
        .map(|(id, card)| body(&directory, id, card))
        .collect();
    Ok(as_of(until, &MetersBody { meters }))
}

fn body(directory: &Directory, id: MeterId, card: &MeterCard) -> MeterBody {
    let point = card
        .point
        .and_then(|point| Some((point, directory.point(point)?)));
    let premises = directory
        .premises_of_meter(id)
        .and_then(|premises| Some((premises, directory.premises(premises)?)));
    MeterBody {
        id,
        serial: card.serial.clone(),
        resource: card.resource,
        installed: point.is_some_and(|(_, point)| point.meter == Some(id)),
        point: point.map(|(id, point)| PointBody {
            id,
            label: point.label.clone(),
        }),
        premises: premises.map(|(id, card)| PremisesBody {
            id,
            number: directory.full_number(card),
        }),
        registers: card.registers.clone(),
    }
}
