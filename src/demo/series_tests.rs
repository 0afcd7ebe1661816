//! Goal: the series are plausible, the same everywhere, and add up. Method: totals of a year
//! against what households really use, pinned values, a property over random intervals.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::super::houses;
use super::super::schedule::house_read_on;
use super::*;

fn shapes() -> Shapes {
    Shapes::load().expect("the carried files are whole")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date of the test")
}

fn year() -> (NaiveDate, NaiveDate) {
    (date("2025-11-01"), date("2026-11-01"))
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number of the test")
}

/// The flats of a real house with residents by lot.
fn flats_of(house: u8) -> Vec<FlatShape> {
    let houses = houses::load().expect("the carried file is whole");
    houses[usize::from(house)]
        .flats()
        .map(|(_, _, flat)| FlatShape::typical(house, flat))
        .collect()
}

#[test]
fn the_extract_is_the_one_described() {
    let sums: Vec<String> = [WATER_TEXT, HOURS_TEXT, DAY_ZONE_TEXT, NIGHT_ZONE_TEXT]
        .iter()
        .map(|text| hex::encode(Sha256::digest(text.as_bytes())))
        .collect();
    assert_eq!(
        sums,
        [
            "8225d1f24b46c46f3503e450b267649dda413051c2705d4f9d2fdd0cffd1712c",
            "0055aa74f17857ff4e4a7b231308d43330c121a8cc81243df93fc57984a7b808",
            "eb6e5a0737de085c46067e69a546050e978a2df166fb6a131e09dee6b0f4e606",
            "049ba86fca64c869168150700bf54b5954c0632eb04e6d269637b702154b61e9",
        ]
    );
}

#[test]
fn the_last_sound_meter_is_the_last() {
    assert_eq!(
        usize::try_from(LAST_SOUND_METER).map(|last| last + 1),
        Ok(SOUND_METERS.len())
    );
}

#[test]
fn a_year_of_three_persons_is_plausible() {
    let shapes = shapes();
    let (from, until) = year();
    for house in 0..3 {
        for number in 1..=100 {
            let flat = FlatShape {
                residents: 3,
                ..FlatShape::typical(house, number)
            };
            let cold = shapes.cold_water(&flat, from, until);
            let hot = shapes.hot_water(&flat, from, until);
            let day = shapes.electricity(&flat, Zone::Day, from, until);
            let night = shapes.electricity(&flat, Zone::Night, from, until);
            assert!(
                (decimal("60")..decimal("130")).contains(&cold),
                "{flat:?} cold {cold}"
            );
            assert!(
                (decimal("30")..decimal("90")).contains(&hot),
                "{flat:?} hot {hot}"
            );
            let both = day + night;
            assert!(
                (decimal("1500")..decimal("4500")).contains(&both),
                "{flat:?} {both}"
            );
            assert!(
                night > Decimal::ZERO && night < day,
                "{flat:?} {day} {night}"
            );
        }
    }
}

#[test]
fn the_same_everywhere() {
    let shapes = shapes();
    let (from, until) = (date("2026-02-01"), date("2026-03-01"));
    let flat = FlatShape {
        house: 1,
        flat: 17,
        residents: 3,
        own_boiler: false,
    };
    let found = [
        shapes.cold_water(&flat, from, until),
        shapes.hot_water(&flat, from, until),
        shapes.electricity(&flat, Zone::Day, from, until),
        shapes.electricity(&flat, Zone::Night, from, until),
        shapes.house_cold_water(&flats_of(2), HouseInput::Whole, from, until),
        shapes.house_heat(2, 4_600, from, until),
    ]
    .map(|quantity| quantity.to_string());
    assert_eq!(
        found,
        ["5.359", "4.020", "134.539", "39.377", "493.456", "141.689"]
    );
}

#[test]
fn the_day_of_the_week_is_kept_and_the_ring_closes() {
    let ring: Vec<u32> = (0..u32::from(RING_DAYS)).collect();
    // 2016-01-02 (index 1) was a Saturday, and so is 2025-11-01.
    assert_eq!(ring_day(&ring, date("2025-11-01"), 0) % 7, 1);
    assert_eq!(ring_day(&ring, date("2026-01-01"), 0), 363);
    assert_eq!(ring_day(&ring, date("2026-01-02"), 0), 0);
    assert_eq!(ring_day(&ring, date("2026-01-01"), 1), 6);
}

#[test]
fn no_residents_draw_nothing_and_a_boiler_takes_no_hot_water() {
    let shapes = shapes();
    let (from, until) = year();
    let empty = FlatShape {
        residents: 0,
        ..FlatShape::typical(0, 5)
    };
    assert_eq!(shapes.cold_water(&empty, from, until), Decimal::ZERO);
    let usual = FlatShape {
        residents: 3,
        ..FlatShape::typical(0, 5)
    };
    let boiler = FlatShape {
        own_boiler: true,
        ..usual
    };
    assert_eq!(shapes.hot_water(&boiler, from, until), Decimal::ZERO);
    assert!(shapes.cold_water(&boiler, from, until) > shapes.cold_water(&usual, from, until));
}

#[test]
fn hot_water_stops_for_the_tests_of_the_network() {
    let shapes = shapes();
    let flats = flats_of(2);
    let (first, until) = hot_water_outage(2).expect("the third house has its tests");
    let hot = shapes.house_hot_water(&flats, HouseInput::Whole, first, until);
    assert_eq!(hot, Decimal::ZERO);
    assert_eq!(hot_water_outage(3), None);
}

#[test]
fn heat_follows_the_winter() {
    let shapes = shapes();
    let month = |from: &str, until: &str| shapes.house_heat(2, 4_600, date(from), date(until));
    let january = month("2026-01-01", "2026-02-01");
    assert!(january > month("2026-04-01", "2026-05-01") * Decimal::from(2));
    assert_eq!(month("2026-06-01", "2026-09-01"), Decimal::ZERO);
    let (from, until) = year();
    let per_m2 = shapes.house_heat(2, 4_600, from, until) / Decimal::from(4_600);
    assert!(
        (decimal("0.15")..decimal("0.26")).contains(&per_m2),
        "{per_m2} Гкал/м² a year"
    );
}

/// What a house and one of its flats measure of a resource between two days.
type Measured<'a> = (
    &'a dyn Fn(&[FlatShape], NaiveDate, NaiveDate) -> Decimal,
    &'a dyn Fn(&FlatShape, NaiveDate, NaiveDate) -> Decimal,
);

/// The months in which a house comes out below its flats, each read on its own days.
fn negative_months(shapes: &Shapes, house: u8, (of_house, of_flat): Measured) -> Vec<NaiveDate> {
    let flats = flats_of(house);
    let months: Vec<NaiveDate> = (0..13)
        .map(|n| date("2025-11-01") + chrono::Months::new(n))
        .collect();
    let balance = |before: NaiveDate, month: NaiveDate| {
        let of_flats: Decimal = flats
            .iter()
            .map(|flat| {
                let from = shapes.flat_read_at(flat, before).date();
                of_flat(flat, from, shapes.flat_read_at(flat, month).date())
            })
            .sum();
        of_house(
            &flats,
            house_read_on(house, before),
            house_read_on(house, month),
        ) - of_flats
    };
    months
        .windows(2)
        .filter(|pair| balance(pair[0], pair[1]).is_sign_negative())
        .map(|pair| pair[1])
        .collect()
}

#[test]
fn balances_are_positive_but_for_one_month_of_one_house() {
    let shapes = shapes();
    let whole = HouseInput::Whole;
    let resources: [Measured; 3] = [
        (
            &|flats, a, b| shapes.house_cold_water(flats, whole, a, b),
            &|flat, a, b| shapes.cold_water(flat, a, b),
        ),
        (
            &|flats, a, b| shapes.house_hot_water(flats, whole, a, b),
            &|flat, a, b| shapes.hot_water(flat, a, b),
        ),
        (
            &|flats, a, b| shapes.house_electricity(flats, Zone::Day, whole, a, b),
            &|flat, a, b| shapes.electricity(flat, Zone::Day, a, b),
        ),
    ];
    for resource in resources {
        let negative = [0, 1, 2].map(|house| negative_months(&shapes, house, resource));
        assert_eq!(negative, [vec![], vec![], vec![date("2026-03-01")]]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn adjacent_intervals_add_up(
        start in 0_i64..400, first in 0_i64..60, second in 0_i64..60,
        flat in 1_u16..400, residents in 0_u8..8,
    ) {
        let shapes = shapes();
        let from = date("2025-10-01") + chrono::TimeDelta::days(start);
        let middle = from + chrono::TimeDelta::days(first);
        let until = middle + chrono::TimeDelta::days(second);
        let shape = FlatShape { house: 1, flat, residents, own_boiler: false };
        let few = [shape, FlatShape::typical(1, flat + 1)];
        let quantities: [&dyn Fn(NaiveDate, NaiveDate) -> Decimal; 6] = [
            &|a, b| shapes.cold_water(&shape, a, b),
            &|a, b| shapes.hot_water(&shape, a, b),
            &|a, b| shapes.electricity(&shape, Zone::Night, a, b),
            &|a, b| shapes.house_cold_water(&few, HouseInput::First, a, b),
            &|a, b| shapes.house_electricity(&few, Zone::Day, HouseInput::Second, a, b),
            &|a, b| shapes.house_heat(1, 25_000, a, b),
        ];
        for quantity in quantities {
            let parts = quantity(from, middle) + quantity(middle, until);
            prop_assert_eq!(quantity(from, until), parts);
        }
    }

    #[test]
    fn two_inputs_are_the_whole(day in 0_u64..10_000_000) {
        let parts = HouseInput::First.part_of(day) + HouseInput::Second.part_of(day);
        prop_assert_eq!(parts, HouseInput::Whole.part_of(day));
    }
}
