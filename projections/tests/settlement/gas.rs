//! Gas of meters without temperature correction (orders of Росстандарт for a territory and month).

use aggregates::building::event::BuildingEvent;
use aggregates::meter::event::RemovalReason;
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::vocabulary::Resource::Gas;

use crate::refusals::{bill, read_monthly};
use crate::support::{House, act, code, label, since};

fn factor(house: &mut House) {
    house.building(BuildingEvent::RuleOverridden {
        parameter: code("gas_temperature_factor"),
        scope: RuleScope::default(),
        value: RuleValue::Text(label("1.09")),
        validity: since("2026-02-01"),
        basis: RuleBasis {
            kind: BasisKind::RegionalAct,
            act: act(),
            issued_by: None,
        },
    });
}

/// Bashkortostan, lowland, January 2021 had 1.09.
#[test]
fn what_a_meter_counted_is_sold_at_standard_conditions() {
    let (mut house, flat, meter) = read_monthly(Gas);
    factor(&mut house);
    house.read(meter, "2026-02-24", "140");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["gas individual 10.9 meter 1090.00"]);
}

#[test]
fn an_average_is_of_what_meters_count_and_a_norm_of_what_is_sold() {
    let (mut house, flat, meter) = read_monthly(Gas);
    factor(&mut house);
    let reason = RemovalReason::ForVerification;
    house.take_away(meter, "2026-02-15T00:00", "135", reason);
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["gas individual 10.9 mixed 1090.00"]);
    let (mut house, flat, meter) = read_monthly(Gas);
    factor(&mut house);
    house.fail(meter, "2026-02-01T00:00");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["gas individual 3.1 norm 310.00"]);
}

#[test]
fn a_meter_that_corrects_by_temperature_itself_is_left_alone() {
    let (mut house, flat, old) = read_monthly(Gas);
    factor(&mut house);
    let point = house.point_of(old);
    house.take_away(old, "2026-02-10T00:00", "134", RemovalReason::Abolished);
    let new = house.install(point, Gas, &["standard"], "2026-02-10T00:00", "0");
    house.read(new, "2026-02-24", "6");
    let lines = bill(&mut house, flat, "2026-02");
    // 4 · 1.09 of the old one, 6 of the new one.
    assert_eq!(lines, ["gas individual 10.36 meter 1036.00"]);
}
