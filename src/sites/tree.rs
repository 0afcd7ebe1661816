//! «Почему такая цифра»: an explanation flattened for a template, which cannot call itself.

use projections::explanation::Explanation;
use projections::text;

/// One step, and how many branches end after it.
pub(super) struct Node {
    pub(super) title: String,
    pub(super) formula: String,
    pub(super) value: String,
    /// Clause and edition of the rules.
    pub(super) rule: String,
    /// Places in the journal.
    pub(super) places: Vec<u64>,
    pub(super) has_parts: bool,
    pub(super) is_open: bool,
    /// Branches that end after a step without parts.
    pub(super) closes: usize,
}

/// How deep branches are open at first.
const OPEN_DEPTH: usize = 2;

/// The steps of `because`, each followed by its parts.
pub(super) fn nodes(because: &Explanation) -> Vec<Node> {
    let mut out = Vec::new();
    add(because, 0, &mut out);
    out
}

fn add(step: &Explanation, depth: usize, out: &mut Vec<Node>) {
    let value = match (&step.amount, &step.value) {
        (Some(amount), _) => amount.to_string(),
        (None, Some(value)) => text::rounded_with_unit(value),
        (None, None) => String::new(),
    };
    let rule = match (&step.clause, &step.edition) {
        (Some(clause), Some(edition)) => format!("{clause}, редакция {edition}"),
        (Some(clause), None) => clause.clone(),
        _ => String::new(),
    };
    out.push(Node {
        title: text::capital(&step.text),
        formula: step.formula.clone().unwrap_or_default(),
        value,
        rule,
        places: step.events.iter().map(|event| event.position).collect(),
        has_parts: !step.parts.is_empty(),
        is_open: depth < OPEN_DEPTH,
        closes: 0,
    });
    for part in &step.parts {
        add(part, depth + 1, out);
    }
    if !step.parts.is_empty()
        && let Some(last) = out.last_mut()
    {
        last.closes += 1;
    }
}
