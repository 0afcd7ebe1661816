//! The edition of a house: the common rules with those that stand in their place here.

use aggregates::rule::{RuleBasis, RuleScope, RuleValue};
use aggregates::text::Code;
use aggregates::time::{DateSpan, Period};

use crate::recorded::EventAt;
use crate::rules::{Confirmed, Edition, Given, Parameter, Rules, RulesError};
use crate::settlement::facts::{Dated, Fact, HouseFacts, RuleOverrides};
use crate::settlement::fold::HouseBook;

/// An override on record that cannot be used: it names a parameter that this program does not
/// know, or a value of another kind.
#[derive(Debug)]
pub(crate) struct UnusableRule {
    pub(crate) event: EventAt,
    pub(crate) error: RulesError,
}

impl HouseFacts {
    /// The rows of a parameter for a scope, made where there are none yet.
    pub(crate) fn overrides_of(
        &mut self,
        parameter: &Code,
        scope: &RuleScope,
    ) -> &mut Dated<(RuleValue, RuleBasis)> {
        let same = |known: &RuleOverrides| known.parameter == *parameter && known.scope == *scope;
        let place = self.overrides.iter().position(same).unwrap_or_else(|| {
            self.overrides.push(RuleOverrides {
                parameter: parameter.clone(),
                scope: scope.clone(),
                rows: Dated::default(),
            });
            self.overrides.len() - 1
        });
        &mut self.overrides[place].rows
    }
}

impl RuleOverrides {
    /// Each row with the days on which it holds: a later one ends the one before it.
    fn terms(&self) -> impl Iterator<Item = (DateSpan, &Fact<(RuleValue, RuleBasis)>)> {
        let rows = self.rows.rows();
        rows.iter().enumerate().filter_map(move |(index, row)| {
            let next = rows.get(index + 1).map(|next| next.from);
            let until = row.until.into_iter().chain(next).min();
            // A row that ends as it begins does not exist.
            Some((DateSpan::new(row.from, until).ok()?, &row.value))
        })
    }
}

impl HouseBook {
    /// The rules of `period` for this house: those that the program carries, and on its days each
    /// override of the house in their place; uncertain rows with who answers for them here.
    ///
    /// # Errors
    /// As [`Edition::of`]. An override that cannot be used is left out; settling flags it.
    pub fn edition(&self, period: Period) -> Result<Edition, RulesError> {
        let rules = Rules::carried()?;
        let usable = self.local_rules(rules).filter_map(Result::ok).collect();
        let edition = rules.edition_with(period, usable)?;
        Ok(edition.confirmed(|rule| {
            let known = self.house.confirmations.get(rule)?;
            Some(Confirmed {
                confirmation: known.value.clone(),
                event: known.event,
            })
        }))
    }

    /// Overrides on record that cannot be used, of any days.
    pub(crate) fn unusable_rules(&self) -> Result<Vec<UnusableRule>, RulesError> {
        let rules = Rules::carried()?;
        Ok(self.local_rules(rules).filter_map(Result::err).collect())
    }

    fn local_rules(
        &self,
        rules: &'static Rules,
    ) -> impl Iterator<Item = Result<Parameter, UnusableRule>> {
        self.house.overrides.iter().flat_map(move |known| {
            known.terms().map(move |(validity, fact)| {
                let (value, basis) = &fact.value;
                let given = Given {
                    parameter: &known.parameter,
                    scope: &known.scope,
                    value,
                    validity,
                    basis,
                };
                let row = rules.overriding(given, Some(fact.event));
                row.map_err(|error| UnusableRule {
                    event: fact.event,
                    error,
                })
            })
        })
    }
}
