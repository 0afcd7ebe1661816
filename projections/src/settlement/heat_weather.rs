//! The heat of a house whose meter was not read or is out of order: its own consumption between two
//! readings, brought to the outdoor temperature (ПП 354 п. 59(1), ред. ПП 1176).

use std::collections::BTreeSet;

use aggregates::quantity::Measure;
use aggregates::time::Interval;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::average::Average;
use crate::settlement::facts::Fact;
use crate::settlement::fold::HouseBook;
use crate::settlement::formulas::heating::by_temperature_59_1;
use crate::settlement::gaps::{GapOf, Span};
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::units::shown;

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
                let known = |between| self.degree_days(days_between(between)).is_some();
                known(averaged.between) && known((span.from, span.until))
            }
            Ok(false) => true,
            // It is asked again, and told, where the volume is calculated.
            Err(_) => true,
        }
    }

    /// What of an average falls on the days of a gap: by days, of a house's heat by degree-days,
    /// which are told then.
    pub(super) fn average_part(
        &self,
        of: GapOf<'_>,
        span: Span,
        averaged: &Average,
        monthly: &Ratio,
    ) -> Result<(Ratio, Vec<Explanation>), SettlementError> {
        let by_days = || Ok((self.part_of(monthly, span)?, Vec::new()));
        if !self.is_by_weather(of)? {
            return by_days();
        }
        let known = self.degree_days(days_between(averaged.between));
        let told = self.degree_days(days_between((span.from, span.until)));
        let Some((known, told)) = known.zip(told) else {
            return by_days();
        };
        let counted = monthly * Ratio::from(averaged.months);
        let volume = by_temperature_59_1(&counted, &known.sum(), &told.sum());
        let volume = volume.map_err(|_| self.too_large())?;
        Ok((volume, vec![known.step("среднее"), told.step("пробел")]))
    }

    /// Whether a gap is that of a house's heat, in a time when the law brings it to the weather.
    fn is_by_weather(&self, of: GapOf<'_>) -> Result<bool, SettlementError> {
        if of.resource != Resource::Heat || of.facts.is_some() {
            return Ok(false);
        }
        Ok(self.edition.heat_average_by_weather(self.last_day())?.value)
    }

    /// Σ(t_in − t_out) of those of the days on which the house is heated; `None` where the
    /// temperature of one of them is not on record.
    pub(super) fn degree_days(&self, days: impl Iterator<Item = NaiveDate>) -> Option<DegreeDays> {
        let indoors = self.edition.indoor_temperature(self.last_day()).ok()?.value;
        let mut told = DegreeDays::default();
        for day in days {
            let heated = self.book.house.heated_on(day);
            if heated.is_some_and(|fact| !fact.value) {
                continue;
            }
            let outdoors = self.book.house.temperatures.get(&day)?;
            let difference = (indoors - outdoors.value).max(Decimal::ZERO);
            told.sum = told.sum.checked_add(difference)?;
            told.days += 1;
            told.events.insert(outdoors.event);
        }
        Some(told)
    }
}

/// The weather of some days on which a house is heated.
#[derive(Debug, Default)]
pub(super) struct DegreeDays {
    sum: Decimal,
    days: u32,
    /// What tells the temperatures.
    events: BTreeSet<EventAt>,
}

impl DegreeDays {
    /// Σ(t_in − t_out), °C · days.
    pub(super) fn sum(&self) -> Ratio {
        Ratio::from(self.sum)
    }

    /// How many days are heated.
    pub(super) fn days(&self) -> u32 {
        self.days
    }

    /// Whether there was heating weather at all.
    pub(super) fn is_cold(&self) -> bool {
        !self.sum.is_zero()
    }

    /// How the weather was, and where that is recorded.
    pub(super) fn step(&self, of: &str) -> Explanation {
        let text = format!(
            "температуры наружного воздуха: {of}, дней отопления {}",
            self.days
        );
        Explanation::new("settlement.degree_days", text)
            .formula(format!("Σ(tв − tн) = {}", shown(&self.sum())))
            .events(self.events.iter().copied())
    }
}

/// The days `from .. until`.
fn days_between((from, until): (NaiveDate, NaiveDate)) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |day| *day < until)
}
