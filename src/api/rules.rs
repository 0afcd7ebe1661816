//! What holds, since when, by which clause, and who answers for what is not certain.

use aggregates::ids::BookId;
use aggregates::time::Period;
use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use projections::rules::{Edition, Rules};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Asked};
use crate::api::fault::Fault;
use crate::api::write::as_of;
use crate::figures;
use crate::rules::book::{Answered, answered};

/// How rules are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesAsked {
    /// The day on which they hold; without it today by the clock of the house, by UTC where no
    /// house is named.
    on: Option<NaiveDate>,
    /// Only those that nobody is certain of.
    #[serde(default)]
    uncertain: bool,
}

/// Rows in force on a day.
#[derive(Serialize)]
struct RulesBody {
    on: NaiveDate,
    /// Hash over all rows of the edition, as closings carry it.
    edition: String,
    rules: Vec<Answered>,
}

/// `GET /api/v1/rules`
pub(super) async fn list(
    State(api): State<Api>,
    Asked(asked): Asked<RulesAsked>,
) -> Result<Response, Fault> {
    let on = asked.on.unwrap_or_else(|| Utc::now().date_naive());
    let period = Period::of_date(on).map_err(Fault::refused)?;
    let rules = Rules::carried().map_err(Fault::internal)?;
    let edition = rules.edition(period).map_err(Fault::internal)?;
    let book = BookId::of_deployment();
    let heads = api.ledger.heads().await?;
    let head = heads.iter().find(|head| head.book == book.0);
    // Nothing is answered for yet where the book of rules has not begun.
    let position = head.map_or(0, |head| head.position);
    told(&api, &asked, (on, position), &edition).await
}

/// `GET /api/v1/books/{book}/rules`: with what holds for this house in the place of a rule.
pub(super) async fn of_house(
    State(api): State<Api>,
    Address(book): Address<BookId>,
    Asked(asked): Asked<RulesAsked>,
) -> Result<Response, Fault> {
    let head = api.ledger.head(book.0).await?.position;
    let house = figures::house_book(&api.ledger, book, head).await?;
    let no_zone = || Fault::NotFound(format!("в журнале {book} дом не зарегистрирован"));
    let zone = house.zone().ok_or_else(no_zone)?;
    let on = asked.on.unwrap_or_else(|| zone.local_date(Utc::now()));
    let period = Period::of_date(on).map_err(Fault::refused)?;
    let edition = house.edition(period).map_err(Fault::refused)?;
    told(&api, &asked, (on, head), &edition).await
}

async fn told(
    api: &Api,
    asked: &RulesAsked,
    (on, position): (NaiveDate, i64),
    edition: &Edition,
) -> Result<Response, Fault> {
    let rows = edition.parameters().iter();
    let rows = rows.filter(|row| row.validity.contains(on));
    let rows = rows.filter(|row| !asked.uncertain || row.is_uncertain());
    let body = RulesBody {
        on,
        edition: edition.hash().to_owned(),
        rules: answered(&api.ledger, rows.cloned().collect()).await?,
    };
    Ok(as_of(position, &body))
}
