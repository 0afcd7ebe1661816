//! Accounts by the number that people know them by.

use aggregates::ids::{AccountId, BookId};
use projections::directory::fold::Directory;
use serde::Serialize;

use crate::figures::{FigureError, House, directory, house_of};
use crate::store::Ledger;

/// An account and its house.
#[derive(Clone, Debug, Serialize)]
pub struct FoundAccount {
    /// The house.
    pub house: House,
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: String,
    /// Number of the premises as on the door, with the flat's for a room.
    pub premises: String,
}

/// The account with this number among `houses`, as the books stand now.
///
/// # Errors
/// [`FigureError::NoSuchAccount`] or [`FigureError::SeveralAccounts`].
pub async fn find_account(
    ledger: &Ledger,
    houses: Vec<House>,
    number: &str,
) -> Result<FoundAccount, FigureError> {
    let mut found = Vec::new();
    for house in houses {
        let directory = directory(ledger, house.book, house.position).await?;
        if let Some(card) = directory.account(number) {
            found.push(found_account(house, &directory, card.account, number));
        }
    }
    match (found.pop(), found.as_slice()) {
        (None, _) => Err(FigureError::NoSuchAccount(number.to_owned())),
        (Some(account), []) => Ok(account),
        (Some(last), others) => {
            let all = others.iter().chain([&last]);
            let houses: Vec<&str> = all.map(|account| account.house.address.as_str()).collect();
            Err(FigureError::SeveralAccounts {
                asked: number.to_owned(),
                found: houses.join("; "),
            })
        }
    }
}

/// The accounts of a book as it stands now, in the order of their numbers.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn accounts(ledger: &Ledger, book: BookId) -> Result<Vec<FoundAccount>, FigureError> {
    let head = ledger.head(book.0).await?;
    let house = house_of(ledger, &head).await?;
    let directory = directory(ledger, book, head.position).await?;
    let all = directory.accounts();
    Ok(all
        .map(|(number, card)| found_account(house.clone(), &directory, card.account, number))
        .collect())
}

fn found_account(
    house: House,
    directory: &Directory,
    account: AccountId,
    number: &str,
) -> FoundAccount {
    let card = directory.account(number);
    let premises = card.and_then(|card| directory.premises(card.premises));
    FoundAccount {
        house,
        account,
        number: number.to_owned(),
        premises: premises.map_or_else(String::new, |card| directory.full_number(card)),
    }
}
