//! `docs/rules.md` names everything that it is to name.

use projections::rules::{Rules, Status};

const DOCUMENT: &str = include_str!("../../../docs/rules.md");

const FORMULAS: &[(&str, &str)] = &[
    (
        "common",
        include_str!("../../src/settlement/formulas/common.rs"),
    ),
    (
        "gaps",
        include_str!("../../src/settlement/formulas/gaps.rs"),
    ),
    (
        "heating",
        include_str!("../../src/settlement/formulas/heating.rs"),
    ),
    (
        "hot_water",
        include_str!("../../src/settlement/formulas/hot_water.rs"),
    ),
    (
        "individual",
        include_str!("../../src/settlement/formulas/individual.rs"),
    ),
    (
        "norms",
        include_str!("../../src/settlement/formulas/norms.rs"),
    ),
    (
        "production",
        include_str!("../../src/settlement/formulas/production.rs"),
    ),
    (
        "rooms",
        include_str!("../../src/settlement/formulas/rooms.rs"),
    ),
];

fn assert_none(missing: &[String]) {
    assert!(
        missing.is_empty(),
        "not in docs/rules.md:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_formula_stands_beside_its_clause() {
    let mut missing = Vec::new();
    for (module, source) in FORMULAS {
        let heads = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub fn "));
        for head in heads {
            let name = head.split(['(', '<']).next().unwrap_or_default();
            let shown = format!("`{module}::{name}`");
            if !DOCUMENT.contains(&shown) {
                missing.push(shown);
            }
        }
    }
    assert_none(&missing);
}

#[test]
fn every_parameter_and_every_doubt_about_one_is_told() {
    let rules = Rules::carried().expect("the rules are read");
    let rows = |section: &str| {
        let (_, after) = DOCUMENT.split_once(section).expect("a section");
        let section = after.split("\n## ").next().unwrap_or_default();
        section.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (how, lawyer) = (rows("## How a parameter"), rows("## For a lawyer"));
    let mut missing = Vec::new();
    for parameter in rules.parameters() {
        let name = format!("| `{}`", parameter.name);
        if !how.iter().any(|row| row.starts_with(&name)) {
            missing.push(name.clone());
        }
        let clause = format!("{} |", parameter.clause);
        let is_doubted = matches!(parameter.status, Status::Unverified | Status::Conflict);
        let is_told = |row: &String| row.starts_with(&name) && row.contains(&clause);
        if is_doubted && !lawyer.iter().any(is_told) {
            missing.push(format!("{name} … {clause}"));
        }
    }
    assert_none(&missing);
}
