//! Споры of all houses: those that wait for an answer first, by the days that are left.

use askama::Template;
use axum::extract::State;
use projections::text;

use crate::access::policy::Right;
use crate::bills;
use crate::operations::{disputed_books, disputes_of};
use crate::sites::answer::{Answer, page};
use crate::sites::dispute_view::{state, title};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::found_account;
use crate::sites::staff::house::HousePage;
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/staff/disputes.html", config = ".askama.toml")]
struct DisputesPage {
    shell: Shell,
    summary: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    address: String,
    premises: String,
    title: String,
    month: String,
    opened: String,
    due: String,
    state: String,
    tag: &'static str,
    order: (bool, chrono::NaiveDate),
}

/// `GET /disputes`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let permits = signed.viewer.houses(Right::SeeDisputes);
    if permits.is_empty()
        && let Some(any) = signed.viewer.houses(Right::SeeHouse).first()
    {
        signed.viewer.house(any.book(), Right::SeeDisputes)?;
    }
    let books: Vec<_> = permits.iter().map(|permit| permit.book().0).collect();
    let mut rows = Vec::new();
    for book in disputed_books(front.ledger(), &books).await? {
        let house = HousePage::open(&front, &signed, (book, Right::SeeDisputes), "").await?;
        rows.extend(rows_of(&front, &house).await?);
    }
    rows.sort_by_key(|row| row.order);
    let open = rows.iter().filter(|row| !row.order.0).count();
    page(&DisputesPage {
        summary: match open {
            0 => "Все споры отвечены.".to_owned(),
            open => format!("Ждут ответа: {open}."),
        },
        rows,
        shell: Shell::new(&signed, "disputes", "Споры"),
    })
}

async fn rows_of(front: &Front, house: &HousePage) -> Result<Vec<Row>, SiteError> {
    let ledger = front.ledger();
    let disputes = disputes_of(ledger, house.book(), house.seen.until).await?;
    let mut rows = Vec::new();
    for card in disputes.in_order() {
        let place = house.place();
        let found = found_account(place, &house.directory, card.opened.subject.account);
        let found = found.ok_or(SiteError::NotFound)?;
        let issued = bills::issued(ledger, &found).await?;
        let (state, tag) = state(card, house.today());
        rows.push(Row {
            href: format!("{}/disputes/{}", house.path, card.id),
            address: house.address.clone(),
            premises: found.premises,
            title: title(card, &issued),
            month: card.opened.subject.period.title_ru(),
            opened: format::moment(card.recorded_at, house.zone(), house.today()),
            due: text::day(card.opened.answer_due),
            state,
            tag,
            order: (!card.is_open(), card.opened.answer_due),
        });
    }
    Ok(rows)
}
