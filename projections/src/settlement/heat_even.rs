//! Heating paid evenly through the year: the mean month of the year before (ПП 354 п. 42(1),
//! прил. 2 ф. 2(1), 3).
//!
//! The fact of a month is what the same engine tells of it for payment in the season: so every
//! formula of heating holds in the mean month and in the correction, and late readings reach both.

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::building::event::{BuildingAreaPurpose, HeatingPayment};
use aggregates::ids::PremisesId;
use aggregates::quantity::{Measure, Unit};
use aggregates::time::{Interval, Period};
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::Edition;
use crate::settlement::accounts::billed_here;
use crate::settlement::facts::{About, Fact};
use crate::settlement::fold::HouseBook;
use crate::settlement::formulas::heating::{
    HeatedHouse, HeatedPremises, SharedHeat, even_month_42_1, formula_2_1, formula_3, formula_3_6,
};
use crate::settlement::heat::{HEAT, HeatShared, HeatedArea, PremisesHeat, area_step};
use crate::settlement::model::{Charge, CommonBasis, HouseService, ProblemKind, SettlementError};
use crate::settlement::ratio::Ratio;
use crate::settlement::service::OwnOf;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::soi::months_of;
use crate::settlement::units::{in_unit, shown, shown_in};

/// What the house used for heating in a year, told from outside for a book that begins later.
pub const HEATING_OF_YEAR: &str = "heating_of_year";
const EVEN_CLAUSE: &str = "ПП 354 п. 42(1), прил. 2 ф. 3";
const EVEN_NORM_CLAUSE: &str = "ПП 354 прил. 2 ф. 2(1)";

/// A month of heating as the house meter tells it.
#[derive(Clone, Debug)]
pub(super) struct FactMonth {
    pub(super) period: Period,
    pub(super) edition: Edition,
    /// Гкал of every premises.
    pub(super) volumes: BTreeMap<PremisesId, Ratio>,
    /// What the house's own bills would carry.
    pub(super) charges: BTreeMap<PremisesId, Vec<Charge>>,
    pub(super) because: Explanation,
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

impl<'a> Settling<'a> {
    /// The choice by which heating of the period is paid evenly.
    pub(crate) fn even_payment(&self) -> Option<EventAt> {
        let chosen = self.chosen_evenly(self.period);
        chosen.filter(|_| !self.is_by_fact)
    }

    pub(super) fn chosen_evenly(&self, period: Period) -> Option<EventAt> {
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
    pub(super) fn fact_month(
        &mut self,
        period: Period,
    ) -> Result<Option<FactMonth>, SettlementError> {
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
