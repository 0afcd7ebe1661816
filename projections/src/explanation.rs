//! «Почему такая цифра»: the tree that leads from a figure down to the events it rests on.

use std::sync::Arc;

use aggregates::quantity::{Measure, Money};
use serde::{Serialize, Serializer};

use crate::recorded::EventAt;

/// A figure together with the reason for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained<T> {
    /// The figure.
    pub value: T,
    /// Why it is so.
    pub because: Explanation,
}

/// One step of a derivation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Stable code of the step, for programs: `consumption.difference`, `balance.missing` …
    pub code: &'static str,
    /// The step in Russian, for people.
    pub text: String,
    /// The calculation with its numbers, for people: decimal comma, unit at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The step's result, for programs; absent where the step has none or it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Measure>,
    /// The step's result in money, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The clause that the step applies, for example `ПП 354 прил. 2 ф. 1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The edition of the rules that the clause is taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Events that the step rests on directly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventAt>,
    /// The steps that it is made of. A step is shared by all figures that rest on it: every flat's
    /// part of the common volume leads to the same house meter.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "steps")]
    pub parts: Vec<Arc<Explanation>>,
}

fn steps<S: Serializer>(parts: &[Arc<Explanation>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(parts.iter().map(Arc::as_ref))
}

impl Explanation {
    /// A step with nothing but its name; the rest is added by the methods below.
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            formula: None,
            value: None,
            amount: None,
            clause: None,
            edition: None,
            events: Vec::new(),
            parts: Vec::new(),
        }
    }

    pub(crate) fn formula(mut self, formula: impl Into<String>) -> Self {
        self.formula = Some(formula.into());
        self
    }

    pub(crate) fn value(mut self, value: Option<Measure>) -> Self {
        self.value = value;
        self
    }

    pub(crate) fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    pub(crate) fn clause(mut self, clause: impl Into<String>) -> Self {
        self.clause = Some(clause.into());
        self
    }

    pub(crate) fn edition(mut self, edition: impl Into<String>) -> Self {
        self.edition = Some(edition.into());
        self
    }

    pub(crate) fn events(mut self, events: impl IntoIterator<Item = EventAt>) -> Self {
        self.events.extend(events);
        self
    }

    pub(crate) fn parts(mut self, parts: impl IntoIterator<Item: Into<Arc<Explanation>>>) -> Self {
        self.parts.extend(parts.into_iter().map(Into::into));
        self
    }

    /// All events of the tree, without repeats, in the order of the book.
    pub fn all_events(&self) -> Vec<EventAt> {
        let mut found = Vec::new();
        self.collect_events(&mut found);
        found.sort_unstable_by_key(|event| (event.position, *event));
        found.dedup();
        found
    }

    fn collect_events(&self, into: &mut Vec<EventAt>) {
        into.extend_from_slice(&self.events);
        for part in &self.parts {
            part.collect_events(into);
        }
    }

    /// The tree as indented Russian text, one step a line.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(0, &mut out);
        out
    }

    fn write_text(&self, depth: usize, out: &mut String) {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&self.text);
        if let Some(formula) = &self.formula {
            out.push_str(": ");
            out.push_str(formula);
        }
        if let Some(clause) = &self.clause {
            out.push_str(" (");
            out.push_str(clause);
            out.push(')');
        }
        if !self.events.is_empty() {
            let places: Vec<String> = self
                .events
                .iter()
                .map(|event| format!("№ {}", event.position))
                .collect();
            out.push_str(" [журнал ");
            out.push_str(&places.join(", "));
            out.push(']');
        }
        out.push('\n');
        for part in &self.parts {
            part.write_text(depth + 1, out);
        }
    }
}
