//! The list of gaps: what it must say of each.

use aggregates::building::event::{BuildingEvent, GapPolicy};
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::quantity::{Measure, Unit};
use aggregates::vocabulary::Resource::ColdWater;
use projections::settlement::{Gap, GapState, ProblemKind, Rung, gaps};

use crate::refusals::read_monthly;
use crate::support::{House, act, at, code, period};
use crate::telling::problems;

fn list(house: &House, of: &str) -> Vec<Gap> {
    gaps(&house.folded(), period(of)).expect("a list").gaps
}

/// The other meter of the flat is not a matter of this gap: 1.55 in the place of 10, at 100.
#[test]
fn the_effect_of_a_method_is_of_its_own_gap_only() {
    let (mut house, flat, first) = read_monthly(ColdWater);
    let second = house.meter(Some(flat.id), ColdWater, "2025-01-01", "0");
    house.read(second, "2025-07-20", "35");
    house.read(second, "2026-01-20", "65");
    let told = list(&house, "2026-02");
    let gap = told.iter().find(|gap| gap.meter == first).expect("a gap");
    let norm = gap
        .ladder
        .iter()
        .find(|rung| rung.method == ImputationMethod::Norm);
    let effect = norm.and_then(|rung| rung.effect).expect("an effect");
    assert_eq!(serde_json::json!(effect), "-845.00");
}

#[test]
fn a_decision_that_went_stale_is_asked_again_under_every_policy() {
    for policy in [GapPolicy::ByPerson, GapPolicy::ByLaw] {
        let (mut house, _, meter) = read_monthly(ColdWater);
        house.building(BuildingEvent::GapPolicySet {
            policy,
            from: period("2026-02"),
        });
        let was = Measure::new("9".parse().expect("a number"), Unit::CubicMetre);
        house.building(BuildingEvent::GapDecided {
            meter,
            period: period("2026-02"),
            method: ImputationMethod::Norm,
            volumes: vec![RegisterValue {
                register: code("total"),
                value: was,
            }],
            basis: Some(act()),
        });
        assert!(matches!(
            list(&house, "2026-02")[0].state,
            GapState::Stale { .. }
        ));
        let asked = problems(&house.settle("2026-02"));
        assert!(asked.contains(&ProblemKind::GapUndecided), "{policy:?}");
    }
}

/// A reading after the repair tells nothing of the days out of order: it trues up none of them.
#[test]
fn an_outage_is_not_superseded_by_a_reading_after_it() {
    let (mut house, _, meter) = read_monthly(ColdWater);
    house.fail(meter, "2026-02-05T12:00");
    house.restore(meter, "2026-02-12T12:00");
    house.read(meter, "2026-02-20", "138");
    house.close("2026-02");
    let told = list(&house, "2026-02");
    assert_eq!(told.len(), 1);
    assert!(
        matches!(told[0].state, GapState::Recorded { .. }),
        "{:?}",
        told[0].state
    );
}

#[test]
fn a_volume_on_record_tells_again_why_and_what_else_there_was() {
    let (mut house, _, _) = read_monthly(ColdWater);
    let before = gaps(&house.folded(), period("2026-02")).expect("a list");
    house.close("2026-02");
    let mut told = gaps(&house.folded(), period("2026-02")).expect("a list");
    assert!(told.gaps[0].ladder.is_empty() && told.gaps[0].reason.is_none());
    told.recall(&before);
    let (gap, was) = (&told.gaps[0], &before.gaps[0]);
    assert!(matches!(gap.state, GapState::Recorded { .. }));
    assert_eq!((gap.reason, &gap.ladder), (was.reason, &was.ladder));
    assert!(gap.because.is_some());
}

#[test]
fn what_nothing_fills_is_listed_too() {
    let (mut house, _, _) = read_monthly(ColdWater);
    house.meter(None, ColdWater, "2025-12-01", "0");
    let told = gaps(&house.folded(), period("2026-02")).expect("a list");
    let kinds: Vec<_> = told.unfilled.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ProblemKind::HouseMeterUnfilled]);
    let text = told.unfilled[0].text.as_str();
    assert!(text.contains("ОДПУ не снят"), "{:?}", told.unfilled);
}

/// Days of one meter with different defaults (average, then the norm after an act of tampering):
/// one decision accepts each as the law has it.
#[test]
fn days_of_one_meter_with_two_defaults_can_be_accepted_as_the_law_has_them() {
    let (mut house, _, meter) = read_monthly(ColdWater);
    let event = MeterEvent::TamperingFound {
        act: act(),
        at: at("2026-02-15T00:00"),
        since: None,
        hourly: None,
    };
    house.on(meter, event);
    house.building(BuildingEvent::GapPolicySet {
        policy: GapPolicy::ByPerson,
        from: period("2026-02"),
    });
    let told = list(&house, "2026-02");
    let law = told.iter().map(|gap| {
        let mut rungs = gap.ladder.iter();
        let rung = rungs.find(|rung| rung.is_default && rung.is_allowed);
        rung.expect("what the law has")
    });
    let law: Vec<&Rung> = law.collect();
    let methods: Vec<ImputationMethod> = law.iter().map(|rung| rung.method).collect();
    assert_eq!(methods, [ImputationMethod::Average, ImputationMethod::Norm]);
    house.building(BuildingEvent::GapDecided {
        meter,
        period: period("2026-02"),
        method: ImputationMethod::Average,
        volumes: law.iter().flat_map(|rung| rung.volumes.clone()).collect(),
        basis: None,
    });
    for gap in list(&house, "2026-02") {
        assert!(matches!(gap.state, GapState::Decided { .. }));
    }
}
