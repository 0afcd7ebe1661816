//! Heating paid evenly through the year: the mean month of the year before, and in the year after
//! the correction by the fact (ПП 354 п. 42(1), прил. 2 ф. 2(1), 3(4)).
//!
//! The fact of a month is what the same engine tells of it for payment in the season: so every
//! formula of heating holds in the mean month and in the correction, and late readings reach both.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{BillLine, ChargeKey, ChargePart, LineKind, VolumeMethod};
use aggregates::building::event::{BuildingAreaPurpose, HeatingPayment};
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::quantity::{Measure, Money, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::Edition;
use crate::settlement::accounts::billed_here;
use crate::settlement::facts::{About, AccountFacts, Fact};
use crate::settlement::fold::HouseBook;
use crate::settlement::formulas::heating::{
    HeatedHouse, HeatedPremises, SharedHeat, even_month_42_1, formula_2_1, formula_3, formula_3_4,
    formula_3_6,
};
use crate::settlement::heat::{HEAT, HeatShared, HeatedArea, PremisesHeat, area_step};
use crate::settlement::model::{
    Charge, CommonBasis, ExplainedLine, HouseService, ProblemKind, Settlement, SettlementError,
};
use crate::settlement::ratio::Ratio;
use crate::settlement::service::OwnOf;
use crate::settlement::settling::{Settling, label, rule_step};
use crate::settlement::soi::months_of;
use crate::settlement::units::{in_unit, shown, shown_in};

/// What the house used for heating in a year, told from outside for a book that begins later.
pub const HEATING_OF_YEAR: &str = "heating_of_year";
const CLAUSE: &str = "ПП 354 прил. 2 ф. 3(4)";
const EVEN_CLAUSE: &str = "ПП 354 п. 42(1), прил. 2 ф. 3";
const EVEN_NORM_CLAUSE: &str = "ПП 354 прил. 2 ф. 2(1)";

/// A month of heating as the house meter tells it.
#[derive(Clone, Debug)]
struct FactMonth {
    period: Period,
    edition: Edition,
    /// Гкал of every premises.
    volumes: BTreeMap<PremisesId, Ratio>,
    /// What the house's own bills would carry.
    charges: BTreeMap<PremisesId, Vec<Charge>>,
    because: Explanation,
}

/// The year's correction as the bills of this period carry it.
#[derive(Clone, Debug)]
pub(crate) struct HeatCorrection {
    provider: OrganisationId,
    months: Vec<FactMonth>,
    because: Explanation,
}

impl HouseBook {
    /// What the house used for heating in a year by somebody else's books: the base of even
    /// payment.
    pub(super) fn take_heat_of_year(&mut self, interval: Interval, value: Measure, at: EventAt) {
        let Some(zone) = self.zone() else {
            return;
        };
        let first = zone.local_date(interval.from());
        self.house
            .heat_of_years
            .insert(first.year(), Fact::new(value, at));
        if let Some(next) = NaiveDate::from_ymd_opt(first.year() + 1, 1, 1) {
            self.note_day(next, at, About::House(Some(Resource::Heat)));
        }
    }
}

impl HouseBook {
    /// Whether a month that was paid evenly is corrected by the fact in the closing of `closing` or
    /// was before: what it costs anew is in the correction and is not adjusted besides.
    pub(super) fn is_even_corrected(
        &self,
        settlement: &Settlement,
        closing: Period,
    ) -> Result<bool, SettlementError> {
        let service = settlement.service(Resource::Heat);
        let is_even = service.is_some_and(|one| one.common.basis == CommonBasis::Average);
        let (year, now) = (settlement.period.first_day().year(), closing.first_day());
        if !is_even || now.year() != year + 1 {
            return Ok(is_even && year + 1 < now.year());
        }
        let edition = self.edition(closing)?;
        let first = edition.heat_correction_month(closing.last_day())?;
        Ok(first.value <= now.month())
    }
}

/// Whether a line is the heating of a month, no correction of a year.
pub(super) fn is_heating(line: &BillLine) -> bool {
    line.charge.resource == Resource::Heat && line.charge.part != ChargePart::HeatingCorrection
}

impl<'a> Settling<'a> {
    /// The choice by which heating of the period is paid evenly.
    pub(crate) fn even_payment(&self) -> Option<EventAt> {
        let chosen = self.chosen_evenly(self.period);
        chosen.filter(|_| !self.is_by_fact)
    }

    fn chosen_evenly(&self, period: Period) -> Option<EventAt> {
        let chosen = self.book.house.payment.on(period.last_day())?;
        (chosen.value == HeatingPayment::Evenly).then_some(chosen.event)
    }

    /// A twelfth of the year before for every premises; without a year by the norm. `None` where
    /// there is neither, which is noted.
    pub(crate) fn share_evenly(
        &mut self,
        chosen: EventAt,
    ) -> Result<Option<HeatShared>, SettlementError> {
        let members = self.heated_areas();
        let year = self.period.first_day().year() - 1;
        if let Some(months) = self.year_by_fact(year)? {
            return self.mean_month(&members, year, &months, chosen).map(Some);
        }
        if let Some((total, told)) = self.year_from_outside(year) {
            let because = Explanation::new("settlement.heat_year", format!("тепло за {year} год"))
                .formula(shown_in(&total, Unit::Gigacalorie))
                .events([told, chosen]);
            let mean = even_month_42_1(&total).map_err(|_| self.too_large())?;
            return self.mean_by_area(&members, &mean, because).map(Some);
        }
        self.evenly_by_norm(&members, chosen)
    }

    /// Premises with an area; others are noted.
    fn heated_areas(&mut self) -> Vec<HeatedArea<'a>> {
        let day = self.last_day();
        let book = self.book;
        let mut areas = Vec::new();
        for (id, premises) in &book.premises {
            if premises.part_of.is_some() {
                continue;
            }
            let Some(area) = premises.area.on(day) else {
                self.no_area(*id, premises, Resource::Heat);
                continue;
            };
            let without = premises.without_heating_on(day);
            areas.push(HeatedArea {
                id: *id,
                area,
                is_own: without.is_some(),
                step: area_step(premises, area).events(without),
            });
        }
        areas
    }

    /// The twelve months of a year; `None` where one of them is not told by a house meter.
    fn year_by_fact(&mut self, year: i32) -> Result<Option<Vec<FactMonth>>, SettlementError> {
        let mut months = Vec::new();
        for period in months_of(year) {
            match self.fact_month(period)? {
                Some(month) => months.push(month),
                None => return Ok(None),
            }
        }
        Ok(Some(months))
    }

    /// Heating of a month as it would be charged in the season; `None` where no house meter tells
    /// it. A month without heating is told: as nothing.
    fn fact_month(&mut self, period: Period) -> Result<Option<FactMonth>, SettlementError> {
        let arrangement = self
            .book
            .house
            .arrangement_on(Resource::Heat, period.last_day());
        let Some(arrangement) = arrangement else {
            return Ok(None);
        };
        let edition = self.book.edition(period)?;
        let asked = edition.clone();
        let mut settling = Settling::new(self.book, period, &asked)?;
        settling.is_by_fact = true;
        let mut house = BTreeMap::new();
        house.insert(
            Resource::HotWater,
            settling.house_volume(Resource::HotWater)?,
        );
        let mut own = OwnOf::new();
        let service = settling.service(Resource::Heat, arrangement, &mut own, &mut house)?;
        let is_off = !settling.is_heat_on();
        let is_told = service.common.basis == CommonBasis::HouseMeter;
        if !is_off && !is_told {
            return Ok(None);
        }
        self.rules.extend(asked.asked().cloned());
        Ok(Some(FactMonth {
            period,
            volumes: volumes(&service),
            charges: charges(&service),
            because: of_month(&service, period),
            edition,
        }))
    }

    /// What somebody outside told of the year, Гкал.
    fn year_from_outside(&self, year: i32) -> Option<(Ratio, EventAt)> {
        let told = self.book.house.heat_of_years.get(&year)?;
        let measure = told.value;
        let total = in_unit(&Ratio::from(measure), measure.unit(), Unit::Gigacalorie)?;
        Some((total, told.event))
    }

    /// ΣV / 12 of every premises. Premises that are new have their part of the house by area.
    fn mean_month(
        &mut self,
        members: &[HeatedArea<'a>],
        year: i32,
        months: &[FactMonth],
        chosen: EventAt,
    ) -> Result<HeatShared, SettlementError> {
        let house: Ratio = months.iter().flat_map(|month| month.volumes.values()).sum();
        let text = format!("тепло за {year} год по месяцам");
        let because = Explanation::new("settlement.heat_year", text)
            .formula(shown_in(&house, Unit::Gigacalorie))
            .events([chosen])
            .parts(months.iter().map(|month| month.because.clone()));
        let mean = even_month_42_1(&house).map_err(|_| self.too_large())?;
        let mut shared = self.mean_by_area(members, &mean, because)?;
        for member in members {
            let told = months
                .iter()
                .filter_map(|month| month.volumes.get(&member.id));
            let told: Vec<&Ratio> = told.collect();
            let Some(heat) = shared.premises.get_mut(&member.id) else {
                continue;
            };
            if told.is_empty() {
                continue;
            }
            let sum: Ratio = told.into_iter().sum();
            heat.volume = even_month_42_1(&sum).map_err(|_| self.too_large())?;
            let formula = format!(
                "{} / 12 = {}",
                shown(&sum),
                shown_in(&heat.volume, Unit::Gigacalorie)
            );
            heat.because = even_step(member).formula(formula);
        }
        shared.consumed = shared.premises.values().map(|heat| &heat.volume).sum();
        Ok(shared)
    }

    /// The mean month of the house by area: ф. 3 where nobody has a meter.
    fn mean_by_area(
        &self,
        members: &[HeatedArea<'a>],
        mean: &Ratio,
        because: Explanation,
    ) -> Result<HeatShared, SettlementError> {
        let total = self.total_area().area;
        let common = self.house_area(BuildingAreaPurpose::CommonHeated);
        let common = common.map_or_else(Ratio::zero, |common| common.area);
        let area = |member: &HeatedArea<'_>| Ratio::from(member.area.value);
        let own_source: Ratio = members.iter().filter(|one| one.is_own).map(area).sum();
        let house = HeatedHouse {
            volume: mean,
            total_area: &total,
            common_area: &common,
            own_source_area: &own_source,
        };
        let heated = &total - &own_source;
        let inside = formula_3_6(&house, &heated).map_err(|_| self.too_large())?;
        let shared = SharedHeat {
            house: mean,
            premises: &inside,
            total_area: &total,
        };
        let mut premises = BTreeMap::new();
        for member in members {
            let area = area(member);
            let own = match member.is_own {
                true => Ratio::zero(),
                false => formula_3_6(&house, &area).map_err(|_| self.too_large())?,
            };
            let (volume, area) = (&own, &area);
            let volume = formula_3(&shared, &HeatedPremises { volume, area });
            let volume = volume.map_err(|_| self.too_large())?;
            let formula = format!(
                "V_d {} / мес., S_об {} → {}",
                shown_in(mean, Unit::Gigacalorie),
                shown(&total),
                shown_in(&volume, Unit::Gigacalorie)
            );
            let because = even_step(member).formula(formula);
            premises.insert(member.id, PremisesHeat { volume, because });
        }
        let formula = format!("V_d {} / мес.", shown_in(mean, Unit::Gigacalorie));
        Ok(HeatShared {
            clause: EVEN_CLAUSE,
            consumed: premises.values().map(|heat| &heat.volume).sum(),
            common: None,
            premises,
            basis: CommonBasis::Average,
            method: VolumeMethod::Average,
            because: Explanation::new("settlement.heat_even", "оплата равномерно в течение года")
                .formula(formula)
                .clause(EVEN_CLAUSE)
                .parts([because]),
        })
    }

    /// N · K, where the year before is not told.
    fn evenly_by_norm(
        &mut self,
        members: &[HeatedArea<'a>],
        chosen: EventAt,
    ) -> Result<Option<HeatShared>, SettlementError> {
        let edition = self.edition;
        let Ok(months) = edition.heating_months(self.last_day()) else {
            let text = "отопление оплачивается равномерно, за прошлый год тепло дома неизвестно, а \
                        число месяцев отопительного периода (K) не записано: внесите показания \
                        ОДПУ за прошлый год, годовой объём (`heating_of_year`) или правило дома \
                        `heating_months`";
            let severity = crate::settlement::model::Severity::Blocking;
            self.note(severity, ProblemKind::NoBasis, HEAT, text, vec![chosen]);
            return Ok(None);
        };
        let Some(mut shared) = self.heat_by_norm(members)? else {
            return Ok(None);
        };
        let rule = rule_step("месяцев отопительного периода", &months);
        for heat in shared.premises.values_mut() {
            let volume = formula_2_1(&heat.volume, months.value).map_err(|_| self.too_large())?;
            let formula = format!(
                "{} · {}/12 = {}",
                shown(&heat.volume),
                months.value,
                shown_in(&volume, Unit::Gigacalorie)
            );
            let step = Explanation::new("settlement.heat_norm_evenly", "норматив равномерно")
                .formula(formula)
                .clause(EVEN_NORM_CLAUSE)
                .parts([heat.because.clone(), rule.clone()]);
            *heat = PremisesHeat {
                volume,
                because: step,
            };
        }
        shared.consumed = shared.premises.values().map(|heat| &heat.volume).sum();
        shared.clause = EVEN_NORM_CLAUSE;
        shared.because = shared.because.events([chosen]);
        Ok(Some(shared))
    }

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
        even.retain(|month| self.is_even_of(*month, service.provider));
        // A rule that nothing hangs on is not asked.
        if even.is_empty() {
            return Ok(None);
        }
        let first = self.edition.heat_correction_month(self.last_day())?;
        if self.period.first_day().month() != first.value {
            return Ok(None);
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
            .clause(CLAUSE)
            .parts([rule_step("месяц корректировки", &first)]);
        Ok((!months.is_empty()).then_some(HeatCorrection {
            provider: service.provider,
            months,
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
            line: self.correction_line(plan.provider, amount)?,
            because: because
                .formula(format!("{} − {charged} = {amount}", shown(&fact)))
                .amount(amount)
                .events(events)
                .parts([by_fact]),
        }))
    }

    fn correction_line(
        &self,
        provider: OrganisationId,
        amount: Money,
    ) -> Result<BillLine, SettlementError> {
        Ok(BillLine {
            kind: LineKind::Charge,
            period: self.period,
            charge: ChargeKey {
                resource: Resource::Heat,
                part: ChargePart::HeatingCorrection,
                component: TariffComponent::Single,
                zone: None,
                from: self.period.first_day(),
            },
            provider,
            volume: None,
            method: VolumeMethod::HouseMeter,
            price: None,
            vat: None,
            multiplier: None,
            amount,
            clause: label(CLAUSE)?,
            caused_by: Vec::new(),
        })
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

fn even_step(member: &HeatedArea<'_>) -> Explanation {
    Explanation::new(
        "settlement.heat_even_share",
        "среднемесячное тепло помещения",
    )
    .clause(EVEN_CLAUSE)
    .parts([member.step.clone()])
}

fn volumes(service: &HouseService) -> BTreeMap<PremisesId, Ratio> {
    let premises = service.premises.iter();
    let told = premises.filter_map(|one| Some((one.premises, one.volume.as_ref()?.value.clone())));
    told.collect()
}

fn charges(service: &HouseService) -> BTreeMap<PremisesId, Vec<Charge>> {
    let billed = billed_here(std::slice::from_ref(service)).into_iter();
    billed
        .map(|(id, charges)| (id, charges.into_iter().cloned().collect()))
        .collect()
}

fn of_month(service: &HouseService, period: Period) -> Explanation {
    let volumes = service
        .premises
        .iter()
        .filter_map(|one| one.volume.as_ref());
    let sum: Ratio = volumes.map(|volume| &volume.value).sum();
    Explanation::new("settlement.heat_fact_month", period.title_ru())
        .formula(shown_in(&sum, Unit::Gigacalorie))
        .parts([service.because.clone()])
}
