//! The yearly correction of heating that was paid evenly (ПП 354 п. 42(1), прил. 2 ф. 3(4)).

use std::collections::BTreeSet;

use aggregates::account::bill::{BillLine, ChargePart, VolumeMethod};
use aggregates::ids::OrganisationId;
use aggregates::quantity::Money;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::Datelike;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::AccountFacts;
use crate::settlement::fold::HouseBook;
use crate::settlement::formulas::heating::formula_3_4;
use crate::settlement::heat::HEAT;
use crate::settlement::heat_even::FactMonth;
use crate::settlement::model::{
    CommonBasis, ExplainedLine, HouseService, ProblemKind, Settlement, SettlementError,
};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::soi::months_of;
use crate::settlement::units::shown;

const CLAUSE: &str = "ПП 354 прил. 2 ф. 3(4)";
/// The same correction of years before 2019, when ПП 1708 gave it another number.
const CLAUSE_BEFORE_2019: &str = "ПП 354 прил. 2 ф. 3(2), ред. до 01.01.2019";

/// The formula by which a year is corrected.
fn clause_of(year: i32) -> &'static str {
    match year < 2019 {
        true => CLAUSE_BEFORE_2019,
        false => CLAUSE,
    }
}

/// The year's correction as the bills of this period carry it.
#[derive(Clone, Debug)]
pub(crate) struct HeatCorrection {
    provider: OrganisationId,
    months: Vec<FactMonth>,
    clause: &'static str,
    because: Explanation,
}

impl HouseBook {
    /// Whether a month that was paid evenly is corrected by the fact in the closing of `closing` or
    /// was before: what it costs anew is in the correction and is not adjusted besides. A month of
    /// another provider, and one whose fact nobody knows, are in no correction.
    pub(super) fn is_even_corrected(
        &self,
        settlement: &Settlement,
        closing: Period,
    ) -> Result<bool, SettlementError> {
        let service = settlement.service(Resource::Heat);
        let is_even = service.is_some_and(|one| one.common.basis == CommonBasis::Average);
        let (year, now) = (settlement.period.first_day().year(), closing.first_day());
        if !is_even || now.year() <= year {
            return Ok(false);
        }
        let edition = self.edition(closing)?;
        let first = edition.heat_correction_month(closing.last_day())?;
        if now.year() == year + 1 && now.month() < first.value {
            return Ok(false);
        }
        let corrected_in = Period::new(year + 1, first.value);
        let corrected_in = corrected_in.map_err(|_| SettlementError::OutOfCalendar)?;
        let arranged = |day| self.house.arrangement_on(Resource::Heat, day);
        let provider = arranged(corrected_in.last_day()).map(|fact| fact.value.provider);
        let mut settling = Settling::new(self, closing, &edition)?;
        let is_of = provider.is_some_and(|by| settling.is_even_of(settlement.period, by));
        Ok(is_of && settling.fact_month(settlement.period)?.is_some())
    }
}

/// Whether a line is the heating of a month, no correction of a year.
pub(super) fn is_heating(line: &BillLine) -> bool {
    line.charge.resource == Resource::Heat && line.charge.part != ChargePart::HeatingCorrection
}

impl Settling<'_> {
    /// The correction of the year before, in the month that the rules name.
    pub(crate) fn heat_correction(
        &mut self,
        services: &[HouseService],
    ) -> Result<Option<HeatCorrection>, SettlementError> {
        let mut billed = services.iter().filter(|service| service.billed_here);
        let Some(service) = billed.find(|service| service.resource == Resource::Heat) else {
            return Ok(None);
        };
        let year = self.period.first_day().year() - 1;
        let mut even = months_of(year);
        even.retain(|month| self.chosen_evenly(*month).is_some());
        // A rule that nothing hangs on is not asked.
        if even.is_empty() {
            return Ok(None);
        }
        let first = self.edition.heat_correction_month(self.last_day())?;
        if self.period.first_day().month() != first.value {
            return Ok(None);
        }
        let (even, others): (Vec<_>, Vec<_>) = even
            .into_iter()
            .partition(|month| self.is_even_of(*month, service.provider));
        for month in others {
            self.not_ours(month);
        }
        let mut months = Vec::new();
        for period in even {
            match self.fact_month(period)? {
                Some(month) => months.push(month),
                None => self.not_corrected(period),
            }
        }
        let text = format!("отопление за {year} год по показаниям ОДПУ");
        let because = Explanation::new("settlement.heat_correction", text)
            .clause(clause_of(year))
            .parts([rule_step("месяц корректировки", &first)]);
        Ok((!months.is_empty()).then_some(HeatCorrection {
            provider: service.provider,
            months,
            clause: clause_of(year),
            because,
        }))
    }

    /// Whether a month was paid evenly to this provider.
    fn is_even_of(&self, month: Period, provider: OrganisationId) -> bool {
        let arranged = self
            .book
            .house
            .arrangement_on(Resource::Heat, month.last_day());
        let is_of = arranged.is_some_and(|arranged| arranged.value.provider == provider);
        is_of && self.chosen_evenly(month).is_some()
    }

    /// A month that was paid evenly to another provider is that one's to correct.
    fn not_ours(&mut self, month: Period) {
        let arranged = self
            .book
            .house
            .arrangement_on(Resource::Heat, month.last_day());
        let Some(arranged) = arranged else {
            return;
        };
        let text = format!(
            "{}: отопление оплачено равномерно другому исполнителю, здесь месяц не \
             корректируется: корректировку даёт он",
            month.title_ru()
        );
        self.flag(ProblemKind::EvenHeating, HEAT, text, vec![arranged.event]);
    }

    /// A house without a meter is not corrected; one whose meter tells nothing is looked at.
    fn not_corrected(&mut self, period: Period) {
        let bills = self.book.accounts.values().flat_map(|facts| &facts.bills);
        let mut lines = bills.flat_map(|bill| &bill.value.lines);
        let is_by_norm = lines.any(|line| {
            line.charge.resource == Resource::Heat
                && line.period == period
                && line.method == VolumeMethod::Norm
        });
        if is_by_norm {
            return;
        }
        let text = format!(
            "{}: тепло дома по ОДПУ неизвестно, поэтому месяц не корректируется",
            period.title_ru()
        );
        self.flag(ProblemKind::EvenHeating, HEAT, text, Vec::new());
    }

    /// The line of an account that held some of the months.
    pub(crate) fn heat_corrected(
        &self,
        plan: &HeatCorrection,
        facts: &AccountFacts,
    ) -> Result<Option<ExplainedLine>, SettlementError> {
        let mut fact = Ratio::zero();
        let mut steps = Vec::new();
        for month in &plan.months {
            let cost = self.cost_of(month, facts)?;
            if !cost.is_zero() {
                let text = month.period.title_ru();
                let step = Explanation::new("settlement.heat_month", text);
                steps.push(step.formula(format!("{} ₽", shown(&cost))));
            }
            fact = fact + cost;
        }
        let (charged, events) = self.charged_for(plan, facts)?;
        if events.is_empty() && fact.is_zero() {
            return Ok(None);
        }
        let amount = formula_3_4(&fact, charged).map_err(|_| self.too_large())?;
        if amount == Money::ZERO {
            return Ok(None);
        }
        let by_fact = Explanation::new("settlement.heat_fact", "по показаниям ОДПУ за все месяцы")
            .formula(format!("{} ₽", shown(&fact)))
            .parts(steps)
            .parts(plan.months.iter().map(|month| month.because.clone()));
        let because = plan.because.clone();
        Ok(Some(ExplainedLine {
            line: self.correction_line(
                (Resource::Heat, ChargePart::HeatingCorrection),
                (plan.provider, amount),
                plan.clause,
            )?,
            because: because
                .formula(format!("{} − {charged} = {amount}", shown(&fact)))
                .amount(amount)
                .events(events)
                .parts([by_fact]),
        }))
    }

    /// What a month costs the account by the fact: its part of each charge on the days it was
    /// held, roubles, exact.
    fn cost_of(&self, month: &FactMonth, facts: &AccountFacts) -> Result<Ratio, SettlementError> {
        let settling = Settling::new(self.book, month.period, &month.edition)?;
        let held = settling.held(facts);
        let mut cost = Ratio::zero();
        for charge in month.charges.get(&facts.premises).into_iter().flatten() {
            let part = &charge.amount * settling.factor(&held, charge.key.from, charge.days)?;
            let on_top = charge.vat.filter(|vat| !vat.included);
            // НДС on top of the price, a hundredth a per cent.
            let tax = on_top.map(|vat| {
                let percents = &part * Ratio::from(vat.percent.value());
                percents.checked_div(&Ratio::from(100_u32))
            });
            let tax = tax.transpose().map_err(|_| self.too_large())?;
            cost = cost + part + tax.unwrap_or_else(Ratio::zero);
        }
        Ok(cost)
    }

    /// What was billed to the account for the months, with the bills.
    fn charged_for(
        &self,
        plan: &HeatCorrection,
        facts: &AccountFacts,
    ) -> Result<(Money, BTreeSet<EventAt>), SettlementError> {
        let mut charged = Money::ZERO;
        let mut events = BTreeSet::new();
        let of_months = |line: &&BillLine| {
            let mut months = plan.months.iter();
            is_heating(line) && months.any(|month| month.period == line.period)
        };
        let issued = facts
            .bills
            .iter()
            .filter(|bill| bill.value.period < self.period);
        for bill in issued {
            for line in bill.value.lines.iter().filter(of_months) {
                let sum = charged.checked_add(line.amount);
                charged = sum.map_err(|_| self.too_large())?;
                events.insert(bill.event);
            }
        }
        Ok((charged, events))
    }
}

#[cfg(test)]
mod tests {
    use super::clause_of;

    #[test]
    fn years_before_2019_are_corrected_by_the_formula_of_their_edition() {
        assert!(clause_of(2018).contains("ф. 3(2)"));
        assert!(clause_of(2019).contains("ф. 3(4)"));
    }
}
