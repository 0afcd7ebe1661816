//! A flat is sold inside a month: the meter read on the day of the handover parts what it counted,
//! without that reading the days do.

use aggregates::ids::{AccountId, MeterId};
use aggregates::vocabulary::Resource::{ColdWater, Sewage};
use projections::settlement::Settlement;

use crate::support::House;
use crate::telling::told;

/// The flat of case DC-13, sold on 10.04.2026.
struct Sale {
    house: House,
    meter: MeterId,
    seller: AccountId,
    buyer: AccountId,
}

impl Sale {
    fn new() -> Self {
        let mut house = House::new(&[ColdWater, Sewage]);
        house.price(ColdWater, "44.86");
        house.price(Sewage, "32.14");
        house.water_norm(ColdWater, "3");
        let flat = house.flat("1", "54.3");
        house.residents(flat, 1);
        let meter = house.meter(Some(flat.id), ColdWater, "2026-02-25", "804");
        house.close_account(flat.account, "2026-04-10");
        let buyer = house.account(flat.id, "2", "1/1", "2026-04-10");
        Self {
            house,
            meter,
            seller: flat.account,
            buyer,
        }
    }

    fn read(mut self, on: &str, shows: &str) -> Self {
        self.house.read(self.meter, on, shows);
        self
    }

    fn april(&self) -> Settlement {
        self.house.settle("2026-04")
    }
}

fn lines(settlement: &Settlement, account: AccountId) -> Vec<String> {
    told(&settlement.account(account).expect("an account").lines)
}

#[test]
fn the_reading_of_the_day_parts_what_the_meter_counted() {
    let sale = Sale::new()
        .read("2026-03-25", "808.100")
        .read("2026-04-10", "812.300")
        .read("2026-04-24", "815.900");
    let april = sale.april();
    assert_eq!(
        lines(&april, sale.seller),
        [
            "cold_water individual 4.2 meter 188.41",
            "sewage individual 4.2 sum 134.99"
        ]
    );
    assert_eq!(
        lines(&april, sale.buyer),
        [
            "cold_water individual 2026-04-10 3.6 meter 161.50",
            "sewage individual 2026-04-10 3.6 sum 115.70"
        ]
    );
}

#[test]
fn without_a_reading_of_the_day_the_days_part_it() {
    let sale = Sale::new()
        .read("2026-03-25", "808.100")
        .read("2026-04-09", "812.300")
        .read("2026-04-24", "815.900");
    let april = sale.april();
    // 7.8 · 9/30 and 7.8 · 21/30.
    assert_eq!(
        lines(&april, sale.seller)[0],
        "cold_water individual 2.34 meter 104.97"
    );
    assert_eq!(
        lines(&april, sale.buyer)[0],
        "cold_water individual 5.46 meter 244.94"
    );
}

#[test]
fn what_the_seller_was_charged_ahead_is_taken_off_the_sellers_part() {
    // March was unread and went by the norm, 3 m³.
    let mut sale = Sale::new();
    sale.house.close("2026-03");
    let sale = sale
        .read("2026-04-10", "811.000")
        .read("2026-04-24", "815.900");
    let april = sale.april();
    // 811 − 804 − 3, and 815.9 − 811.
    assert!(lines(&april, sale.seller)[0].starts_with("cold_water individual 4 "));
    assert!(lines(&april, sale.buyer)[0].starts_with("cold_water individual 2026-04-10 4.9 "));
}

/// The last reading of the month is that of the handover: the rest of the month is told by the
/// next one, which is the buyer's.
#[test]
fn a_month_without_another_reading_is_the_sellers() {
    let sale = Sale::new()
        .read("2026-03-25", "808.100")
        .read("2026-04-10", "812.300");
    let april = sale.april();
    assert!(lines(&april, sale.seller)[0].starts_with("cold_water individual 4.2 "));
    assert_eq!(
        lines(&april, sale.buyer)[0],
        "cold_water individual 2026-04-10 0 meter 0.00"
    );
}
