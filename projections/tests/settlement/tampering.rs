//! Interference with meters (ПП 354 п. 62, 81(11)).

use aggregates::ids::MeterId;
use aggregates::meter::event::MeterEvent;
use aggregates::quantity::{Measure, Unit};
use aggregates::vocabulary::Resource::{ColdWater, Electricity};
use projections::rules::GapReason;

use crate::refusals::{bill, read_monthly};
use crate::support::{House, act, at};

fn tamper(house: &mut House, meter: MeterId, found: &str, since: Option<&str>, hourly: &str) {
    let hourly = hourly.parse().ok();
    let event = MeterEvent::TamperingFound {
        act: act(),
        at: at(found),
        since: since.map(at),
        hourly: hourly.map(|value| Measure::new(value, Unit::KilowattHour)),
    };
    house.on(meter, event);
}

fn end(house: &mut House, meter: MeterId, when: &str) {
    let event = MeterEvent::TamperingEnded {
        act: act(),
        at: at(when),
    };
    house.on(meter, event);
}

/// Nothing tells when it began: three months before that of the act, and the days until it was
/// done away with. Ten norms, less the norm that the days from the act on are charged already.
#[test]
fn interference_is_charged_by_ten_norms_from_three_months_before_the_act() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.read(meter, "2026-02-18", "140");
    tamper(&mut house, meter, "2026-02-21", None, "");
    end(&mut house, meter, "2026-02-26");
    house.control(meter, "2026-02-26T11:00", "150", &[]);
    assert_eq!(
        bill(&mut house, flat, "2026-02"),
        [
            "cold_water individual 10.553571428571 mixed 1055.36",
            "cold_water interference 120.125 calculated 12012.50"
        ]
    );
    house.read(meter, "2026-03-20", "161");
    let lines = bill(&mut house, flat, "2026-03");
    assert_eq!(lines, ["cold_water individual 11 meter 1100.00"]);
}

/// From the last inspection, where that was later.
#[test]
fn interference_is_charged_from_the_last_inspection() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.control(meter, "2026-02-01T00:00", "134", &[]);
    tamper(&mut house, meter, "2026-02-15T00:00", None, "");
    end(&mut house, meter, "2026-02-15T00:00");
    house.control(meter, "2026-02-15T00:00", "139", &[]);
    // 3.1 · 14/28 · 10.
    assert_eq!(
        bill(&mut house, flat, "2026-02"),
        [
            "cold_water individual 9 meter 900.00",
            "cold_water interference 15.5 calculated 1550.00"
        ]
    );
}

/// By what the equipment takes, day and night, month after month until it is done away with; no
/// reading counts meanwhile.
#[test]
fn interference_goes_by_capacity_where_the_act_tells_it() {
    let (mut house, flat, meter) = read_monthly(Electricity);
    let since = Some("2026-02-01T00:00");
    tamper(&mut house, meter, "2026-02-15T00:00", since, "3");
    house.read(meter, "2026-02-20", "140");
    let settlement = house.settle("2026-02");
    let reasons: Vec<_> = settlement.gaps.iter().map(|gap| gap.reason).collect();
    assert_eq!(reasons, [GapReason::NotSubmitted, GapReason::Tampering]);
    // 10 · 14/28 and 3.1 · 14/28; 3 · 24 · 28 less the latter.
    assert_eq!(
        bill(&mut house, flat, "2026-02"),
        [
            "electricity individual 6.55 mixed 655.00",
            "electricity interference 2014.45 calculated 201445.00"
        ]
    );
    assert_eq!(
        bill(&mut house, flat, "2026-03"),
        [
            "electricity individual 3.1 norm 310.00",
            "electricity interference 2228.9 calculated 222890.00"
        ]
    );
}
