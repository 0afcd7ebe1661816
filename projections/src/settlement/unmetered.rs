//! Days of a month on which no meter stands in premises that have one on its other days.

use aggregates::ids::PremisesId;
use aggregates::metering_point::event::PointKind;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::model::SettlementError;
use crate::settlement::norms::{NormVolume, Normed};
use crate::settlement::rates::days;
use crate::settlement::settling::Settling;
use crate::settlement::units::shown_in;
use crate::text;

/// Days without a meter.
pub(crate) struct Unmetered {
    pub(crate) days: Vec<NaiveDate>,
    /// The norm for them.
    pub(crate) norm: NormVolume,
}

impl<'a> Settling<'a> {
    /// The norm for the days of the month on which no meter of the resource stands in a dwelling
    /// and no calculated volume is recorded; `None` where there is no such day.
    pub(crate) fn unmetered_days(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<Option<Unmetered>, SettlementError> {
        if matches!(resource, Resource::Heat | Resource::Cooling) || !self.is_residential(premises)
        {
            return Ok(None);
        }
        let bare: Vec<NaiveDate> = days(self.period)
            .filter(|day| !self.is_covered(id, resource, *day))
            .collect();
        let (Some(first), Some(last)) = (bare.first(), bare.last()) else {
            return Ok(None);
        };
        let count = u32::try_from(bare.len()).unwrap_or_default();
        let of = Normed {
            id,
            facts: premises,
            resource,
        };
        let Some(norm) = self.norm_on_or_flag(of, &bare) else {
            return Ok(None);
        };
        let text = format!(
            "без прибора {} – {}: {count} из {} дней, по нормативу",
            text::day(*first),
            text::day(*last),
            self.period.days()
        );
        let because = Explanation::new("settlement.unmetered_days", text)
            .formula(shown_in(&norm.volume, norm.unit))
            .parts([norm.because]);
        let norm = NormVolume { because, ..norm };
        Ok(Some(Unmetered { days: bare, norm }))
    }

    /// Whether a meter stands at one of the points on a day, or what is missing was calculated.
    fn is_covered(&self, id: PremisesId, resource: Resource, day: NaiveDate) -> bool {
        let consumption = &self.book.balance.consumption;
        let points = self.book.points.get(&(id, resource)).into_iter().flatten();
        points
            .filter(|point| {
                let facts = consumption.points.get(point);
                facts.is_some_and(|facts| {
                    matches!(facts.kind, PointKind::Individual | PointKind::CommunalFlat)
                })
            })
            .filter_map(|point| consumption.stays.get(point))
            .flatten()
            .any(|(meter, index)| {
                let Some(meter) = consumption.meter(*meter) else {
                    return false;
                };
                let stands = meter.stays.get(*index).is_some_and(|stay| {
                    let removed = stay.removal.as_ref();
                    let ends = removed.map(|removal| self.zone.local_date(removal.at));
                    self.zone.local_date(stay.from) <= day && ends.is_none_or(|end| day < end)
                });
                stands
                    || self.is_imputed(meter, day)
                    || self.away_on(meter, resource, day).is_some()
            })
    }

    /// The act by which no meter can be put in, where it holds in the period.
    pub(crate) fn exempt(&self, premises: &PremisesFacts, resource: Resource) -> Option<EventAt> {
        let rows = premises.impossible.get(&resource)?;
        let held = rows.on(self.last_day());
        held.or_else(|| rows.on(self.period.first_day()))
            .map(|fact| fact.event)
    }
}
