//! What no settlement may break: the order in which facts of one time are told changes nothing,
//! a higher multiplier lowers no bill, and what came into a house that pays by the fact is what its
//! premises are charged.

use std::collections::BTreeMap;

use aggregates::account::bill::ChargePart;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{AccountId, MeterId};
use aggregates::quantity::{Money, Unit};
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource::{ColdWater, Heat};
use projections::settlement::HouseService;
use projections::settlement::ratio::Ratio;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{Flat, House, act, code, label, price, since};
use crate::telling::told;

const MONTH: &str = "2026-03";

/// A fact that holds from, or was read on, the same day as every other here.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Read { meter: usize, litres: u32 },
    Residents { flat: usize, persons: u16 },
    Price,
}

/// Facts about three metered flats, the house meter, two flats without meters and the price, in
/// any order.
fn facts() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    let used = [1_u32..9000, 1_u32..9000, 1_u32..9000];
    (used, [1_u16..5, 1_u16..5]).prop_flat_map(|(used, persons)| {
        let read = |(meter, litres)| Fact::Read { meter, litres };
        let mut facts: Vec<Fact> = used.into_iter().enumerate().map(read).collect();
        let sum = used.iter().sum::<u32>();
        facts.push(read((3, sum * 5 / 4 + 40_000)));
        let live = |(flat, persons)| Fact::Residents { flat, persons };
        facts.extend(persons.into_iter().enumerate().map(live));
        facts.push(Fact::Price);
        (Just(facts.clone()), Just(facts).prop_shuffle())
    })
}

/// A house of five flats, its input and its meters; the last two flats have none.
fn house() -> (House, Vec<Flat>, Vec<MeterId>) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    house.water_norm(ColdWater, "4.29");
    house.decide("soi_by_fact", ColdWater);
    let mut flats: Vec<Flat> = Vec::new();
    for number in 1..=5 {
        flats.push(house.flat(&number.to_string(), "50"));
    }
    for flat in &flats[3..] {
        house.residents(*flat, 1);
    }
    let mut meters = Vec::new();
    for flat in &flats[..3] {
        meters.push(house.meter(Some(flat.id), ColdWater, "2026-02-25", "0"));
    }
    meters.push(house.meter(None, ColdWater, "2026-02-25", "0"));
    (house, flats, meters)
}

/// What the accounts are charged when the facts are told in this order.
fn charged(facts: &[Fact]) -> BTreeMap<AccountId, Vec<String>> {
    let (mut house, flats, meters) = house();
    for fact in facts {
        match *fact {
            Fact::Read { meter, litres } => {
                let shows = format!("{}.{:03}", litres / 1000, litres % 1000);
                house.read(meters[meter], "2026-03-20", &shows);
            }
            Fact::Residents { flat, persons } => {
                house.residents_from(flats[3 + flat], persons, "2026-03-20");
            }
            Fact::Price => {
                let key = price(ColdWater, TariffComponent::Single);
                house.price_of(key, "51.20", Unit::CubicMetre, "2026-03-20");
            }
        }
    }
    let settlement = house.settle(MONTH);
    let accounts = settlement.accounts.iter();
    accounts
        .map(|one| (one.account, told(&one.lines)))
        .collect()
}

/// What an account of people without a meter pays by this multiplier (hundredths).
fn bill(persons: u16, multiplier: u32) -> Money {
    let (mut house, flats, _) = house();
    house.residents_from(flats[3], persons, "2026-03-10");
    house.building(BuildingEvent::RuleOverridden {
        parameter: code("multiplier"),
        scope: RuleScope {
            resources: vec![ColdWater],
            ..RuleScope::default()
        },
        value: RuleValue::Text(label(&format!(
            "{}.{:02}",
            multiplier / 100,
            multiplier % 100
        ))),
        validity: since("2026-03-01"),
        basis: RuleBasis {
            kind: BasisKind::RegionalAct,
            act: act(),
            issued_by: None,
        },
    });
    let settlement = house.settle(MONTH);
    let charges = settlement.account(flats[3].account).expect("an account");
    let amounts = charges.lines.iter().map(|line| line.line.amount);
    amounts.fold(Money::ZERO, |sum, amount| {
        sum.checked_add(amount).expect("a small sum")
    })
}

/// The exact volume that all premises are charged for in some part.
fn volumes(service: &HouseService, part: ChargePart) -> Ratio {
    let charges = service.premises.iter().flat_map(|one| &one.charges);
    let of_part = charges.filter(|charge| charge.key.part == part);
    let volumes = of_part.filter_map(|charge| charge.volume.as_ref());
    volumes.map(|volume| volume.value.clone()).sum()
}

/// A heated house of flats of these areas (dm²), of which the first ones have heat meters that
/// count so much (thousandths of Гкал), and its input.
fn heated(areas: &[u32], own: &[u32], input: u32) -> House {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "2000");
    house.heating_from("2020-09-15");
    let thousandths = |number: u32| format!("{}.{:03}", number / 1000, number % 1000);
    for (index, area) in areas.iter().enumerate() {
        let area = format!("{}.{:02}", area / 100, area % 100);
        let flat = house.flat(&(index + 1).to_string(), &area);
        if let Some(own) = own.get(index) {
            let meter = house.meter(Some(flat.id), Heat, "2026-02-25", "0");
            house.read(meter, "2026-03-20", &thousandths(*own));
        }
    }
    let meter = house.meter(None, Heat, "2026-02-25", "0");
    house.read(meter, "2026-03-20", &thousandths(input));
    house
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Readings, residents and prices of one day may be told in any order.
    #[test]
    fn facts_of_one_time_have_no_order((facts, shuffled) in facts()) {
        let told = charged(&facts);
        prop_assert_eq!(told.len(), 5);
        prop_assert!(told.values().all(|lines| !lines.is_empty()));
        prop_assert_eq!(told, charged(&shuffled));
    }

    /// A higher multiplier never lowers a bill, and raises it where anybody lives.
    #[test]
    fn a_higher_multiplier_lowers_no_bill(
        persons in 1_u16..6,
        lower in 100_u32..400,
        more in 1_u32..300,
    ) {
        let (low, high) = (bill(persons, lower), bill(persons, lower + more));
        prop_assert!(high > low, "{persons} persons: {low} by {lower}, {high} by {}", lower + more);
    }

    /// By the fact Σ individual + КР на СОИ = ОДПУ to the last fraction, what is carried over taken
    /// off (ф. 11; ПП 124 п. 21(1)): whoever has a meter, however many live where none is.
    #[test]
    fn what_came_in_is_what_is_charged(
        used in [0_u32..9000, 0_u32..9000, 0_u32..9000],
        persons in [1_u16..5, 1_u16..5],
        input in 0_u32..120_000,
    ) {
        let (mut house, flats, meters) = house();
        for (flat, persons) in flats[3..].iter().zip(persons) {
            house.residents_from(*flat, persons, "2026-03-10");
        }
        for (meter, litres) in meters.iter().zip(used.into_iter().chain([input])) {
            let shows = format!("{}.{:03}", litres / 1000, litres % 1000);
            house.read(*meter, "2026-03-20", &shows);
        }
        let settlement = house.settle(MONTH);
        let service = settlement.service(ColdWater).expect("water");
        let account = service.account.as_ref().expect("an account of КР на СОИ");
        let own = volumes(service, ChargePart::Individual);
        let common = volumes(service, ChargePart::CommonProperty);
        let charged = own + common - account.carried_over.value.clone();
        let came_in = Ratio::from(Decimal::new(i64::from(input), 3));
        prop_assert_eq!(charged, came_in);
    }

    /// Heating: Σ over the premises = the house meter to the last fraction, by ф. 3, 3(1) and 3(3),
    /// and the amounts are that by the price.
    #[test]
    fn heat_that_came_in_is_what_is_charged(
        areas in prop::collection::vec(2000_u32..12_000, 3..6),
        own in prop::collection::vec(0_u32..2000, 0..6),
        input in 12_000_u32..90_000,
    ) {
        let settlement = heated(&areas, &own, input).settle(MONTH);
        let service = settlement.service(Heat).expect("heat");
        let charged = volumes(service, ChargePart::Individual);
        prop_assert_eq!(&charged, &Ratio::from(Decimal::new(i64::from(input), 3)));
        let charges = service.premises.iter().flat_map(|one| &one.charges);
        let amounts: Ratio = charges.map(|charge| charge.amount.clone()).sum();
        prop_assert_eq!(amounts, charged * Ratio::from(2000_u32));
    }
}
