//! One meter: its whole history with the origin of each value, as of any record.

use aggregates::ids::MeterId;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::meter_history::text::cells;
use projections::text;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::figures;
use crate::sites::Front;
use crate::sites::answer::{Answer, page};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::staff::house::{Head, HousePage, MomentAsked};
use crate::sites::staff::shell::Shell;

#[derive(Template)]
#[template(path = "sites/staff/meter.html", config = ".askama.toml")]
struct MeterPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    title: String,
    place: String,
    rows: Vec<[String; 6]>,
}

/// `GET /houses/{book}/meters/{meter}`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((book, meter)): Path<(Uuid, Uuid)>,
    Query(query): Query<MomentAsked>,
) -> Answer {
    let place = (book, Right::SeeMeters);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let id = MeterId(meter);
    let card = house.directory.meter(id).ok_or(SiteError::NotFound)?;
    if !house.permit.resources().include(card.resource) {
        return Err(SiteError::NotFound);
    }
    let until = house.seen.until;
    let history = figures::history(front.ledger(), house.book(), id, until).await?;
    let premises = house.directory.premises_of_meter(id);
    let premises = premises.and_then(|id| house.directory.premises(id));
    let entries = history.entries.iter().rev();
    page(&MeterPage {
        title: format!("{} № {}", look(card.resource).title, card.serial),
        place: premises.map_or_else(
            || "общедомовой".to_owned(),
            |card| format!("пом. {}", house.directory.full_number(card)),
        ),
        rows: entries
            .map(|entry| cells(entry, house.zone()).map(|cell| text::capital(&cell)))
            .collect(),
        asof: house
            .asof(&front, &format!("/meters/{meter}"), Vec::new())
            .await?,
        head: house.head(&signed, "meters"),
        shell: Shell::new(&signed, "meters", "Прибор"),
    })
}
