//! Сервис: who answers for what in the house, and when meters are due for verification.

use aggregates::book_event::BookEvent;
use aggregates::building::Building;
use aggregates::ids::OrganisationId;
use aggregates::organisation::event::OrganisationEvent;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::State;

use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::meters_at;
use crate::sites::parts::look;
use crate::sites::resident::disputes;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::{Front, format};
use crate::store::Actor;
use crate::store::read::{Filter, decode};

#[derive(Template)]
#[template(path = "sites/resident/service.html", config = ".askama.toml")]
struct ServicePage {
    shell: Shell,
    address: String,
    providers: Vec<(String, String)>,
    verification: Vec<(String, String, String)>,
    disputes: String,
}

/// `GET /service`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let homes = Home::all(&front, &signed).await?;
    let mut shell = Shell::new(&signed, None, &homes, "", "Сервис");
    shell.section = "service";
    let Some(home) = homes.first() else {
        return page(&ServicePage {
            shell,
            address: String::new(),
            providers: Vec::new(),
            verification: Vec::new(),
            disputes: String::new(),
        });
    };
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let verification = meters.iter().map(|meter| {
        let until = meter.verified_until();
        let left = until.map(|until| (until - home.today()).num_days());
        (
            format!("{} № {}", meter.label, meter.serial()),
            until.map_or_else(|| "не записана".to_owned(), format::day_long),
            match left {
                None => String::new(),
                Some(..0) => "срок прошёл".to_owned(),
                Some(left) => format!(
                    "осталось {}",
                    format::counted(
                        u64::try_from(left).unwrap_or_default(),
                        ["день", "дня", "дней"]
                    )
                ),
            },
        )
    });
    page(&ServicePage {
        address: home.address.clone(),
        verification: verification.collect(),
        providers: providers(&front, home).await?,
        disputes: disputes::summary(&front, home).await?,
        shell,
    })
}

/// Who provides what, by name.
async fn providers(front: &Front, home: &Home) -> Result<Vec<(String, String)>, SiteError> {
    let actor = Actor::new("site:reader")?;
    let mut unit = front.ledger().unit(home.book.0, &actor, None);
    let building = unit.read::<Building>(home.book.0).await?;
    let today = home.today();
    let mut by_company: Vec<(OrganisationId, Vec<&str>)> = Vec::new();
    for resource in Resource::ALL {
        let Some(arrangement) = building.arrangement_on(resource, today) else {
            continue;
        };
        let title = look(resource).title;
        match by_company
            .iter_mut()
            .find(|(known, _)| *known == arrangement.provider)
        {
            Some((_, titles)) => titles.push(title),
            None => by_company.push((arrangement.provider, vec![title])),
        }
    }
    let mut told = Vec::with_capacity(by_company.len());
    for (company, titles) in by_company {
        told.push((name_of(front, company).await?, titles.join(", ")));
    }
    Ok(told)
}

async fn name_of(front: &Front, company: OrganisationId) -> Result<String, SiteError> {
    let filter = Filter {
        aggregate_types: vec!["organisation".to_owned()],
        ..Filter::default()
    };
    let head = front.ledger().head(company.0).await?;
    let rows = front.ledger().rows(company.0, head.position, &filter);
    let mut name = "компания без названия".to_owned();
    for row in rows.collect().await? {
        if let BookEvent::Organisation(
            OrganisationEvent::OrganisationRegistered { name: told, .. }
            | OrganisationEvent::OrganisationRenamed { name: told, .. },
        ) = decode(&row)?
        {
            name = told.to_string();
        }
    }
    Ok(name)
}
