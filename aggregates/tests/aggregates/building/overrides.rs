//! Rules of the house in the place of the common ones.

use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};

use super::*;

fn basis(number: &str) -> RuleBasis {
    RuleBasis {
        kind: BasisKind::RegionalAct,
        act: act(number),
        issued_by: Some(label("Правительство области")),
    }
}

fn of(resources: &[Resource]) -> RuleScope {
    RuleScope {
        resources: resources.to_vec(),
        ..RuleScope::default()
    }
}

fn text(value: &str) -> RuleValue {
    RuleValue::Text(label(value))
}

fn override_of(scope: RuleScope, value: &str, validity: DateSpan) -> Command {
    Command::OverrideRule {
        parameter: code("multiplier"),
        scope,
        value: text(value),
        validity,
        basis: basis("810/43"),
    }
}

fn overridden(scope: RuleScope, value: &str, validity: DateSpan) -> Event {
    Event::RuleOverridden {
        parameter: code("multiplier"),
        scope,
        value: text(value),
        validity,
        basis: basis("810/43"),
    }
}

fn withdraw(scope: RuleScope, from: &str) -> Command {
    Command::WithdrawRuleOverride {
        parameter: code("multiplier"),
        scope,
        from: date(from),
        basis: basis("1"),
    }
}

fn withdrawn(scope: RuleScope, from: &str) -> Event {
    Event::RuleOverrideWithdrawn {
        parameter: code("multiplier"),
        scope,
        from: date(from),
        basis: basis("1"),
    }
}

const COLD: &[Resource] = &[Resource::ColdWater];
const WATERS: &[Resource] = &[Resource::ColdWater, Resource::HotWater];

#[tokio::test]
async fn an_override_is_recorded_once_and_its_scope_in_one_order() {
    let event = overridden(of(WATERS), "3", since("2024-01-01"));
    let turned = of(&[Resource::HotWater, Resource::ColdWater, Resource::ColdWater]);
    accepts(override_of(turned, "3", since("2024-01-01")), event.clone()).await;
    let again = override_of(of(WATERS), "3", since("2024-01-01"));
    repeats::<Building>(house(&[event]), again).await;
}

#[tokio::test]
async fn the_same_question_has_one_answer() {
    let known = [overridden(
        of(COLD),
        "3",
        between("2024-01-01", "2025-01-01"),
    )];
    let refusal = Error::RuleOverriddenAlready {
        parameter: code("multiplier"),
        from: date("2024-01-01"),
    };
    let meeting = override_of(of(WATERS), "2", since("2024-12-31"));
    refuses::<Building>(house(&known), meeting, refusal).await;
    let after = override_of(of(WATERS), "2", since("2025-01-01"));
    let event = overridden(of(WATERS), "2", since("2025-01-01"));
    emits::<Building>(house(&known), after, vec![event]).await;
    // The same scope: a row with the same beginning is replaced, a later one follows.
    for from in ["2024-01-01", "2024-06-01"] {
        let command = override_of(of(COLD), "2", since(from));
        let event = overridden(of(COLD), "2", since(from));
        emits::<Building>(house(&known), command, vec![event]).await;
    }
}

#[tokio::test]
async fn what_was_overridden_can_be_taken_back() {
    let known = overridden(of(COLD), "3", since("2024-01-01"));
    let gone = withdrawn(of(COLD), "2024-01-01");
    let one = || house(std::slice::from_ref(&known));
    let none = || house(&[known.clone(), gone.clone()]);
    let back = |from| withdraw(of(COLD), from);
    emits::<Building>(one(), back("2024-01-01"), vec![gone.clone()]).await;
    let refusal = |from| Error::RuleNotOverridden {
        parameter: code("multiplier"),
        from: date(from),
    };
    refuses::<Building>(one(), back("2024-01-02"), refusal("2024-01-02")).await;
    repeats::<Building>(none(), back("2024-01-01")).await;
    let wider = override_of(of(WATERS), "2", since("2024-01-01"));
    let event = overridden(of(WATERS), "2", since("2024-01-01"));
    emits::<Building>(none(), wider, vec![event]).await;
}

#[tokio::test]
async fn a_basis_must_fit_where_a_clause_is_printed() {
    let mut long = basis("1");
    long.issued_by = Some(label(&"я".repeat(150)));
    let command = Command::OverrideRule {
        parameter: code("multiplier"),
        scope: of(COLD),
        value: text("3"),
        validity: since("2024-01-01"),
        basis: long,
    };
    rejects(command, Error::BasisTooLong { length: 151 }).await;
}
