//! The heat of a house whose meter was not read or is out of order: its own consumption between two
//! readings, brought to the outdoor temperature (ПП 354 п. 59(1), ред. ПП 1176).

use aggregates::quantity::Measure;
use aggregates::time::Interval;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::recorded::EventAt;
use crate::settlement::average::Average;
use crate::settlement::facts::Fact;
use crate::settlement::fold::HouseBook;
use crate::settlement::formulas::heating::by_temperature_59_1;
use crate::settlement::gaps::{GapOf, Span};
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;

/// The mean outdoor temperature of days, °C, by the weather station that the house is linked with.
pub const OUTDOOR_TEMPERATURE: &str = "outdoor_temperature";

impl HouseBook {
    /// Takes in the mean temperature of the days of an interval.
    pub(super) fn take_temperature(&mut self, interval: Interval, value: Measure, at: EventAt) {
        let Some(zone) = self.zone() else {
            return;
        };
        let last = zone.local_date(interval.until());
        let mut day = zone.local_date(interval.from());
        while day < last {
            let known = Fact::new(value.value(), at);
            self.house.temperatures.insert(day, known);
            let Some(next) = day.succ_opt() else {
                return;
            };
            day = next;
        }
    }
}

impl Settling<'_> {
    /// Whether the average needs no weather, or all of the weather that it needs is on record.
    pub(super) fn is_weather_told(&self, of: GapOf<'_>, span: Span, averaged: &Average) -> bool {
        match self.is_by_weather(of) {
            Ok(true) => {
                self.degree_days(averaged.between).is_some()
                    && self.degree_days((span.from, span.until)).is_some()
            }
            Ok(false) => true,
            // It is asked again, and told, where the volume is calculated.
            Err(_) => true,
        }
    }

    /// What of an average falls on the days of a gap: by days, of a house's heat by degree-days.
    pub(super) fn average_part(
        &self,
        of: GapOf<'_>,
        span: Span,
        averaged: &Average,
        monthly: &Ratio,
    ) -> Result<Ratio, SettlementError> {
        let by_days = || self.part_of(monthly, span);
        if !self.is_by_weather(of)? {
            return by_days();
        }
        let known = self.degree_days(averaged.between);
        let told = self.degree_days((span.from, span.until));
        let Some((known, told)) = known.zip(told) else {
            return by_days();
        };
        let counted = monthly * Ratio::from(averaged.months);
        by_temperature_59_1(&counted, &known, &told).map_err(|_| self.too_large())
    }

    /// Whether a gap is that of a house's heat, in a time when the law brings it to the weather.
    fn is_by_weather(&self, of: GapOf<'_>) -> Result<bool, SettlementError> {
        if of.resource != Resource::Heat || of.facts.is_some() {
            return Ok(false);
        }
        Ok(self.edition.heat_average_by_weather(self.last_day())?.value)
    }

    /// Σ(t_in − t_out) of the days `from .. until` on which the house is heated; `None` where the
    /// temperature of one of them is not on record.
    fn degree_days(&self, (from, until): (NaiveDate, NaiveDate)) -> Option<Ratio> {
        let indoors = self.edition.indoor_temperature(self.last_day()).ok()?.value;
        let days = from.iter_days().take_while(|day| *day < until);
        let mut sum = Decimal::ZERO;
        for day in days {
            let heated = self.book.house.heated_on(day);
            if heated.is_some_and(|fact| !fact.value) {
                continue;
            }
            let outdoors = self.book.house.temperatures.get(&day)?.value;
            sum = sum.checked_add((indoors - outdoors).max(Decimal::ZERO))?;
        }
        Some(Ratio::from(sum))
    }
}
