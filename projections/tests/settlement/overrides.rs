//! Rules of the house in the place of the common ones: what they change, what they explain, and
//! that a closed period is mended when one is recorded later.

use aggregates::building::event::BuildingEvent;
use aggregates::ids::{BookId, PersonId};
use aggregates::rule::{BasisKind, RuleBasis, RuleConfirmation, RuleScope, RuleValue};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource::ColdWater;
use aggregates::vocabulary::{AdoptionSource, Resource};
use projections::rules::Edition;
use projections::settlement::{ProblemKind, close};

use crate::support::{Flat, House, act, code, day, label, period, since};
use crate::telling::told;

fn basis() -> RuleBasis {
    RuleBasis {
        kind: BasisKind::RegionalAct,
        act: act(),
        issued_by: Some(label("Правительство области")),
    }
}

fn of(resource: Resource) -> RuleScope {
    RuleScope {
        resources: vec![resource],
        ..RuleScope::default()
    }
}

fn overrides(house: &mut House, parameter: &str, value: &str, validity: DateSpan) {
    house.building(BuildingEvent::RuleOverridden {
        parameter: code(parameter),
        scope: of(ColdWater),
        value: RuleValue::Text(label(value)),
        validity,
        basis: basis(),
    });
}

/// A flat of three without a meter: 3 · 4.29 m³ at 44.86.
fn house() -> (House, Flat) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    house.water_norm(ColdWater, "4.29");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 3);
    (house, flat)
}

fn lines(house: &House, flat: Flat, of: &str) -> Vec<String> {
    let settlement = house.settle(of);
    told(&settlement.account(flat.account).expect("an account").lines)
}

/// Moscow region's K = 3 before the common one: K by the region's act on its days.
#[test]
fn an_override_holds_on_its_days() {
    let (mut house, flat) = house();
    overrides(
        &mut house,
        "multiplier",
        "3",
        DateSpan::new(day("2024-01-16"), Some(day("2024-03-01"))).expect("a span"),
    );
    // 577.3482 · 0.5 and · 2
    let common = "cold_water multiplier_excess norm 288.67";
    let own = "cold_water multiplier_excess norm 1154.70";
    assert_eq!(lines(&house, flat, "2023-12")[1], common);
    assert_eq!(lines(&house, flat, "2024-02")[1], own);
    assert_eq!(lines(&house, flat, "2024-03")[1], common);
    // 577.3482 · 0.5 · 15/31 and 577.3482 · 2 · 16/31
    assert_eq!(
        lines(&house, flat, "2024-01")[1..],
        [
            "cold_water multiplier_excess norm 139.68",
            "cold_water multiplier_excess 2024-01-16 norm 595.97",
        ]
    );
}

#[test]
fn the_explanation_names_the_act_and_its_event() {
    let (mut house, flat) = house();
    overrides(&mut house, "multiplier", "3", since("2024-01-01"));
    let event = house.position();
    let settlement = house.settle("2024-02");
    let charges = settlement.account(flat.account).expect("an account");
    let because = charges.lines[1].because.to_text();
    let basis = "(акт региона № 17 от 01.01.2020 (Правительство области)";
    assert!(because.contains(basis), "{because}");
    assert!(
        because.contains("для этого дома вместо общего правила"),
        "{because}"
    );
    assert!(
        because.contains(&format!("[журнал № {event}]")),
        "{because}"
    );
}

#[test]
fn an_edition_with_an_override_is_another_one() {
    let (mut house, _) = house();
    let hash = |house: &House, of: &str| {
        let edition = house.folded().edition(period(of)).expect("an edition");
        edition.hash().to_owned()
    };
    let common = |of: &str| {
        let edition = Edition::of(period(of)).expect("an edition");
        edition.hash().to_owned()
    };
    assert_eq!(hash(&house, "2024-02"), common("2024-02"));
    overrides(&mut house, "multiplier", "3", since("2024-02-01"));
    assert_ne!(hash(&house, "2024-02"), common("2024-02"));
    assert_eq!(hash(&house, "2024-01"), common("2024-01"));
}

#[test]
fn an_override_of_a_closed_month_is_mended_and_its_withdrawal_too() {
    let (mut house, flat) = house();
    house.close("2024-01");
    overrides(&mut house, "multiplier", "3", since("2024-01-01"));
    let override_at = house.position();
    let closing = house.close("2024-02");
    let bill = &closing.bills[0];
    assert_eq!(bill.account, flat.account);
    let told_lines = told(&bill.lines);
    // 1154.70 − 288.67
    let mending = "2024-01 cold_water multiplier_excess norm 866.03";
    assert!(
        told_lines.iter().any(|line| line == mending),
        "{told_lines:?}"
    );
    let line = bill.lines.last().expect("a line");
    let causes = line.because.all_events();
    assert!(causes.iter().any(|event| event.position == override_at));
    house.building(BuildingEvent::RuleOverrideWithdrawn {
        parameter: code("multiplier"),
        scope: of(ColdWater),
        from: day("2024-01-01"),
        basis: basis(),
    });
    let closing = house.close("2024-03");
    let told_lines = told(&closing.bills[0].lines);
    for mending in [
        "2024-01 cold_water multiplier_excess norm -866.03",
        "2024-02 cold_water multiplier_excess norm -866.03",
    ] {
        assert!(
            told_lines.iter().any(|line| line == mending),
            "{told_lines:?}"
        );
    }
}

/// A newer program may have recorded what this one does not know: it says so and goes on.
#[test]
fn an_override_that_is_not_understood_is_told_and_left_out() {
    let (mut house, flat) = house();
    let before = lines(&house, flat, "2024-02");
    overrides(&mut house, "phase_of_the_moon", "3", since("2024-01-01"));
    overrides(&mut house, "multiplier", "three", since("2024-01-01"));
    assert_eq!(lines(&house, flat, "2024-02"), before);
    let settlement = house.settle("2024-02");
    let told = settlement.problems.iter();
    let unusable = told.filter(|problem| problem.kind == ProblemKind::RuleUnusable);
    assert_eq!(unusable.count(), 2);
}

/// A row that is not certain is told with the closing until somebody answers for it.
#[test]
fn an_uncertain_rule_that_was_used_is_unconfirmed_until_somebody_answers_for_it() {
    let (mut house, flat) = house();
    let closing = |house: &House| close(&house.folded(), period("2025-12")).expect("a closing");
    let open = closing(&house).unconfirmed;
    let names: Vec<String> = open.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(
        names,
        ["multiplier_change"],
        "rows that nothing asked of are not told"
    );
    house.building(BuildingEvent::RuleConfirmationAdopted {
        rule: open[0].id.clone(),
        parameter: code("multiplier_change"),
        confirmation: RuleConfirmation {
            person: PersonId(uuid::Uuid::from_u128(5)),
            office: label("главный бухгалтер ООО «УК Тест»"),
            source: label("КонсультантПлюс"),
            on: day("2025-12-20"),
        },
        from: AdoptionSource::Book {
            book: BookId::of_deployment(),
            position: 1,
            leaf_hash: code(&"ab".repeat(32)),
        },
    });
    let confirmed = closing(&house);
    assert_eq!(confirmed.unconfirmed, Vec::new());
    let rows = &confirmed.settlement.rules;
    let row = rows.iter().find(|row| row.id == open[0].id).expect("used");
    let mark = "источники расходятся; подтверждено: главный бухгалтер ООО «УК Тест», \
                20.12.2025, КонсультантПлюс";
    assert_eq!(row.mark().as_deref(), Some(mark));
    let before = told(
        &house
            .settle("2025-12")
            .account(flat.account)
            .expect("one")
            .lines,
    );
    assert_eq!(before.len(), 3, "a confirmation changes no figure");
}
