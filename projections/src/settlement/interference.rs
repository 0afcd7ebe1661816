//! Доначисление for interference with a meter (ПП 354 п. 62, 81(11)).

use std::collections::BTreeSet;

use aggregates::account::bill::{ChargePart, VolumeMethod};
use aggregates::quantity::Unit;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, Months, NaiveDate, Utc};

use crate::consumption::{MeterFacts, Tampering};
use crate::explanation::Explanation;
use crate::settlement::formulas::gaps::{
    interference_62_by_capacity, interference_62_by_norm, part_of_month,
};
use crate::settlement::model::{Charge, ProblemKind, SettlementError};
use crate::settlement::norms::NormVolume;
use crate::settlement::pricing::Priced;
use crate::settlement::rates::{days, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::service::{Served, Serving};
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{in_unit, shown, shown_in};
use crate::text;

const CLAUSE_62: &str = "ПП 354 п. 62, 81(11)";

/// Interference as a period charges it.
struct Interfered<'a> {
    meter: &'a MeterFacts,
    tampering: Tampering,
    /// First day charged in this period and first day after.
    from: NaiveDate,
    until: NaiveDate,
    /// Days of the period from the act on: their own volume is calculated for this very reason.
    own_days: u32,
}

impl<'a> Settling<'a> {
    /// The additional charge for interference with meters of the premises: in the period of the act
    /// from the beginning of it, later for the days until it is done away with.
    pub(super) fn interference_charges(
        &mut self,
        serving: Serving<'a>,
        served: Served<'a>,
    ) -> Result<Vec<Charge>, SettlementError> {
        let resource = serving.resource;
        let mut volume = Ratio::zero();
        let mut parts = Vec::new();
        let found = self.interfered(served, resource)?;
        let meters = self.meters_of(served.id, served.facts, resource)?.len();
        let meters = u32::try_from(meters).unwrap_or(u32::MAX).max(1);
        for one in &found {
            let norm = self.norm_of_premises(
                served.id,
                served.facts,
                resource,
                &days(self.period).collect::<Vec<_>>(),
            );
            let Some((part, because)) = self.interference(one, norm.as_ref(), resource, meters)?
            else {
                let place = Place {
                    resource: Some(resource),
                    premises: Some((served.id, served.facts)),
                };
                let text = "доначисление за вмешательство не рассчитать: нет ни мощности \
                            (пропускной способности) в акте, ни норматива";
                let events = vec![one.meter.event(one.tampering.found.place)];
                self.flag(ProblemKind::InterferenceUnknown, place, text, events);
                continue;
            };
            volume = volume + part;
            parts.push(because);
        }
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let unit = unit_of(resource);
        let because = Explanation::new("settlement.interference", "доначисление за вмешательство")
            .formula(shown_in(&volume, unit))
            .parts(parts);
        let priced = Priced {
            part: ChargePart::Interference,
            volume,
            unit,
            method: VolumeMethod::Calculated,
            clause: CLAUSE_62,
            because,
            ..self.unpriced(serving, served)
        };
        self.price(&priced)
    }

    /// Interference that this period charges.
    fn interfered(
        &self,
        served: Served<'a>,
        resource: Resource,
    ) -> Result<Vec<Interfered<'a>>, SettlementError> {
        let book = self.book;
        let consumption = &book.balance.consumption;
        let points = book
            .points
            .get(&(served.id, resource))
            .into_iter()
            .flatten();
        let stays = points.flat_map(|point| consumption.stays.get(point).into_iter().flatten());
        let meters: BTreeSet<_> = stays.map(|(meter, _)| *meter).collect();
        let mut found = Vec::new();
        for meter in meters.iter().filter_map(|id| consumption.meter(*id)) {
            for (tampering, ended) in meter.tamperings() {
                found.extend(self.charged(meter, tampering, ended)?);
            }
        }
        Ok(found)
    }

    /// The days that this period charges for; `None` where there are none.
    fn charged(
        &self,
        meter: &'a MeterFacts,
        tampering: Tampering,
        ended: Option<DateTime<Utc>>,
    ) -> Result<Option<Interfered<'a>>, SettlementError> {
        let found = self.zone.local_date(tampering.found.at);
        let month = Period::of_date(found).map_err(|_| SettlementError::OutOfCalendar)?;
        let next = self.period.next().first_day();
        let until = ended.map_or(next, |ended| self.zone.local_date(ended).min(next));
        let from = match month == self.period {
            true => self.begun(meter, tampering)?,
            false => self.period.first_day(),
        };
        let own_from = found.max(self.period.first_day());
        let own_days = days_between(own_from, until);
        let is_charged = month <= self.period && from < until;
        Ok(is_charged.then_some(Interfered {
            meter,
            tampering,
            from,
            until,
            own_days,
        }))
    }

    /// First day of interference: as established, else that of the last inspection, but not more
    /// than so many months before the month of the discovery.
    fn begun(
        &self,
        meter: &MeterFacts,
        tampering: Tampering,
    ) -> Result<NaiveDate, SettlementError> {
        let found = tampering.found.at;
        if let Some(since) = tampering.since {
            return Ok(self.zone.local_date(since));
        }
        let most = self.edition.interference_months_max(self.last_day())?.value;
        let earliest = self
            .period
            .first_day()
            .checked_sub_months(Months::new(most));
        let earliest = earliest.ok_or(SettlementError::OutOfCalendar)?;
        let seen = meter
            .seen_before(found)
            .map(|seen| self.zone.local_date(seen));
        Ok(seen.map_or(earliest, |seen| seen.max(earliest)))
    }

    /// The volume that is charged beside the own one; `None` where nothing tells it.
    fn interference(
        &self,
        of: &Interfered<'_>,
        norm: Option<&NormVolume>,
        resource: Resource,
        meters: u32,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let unit = unit_of(resource);
        let norm = norm.and_then(|norm| in_unit(&norm.volume, norm.unit, unit));
        let found = match of.tampering.hourly {
            Some(hourly) => {
                let an_hour = self.amount(&hourly, unit)?;
                let count = days_between(of.from, of.until);
                let whole = interference_62_by_capacity(&an_hour, count);
                let formula = format!(
                    "{} в час · 24 · {count} дн. = {}",
                    shown_in(&an_hour, unit),
                    shown_in(&whole, unit)
                );
                (whole, self.interference_step(of, &formula))
            }
            None => {
                let Some(norm) = &norm else {
                    return Ok(None);
                };
                let factor = self.edition.interference_factor(self.last_day())?;
                let by = Ratio::from(factor.value);
                let months = self.months_of(of)?;
                let whole = interference_62_by_norm(norm, &months, &by);
                let formula = format!(
                    "{} в месяц · {} мес. · {} = {}",
                    shown_in(norm, unit),
                    shown(&months),
                    text::number(factor.value),
                    shown_in(&whole, unit)
                );
                let said = format!("норматив · {}", text::number(factor.value));
                let step = self.interference_step(of, &formula);
                (whole, step.parts([rule_step(said, &factor)]))
            }
        };
        let (whole, because) = found;
        let own = norm.unwrap_or_default();
        let own = part_of_month(&own, of.own_days, self.period)
            .and_then(|own| own.checked_div(&Ratio::from(meters)));
        let own = own.map_err(|_| self.too_large())?;
        Ok(Some(less_own(whole, &own, unit, because)))
    }

    /// Days as parts of their months.
    fn months_of(&self, of: &Interfered<'_>) -> Result<Ratio, SettlementError> {
        let mut sum = Ratio::zero();
        let mut day = of.from;
        while day < of.until {
            let month = Period::of_date(day).map_err(|_| SettlementError::OutOfCalendar)?;
            let end = month.next().first_day().min(of.until);
            let part = part_of_month(&Ratio::from(1_u32), days_between(day, end), month);
            sum = sum + part.map_err(|_| self.too_large())?;
            day = end;
        }
        Ok(sum)
    }

    fn interference_step(&self, of: &Interfered<'_>, formula: &str) -> Explanation {
        let last = of.until.pred_opt().unwrap_or(of.until);
        let text = format!(
            "прибор № {}: {} – {}",
            of.meter.serial,
            text::day(of.from),
            text::day(last)
        );
        let tampering = &of.tampering;
        let acts = [Some(tampering.found), tampering.ended];
        let events = acts.into_iter().flatten();
        let step = Explanation::new("settlement.interference_days", text)
            .formula(formula)
            .clause(CLAUSE_62)
            .events(events.map(|act| of.meter.event(act.place)));
        let day = self.last_day();
        let lowered = self.edition.interference_lowered_for_mistakes_only(day);
        let months = self.edition.interference_months_max(day);
        let months = months.ok().filter(|_| tampering.since.is_none());
        step.parts(months.map(|months| {
            let text = format!(
                "начало не установлено: от последней проверки, не более чем за {} мес. до месяца \
                 выявления",
                months.value
            );
            rule_step(text, &months)
        }))
        .parts(lowered.filter(|lowered| lowered.value).map(|lowered| {
            rule_step(
                "уменьшить можно только из-за арифметической ошибки или неверных исходных данных",
                &lowered,
            )
        }))
    }
}

/// What is charged beside the own volume of days for which that was calculated already.
fn less_own(whole: Ratio, own: &Ratio, unit: Unit, because: Explanation) -> (Ratio, Explanation) {
    if own.is_zero() {
        return (whole, because);
    }
    let rest = &whole - own;
    let rest = match rest.is_negative() {
        true => Ratio::zero(),
        false => rest,
    };
    let text = format!(
        "за дни после акта уже начислено по нормативу {}",
        shown_in(own, unit)
    );
    let step = Explanation::new("settlement.interference_own", text).formula(format!(
        "{} − {}",
        shown(&whole),
        shown(own)
    ));
    (rest, because.parts([step]))
}

fn days_between(from: NaiveDate, until: NaiveDate) -> u32 {
    u32::try_from((until - from).num_days()).unwrap_or_default()
}
