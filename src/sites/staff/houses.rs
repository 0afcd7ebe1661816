//! Объекты: the houses that may be seen, with how far their months are.

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::access::policy::Right;
use crate::read_models::overview::overview;
use crate::sites::answer::{Answer, page};
use crate::sites::front::Signed;
use crate::sites::staff::shell::{Shell, asked};
use crate::sites::staff::summary::addresses;
use crate::sites::{Front, format};

/// How the list is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// Words of the address.
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "sites/staff/houses.html", config = ".askama.toml")]
struct HousesPage {
    shell: Shell,
    rows: Vec<Row>,
    shown: String,
    query: String,
}

struct Row {
    href: String,
    address: String,
    accounts: String,
    meters: String,
    open: String,
    read: String,
    expired: String,
    failed: String,
    position: String,
    parked: bool,
}

/// `GET /houses`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Query(query): Query<Asked>,
) -> Answer {
    let permits = signed.viewer.houses(Right::SeeHouse);
    let asked: Vec<_> = permits.iter().map(asked).collect();
    let told = overview(front.ledger(), &asked).await?;
    let all = addresses(&front, &permits).await?;
    let words: Vec<String> = query.q.split_whitespace().map(comparable).collect();
    let mut rows = Vec::new();
    for (book, address) in &all {
        let text = comparable(address);
        if !words.iter().all(|word| text.contains(word.as_str())) {
            continue;
        }
        let house = told.iter().find(|(known, _)| *known == book.0);
        let house = house.map(|(_, house)| house.clone()).unwrap_or_default();
        rows.push(Row {
            href: format!("/houses/{book}"),
            address: address.clone(),
            accounts: format::count(house.accounts),
            meters: format::count(house.meters),
            open: house
                .open
                .map_or_else(|| "—".to_owned(), |open| open.title_ru()),
            read: format!(
                "{} из {}",
                format::count(house.read),
                format::count(house.individual)
            ),
            expired: format::count(house.expired),
            failed: format::count(house.failed),
            position: format::count(house.position),
            parked: house.parked.is_some(),
        });
    }
    let mut shell = Shell::new(&signed, "houses", "Объекты");
    shell.search.clone_from(&query.q);
    page(&HousesPage {
        shell,
        shown: format!("показано {} из {}", rows.len(), all.len()),
        rows,
        query: query.q,
    })
}

/// Case, ё and commas do not matter in search.
fn comparable(text: &str) -> String {
    text.to_lowercase().replace('ё', "е").replace(',', " ")
}
