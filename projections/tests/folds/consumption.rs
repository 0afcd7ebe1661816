//! Consumption of a point: the worked cases.

use aggregates::meter::reading::ImputationMethod::{Average, Norm};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Unit;
use aggregates::time::Interval;
use aggregates::vocabulary::Resource;
use projections::consumption::{MarkName, PointConsumption, QueryError, VolumePart};
use projections::volume::{Reason, Volume};

use crate::support::{Book, Registers, TWO_ZONES, WATER, at, known, measure, period};

/// A flat's cold water meter, put in on 23.04.2026 with zero.
fn flat() -> (
    Book,
    aggregates::ids::MeteringPointId,
    aggregates::ids::MeterId,
) {
    let mut book = Book::new();
    let (point, meter) = book.water("кухня", PointKind::Individual, "2026-03-23");
    (book, point, meter)
}

fn reasons(figure: &PointConsumption) -> &[Reason] {
    figure.volume.reasons()
}

#[test]
fn a_month_is_the_difference_of_its_reading_and_the_one_before() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10.250");
    book.read(meter, "2026-05-25", "16.500");
    assert_eq!(book.volume(point, "2026-04"), "10.25");
    assert_eq!(book.volume(point, "2026-05"), "6.25");
}

#[test]
fn the_last_taken_of_several_readings_wins_whatever_came_in_last() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "12");
    book.read(meter, "2026-04-20", "11");
    assert_eq!(book.volume(point, "2026-04"), "12");
}

#[test]
fn no_reading_is_unknown_and_never_zero() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    let figure = book.of_point(point, "2026-05").value;
    let last_taken_at = Some(at("2026-04-24"));
    assert_eq!(reasons(&figure), [Reason::NoReading { last_taken_at }]);
    let before = book.of_point(point, "2026-02").value;
    assert_eq!(reasons(&before), [Reason::NoMeter { since: None }]);
}

#[test]
fn held_and_rejected_readings_do_not_count() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    book.hold(meter, "2026-04-25", "9");
    book.reject(meter, "2026-04-26", "5000");
    assert_eq!(book.volume(point, "2026-04"), "10");
}

#[test]
fn a_withdrawn_reading_gives_way_to_the_one_before_it() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-20", "9");
    let wrong = book.read(meter, "2026-04-24", "90");
    book.withdraw(meter, wrong);
    assert_eq!(book.volume(point, "2026-04"), "9");
}

#[test]
fn a_correction_changes_its_month_and_the_next_one() {
    let (mut book, point, meter) = flat();
    let april = book.read(meter, "2026-04-24", "12");
    book.read(meter, "2026-05-24", "20");
    book.correct(meter, april, "21");
    book.correct(meter, april, "15");
    assert_eq!(book.volume(point, "2026-04"), "15");
    let may = book.of_point(point, "2026-05");
    assert_eq!(known(&may.value.volume), "5");
    let corrected = may.because.all_events();
    assert!(
        corrected
            .iter()
            .any(|event| event.position == book.position()),
        "names the correction"
    );
}

#[test]
fn a_control_reading_beats_a_later_one_of_its_period() {
    let (mut book, point, meter) = flat();
    book.control(meter, "2026-04-15", "8");
    book.read(meter, "2026-04-24", "7.5");
    assert_eq!(book.volume(point, "2026-04"), "8");
    let figure = book.of_point(point, "2026-04").value;
    let VolumePart::Metered(part) = &figure.parts[0] else {
        unreachable!("{figure:?}")
    };
    assert_eq!(
        part.until.as_ref().map(|until| until.kind),
        Some(MarkName::Control)
    );
}

/// DC-02: the house meter is taken away on 13.05 and its successor put in on 15.05. The days
/// between are named; never 148.100 − 18452.310.
#[test]
fn a_replacement_counts_both_devices_and_names_the_gap() {
    let mut book = Book::new();
    let point = book.point("ввод 1", Resource::ColdWater, PointKind::House);
    let old = book.meter("111", Resource::ColdWater, &WATER);
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.install(old, point, "2025-10-23", "18000");
    book.read(old, "2026-04-23", "18452.310");
    book.remove(old, "2026-05-13", Some("18702.810"));
    book.install(new, point, "2026-05-15", "0.350");
    book.read(new, "2026-05-25", "148.100");

    let may = book.of_point(point, "2026-05");
    let parts: Vec<String> = may
        .value
        .parts
        .iter()
        .map(|part| known(part.volume()))
        .collect();
    assert_eq!(parts, ["250.5", "147.75"]);
    assert_eq!(known(&may.value.volume), "398.25");
    assert_eq!(may.value.unmetered.len(), 1);
    assert_eq!(may.value.unmetered[0].from, at("2026-05-13"));
    assert_eq!(may.value.unmetered[0].until, Some(at("2026-05-15")));
    let text = may.because.to_text();
    assert!(
        text.contains("18\u{a0}702,810 − 18\u{a0}452,310 = 250,500\u{a0}м³"),
        "{text}"
    );
    assert!(
        text.contains("без прибора с 13.05.2026 10:00, до 15.05.2026 10:00"),
        "{text}"
    );
}

/// DC-02 with the gap filled by п. 59(1): the calculated days are added, not taken off later.
#[test]
fn a_filled_gap_is_added_to_both_devices() {
    let mut book = Book::new();
    let point = book.point("ввод 1", Resource::ColdWater, PointKind::House);
    let old = book.meter("111", Resource::ColdWater, &WATER);
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.install(old, point, "2025-10-23", "18000");
    book.read(old, "2026-04-23", "18452.310");
    book.remove(old, "2026-05-13", Some("18702.810"));
    let gap = Interval::new(at("2026-05-13T00:00"), at("2026-05-15T00:00")).expect("two days");
    book.impute_between(old, "2026-05", gap, "25.883870967742", Average);
    book.install(new, point, "2026-05-15", "0.350");
    assert!(
        matches!(
            book.of_point(point, "2026-05").value.volume,
            Volume::Unknown { .. }
        ),
        "a filled gap says nothing of what the devices counted"
    );
    book.read(new, "2026-05-25", "148.100");
    book.read(new, "2026-06-24", "549.300");
    assert_eq!(book.volume(point, "2026-05"), "424.133870967742");
    assert_eq!(book.volume(point, "2026-06"), "401.2");
}

#[test]
fn a_replacement_after_the_months_reading_closes_the_month_by_the_final_value() {
    let (mut book, point, old) = flat();
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.read(old, "2026-05-24", "20");
    book.remove(old, "2026-05-28", Some("21"));
    book.install(new, point, "2026-05-28T11:00", "0.1");
    book.read(new, "2026-06-24", "5.1");
    assert_eq!(book.volume(point, "2026-05"), "21");
    assert_eq!(book.volume(point, "2026-06"), "5");
}

#[test]
fn a_replacement_without_a_reading_of_the_new_device_waits_for_it() {
    let (mut book, point, old) = flat();
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.read(old, "2026-04-24", "10");
    book.remove(old, "2026-05-13", Some("14"));
    book.install(new, point, "2026-05-13T11:00", "0");
    let may = book.of_point(point, "2026-05").value;
    assert!(matches!(reasons(&may), [Reason::NoReading { .. }]));
    book.read(new, "2026-06-24", "6");
    let june = book.of_point(point, "2026-06").value;
    assert_eq!(known(&june.volume), "10");
    assert_eq!(june.covers, [period("2026-05"), period("2026-06")]);
}

#[test]
fn a_removal_without_final_values_leaves_the_month_unknown_but_tells_what_is_known() {
    let (mut book, point, old) = flat();
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.read(old, "2026-04-24", "10");
    book.remove(old, "2026-05-13", None);
    book.install(new, point, "2026-05-13T11:00", "0");
    book.read(new, "2026-05-24", "3");
    let may = book.of_point(point, "2026-05").value;
    assert!(matches!(
        reasons(&may),
        [Reason::FinalReadingUnknown { .. }]
    ));
    let Volume::Unknown { known_part, .. } = &may.volume else {
        unreachable!("{may:?}")
    };
    assert_eq!(*known_part, Some(measure("3 m3")));
}

#[test]
fn a_removal_for_good_closes_its_month_and_leaves_no_meter_after() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    book.remove(meter, "2026-05-13", Some("14"));
    let may = book.of_point(point, "2026-05").value;
    assert_eq!(known(&may.volume), "4");
    assert_eq!(may.unmetered[0].until, None);
    let june = book.of_point(point, "2026-06").value;
    assert_eq!(
        reasons(&june),
        [Reason::NoMeter {
            since: Some(at("2026-05-13"))
        }]
    );
}

#[test]
fn a_device_back_from_verification_is_no_difference_across_its_absence() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    book.remove(meter, "2026-05-02", Some("11"));
    book.install(meter, point, "2026-05-10", "11.7");
    book.read(meter, "2026-05-24", "13.7");
    assert_eq!(book.volume(point, "2026-05"), "3");
}

#[test]
fn a_turn_adds_the_capacity_once_and_only_where_declared() {
    let mut book = Book::new();
    let point = book.point("кухня", Resource::ColdWater, PointKind::Individual);
    let meter = book.meter("7", Resource::ColdWater, &WATER);
    book.install(meter, point, "2026-03-23", "99990");
    book.read(meter, "2026-04-24", "99995.5");
    let after = book.read(meter, "2026-05-24", "3.25");
    let may = book.of_point(point, "2026-05").value;
    assert!(matches!(reasons(&may), [Reason::NegativeDifference { .. }]));
    book.rollover(meter, "total", after, "100000");
    assert_eq!(book.volume(point, "2026-05"), "7.75");
    book.read(meter, "2026-06-24", "9.25");
    assert_eq!(book.volume(point, "2026-06"), "6");
    let text = book.of_point(point, "2026-05").because.to_text();
    assert!(
        text.contains("3,250 + 100\u{a0}000,000 (переход через ноль) − 99\u{a0}995,500"),
        "{text}"
    );
}

/// A worked example of the collection in `tests/examples`: five digits before the point.
#[test]
fn hw2_test_c3() {
    let mut book = Book::new();
    let point = book.point("кухня", Resource::HotWater, PointKind::Individual);
    let meter = book.meter("7", Resource::HotWater, &WATER);
    book.install(meter, point, "2026-01-10", "0");
    book.read(meter, "2026-06-25", "99998.5");
    let reading = book.read(meter, "2026-07-25", "2.5");
    book.rollover(meter, "total", reading, "100000");
    assert_eq!(book.volume(point, "2026-07"), "4");
}

#[test]
fn a_turn_goes_with_the_reading_it_was_declared_on() {
    let mut book = Book::new();
    let point = book.point("кухня", Resource::ColdWater, PointKind::Individual);
    let meter = book.meter("7", Resource::ColdWater, &WATER);
    book.install(meter, point, "2026-03-23", "99990");
    let wrong = book.read(meter, "2026-04-20", "3");
    book.rollover(meter, "total", wrong, "100000");
    book.withdraw(meter, wrong);
    book.read(meter, "2026-04-24", "99995");
    assert_eq!(book.volume(point, "2026-04"), "5");
}

#[test]
fn a_falling_register_waits_for_a_decision() {
    let (mut book, point, meter) = flat();
    let april = book.read(meter, "2026-04-24", "10");
    book.read(meter, "2026-05-24", "12");
    book.correct(meter, april, "13");
    let may = book.of_point(point, "2026-05").value;
    let [Reason::NegativeDifference { before, now, .. }] = reasons(&may) else {
        unreachable!("{may:?}")
    };
    assert_eq!((before, now), (&measure("13 m3"), &measure("12 m3")));
}

#[test]
fn tariff_zones_are_told_apart_and_together() {
    let mut book = Book::new();
    let point = book.point("щит", Resource::Electricity, PointKind::Individual);
    let meter = book.meter("9", Resource::Electricity, &TWO_ZONES);
    book.install(meter, point, "2026-03-23", "100/50");
    book.read(meter, "2026-04-24", "220/110");
    let april = book.of_point(point, "2026-04").value;
    assert_eq!(known(&april.volume), "180");
    let zones: Vec<String> = april
        .registers
        .iter()
        .map(|zone| known(&zone.volume))
        .collect();
    assert_eq!(zones, ["120", "60"]);
}

#[test]
fn a_two_zone_device_in_the_place_of_a_single_zone_one_adds_up() {
    let mut book = Book::new();
    let single = Registers(&["total"], Unit::KilowattHour);
    let point = book.point("щит", Resource::Electricity, PointKind::Individual);
    let old = book.meter("8", Resource::Electricity, &single);
    let new = book.meter("9", Resource::Electricity, &TWO_ZONES);
    book.install(old, point, "2026-03-23", "100");
    book.remove(old, "2026-04-10", Some("150"));
    book.install(new, point, "2026-04-10T11:00", "0/0");
    book.read(new, "2026-04-24", "20/10");
    assert_eq!(book.volume(point, "2026-04"), "80");
}

#[test]
fn registers_of_unknown_meaning_are_not_added() {
    let mut book = Book::new();
    let pipes = Registers(&["v1", "v2"], Unit::CubicMetre);
    let point = book.point("узел", Resource::HotWater, PointKind::House);
    let meter = book.meter("5", Resource::HotWater, &pipes);
    book.install(meter, point, "2026-03-23", "0/0");
    book.read(meter, "2026-04-24", "300/250");
    let april = book.of_point(point, "2026-04").value;
    assert!(matches!(
        reasons(&april),
        [Reason::RegistersAmbiguous { .. }]
    ));
    assert_eq!(known(&april.registers[0].volume), "300");
}

#[test]
fn devices_in_other_units_are_added_exactly() {
    let mut book = Book::new();
    let point = book.point("узел", Resource::Heat, PointKind::House);
    let old = book.meter("1", Resource::Heat, &Registers(&["q"], Unit::Gigacalorie));
    let new = book.meter("2", Resource::Heat, &Registers(&["q"], Unit::Gigajoule));
    book.install(old, point, "2026-03-23", "10");
    book.remove(old, "2026-04-10", Some("12"));
    book.install(new, point, "2026-04-10T12:00", "0");
    book.read(new, "2026-04-24", "1.5");
    let april = book.of_point(point, "2026-04").value;
    assert_eq!(
        april.volume,
        Volume::Known {
            value: measure("9.8736 GJ")
        }
    );
}

#[test]
fn a_late_reading_covers_the_months_without_one() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    book.read(meter, "2026-07-20", "25");
    for empty in ["2026-05", "2026-06"] {
        assert!(matches!(
            reasons(&book.of_point(point, empty).value),
            [Reason::NoReading { .. }]
        ));
    }
    let july = book.of_point(point, "2026-07").value;
    assert_eq!(known(&july.volume), "15");
    assert_eq!(
        july.covers,
        [period("2026-05"), period("2026-06"), period("2026-07")]
    );
    let interval = july.interval.expect("measured");
    assert_eq!(
        (interval.from, interval.until),
        (at("2026-04-24"), at("2026-07-20"))
    );

    let fold = book.consumption();
    let span = fold
        .of_point_between(point, period("2026-04"), period("2026-07"))
        .expect("told");
    assert_eq!(known(&span.value.volume), "25");
    assert_eq!(span.value.periods[1].covered_by, Some(period("2026-07")));
    let open = fold
        .of_point_between(point, period("2026-04"), period("2026-06"))
        .expect("told");
    assert!(
        open.value.volume.known().is_none(),
        "nothing within the span covers May and June"
    );
}

/// DC-04: three months by average, one by the norm, then a reading below the virtual register.
#[test]
fn a_reading_after_calculated_months_is_trued_up() {
    let mut book = Book::new();
    let point = book.point("кухня", Resource::ColdWater, PointKind::Individual);
    let meter = book.meter("7", Resource::ColdWater, &WATER);
    book.install(meter, point, "2025-07-25", "387.100");
    book.read(meter, "2025-12-25", "408.200");
    book.read(meter, "2026-01-25", "412.300");
    for month in ["2026-02", "2026-03", "2026-04"] {
        book.impute(meter, month, "4.2", Average);
    }
    book.impute(meter, "2026-05", "8.58", Norm);
    book.read(meter, "2026-06-22", "431.050");

    assert_eq!(book.volume(point, "2026-03"), "4.2");
    assert_eq!(book.volume(point, "2026-05"), "8.58");
    let june = book.of_point(point, "2026-06").value;
    assert_eq!(known(&june.volume), "-2.43");
    let parts: Vec<String> = june.parts.iter().map(|part| known(part.volume())).collect();
    assert_eq!(parts, ["18.75", "-4.2", "-4.2", "-4.2", "-8.58"]);
    assert!(
        june.parts[1..]
            .iter()
            .all(|part| matches!(part, VolumePart::TrueUp(_)))
    );
    let fold = book.consumption();
    let span = fold
        .of_point_between(point, period("2026-02"), period("2026-06"))
        .expect("told");
    assert_eq!(known(&span.value.volume), "18.75");
}

#[test]
fn a_superseded_calculation_leaves_its_month_to_the_reading() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    let imputed = book.impute(meter, "2026-05", "4", Average);
    let reading = book.read(meter, "2026-06-24", "21");
    assert_eq!(book.volume(point, "2026-06"), "7");
    book.supersede(meter, imputed, reading);
    assert!(
        book.of_point(point, "2026-05")
            .value
            .volume
            .known()
            .is_none()
    );
    assert_eq!(book.volume(point, "2026-06"), "11");
}

#[test]
fn a_reading_of_the_same_month_stands_above_a_calculation() {
    let (mut book, point, meter) = flat();
    book.impute(meter, "2026-04", "4", Average);
    book.read(meter, "2026-04-24", "10");
    assert_eq!(book.volume(point, "2026-04"), "10");
}

/// ПП 354 п. 59(а): what is calculated for a broken meter is charged beside what the meter counted
/// until then; it is not in its register and never taken off.
#[test]
fn calculations_during_a_failure_are_not_trued_up() {
    let (mut book, point, old) = flat();
    let new = book.meter("222", Resource::ColdWater, &WATER);
    book.read(old, "2026-04-24", "10");
    book.fail(old, "2026-04-30");
    book.impute(old, "2026-05", "5", Average);
    book.remove(old, "2026-06-01", Some("11"));
    book.install(new, point, "2026-06-01T12:00", "0");
    book.read(new, "2026-06-24", "4");
    assert_eq!(book.volume(point, "2026-05"), "5");
    assert_eq!(book.volume(point, "2026-06"), "5");
}

#[test]
fn a_reading_taken_before_the_last_counted_one_measures_nothing_new() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10");
    book.read_for(meter, "2026-04-20", "9", "2026-05");
    book.read(meter, "2026-06-24", "20");
    let may = book.of_point(point, "2026-05").value;
    assert!(matches!(
        reasons(&may),
        [Reason::TakenBeforePrevious { .. }]
    ));
    assert_eq!(book.volume(point, "2026-06"), "10");
}

#[test]
fn adopted_readings_count_like_others() {
    let (mut book, point, meter) = flat();
    book.adopt(meter, &[("2026-04-24", "10"), ("2026-05-24", "16")]);
    book.read(meter, "2026-06-24", "20");
    assert_eq!(book.volume(point, "2026-05"), "6");
    assert_eq!(book.volume(point, "2026-06"), "4");
}

#[test]
fn questions_without_an_answer_are_errors() {
    let (book, point, _) = flat();
    let fold = book.consumption();
    let nowhere = aggregates::ids::MeteringPointId(uuid::Uuid::from_u128(9));
    assert_eq!(
        fold.of_point(nowhere, period("2026-04")),
        Err(QueryError::UnknownPoint(nowhere))
    );
    let backwards = fold.of_point_between(point, period("2026-04"), period("2026-03"));
    assert!(matches!(backwards, Err(QueryError::Backwards { .. })));
}

#[test]
fn an_explanation_names_events_and_positions_in_json() {
    let (mut book, point, meter) = flat();
    book.read(meter, "2026-04-24", "10.250");
    let april = book.of_point(point, "2026-04");
    let json = serde_json::to_value(&april).expect("JSON");
    let part = &json["because"]["parts"][0];
    assert_eq!(part["code"], "consumption.difference");
    assert_eq!(
        part["value"],
        serde_json::json!({"value": "10.25", "unit": "m3"})
    );
    assert_eq!(part["events"][1]["event"], format!("meter/{meter}/3"));
    assert_eq!(part["events"][1]["position"], book.position());
    assert_eq!(json["value"]["volume"]["state"], "known");
    assert_eq!(json["value"]["parts"][0]["part"], "metered");
}
