//! Heating corrected by distributors of heat on the radiators (ПП 354 п. 42(1), прил. 2 ф. 6).
//!
//! Premises with distributors are charged month by month as if they had none. Once a year what they
//! were charged together is shared out anew by what their distributors counted: nobody else pays
//! more or less for it.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{BillLine, ChargePart};
use aggregates::ids::{MeteringPointId, OrganisationId, PremisesId};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Money, Unit};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::{AccountFacts, PremisesFacts};
use crate::settlement::formulas::heating::formula_6;
use crate::settlement::heat::HEAT;
use crate::settlement::model::{ExplainedLine, HouseService, ProblemKind, SettlementError};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{shown, shown_in};

const CLAUSE: &str = "ПП 354 п. 42(1), прил. 2 ф. 6";
const MONTHS: u32 = 12;

/// The correction as the bills of this period carry it.
#[derive(Clone, Debug)]
pub(crate) struct DistributorCorrection {
    provider: OrganisationId,
    months: Months,
    premises: BTreeMap<PremisesId, Counted>,
    /// ΣΣ k·m of all premises that take part.
    counted: Ratio,
    /// What they were charged together, ₽.
    charged: Ratio,
    because: Explanation,
}

/// The months that are corrected.
#[derive(Clone, Copy, Debug)]
struct Months {
    first: Period,
    through: Period,
}

impl Months {
    fn holds(self, period: Period) -> bool {
        self.first <= period && period <= self.through
    }

    fn title_ru(self) -> String {
        match self.first == self.through {
            true => self.first.title_ru(),
            false => format!("{} – {}", self.first.title_ru(), self.through.title_ru()),
        }
    }
}

/// What the distributors of premises counted.
#[derive(Clone, Debug)]
struct Counted {
    /// Σ k·m.
    units: Ratio,
    /// What the premises were charged, ₽.
    charged: Ratio,
    because: Explanation,
}

/// Distributors of premises on their way to a sum.
#[derive(Default)]
struct Reckoned {
    units: Ratio,
    read: u32,
    unread: u32,
    steps: Vec<Explanation>,
}

impl Settling<'_> {
    /// The correction of the months before, in the month that the rules name.
    pub(crate) fn distributor_correction(
        &mut self,
        services: &[HouseService],
    ) -> Result<Option<DistributorCorrection>, SettlementError> {
        let mut billed = services.iter().filter(|service| service.billed_here);
        let Some(service) = billed.find(|service| service.resource == Resource::Heat) else {
            return Ok(None);
        };
        let equipped = self.equipped();
        // A rule that nothing hangs on is not asked.
        if equipped.is_empty() {
            return Ok(None);
        }
        let Some((months, when)) = self.distributor_months()? else {
            return Ok(None);
        };
        let mut premises = BTreeMap::new();
        for (id, points) in &equipped {
            let charged = self.charged_to(*id, service.provider, months)?;
            // Who was not billed here, or not yet, has nothing to be shared out.
            if charged.is_zero() {
                continue;
            }
            if let Some((units, because)) = self.counted(*id, points, months)? {
                let counted = Counted {
                    units,
                    charged,
                    because,
                };
                premises.insert(*id, counted);
            }
        }
        if premises.is_empty() {
            return Ok(None);
        }
        let Some(enough) = self.enough_distributors(premises.keys())? else {
            return Ok(None);
        };
        let counted: Ratio = premises.values().map(|one| &one.units).sum();
        if counted.is_zero() {
            let text = "распределители за период ничего не насчитали: отопление не корректируется";
            let kind = ProblemKind::DistributorNotCounted;
            self.flag(kind, HEAT, text, Vec::new());
            return Ok(None);
        }
        let charged: Ratio = premises.values().map(|one| &one.charged).sum();
        let text = format!("отопление по распределителям, {}", months.title_ru());
        let formula = format!(
            "начислено вместе {} ₽, насчитано вместе {}",
            shown(&charged),
            shown_in(&counted, Unit::AllocatorUnit)
        );
        Ok(Some(DistributorCorrection {
            provider: service.provider,
            months,
            premises,
            counted,
            charged,
            because: Explanation::new("settlement.distributors", text)
                .formula(formula)
                .clause(CLAUSE)
                .parts([when, enough]),
        }))
    }

    /// Premises with distributors, and these.
    fn equipped(&self) -> BTreeMap<PremisesId, Vec<MeteringPointId>> {
        let known = &self.book.balance.consumption.points;
        let last = self.period.previous().last_day();
        let is_distributor = |point: &&MeteringPointId| {
            known.get(point).is_some_and(|facts| {
                facts.kind == PointKind::Distributor && facts.closed.is_none_or(|(on, _)| last < on)
            })
        };
        let mut equipped = BTreeMap::new();
        for ((premises, resource), points) in &self.book.points {
            let here: Vec<_> = points.iter().filter(is_distributor).copied().collect();
            if *resource == Resource::Heat && !here.is_empty() {
                equipped.insert(*premises, here);
            }
        }
        equipped
    }

    /// The months that the bills of this period correct, by the rules; `None` in other periods.
    fn distributor_months(&mut self) -> Result<Option<(Months, Explanation)>, SettlementError> {
        let (day, edition) = (self.last_day(), self.edition);
        let first = edition.distributor_correction_month(day)?;
        let times = edition.distributor_corrections_a_year(day)?;
        let length = MONTHS.checked_div(times.value);
        let Some(length) = length.filter(|length| length * times.value == MONTHS) else {
            let text = format!(
                "корректировок по распределителям в год не бывает {}: 1, 2, 3, 4, 6 или 12",
                times.value
            );
            self.flag(ProblemKind::RuleUnusable, HEAT, text, Vec::new());
            return Ok(None);
        };
        let since_first = (self.period.month() + MONTHS - first.value % MONTHS) % length;
        if since_first != 0 {
            return Ok(None);
        }
        let months = i32::try_from(length).map_err(|_| self.too_large())?;
        let when = Explanation::new("settlement.distributor_months", "что корректируется").parts([
            rule_step("первый месяц корректировки", &first),
            rule_step("корректировок в год", &times),
        ]);
        let months = Months {
            first: self.period.plus_months(-months),
            through: self.period.previous(),
        };
        Ok(Some((months, when)))
    }

    /// Σ k·m of premises; `None` where too many of their distributors tell nothing, which is noted.
    fn counted(
        &mut self,
        id: PremisesId,
        points: &[MeteringPointId],
        months: Months,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let book = self.book;
        let Some(premises) = book.premises.get(&id) else {
            return Ok(None);
        };
        let mut reckoned = Reckoned::default();
        for point in points {
            match self.units_of(*point, months)? {
                Some((units, step)) => {
                    reckoned.units = reckoned.units + units;
                    reckoned.read += 1;
                    reckoned.steps.push(step);
                }
                None => reckoned.unread += 1,
            }
        }
        self.judge_unread(id, premises, reckoned)
    }

    /// Premises with an unread distributor: the mean of the others stands for it, up to the number
    /// that the rules allow.
    fn judge_unread(
        &mut self,
        id: PremisesId,
        premises: &PremisesFacts,
        mut reckoned: Reckoned,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        if reckoned.unread > 0 {
            let most = self.edition.distributor_failures_max(self.last_day())?;
            let counts = reckoned.read > 0 && reckoned.unread <= most.value;
            let text = match counts {
                true => "распределитель не даёт показаний: за него взято среднее остальных",
                false => {
                    "распределители не дают показаний (нет значения или коэффициента радиатора): \
                     помещение считается без распределителей и не корректируется"
                }
            };
            let place = Place {
                premises: Some((id, premises)),
                ..HEAT
            };
            self.flag(
                ProblemKind::DistributorNotCounted,
                place,
                text,
                vec![premises.registered.event],
            );
            if !counts {
                return Ok(None);
            }
            let mean = reckoned.units.checked_div(&Ratio::from(reckoned.read));
            let mean = mean.map_err(|_| self.too_large())?;
            let filled = mean * Ratio::from(reckoned.unread);
            let step = Explanation::new("settlement.distributor_mean", "без показаний: среднее")
                .formula(shown_in(&filled, Unit::AllocatorUnit))
                .parts([rule_step("распределителей без показаний не больше", &most)]);
            reckoned.units = reckoned.units + filled;
            reckoned.steps.push(step);
        }
        let text = format!("распределители помещения {}", premises.number);
        let because = Explanation::new("settlement.distributors_of_premises", text)
            .formula(shown_in(&reckoned.units, Unit::AllocatorUnit))
            .parts(reckoned.steps);
        Ok(Some((reckoned.units, because)))
    }

    /// Σ k·m of one distributor, each month by the factor of its last day; `None` where a value or
    /// a factor is missing.
    fn units_of(
        &self,
        point: MeteringPointId,
        months: Months,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let consumption = &self.book.balance.consumption;
        let told = consumption.of_point_between(point, months.first, months.through)?;
        let (Some(factors), Some(total)) =
            (self.book.radiators.get(&point), told.value.volume.known())
        else {
            return Ok(None);
        };
        let mut units = Ratio::zero();
        let mut events = BTreeSet::new();
        for month in &told.value.periods {
            let Some(counted) = month.consumption.volume.known() else {
                continue;
            };
            let Some(factor) = factors.on(month.consumption.period.last_day()) else {
                return Ok(None);
            };
            units = units + Ratio::from(*counted) * Ratio::from(factor.value.value());
            events.insert(factor.event);
        }
        let label = consumption.points.get(&point);
        let label = label.map_or_else(String::new, |facts| facts.label.to_string());
        let formula = format!(
            "{} → {}",
            shown_in(&Ratio::from(*total), total.unit()),
            shown_in(&units, Unit::AllocatorUnit)
        );
        let step = Explanation::new(
            "settlement.distributor",
            format!("распределитель «{label}»"),
        )
        .formula(formula)
        .events(events)
        .parts([told.because]);
        Ok(Some((units, step)))
    }

    /// Whether premises with enough of the heated area have distributors; `None` where not, which
    /// is noted.
    fn enough_distributors<'i>(
        &mut self,
        equipped: impl Iterator<Item = &'i PremisesId>,
    ) -> Result<Option<Explanation>, SettlementError> {
        let day = self.last_day();
        let over = self.edition.distributor_area_percent_over(day)?;
        let area = |premises: &PremisesFacts| {
            let area = premises.area.on(day);
            area.map_or_else(Ratio::zero, |area| Ratio::from(area.value))
        };
        let book = self.book;
        let own_source = book.premises.values().filter(|premises| {
            premises.part_of.is_none() && premises.without_heating_on(day).is_some()
        });
        let own_source: Ratio = own_source.map(area).sum();
        let heated = self.total_area().area - own_source;
        let equipped: Ratio = equipped
            .filter_map(|id| book.premises.get(id))
            .map(area)
            .sum();
        let formula = format!(
            "{} из {}",
            shown(&equipped),
            shown_in(&heated, Unit::SquareMetre)
        );
        if &equipped * Ratio::from(100_u32) <= heated * Ratio::from(over.value) {
            let text = format!(
                "распределители дают показания в помещениях площадью {formula} — не больше {} %: \
                 отопление по ним не корректируется",
                crate::text::number(over.value)
            );
            let kind = ProblemKind::DistributorNotCounted;
            self.flag(kind, HEAT, text, Vec::new());
            return Ok(None);
        }
        let step = Explanation::new(
            "settlement.distributor_area",
            "помещения с распределителями",
        );
        let step = step.formula(formula);
        Ok(Some(
            step.parts([rule_step("доля площади, % — больше", &over)]),
        ))
    }

    /// What the accounts of premises were charged for the months, ₽.
    fn charged_to(
        &self,
        premises: PremisesId,
        provider: OrganisationId,
        months: Months,
    ) -> Result<Ratio, SettlementError> {
        let accounts = self.book.accounts_of.get(&premises).into_iter().flatten();
        let mut sum = Ratio::zero();
        for facts in accounts.filter_map(|id| self.book.accounts.get(id)) {
            let (charged, _) = self.heating_charged(facts, provider, months)?;
            sum = sum + Ratio::from(charged);
        }
        Ok(sum)
    }

    /// What one account was charged for heating of the months, with the bills.
    fn heating_charged(
        &self,
        facts: &AccountFacts,
        provider: OrganisationId,
        months: Months,
    ) -> Result<(Money, BTreeSet<EventAt>), SettlementError> {
        let mut charged = Money::ZERO;
        let mut events = BTreeSet::new();
        let counts = |line: &&BillLine| {
            line.charge.resource == Resource::Heat
                && line.charge.part != ChargePart::DistributorCorrection
                && line.provider == provider
                && months.holds(line.period)
        };
        let issued = facts.bills.iter();
        for bill in issued.filter(|bill| bill.value.period < self.period) {
            for line in bill.value.lines.iter().filter(counts) {
                let sum = charged.checked_add(line.amount);
                charged = sum.map_err(|_| self.too_large())?;
                events.insert(bill.event);
            }
        }
        Ok((charged, events))
    }

    /// The line of an account: its part of the premises' new share, by what it was charged itself,
    /// less that.
    pub(crate) fn distributed(
        &self,
        plan: &DistributorCorrection,
        facts: &AccountFacts,
    ) -> Result<Option<ExplainedLine>, SettlementError> {
        let Some(counted) = plan.premises.get(&facts.premises) else {
            return Ok(None);
        };
        let (charged, events) = self.heating_charged(facts, plan.provider, plan.months)?;
        let due = formula_6(&plan.charged, &counted.units, &plan.counted)
            .and_then(|due| (due * Ratio::from(charged)).checked_div(&counted.charged));
        let due = due.map_err(|_| self.too_large())?;
        let amount = (&due - &Ratio::from(charged)).kopecks_half_up();
        let amount = amount.map_err(|_| self.too_large())?;
        if amount == Money::ZERO {
            return Ok(None);
        }
        let part = (Resource::Heat, ChargePart::DistributorCorrection);
        let formula = format!("{} − {charged} = {amount}", shown(&due));
        Ok(Some(ExplainedLine {
            line: self.correction_line(part, (plan.provider, amount), CLAUSE)?,
            because: plan
                .because
                .clone()
                .amount(amount)
                .events(events)
                .parts([counted.because.clone()])
                .parts([Explanation::new(
                    "settlement.distributor_share",
                    "доля помещения по распределителям за вычетом начисленного",
                )
                .formula(formula)
                .clause(CLAUSE)]),
        }))
    }
}
