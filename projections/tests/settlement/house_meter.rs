//! House meters that were not read, out of order or replaced (ПП 354 п. 59(1)).

use aggregates::building::arrangement::Management;
use aggregates::building::event::BuildingAreaPurpose;
use aggregates::ids::MeterId;
use aggregates::quantity::{NormBasis, Unit};
use aggregates::vocabulary::Resource::ColdWater;
use projections::settlement::{ProblemKind, Settlement};

use crate::support::{Flat, House};
use crate::telling::{problems, told};

/// A house of one flat where КР на СОИ goes by the house meter, else by 10 m³ of the norm.
fn by_fact() -> (House, Flat) {
    let mut house = House::new(&[]);
    house.arrange(ColdWater, Management::ManagingCompany);
    house.price(ColdWater, "10");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.house_area(BuildingAreaPurpose::CommonWater, "20");
    let (unit, per) = (Unit::CubicMetre, NormBasis::SquareMetreMonth);
    house.norm(ColdWater, "common_property", "0.5", unit, per);
    house.decide("soi_by_fact", ColdWater);
    let flat = house.flat("1", "100");
    (house, flat)
}

/// Readings of the 25th of each month from January 2025 on, so much a month.
fn read_monthly(house: &mut House, meter: MeterId, months: u32, each: u32) {
    for month in 1..=months {
        let (year, of_year) = (2025 + (month - 1) / 12, (month - 1) % 12 + 1);
        let shown = (month * each).to_string();
        house.read(meter, &format!("{year}-{of_year:02}-25"), &shown);
    }
}

fn common(settlement: &Settlement, flat: Flat) -> Vec<String> {
    let charges = settlement.account(flat.account).expect("an open account");
    let lines = told(&charges.lines);
    lines
        .into_iter()
        .filter(|line| line.contains("common"))
        .collect()
}

/// Rules DC-02-ODPU-REPLACED-MID-MONTH: the two days without a meter are filled by the average of
/// the one taken away.
#[test]
fn days_between_two_house_meters_are_filled_by_the_average() {
    let mut house = House::new(&[]);
    house.arrange(ColdWater, Management::ManagingCompany);
    house.price(ColdWater, "44.86");
    house.house_area(BuildingAreaPurpose::AllPremises, "5120.4");
    house.decide("soi_by_fact", ColdWater);
    let flat = house.flat("1", "54.3");
    let own = house.meter(Some(flat.id), ColdWater, "2026-04-25", "0");
    house.read(own, "2026-05-25", "398.7");
    let point = house.point(None, ColdWater);
    let old = house.install(point, ColdWater, &["total"], "2025-10-23", "16045.11");
    let mut shown: rust_decimal::Decimal = "16045.11".parse().expect("a number");
    let history = ["398.2", "405.6", "391.9", "402.4", "410.0", "399.1"];
    for (volume, month) in history.iter().zip(["11", "12", "01", "02", "03", "04"]) {
        shown += volume.parse::<rust_decimal::Decimal>().expect("a number");
        let year = if month > "10" { 2025 } else { 2026 };
        house.read(old, &format!("{year}-{month}-23"), &shown.to_string());
    }
    house.remove(old, "2026-05-13", "18702.81");
    let new = house.install(point, ColdWater, &["total"], "2026-05-15", "0.35");
    house.read(new, "2026-05-25", "148.1");
    let settlement = house.settle("2026-05");
    let gap = &settlement.gaps[0];
    assert_eq!(gap.volumes[0].value.value().to_string(), "25.883870967742");
    assert_eq!((gap.run, gap.clause.as_str()), (1, "ПП 354 п. 59(1)"));
    let service = settlement.service(ColdWater).expect("a service");
    let came_in = service.house.known().expect("a volume");
    assert_eq!(came_in.value().to_string(), "424.133870967742");
    assert_eq!(
        common(&settlement, flat),
        ["cold_water common_property 0.269717052095 house_meter 12.10"]
    );
    // Recorded once, it is no gap any more and counts the same.
    let closing = house.close("2026-05");
    let total = closing
        .totals
        .iter()
        .find(|total| total.kind.as_str() == "common");
    assert_eq!(
        total
            .and_then(|total| total.volume)
            .map(|volume| volume.value().to_string()),
        Some("25.433870967742".to_owned())
    );
    assert!(house.settle("2026-05").gaps.is_empty());
}

#[test]
fn a_house_meter_that_is_not_read_is_averaged_three_times_and_trued_up() {
    let (mut house, flat) = by_fact();
    let own = house.meter(Some(flat.id), ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, own, 18, 90);
    let input = house.meter(None, ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, input, 12, 100);
    house.close("2025-12");
    for month in ["2026-01", "2026-02", "2026-03"] {
        let closing = house.close(month);
        let gap = &closing.imputations[0].gap;
        assert_eq!((gap.meter, gap.premises), (input, None));
        assert_eq!(
            common(&closing.settlement, flat),
            ["cold_water common_property 10 house_meter 100.00"]
        );
    }
    // The fourth month goes by the norm (п. 60(1)).
    let closing = house.close("2026-04");
    assert!(closing.imputations.is_empty());
    assert_eq!(
        common(&closing.settlement, flat),
        ["cold_water common_property 10 common_norm 100.00"]
    );
    assert!(problems(&closing.settlement).contains(&ProblemKind::HouseMeterUnfilled));
}

#[test]
fn the_next_reading_trues_up_what_was_averaged() {
    let (mut house, flat) = by_fact();
    let own = house.meter(Some(flat.id), ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, own, 14, 90);
    let input = house.meter(None, ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, input, 12, 100);
    house.close("2025-12");
    house.close("2026-01");
    // 1200 + 230 in two months, of which 100 are on record.
    house.read(input, "2026-02-25", "1430");
    let closing = house.close("2026-02");
    assert_eq!(
        common(&closing.settlement, flat),
        ["cold_water common_property 40 house_meter 400.00"]
    );
}

#[test]
fn an_input_that_works_is_not_averaged_with_the_one_that_does_not() {
    let (mut house, flat) = by_fact();
    let own = house.meter(Some(flat.id), ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, own, 13, 90);
    let broken = house.meter(None, ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, broken, 12, 60);
    let working = house.meter(None, ColdWater, "2024-12-25", "0");
    read_monthly(&mut house, working, 12, 40);
    house.fail(broken, "2025-12-26");
    house.read(working, "2026-01-25", "535");
    let settlement = house.settle("2026-01");
    let filled: Vec<MeterId> = settlement.gaps.iter().map(|gap| gap.meter).collect();
    assert_eq!(filled, [broken]);
    // 60 and 55, less 90.
    assert_eq!(
        common(&settlement, flat),
        ["cold_water common_property 25 house_meter 250.00"]
    );
}
