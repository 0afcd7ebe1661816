//! What is asked of a house or a meter, in the same JSON as the commands print.

use aggregates::ids::{BookId, MeterId};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use axum::extract::State;
use axum::response::Response;
use projections::balance::HouseBalance;
use projections::explanation::Explained;
use projections::waterfall::{HouseWaterfall, house_waterfall};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked};
use crate::api::fault::Fault;
use crate::api::vantage::vantage;
use crate::api::write::as_of;
use crate::figures;

/// How the history is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryAsked {
    /// Vantage.
    known_at: Option<String>,
}

/// `GET /api/v1/books/{book}/meters/{meter}/history`
pub(super) async fn history(
    State(api): State<Api>,
    Address((book, meter)): Address<(BookId, MeterId)>,
    Asked(asked): Asked<HistoryAsked>,
) -> Result<Response, Fault> {
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = figures::resolve(&api.ledger, book, known_at).await?;
    let history = figures::history(&api.ledger, book, meter, until).await?;
    Ok(as_of(until, &history))
}

/// How the balance is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BalanceAsked {
    /// Of which resource; cold water where nothing is said.
    resource: Option<Resource>,
    /// Vantage.
    known_at: Option<String>,
    /// An earlier vantage to compare with.
    since: Option<String>,
}

/// A balance with its reason, and how it falls.
#[derive(Serialize)]
struct BalanceBody {
    #[serde(flatten)]
    balance: Explained<HouseBalance>,
    waterfall: HouseWaterfall,
}

/// `GET /api/v1/books/{book}/balance/{period}`: the balance with its explanation and waterfall, or,
/// with `since`,
/// what changed in it and by which events.
pub(super) async fn balance(
    State(api): State<Api>,
    Address((book, period)): Address<(BookId, Period)>,
    Asked(asked): Asked<BalanceAsked>,
) -> Result<Response, Fault> {
    let resource = asked.resource.unwrap_or(Resource::ColdWater);
    let known_at = vantage("known_at", asked.known_at.as_deref())?;
    let until = figures::resolve(&api.ledger, book, known_at).await?;
    let Some(since) = asked.since.as_deref() else {
        let balance = figures::balance(&api.ledger, book, period, resource, until).await?;
        let house = figures::house_book(&api.ledger, book, until).await?;
        let waterfall = house_waterfall(&house, period, resource)?;
        return Ok(as_of(until, &BalanceBody { balance, waterfall }));
    };
    let from = figures::resolve(&api.ledger, book, vantage("since", Some(since))?).await?;
    if from > until {
        let detail = format!("позиция {from} позже позиции known_at, {until}");
        return Err(Fault::bad_parameter("since", detail));
    }
    let question = (period, resource);
    let difference = figures::difference(&api.ledger, book, question, (from, until)).await?;
    Ok(as_of(until, &difference))
}
