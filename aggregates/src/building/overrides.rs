//! Rules of the house that stand in the place of the common ones, with their basis and dates.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::building::Building;
use crate::building::check::{check_sha256, check_source};
use crate::building::error::BuildingError;
use crate::building::event::BuildingEvent;
use crate::dated::{DatedRows, Row};
use crate::rule::{RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use crate::text::Code;
use crate::time::DateSpan;
use crate::vocabulary::AdoptionSource;

/// What stands in the place of a common rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overriding {
    pub(super) value: RuleValue,
    pub(super) basis: RuleBasis,
}

/// Rows of one parameter for one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RuleOverride {
    pub(super) parameter: Code,
    pub(super) scope: RuleScope,
    pub(super) rows: DatedRows<Overriding>,
    /// Beginnings of the rows that were taken back and not recorded again.
    withdrawn: BTreeSet<NaiveDate>,
}

impl RuleOverride {
    pub(super) fn new(parameter: Code, scope: RuleScope) -> Self {
        Self {
            parameter,
            scope,
            rows: DatedRows::default(),
            withdrawn: BTreeSet::new(),
        }
    }

    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.parameter == other.parameter && self.scope == other.scope
    }

    pub(super) fn record(&mut self, validity: DateSpan, overriding: Overriding) {
        self.withdrawn.remove(&validity.from());
        self.rows.record(validity, overriding);
    }

    pub(super) fn take_back(&mut self, from: NaiveDate) {
        self.withdrawn.insert(from);
        self.rows.take_back(from);
    }

    /// The first row whose recorded term meets `validity`.
    fn meeting(&self, validity: DateSpan) -> Option<&Row<Overriding>> {
        let meets = |row: &&Row<Overriding>| {
            DateSpan::new(row.from, row.until).is_ok_and(|term| term.overlaps(validity))
        };
        self.rows.rows().iter().find(meets)
    }
}

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

impl Building {
    /// One question has one answer: another override that speaks of some of the same things on
    /// some of the same days is taken back first.
    pub(super) fn override_rule(
        &self,
        given: RuleOverride,
        validity: DateSpan,
        overriding: Overriding,
    ) -> Outcome {
        let length = overriding.basis.length();
        if length > RuleBasis::LONGEST {
            return Err(BuildingError::BasisTooLong { length });
        }
        let mut known = self.overrides.iter();
        let of_same = self.overrides.iter().find(|one| one.is_of_same(&given));
        if of_same.is_some_and(|one| one.rows.has(validity, &overriding)) {
            return Ok(Vec::new());
        }
        let rival = known.find_map(|one| {
            let asks_the_same = one.parameter == given.parameter
                && one.scope != given.scope
                && one.scope.meets(&given.scope);
            one.meeting(validity).filter(|_| asks_the_same)
        });
        if let Some(rival) = rival {
            return Err(BuildingError::RuleOverriddenAlready {
                parameter: given.parameter,
                from: rival.from,
            });
        }
        let RuleOverride {
            parameter, scope, ..
        } = given;
        let Overriding { value, basis } = overriding;
        Ok(vec![BuildingEvent::RuleOverridden {
            parameter,
            scope,
            value,
            validity,
            basis,
        }])
    }

    pub(super) fn withdraw_override(
        &self,
        given: RuleOverride,
        from: NaiveDate,
        basis: RuleBasis,
    ) -> Outcome {
        let known = self.overrides.iter().find(|one| one.is_of_same(&given));
        if known.is_some_and(|known| known.withdrawn.contains(&from)) {
            return Ok(Vec::new());
        }
        let begins = |known: &RuleOverride| known.rows.rows().iter().any(|row| row.from == from);
        let RuleOverride {
            parameter, scope, ..
        } = given;
        match known.is_some_and(begins) {
            true => Ok(vec![BuildingEvent::RuleOverrideWithdrawn {
                parameter,
                scope,
                from,
                basis,
            }]),
            false => Err(BuildingError::RuleNotOverridden { parameter, from }),
        }
    }

    /// The row counts as confirmed in this house from now on; a later confirmation replaces it.
    pub(super) fn adopt_confirmation(
        &self,
        rule: Code,
        parameter: Code,
        given: (RuleConfirmation, AdoptionSource),
    ) -> Outcome {
        check_sha256("строка правил", &rule)?;
        check_source(&given.1)?;
        if self.confirmations.get(&rule) == Some(&given) {
            return Ok(Vec::new());
        }
        let (confirmation, from) = given;
        Ok(vec![BuildingEvent::RuleConfirmationAdopted {
            rule,
            parameter,
            confirmation,
            from,
        }])
    }
}
