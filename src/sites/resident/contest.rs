//! Оспорить: a line of an issued bill, what is wrong with it, in one's own words.

use aggregates::account::bill::BillLine;
use aggregates::dispute::event::{DisputeClaim, DisputeSubject};
use aggregates::ids::{AccountId, NoteId};
use aggregates::text::Code;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use futures_util::FutureExt;
use projections::bills::text::line_title;
use uuid::Uuid;

use crate::bills;
use crate::operations::{Contest, OperationError, open_dispute};
use crate::sites::Front;
use crate::sites::answer::{Answer, page, see};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::resident::bills::{AccountAsked, account_asked};
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::resident::submit::actor;
use crate::sites::resident::why::own_period;
use crate::sites::taking::{Fields, field, new_key, request};

#[derive(Template)]
#[template(path = "sites/resident/contest.html", config = ".askama.toml")]
struct ContestPage {
    shell: Shell,
    back: String,
    action: String,
    title: String,
    lead: String,
    claims: Vec<(String, &'static str)>,
    key: String,
}

/// The line of an issued bill that an address names.
struct Contested {
    subject: DisputeSubject,
    line: BillLine,
}

async fn contested(
    front: &Front,
    home: &Home,
    (account, period, number): (AccountId, &str, usize),
) -> Result<Contested, SiteError> {
    let period = own_period(home, period)?;
    let found = home.found_account(account).ok_or(SiteError::NotFound)?;
    let issued = bills::issued(front.ledger(), &found).await?;
    let bill = issued.iter().find(|bill| bill.bill.period == period);
    let bill = bill.ok_or(SiteError::NotFound)?;
    let line = number
        .checked_sub(1)
        .and_then(|index| bill.bill.lines.get(index));
    let line = line.ok_or(SiteError::NotFound)?.clone();
    Ok(Contested {
        subject: DisputeSubject {
            account,
            period,
            charge: Some(line.charge.clone()),
            amount: line.amount,
            frozen_at: bill.bill.computed_at,
        },
        line,
    })
}

/// `GET /home/{premises}/bills/{period}/{line}/dispute`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, period, number)): Path<(Uuid, String, usize)>,
    Query(asked): Query<AccountAsked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let account = account_asked(&home, &asked)?;
    let Contested { subject, line } = contested(&front, &home, (account, &period, number)).await?;
    let path = format!("{}/bills/{period}/{number}", home.path());
    page(&ContestPage {
        back: format!("{path}{}", asked.query()),
        action: format!("{path}/dispute{}", asked.query()),
        title: format!("Оспорить {}", line.amount),
        lead: format!("{}, {}.", line_title(&line), subject.period.title_ru()),
        claims: claims()?,
        key: new_key(),
        shell: Shell::new(&signed, Some(&home), &homes, "bills", "Оспорить"),
    })
}

/// Claims by their words in events.
fn claims() -> Result<Vec<(String, &'static str)>, SiteError> {
    let claim = |claim: DisputeClaim| Ok((word(claim)?, claim.title_ru()));
    DisputeClaim::ALL.into_iter().map(claim).collect()
}

fn word(claim: DisputeClaim) -> Result<String, SiteError> {
    let word = serde_json::to_value(claim).map_err(SiteError::internal)?;
    Ok(word.as_str().unwrap_or_default().to_owned())
}

/// `POST /home/{premises}/bills/{period}/{line}/dispute`
pub(super) async fn send(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, period, number)): Path<(Uuid, String, usize)>,
    Query(asked): Query<AccountAsked>,
    Form(fields): Form<Fields>,
) -> Answer {
    let (home, _) = Home::open(&front, &signed, premises).await?;
    let account = account_asked(&home, &asked)?;
    let Contested { subject, line } = contested(&front, &home, (account, &period, number)).await?;
    let claim = field(&fields, "claim");
    let claim: DisputeClaim = serde_json::from_value(claim.into())
        .map_err(|_| SiteError::BadRequest("выберите, что не так с суммой".to_owned()))?;
    let (actor, request) = (actor(&signed)?, request(&fields, "open_dispute")?);
    let words = field(&fields, "text").trim();
    let note = match words.is_empty() {
        true => None,
        false => {
            let id = NoteId::named(home.book, request.key());
            let person = signed.viewer.person();
            Some(front.people.keep_note(person, id, words).await?)
        }
    };
    let contest = Contest {
        subject,
        claim,
        provider: line.provider,
        on: home.today(),
        by: Code::new(actor.as_str()).map_err(SiteError::internal)?,
        note,
    };
    let book = home.book;
    let done = front
        .ledger()
        .run(book.0, &actor, Some(&request), move |unit| {
            let contest = contest.clone();
            async move { open_dispute(unit, book, contest).await }.boxed()
        });
    let done = done.await.map_err(SiteError::from_run::<OperationError>)?;
    let opened = done.receipt.events.first().ok_or(SiteError::NotFound)?;
    see(&format!("{}/disputes/{}", home.path(), opened.aggregate_id))
}
