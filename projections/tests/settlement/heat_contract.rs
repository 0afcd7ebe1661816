//! Heat by the method of a contract (ПП 1034): the node's own mean up to fifteen days, the contract
//! load beyond, the mean of the month before where nothing was read.

use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent};
use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::vocabulary::Resource::Heat;
use projections::settlement::{ProblemKind, Settlement};
use rust_decimal::Decimal;

use crate::heat_weather::weather;
use crate::support::{Flat, House, act, code, label, since};

fn by_contract(house: &mut House, parameter: &str, value: RuleValue) {
    house.building(BuildingEvent::RuleOverridden {
        parameter: code(parameter),
        scope: RuleScope::default(),
        value,
        validity: since("2016-01-01"),
        basis: RuleBasis {
            kind: BasisKind::Contract,
            act: act(),
            issued_by: Some(label("РСО")),
        },
    });
}

/// A house of 100 m² with a node, whose contract names the method; October was 62 Гкал at 0 °C.
fn house() -> (House, Flat, MeterId) {
    let (mut house, flat) = without_node();
    let node = house.meter(None, Heat, "2026-09-30", "0");
    house.read(node, "2026-10-31", "62");
    weather(&mut house, ("2026-09-30", "2026-10-31"), 0);
    house.close("2026-10");
    (house, flat, node)
}

fn without_node() -> (House, Flat) {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "1000");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.heating_from("2026-09-15");
    by_contract(
        &mut house,
        "heat_metering_by_contract",
        RuleValue::Flag(true),
    );
    let flat = house.flat("1", "100");
    (house, flat)
}

/// 0.25 Гкал/h at −31 °C.
fn load(house: &mut House) {
    by_contract(house, "contract_heat_load", RuleValue::Text(label("0.25")));
    by_contract(
        house,
        "design_outdoor_temperature",
        RuleValue::Text(label("-31")),
    );
}

fn heat(settlement: &Settlement) -> Decimal {
    let service = settlement.service(Heat).expect("heat");
    service.house.known().expect("known").value()
}

fn is_asked(settlement: &Settlement) -> bool {
    let mut problems = settlement.problems.iter();
    problems.any(|problem| problem.kind == ProblemKind::HouseMeterUnfilled)
}

/// П. 118: 21 days of work at −10 °C, nine of outage at −25 °C.
#[test]
fn up_to_fifteen_days_go_by_the_mean_of_the_working_time() {
    let (mut house, _, node) = house();
    weather(&mut house, ("2026-10-31", "2026-11-22"), -10);
    weather(&mut house, ("2026-11-22", "2026-12-01"), -25);
    house.read(node, "2026-11-22T09:00", "128");
    house.fail(node, "2026-11-22T10:00");
    let settlement = house.settle("2026-11");
    // 66 Гкал in 22 days at 30 degrees; 9 days at 45.
    assert_eq!(heat(&settlement), Decimal::new(1065, 1));
    let gap = &settlement.gaps[0];
    assert_eq!(gap.method, ImputationMethod::Average);
    assert_eq!(gap.clause.as_str(), "ПП 1034 п. 118");
    assert!(!is_asked(&settlement));
    // What is recorded is not calculated again.
    house.close("2026-11");
    let again = house.settle("2026-11");
    assert!(again.gaps.is_empty());
    assert_eq!(heat(&again), Decimal::new(1065, 1));
}

/// П. 115: sixteen days of outage, and the load holds for the measured days too.
#[test]
fn beyond_fifteen_days_the_load_holds_for_the_whole_month() {
    let (mut house, _, node) = house();
    load(&mut house);
    weather(&mut house, ("2026-10-31", "2026-11-15"), -6);
    weather(&mut house, ("2026-11-15", "2026-12-01"), -14);
    house.read(node, "2026-11-14", "100");
    house.fail(node, "2026-11-15T10:00");
    let settlement = house.settle("2026-11");
    // 0.25 · 24 · (14 · 26 + 16 · 34) / 51.
    let expected = Decimal::from(6 * (14 * 26 + 16 * 34)) / Decimal::from(51);
    assert_eq!(heat(&settlement).round_dp(9), expected.round_dp(9));
    let gap = &settlement.gaps[0];
    assert_eq!(gap.method, ImputationMethod::ContractLoad);
    house.close("2026-11");
    assert_eq!(
        heat(&house.settle("2026-11")).round_dp(9),
        expected.round_dp(9)
    );
}

/// П. 119: October's 62 Гкал in 31 days at 20 degrees; November at 30; then the reading comes and
/// is trued up.
#[test]
fn an_unread_month_goes_by_the_month_before() {
    let (mut house, _, node) = house();
    weather(&mut house, ("2026-10-31", "2026-12-01"), -10);
    let settlement = house.settle("2026-11");
    assert_eq!(heat(&settlement), Decimal::from(90));
    assert_eq!(settlement.gaps[0].clause.as_str(), "ПП 1034 п. 119");
    house.close("2026-11");
    weather(&mut house, ("2026-12-01", "2027-01-01"), -10);
    house.read(node, "2026-12-31", "252");
    assert_eq!(heat(&house.settle("2026-12")), Decimal::from(100));
}

#[test]
fn without_a_node_the_load_tells_the_heat() {
    let (mut house, _) = without_node();
    weather(&mut house, ("2026-10-01", "2026-11-01"), -31);
    let asked = house.settle("2026-10");
    assert!(is_asked(&asked));
    load(&mut house);
    assert_eq!(heat(&house.settle("2026-10")), Decimal::from(186));
}

#[test]
fn without_the_weather_nothing_is_guessed() {
    let (mut house, _, node) = house();
    house.read(node, "2026-11-22T09:00", "128");
    house.fail(node, "2026-11-22T10:00");
    let settlement = house.settle("2026-11");
    assert!(is_asked(&settlement));
    assert!(settlement.gaps.is_empty());
    assert_eq!(heat(&settlement), Decimal::from(66));
}

/// V21: 720 hours passed and 696 were counted; the heat of the day that is lacking goes by the
/// mean of the others. Beyond fifteen days of hours the load holds.
#[test]
fn hours_without_work_go_by_the_mean_of_the_others() {
    let timed = |worked: &str| {
        let (mut house, _) = without_node();
        load(&mut house);
        weather(&mut house, ("2026-10-31", "2026-12-01"), -31);
        let point = house.point(None, Heat);
        let node = house.install(point, Heat, &["total", "work_time"], "2026-10-31", "0/1000");
        house.read(node, "2026-11-30", &format!("58/{worked}"));
        house.settle("2026-11")
    };
    assert_eq!(heat(&timed("1720")), Decimal::from(58));
    assert_eq!(heat(&timed("1696")), Decimal::from(60));
    let long = timed("1300");
    assert_eq!(heat(&long), Decimal::from(180));
    assert!(long.gaps.is_empty());
}
