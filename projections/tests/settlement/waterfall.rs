//! The waterfall of a house balance and the split of its excess by cause.

use aggregates::building::arrangement::Management;
use aggregates::building::closing::ClosingStage;
use aggregates::building::event::{
    BuildingAreaPurpose, BuildingEvent, ScopeMember, Sign::Minus, Sign::Plus,
};
use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::premises::event::PremisesKind;
use aggregates::quantity::{Measure, NormBasis, Unit};
use aggregates::vocabulary::Resource::ColdWater;
use projections::balance::Origin;
use projections::settlement::{ProblemKind, checklist, close};
use projections::waterfall::{Cause, HouseWaterfall, SplitOf, Waterfall, house_waterfall, text};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{Flat, House, code, day, period};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A managed house of cold water with a common norm of 2 m³ a month.
fn house() -> House {
    let mut house = House::new(&[]);
    house.arrange(ColdWater, Management::ManagingCompany);
    house.price(ColdWater, "10");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.house_area(BuildingAreaPurpose::CommonWater, "20");
    let (unit, per) = (Unit::CubicMetre, NormBasis::SquareMetreMonth);
    house.norm(ColdWater, "common_property", "0.1", unit, per);
    house.water_norm(ColdWater, "4");
    house
}

/// A flat with one resident and its meter of February's end.
fn metered(house: &mut House, number: &str) -> (Flat, MeteringPointId, MeterId) {
    let flat = house.flat(number, "20");
    house.residents(flat, 1);
    let point = house.point(Some(flat.id), ColdWater);
    let meter = house.install(point, ColdWater, &["total"], "2026-01-25", "0");
    (flat, point, meter)
}

fn input(house: &mut House) -> (MeteringPointId, MeterId) {
    let point = house.point(None, ColdWater);
    let meter = house.install(point, ColdWater, &["total"], "2026-01-25", "0");
    (point, meter)
}

fn scope(house: &mut House, inputs: &[MeteringPointId], members: &[MeteringPointId]) {
    let plus = |points: &[MeteringPointId]| {
        let plus = points.iter().map(|point| ScopeMember {
            point: *point,
            sign: Plus,
        });
        plus.collect()
    };
    let (inputs, members) = (plus(inputs), plus(members));
    define(house, inputs, members);
}

fn define(house: &mut House, inputs: Vec<ScopeMember>, members: Vec<ScopeMember>) {
    house.building(BuildingEvent::BalanceScopeDefined {
        resource: ColdWater,
        name: code("house"),
        from: day("2020-01-01"),
        house: inputs,
        members,
    });
}

fn told(house: &House, of: &str) -> HouseWaterfall {
    let told = house_waterfall(&house.folded(), period(of), ColdWater).expect("a waterfall");
    told.scopes.iter().for_each(adds_up);
    told
}

fn only(house: &House, of: &str) -> Waterfall {
    let mut scopes = told(house, of).scopes;
    assert_eq!(scopes.len(), 1);
    scopes.remove(0)
}

/// What came in is the steps and the common part; what is split is its causes and the rest.
fn adds_up(scope: &Waterfall) {
    let value = |measure: Option<Measure>| measure.map(|measure| measure.value());
    let steps: Decimal = scope.steps.iter().map(|step| step.volume.value()).sum();
    assert_eq!(
        value(scope.common).map(|common| common + steps),
        value(scope.came_in)
    );
    let causes: Decimal = scope.causes.iter().map(|part| part.amount.value()).sum();
    let total = match scope.split {
        SplitOf::Common => value(scope.common),
        SplitOf::Excess => value(scope.excess).map(|excess| excess.max(Decimal::ZERO)),
    };
    assert_eq!(value(scope.unexplained).map(|rest| rest + causes), total);
}

fn amount(scope: &Waterfall, cause: &Cause) -> Option<String> {
    let mut causes = scope.causes.iter();
    let found = causes.find(|part| part.cause == *cause)?;
    Some(found.amount.value().normalize().to_string())
}

fn step(scope: &Waterfall, origin: Origin) -> Option<(String, usize)> {
    let found = scope.steps.iter().find(|step| step.origin == origin)?;
    Some((found.volume.value().normalize().to_string(), found.points))
}

#[test]
fn every_part_and_every_cause_is_a_number() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat_a) = metered(&mut house, "1");
    let (_, b, flat_b) = metered(&mut house, "2");
    // A flat without a meter: 4 m³ by the norm, while those with one use 6 for a person.
    let without = house.flat("3", "20");
    house.residents(without, 1);
    let shop = house.premises("1Н", PremisesKind::Store, "20");
    let store = house.point(Some(shop), ColdWater);
    let store_meter = house.install(store, ColdWater, &["total"], "2026-01-25", "0");
    scope(&mut house, &[input], &[a, b, store]);
    for (meter, shown) in [
        (flat_a, "5"),
        (flat_b, "7"),
        (store_meter, "10"),
        (counts, "38"),
    ] {
        house.read(meter, "2026-02-25", shown);
    }
    let scope = only(&house, "2026-02");
    assert_eq!(step(&scope, Origin::Submitted), Some(("12".to_owned(), 2)));
    assert_eq!(
        step(&scope, Origin::WithoutMeter),
        Some(("4".to_owned(), 1))
    );
    assert_eq!(
        step(&scope, Origin::NonResidential),
        Some(("10".to_owned(), 1))
    );
    assert_eq!(
        scope.common.map(|common| common.value()),
        Some(decimal("12"))
    );
    assert_eq!(scope.norm.map(|norm| norm.value()), Some(decimal("2")));
    assert_eq!(
        scope.excess.map(|excess| excess.value()),
        Some(decimal("10"))
    );
    assert_eq!(amount(&scope, &Cause::Unmetered).as_deref(), Some("2"));
    // 2 % of 38 + 12 + 10.
    assert_eq!(
        amount(&scope, &Cause::MeteringError).as_deref(),
        Some("1.2")
    );
    assert_eq!(
        scope.unexplained.map(|rest| rest.value()),
        Some(decimal("6.800"))
    );
    let shown = text::render(&told(&house, "2026-02"));
    for line in [
        "= Сверх норматива",
        "без приборов учёта (оценка)",
        "не объяснено",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn a_reading_that_was_not_sent_is_estimated_by_the_readings_around_it() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    scope(&mut house, &[input], &[a]);
    house.read(flat, "2026-02-25", "10");
    house.read(counts, "2026-02-25", "12");
    house.read(counts, "2026-03-25", "30");
    // No history for an average and no reading since: the norm of the rules.
    let scope = only(&house, "2026-03");
    assert_eq!(amount(&scope, &Cause::NotSent).as_deref(), Some("4"));
    // The next reading tells more: 59 days of 29.5 m³, of which March has 28.
    house.read(flat, "2026-04-25", "39.5");
    let scope = only(&house, "2026-03");
    assert_eq!(amount(&scope, &Cause::NotSent).as_deref(), Some("14"));
}

#[test]
fn readings_of_another_day_are_brought_to_that_of_the_house_meter() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    scope(&mut house, &[input], &[a]);
    // 31 days to the house meter's reading, 26 to that of the flat, at half a cubic metre a day.
    house.read(counts, "2026-02-25", "20");
    house.read(flat, "2026-02-20", "13");
    let scope = only(&house, "2026-02");
    assert_eq!(
        amount(&scope, &Cause::NotSimultaneous).as_deref(),
        Some("2.5")
    );
    let part = &scope.causes[0];
    assert!(!part.recorded);
    assert!(
        part.because.to_text().contains("пом. 1"),
        "{:?}",
        part.because
    );
}

/// V24: a negative balance has a proposed cause, which is accepted as it stands.
#[test]
fn a_negative_balance_has_a_proposal_and_a_recorded_explanation_takes_its_place() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    scope(&mut house, &[input], &[a]);
    house.read(counts, "2026-02-25", "14");
    // Taken three days later: 17 of 34 days, of which the house meter has seen 31.
    house.read(flat, "2026-02-28", "17");
    let scope = only(&house, "2026-02");
    assert_eq!(
        scope.common.map(|common| common.value()),
        Some(decimal("-3"))
    );
    assert_eq!(scope.split, SplitOf::Common);
    assert_eq!(
        amount(&scope, &Cause::NotSimultaneous).as_deref(),
        Some("-1.5")
    );
    let proposal = &scope.proposals[0];
    assert_eq!(proposal.cause.as_str(), "not_simultaneous");
    assert!(!proposal.evidence.is_empty());
    house.building(BuildingEvent::ImbalanceExplained {
        period: period("2026-02"),
        resource: ColdWater,
        cause: proposal.cause.clone(),
        amount: proposal.amount,
        evidence: proposal.evidence.clone(),
    });
    let scope = only(&house, "2026-02");
    assert!(scope.causes.iter().any(|part| part.recorded));
    assert_eq!(
        amount(&scope, &Cause::NotSimultaneous).as_deref(),
        Some("-1.5")
    );
    assert!(scope.proposals.is_empty(), "{:?}", scope.proposals);
}

#[test]
fn an_expired_house_meter_is_proposed_for_what_else_nobody_explains() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    scope(&mut house, &[input], &[a]);
    house.verify(counts, "2020-01-31", "2026-01-31");
    house.read(counts, "2026-02-25", "10");
    house.read(flat, "2026-02-25", "17");
    let scope = only(&house, "2026-02");
    // −7 less the error of the meters, 2 % of 27.
    assert_eq!(
        scope.unexplained.map(|rest| rest.value()),
        Some(decimal("-6.460"))
    );
    let proposal = scope.proposals.last().expect("a proposal");
    assert_eq!(proposal.cause.as_str(), "house_meter");
    assert_eq!(proposal.amount.value(), decimal("-6.460"));
}

#[test]
fn what_no_scope_holds_is_named() {
    let mut house = house();
    let (input, counts) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    let (_, _, outside) = metered(&mut house, "2");
    house.flat("10", "20");
    scope(&mut house, &[input], &[a]);
    for (meter, shown) in [(flat, "5"), (outside, "7"), (counts, "15")] {
        house.read(meter, "2026-02-25", shown);
    }
    let told = told(&house, "2026-02");
    assert_eq!(told.coverage.points.len(), 1);
    let premises: Vec<&str> = told
        .coverage
        .premises
        .iter()
        .map(|one| one.number.as_str())
        .collect();
    assert_eq!(premises, ["2", "10"]);
    assert!(text::render(&told).contains("Точки учёта вне баланса: 1"));
}

#[test]
fn transit_and_a_consumer_behind_a_meter_are_steps_of_their_own() {
    let mut house = house();
    let (first, counts) = input(&mut house);
    let (through, passes) = input(&mut house);
    let (_, a, flat) = metered(&mut house, "1");
    let (_, behind, sub) = metered(&mut house, "2");
    let member = |point, sign| ScopeMember { point, sign };
    define(
        &mut house,
        vec![member(first, Plus), member(through, Minus)],
        vec![member(a, Plus), member(behind, Minus)],
    );
    for (meter, shown) in [(flat, "9"), (sub, "2"), (passes, "40"), (counts, "50")] {
        house.read(meter, "2026-02-25", shown);
    }
    let scope = only(&house, "2026-02");
    let steps: Vec<String> = scope
        .steps
        .iter()
        .map(|step| step.volume.value().normalize().to_string())
        .collect();
    assert_eq!(steps, ["9", "38"]);
    assert_eq!(
        step(&scope, Origin::SubConsumer).map(|found| found.1),
        Some(2)
    );
    assert_eq!(
        scope.common.map(|common| common.value()),
        Some(decimal("3"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn causes_and_the_rest_make_up_the_excess(
        shows in prop::collection::vec((0u32..20_000, 18u32..28, any::<bool>()), 1..6),
        came_in in 0u32..60_000,
        recorded in -5_000i64..5_000,
    ) {
        let mut house = house();
        let (input, counts) = input(&mut house);
        let mut members = Vec::new();
        for (index, (shown, on, sends)) in shows.iter().enumerate() {
            let (_, point, meter) = metered(&mut house, &(index + 1).to_string());
            members.push(point);
            if *sends {
                let shown = Decimal::new(i64::from(*shown), 3).to_string();
                house.read(meter, &format!("2026-02-{on}"), &shown);
            }
        }
        scope(&mut house, &[input], &members);
        house.read(counts, "2026-02-25", &Decimal::new(i64::from(came_in), 3).to_string());
        if recorded != 0 {
            house.building(BuildingEvent::ImbalanceExplained {
                period: period("2026-02"),
                resource: ColdWater,
                cause: code("leak"),
                amount: Measure::new(Decimal::new(recorded, 3), Unit::CubicMetre),
                evidence: Vec::new(),
            });
        }
        // Asserted within.
        told(&house, "2026-02");
    }
}

/// 2 m³ are the norm; the meters' error is 2 per cent of all that they counted.
#[test]
fn an_imbalance_that_nobody_explains_asks_for_a_cause_at_the_balance() {
    for (came_in, asks) in [("12.2", false), ("20", true), ("9.9", false), ("6", true)] {
        let mut house = house();
        let (input, counts) = input(&mut house);
        let (_, a, flat) = metered(&mut house, "1");
        scope(&mut house, &[input], &[a]);
        house.read(counts, "2026-02-25", came_in);
        house.read(flat, "2026-02-25", "10");
        let asked = unexplained(&house);
        assert_eq!(asked.is_some(), asks, "{came_in}");
        let Some(rest) = only(&house, "2026-02").unexplained.filter(|_| asks) else {
            continue;
        };
        house.building(BuildingEvent::ImbalanceExplained {
            period: period("2026-02"),
            resource: ColdWater,
            cause: code("leak"),
            amount: rest,
            evidence: Vec::new(),
        });
        assert_eq!(unexplained(&house), None, "explained to the last litre");
    }
}

/// The stage at which the closing asks for a cause of the excess.
fn unexplained(house: &House) -> Option<usize> {
    let book = house.folded();
    let closing = close(&book, period("2026-02")).expect("a closing");
    let told = checklist(&book, &closing).expect("a checklist");
    let mut asking = told.asking.iter();
    asking.find(|item| item.problem.kind == ProblemKind::ImbalanceUnexplained)?;
    told.stage(ClosingStage::Balanced).map(|stage| stage.open)
}
