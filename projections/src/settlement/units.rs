//! Units of exact volumes, and how exact numbers are shown.

use aggregates::quantity::Unit;
use rust_decimal::Decimal;

use crate::settlement::ratio::Ratio;
use crate::text;

/// Decimals shown of a number that has more.
const SHOWN_DECIMALS: u32 = 6;
const NBSP: char = '\u{a0}';

/// `value` in another unit; `None` where no conversion exists.
pub(crate) fn in_unit(value: &Ratio, from: Unit, to: Unit) -> Option<Ratio> {
    if from == to {
        return Some(value.clone());
    }
    let (one, another) = (gigacalories(from)?, gigacalories(to)?);
    (value * one).checked_div(&another).ok()
}

/// How many Гкал one unit of energy is.
fn gigacalories(unit: Unit) -> Option<Ratio> {
    // 1 Гкал = 4.1868 ГДж = 1.163 МВт·ч.
    match unit {
        Unit::Gigacalorie => Ratio::new(1, 1),
        Unit::Gigajoule => Ratio::new(10_000, 41_868),
        Unit::MegawattHour => Ratio::new(1_000, 1_163),
        Unit::KilowattHour => Ratio::new(1, 1_163),
        _ => return None,
    }
    .ok()
}

/// A number for people: all its digits up to six decimals, `≈` before it where there are more.
pub(crate) fn shown(value: &Ratio) -> String {
    match value.half_up(SHOWN_DECIMALS) {
        Ok(rounded) if Ratio::from(rounded) == *value => text::number(rounded),
        Ok(rounded) => format!("≈{}", text::number(rounded)),
        Err(_) => value.to_string(),
    }
}

/// The same with its unit.
pub(crate) fn shown_in(value: &Ratio, unit: Unit) -> String {
    format!("{}{NBSP}{unit}", shown(value))
}

/// A decimal with its unit.
pub(crate) fn decimal_in(value: Decimal, unit: Unit) -> String {
    format!("{}{NBSP}{unit}", text::number(value))
}
