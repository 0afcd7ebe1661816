//! The heat of a house by the method of its contract, where the node did not work (ПП 1034 п.
//! 115–121, Методика 99/пр): a family of its own in the place of ПП 354 п. 59(1), chosen by the
//! rule `heat_metering_by_contract` that a contract gives the house.
//!
//! Up to fifteen days of a month: the node's own mean of its working time, brought to the weather.
//! More: the contract load for the whole month. A month that was not read: the mean of the month
//! before. Without a meter: the load.

use std::collections::BTreeSet;

use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::meter::reading::ImputationMethod;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::consumption::{MarkView, MeteredPart, PointConsumption, VolumePart};
use crate::explanation::Explanation;
use crate::rules::InForce;
use crate::settlement::formulas::heating::{by_temperature_59_1, contract_load_1034};
use crate::settlement::gaps::{Found, GapOf, Span};
use crate::settlement::heat::HEAT;
use crate::settlement::heat_weather::DegreeDays;
use crate::settlement::house_gaps::{Change, HouseFilling};
use crate::settlement::model::{FilledGap, ProblemKind, SettlementError};
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::{in_unit, shown, shown_in};

const HOURS_OF_DAY: u32 = 24;
const SECONDS_OF_HOUR: u32 = 3600;
/// The register that counts the hours in which a heat meter works (Tраб).
const WORK_TIME: &str = "work_time";

/// By what heat is reckoned that the node did not measure.
enum Basis {
    /// So much for these degree-days, as the node counted it.
    Mean {
        counted: Ratio,
        known: DegreeDays,
        clause: &'static str,
        because: Explanation,
    },
    /// Тепловая нагрузка.
    Load {
        load: Ratio,
        indoors: Ratio,
        design: Ratio,
        because: Explanation,
    },
}

impl Basis {
    fn method(&self) -> ImputationMethod {
        match self {
            Self::Mean { .. } => ImputationMethod::Average,
            Self::Load { .. } => ImputationMethod::ContractLoad,
        }
    }

    fn clause(&self) -> &'static str {
        match self {
            Self::Mean { clause, .. } => clause,
            Self::Load { .. } => "ПП 1034 п. 115–117",
        }
    }

    fn because(&self) -> &Explanation {
        match self {
            Self::Mean { because, .. } | Self::Load { because, .. } => because,
        }
    }
}

/// Hours in which a node stood, and the heat of them by its mean.
struct Stopped {
    hours: Ratio,
    heat: Ratio,
    because: Explanation,
}

impl Stopped {
    fn change(self) -> Change {
        Change::Added(self.heat, self.because)
    }
}

fn metered(figure: &PointConsumption) -> impl Iterator<Item = &MeteredPart> {
    figure.parts.iter().filter_map(|part| match part {
        VolumePart::Metered(part) => Some(&**part),
        VolumePart::Calculated(_) | VolumePart::TrueUp(_) => None,
    })
}

/// What the timer of a heat meter showed, h.
fn timer_of(mark: &MarkView) -> Option<Decimal> {
    let mut values = mark.values.iter();
    let timer = values.find(|value| value.register.as_str() == WORK_TIME)?;
    (timer.value.unit() == Unit::Hour).then(|| timer.value.value())
}

impl<'a> Settling<'a> {
    /// Whether the heat that came in is told by the contract's method.
    pub(super) fn is_by_contract(&self, resource: Resource) -> Result<bool, SettlementError> {
        if resource != Resource::Heat {
            return Ok(false);
        }
        let chosen = self.edition.heat_metering_by_contract(self.last_day())?;
        Ok(chosen.value)
    }

    /// What stands in the place of what one node did not measure.
    pub(super) fn fill_by_contract(
        &mut self,
        point: MeteringPointId,
        figure: &PointConsumption,
    ) -> Result<HouseFilling, SettlementError> {
        let idle = days(self.period).filter(|day| self.is_idle(point, *day));
        let stopped = self.stopped(point, figure)?;
        let is_long = self.is_long_outage(idle.count(), stopped.as_ref())?;
        let is_read = figure.interval.is_some();
        let missing: BTreeSet<NaiveDate> = days(self.period)
            .filter(|day| !is_read || self.is_unmeasured(point, *day))
            .collect();
        if missing.is_empty() && !is_long {
            return Ok(HouseFilling {
                change: stopped.map(Stopped::change),
                ..HouseFilling::default()
            });
        }
        let basis = match (is_long, is_read) {
            (true, _) => self.by_load()?,
            (false, true) => self.or_load(self.by_working_time(point, figure)?)?,
            (false, false) => self.or_load(self.by_month_before(point)?)?,
        };
        let Some(basis) = basis else {
            self.not_told_by_contract();
            return Ok(HouseFilling::default());
        };
        let Some(gaps) = self.contract_gaps(point, &missing, &basis)? else {
            self.not_told_by_contract();
            return Ok(HouseFilling::default());
        };
        let change = match is_long {
            true => self.whole_by_load(figure, (&missing, &gaps), &basis)?,
            false => stopped.map(Stopped::change),
        };
        Ok(HouseFilling {
            gaps,
            is_whole: true,
            change,
        })
    }

    /// The heat of a house without a node: the load of the whole month; `None`, which is noted,
    /// where the contract's figures or the weather are not on record.
    pub(super) fn heat_without_node(
        &mut self,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let told = match self.by_load()? {
            Some(basis) => self.reckoned(&basis, days(self.period))?,
            None => None,
        };
        if told.is_none() {
            self.not_told_by_contract();
        }
        Ok(told)
    }

    /// Whether the node is out of use on a day: nothing stands there, it is out of order, its
    /// readings do not count or its verification has ended.
    fn is_idle(&self, point: MeteringPointId, day: NaiveDate) -> bool {
        let ended = |of: GapOf<'_>| {
            let meter = MeterId(of.meter.id);
            self.out_of_order_on(meter, Resource::Heat, day).is_some()
        };
        self.is_unmeasured(point, day) || self.stay_on(point, day).is_some_and(ended)
    }

    /// Whether no reading tells of a day. What a node with an ended verification counts is in its
    /// readings all the same: such days count towards the fifteen and are not told twice.
    fn is_unmeasured(&self, point: MeteringPointId, day: NaiveDate) -> bool {
        let Some(of) = self.stay_on(point, day) else {
            return true;
        };
        let life = self.book.meters.get(&of.meter.id);
        let failed = life.is_some_and(|life| life.outage_on(day, self.zone).is_some());
        failed || self.barred_on(of.meter, day).is_some()
    }

    /// The meter that stands at a point on a day.
    fn stay_on(&self, point: MeteringPointId, day: NaiveDate) -> Option<GapOf<'a>> {
        let stands = |of: &GapOf<'_>| {
            let removed = of.stay.removal.as_ref();
            let gone = removed.map(|removal| self.zone.local_date(removal.at));
            self.zone.local_date(of.stay.from) <= day && gone.is_none_or(|gone| day < gone)
        };
        self.stays_at(point, Resource::Heat).find(stands)
    }

    fn is_long_outage(
        &self,
        idle: usize,
        stopped: Option<&Stopped>,
    ) -> Result<bool, SettlementError> {
        let most = self.edition.contract_outage_days_max(self.last_day())?;
        let idle = u32::try_from(idle).map_err(|_| self.too_large())?;
        let hours = Ratio::from(idle) * Ratio::from(HOURS_OF_DAY);
        let hours = stopped.map_or(hours.clone(), |stopped| hours + &stopped.hours);
        Ok(Ratio::from(most.value) * Ratio::from(HOURS_OF_DAY) < hours)
    }

    /// Hours between the readings in which the node stood by its own timer, beside days that are
    /// calculated anyway; `None` for less than one hour, and where the timer was not read.
    fn stopped(
        &self,
        point: MeteringPointId,
        figure: &PointConsumption,
    ) -> Result<Option<Stopped>, SettlementError> {
        let mut passed = Ratio::zero();
        let mut worked = Ratio::zero();
        let mut counted = Ratio::zero();
        let mut read = Vec::new();
        for part in metered(figure) {
            let Some(until) = &part.until else {
                return Ok(None);
            };
            let told = timer_of(&part.from).zip(timer_of(until));
            let (Some((before, after)), Some(value)) = (told, part.volume.known()) else {
                return Ok(None);
            };
            worked = worked + Ratio::from(after) - Ratio::from(before);
            let seconds = (until.at - part.from.at).num_seconds();
            passed = passed + Ratio::from(seconds);
            counted = counted + self.amount(value, Unit::Gigacalorie)?;
            let first = self.zone.local_date(part.from.at);
            let last = self.zone.local_date(until.at);
            let within = first.iter_days().take_while(|day| *day < last);
            let away = within.filter(|day| self.is_unmeasured(point, *day)).count();
            let away = u32::try_from(away).map_err(|_| self.too_large())?;
            worked = worked + Ratio::from(away) * Ratio::from(HOURS_OF_DAY);
            read.extend([part.from.event, until.event]);
        }
        let passed = passed.checked_div(&Ratio::from(SECONDS_OF_HOUR));
        let hours = passed.map_err(|_| self.too_large())? - &worked;
        if worked.is_zero() || hours < Ratio::from(1_u32) {
            return Ok(None);
        }
        let heat = (&counted * &hours).checked_div(&worked);
        let heat = heat.map_err(|_| self.too_large())?;
        let text = "часы, в которые узел не работал по своему счётчику времени";
        let because = Explanation::new("settlement.node_stopped", text)
            .formula(format!(
                "{} / {} ч · {} ч = {}",
                shown(&counted),
                shown(&worked),
                shown(&hours),
                shown_in(&heat, Unit::Gigacalorie)
            ))
            .clause("ПП 1034 п. 118, Методика 99/пр")
            .events(read)
            .parts([self.contract_step()?]);
        Ok(Some(Stopped {
            hours,
            heat,
            because,
        }))
    }

    fn or_load(&self, basis: Option<Basis>) -> Result<Option<Basis>, SettlementError> {
        match basis {
            Some(basis) => Ok(Some(basis)),
            None => self.by_load(),
        }
    }

    /// П. 118: what the node counted in its working time of the month.
    fn by_working_time(
        &self,
        point: MeteringPointId,
        figure: &PointConsumption,
    ) -> Result<Option<Basis>, SettlementError> {
        self.by_mean(point, figure, "ПП 1034 п. 118")
    }

    /// П. 119: the same of the month before, where the readings are late.
    fn by_month_before(&self, point: MeteringPointId) -> Result<Option<Basis>, SettlementError> {
        let consumption = &self.book.balance.consumption;
        let before = consumption.of_point(point, self.period.previous())?;
        self.by_mean(point, &before.value, "ПП 1034 п. 119")
    }

    fn by_mean(
        &self,
        point: MeteringPointId,
        figure: &PointConsumption,
        clause: &'static str,
    ) -> Result<Option<Basis>, SettlementError> {
        let Some(interval) = &figure.interval else {
            return Ok(None);
        };
        let from = self.zone.local_date(interval.from);
        let until = self.zone.local_date(interval.until);
        let worked = from
            .iter_days()
            .take_while(|day| *day < until)
            .filter(|day| !self.is_unmeasured(point, *day));
        let Some(known) = self.degree_days(worked).filter(|known| known.is_cold()) else {
            return Ok(None);
        };
        let mut counted = Ratio::zero();
        let mut read = Vec::new();
        for part in metered(figure) {
            let Some(value) = part.volume.known() else {
                return Ok(None);
            };
            counted = counted + self.amount(value, Unit::Gigacalorie)?;
            read.push(part.from.event);
            read.extend(part.until.as_ref().map(|until| until.event));
        }
        if counted.is_zero() {
            return Ok(None);
        }
        let text = "тепло узла за время его работы, приводится к температуре наружного воздуха";
        let because = Explanation::new("settlement.node_mean", text)
            .formula(format!(
                "{} при {} градусо-сутках",
                shown_in(&counted, Unit::Gigacalorie),
                shown(&known.sum())
            ))
            .events(read)
            .parts([known.step("работа узла"), self.contract_step()?]);
        Ok(Some(Basis::Mean {
            counted,
            known,
            clause,
            because,
        }))
    }

    /// П. 115–117: the contract load.
    fn by_load(&self) -> Result<Option<Basis>, SettlementError> {
        let day = self.last_day();
        let load = self.edition.contract_heat_load(day);
        let design = self.edition.design_outdoor_temperature(day);
        let Some((load, design)) = load.zip(design) else {
            return Ok(None);
        };
        let indoors = self.edition.indoor_temperature(day)?;
        let told = |text: String, rule: &InForce<'_, _>| rule_step(text, rule);
        let text = format!("тепловая нагрузка {} Гкал/ч", load.value);
        let because = Explanation::new("settlement.contract_load", "расчёт по нагрузке").parts([
            told(text, &load),
            told(format!("расчётная наружная {} °C", design.value), &design),
            told(format!("внутри {} °C", indoors.value), &indoors),
            self.contract_step()?,
        ]);
        Ok(Some(Basis::Load {
            load: Ratio::from(load.value),
            indoors: Ratio::from(indoors.value),
            design: Ratio::from(design.value),
            because,
        }))
    }

    /// The contract that chose the method, and how many days it lets pass.
    fn contract_step(&self) -> Result<Explanation, SettlementError> {
        let day = self.last_day();
        let chosen = self.edition.heat_metering_by_contract(day)?;
        let most = self.edition.contract_outage_days_max(day)?;
        let limit = format!("до {} суток в месяце — по своему среднему", most.value);
        Ok(rule_step("способ учёта тепла — по договору", &chosen).parts([rule_step(limit, &most)]))
    }

    /// The heat of some days; `None` where the weather of one of them is not on record.
    fn reckoned(
        &self,
        basis: &Basis,
        days: impl Iterator<Item = NaiveDate>,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let Some(told) = self.degree_days(days) else {
            return Ok(None);
        };
        let heat = match basis {
            _ if told.days() == 0 => Ok(Ratio::zero()),
            Basis::Mean { counted, known, .. } => {
                by_temperature_59_1(counted, &known.sum(), &told.sum())
            }
            Basis::Load {
                load,
                indoors,
                design,
                ..
            } => {
                let mean = told.sum().checked_div(&Ratio::from(told.days()));
                let outdoors = mean.map(|mean| indoors - mean);
                outdoors.and_then(|outdoors| {
                    let hours = told.days().saturating_mul(HOURS_OF_DAY);
                    contract_load_1034(load, (indoors, &outdoors, design), hours)
                })
            }
        };
        let heat = heat.map_err(|_| self.too_large())?;
        let because = Explanation::new("settlement.by_contract", "тепло по договору")
            .formula(shown_in(&heat, Unit::Gigacalorie))
            .clause(basis.clause())
            .parts([told.step("рассчитываемые дни"), basis.because().clone()]);
        Ok(Some((heat, because)))
    }

    /// What is to be recorded for the missing days, meter by meter; `None` where the weather of one
    /// of them is not on record.
    fn contract_gaps(
        &self,
        point: MeteringPointId,
        missing: &BTreeSet<NaiveDate>,
        basis: &Basis,
    ) -> Result<Option<Vec<FilledGap>>, SettlementError> {
        let mut gaps = Vec::new();
        for of in self.house_stays(point, Resource::Heat)? {
            let bears = |day: &NaiveDate| self.bearer(point, *day).is_some_and(|one| one.is(of));
            let days = missing.iter().copied().filter(bears);
            for span in self.spans_of(of, days)? {
                match self.contract_gap(of, span, basis)? {
                    Some(gap) => gaps.push(gap),
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(gaps))
    }

    /// The meter in whose place a day is calculated: the one that stands there, else the last
    /// before.
    fn bearer(&self, point: MeteringPointId, day: NaiveDate) -> Option<GapOf<'a>> {
        let before = |of: &GapOf<'_>| self.zone.local_date(of.stay.from) <= day;
        let last = || {
            let stays = self.stays_at(point, Resource::Heat).filter(before);
            stays.max_by_key(|of| (of.stay.from, of.stay.installed.position))
        };
        self.stay_on(point, day).or_else(last)
    }

    fn contract_gap(
        &self,
        of: GapOf<'a>,
        span: Span,
        basis: &Basis,
    ) -> Result<Option<FilledGap>, SettlementError> {
        let within = span.from.iter_days().take_while(|day| *day < span.until);
        let Some((heat, because)) = self.reckoned(basis, within)? else {
            return Ok(None);
        };
        // A heat meter has one register that counts: where it has none nothing is recorded.
        let Some(index) = of.meter.counting.first().copied() else {
            return Ok(None);
        };
        let unit = of.meter.registers[index].unit;
        let heat = in_unit(&heat, Unit::Gigacalorie, unit).ok_or_else(|| self.too_large())?;
        let found = Found {
            method: basis.method(),
            clause: basis.clause(),
            amounts: vec![(index, heat)],
            inputs: because.all_events(),
            because: because.parts([self.because_of(of, span)]),
        };
        let gap = self.gap(of, span, self.run_of(of)?, found)?;
        Ok(Some(self.with_decision(gap)))
    }

    /// П. 115: by the load for the whole month, whatever the node counted on the days it worked.
    fn whole_by_load(
        &self,
        figure: &PointConsumption,
        (missing, gaps): (&BTreeSet<NaiveDate>, &[FilledGap]),
        basis: &Basis,
    ) -> Result<Option<Change>, SettlementError> {
        let rest = days(self.period).filter(|day| !missing.contains(day));
        let Some((mut whole, because)) = self.reckoned(basis, rest)? else {
            return Ok(None);
        };
        for part in &figure.parts {
            let recorded = match part {
                VolumePart::Calculated(part) if part.period == self.period => part.volume.known(),
                _ => None,
            };
            if let Some(value) = recorded {
                whole = whole + self.amount(value, Unit::Gigacalorie)?;
            }
        }
        for gap in gaps {
            whole = whole + self.filled_amount(gap, Unit::Gigacalorie)?;
        }
        let text = "узел не работал больше 15 суток: весь месяц по договорной нагрузке";
        let because = Explanation::new("settlement.whole_by_load", text)
            .formula(shown_in(&whole, Unit::Gigacalorie))
            .clause("ПП 1034 п. 115")
            .parts([because]);
        Ok(Some(Change::Instead(whole, because)))
    }

    fn not_told_by_contract(&mut self) {
        let text = "узел тепла не работал или не снят, а по договору (ПП 1034) его тепло не \
                    рассчитать: запишите температуры наружного воздуха, нагрузку \
                    (contract_heat_load) и расчётную температуру (design_outdoor_temperature)";
        self.flag(ProblemKind::HouseMeterUnfilled, HEAT, text, Vec::new());
    }
}
