//! Rounding at its edges, and the laws of exact arithmetic on drawn numbers.

use aggregates::quantity::{Fraction, Money, QuantityError, exact};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::Ratio;

fn decimal(text: &str) -> Decimal {
    exact::parse(text).expect("a decimal number")
}

fn ratio(text: &str) -> Ratio {
    decimal(text).into()
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

#[test]
fn a_half_goes_away_from_zero_on_both_sides() {
    for (roubles, kopecks) in [
        ("650.475", "650.48"),
        ("-650.475", "-650.48"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049999999", "0.00"),
        ("-0.0049999999", "0.00"),
        ("1.015", "1.02"),
    ] {
        assert_eq!(
            ratio(roubles).kopecks_half_up(),
            Ok(money(kopecks)),
            "{roubles}"
        );
    }
}

#[test]
fn a_third_is_kept_and_rounded_only_when_asked() {
    let third = Ratio::new(1, 3).expect("a ratio");
    assert_eq!(&third * Ratio::from(3_u32), Ratio::from(1_u32));
    assert_eq!(third.half_up(4), Ok(decimal("0.3333")));
    assert_eq!((-third).half_up(0), Ok(Decimal::ZERO));
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let large = ratio("9999999999999999999999999999");
    assert_eq!(
        large.half_up(12),
        Ok(decimal("9999999999999999999999999999"))
    );
    let larger = &large + Ratio::from(1_u32);
    assert_eq!(larger.half_up(0), Err(QuantityError::Overflow));
    assert_eq!(larger.kopecks_half_up(), Err(QuantityError::Overflow));
    assert_eq!(Ratio::new(1, 0), Err(QuantityError::DivisionByZero));
    let most = Ratio::from(Money::from_kopecks(i64::MAX));
    assert_eq!(most.kopecks_half_up(), Ok(Money::from_kopecks(i64::MAX)));
    let more = most + ratio("0.005");
    assert_eq!(more.kopecks_half_up(), Err(QuantityError::Overflow));
}

#[test]
fn it_is_written_in_lowest_terms() {
    let json = |ratio: Ratio| serde_json::to_string(&ratio).expect("a ratio is JSON");
    assert_eq!(json(ratio("-0.50")), "\"-1/2\"");
    assert_eq!(json(Ratio::from(7_i64)), "\"7/1\"");
    let share = Fraction::new(2, 6).expect("a share");
    assert_eq!(Ratio::from(share).to_string(), "1/3");
}

fn any_ratio() -> impl Strategy<Value = Ratio> {
    (-1_000_000_000_i64..1_000_000_000, 1_i64..1_000_000)
        .prop_map(|(numerator, denominator)| Ratio::new(numerator, denominator).expect("a ratio"))
}

proptest! {
    #[test]
    fn operations_undo_each_other(left in any_ratio(), right in any_ratio()) {
        prop_assert_eq!(&(&left + &right) - &right, left.clone());
        prop_assert_eq!(&left + &right, &right + &left);
        prop_assert_eq!(&left * &right, &right * &left);
        if !right.is_zero() {
            let quotient = left.checked_div(&right).expect("not zero");
            prop_assert_eq!(quotient * right, left);
        }
    }

    #[test]
    fn order_is_that_of_the_difference(left in any_ratio(), right in any_ratio()) {
        prop_assert_eq!(left < right, (&left - &right).is_negative());
    }

    #[test]
    fn a_rounded_number_is_at_most_half_a_step_away(exact in any_ratio(), decimals in 0_u32..13) {
        let rounded = Ratio::from(exact.half_up(decimals).expect("fits"));
        let half_a_step = Ratio::from(Decimal::new(5, decimals + 1));
        let distance = (&rounded - &exact).max(&exact - &rounded);
        prop_assert!(distance <= half_a_step);
        // On the edge the rounded number is the one further from zero.
        if distance == half_a_step {
            prop_assert!((&rounded * &rounded) > (&exact * &exact));
        }
    }

    #[test]
    fn a_credit_mirrors_its_charge(exact in any_ratio()) {
        let charge = exact.kopecks_half_up().expect("fits");
        let credit = (-exact).kopecks_half_up().expect("fits");
        prop_assert_eq!(charge.kopecks(), -credit.kopecks());
    }

    #[test]
    fn decimals_come_back_as_they_were(mantissa in any::<i64>(), scale in 0_u32..13) {
        let value = exact::normalised(Decimal::new(mantissa, scale));
        prop_assert_eq!(Ratio::from(value).half_up(scale), Ok(value));
    }

    #[test]
    fn money_comes_back_as_it_was(kopecks in any::<i64>()) {
        let money = Money::from_kopecks(kopecks);
        prop_assert_eq!(Ratio::from(money).kopecks_half_up(), Ok(money));
    }
}
