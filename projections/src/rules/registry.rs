//! All rows that the program carries.

use aggregates::text::Label;
use aggregates::time::{DateSpan, Period};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::rules::{Edition, Name, Parameter, RulesError, Scope, Status, Value};

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
        let parameter = Self {
            name: row.name,
            scope: row.scope,
            value: row.value,
            validity,
            clause: row.clause,
            status: row.status,
            source: row.source,
        };
        match parameter.fault() {
            None => Ok(parameter),
            Some(wrong) => Err(bad_row(wrong)),
        }
    }
}

impl Rules {
    /// The rules that this program carries.
    ///
    /// # Errors
    /// As [`Rules::parse`]; a test holds that there are none.
    pub fn carried() -> Result<Self, RulesError> {
        Self::parse(include_str!("parameters.json"))
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
        let in_force = self.parameters.iter().filter(|parameter| {
            let validity = parameter.validity;
            let has_ended = validity
                .until()
                .is_some_and(|end| end <= period.first_day());
            validity.from() <= period.last_day() && !has_ended
        });
        Edition::new(period, in_force.cloned().collect(), self.checked_until)
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
