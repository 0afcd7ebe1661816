//! Gas of meters without temperature correction: what they counted at the standard conditions that
//! gas is sold at (ПП 549, приказы Росстандарта on the factors of territories and months).

use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::vocabulary::Resource;

use crate::consumption::{PointConsumption, VolumePart};
use crate::explanation::Explanation;
use crate::settlement::individual::Sum;
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::{shown, shown_in};

/// The register of a meter that corrects by temperature itself.
const STANDARD: &str = "standard";

impl Settling<'_> {
    /// A volume of a meter as it is sold: of gas that the meter does not correct itself, times the
    /// factor of the month, where one is on record for the house. A norm is one of sold gas.
    pub(super) fn as_sold(
        &self,
        (meter, resource): (MeterId, Resource),
        method: Option<ImputationMethod>,
        amount: Ratio,
    ) -> Ratio {
        let is_norm = method == Some(ImputationMethod::Norm);
        if resource != Resource::Gas || is_norm || self.corrects_itself(meter) {
            return amount;
        }
        match self.edition.gas_temperature_factor(self.last_day()) {
            Some(factor) => amount * Ratio::from(factor.value),
            None => amount,
        }
    }

    fn corrects_itself(&self, meter: MeterId) -> bool {
        let facts = self.book.balance.consumption.meter(meter.0);
        facts.is_some_and(|facts| {
            let mut counting = facts.counting.iter();
            counting.any(|index| facts.registers[*index].name.as_str() == STANDARD)
        })
    }

    /// Adds what a point counted of gas part by part; whether there is a factor to do so by.
    pub(super) fn add_gas(
        &self,
        figure: &PointConsumption,
        sum: &mut Sum,
    ) -> Result<bool, SettlementError> {
        let factor = self.edition.gas_temperature_factor(self.last_day());
        let Some(factor) = factor.filter(|_| figure.resource == Resource::Gas) else {
            return Ok(false);
        };
        let (mut counted, mut sold) = (Ratio::zero(), Ratio::zero());
        for part in &figure.parts {
            let Some(volume) = part.volume().known() else {
                continue;
            };
            let (meter, method) = match part {
                VolumePart::Metered(part) => (part.meter, None),
                VolumePart::Calculated(part) | VolumePart::TrueUp(part) => {
                    (part.meter, Some(part.method))
                }
            };
            let amount = self.amount(volume, sum.unit)?;
            counted = counted + &amount;
            sold = sold + self.as_sold((meter, figure.resource), method, amount);
        }
        if sold != counted {
            let formula = format!("{} → {}", shown(&counted), shown_in(&sold, sum.unit));
            let text = "газ, приведённый к стандартным условиям";
            let step = Explanation::new("settlement.gas_standard", text).formula(formula);
            sum.parts.push(step.parts([rule_step(
                format!(
                    "температурный коэффициент {}",
                    crate::text::number(factor.value)
                ),
                &factor,
            )]));
        }
        sum.volume = &sum.volume + sold;
        Ok(true)
    }
}
