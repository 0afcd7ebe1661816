//! Books of the ledger.

use std::collections::BTreeMap;

use aggregates::ids::BookId;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use crate::api::Api;
use crate::api::extract::Address;
use crate::api::fault::Fault;
use crate::api::write::as_of;
use crate::figures::{House, house_of, houses};
use crate::store::books::{BookHead, BookKind};

/// A book.
#[derive(Serialize)]
struct BookBody {
    #[serde(flatten)]
    head: BookHead,
    /// Address of the building, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// ФИАС GUID of the building, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    fias: Option<Uuid>,
}

impl BookBody {
    fn new(head: BookHead, house: Option<House>) -> Self {
        let (address, fias) = house.map_or((None, None), |house| (Some(house.address), house.fias));
        Self {
            head,
            address,
            fias,
        }
    }
}

/// All books.
#[derive(Serialize)]
pub(super) struct BooksBody {
    books: Vec<BookBody>,
}

/// `GET /api/v1/books`
pub(super) async fn list(State(api): State<Api>) -> Result<Json<BooksBody>, Fault> {
    let houses = houses(&api.ledger).await?;
    let mut houses: BTreeMap<BookId, House> = houses
        .into_iter()
        .map(|house| (house.book, house))
        .collect();
    let heads = api.ledger.heads().await?;
    let book = |head: BookHead| {
        let house = houses.remove(&BookId(head.book));
        BookBody::new(head, house)
    };
    let books = heads.into_iter().map(book).collect();
    Ok(Json(BooksBody { books }))
}

/// `GET /api/v1/books/{book}`
pub(super) async fn one(
    State(api): State<Api>,
    Address(book): Address<BookId>,
) -> Result<Response, Fault> {
    let head = api.ledger.head(book.0).await?;
    let house = match head.kind {
        BookKind::Building => Some(house_of(&api.ledger, &head).await?),
        BookKind::Organisation => None,
    };
    Ok(as_of(head.position, &BookBody::new(head, house)))
}
