//! How findings are made: a rule and the figures it judged by.

use std::collections::BTreeMap;

use crate::meter::reading::{Finding, ValidationRule};

impl Finding {
    /// A finding of `rule` without figures yet.
    pub fn new(rule: ValidationRule) -> Self {
        Self {
            rule,
            facts: BTreeMap::new(),
        }
    }

    /// The same finding with the figure, date or code `value` under `name`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }

    /// The figure under `name`.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }
}
