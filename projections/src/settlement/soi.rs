//! The account of КР на СОИ: what the house meter tells of each month, what is carried over, what
//! the УК owes the РСО, and the yearly correction of what owners were charged (ПП 491 п. 29(3)).

use std::collections::BTreeSet;

use aggregates::account::bill::{BillLine, ChargePart};
use aggregates::building::arrangement::{Arrangement, ContractScope, ProviderRole};
use aggregates::ids::OrganisationId;
use aggregates::quantity::Money;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::common::BY_FACT;
use crate::settlement::facts::AccountFacts;
use crate::settlement::formulas::common::{carry_over_21, equal_part};
use crate::settlement::model::{
    CommonAccount, ExactVolume, ExplainedLine, HouseService, ProblemKind, SettlementError,
};
use crate::settlement::rates::unit_of;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{shown, shown_in};

/// What is due of the common part by the house meter, as closings record it.
const DUE: &str = "soi_due";
/// What of a negative month lowers the next ones.
const CARRIED: &str = "carried_over";
/// The common volume that was shared out.
const COMMON: &str = "common";
/// Owners decided that the correction goes into one bill.
const AT_ONCE: &str = "soi_correction_at_once";
const CLAUSE: &str = "ПП 491 п. 29(3)";
const MONTHS: u32 = 12;

/// A month whose charges are corrected.
#[derive(Clone, Debug)]
struct CorrectedMonth {
    period: Period,
    /// What was due for each unit that was charged.
    ratio: Ratio,
    events: Vec<EventAt>,
}

/// The correction of one resource as far as this period's bills carry it.
#[derive(Clone, Debug)]
pub(crate) struct CorrectionPlan {
    resource: Resource,
    provider: OrganisationId,
    months: Vec<CorrectedMonth>,
    /// Which part of how many.
    part: u32,
    of: u32,
    because: Explanation,
}

/// Volumes of the house for the account of a month.
pub(crate) struct Month<'m> {
    /// V_d less all premises; `None` where it is not known.
    pub(crate) difference: Option<&'m Ratio>,
    /// V_d.
    pub(crate) house: Option<&'m Ratio>,
    pub(crate) premises: &'m Ratio,
    /// N_ои · S_ои.
    pub(crate) norm: Option<&'m Ratio>,
    /// Whether the house meter was merely not read: between УК and РСО it counts as the norm.
    pub(crate) is_unread: bool,
}

impl Settling<'_> {
    /// The account of the month: what is due by the house meter, what is carried over, what the УК
    /// owes.
    pub(crate) fn common_account(
        &self,
        resource: Resource,
        arrangement: &Arrangement,
        month: &Month<'_>,
    ) -> Result<CommonAccount, SettlementError> {
        let unit = unit_of(resource);
        let carries = self.edition.negative_carries_over(self.last_day())?;
        let before = self
            .book
            .periods
            .volume(resource, self.period.previous(), CARRIED)
            .filter(|_| carries.value);
        let carried = before.map_or_else(Ratio::zero, |fact| Ratio::from(fact.value.1));
        let (due, carried_over) = match month.difference {
            Some(difference) if carries.value => {
                let (due, left) = carry_over_21(difference, &carried);
                (Some(due), left)
            }
            Some(difference) => (Some(difference.clone().max(Ratio::zero())), Ratio::zero()),
            None => (None, carried.clone()),
        };
        let owed = owed_to_supplier(arrangement, month, due.as_ref());
        let mut because = Explanation::new("settlement.soi", "объём КР на СОИ по ОДПУ")
            .clause("ПП 124 п. 21, 21(1)")
            .events(before.map(|fact| fact.event))
            .parts([rule_step("перенос отрицательного объёма", &carries)]);
        if let (Some(difference), Some(due)) = (month.difference, &due) {
            because = because.formula(format!(
                "{} − перенесено {} → {}, переносится {}",
                shown(difference),
                shown(&carried),
                shown(due),
                shown_in(&carried_over, unit)
            ));
        }
        let volume = |value: Ratio| ExactVolume::new(value, unit);
        Ok(CommonAccount {
            difference: month.difference.cloned().map(volume),
            due: due.map(volume),
            carried_over: volume(carried_over),
            owed_to_supplier: owed.map(volume),
            because,
        })
    }

    /// The mean month of the year before by the house meter; `None` where no month is on record.
    pub(crate) fn soi_average(&self, resource: Resource) -> Option<(Ratio, Explanation)> {
        let year = self.period.first_day().year() - 1;
        let months = months_of(year).into_iter();
        let known: Vec<_> = months
            .filter_map(|month| self.book.periods.volume(resource, month, DUE))
            .collect();
        let count = u32::try_from(known.len()).ok()?;
        let sum: Ratio = known.iter().map(|fact| Ratio::from(fact.value.1)).sum();
        let mean = sum.checked_div(&Ratio::from(count)).ok()?;
        let text = format!("среднемесячный объём КР на СОИ за {year} год, месяцев: {count}");
        let because = Explanation::new("settlement.soi_average", text)
            .formula(format!(
                "{} / {count} = {}",
                shown(&sum),
                shown_in(&mean, unit_of(resource))
            ))
            .clause("ПП 491 п. 29(2)")
            .events(known.iter().map(|fact| fact.event));
        Some((mean, because))
    }

    /// The corrections that the bills of this period carry.
    pub(crate) fn correction_plans(
        &mut self,
        services: &[HouseService],
    ) -> Result<Vec<CorrectionPlan>, SettlementError> {
        let mut plans = Vec::new();
        let of_soi = services.iter().filter(|service| {
            service.billed_here && service.common.part == Some(ChargePart::CommonProperty)
        });
        for service in of_soi {
            plans.extend(self.yearly(service)?);
            plans.extend(self.leaving(service)?);
        }
        Ok(plans)
    }

    /// The correction of the year before, from the month on that the rules name.
    fn yearly(&self, service: &HouseService) -> Result<Option<CorrectionPlan>, SettlementError> {
        let year = self.period.first_day().year() - 1;
        let is_told = |month: &Period| {
            let due = self.book.periods.volume(service.resource, *month, DUE);
            due.is_some()
        };
        // A rule that nothing hangs on is not asked: nobody need answer for it.
        if !months_of(year).iter().any(is_told) {
            return Ok(None);
        }
        let day = self.last_day();
        let first = self.edition.soi_correction_month(day)?;
        let in_parts = self.edition.soi_correction_in_parts(day)?;
        let month = self.period.first_day().month();
        if month < first.value || !(1..=MONTHS).contains(&first.value) {
            return Ok(None);
        }
        let at_once = self.book.house.decision_on(AT_ONCE, service.resource, day);
        let of = match in_parts.value && at_once.is_none() {
            true => MONTHS - first.value + 1,
            false => 1,
        };
        let months = self.corrected(service, &months_of(year))?;
        let part = month - first.value + 1;
        let text = format!("КР на СОИ за {year} год по ОДПУ, часть {part} из {of}");
        let because = Explanation::new("settlement.soi_year", text)
            .clause(CLAUSE)
            .events(at_once)
            .parts([
                rule_step("первый счёт с перерасчётом", &first),
                rule_step("равными частями", &in_parts),
            ]);
        Ok(self.plan(service, months, (part.min(of), of), because))
    }

    /// The correction of this year where the provider leaves with the end of the period.
    fn leaving(&self, service: &HouseService) -> Result<Option<CorrectionPlan>, SettlementError> {
        let next = self.period.next().first_day();
        let after = self.book.house.arrangement_on(service.resource, next);
        if after.is_some_and(|after| after.value.provider == service.provider) {
            return Ok(None);
        }
        let year = self.period.first_day().year();
        let mut months = months_of(year);
        months.retain(|month| *month <= self.period);
        let months = self.corrected(service, &months)?;
        let text = format!("КР на СОИ за {year} год по ОДПУ: исполнитель уходит");
        let because = Explanation::new("settlement.soi_leaving", text)
            .clause(CLAUSE)
            .events(after.map(|after| after.event));
        Ok(self.plan(service, months, (1, 1), because))
    }

    fn plan(
        &self,
        service: &HouseService,
        months: Vec<CorrectedMonth>,
        (part, of): (u32, u32),
        because: Explanation,
    ) -> Option<CorrectionPlan> {
        (!months.is_empty()).then_some(CorrectionPlan {
            resource: service.resource,
            provider: service.provider,
            months,
            part,
            of,
            because,
        })
    }

    /// Months of this provider that were charged otherwise than by the fact and whose fact is on
    /// record.
    fn corrected(
        &self,
        service: &HouseService,
        months: &[Period],
    ) -> Result<Vec<CorrectedMonth>, SettlementError> {
        let resource = service.resource;
        let mut found = Vec::new();
        for period in months {
            let day = period.last_day();
            let arrangement = self.book.house.arrangement_on(resource, day);
            let same = arrangement.is_some_and(|one| one.value.provider == service.provider);
            let by_fact = self
                .book
                .house
                .decision_on(BY_FACT, resource, day)
                .is_some();
            if !same || by_fact || !self.is_corrected(day)? {
                continue;
            }
            let (due, charged, events) = match *period == self.period {
                true => {
                    let account = service.account.as_ref();
                    let due = account.and_then(|account| account.due.as_ref());
                    let charged = service.common.volume.as_ref();
                    let values = due.zip(charged);
                    let Some((due, charged)) = values else {
                        continue;
                    };
                    (due.value.clone(), charged.value.clone(), Vec::new())
                }
                false => {
                    let volume = |kind| self.book.periods.volume(resource, *period, kind);
                    let Some((due, charged)) = volume(DUE).zip(volume(COMMON)) else {
                        continue;
                    };
                    let value = |fact: &crate::settlement::facts::Fact<_>| fact.event;
                    let events = vec![value(due)];
                    (
                        Ratio::from(due.value.1),
                        Ratio::from(charged.value.1),
                        events,
                    )
                }
            };
            let Ok(ratio) = due.checked_div(&charged) else {
                continue;
            };
            found.push(CorrectedMonth {
                period: *period,
                ratio,
                events,
            });
        }
        Ok(found)
    }

    /// Whether the charges of a month are corrected by the law of that month.
    fn is_corrected(&self, day: NaiveDate) -> Result<bool, SettlementError> {
        let period = Period::of_date(day).map_err(|_| SettlementError::OutOfCalendar)?;
        let edition = self.book.edition(period)?;
        Ok(edition.soi_corrected(day)?.value)
    }

    /// The corrections of one account: one line a resource.
    pub(crate) fn corrections(
        &self,
        plans: &[CorrectionPlan],
        facts: &AccountFacts,
        lines: &[ExplainedLine],
    ) -> Result<Vec<ExplainedLine>, SettlementError> {
        let mut found: Vec<ExplainedLine> = Vec::new();
        for plan in plans {
            let Some(line) = self.correction(plan, facts, lines)? else {
                continue;
            };
            let same = |known: &&mut ExplainedLine| known.line.charge == line.line.charge;
            match found.iter_mut().find(same) {
                // A provider that leaves owes the rest of the year before and its own months.
                Some(known) => {
                    let sum = known.line.amount.checked_add(line.line.amount);
                    known.line.amount = sum.map_err(|_| self.too_large())?;
                    known.because = known.because.clone().parts([line.because]);
                }
                None => found.push(line),
            }
        }
        Ok(found)
    }

    fn correction(
        &self,
        plan: &CorrectionPlan,
        facts: &AccountFacts,
        lines: &[ExplainedLine],
    ) -> Result<Option<ExplainedLine>, SettlementError> {
        let total_of = self.recalculation(plan, facts, lines)?;
        let Some((total, step)) = total_of else {
            return Ok(None);
        };
        let billed = self.billed_parts(plan, facts)?;
        let next = self.period.next().first_day();
        // Parts that are not billed yet stay with the account: one that is closed gets the rest.
        let is_last = plan.part == plan.of
            || facts.is_closed_by(next)
            || self.next_provider(plan.resource) != Some(plan.provider);
        let amount = match is_last {
            true => total.checked_sub(billed).map_err(|_| self.too_large())?,
            false => equal_part(total, plan.of),
        };
        if amount == Money::ZERO {
            return Ok(None);
        }
        let formula = match is_last {
            true => format!("{total} − {billed} = {amount}"),
            false => format!("{total} / {} → {amount}", plan.of),
        };
        let because = plan.because.clone().formula(formula).amount(amount);
        Ok(Some(ExplainedLine {
            line: self.correction_line(
                (plan.resource, ChargePart::CommonPropertyCorrection),
                (plan.provider, amount),
                CLAUSE,
            )?,
            because: because.parts([step]),
        }))
    }

    fn next_provider(&self, resource: Resource) -> Option<OrganisationId> {
        let next = self.period.next().first_day();
        let after = self.book.house.arrangement_on(resource, next)?;
        Some(after.value.provider)
    }

    /// What the months cost by the house meter, rounded once, less what was charged for them.
    fn recalculation(
        &self,
        plan: &CorrectionPlan,
        facts: &AccountFacts,
        lines: &[ExplainedLine],
    ) -> Result<Option<(Money, Explanation)>, SettlementError> {
        let mut fact = Ratio::zero();
        let mut charged = Money::ZERO;
        let mut events = BTreeSet::new();
        let is_charge = |line: &BillLine| {
            line.charge.resource == plan.resource && line.charge.part == ChargePart::CommonProperty
        };
        let issued = facts
            .bills
            .iter()
            .filter(|bill| bill.value.period < self.period);
        let issued = issued.flat_map(|bill| {
            let lines = bill.value.lines.iter();
            lines.map(|line| (line, Some(bill.event)))
        });
        let current = lines.iter().map(|line| (&line.line, None));
        for (line, event) in issued.chain(current).filter(|(line, _)| is_charge(line)) {
            let mut months = plan.months.iter();
            let Some(month) = months.find(|month| month.period == line.period) else {
                continue;
            };
            let exact = match (line.volume, line.price) {
                (Some(volume), Some(price)) => Ratio::from(volume) * Ratio::from(price),
                _ => Ratio::from(line.amount),
            };
            fact = fact + exact * &month.ratio;
            let sum = charged.checked_add(line.amount);
            charged = sum.map_err(|_| self.too_large())?;
            events.extend(event);
            events.extend(month.events.iter().copied());
        }
        if events.is_empty() && charged == Money::ZERO {
            return Ok(None);
        }
        let cost = fact.kopecks_half_up().map_err(|_| self.too_large())?;
        let total = cost.checked_sub(charged).map_err(|_| self.too_large())?;
        let text = "по ОДПУ за все месяцы − начислено";
        let step = Explanation::new("settlement.soi_recalculation", text)
            .formula(format!("{cost} − {charged} = {total}"))
            .amount(total)
            .events(events);
        Ok(Some((total, step)))
    }

    /// Parts of the year's correction that were billed before.
    fn billed_parts(
        &self,
        plan: &CorrectionPlan,
        facts: &AccountFacts,
    ) -> Result<Money, SettlementError> {
        let is_of_this_year = plan.months.iter().any(|month| month.period == self.period);
        if is_of_this_year {
            return Ok(Money::ZERO);
        }
        let year = self.period.first_day().year();
        let bills = facts
            .bills
            .iter()
            .filter(|bill| bill.value.period < self.period);
        let parts = bills.flat_map(|bill| &bill.value.lines).filter(|line| {
            line.charge.part == ChargePart::CommonPropertyCorrection
                && line.charge.resource == plan.resource
                && line.period.first_day().year() == year
        });
        parts
            .map(|line| line.amount)
            .try_fold(Money::ZERO, Money::checked_add)
            .map_err(|_| self.too_large())
    }

    /// Flags a month in which more was counted inside than came in.
    pub(crate) fn flag_negative(&mut self, resource: Resource, difference: &Ratio) {
        let text = format!(
            "помещения потребили больше, чем пришло в дом, на {}: проверьте показания",
            shown_in(&-difference.clone(), unit_of(resource))
        );
        let place = Place {
            resource: Some(resource),
            premises: None,
        };
        self.flag(ProblemKind::NegativeCommonPart, place, text, Vec::new());
    }
}

/// What the УК owes the РСО for the month, by what its contract covers (ПП 124 п. 21, 21(1)).
fn owed_to_supplier(
    arrangement: &Arrangement,
    month: &Month<'_>,
    due: Option<&Ratio>,
) -> Option<Ratio> {
    let covers = arrangement
        .contract
        .as_ref()
        .map(|contract| contract.covers);
    let covers = covers.unwrap_or(match arrangement.provider_role {
        ProviderRole::Manager => ContractScope::Utility,
        _ => ContractScope::CommonPropertyOnly,
    });
    let house = month.house.filter(|_| !month.is_unread);
    match covers {
        ContractScope::Utility => match house {
            Some(house) => Some(house.clone()),
            None => month.norm.map(|norm| month.premises + norm),
        },
        ContractScope::CommonPropertyOnly => match house.and(due) {
            Some(due) => Some(due.clone()),
            None => month.norm.cloned(),
        },
    }
}

/// The months of a year.
pub(crate) fn months_of(year: i32) -> Vec<Period> {
    let days = (1..=MONTHS).filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1));
    days.filter_map(|day| Period::of_date(day).ok()).collect()
}
