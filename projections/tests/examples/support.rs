//! Numbers as the examples print them.

use aggregates::account::bill::Multiplier;
use aggregates::quantity::{Money, exact};
use aggregates::time::Period;
use chrono::NaiveDate;
use projections::rules::Edition;
use projections::settlement::formulas::individual::{Priced, formula_1};
use projections::settlement::ratio::Ratio;

pub(crate) fn ratio(text: &str) -> Ratio {
    exact::parse(text).expect("a decimal number").into()
}

pub(crate) fn multiplier(text: &str) -> Multiplier {
    Multiplier::new(exact::parse(text).expect("a decimal number"))
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

pub(crate) fn edition(text: &str) -> Edition {
    Edition::of(period(text)).expect("the rules are read")
}

/// `before` and `now` of a register.
pub(crate) fn difference(before: &str, now: &str) -> Ratio {
    ratio(now) - ratio(before)
}

/// A volume at a price, in roubles.
pub(crate) fn priced(volume: &Ratio, price: &str) -> Ratio {
    let price = &ratio(price);
    formula_1(Priced { volume, price })
}

/// The line's amount, as a bill prints it.
pub(crate) fn billed(roubles: &Ratio) -> String {
    let amount = roubles.kopecks_half_up().expect("an amount");
    amount.into()
}

/// The sum of rounded lines.
pub(crate) fn total(lines: &[&str]) -> String {
    let sum = lines
        .iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(money(line)));
    sum.expect("a total").into()
}

/// By how much a published amount differs from the exact one.
pub(crate) fn published_less_exact(published: &str, roubles: &Ratio) -> String {
    let exact = roubles.kopecks_half_up().expect("an amount");
    let difference = money(published).checked_sub(exact);
    difference.expect("a difference").into()
}

/// Asserts that a number, rounded to as many decimals as are printed, is the printed one.
#[track_caller]
pub(crate) fn assert_prints(exact_value: &Ratio, printed: &str) {
    let decimals = printed.split_once('.').map_or(0, |(_, part)| part.len());
    let decimals = u32::try_from(decimals).expect("few decimals");
    let rounded = exact_value
        .half_up(decimals)
        .expect("a number of few digits");
    assert_eq!(rounded, exact::parse(printed).expect("a decimal number"));
}
