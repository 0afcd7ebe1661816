//! All rows that the program carries.

use std::sync::OnceLock;

use aggregates::text::Label;
use aggregates::time::{DateSpan, Period};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::recorded::EventAt;
use crate::rules::parameter::Identity;
use crate::rules::{Edition, Given, Name, Parameter, RulesError, Scope, Status, Value};

/// The rules of all times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    checked_until: NaiveDate,
    /// By name, then by the day they begin on.
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    checked_until: NaiveDate,
    parameters: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Name,
    #[serde(default)]
    scope: Scope,
    value: Value,
    from: NaiveDate,
    #[serde(default)]
    until: Option<NaiveDate>,
    clause: Label,
    status: Status,
    source: Label,
}

impl TryFrom<Row> for Parameter {
    type Error = RulesError;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let bad_row = |wrong| RulesError::BadRow {
            name: row.name,
            from: row.from,
            wrong,
        };
        let validity =
            DateSpan::new(row.from, row.until).map_err(|error| bad_row(error.to_string()))?;
        let identity = Identity {
            name: row.name,
            scope: &row.scope,
            value: &row.value,
            clause: row.clause.as_str(),
            from: row.from,
        };
        let parameter = Self {
            id: identity.hash()?,
            confirmed: None,
            name: row.name,
            scope: row.scope,
            value: row.value,
            validity,
            clause: row.clause,
            status: row.status,
            source: row.source,
            overriding: None,
        };
        match parameter.fault() {
            None => Ok(parameter),
            Some(wrong) => Err(bad_row(wrong)),
        }
    }
}

impl Rules {
    /// The rules that this program carries, read once.
    ///
    /// # Errors
    /// As [`Rules::parse`]; a test holds that there are none.
    pub fn carried() -> Result<&'static Self, RulesError> {
        static CARRIED: OnceLock<Rules> = OnceLock::new();
        match CARRIED.get() {
            Some(rules) => Ok(rules),
            None => {
                let rules = Self::parse(include_str!("parameters.json"))?;
                Ok(CARRIED.get_or_init(|| rules))
            }
        }
    }

    /// Reads rules from the JSON that [the module](super) describes.
    ///
    /// # Errors
    /// [`RulesError`] names the row that cannot be read or meets another one.
    pub fn parse(json: &str) -> Result<Self, RulesError> {
        let file: File = serde_json::from_str(json).map_err(RulesError::NotRead)?;
        let parameters = file.parameters.into_iter().map(Parameter::try_from);
        let mut parameters = parameters.collect::<Result<Vec<_>, _>>()?;
        // The order of the file means nothing, so that it does not reach the hash either.
        parameters.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        match overlap(&parameters) {
            Some(overlap) => Err(overlap),
            None => Ok(Self {
                checked_until: file.checked_until,
                parameters,
            }),
        }
    }

    /// What holds in `period`.
    ///
    /// # Errors
    /// [`RulesError::NotRead`] when the rows cannot be hashed.
    pub fn edition(&self, period: Period) -> Result<Edition, RulesError> {
        self.edition_with(period, Vec::new())
    }

    /// What holds in `period` for a house with these rows in the place of the common ones.
    ///
    /// # Errors
    /// [`RulesError::NotRead`] when the rows cannot be hashed.
    pub fn edition_with(
        &self,
        period: Period,
        overriding: Vec<Parameter>,
    ) -> Result<Edition, RulesError> {
        let holds = |row: &Parameter| {
            let end = row.validity.until();
            let has_ended = end.is_some_and(|end| end <= period.first_day());
            row.validity.from() <= period.last_day() && !has_ended
        };
        let carried = self.parameters.iter().filter(|row| holds(row)).cloned();
        let mut in_force: Vec<Parameter> = carried
            .chain(overriding.into_iter().filter(|row| holds(row)))
            .collect();
        in_force.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        Edition::new(period, in_force, self.checked_until)
    }

    /// The edition of another month in the place of `edition`: what holds as that month ends holds
    /// on all days of the period; overrides of the house stay.
    ///
    /// # Errors
    /// [`RulesError::NotRead`] when the rows cannot be hashed.
    pub fn edition_by_rules_of(
        &self,
        of: Period,
        edition: &Edition,
    ) -> Result<Edition, RulesError> {
        let period = edition.period();
        let last_day = of.last_day();
        let then = self.parameters.iter();
        let then = then.filter(|row| row.validity.contains(last_day));
        let then = then.cloned().map(|row| Parameter {
            validity: DateSpan::since(period.first_day()),
            ..row
        });
        let own = edition.parameters().iter();
        let own = own.filter(|row| row.overriding.is_some()).cloned();
        let mut rows: Vec<Parameter> = then.chain(own).collect();
        rows.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        Edition::new(period, rows, self.checked_until)
    }

    /// The row that an event of a house puts in the place of the common ones; `None` for one that
    /// is only supposed.
    ///
    /// # Errors
    /// [`RulesError`]: no such parameter, a value of another kind, or a limit by something that no
    /// carried row of the parameter is limited by.
    pub fn overriding(
        &self,
        given: Given<'_>,
        event: Option<EventAt>,
    ) -> Result<Parameter, RulesError> {
        let row = given.row(event)?;
        let of_name = || {
            self.parameters
                .iter()
                .filter(|known| known.name == row.name)
        };
        let foreign = [
            (
                "ресурс",
                !row.scope.resources.is_empty()
                    && of_name().all(|known| known.scope.resources.is_empty()),
            ),
            (
                "компонент тарифа",
                !row.scope.components.is_empty()
                    && of_name().all(|known| known.scope.components.is_empty()),
            ),
            (
                "вид помещения",
                row.scope.residential.is_some()
                    && of_name().all(|known| known.scope.residential.is_none()),
            ),
            (
                "причина расчёта",
                !row.scope.reasons.is_empty()
                    && of_name().all(|known| known.scope.reasons.is_empty()),
            ),
        ];
        let by: Vec<&str> = foreign
            .iter()
            .filter(|(_, is_foreign)| *is_foreign)
            .map(|(what, _)| *what)
            .collect();
        match by.is_empty() {
            true => Ok(row),
            false => Err(RulesError::ForeignScope {
                name: row.name,
                by: by.join(", "),
            }),
        }
    }

    /// Up to which day amendments were looked for.
    pub fn checked_until(&self) -> NaiveDate {
        self.checked_until
    }

    /// All rows, by name and beginning.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }
}

fn sort_key(parameter: &Parameter) -> (Name, NaiveDate, &Scope) {
    let from = parameter.validity.from();
    (parameter.name, from, &parameter.scope)
}

/// The first two rows that answer the same question on the same day.
fn overlap(parameters: &[Parameter]) -> Option<RulesError> {
    for (index, first) in parameters.iter().enumerate() {
        let later = &parameters[index + 1..];
        let meeting = later.iter().find(|second| {
            first.name == second.name
                && first.scope.meets(&second.scope)
                && first.validity.overlaps(second.validity)
        });
        if let Some(second) = meeting {
            return Some(RulesError::Overlap {
                name: first.name,
                first: first.validity.from(),
                second: second.validity.from(),
            });
        }
    }
    None
}
