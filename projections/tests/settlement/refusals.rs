//! Refusals of access (ПП 354 п. 59(в), 60, 60(2), 60(3), 85).

use aggregates::ids::MeterId;
use aggregates::quantity::NormBasis;
use aggregates::vocabulary::Resource::{self, ColdWater, Electricity};
use projections::rules::GapReason;
use projections::settlement::ProblemKind;

use crate::support::{Flat, House, at};
use crate::telling::{problems, told};

/// A flat that uses ten units a month, read on the 20th until January 2026; one person.
pub(crate) fn read_monthly(resource: Resource) -> (House, Flat, MeterId) {
    let mut house = House::new(&[resource]);
    house.price(resource, "100");
    let unit = resource.amount_units()[0];
    let per = NormBasis::PersonMonth;
    house.norm(resource, "individual", "3.1", unit, per);
    let flat = house.flat("1", "50");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), resource, "2025-01-01", "0");
    for month in 1..=12 {
        let shows = (10 * month).to_string();
        house.read(meter, &format!("2025-{month:02}-20"), &shows);
    }
    house.read(meter, "2026-01-20", "130");
    house.close("2026-01");
    (house, flat, meter)
}

pub(crate) fn bill(house: &mut House, flat: Flat, of: &str) -> Vec<String> {
    let closing = house.close(of);
    told(&closing.bill(flat.account).expect("a bill").lines)
}

const AVERAGE: &str = "cold_water individual 10 average 1000.00";
const NORM: [&str; 2] = [
    "cold_water individual 3.1 norm 310.00",
    "cold_water multiplier_excess norm 620.00",
];

#[test]
fn a_first_refusal_is_averaged_from_its_act_and_readings_still_count() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.refuse(meter, "2026-02-10", 1);
    let settlement = house.settle("2026-02");
    let gaps = settlement.gaps.iter();
    let told: Vec<_> = gaps.map(|gap| (gap.reason, gap.clause.as_str())).collect();
    let expected = [
        (GapReason::NotSubmitted, "ПП 354 п. 59(б)"),
        (GapReason::AccessRefused, "ПП 354 п. 59(в)"),
    ];
    assert_eq!(told, expected);
    assert_eq!(settlement.gaps[1].interval.from(), at("2026-02-10T00:00"));
    for month in ["2026-02", "2026-03", "2026-04"] {
        assert_eq!(bill(&mut house, flat, month), [AVERAGE], "{month}");
    }
    assert_eq!(bill(&mut house, flat, "2026-05"), NORM);
    // 185 − (130 + 30 + 3.1): readings count after one refusal, so they true up.
    house.read(meter, "2026-06-20", "185");
    let lines = bill(&mut house, flat, "2026-06");
    assert_eq!(lines, ["cold_water individual 21.9 meter 2190.00"]);
}

/// After the second act what the consumer sends is kept and does not count; the inspection begins
/// the count anew, and what was calculated until then stands.
#[test]
fn after_a_second_refusal_readings_do_not_count_until_the_inspection() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.refuse(meter, "2026-02-10", 1);
    house.read(meter, "2026-02-20", "140");
    house.refuse(meter, "2026-02-24", 2);
    // Ten by the reading before the act, 10 · 5/28 after it.
    let lines = bill(&mut house, flat, "2026-02");
    assert_eq!(
        lines,
        ["cold_water individual 11.785714285714 mixed 1178.57"]
    );
    house.read(meter, "2026-03-20", "150");
    let settlement = house.settle("2026-03");
    assert!(problems(&settlement).contains(&ProblemKind::ReadingsNotCounted));
    for month in ["2026-03", "2026-04"] {
        assert_eq!(bill(&mut house, flat, month), [AVERAGE], "{month}");
    }
    assert_eq!(bill(&mut house, flat, "2026-05"), NORM);
    house.control(meter, "2026-06-11", "190", &[]);
    // Ten days of June by the norm, nothing of what the meter counted since the last reading.
    assert_eq!(
        bill(&mut house, flat, "2026-06"),
        [
            "cold_water individual 1.033333333333 mixed 103.33",
            "cold_water multiplier_excess mixed 206.67"
        ]
    );
    house.read(meter, "2026-07-20", "203");
    let lines = bill(&mut house, flat, "2026-07");
    assert_eq!(lines, ["cold_water individual 13 meter 1300.00"]);
    // The run is over: 73 m³ that readings tell of, in six months that were not calculated.
    let lines = bill(&mut house, flat, "2026-08");
    assert_eq!(
        lines,
        ["cold_water individual 12.166666666667 average 1216.67"]
    );
}

/// A period closed before the inspection was recorded is mended by it.
#[test]
fn an_inspection_that_is_recorded_late_mends_the_closed_periods() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.refuse(meter, "2026-02-01T00:00", 1);
    house.refuse(meter, "2026-02-02T00:00", 2);
    assert_eq!(bill(&mut house, flat, "2026-02"), [AVERAGE]);
    assert_eq!(bill(&mut house, flat, "2026-03"), [AVERAGE]);
    house.control(meter, "2026-03-16T00:00", "155", &[]);
    house.read(meter, "2026-04-20", "162");
    // Of March the first fifteen days stand as they were calculated; the others are the readings'.
    assert_eq!(
        bill(&mut house, flat, "2026-04"),
        [
            "cold_water individual 7 meter 700.00",
            "2026-03 cold_water individual -5.161290322581 mixed -516.13"
        ]
    );
}

#[test]
fn an_inspection_between_two_refusals_begins_the_row_anew() {
    let (mut house, flat, meter) = read_monthly(ColdWater);
    house.refuse(meter, "2026-02-10", 1);
    house.refuse(meter, "2026-02-12", 2);
    house.control(meter, "2026-02-11", "138", &[]);
    house.read(meter, "2026-02-20", "141");
    let lines = bill(&mut house, flat, "2026-02");
    // There is no second refusal in a row; a control reading closes the month.
    assert_eq!(lines, ["cold_water individual 8 meter 800.00"]);
}

/// П. 60(3): the norm with its own multiplier from the period of the second act, no averages.
#[test]
fn electricity_is_normed_from_the_period_of_the_second_act() {
    let (mut house, flat, meter) = read_monthly(Electricity);
    house.refuse(meter, "2026-02-05", 1);
    house.refuse(meter, "2026-02-12", 2);
    for month in ["2026-02", "2026-03"] {
        assert_eq!(
            bill(&mut house, flat, month),
            [
                "electricity individual 3.1 norm 310.00",
                "electricity multiplier_excess norm 155.00"
            ],
            "{month}"
        );
    }
}

#[test]
fn one_refusal_leaves_electricity_to_averages_without_limit() {
    let (mut house, flat, meter) = read_monthly(Electricity);
    house.refuse(meter, "2026-02-05", 1);
    for month in ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"] {
        let average = "electricity individual 10 average 1000.00";
        assert_eq!(bill(&mut house, flat, month), [average], "{month}");
    }
}
