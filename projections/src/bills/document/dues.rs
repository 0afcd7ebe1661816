//! Debts, payments, penalties and help, as others stated them, beside the charges of a bill.

use std::collections::BTreeMap;

use aggregates::ids::OrganisationId;
use aggregates::quantity::{Money, QuantityError};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::bills::document::facts::{BalanceKind, Statement};
use crate::bills::document::model::Due;

/// What stands between a holder and one provider after a bill: debt before it, charges and
/// recalculations, less what was paid and granted. Negative where the provider owes.
///
/// # Errors
/// [`QuantityError::Overflow`].
pub fn owed(
    opening: Money,
    charged: Money,
    recalculated: Money,
    paid: Money,
    help: Money,
) -> Result<Money, QuantityError> {
    opening
        .checked_add(charged)?
        .checked_add(recalculated)?
        .checked_sub(paid)?
        .checked_sub(help)
}

/// What is to be paid to several providers together: a credit at one of them lowers nothing at
/// another, for they are different creditors (rules.md 10).
///
/// # Errors
/// [`QuantityError::Overflow`].
pub fn to_pay(balances: impl IntoIterator<Item = Money>) -> Result<Money, QuantityError> {
    let owed = balances.into_iter().map(|balance| balance.max(Money::ZERO));
    owed.into_iter()
        .try_fold(Money::ZERO, |sum, owed| sum.checked_add(owed))
}

/// The statements that concern one provider's part of a bill.
pub(super) struct Stated<'s> {
    period: Period,
    /// Last day of which statements are taken in: the day of delivery.
    until: NaiveDate,
    rows: Vec<&'s Statement>,
}

impl<'s> Stated<'s> {
    /// The statements about `provider`: those that name it, those that name a resource it
    /// provides, and those that name neither where it is the only one in the bill.
    pub(super) fn of(
        all: &'s [Statement],
        provider: OrganisationId,
        provider_of: &BTreeMap<Resource, OrganisationId>,
        is_only: bool,
        (period, until): (Period, NaiveDate),
    ) -> Self {
        let concerns = |row: &&Statement| match (row.provider, row.resource) {
            (Some(named), _) => named == provider,
            (None, Some(resource)) => provider_of.get(&resource) == Some(&provider),
            (None, None) => is_only,
        };
        Self {
            period,
            until,
            rows: all.iter().filter(concerns).collect(),
        }
    }

    /// Debt or advance at the end of the last day before the period, or of a day within it: what
    /// was stated last. An older one would leave out the bills since.
    pub(super) fn opening(&self) -> Result<Option<Due>, QuantityError> {
        let from = self.period.previous().last_day();
        let kinds = [BalanceKind::Debt, BalanceKind::Advance];
        self.latest(&kinds, from, self.period.last_day())
    }

    /// Payments stated after the opening balance; without one, those of the period and since.
    pub(super) fn paid(&self, opening: Option<&Due>) -> Result<Option<Due>, QuantityError> {
        let before = self.period.previous().last_day();
        let after = opening.map_or(before, |opening| opening.as_of);
        self.sum(&[BalanceKind::Payment], |row| {
            after < row.as_of && row.as_of <= self.until
        })
    }

    /// Subsidies and benefits of the period.
    pub(super) fn help(&self) -> Result<Option<Due>, QuantityError> {
        let (first, last) = (self.period.first_day(), self.period.last_day());
        self.sum(&[BalanceKind::Subsidy, BalanceKind::Benefit], |row| {
            first <= row.as_of && row.as_of <= last
        })
    }

    /// Penalties as stated last, on a day from the end of the month before up to the delivery.
    pub(super) fn penalty(&self) -> Result<Option<Due>, QuantityError> {
        let from = self.period.previous().last_day();
        self.latest(&[BalanceKind::Penalty], from, self.until)
    }

    /// Whether debt and payments are both known, so that a balance can be told: a debt at the end
    /// of the period holds the payments of it.
    pub(super) fn is_complete(&self, opening: Option<&Due>, paid: Option<&Due>) -> bool {
        opening.is_some_and(|opening| opening.as_of == self.period.last_day() || paid.is_some())
    }

    /// The statements of the latest day between two, added up.
    fn latest(
        &self,
        kinds: &[BalanceKind],
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Option<Due>, QuantityError> {
        let within = |row: &&&Statement| {
            kinds.contains(&row.kind) && from <= row.as_of && row.as_of <= until
        };
        let days = self.rows.iter().filter(within).map(|row| row.as_of);
        match days.max() {
            Some(day) => self.sum(kinds, |row| row.as_of == day),
            None => Ok(None),
        }
    }

    fn sum(
        &self,
        kinds: &[BalanceKind],
        counts: impl Fn(&Statement) -> bool,
    ) -> Result<Option<Due>, QuantityError> {
        let mut due: Option<Due> = None;
        let counting = |row: &&&Statement| kinds.contains(&row.kind) && counts(row);
        for row in self.rows.iter().filter(counting) {
            let sum = due.get_or_insert_with(|| Due {
                amount: Money::ZERO,
                as_of: row.as_of,
                kinds: Vec::new(),
                events: Vec::new(),
            });
            sum.amount = sum.amount.checked_add(row.amount)?;
            sum.as_of = sum.as_of.max(row.as_of);
            sum.events.push(row.event);
            if !sum.kinds.contains(&row.kind) {
                sum.kinds.push(row.kind);
            }
        }
        Ok(due)
    }
}
