//! Balances recorded in a unit of work, by whatever way they come.

use std::collections::BTreeMap;

use aggregates::account::Account;
use aggregates::account::command::AccountCommand;
use aggregates::book_event::BookEvent;
use aggregates::ids::{BookId, OrganisationId};
use aggregates::ledger::EventId;
use aggregates::organisation::event::OrganisationEvent;
use aggregates::organisation::registration::Inn;
use projections::bills::document::BalanceKind;
use projections::directory::fold::Directory;
use serde::Serialize;

use crate::figures::{self, FigureError};
use crate::import::balances::row::BalanceRow;
use crate::store::Ledger;
use crate::store::books::BookKind;
use crate::store::error::{ExecuteError, StoreError};
use crate::store::execute::Execute;

/// Why a balance was not taken in.
pub type Refusal = String;

/// What became of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceAnswer {
    /// It was known already: nothing was written.
    pub repeated: bool,
    /// The event that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

/// Companies of the ledger by their ИНН.
#[derive(Clone, Debug, Default)]
pub struct Companies(BTreeMap<String, Vec<OrganisationId>>);

impl Companies {
    /// All that have a book.
    ///
    /// # Errors
    /// [`FigureError`] when their books cannot be read.
    pub async fn known(ledger: &Ledger) -> Result<Self, FigureError> {
        let mut known: BTreeMap<String, Vec<OrganisationId>> = BTreeMap::new();
        for head in ledger.heads().await? {
            if head.kind != BookKind::Organisation {
                continue;
            }
            let stream = ("organisation", head.book);
            let events = figures::stream(ledger, BookId(head.book), stream, head.position).await?;
            let registered = events.iter().find_map(|recorded| match &recorded.event {
                BookEvent::Organisation(OrganisationEvent::OrganisationRegistered {
                    inn, ..
                }) => Some(inn.as_str().to_owned()),
                _ => None,
            });
            if let Some(inn) = registered {
                known
                    .entry(inn)
                    .or_default()
                    .push(OrganisationId(head.book));
            }
        }
        Ok(Self(known))
    }

    /// The company with this ИНН, or why it cannot be told.
    fn with(&self, inn: &Inn) -> Result<OrganisationId, Refusal> {
        let found = self.0.get(inn.as_str()).map(Vec::as_slice);
        match found.unwrap_or_default() {
            [only] => Ok(*only),
            [] => Err(format!(
                "организации с ИНН {} в системе нет: внесите её файлом дома",
                inn.as_str()
            )),
            _ => Err(format!(
                "организаций с ИНН {} несколько (разные КПП): по ИНН её не выбрать",
                inn.as_str()
            )),
        }
    }
}

/// Records `rows` in `unit`, in their order. What is known already makes no event.
///
/// # Errors
/// [`StoreError`] when the book cannot be read. A row that is refused comes back as its own `Err`.
pub async fn record(
    unit: &mut impl Execute,
    directory: &Directory,
    companies: &Companies,
    rows: &[BalanceRow],
) -> Result<Vec<Result<BalanceAnswer, Refusal>>, StoreError> {
    let accounts = rows.iter().filter_map(|row| {
        let card = directory.account(row.account.as_str())?;
        Some(card.account.0)
    });
    let accounts: Vec<_> = accounts.collect();
    unit.preload::<Account>(&accounts).await?;
    let mut answers = Vec::with_capacity(rows.len());
    for row in rows {
        answers.push(one(unit, directory, companies, row).await?);
    }
    Ok(answers)
}

async fn one(
    unit: &mut impl Execute,
    directory: &Directory,
    companies: &Companies,
    row: &BalanceRow,
) -> Result<Result<BalanceAnswer, Refusal>, StoreError> {
    let Some(card) = directory.account(row.account.as_str()) else {
        return Ok(Err(format!("в доме нет лицевого счёта «{}»", row.account)));
    };
    let command = match command(companies, row) {
        Ok(command) => command,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match unit.execute::<Account>(card.account.0, command).await {
        Ok(events) => Ok(Ok(BalanceAnswer {
            repeated: events.is_empty(),
            event: events.into_iter().next(),
        })),
        Err(ExecuteError::Store(error)) => Err(error),
        Err(refusal) => Ok(Err(refusal.to_string())),
    }
}

fn command(companies: &Companies, row: &BalanceRow) -> Result<AccountCommand, Refusal> {
    if BalanceKind::from_code(row.kind.as_str()).is_none() {
        return Err(format!(
            "вида «{}» нет: бывают debt, advance, payment, penalty, subsidy, benefit",
            row.kind
        ));
    }
    let provider = row.provider.as_ref().map(|inn| companies.with(inn));
    Ok(AccountCommand::ReceiveBalance {
        from: companies.with(&row.from)?,
        as_of: row.as_of,
        provider: provider.transpose()?,
        resource: row.resource,
        kind: row.kind.clone(),
        amount: row.amount,
        act: row.act.clone(),
    })
}
