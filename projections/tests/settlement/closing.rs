//! What a closing appends, and how later facts mend what was billed.

use aggregates::account::bill::{BillKind, LineKind};
use aggregates::building::arrangement::Management;
use aggregates::ids::MeterId;
use aggregates::quantity::Unit;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource::ColdWater;
use projections::settlement::{Closing, SettlementError, close};

use crate::support::{BEGIN, Flat, House, period, price};
use crate::telling::told;

/// A flat with a cold water meter that counts 3 m³ a month, at 10 roubles; January is closed.
fn house() -> (House, Flat, MeterId) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "50");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "0");
    house.read(meter, "2025-12-25", "18");
    house.read(meter, "2026-01-25", "21");
    house.close("2026-01");
    (house, flat, meter)
}

fn lines(closing: &Closing, flat: Flat) -> Vec<String> {
    told(&closing.bill(flat.account).expect("a bill").lines)
}

#[test]
fn a_bill_carries_the_charges_of_its_period_and_adds_up() {
    let (mut house, flat, meter) = house();
    house.read(meter, "2026-02-25", "24.5");
    let head = house.position();
    let closing = house.close("2026-02");
    assert_eq!(closing.computed_at, head);
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 3.5 meter 35.00"]
    );
    let bill = closing.bill(flat.account).expect("a bill");
    assert_eq!(bill.kind, BillKind::Monthly);
    assert_eq!(String::from(bill.total), "35.00");
    let totals: Vec<String> = closing
        .totals
        .iter()
        .map(|total| {
            let volume = total.volume.map(|volume| volume.value().to_string());
            let amount = total.amount.map(String::from);
            format!("{} {}", total.kind, volume.or(amount).unwrap_or_default())
        })
        .collect();
    assert_eq!(totals, ["house ", "premises 3.5", "charged 35.00"]);
}

#[test]
fn a_closed_period_is_not_closed_again() {
    let (house, _, _) = house();
    let again = close(&house.folded(), period("2026-01"));
    let expected = SettlementError::AlreadyClosed {
        period: period("2026-01"),
    };
    assert_eq!(again, Err(expected));
}

#[test]
fn nothing_is_mended_where_nothing_has_changed() {
    let (mut house, flat, meter) = house();
    for (month, day, shows) in [
        ("2026-02", "2026-02-25", "24"),
        ("2026-03", "2026-03-25", "27"),
    ] {
        house.read(meter, day, shows);
        let closing = house.close(month);
        assert_eq!(
            lines(&closing, flat),
            ["cold_water individual 3 meter 30.00"]
        );
    }
}

/// A late reading belongs to the next period and is trued up there; the closed one stays.
#[test]
fn a_late_reading_changes_no_closed_period() {
    let (mut house, flat, meter) = house();
    let closing = house.close("2026-02");
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 3 average 30.00"]
    );
    house.read_for(meter, "2026-02-26", "25", period("2026-03"));
    let closing = house.close("2026-03");
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 1 meter 10.00"]
    );
}

#[test]
fn a_corrected_reading_mends_both_periods_that_it_closes_and_opens() {
    let (mut house, flat, meter) = house();
    let wrong = house.read(meter, "2026-02-25", "29");
    house.close("2026-02");
    house.read(meter, "2026-03-25", "30");
    house.close("2026-03");
    house.correct(meter, wrong, "25");
    let correction = house.events.last().expect("an event").event_id();
    house.read(meter, "2026-04-25", "34");
    let closing = house.close("2026-04");
    assert_eq!(
        lines(&closing, flat),
        [
            "cold_water individual 4 meter 40.00",
            "2026-02 cold_water individual -4 meter -40.00",
            "2026-03 cold_water individual 4 meter 40.00",
        ]
    );
    for line in &closing.bill(flat.account).expect("a bill").lines[1..] {
        assert_eq!(line.line.kind, LineKind::Adjustment);
        assert_eq!(line.line.caused_by, std::slice::from_ref(&correction));
    }
    // Once mended, it is not mended again.
    house.read(meter, "2026-05-25", "37");
    let closing = house.close("2026-05");
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 3 meter 30.00"]
    );
}

/// A closed period whose reading is withdrawn has a gap again: it is filled before the later ones
/// are settled, so that no unit is charged twice.
#[test]
fn a_withdrawn_reading_opens_a_gap_that_is_filled_first() {
    let (mut house, flat, meter) = house();
    let withdrawn = house.read(meter, "2026-02-25", "29");
    house.close("2026-02");
    house.read(meter, "2026-03-25", "30");
    house.close("2026-03");
    house.withdraw(meter, withdrawn);
    house.read(meter, "2026-04-25", "33");
    let closing = house.close("2026-04");
    let filled: Vec<String> = closing
        .imputations
        .iter()
        .map(|one| format!("{} {}", one.gap.period, one.gap.volumes[0].value.value()))
        .collect();
    assert_eq!(filled, ["2026-02 3"]);
    assert_eq!(
        closing.imputations[0].edition.as_str(),
        "ПП 354, расчётный период 2026-02"
    );
    assert_eq!(
        lines(&closing, flat),
        [
            "cold_water individual 3 meter 30.00",
            "2026-02 cold_water individual -5 average -50.00",
            "2026-03 cold_water individual 5 meter 50.00",
        ]
    );
    house.read(meter, "2026-05-25", "36");
    let closing = house.close("2026-05");
    assert!(closing.imputations.is_empty());
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 3 meter 30.00"]
    );
}

#[test]
fn a_price_put_right_mends_every_period_it_held_for() {
    let (mut house, flat, meter) = house();
    let key = price(ColdWater, TariffComponent::Single);
    let wrong = house.price_of(key.clone(), "12", Unit::CubicMetre, "2026-02-01");
    house.read(meter, "2026-02-25", "24");
    house.close("2026-02");
    house.withdraw_price(wrong);
    house.price_of(key, "11", Unit::CubicMetre, "2026-02-01");
    house.read(meter, "2026-03-25", "27");
    let closing = house.close("2026-03");
    assert_eq!(
        lines(&closing, flat),
        [
            "cold_water individual 3 meter 33.00",
            "2026-02 cold_water individual 0 meter -3.00",
        ]
    );
    let line = &closing.bill(flat.account).expect("a bill").lines[1].line;
    assert_eq!(line.price, None);
    assert_eq!(line.caused_by.len(), 2);
}

#[test]
fn an_account_that_is_closed_gets_a_final_statement() {
    let (mut house, flat, meter) = house();
    let wrong = house.read(meter, "2026-02-25", "29");
    house.close("2026-02");
    house.close_account(flat.account, "2026-03-01");
    let buyer = house.account(flat.id, "2", "1/1", "2026-03-01");
    house.correct(meter, wrong, "25");
    house.read(meter, "2026-03-25", "30");
    let closing = house.close("2026-03");
    let seller = closing.bill(flat.account).expect("a statement");
    assert_eq!(seller.kind, BillKind::FinalStatement);
    assert_eq!(
        told(&seller.lines),
        ["2026-02 cold_water individual -4 meter -40.00"]
    );
    let bought = closing.bill(buyer).expect("a bill");
    assert_eq!(told(&bought.lines), ["cold_water individual 5 meter 50.00"]);
}

#[test]
fn a_neighbours_correction_moves_the_common_part_of_everybody() {
    let mut house = House::new(&[]);
    house.arrange(ColdWater, Management::ManagingCompany);
    house.price(ColdWater, "10");
    house.decide("soi_by_fact", ColdWater);
    let meter = |house: &mut House, flat: Option<Flat>, shows| {
        let premises = flat.map(|flat| flat.id);
        let meter = house.meter(premises, ColdWater, "2025-12-31", "0");
        (meter, house.read(meter, "2026-01-25", shows))
    };
    let flats = [house.flat("1", "50"), house.flat("2", "50")];
    meter(&mut house, Some(flats[0]), "4");
    let (neighbours, wrong) = meter(&mut house, Some(flats[1]), "5");
    let (input, _) = meter(&mut house, None, "11");
    house.close("2026-01");
    house.correct(neighbours, wrong, "3");
    house.read(input, "2026-02-25", "11");
    let closing = house.close("2026-02");
    let adjusted: Vec<String> = lines(&closing, flats[0])
        .into_iter()
        .filter(|line| line.starts_with("2026-01"))
        .collect();
    assert_eq!(
        adjusted,
        ["2026-01 cold_water common_property 1 house_meter 10.00"]
    );
    let bill = closing.bill(flats[0].account).expect("a bill");
    let line = bill.lines.last().expect("a line");
    let correction = line.line.caused_by.first().expect("a cause");
    assert_eq!(correction.aggregate_id, neighbours.0);
}

#[test]
fn a_bill_told_before_the_closing_is_the_bill_that_is_issued() {
    let (mut house, flat, meter) = house();
    house.read(meter, "2026-02-25", "24");
    let preliminary = close(&house.folded(), period("2026-02")).expect("a closing");
    let issued = house.close("2026-02");
    assert_eq!(preliminary.bill(flat.account), issued.bill(flat.account));
    // And the same prefix gives it again, whatever came later.
    let then = house.folded_until(issued.computed_at);
    assert_eq!(close(&then, period("2026-02")), Ok(issued));
}

#[test]
fn a_price_that_is_missing_for_a_closed_period_blocks_the_next_closing() {
    let mut house = House::new(&[ColdWater]);
    let flat = house.flat("1", "50");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-12-31", "0");
    let tariff = house.price(ColdWater, "10");
    house.read(meter, "2026-01-25", "3");
    house.close("2026-01");
    house.withdraw_price(tariff);
    let key = price(ColdWater, TariffComponent::Single);
    house.price_of(key.clone(), "11", Unit::CubicMetre, "2026-02-01");
    house.read(meter, "2026-02-25", "6");
    let closing = close(&house.folded(), period("2026-02")).expect("a closing");
    let blocking: Vec<String> = closing.blocking().map(ToString::to_string).collect();
    assert_eq!(blocking.len(), 1);
    assert!(
        blocking[0].starts_with("перерасчёт за январь 2026"),
        "{blocking:?}"
    );
    house.price_of(key, "10", Unit::CubicMetre, BEGIN);
    house.close("2026-02");
}

/// What is recorded since may be about later periods only: there is nothing to mend then.
#[test]
fn a_fact_of_a_later_month_mends_nothing() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "40");
    let flat = house.flat("1", "50");
    let meter = house.meter(Some(flat.id), ColdWater, "2026-01-31", "0");
    house.read(meter, "2026-02-25", "10");
    house.close("2026-02");
    house.residents_from(flat, 3, "2026-10-01");
    house.read(meter, "2026-03-25", "15");
    let closing = house.close("2026-03");
    let bill = closing.bill(flat.account).expect("a bill");
    assert_eq!(told(&bill.lines), ["cold_water individual 5 meter 200.00"]);
}
