//! Houses by the names that people give them.

use aggregates::book_event::BookEvent;
use aggregates::building::address::Address;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::BookId;
use serde::Serialize;
use uuid::Uuid;

use crate::figures::FigureError;
use crate::store::Ledger;
use crate::store::books::{BookHead, BookKind};
use crate::store::error::StoreError;
use crate::store::read::{Filter, decode};

/// A house and its book.
#[derive(Clone, Debug, Serialize)]
pub struct House {
    /// Its book.
    pub book: BookId,
    /// Its address in one line.
    pub address: String,
    /// ФИАС GUID, where known.
    pub fias: Option<Uuid>,
    /// Position of the book's last event.
    pub position: i64,
}

/// All houses of the ledger, by address.
///
/// # Errors
/// [`StoreError`] when the books cannot be read.
pub async fn houses(ledger: &Ledger) -> Result<Vec<House>, StoreError> {
    let mut found = Vec::new();
    for head in ledger.heads().await? {
        if head.kind == BookKind::Building {
            found.push(house_of(ledger, &head).await?);
        }
    }
    found.sort_by(|one, other| one.address.cmp(&other.address));
    Ok(found)
}

/// The house whose book has this head.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn house_of(ledger: &Ledger, head: &BookHead) -> Result<House, StoreError> {
    let filter = Filter {
        aggregate_types: vec!["building".to_owned()],
        event_types: vec!["BuildingRegistered".to_owned(), "AddressChanged".to_owned()],
        aggregate_ids: vec![head.book],
        ..Filter::default()
    };
    let rows = ledger
        .rows(head.book, head.position, &filter)
        .collect()
        .await?;
    let mut known: Option<Address> = None;
    for row in &rows {
        if let BookEvent::Building(
            BuildingEvent::BuildingRegistered { address, .. }
            | BuildingEvent::AddressChanged { address, .. },
        ) = decode(row)?
        {
            known = Some(address);
        }
    }
    Ok(House {
        book: BookId(head.book),
        fias: known.as_ref().and_then(|address| address.fias),
        address: known.map_or_else(
            || "адрес не указан".to_owned(),
            |address| address.to_string(),
        ),
        position: head.position,
    })
}

/// The house that `text` names: a ФИАС GUID, a book's id or words of its address.
///
/// # Errors
/// [`FigureError::NoSuchHouse`] or [`FigureError::SeveralHouses`].
pub async fn find_house(ledger: &Ledger, text: &str) -> Result<House, FigureError> {
    let houses = houses(ledger).await?;
    let asked = Uuid::parse_str(text.trim()).ok();
    let words: Vec<String> = text.split_whitespace().map(comparable).collect();
    let fits = |house: &House| match asked {
        Some(id) => house.book.0 == id || house.fias == Some(id),
        None => {
            let address = comparable(&house.address);
            !words.is_empty() && words.iter().all(|word| address.contains(word.as_str()))
        }
    };
    let mut found: Vec<House> = houses.into_iter().filter(fits).collect();
    match (found.pop(), found.as_slice()) {
        (None, _) => Err(FigureError::NoSuchHouse(text.to_owned())),
        (Some(house), []) => Ok(house),
        (Some(last), others) => {
            let addresses = others.iter().map(|house| house.address.as_str());
            let all: Vec<&str> = addresses.chain([last.address.as_str()]).collect();
            Err(FigureError::SeveralHouses {
                asked: text.to_owned(),
                found: all.join("; "),
            })
        }
    }
}

/// Case and ё do not matter in search.
fn comparable(text: &str) -> String {
    text.to_lowercase().replace('ё', "е").replace(',', " ")
}
