//! Which readings close a period, and the turns of a register between them.

use aggregates::book_event::BookEvent;
use aggregates::ids::MeterId;
use aggregates::meter::event::{MeterEvent, RemovalReason};
use aggregates::meter::reading::RolloverBasis;
use aggregates::quantity::{Measure, Unit};
use aggregates::vocabulary::Resource::ColdWater;

use crate::support::{Flat, House, act, at, code, period};
use crate::telling::told;

/// A flat with a cold water meter that counts 10 m³ a month, at 10 roubles, `initial` in June.
fn house(initial: &str) -> (House, Flat, MeterId) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "50");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", initial);
    (house, flat, meter)
}

fn turn(house: &mut House, meter: MeterId, reading: u64) {
    let capacity = "100000".parse().expect("a decimal");
    let declared = MeterEvent::RolloverDeclared {
        register: code("total"),
        reading,
        capacity: Measure::new(capacity, Unit::CubicMetre),
        basis: RolloverBasis::Plausible,
    };
    house.on(meter, declared);
}

fn bill(house: &mut House, flat: Flat, month: &str) -> Vec<String> {
    let closing = house.close(month);
    told(&closing.bill(flat.account).expect("a bill").lines)
}

/// The register turned between March and April by what was typed, between April and May by what is
/// right; the meter declares the turn anew on May.
#[test]
fn a_correction_moves_the_turn_and_bills_no_whole_register() {
    let (mut house, flat, meter) = house("99910");
    house.read(meter, "2026-01-25", "99980");
    house.close("2026-01");
    let wrong = house.read(meter, "2026-02-25", "5");
    turn(&mut house, meter, wrong);
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 25 meter 250.00"]);
    let next = house.read(meter, "2026-03-25", "15");
    house.close("2026-03");
    house.correct(meter, wrong, "99995");
    turn(&mut house, meter, next);
    house.read(meter, "2026-04-25", "25");
    assert_eq!(
        bill(&mut house, flat, "2026-04"),
        [
            "cold_water individual 10 meter 100.00",
            "2026-02 cold_water individual -10 meter -100.00",
            "2026-03 cold_water individual 10 meter 100.00",
        ]
    );
    // Put right once more: the turn lies before April's reading again, and there alone.
    house.correct(meter, wrong, "5");
    turn(&mut house, meter, wrong);
    house.read(meter, "2026-05-25", "35");
    assert_eq!(
        bill(&mut house, flat, "2026-05"),
        [
            "cold_water individual 10 meter 100.00",
            "2026-02 cold_water individual 10 meter 100.00",
            "2026-03 cold_water individual -10 meter -100.00",
        ]
    );
}

#[test]
fn a_correction_that_is_still_below_keeps_the_turn() {
    let (mut house, flat, meter) = house("99910");
    house.read(meter, "2026-01-25", "99980");
    house.close("2026-01");
    let reading = house.read(meter, "2026-02-25", "5");
    turn(&mut house, meter, reading);
    house.correct(meter, reading, "7");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 27 meter 270.00"]);
}

/// The reading before the turn was a mistake, and with it the turn.
#[test]
fn a_turn_goes_with_the_reading_that_it_was_told_by() {
    let (mut house, flat, meter) = house("0");
    house.read(meter, "2026-01-25", "70");
    house.close("2026-01");
    let wrong = house.read(meter, "2026-02-24", "99990");
    let reading = house.read(meter, "2026-02-25", "80");
    turn(&mut house, meter, reading);
    house.withdraw(meter, wrong);
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 10 meter 100.00"]);
}

#[test]
fn a_reading_taken_before_the_last_mark_counts_as_not_submitted() {
    let (mut house, flat, meter) = house("18");
    house.read(meter, "2026-01-18", "60");
    house.close("2026-01");
    house.read_for(meter, "2026-01-15", "58", period("2026-02"));
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 6 average 60.00"]);
    house.read(meter, "2026-03-20", "70");
    let lines = bill(&mut house, flat, "2026-03");
    assert_eq!(lines, ["cold_water individual 4 meter 40.00"]);
}

/// A control reading taken before the last mark does not beat one that measures something new.
#[test]
fn a_late_control_reading_does_not_hide_a_later_one() {
    let (mut house, flat, meter) = house("0");
    house.read(meter, "2026-01-18", "61");
    house.close("2026-01");
    house.read_for(meter, "2026-01-15", "60", period("2026-02"));
    let late = house.events.last_mut().expect("an event");
    let BookEvent::Meter(MeterEvent::ReadingRecorded { reading, .. }) = &late.event else {
        unreachable!("a reading")
    };
    late.event = BookEvent::Meter(MeterEvent::ControlReadingRecorded {
        reading: reading.clone(),
        act: act(),
        contradicts: vec![],
    });
    house.read(meter, "2026-02-20", "73");
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(lines, ["cold_water individual 12 meter 120.00"]);
}

/// What the old meter counted last is lost: closing waits for a decision, nothing is billed as 0.
#[test]
fn a_meter_that_went_without_a_final_reading_asks_for_a_cause() {
    let (mut house, _, old) = house("0");
    house.read(old, "2026-01-18", "61");
    house.close("2026-01");
    let removed = MeterEvent::MeterRemoved {
        at: at("2026-02-10"),
        r#final: vec![],
        reason: RemovalReason::Replaced,
        act: None,
    };
    house.on(old, removed);
    let installed = house.events.iter().find_map(|event| match &event.event {
        BookEvent::Meter(MeterEvent::MeterInstalled { point, .. }) => Some(*point),
        _ => None,
    });
    let point = installed.expect("the old meter's point");
    let new = house.install(point, ColdWater, &["total"], "2026-02-10", "0");
    house.read(new, "2026-02-20", "3");
    let settlement = house.settle("2026-02");
    let asking = settlement.problems.iter().filter(|one| one.asks_cause());
    let asking: Vec<String> = asking.map(ToString::to_string).collect();
    let told = |text: &String| text.contains("без конечных показаний");
    assert!(asking.iter().any(told), "{asking:?}");
}
