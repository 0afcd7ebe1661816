//! What holds in one settlement period.

mod of_bills;
mod of_volumes;

use std::sync::atomic::{AtomicBool, Ordering};

use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::rules::{Confirmed, GapReason, Name, Parameter, Rules, RulesError, Scope, Value};

/// A value and the row that gives it: its clause, status and source explain the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InForce<'a, T> {
    /// What holds.
    pub value: T,
    /// By which row.
    pub parameter: &'a Parameter,
    /// Of which edition.
    pub period: Period,
}

/// The rules of one settlement period: the period that is settled, whenever that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    period: Period,
    parameters: Vec<Parameter>,
    checked_until: NaiveDate,
    hash: String,
    asked: Asked,
}

/// Which rows were asked for, by their places. What was asked says nothing of the rules: editions
/// that differ in it only are equal, and a copy starts afresh.
#[derive(Debug)]
struct Asked(Vec<AtomicBool>);

impl Asked {
    fn of(rows: usize) -> Self {
        Self((0..rows).map(|_| AtomicBool::new(false)).collect())
    }

    fn note(&self, place: usize) {
        if let Some(row) = self.0.get(place) {
            row.store(true, Ordering::Relaxed);
        }
    }

    fn has(&self, place: usize) -> bool {
        let row = self.0.get(place);
        row.is_some_and(|row| row.load(Ordering::Relaxed))
    }
}

impl Clone for Asked {
    fn clone(&self) -> Self {
        Self::of(self.0.len())
    }
}

impl PartialEq for Asked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Asked {}

/// A row as it is hashed: what it says on the days of the period. How sure we are of it and where
/// it was read may change without the rule being another one.
#[derive(Serialize)]
struct Hashed<'a> {
    name: Name,
    scope: &'a Scope,
    value: &'a Value,
    clause: &'a str,
    first_day: NaiveDate,
    last_day: NaiveDate,
    /// Whether the row stands in the place of the common ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overriding: bool,
}

impl Edition {
    /// What the rules that the program carries say of `period`.
    ///
    /// # Errors
    /// As [`Rules::carried`].
    pub fn of(period: Period) -> Result<Self, RulesError> {
        Rules::carried()?.edition(period)
    }

    pub(super) fn new(
        period: Period,
        parameters: Vec<Parameter>,
        checked_until: NaiveDate,
    ) -> Result<Self, RulesError> {
        Ok(Self {
            period,
            hash: hash_of(&parameters, period)?,
            asked: Asked::of(parameters.len()),
            parameters,
            checked_until,
        })
    }

    /// The settlement period.
    pub fn period(&self) -> Period {
        self.period
    }

    /// As a bill and an explanation name it: `ПП 354, расчётный период 2026-03`.
    pub fn name(&self) -> String {
        name_of(self.period)
    }

    /// SHA-256, in 64 hexadecimal digits, of the canonical JSON (RFC 8785) of the rows in force:
    /// an array by name and beginning, of each the name, scope, value, clause, and the days within
    /// the period, of an override of the house also that it is one. A row that is ended or added
    /// for later periods leaves it as it is.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The rows in force on at least one day of the period, by name and beginning.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The rows that an answer was taken from since the edition was made or copied.
    pub fn asked(&self) -> impl Iterator<Item = &Parameter> {
        let rows = self.parameters.iter().enumerate();
        rows.filter(|(place, _)| self.asked.has(*place))
            .map(|(_, row)| row)
    }

    /// The same edition with these rows confirmed, by identity.
    pub(crate) fn confirmed(mut self, by: impl Fn(&Code) -> Option<Confirmed>) -> Self {
        for row in self.parameters.iter_mut().filter(|row| row.is_uncertain()) {
            row.confirmed = by(&row.id);
        }
        self
    }

    /// Up to which day amendments were looked for; what holds later may have been amended.
    pub fn checked_until(&self) -> NaiveDate {
        self.checked_until
    }

    /// The day of `month` whose number stands in the row that holds as the period ends.
    fn dated(&self, name: Name, month: Period) -> Result<InForce<'_, NaiveDate>, RulesError> {
        let last_day = self.period.last_day();
        let number = self.get(name, &Scope::default(), last_day, Parameter::integer)?;
        let date = month.first_day().with_day(number.value);
        Ok(InForce {
            value: date.ok_or(RulesError::NoSuchDay(self.period))?,
            parameter: number.parameter,
            period: self.period,
        })
    }

    fn word<T: DeserializeOwned>(
        &self,
        name: Name,
        scope: &Scope,
        day: NaiveDate,
    ) -> Result<InForce<'_, T>, RulesError> {
        self.get(name, scope, day, Parameter::word)
    }

    fn get<'a, T>(
        &'a self,
        name: Name,
        scope: &Scope,
        day: NaiveDate,
        read: impl Fn(&'a Parameter) -> Option<T>,
    ) -> Result<InForce<'a, T>, RulesError> {
        if !(self.period.first_day()..=self.period.last_day()).contains(&day) {
            let period = self.period;
            return Err(RulesError::OutsidePeriod { day, period });
        }
        let rows = self.parameters.iter().enumerate();
        let holding = rows
            .filter(|(_, row)| row.name == name && row.validity.contains(day))
            .filter(|(_, row)| row.scope.meets(scope));
        // An override of the house beats the common row on its days.
        let row = holding.max_by_key(|(_, row)| row.overriding.is_some());
        row.and_then(|(place, parameter)| {
            self.asked.note(place);
            let period = self.period;
            read(parameter).map(|value| InForce {
                value,
                parameter,
                period,
            })
        })
        .ok_or_else(|| RulesError::Missing {
            name,
            of: scope_in_words(scope),
            day,
        })
    }
}

/// Name of the edition of a period.
pub(crate) fn name_of(period: Period) -> String {
    format!("ПП 354, расчётный период {period}")
}

fn of_resource(resource: Resource) -> Scope {
    Scope {
        resources: vec![resource],
        ..Scope::default()
    }
}

fn of_reason(reason: GapReason) -> Scope {
    Scope {
        reasons: vec![reason],
        ..Scope::default()
    }
}

fn scope_in_words(scope: &Scope) -> String {
    let resources = scope.resources.iter().map(|resource| resource.title_ru());
    let components = scope.components.iter().map(|part| part.title_ru());
    let words: Vec<&str> = resources.chain(components).collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(", ")),
    }
}

/// The hash that [`Edition::hash`] describes.
fn hash_of(parameters: &[Parameter], period: Period) -> Result<String, RulesError> {
    let last_day = |row: &Parameter| {
        let own = row.validity.until().and_then(|until| until.pred_opt());
        own.map_or(period.last_day(), |own| own.min(period.last_day()))
    };
    let rows: Vec<Hashed<'_>> = parameters
        .iter()
        .map(|row| Hashed {
            name: row.name,
            scope: &row.scope,
            value: &row.value,
            clause: row.clause.as_str(),
            first_day: row.validity.from().max(period.first_day()),
            last_day: last_day(row),
            overriding: row.overriding.is_some(),
        })
        .collect();
    let canonical = serde_json_canonicalizer::to_vec(&rows).map_err(RulesError::NotRead)?;
    Ok(hex::encode(Sha256::digest(&canonical)))
}
