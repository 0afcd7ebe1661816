//! Volumes in the place of readings that did not come (ПП 354 п. 59, 60).

use aggregates::ids::{MeterId, MeteringPointId, PremisesId};
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::quantity::{Measure, Unit};
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};

use crate::consumption::{MeterFacts, Stay, Timeline};
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::average::{Average, average};
use crate::settlement::facts::PremisesFacts;
use crate::settlement::formulas::gaps::part_of_month;
use crate::settlement::model::{FilledGap, SettlementError, VOLUME_DECIMALS};
use crate::settlement::norms::NormVolume;
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, label};
use crate::settlement::units::{in_unit, shown, shown_in};
use crate::text;

/// A meter whose gaps are to be filled: of premises, or of the house (without premises).
#[derive(Clone, Copy, Debug)]
pub(crate) struct GapOf<'a> {
    pub(crate) premises: Option<PremisesId>,
    pub(crate) facts: Option<&'a PremisesFacts>,
    pub(crate) point: MeteringPointId,
    pub(crate) resource: Resource,
    pub(crate) meter: &'a MeterFacts,
    pub(crate) stay: &'a Stay,
    /// Metered points of the resource in the premises: each bears its part of the norm.
    pub(crate) meters: u32,
}

/// What became of a meter's gaps.
#[derive(Debug)]
pub(crate) enum Filling {
    /// Each has its volume.
    Filled(Vec<FilledGap>),
    /// Neither an average nor a norm is known.
    NoNorm,
}

/// What is missing of a meter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Missing {
    /// A reading, and with it every day.
    Readings,
    /// The days of recorded outages. An outage in which the reading at `read_at` was taken is
    /// none: the reading is used, and flagged. Days from the first of `untold` up to the second
    /// are told by no reading.
    Outages {
        read_at: Option<DateTime<Utc>>,
        untold: Option<(NaiveDate, NaiveDate)>,
    },
}

impl GapOf<'_> {
    /// Whether it is the same stay of the same meter.
    pub(super) fn is(&self, other: Self) -> bool {
        self.meter.id == other.meter.id && self.stay.installed == other.stay.installed
    }
}

impl Missing {
    /// What to say where neither an average nor a norm is there to fill it, and how to mend that.
    pub(crate) fn cannot_be_filled(self) -> &'static str {
        match self {
            Self::Readings => {
                "показаний нет, а ни среднего, ни норматива для этого помещения нет: \
                 внесите показание"
            }
            Self::Outages { .. } => {
                "за дни неисправности прибора нет ни среднего, ни норматива для этого помещения: \
                 внесите норматив"
            }
        }
    }
}

/// Consecutive days with one reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    reason: GapReason,
    /// After a second refusal of access.
    is_second: bool,
    pub(super) from: NaiveDate,
    pub(super) until: NaiveDate,
    days: u32,
}

impl<'a> Settling<'a> {
    /// Fills what is missing of the meters that stood at a point in the period, in the order of
    /// time. What a predecessor counted is read off it when it is taken away, so that of it only
    /// outages are missing.
    pub(crate) fn fill_stays(
        &self,
        stays: &[GapOf<'a>],
        missing: Missing,
    ) -> Result<Filling, SettlementError> {
        let mut filled = Vec::new();
        let last = stays.len().saturating_sub(1);
        for (index, of) in stays.iter().enumerate() {
            let missing = match missing {
                Missing::Readings if index < last => Missing::Outages {
                    read_at: None,
                    untold: None,
                },
                missing => missing,
            };
            match self.fill(*of, missing)? {
                Filling::Filled(gaps) => filled.extend(gaps),
                Filling::NoNorm => return Ok(Filling::NoNorm),
            }
        }
        Ok(Filling::Filled(filled))
    }

    /// Fills the days of the period that are missing of one meter.
    fn fill(&self, of: GapOf<'a>, missing: Missing) -> Result<Filling, SettlementError> {
        let spans = self.spans(of, missing)?;
        if spans.is_empty() {
            return Ok(Filling::Filled(Vec::new()));
        }
        let before = self.period.previous();
        let timeline = Timeline::of(&self.book.balance.consumption, of.point, self.zone, before)?;
        let run = self.run_before(of, &timeline)? + 1;
        let limit = self.average_limit(of);
        let is_within = limit.is_none_or(|most| run <= most);
        let is_norm = self.is_norm_chosen(of.meter.id);
        let may_average =
            |span: &Span| is_within && !is_norm && self.is_averaged(of.resource, span);
        let averaged = match spans.iter().any(may_average) {
            true => average(self, of, &timeline)?,
            false => None,
        };
        let mut filled = Vec::with_capacity(spans.len());
        for span in &spans {
            let told = |averaged: &&Average| self.is_weather_told(of, *span, averaged);
            let averaged = averaged.as_ref().filter(|_| may_average(span)).filter(told);
            let gap = match averaged {
                Some(averaged) => self.by_average(of, *span, run, averaged)?,
                None => match self.norm_of_span(of, *span) {
                    Some(norm) => self.by_norm(of, *span, run, limit, &norm)?,
                    None => return Ok(Filling::NoNorm),
                },
            };
            filled.push(self.with_decision(gap));
        }
        Ok(Filling::Filled(filled))
    }

    /// The norm for the days of a gap, with the persons of those days.
    fn norm_of_span(&self, of: GapOf<'a>, span: Span) -> Option<NormVolume> {
        let within = days(self.period).filter(|day| span.from <= *day && *day < span.until);
        let within: Vec<NaiveDate> = within.collect();
        let (id, facts) = of.premises.zip(of.facts)?;
        self.norm_of_premises(id, facts, of.resource, &within)
    }

    /// Most periods in a row that are averaged for the meter; where the rules name no average (gas,
    /// ПП 549) there is none.
    fn average_limit(&self, of: GapOf<'_>) -> Option<u32> {
        let day = self.last_day();
        let Some(facts) = of.facts else {
            let limit = self.edition.house_average_periods_max(of.resource, day);
            return Some(limit.map_or(0, |limit| limit.value));
        };
        let residential = self.is_residential(facts);
        let limit = self
            .edition
            .average_periods_max(of.resource, residential, day);
        limit.map_or(Some(0), |limit| limit.value)
    }

    /// Fills the days `from .. until` after a meter was taken away by its average; `None` where it
    /// has none.
    pub(crate) fn fill_after(
        &self,
        of: GapOf<'a>,
        (from, until): (NaiveDate, NaiveDate),
    ) -> Result<Option<FilledGap>, SettlementError> {
        let before = self.period.previous();
        let timeline = Timeline::of(&self.book.balance.consumption, of.point, self.zone, before)?;
        let run = self.run_before(of, &timeline)? + 1;
        let averaged = match self.average_limit(of).is_none_or(|most| run <= most) {
            true => average(self, of, &timeline)?,
            false => None,
        };
        let days = (until - from).num_days();
        let span = Span {
            reason: GapReason::OutOfOrder,
            is_second: false,
            from,
            until,
            days: u32::try_from(days).map_err(|_| SettlementError::OutOfCalendar)?,
        };
        let gap = averaged.map(|averaged| self.by_average(of, span, run, &averaged));
        Ok(gap.transpose()?.map(|gap| self.with_decision(gap)))
    }

    /// Whether days with this reason are averaged at all. After a second refusal the norm comes at
    /// once where a multiplier of its own is set for that (п. 60(3)).
    fn is_averaged(&self, resource: Resource, span: &Span) -> bool {
        let day = span.from;
        let applies = self.edition.average_applies(resource, span.reason, day);
        let own = self.edition.second_refusal_multiplier(resource, day);
        applies.is_ok_and(|applies| applies.value) && !(span.is_second && own.is_some())
    }

    /// Missing days of the period on which the meter stands and no calculated volume is recorded
    /// for.
    fn spans(&self, of: GapOf<'_>, missing: Missing) -> Result<Vec<Span>, SettlementError> {
        let begins = self.zone.local_date(of.stay.from);
        let removed = of.stay.removal.as_ref();
        let ends = removed.map(|removal| self.zone.local_date(removal.at));
        let is_missing = |day: &NaiveDate| {
            let stands = begins <= *day && ends.is_none_or(|end| *day < end);
            let is_away = || self.away_on(of.meter, of.resource, *day).is_some();
            (stands || begins <= *day && is_away()) && self.is_missing(of, *day, missing)
        };
        self.spans_of(of, days(self.period).filter(is_missing))
    }

    /// The same days joined where they follow one another with one reason; those that a calculated
    /// volume is recorded for are left out.
    pub(super) fn spans_of(
        &self,
        of: GapOf<'_>,
        missing: impl Iterator<Item = NaiveDate>,
    ) -> Result<Vec<Span>, SettlementError> {
        let mut spans: Vec<Span> = Vec::new();
        for day in missing.filter(|day| !self.is_imputed_at(of.point, *day)) {
            let (reason, _) = self.gap_reason(MeterId(of.meter.id), of.resource, day);
            let is_second = self.is_refused_twice(MeterId(of.meter.id), of.resource, day);
            let until = day.succ_opt().ok_or(SettlementError::OutOfCalendar)?;
            let joined = |span: &&mut Span| {
                span.until == day && span.reason == reason && span.is_second == is_second
            };
            match spans.last_mut().filter(joined) {
                Some(span) => {
                    span.until = until;
                    span.days += 1;
                }
                None => spans.push(Span {
                    reason,
                    is_second,
                    from: day,
                    until,
                    days: 1,
                }),
            }
        }
        Ok(spans)
    }

    /// Whether a calculated volume is recorded for the day: of any meter of the point, for one that
    /// was replaced may have been recorded before its replacement was.
    pub(crate) fn is_imputed_at(&self, point: MeteringPointId, day: NaiveDate) -> bool {
        let consumption = &self.book.balance.consumption;
        let stays = consumption.stays.get(&point).into_iter().flatten();
        stays
            .filter_map(|(meter, _)| consumption.meter(*meter))
            .any(|meter| self.is_imputed(meter, day))
    }

    /// Whether a calculated volume is recorded for the meter and the day.
    pub(crate) fn is_imputed(&self, meter: &MeterFacts, day: NaiveDate) -> bool {
        let Some(start) = self.zone.start_of(day) else {
            return false;
        };
        meter
            .imputations
            .iter()
            .any(|fact| fact.superseded.is_none() && fact.interval.contains(start))
    }

    fn by_average(
        &self,
        of: GapOf<'_>,
        span: Span,
        run: u32,
        averaged: &Average,
    ) -> Result<FilledGap, SettlementError> {
        let mut amounts = Vec::with_capacity(averaged.registers.len());
        let mut weather = Vec::new();
        for (index, monthly) in &averaged.registers {
            let (amount, told) = self.average_part(of, span, averaged, monthly)?;
            amounts.push((*index, amount));
            weather = told;
        }
        let clause = match span.reason {
            _ if of.facts.is_none() => "ПП 354 п. 59(1)",
            _ if of.resource == Resource::Gas => "ПП 549",
            GapReason::OutOfOrder | GapReason::AtVerification => "ПП 354 п. 59(а)",
            GapReason::AccessRefused => "ПП 354 п. 59(в)",
            GapReason::NotSubmitted | GapReason::Tampering => "ПП 354 п. 59(б)",
        };
        let text = format!(
            "среднемесячный объём за {} мес., расчётный период подряд: {run}",
            averaged.months
        );
        let mut inputs = averaged.inputs.clone();
        inputs.extend(weather.iter().flat_map(Explanation::all_events));
        let because = Explanation::new("settlement.average", text)
            .parts([averaged.because.clone(), self.because_of(of, span)])
            .parts(weather);
        self.gap(
            of,
            span,
            run,
            Found {
                method: ImputationMethod::Average,
                clause,
                amounts,
                inputs,
                because,
            },
        )
    }

    fn by_norm(
        &self,
        of: GapOf<'_>,
        span: Span,
        run: u32,
        limit: Option<u32>,
        norm: &NormVolume,
    ) -> Result<FilledGap, SettlementError> {
        let counting = u32::try_from(of.meter.counting.len()).unwrap_or(1).max(1);
        let shares = Ratio::from(of.meters.max(1)) * Ratio::from(counting);
        let one = norm.volume.checked_div(&shares);
        let one = one.map_err(|_| self.too_large())?;
        let mut amounts = Vec::with_capacity(of.meter.counting.len());
        for index in &of.meter.counting {
            let unit = of.meter.registers[*index].unit;
            let amount = in_unit(&one, norm.unit, unit).ok_or_else(|| self.too_large())?;
            amounts.push((*index, amount));
        }
        let (clause, text) = match self.is_norm_chosen(of.meter.id) {
            true => ("ПП 354 п. 60", "норматив: так решено".to_owned()),
            false => self.why_norm(of.resource, span, run, limit),
        };
        let mut because = Explanation::new("settlement.norm", text)
            .parts([norm.because.clone(), self.because_of(of, span)]);
        if of.meters > 1 {
            because = because.parts([Explanation::new(
                "settlement.norm_part",
                format!(
                    "норматив делится поровну между приборами помещения: {}",
                    of.meters
                ),
            )]);
        }
        self.gap(
            of,
            span,
            run,
            Found {
                method: ImputationMethod::Norm,
                clause,
                amounts,
                inputs: norm.because.all_events(),
                because,
            },
        )
    }

    /// The clause by which the norm stands in the place of an average, and what to say.
    fn why_norm(
        &self,
        resource: Resource,
        span: Span,
        run: u32,
        limit: Option<u32>,
    ) -> (&'static str, String) {
        let is_averaged = self.is_averaged(resource, &span);
        let said = |text: &str| text.to_owned();
        match span.reason {
            GapReason::Tampering => (
                "ПП 354 п. 62, 81(11)",
                said("норматив: вмешательство в работу прибора"),
            ),
            GapReason::AccessRefused if span.is_second && !is_averaged => (
                "ПП 354 п. 60(3)",
                said("норматив: два отказа в допуске подряд"),
            ),
            _ if resource == Resource::Gas && !is_averaged => (
                "ПП 549",
                said("норматив: по газу среднее берут только на время поверки прибора"),
            ),
            reason if limit.is_some_and(|most| run > most) => (
                match reason {
                    GapReason::AccessRefused => "ПП 354 п. 60, 60(2)",
                    _ => "ПП 354 п. 60",
                },
                format!(
                    "норматив: по среднему рассчитано {} периода подряд",
                    run - 1
                ),
            ),
            _ => (
                "ПП 354 п. 59(2)",
                said("норматив: показаний для среднего недостаточно"),
            ),
        }
    }

    /// Fills the days for which readings were merely not submitted with their part of a month's
    /// volume, Гкал, that others tell.
    pub(crate) fn fill_unread(
        &self,
        of: GapOf<'a>,
        month: &Ratio,
        clause: &'static str,
        why: &Explanation,
    ) -> Result<Vec<FilledGap>, SettlementError> {
        let mut spans = self.spans(of, Missing::Readings)?;
        spans.retain(|span| span.reason == GapReason::NotSubmitted);
        // A heat meter has one register that counts: where it has none nothing is recorded.
        let Some(index) = of.meter.counting.first().copied() else {
            return Ok(Vec::new());
        };
        let unit = of.meter.registers[index].unit;
        let month = in_unit(month, Unit::Gigacalorie, unit).ok_or_else(|| self.too_large())?;
        let run = self.run_of(of)?;
        let filled = spans.into_iter().map(|span| {
            let found = Found {
                method: ImputationMethod::Average,
                clause,
                amounts: vec![(index, self.part_of(&month, span)?)],
                inputs: why.all_events(),
                because: Explanation::new("settlement.heat_in_place", "тепло по другим помещениям")
                    .parts([why.clone(), self.because_of(of, span)]),
            };
            let gap = self.gap(of, span, run, found)?;
            Ok(self.with_decision(gap))
        });
        filled.collect()
    }

    pub(super) fn gap(
        &self,
        of: GapOf<'_>,
        span: Span,
        run: u32,
        found: Found,
    ) -> Result<FilledGap, SettlementError> {
        let mut volumes = Vec::with_capacity(found.amounts.len());
        let mut sum = Ratio::zero();
        for (index, amount) in &found.amounts {
            let spec = &of.meter.registers[*index];
            let kept = amount
                .half_up(VOLUME_DECIMALS)
                .map_err(|_| self.too_large())?;
            if of.meter.counting.contains(index) {
                sum = sum + Ratio::from(kept);
            }
            volumes.push(RegisterValue {
                register: spec.name.clone(),
                value: Measure::new(kept, spec.unit),
            });
        }
        let formula = match of.meter.counting.first() {
            Some(index) => shown_in(&sum, of.meter.registers[*index].unit),
            None => shown(&sum),
        };
        let mut inputs = found.inputs;
        inputs.sort_unstable_by_key(|event| (event.position, *event));
        inputs.dedup();
        Ok(FilledGap {
            meter: MeterId(of.meter.id),
            serial: of.meter.serial.clone(),
            point: of.point,
            premises: of.premises,
            resource: of.resource,
            period: self.period,
            interval: self.interval(span)?,
            volumes,
            method: found.method,
            reason: span.reason,
            run,
            clause: label(found.clause)?,
            inputs,
            because: found.because.formula(formula).clause(found.clause),
        })
    }

    fn interval(&self, span: Span) -> Result<Interval, SettlementError> {
        let edge = |day| {
            let start = self.zone.start_of(day);
            start.ok_or(SettlementError::OutOfCalendar)
        };
        Interval::new(edge(span.from)?, edge(span.until)?)
            .map_err(|_| SettlementError::OutOfCalendar)
    }

    /// What of a month's volume falls on the gap's days.
    pub(super) fn part_of(&self, month: &Ratio, span: Span) -> Result<Ratio, SettlementError> {
        part_of_month(month, span.days, self.period).map_err(|_| self.too_large())
    }

    /// The step that says why there was nothing to go by, and for which days.
    pub(super) fn because_of(&self, of: GapOf<'_>, span: Span) -> Explanation {
        let last = span.until.pred_opt().unwrap_or(span.until);
        let days = format!(
            "{} – {}: {} из {} дней",
            text::day(span.from),
            text::day(last),
            span.days,
            self.period.days()
        );
        self.reason_step(of, span.reason, (span.from, &days))
    }

    /// Whether people live in the premises at the end of the period.
    pub(crate) fn is_residential(&self, premises: &PremisesFacts) -> bool {
        premises.kind_on(self.last_day()).value.is_residential()
    }

    /// Whether the house is heated on some day of a period; `None` where that is not known.
    pub(crate) fn is_heated_in(&self, period: Period) -> Option<bool> {
        let mut known = None;
        for day in days(period) {
            match self.book.house.heated_on(day).map(|fact| fact.value) {
                Some(true) => return Some(true),
                Some(false) => known = Some(false),
                None => {}
            }
        }
        known
    }
}

/// What a gap is filled with.
pub(super) struct Found {
    pub(super) method: ImputationMethod,
    pub(super) clause: &'static str,
    pub(super) amounts: Vec<(usize, Ratio)>,
    pub(super) inputs: Vec<EventAt>,
    pub(super) because: Explanation,
}
