//! What holds of the formulas whatever the numbers: nothing of a house's volume is lost.

use aggregates::account::bill::Multiplier;
use projections::rules::NegativeVolume;
use projections::settlement::formulas::common::{AreaShare, by_area, cap_44, negative_45};
use projections::settlement::formulas::heating::{
    HeatedHouse, HeatedPremises, MeteredPremises, SharedHeat, formula_3, formula_3_6, formula_3_7,
};
use projections::settlement::formulas::individual::{Priced, formula_4_1};
use projections::settlement::formulas::norms::{GasNorms, absence_90, formula_5};
use projections::settlement::formulas::production::{MadeWater, Used, formula_18, formula_20};
use projections::settlement::formulas::rooms::{
    RoomMeters, RoomShare, formula_7, formula_8, formula_9, formula_17,
};
use projections::settlement::ratio::Ratio;
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// How premises come to their V_i.
#[derive(Clone, Copy, Debug)]
enum Heated {
    ByMeter,
    WithoutMeter,
    ByOwnSource,
}

/// A flat: its area, how it is heated and what its meter would have counted.
#[derive(Clone, Debug)]
struct Flat {
    area: Ratio,
    heated: Heated,
    counted: Ratio,
}

fn hundredths(mantissa: i64) -> Ratio {
    Decimal::new(mantissa, 2).into()
}

fn flats() -> impl Strategy<Value = Vec<Flat>> {
    let heated = prop_oneof![
        Just(Heated::ByMeter),
        Just(Heated::WithoutMeter),
        Just(Heated::ByOwnSource)
    ];
    let flat = (1_000_i64..20_000, heated, 0_i64..500).prop_map(|(area, heated, counted)| Flat {
        area: hundredths(area),
        heated,
        counted: hundredths(counted),
    });
    vec(flat, 1..30)
}

fn area_of(flats: &[Flat], is_meant: impl Fn(Heated) -> bool) -> Ratio {
    let meant = flats.iter().filter(|flat| is_meant(flat.heated));
    meant.map(|flat| &flat.area).sum()
}

/// The sum of what all premises are charged, given each one's V_i.
fn charged(house: &Ratio, flats: &[Flat], own: &[Ratio]) -> Ratio {
    let shared = SharedHeat {
        house,
        premises: &own.iter().sum(),
        total_area: &area_of(flats, |_| true),
    };
    let charges = flats.iter().zip(own).map(|(flat, volume)| {
        let area = &flat.area;
        let premises = HeatedPremises { volume, area };
        formula_3(&shared, &premises).expect("the house has an area")
    });
    charges.sum()
}

proptest! {
    /// Ф. 3: nobody has a meter, some have boilers of their own.
    #[test]
    fn all_heat_of_a_house_without_meters_is_charged(
        flats in flats(),
        volume in 0_i64..50_000,
        common in 1_i64..100_000,
    ) {
        let volume = hundredths(volume);
        let house = HeatedHouse {
            volume: &volume,
            total_area: &area_of(&flats, |_| true),
            common_area: &hundredths(common),
            own_source_area: &area_of(&flats, |heated| matches!(heated, Heated::ByOwnSource)),
        };
        let own = flats.iter().map(|flat| match flat.heated {
            Heated::ByOwnSource => Ratio::zero(),
            _ => formula_3_6(&house, &flat.area).expect("something is heated"),
        });
        let own: Vec<Ratio> = own.collect();
        prop_assert_eq!(charged(&volume, &flats, &own), volume);
    }

    /// Ф. 3(1): some have a meter; the bracket may be negative.
    #[test]
    fn all_heat_of_a_house_with_some_meters_is_charged(
        flats in flats(),
        volume in 0_i64..50_000,
    ) {
        let volume = hundredths(volume);
        let by_meter = |flat: &&Flat| matches!(flat.heated, Heated::ByMeter);
        let counted: Ratio = flats.iter().filter(by_meter).map(|flat| &flat.counted).sum();
        let area = area_of(&flats, |heated| matches!(heated, Heated::ByMeter));
        prop_assume!(!area.is_zero());
        let metered = MeteredPremises { volume: &counted, area: &area };
        let own = flats.iter().map(|flat| match flat.heated {
            Heated::ByMeter => flat.counted.clone(),
            Heated::WithoutMeter => formula_3_7(&metered, &flat.area).expect("a meter"),
            Heated::ByOwnSource => Ratio::zero(),
        });
        let own: Vec<Ratio> = own.collect();
        prop_assert_eq!(charged(&volume, &flats, &own), volume);
    }

    #[test]
    fn shares_by_area_add_up_to_the_whole(flats in flats(), volume in -9_999_i64..9_999) {
        let volume = hundredths(volume);
        let total_area = area_of(&flats, |_| true);
        let shares = flats.iter().map(|flat| {
            let share = AreaShare { area: &flat.area, total_area: &total_area };
            by_area(&volume, share).expect("the house has an area")
        });
        prop_assert_eq!(shares.sum::<Ratio>(), volume);
    }

    #[test]
    fn a_cap_and_a_floor_lose_nothing(volume in -9_999_i64..9_999, norm in 0_i64..9_999) {
        let (volume, norm) = (hundredths(volume), hundredths(norm));
        let capped = cap_44(&volume, &norm);
        prop_assert!(capped.distributed <= norm && !capped.borne_by_provider.is_negative());
        prop_assert_eq!(&capped.distributed + &capped.borne_by_provider, volume.clone());
        prop_assert_eq!(negative_45(volume.clone(), NegativeVolume::Signed), volume.clone());
        let floored = negative_45(volume.clone(), NegativeVolume::Zero);
        prop_assert_eq!(floored, volume.max(Ratio::zero()));
    }

    #[test]
    fn base_and_excess_are_the_multiplied_amount(
        volume in 0_i64..9_999,
        price in 1_i64..9_999,
        by in 10_i64..50,
    ) {
        let (volume, price) = (hundredths(volume), hundredths(price));
        let by = Decimal::new(by, 1);
        let norm = Priced { volume: &volume, price: &price };
        let multiplied = formula_4_1(norm, Multiplier::new(by));
        let whole = volume * price * Ratio::from(by);
        prop_assert_eq!(multiplied.base + multiplied.excess, whole);
    }
}

proptest! {
    /// Ф. 7–9, 17: the parts of the rooms make up the flat.
    #[test]
    fn rooms_bear_what_their_flat_consumes(
        rooms in vec((1_i64..2_000, 0_i64..50_000), 1..8),
        spare in 0_i64..50_000,
    ) {
        let shares: Vec<Ratio> = rooms.iter().map(|(share, _)| hundredths(*share)).collect();
        let all: Ratio = shares.iter().sum();
        let counted: Vec<Ratio> = rooms.iter().map(|(_, counted)| hundredths(*counted)).collect();
        let counted_by_all: Ratio = counted.iter().sum();
        let flat = &counted_by_all + hundredths(spare);
        let part = |share| RoomShare { room: share, all: &all };
        for formula in [formula_7, formula_8, formula_17] {
            let parts = shares.iter().map(|share| formula(&flat, part(share)).expect("a part"));
            prop_assert_eq!(&parts.sum::<Ratio>(), &flat);
        }
        let parts = shares.iter().zip(&counted).map(|(share, room)| {
            let meters = RoomMeters { room, rooms: &counted_by_all, flat: &flat };
            let volume = formula_9(&meters, part(share)).expect("a part");
            assert!(volume >= *room, "what is common is added to the room's own");
            volume
        });
        prop_assert_eq!(parts.sum::<Ratio>(), flat);
    }

    /// П. 90: who is away every day of the month consumes nothing of the norm.
    #[test]
    fn an_absence_never_takes_off_more_than_the_norm(
        persons in 1_u32..9,
        norm in 1_i64..5_000,
        days in 0_u32..=31,
    ) {
        let month = "2026-03".parse().expect("a month");
        let norm = hundredths(norm);
        let whole = &norm * Ratio::from(persons);
        let off = absence_90(persons, &norm, days, month).expect("days of a month");
        prop_assert!(off <= whole);
        prop_assert_eq!(off == whole, days == 31);
    }
}

/// Ф. 20 as published by m.penzainform.ru: (12.9 · 1056.37 + 31.424 · 17.73) / 31.424 = 451.38 ₽
/// for 1 м³; ф. 18 shares the same heat out by area.
#[test]
fn hot_water_made_in_the_house_costs_what_was_published() {
    let heat = Used {
        volume: &Ratio::from(Decimal::new(129, 1)),
        price: &hundredths(105_637),
    };
    let made = MadeWater {
        volume: &Ratio::from(1_u32),
        all: &Ratio::from(Decimal::new(31_424, 3)),
        water_price: &hundredths(1_773),
    };
    let amount = formula_20(&[heat], &made).expect("an amount");
    assert_eq!(
        String::from(amount.kopecks_half_up().expect("money")),
        "451.38"
    );
    let share = AreaShare {
        area: &hundredths(5_000),
        total_area: &hundredths(100_000),
    };
    let amount = formula_18(&[heat], share).expect("an amount");
    assert_eq!(
        String::from(amount.kopecks_half_up().expect("money")),
        "681.36"
    );
}

/// Ф. 5 by hand: 3 · 10 + 3 · 4.5 + 50 · 8.
#[test]
fn gas_by_the_norm_adds_up_its_purposes() {
    let number = |mantissa| hundredths(mantissa);
    let volume = formula_5(&GasNorms {
        persons: &number(300),
        cooking: &number(1_000),
        water_heating: &number(450),
        area: &number(5_000),
        heating: &number(800),
    });
    assert_eq!(volume, number(44_350));
}
