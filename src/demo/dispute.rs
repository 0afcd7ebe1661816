//! A figure that is contested: the tenant whose flat is charged by the norm with the multiplier
//! asks why.

use aggregates::account::bill::ChargePart;
use aggregates::dispute::event::{DisputeClaim, DisputeSubject};
use aggregates::ids::{NoteId, PersonId};
use aggregates::text::Code;
use chrono::Utc;
use futures_util::FutureExt;

use super::people::PeopleError;
use super::plan::FIVE_STOREYS;
use super::story::{Story, multiplied_account};
use crate::access::{AccessError, People};
use crate::bills;
use crate::figures;
use crate::operations::{Contest, OperationError, disputes_of, open_dispute};
use crate::store::{Actor, RunError};

const WORDS: &str = "Прибора у меня нет, но норматив уже взят по числу жильцов.\n\
    Почему сверху ещё и коэффициент, и откуда взялось 3?";

/// Opens the dispute of `tenant`, once.
pub(super) async fn contest(
    people: &People,
    story: &Story,
    tenant: PersonId,
) -> Result<(), PeopleError> {
    let ledger = people.ledger();
    let Some(house) = story.houses.get(usize::from(FIVE_STOREYS)) else {
        return Ok(());
    };
    let book = house.book;
    let head = ledger.head(book.0).await?.position;
    let told = disputes_of(ledger, book, head).await;
    if !told.map_err(AccessError::from)?.in_order().is_empty() {
        return Ok(());
    }
    let directory = figures::directory(ledger, book, head).await;
    let zone = directory.map_err(AccessError::from)?.zone();
    let number = multiplied_account();
    let accounts = figures::accounts(ledger, book).await;
    let accounts = accounts.map_err(AccessError::from)?;
    let Some(account) = accounts.iter().find(|account| account.number == number) else {
        return Ok(());
    };
    let issued = bills::issued(ledger, account).await?;
    let last = issued.last().map(|issued| &issued.bill);
    let contested = last.and_then(|bill| {
        let mut lines = bill.lines.iter();
        let line = lines.find(|line| line.charge.part == ChargePart::MultiplierExcess)?;
        Some((bill, line))
    });
    let Some(((bill, line), zone)) = contested.zip(zone) else {
        return Ok(());
    };
    let note = NoteId::named(book, "demo/dispute");
    let actor = Actor::new(format!("resident:{tenant}"))?;
    let contest = Contest {
        subject: DisputeSubject {
            account: account.account,
            period: bill.period,
            charge: Some(line.charge.clone()),
            amount: line.amount,
            frozen_at: bill.computed_at,
        },
        claim: DisputeClaim::Price,
        provider: line.provider,
        on: zone.local_date(Utc::now()),
        by: Code::new(actor.as_str()).map_err(|error| refused(&error))?,
        note: Some(people.keep_note(tenant, note, WORDS).await?),
    };
    let done = ledger.run(book.0, &actor, None, move |unit| {
        let contest = contest.clone();
        async move { open_dispute(unit, book, contest).await }.boxed()
    });
    done.await
        .map_err(|error: RunError<OperationError>| refused(&error))?;
    Ok(())
}

fn refused(error: &dyn std::fmt::Display) -> PeopleError {
    PeopleError::Dispute(error.to_string())
}
