//! Days on which a meter is out of order, in months that have a reading all the same.

use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::vocabulary::Resource::ColdWater;
use projections::settlement::ProblemKind;

use crate::support::{Flat, House};
use crate::telling::{problems, told};

/// A flat with one meter: 10 m³ a month, 3.1 by the norm, 100 roubles each.
struct Home {
    house: House,
    flat: Flat,
    point: MeteringPointId,
    meter: MeterId,
}

impl Home {
    fn new() -> Self {
        let mut house = House::new(&[ColdWater]);
        house.price(ColdWater, "100");
        house.water_norm(ColdWater, "3.1");
        let flat = house.flat("1", "50");
        house.residents(flat, 1);
        let point = house.point(Some(flat.id), ColdWater);
        let meter = house.install(point, ColdWater, &["total"], "2025-01-01", "0");
        Self {
            house,
            flat,
            point,
            meter,
        }
    }

    /// Read on the 20th of the months from January to the one with this number.
    fn read_through(month: u32) -> Self {
        let mut home = Self::new();
        for month in 1..=month {
            home.read(&format!("2025-{month:02}-20"), &format!("{month}0"));
        }
        home
    }

    fn read(&mut self, on: &str, shows: &str) {
        self.house.read(self.meter, &format!("{on}T12:00"), shows);
    }

    fn fail(&mut self, on: &str) {
        self.house.fail(self.meter, &format!("{on}T12:00"));
    }

    fn restore(&mut self, on: &str) {
        self.house.restore(self.meter, &format!("{on}T12:00"));
    }

    /// Another meter that begins with nothing takes the place of the one there.
    fn replace(&mut self, on: &str, shows: &str) {
        let at = format!("{on}T12:00");
        self.house.remove(self.meter, &at, shows);
        let registers = &["total"];
        self.meter = self
            .house
            .install(self.point, ColdWater, registers, &at, "0");
    }

    /// The lines of July's bill.
    fn july(&mut self) -> Vec<String> {
        let closing = self.house.close("2025-07");
        told(&closing.bill(self.flat.account).expect("a bill").lines)
    }

    fn is_flagged(&self) -> bool {
        problems(&self.house.settle("2025-07")).contains(&ProblemKind::VerificationEnded)
    }
}

#[test]
fn an_outage_that_was_repaired_before_the_reading_is_averaged() {
    let mut home = Home::read_through(6);
    home.fail("2025-06-25");
    home.house.close("2025-06");
    home.restore("2025-07-10");
    home.read("2025-07-20", "66");
    assert!(!home.is_flagged());
    // 6 + 10 · 9/31.
    assert_eq!(
        home.july(),
        ["cold_water individual 8.903225806452 mixed 890.32"]
    );
    // What is recorded is not calculated again.
    assert!(home.house.settle("2025-07").gaps.is_empty());
}

#[test]
fn the_outage_of_a_meter_replaced_before_the_reading_is_averaged() {
    let mut home = Home::read_through(6);
    home.fail("2025-06-25");
    home.house.close("2025-06");
    home.replace("2025-07-10", "60");
    home.read("2025-07-20", "6");
    assert!(!home.is_flagged());
    assert_eq!(
        home.july(),
        ["cold_water individual 8.903225806452 mixed 890.32"]
    );
}

#[test]
fn the_outage_of_a_meter_whose_successor_is_not_read_is_averaged() {
    let mut home = Home::read_through(6);
    home.fail("2025-06-25");
    home.house.close("2025-06");
    home.replace("2025-07-10", "60");
    // 10 · 9/31 of the one, 3.1 · 22/31 of the other.
    assert_eq!(
        home.july(),
        ["cold_water individual 5.103225806452 mixed 510.32"]
    );
    assert!(home.house.settle("2025-07").gaps.is_empty());
}

#[test]
fn an_outage_within_the_month_is_averaged_beside_the_reading() {
    let mut home = Home::read_through(6);
    home.house.close("2025-06");
    home.fail("2025-07-05");
    home.restore("2025-07-15");
    home.read("2025-07-22", "66");
    assert!(!home.is_flagged());
    // 6 + 10 · 10/31.
    assert_eq!(
        home.july(),
        ["cold_water individual 9.225806451613 mixed 922.58"]
    );
}

#[test]
fn every_outage_of_a_month_is_averaged() {
    let mut home = Home::read_through(6);
    home.house.close("2025-06");
    home.fail("2025-07-02");
    home.restore("2025-07-04");
    home.read("2025-07-20", "69");
    home.fail("2025-07-22");
    assert!(!home.is_flagged());
    // 9 + 10 · 2/31 + 10 · 10/31, each rounded.
    assert_eq!(
        home.july(),
        ["cold_water individual 12.870967741936 mixed 1287.10"]
    );
}

#[test]
fn days_that_a_reading_covers_are_not_calculated_for_the_end_of_a_verification() {
    let mut home = Home::read_through(6);
    home.house.verify(home.meter, "2020-07-01", "2025-06-30");
    home.house.close("2025-06");
    home.read("2025-07-20", "70");
    home.fail("2025-07-25");
    // 10 + 10 · 7/31.
    assert_eq!(
        home.july(),
        ["cold_water individual 12.258064516129 mixed 1225.81"]
    );
}

#[test]
fn a_reading_taken_within_an_outage_is_used_and_flagged() {
    let mut home = Home::read_through(6);
    home.house.close("2025-06");
    home.fail("2025-07-05");
    home.read("2025-07-20", "66");
    assert!(home.is_flagged());
    assert_eq!(home.july(), ["cold_water individual 6 meter 600.00"]);
}

#[test]
fn days_that_a_withdrawn_reading_told_of_are_filled_beside_the_outage() {
    let mut home = Home::read_through(6);
    home.house.close("2025-06");
    home.fail("2025-07-05");
    home.restore("2025-07-15");
    let read = home.house.read(home.meter, "2025-07-22", "66");
    home.house.close("2025-07");
    home.house.withdraw(home.meter, read);
    let settlement = home.house.settle("2025-07");
    let july = settlement.account(home.flat.account).expect("an account");
    assert_eq!(
        told(&july.lines),
        ["cold_water individual 10 average 1000.00"]
    );
}

#[test]
fn a_restoration_recorded_late_parts_what_was_calculated_by_days() {
    let mut home = Home::read_through(2);
    home.house.close("2025-02");
    home.fail("2025-03-25");
    for month in ["2025-03", "2025-04", "2025-05"] {
        home.house.close(month);
    }
    home.restore("2025-05-20");
    home.house.close("2025-06");
    home.read("2025-07-20", "29");
    // 9 less March before the failure (2.4), May after it (1.2) and June (3.1).
    assert_eq!(home.july()[0], "cold_water individual 2.3 meter 230.00");
}

#[test]
fn a_replacement_recorded_late_keeps_the_multiplier_of_the_days_before() {
    let mut home = Home::read_through(2);
    home.fail("2025-02-25");
    for month in ["2025-02", "2025-03", "2025-04", "2025-05", "2025-06"] {
        home.house.close(month);
    }
    home.replace("2025-06-20", "20");
    home.read("2025-07-20", "5");
    // 5 less 3.1 · 11/30 for the days of June on which the new meter stood; K of these is given
    // back: 155 · 11/30.
    assert_eq!(
        home.july(),
        [
            "cold_water individual 3.863333333333 meter 386.33",
            "2025-06 cold_water multiplier_excess norm -56.83"
        ]
    );
}

#[test]
fn a_restoration_recorded_late_leaves_the_days_after_it_to_the_reading() {
    let mut home = Home::read_through(6);
    home.fail("2025-06-25");
    home.house.close("2025-06");
    home.restore("2025-06-28");
    home.read("2025-07-20", "70");
    // Of 2 m³ for six days of June one half is the next reading's.
    assert_eq!(
        home.july(),
        [
            "cold_water individual 10 meter 1000.00",
            "2025-06 cold_water individual -1 mixed -100.00"
        ]
    );
}
