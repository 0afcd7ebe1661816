//! Who answers for the uncertain rows of the rules: recorded once for the deployment, taken over
//! by every house that is settled by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::book_event::BookEvent;
use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::BookId;
use aggregates::rule::RuleConfirmation;
use aggregates::rule_book::RuleBook;
use aggregates::rule_book::command::RuleBookCommand;
use aggregates::rule_book::event::RuleBookEvent;
use aggregates::text::Code;
use aggregates::vocabulary::AdoptionSource;
use cqrs_es::Aggregate;
use futures_util::FutureExt;
use projections::rules::{Parameter, Rules, RulesError};
use serde::Serialize;
use sqlx::Row;

use crate::operations::OperationError;
use crate::store::books::BookKind;
use crate::store::error::{CommitError, StoreError};
use crate::store::execute::Execute;
use crate::store::read::{Filter, decode};
use crate::store::{Actor, Ledger, Receipt, Request, RunError};

/// Why a confirmation was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The rules cannot be read, or there is no such row.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The events could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// No row has this identity.
    #[error("строки правил «{0}» нет: номера показывает `rules list`")]
    NoSuchRow(String),
    /// Several rows begin like this.
    #[error("«{asked}» — начало нескольких номеров ({found}): допишите ещё знаков")]
    SeveralRows {
        /// What was asked for.
        asked: String,
        /// Parameters of the rows.
        found: String,
    },
    /// The row was read in the law.
    #[error("строка «{0}» прочитана в законе: подтверждать её незачем")]
    Certain(String),
    /// The book of rules refuses.
    #[error("{0}")]
    Refused(String),
    /// The task was shut down.
    #[error("запись прервалась; повторите: подтверждённое второй раз не подтверждается")]
    Interrupted,
}

impl From<RunError<RuleError>> for RuleError {
    fn from(error: RunError<RuleError>) -> Self {
        match error {
            RunError::Refused(error) => error,
            RunError::Commit(error) => Self::Commit(error),
            RunError::Interrupted => Self::Interrupted,
        }
    }
}

/// A confirmation that stands in the book of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Who, and by what.
    pub confirmation: RuleConfirmation,
    /// The event that recorded it.
    pub from: AdoptionSource,
}

/// The row of the carried rules whose identity begins with `text`.
///
/// # Errors
/// [`RuleError::NoSuchRow`], [`RuleError::SeveralRows`].
pub fn find_row(text: &str) -> Result<&'static Parameter, RuleError> {
    let asked = text.trim().to_lowercase();
    let rows = Rules::carried()?.parameters().iter();
    let mut found = rows.filter(|row| !asked.is_empty() && row.id.as_str().starts_with(&asked));
    match (found.next(), found.next()) {
        (None, _) => Err(RuleError::NoSuchRow(text.to_owned())),
        (Some(row), None) => Ok(row),
        (Some(one), Some(other)) => Err(RuleError::SeveralRows {
            asked,
            found: format!("{}, {} …", one.name, other.name),
        }),
    }
}

/// Rows as a message lists them: what is typed to confirm them, and the parameter.
pub(crate) fn named(rules: &[Parameter]) -> String {
    let rows = rules
        .iter()
        .map(|row| format!("{} {}", short(row), row.name));
    rows.collect::<Vec<_>>().join(", ")
}

/// As much of the identity of a row as people type.
pub fn short(row: &Parameter) -> &str {
    row.id.as_str().get(..8).unwrap_or(row.id.as_str())
}

/// The uncertain rows of the carried rules, of all times.
///
/// # Errors
/// [`RulesError`] when they cannot be read; a test holds that they can.
pub fn uncertain() -> Result<impl Iterator<Item = &'static Parameter>, RulesError> {
    let rows = Rules::carried()?.parameters().iter();
    Ok(rows.filter(|row| row.is_uncertain()))
}

/// Records that somebody answers for `rows`; those that stand so already are passed over.
///
/// # Errors
/// [`RuleError`]: a row needs no confirmation, or is confirmed by somebody else.
pub async fn confirm(
    ledger: &Ledger,
    actor: &Actor,
    rows: &[&Parameter],
    confirmation: RuleConfirmation,
    request: Option<&Request>,
) -> Result<Option<Receipt>, RuleError> {
    if let Some(row) = rows.iter().find(|row| !row.is_uncertain()) {
        return Err(RuleError::Certain(row.name.to_string()));
    }
    let commands = rows.iter().map(|row| {
        Ok(RuleBookCommand::ConfirmRule {
            rule: row.id.clone(),
            parameter: parameter_of(row)?,
            confirmation: confirmation.clone(),
        })
    });
    let commands = commands.collect::<Result<Vec<_>, RuleError>>()?;
    judged(ledger, actor, commands, request).await
}

/// Records that somebody answers for every uncertain row that nobody answers for yet; which those
/// were.
///
/// # Errors
/// As [`confirm`].
pub async fn confirm_all(
    ledger: &Ledger,
    actor: &Actor,
    confirmation: RuleConfirmation,
) -> Result<Vec<&'static Parameter>, RuleError> {
    let standing = confirmations(ledger).await?;
    let open: Vec<&Parameter> = uncertain()?
        .filter(|row| !standing.contains_key(&row.id))
        .collect();
    if !open.is_empty() {
        confirm(ledger, actor, &open, confirmation, None).await?;
    }
    Ok(open)
}

/// Takes the confirmation of a row back; months that were closed by it stay closed.
///
/// # Errors
/// [`RuleError::Refused`] where the row does not stand confirmed.
pub async fn withdraw(
    ledger: &Ledger,
    actor: &Actor,
    row: &Parameter,
    withdrawal: RuleConfirmation,
    request: Option<&Request>,
) -> Result<Option<Receipt>, RuleError> {
    let rule = row.id.clone();
    let command = RuleBookCommand::WithdrawRuleConfirmation { rule, withdrawal };
    judged(ledger, actor, vec![command], request).await
}

async fn judged(
    ledger: &Ledger,
    actor: &Actor,
    commands: Vec<RuleBookCommand>,
    request: Option<&Request>,
) -> Result<Option<Receipt>, RuleError> {
    let book = BookId::of_deployment();
    ledger.open_book(book.0, BookKind::Organisation).await?;
    let commands = Arc::new(commands);
    let done = ledger.run(book.0, actor, request, move |unit| {
        let commands = Arc::clone(&commands);
        async move {
            unit.describe("command", "confirm_rules");
            for command in commands.iter().cloned() {
                let judged = unit.execute::<RuleBook>(book.0, command).await;
                judged.map_err(|error| RuleError::Refused(error.to_string()))?;
            }
            Ok::<_, RuleError>(())
        }
        .boxed()
    });
    let receipt = done.await?.receipt;
    Ok((!receipt.events.is_empty()).then_some(receipt))
}

fn parameter_of(row: &Parameter) -> Result<Code, RuleError> {
    let written = serde_json::to_value(row.name).ok();
    let code = written.as_ref().and_then(|word| word.as_str());
    let code = code.and_then(|word| Code::new(word).ok());
    code.ok_or_else(|| RuleError::NoSuchRow(row.name.to_string()))
}

/// A row, and who in this deployment answers for it.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// The row.
    pub row: Parameter,
    /// Who answers for it; `None` where nobody does, or nobody has to.
    #[serde(rename = "answered_by")]
    pub by: Option<RuleConfirmation>,
}

/// The rows with who answers for them.
///
/// # Errors
/// [`StoreError`] when the book of rules cannot be read.
pub async fn answered(ledger: &Ledger, rows: Vec<Parameter>) -> Result<Vec<Answered>, StoreError> {
    let mut known = confirmations(ledger).await?;
    let rows = rows.into_iter().map(|row| Answered {
        by: known.remove(&row.id).map(|standing| standing.confirmation),
        row,
    });
    Ok(rows.collect())
}

/// The confirmations that stand in the book of rules, by identity of the row.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn confirmations(ledger: &Ledger) -> Result<BTreeMap<Code, Standing>, StoreError> {
    let book = BookId::of_deployment();
    let Some(head) = ledger
        .heads()
        .await?
        .into_iter()
        .find(|head| head.book == book.0)
    else {
        return Ok(BTreeMap::new());
    };
    let filter = Filter {
        aggregate_types: vec![RuleBook::TYPE.to_owned()],
        ..Filter::default()
    };
    let rows = ledger
        .rows(book.0, head.position, &filter)
        .collect()
        .await?;
    let leaves = leaves(ledger, book).await?;
    let mut standing = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.erased) {
        match decode(row)? {
            BookEvent::RuleBook(RuleBookEvent::RuleConfirmed {
                rule, confirmation, ..
            }) => {
                let from = source_of(book, row.position, &leaves)?;
                standing.insert(rule, Standing { confirmation, from });
            }
            BookEvent::RuleBook(RuleBookEvent::RuleConfirmationWithdrawn { rule, .. }) => {
                standing.remove(&rule);
            }
            _ => {}
        }
    }
    Ok(standing)
}

fn source_of(
    book: BookId,
    position: i64,
    leaves: &BTreeMap<i64, String>,
) -> Result<AdoptionSource, StoreError> {
    let strange = || StoreError::Undecodable {
        place: format!("позиция {position}"),
        reason: "нет хеша записи".to_owned(),
    };
    let leaf = leaves.get(&position).ok_or_else(strange)?;
    Ok(AdoptionSource::Book {
        book,
        position: u64::try_from(position).map_err(|_| strange())?,
        leaf_hash: Code::new(leaf).map_err(|_| strange())?,
    })
}

/// Leaf hashes of the book of rules, in hexadecimal digits, by position.
async fn leaves(ledger: &Ledger, book: BookId) -> Result<BTreeMap<i64, String>, StoreError> {
    let rows = sqlx::query(
        "select position, encode(leaf_hash, 'hex') from ledger.events \
         where book_id = $1 and aggregate_type = $2",
    )
    .bind(book.0)
    .bind(RuleBook::TYPE)
    .fetch_all(ledger.pool())
    .await
    .map_err(StoreError::read)?;
    let leaf = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
    let leaves: Result<_, sqlx::Error> = rows.iter().map(leaf).collect();
    leaves.map_err(StoreError::read)
}

/// Takes the confirmations of `rows` over into the book of a house.
///
/// # Errors
/// [`OperationError`] where the building refuses.
pub(crate) async fn adopt(
    book: &mut impl Execute,
    id: BookId,
    rows: &[(Parameter, Standing)],
) -> Result<(), OperationError> {
    for (row, standing) in rows {
        let parameter = parameter_of(row);
        let parameter = parameter.map_err(|error| OperationError::Refused(error.to_string()))?;
        let command = BuildingCommand::AdoptRuleConfirmation {
            rule: row.id.clone(),
            parameter,
            confirmation: standing.confirmation.clone(),
            from: standing.from.clone(),
        };
        book.execute::<Building>(id.0, command).await?;
    }
    Ok(())
}
