//! Lists of a house from the read models: present state, as of the position they name.

use std::time::Duration;

use aggregates::ids::BookId;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use projections::meter_cards::MeterState;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::api::Api;
use crate::api::extract::{Address, Asked};
use crate::api::fault::Fault;
use crate::api::write::as_of;
use crate::read_models::meters::query::MetersAsked;
use crate::read_models::query::{Listed, PageAsked};
use crate::read_models::status::BookStatus;
use crate::read_models::{balances, billing, consumption, meters, status, wait_for};
use crate::store::error::StoreError;

/// Rows of a page where nothing is said.
const ROWS: u16 = 100;
/// Rows of a page at most.
const ROWS_MAX: u16 = 1_000;
/// How long an answer waits for the position asked for.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// How a list is asked for. Not every list knows every parameter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListAsked {
    /// Of which settlement period.
    period: Option<Period>,
    /// Of which resource.
    resource: Option<Resource>,
    /// Meters in which state.
    state: Option<MeterState>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows at most.
    limit: Option<u16>,
    /// A position that the answer has to have taken in.
    wait: Option<i64>,
}

impl ListAsked {
    fn page<K: std::str::FromStr>(&self) -> Result<PageAsked<K>, Fault> {
        let limit = self.limit.unwrap_or(ROWS);
        if limit == 0 || limit > ROWS_MAX {
            let detail = format!("ожидается от 1 до {ROWS_MAX}");
            return Err(Fault::bad_parameter("limit", detail));
        }
        let after = self.after.as_deref().map(|text| {
            let not_ours = |_| Fault::bad_parameter("after", "ожидается next предыдущей страницы");
            text.parse().map_err(not_ours)
        });
        Ok(PageAsked {
            after: after.transpose()?,
            limit,
        })
    }

    /// Refuses what the list does not know: an answer that ignores it would look narrowed.
    fn check(&self, known: &[&str]) -> Result<(), Fault> {
        let given = [
            ("period", self.period.is_some()),
            ("resource", self.resource.is_some()),
            ("state", self.state.is_some()),
            ("after", self.after.is_some()),
            ("limit", self.limit.is_some()),
        ];
        let strange = given
            .iter()
            .find(|(name, is_given)| *is_given && !known.contains(name));
        strange.map_or(Ok(()), |(name, _)| {
            Err(Fault::bad_parameter(name, "этот список его не знает"))
        })
    }

    fn period(&self) -> Result<Period, Fault> {
        let missing = || Fault::bad_parameter("period", "нужен расчётный период ГГГГ-ММ");
        self.period.ok_or_else(missing)
    }

    fn resource(&self) -> Option<&'static str> {
        self.resource.map(Resource::code)
    }
}

/// All books with read models.
#[derive(Serialize)]
pub(super) struct StatusBody {
    books: Vec<BookStatus>,
}

/// `GET /api/v1/projections`
pub(super) async fn projections(State(api): State<Api>) -> Result<Json<StatusBody>, Fault> {
    let books = status::status(&api.ledger).await?;
    Ok(Json(StatusBody { books }))
}

/// `GET /api/v1/houses/{house}/meters`
pub(super) async fn meters(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(
        &api,
        house,
        &asked,
        &["resource", "state", "after", "limit"],
    )
    .await?;
    let page = asked.page()?;
    let of = MetersAsked {
        resource: asked.resource(),
        state: asked.state,
    };
    let listed = meters::query::meters(&api.ledger, book, &of, page).await?;
    Ok(body(book, "meters", listed))
}

/// `GET /api/v1/houses/{house}/consumption?period`
pub(super) async fn consumption(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(
        &api,
        house,
        &asked,
        &["period", "resource", "after", "limit"],
    )
    .await?;
    let of = (asked.period()?, asked.resource());
    let listed = consumption::query::consumption(&api.ledger, book, of, asked.page()?).await?;
    Ok(body(book, "consumption", listed))
}

/// `GET /api/v1/houses/{house}/balances?period`
pub(super) async fn balances(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(&api, house, &asked, &["period", "resource"]).await?;
    let of = (asked.period()?, asked.resource());
    let listed = balances::query::balances(&api.ledger, book, of).await?;
    Ok(body(book, "balances", listed))
}

/// `GET /api/v1/houses/{house}/periods`
pub(super) async fn periods(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(&api, house, &asked, &[]).await?;
    let listed = billing::query::periods(&api.ledger, book).await?;
    Ok(body(book, "periods", listed))
}

/// `GET /api/v1/houses/{house}/accounts`
pub(super) async fn accounts(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(&api, house, &asked, &["after", "limit"]).await?;
    let listed = billing::query::accounts(&api.ledger, book, asked.page()?).await?;
    Ok(body(book, "accounts", listed))
}

/// `GET /api/v1/houses/{house}/bills?period`
pub(super) async fn bills(
    State(api): State<Api>,
    Address(house): Address<Uuid>,
    Asked(asked): Asked<ListAsked>,
) -> Result<Response, Fault> {
    let book = ready(&api, house, &asked, &["period", "after", "limit"]).await?;
    let listed = billing::query::bills(&api.ledger, book, asked.period, asked.page()?).await?;
    Ok(body(book, "bills", listed))
}

/// The book of the house, named by its book or its ФИАС GUID, once it has taken in what is waited
/// for. Refuses parameters that the list does not know.
async fn ready(api: &Api, house: Uuid, asked: &ListAsked, known: &[&str]) -> Result<Uuid, Fault> {
    asked.check(known)?;
    let book = match api.ledger.head(house).await {
        Ok(head) => head.book,
        Err(StoreError::NoSuchBook(_)) => {
            let by_fias = BookId::of_building(house).0;
            match api.ledger.head(by_fias).await {
                Ok(head) => head.book,
                Err(StoreError::NoSuchBook(_)) => {
                    return Err(Fault::NotFound(format!("дома {house} нет")));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(position) = asked.wait {
        wait_for(&api.ledger, book, position, WAIT_LIMIT).await?;
    }
    Ok(book)
}

/// The page under the name of its list, with all that says how far it can be trusted.
fn body(book: Uuid, list: &str, listed: Listed) -> Response {
    let Listed {
        standing,
        rows,
        next,
    } = listed;
    let mut body = Map::new();
    body.insert("book".to_owned(), json!(book));
    body.insert("position".to_owned(), json!(standing.position));
    if let Some(parked) = &standing.parked {
        body.insert("parked".to_owned(), json!(parked));
    }
    if !standing.parked_streams.is_empty() {
        body.insert("parked_streams".to_owned(), json!(standing.parked_streams));
    }
    body.insert(list.to_owned(), Value::Array(rows));
    if let Some(next) = next {
        body.insert("next".to_owned(), Value::String(next));
    }
    as_of(standing.position, &body)
}
