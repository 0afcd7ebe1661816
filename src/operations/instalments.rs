//! Instalments (ПП 354 п. 72): what the consumer asks for is agreed by the rules of the period, and
//! only by rules that somebody answers for.

use aggregates::account::Account;
use aggregates::account::bill::{Bill, BillKind, LineKind};
use aggregates::account::command::AccountCommand;
use aggregates::account::event::AccountEvent;
use aggregates::account::instalments::{
    Deferral, InstalmentsAsked, InstalmentsEnd, InstalmentsEndReason,
};
use aggregates::book_event::BookEvent;
use aggregates::ids::{AccountId, BookId, OrganisationId};
use aggregates::quantity::Money;
use aggregates::time::Period;
use aggregates::vocabulary::{ActRef, Resource};
use projections::rules::Edition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::figures;
use crate::operations::OperationError;
use crate::rules::book::{adopt, confirmations, short};
use crate::store::unit::UnitOfWork;

/// A schedule as somebody enters it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentsWish {
    /// The settlement period in which the right arose.
    pub period: Period,
    /// For which resource.
    pub resource: Resource,
    /// To whom it is owed; may be left out where the bill names one for the resource.
    #[serde(default)]
    pub provider: Option<OrganisationId>,
    /// How much is deferred; the whole charge where left out.
    #[serde(default)]
    pub deferred: Option<Money>,
    /// In how many parts; as many as the rules allow where left out.
    #[serde(default)]
    pub parts: Option<u32>,
    /// The period of the first part; that of the charge where left out.
    #[serde(default)]
    pub first: Option<Period>,
    /// The consumer's application.
    pub act: ActRef,
}

/// The early end of a schedule as somebody enters it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentsEndWish {
    /// The settlement period in which the right arose.
    pub period: Period,
    /// For which resource.
    pub resource: Resource,
    /// To whom it is owed; may be left out where the bill names one for the resource.
    #[serde(default)]
    pub provider: Option<OrganisationId>,
    /// The period whose bill asks for the rest.
    pub from: Period,
    /// Why.
    pub reason: InstalmentsEndReason,
    /// What it rests on.
    pub act: ActRef,
}

/// Agrees a schedule; whether it is new.
///
/// # Errors
/// [`OperationError::Refused`]: no such charge, no right to instalments, a schedule stands, out of
/// range, or a rule that nobody answers for.
pub async fn agree_instalments(
    unit: &mut UnitOfWork,
    (book, account): (BookId, AccountId),
    wish: &InstalmentsWish,
) -> Result<bool, OperationError> {
    unit.describe("command", "agree_instalments");
    let refused = |error: &dyn std::fmt::Display| OperationError::Refused(error.to_string());
    let ledger = unit.ledger().clone();
    let head = ledger.head(book.0).await?.position;
    let house = figures::house_book(&ledger, book, head).await;
    let house = house.map_err(|error| refused(&error))?;
    let edition = house
        .edition(wish.period)
        .map_err(|error| refused(&error))?;
    let terms = edition
        .instalment_terms()
        .map_err(|error| refused(&error))?;
    answer_for(unit, book, &edition).await?;
    let bill = bill_of(unit, (book, account), wish.period).await?;
    let charge = (wish.resource, wish.provider);
    let (provider, charged) = charge_of(bill.as_ref(), wish.period, charge)?;
    let asked = InstalmentsAsked {
        of: Deferral {
            period: wish.period,
            resource: wish.resource,
            provider,
        },
        deferred: wish.deferred.unwrap_or(charged),
        parts: wish.parts.unwrap_or(terms.parts_max),
        first: wish.first.unwrap_or(wish.period),
        terms,
        act: wish.act.clone(),
    };
    let agree = AccountCommand::AgreeInstalments { asked };
    Ok(!unit.execute::<Account>(account.0, agree).await?.is_empty())
}

/// Ends a schedule before its last part; whether that is new.
///
/// # Errors
/// [`OperationError::Refused`]: no such schedule, ended otherwise, a period outside it.
pub async fn end_instalments(
    unit: &mut UnitOfWork,
    (book, account): (BookId, AccountId),
    wish: &InstalmentsEndWish,
) -> Result<bool, OperationError> {
    unit.describe("command", "end_instalments");
    let bill = bill_of(unit, (book, account), wish.period).await?;
    let charge = (wish.resource, wish.provider);
    let (provider, _) = charge_of(bill.as_ref(), wish.period, charge)?;
    let ending = InstalmentsEnd {
        of: Deferral {
            period: wish.period,
            resource: wish.resource,
            provider,
        },
        from: wish.from,
        reason: wish.reason,
        act: wish.act.clone(),
    };
    let end = AccountCommand::EndInstalments { ending };
    Ok(!unit.execute::<Account>(account.0, end).await?.is_empty())
}

/// Takes over who answers for the uncertain rules that were asked.
async fn answer_for(
    unit: &mut UnitOfWork,
    book: BookId,
    edition: &Edition,
) -> Result<(), OperationError> {
    let mut known = confirmations(unit.ledger()).await?;
    let mut answered = Vec::new();
    for row in edition.asked().filter(|row| row.is_uncertain()) {
        let standing = known.remove(&row.id).ok_or_else(|| {
            OperationError::Refused(format!(
                "правило рассрочки ({}) не сверено с законом, и никто его не подтвердил: \
                 подтвердите `rules confirm {}`",
                row.clause,
                short(row)
            ))
        })?;
        answered.push((row.clone(), standing));
    }
    adopt(unit, book, &answered).await
}

/// The monthly bill of an account for a period.
async fn bill_of(
    unit: &UnitOfWork,
    (book, account): (BookId, AccountId),
    period: Period,
) -> Result<Option<Bill>, OperationError> {
    let ledger = unit.ledger();
    let head = ledger.head(book.0).await?.position;
    let events = figures::stream(ledger, book, ("account", account.0), head).await;
    let events = events.map_err(|error| OperationError::Refused(error.to_string()))?;
    if events.is_empty() {
        return Err(OperationError::Missing {
            what: "лицевого счёта",
            name: account.to_string(),
        });
    }
    let mut bills = events
        .into_iter()
        .rev()
        .filter_map(|recorded| match recorded.event {
            BookEvent::Account(AccountEvent::BillIssued { bill }) => Some(bill),
            _ => None,
        });
    Ok(bills.find(|bill| bill.period == period && bill.kind == BillKind::Monthly))
}

/// The provider of a charge, and what it charged.
fn charge_of(
    bill: Option<&Bill>,
    period: Period,
    (resource, provider): (Resource, Option<OrganisationId>),
) -> Result<(OrganisationId, Money), OperationError> {
    let refused = |what: &str| {
        let resource = resource.title_ru();
        OperationError::Refused(format!("{resource} за {}: {what}", period.title_ru()))
    };
    let bill = bill.ok_or_else(|| refused("выставленного счёта за этот период нет"))?;
    let of_charge = bill.lines.iter().filter(|line| {
        let is_named = provider.is_none_or(|provider| provider == line.provider);
        line.kind == LineKind::Charge && line.charge.resource == resource && is_named
    });
    let mut found: Option<(OrganisationId, Money)> = None;
    for line in of_charge {
        let (known, sum) = found.unwrap_or((line.provider, Money::ZERO));
        if known != line.provider {
            return Err(refused("в счёте несколько исполнителей: назовите одного"));
        }
        let sum = sum.checked_add(line.amount);
        let sum = sum.map_err(|error| OperationError::Refused(error.to_string()))?;
        found = Some((known, sum));
    }
    found.ok_or_else(|| refused("такого начисления в счёте нет"))
}
