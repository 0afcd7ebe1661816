//! Debts, payments and charges of several providers together.

use aggregates::quantity::Money;
use projections::bills::document::{owed, to_pay};

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn balance(opening: &str, charged: &str, recalculated: &str, paid: &str) -> Money {
    let [opening, charged, recalculated, paid] = [opening, charged, recalculated, paid].map(money);
    owed(opening, charged, recalculated, paid, Money::ZERO).expect("a sum")
}

/// A credit at the heat supplier lowers nothing at the others.
#[test]
fn balance_dalnegorsk_2022_07() {
    let heat = balance("2928.41", "8349.89", "-11308.54", "2928.41");
    assert_eq!(String::from(heat), "-2958.65");
    let repair = balance("0.00", "386.32", "0.00", "0.00");
    let electricity = balance("0.00", "1372.56", "0.00", "0.00");
    let waste = balance("0.00", "163.43", "0.00", "0.00");
    let asked = to_pay([heat, repair, electricity, waste]).expect("a sum");
    assert_eq!(String::from(asked), "1922.31");
}

#[test]
fn help_lowers_what_is_owed_and_may_turn_it_round() {
    let left = owed(
        money("100.00"),
        money("50.00"),
        Money::ZERO,
        money("100.00"),
        money("60.00"),
    );
    assert_eq!(left, Ok(money("-10.00")));
    assert_eq!(to_pay([money("-10.00")]), Ok(Money::ZERO));
}
