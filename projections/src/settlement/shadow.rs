//! A shadow run: the same history settled by other rules, prices or decisions. Nothing is recorded.
//!
//! Calculated volumes that stand on record are facts of the history and stay; what a month fills
//! anew is filled by the supposed rules.

use aggregates::quantity::{Money, TariffRate};
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::text::{Code, Label};
use aggregates::time::{DateSpan, Period};
use aggregates::vocabulary::{ActRef, Resource};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::rules::{Edition, Given, Rules};
use crate::settlement::facts::Fact;
use crate::settlement::fold::HouseBook;
use crate::settlement::impact::{AccountImpact, ServiceImpact, accounts, services};
use crate::settlement::model::SettlementError;
use crate::settlement::settle::settle;

/// What is supposed in the place of what holds.
#[derive(Clone, Debug, Default)]
pub struct Supposed {
    /// The rules of this month for every month.
    pub rules_of: Option<Period>,
    /// Other values of single rules.
    pub rules: Vec<SupposedRule>,
    /// Other prices.
    pub prices: Vec<SupposedPrice>,
    /// Decisions of the owners that are taken to hold: `soi_by_fact` …
    pub decisions: Vec<(Code, Resource)>,
}

/// Another value of a rule.
#[derive(Clone, Debug)]
pub struct SupposedRule {
    /// Name of the parameter.
    pub parameter: Code,
    /// For what.
    pub scope: RuleScope,
    /// What is supposed.
    pub value: RuleValue,
}

/// Another price: of all zones, ranges and payers of the component.
#[derive(Clone, Debug)]
pub struct SupposedPrice {
    /// Of which resource.
    pub resource: Resource,
    /// Of which part of the price.
    pub component: TariffComponent,
    /// Roubles a unit of the price that is replaced.
    pub price: Decimal,
}

/// How the supposition differs from what holds. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shadow {
    /// Position of the book that both were told of.
    pub position: u64,
    /// The months, and what all accounts cost in each.
    pub months: Vec<ShadowMonth>,
    /// Accounts that would pay another sum.
    pub accounts: Vec<AccountImpact>,
    /// Figures of the house that would differ.
    pub services: Vec<ServiceImpact>,
    /// Sum of all differences.
    pub difference: Money,
}

/// A month of a shadow run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShadowMonth {
    /// The month.
    pub period: Period,
    /// Sum of all accounts by what holds.
    pub before: Money,
    /// Sum of all accounts by the supposition.
    pub after: Money,
    /// Accounts of which the sum differs.
    pub accounts: usize,
}

/// Settles `periods` by what holds and by what is supposed.
///
/// # Errors
/// [`SettlementError`]: a rule that is not one, a price out of its range, or a month that cannot
/// be settled.
pub fn shadow(
    book: &HouseBook,
    periods: &[Period],
    supposed: &Supposed,
) -> Result<Shadow, SettlementError> {
    let other = supposed.book(book)?;
    let mut told = Shadow {
        position: book.position(),
        months: Vec::new(),
        accounts: Vec::new(),
        services: Vec::new(),
        difference: Money::ZERO,
    };
    for period in periods.iter().copied() {
        let too_large = |_| SettlementError::TooLarge { period };
        let then = settle(book, period, &book.edition(period)?)?;
        let now = settle(&other, period, &supposed.edition(&other, period)?)?;
        let is_closed = book.computed_at(period).is_some();
        let differing = accounts(&then, &now, is_closed)?;
        let sum = |accounts: &[crate::settlement::AccountCharges]| {
            let mut totals = accounts.iter().map(|account| account.total);
            totals.try_fold(Money::ZERO, Money::checked_add)
        };
        told.months.push(ShadowMonth {
            period,
            before: sum(&then.accounts).map_err(too_large)?,
            after: sum(&now.accounts).map_err(too_large)?,
            accounts: differing.len(),
        });
        for account in &differing {
            let sum = told.difference.checked_add(account.difference);
            told.difference = sum.map_err(too_large)?;
        }
        told.accounts.extend(differing);
        told.services.extend(services(&then, &now)?);
    }
    Ok(told)
}

impl Supposed {
    /// Whether anything is supposed at all.
    pub fn is_nothing(&self) -> bool {
        self.rules_of.is_none()
            && self.rules.is_empty()
            && self.prices.is_empty()
            && self.decisions.is_empty()
    }

    /// The book as if the suppositions were on record.
    fn book(&self, book: &HouseBook) -> Result<HouseBook, SettlementError> {
        let mut other = book.clone();
        let registered = other.house.registered;
        let at = registered.ok_or(SettlementError::BuildingNotRegistered)?;
        let always = DateSpan::since(chrono::NaiveDate::MIN);
        for rule in &self.rules {
            let basis = supposition()?;
            let given = Given {
                parameter: &rule.parameter,
                scope: &rule.scope,
                value: &rule.value,
                validity: always,
                basis: &basis,
            };
            Rules::carried()?.overriding(given, None)?;
            // What the house has of its own would answer beside it.
            let overrides = &mut other.house.overrides;
            overrides.retain(|known| known.parameter != rule.parameter);
            let rows = other.house.overrides_of(&rule.parameter, &rule.scope);
            rows.record(always, Fact::new((rule.value.clone(), basis), at));
        }
        for price in &self.prices {
            price.put(&mut other)?;
        }
        for (decision, resource) in &self.decisions {
            let key = (decision.clone(), Some(*resource));
            let rows = other.house.decisions.entry(key).or_default();
            rows.record(always, Fact::new((), at));
        }
        Ok(other)
    }

    fn edition(&self, other: &HouseBook, period: Period) -> Result<Edition, SettlementError> {
        let edition = other.edition(period)?;
        Ok(match self.rules_of {
            None => edition,
            Some(of) => Rules::carried()?.edition_by_rules_of(of, &edition)?,
        })
    }
}

impl SupposedPrice {
    fn put(&self, book: &mut HouseBook) -> Result<(), SettlementError> {
        let tariffs = book.rates.tariffs.iter_mut();
        let of_this = tariffs.filter(|tariff| {
            tariff.key.resource == self.resource && tariff.key.component == self.component
        });
        for tariff in of_this {
            let rate = TariffRate::new(self.price, tariff.price.rate.per());
            tariff.price.rate = rate.map_err(|error| SettlementError::Rules(error.to_string()))?;
        }
        Ok(())
    }
}

/// The basis of what nobody decided.
fn supposition() -> Result<RuleBasis, SettlementError> {
    let number = Label::new("предположение");
    Ok(RuleBasis {
        kind: BasisKind::SupplierPolicy,
        act: ActRef {
            number: number.map_err(|error| SettlementError::Rules(error.to_string()))?,
            date: chrono::NaiveDate::MIN,
            document: None,
        },
        issued_by: None,
    })
}
