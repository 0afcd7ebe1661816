//! What a fact that is not recorded yet would change: bills of closed periods and of the open one,
//! balances of the house (blast radius).

use std::collections::{BTreeMap, BTreeSet};

use aggregates::ids::AccountId;
use aggregates::quantity::{Measure, Money};
use aggregates::text::Label;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use serde::Serialize;

use crate::settlement::fold::HouseBook;
use crate::settlement::model::{ExactVolume, HouseService, Settlement, SettlementError};
use crate::settlement::since::mended;

/// What would change. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Impact {
    /// Position of the book without the fact.
    pub position: u64,
    /// Sums of accounts that would change, by period and number.
    pub accounts: Vec<AccountImpact>,
    /// Figures of the house that would change, by period and resource.
    pub services: Vec<ServiceImpact>,
    /// Sum of all differences.
    pub difference: Money,
}

/// A sum of one account and period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountImpact {
    /// The period.
    pub period: Period,
    /// Whether it is closed: the difference goes into the open one as an adjustment.
    pub is_closed: bool,
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Label,
    /// What the period costs without the fact.
    pub before: Money,
    /// What it costs with it.
    pub after: Money,
    /// The difference.
    pub difference: Money,
}

/// Figures of the house of one resource and period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceImpact {
    /// The period.
    pub period: Period,
    /// The resource.
    pub resource: Resource,
    /// Without the fact.
    pub before: ServiceFigures,
    /// With it.
    pub after: ServiceFigures,
}

/// What a balance states; absent figures are unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServiceFigures {
    /// What came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub house: Option<Measure>,
    /// What the premises consumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumed: Option<Measure>,
    /// What is shared out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common: Option<Measure>,
}

/// What changes from `before` to `after`: the same book with facts added.
///
/// # Errors
/// [`SettlementError`] where one of them cannot be settled.
pub fn impact(before: &HouseBook, after: &HouseBook) -> Result<Impact, SettlementError> {
    let periods = concerned(before, after);
    let (then, now) = (mended(before, &periods)?, mended(after, &periods)?);
    let mut found = Impact {
        position: before.position(),
        accounts: Vec::new(),
        services: Vec::new(),
        difference: Money::ZERO,
    };
    for period in periods {
        let (Some(then), Some(now)) = (then.get(&period), now.get(&period)) else {
            continue;
        };
        let is_closed = before.computed_at(period).is_some();
        found.accounts.extend(accounts(then, now, is_closed)?);
        found.services.extend(services(then, now)?);
    }
    for account in &found.accounts {
        let sum = found.difference.checked_add(account.difference);
        let period = account.period;
        found.difference = sum.map_err(|_| SettlementError::TooLarge { period })?;
    }
    Ok(found)
}

/// The periods that the new facts reach, closed and settled ones and the open one.
fn concerned(before: &HouseBook, after: &HouseBook) -> Vec<Period> {
    let new = |position: u64| before.position() < position;
    let changes = after.changes.iter();
    let changes = changes.filter(|change| new(change.event.position));
    let from = changes.map(|change| change.from).min();
    let open = match (before.closed_through(), before.opened()) {
        (Some(closed), _) => Some(closed.next()),
        (None, Some((first, _))) => Some(first),
        (None, None) => from,
    };
    let Some((from, open)) = from.zip(open) else {
        return Vec::new();
    };
    let closed = before.periods.closed.range(from.min(open)..open);
    let settled = closed.filter(|(_, closed)| closed.settled);
    settled.map(|(period, _)| *period).chain([open]).collect()
}

pub(super) fn accounts(
    then: &Settlement,
    now: &Settlement,
    is_closed: bool,
) -> Result<Vec<AccountImpact>, SettlementError> {
    let period = now.period;
    let sums = |settlement: &Settlement| -> BTreeMap<AccountId, (Label, Money)> {
        let accounts = settlement.accounts.iter();
        accounts
            .map(|charges| (charges.account, (charges.number.clone(), charges.total)))
            .collect()
    };
    let (then, now) = (sums(then), sums(now));
    let ids: BTreeSet<AccountId> = then.keys().chain(now.keys()).copied().collect();
    let mut found = Vec::new();
    for account in ids {
        let (before, after) = (then.get(&account), now.get(&account));
        let Some((number, _)) = after.or(before) else {
            continue;
        };
        let sum = |told: Option<&(Label, Money)>| told.map_or(Money::ZERO, |(_, sum)| *sum);
        let (before, after) = (sum(before), sum(after));
        if before == after {
            continue;
        }
        let difference = after.checked_sub(before);
        found.push(AccountImpact {
            period,
            is_closed,
            account,
            number: number.clone(),
            before,
            after,
            difference: difference.map_err(|_| SettlementError::TooLarge { period })?,
        });
    }
    found.sort_by_cached_key(|one| crate::text::natural(one.number.as_str()));
    Ok(found)
}

pub(super) fn services(
    then: &Settlement,
    now: &Settlement,
) -> Result<Vec<ServiceImpact>, SettlementError> {
    let period = now.period;
    let mut found = Vec::new();
    for resource in Resource::ALL {
        let (before, after) = (then.service(resource), now.service(resource));
        let figures = |service: Option<&HouseService>| match service {
            Some(service) => figures(period, service),
            None => Ok(ServiceFigures::default()),
        };
        let (before, after) = (figures(before)?, figures(after)?);
        if before != after {
            found.push(ServiceImpact {
                period,
                resource,
                before,
                after,
            });
        }
    }
    Ok(found)
}

fn figures(period: Period, service: &HouseService) -> Result<ServiceFigures, SettlementError> {
    let stored = |exact: Option<&ExactVolume>| {
        let stored = exact.map(ExactVolume::stored).transpose();
        stored.map_err(|_| SettlementError::TooLarge { period })
    };
    Ok(ServiceFigures {
        house: service.house.known().copied(),
        consumed: stored(service.consumed.as_ref())?,
        common: stored(service.common.volume.as_ref())?,
    })
}
