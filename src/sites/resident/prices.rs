//! What a unit of a resource costs at home: told by the last bill, for an estimate only. What is
//! charged is reckoned when the month is closed.

use aggregates::account::bill::{Bill, ChargePart, LineKind};
use aggregates::quantity::{Measure, Money, Unit};
use aggregates::vocabulary::Resource;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// Roubles for one unit, by the last bill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UnitPrice {
    pub(super) roubles: Decimal,
    pub(super) unit: Unit,
}

impl UnitPrice {
    /// What a unit of `resource` cost in `bill`, all parts of its price together.
    pub(super) fn of(bill: &Bill, resource: Resource, unit: Unit) -> Option<Self> {
        let own = bill.lines.iter().filter(|line| {
            line.kind == LineKind::Charge
                && line.charge.resource == resource
                && line.charge.part == ChargePart::Individual
        });
        let mut volume = Decimal::ZERO;
        let mut kopecks = 0_i64;
        for line in own {
            kopecks = kopecks.checked_add(line.amount.kopecks())?;
            if let Some(measure) = line.volume.filter(|measure| measure.unit() == unit) {
                volume = volume.checked_add(measure.value())?;
            }
        }
        if volume <= Decimal::ZERO || kopecks <= 0 {
            return None;
        }
        let roubles = Decimal::new(kopecks, 2).checked_div(volume)?;
        Some(Self { roubles, unit })
    }

    /// About how much `volume` costs.
    pub(super) fn estimate(self, volume: &Measure) -> Option<Money> {
        let amount = (volume.unit() == self.unit)
            .then(|| volume.value().checked_mul(self.roubles))
            .flatten()?;
        let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let kopecks = rounded.checked_mul(Decimal::ONE_HUNDRED)?.to_i64()?;
        Some(Money::from_kopecks(kopecks))
    }

    /// Hundredths of a kopeck for a thousandth of a unit: whole numbers for the page's script.
    pub(super) fn for_script(self) -> String {
        let fine = self
            .roubles
            .round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
        let scaled = fine
            .checked_mul(Decimal::from(10_000))
            .and_then(|fine| fine.to_i64());
        scaled.map_or_else(String::new, |scaled| scaled.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_rounded_to_the_kopeck() {
        let price = UnitPrice {
            roubles: Decimal::new(523_789, 4),
            unit: Unit::CubicMetre,
        };
        let volume = Measure::new(Decimal::new(4_632, 3), Unit::CubicMetre);
        let cost = price.estimate(&volume).expect("it fits");
        assert_eq!(cost, Money::from_kopecks(24_262));
        let other = Measure::new(Decimal::ONE, Unit::Gigacalorie);
        assert_eq!(price.estimate(&other), None);
        assert_eq!(price.for_script(), "523789");
    }
}
