//! Heating and hot water that the house makes itself, by equipment that is common property (ПП 354
//! п. 54): what was used for them is paid, by area and by volume.
//!
//! What goes in is metered at points that stand in a scope of the resource used, named
//! `production_heat` or `production_hot_water`. It is no part of the common needs of the house.

use aggregates::account::bill::{ChargeKey, ChargePart, VolumeMethod};
use aggregates::building::event::Sign;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource;

use crate::balance::ScopeFact;
use crate::explanation::Explanation;
use crate::settlement::formulas::common::AreaShare;
use crate::settlement::formulas::production::{MadeWater, Used, formula_18, formula_20};
use crate::settlement::house::{HouseVolume, MOST_AREA_EVENTS};
use crate::settlement::model::{Charge, HouseService, ProblemKind, SettlementError, Severity};
use crate::settlement::rates::{PriceKey, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::rooms::Parting;
use crate::settlement::service::Serving;
use crate::settlement::settling::{Place, Settling, label};
use crate::settlement::spread::Spread;
use crate::settlement::units::{in_unit, shown, shown_in};

/// Scope of what heating is made of.
const OF_HEAT: &str = "production_heat";
/// Scope of what hot water is made of.
const OF_HOT_WATER: &str = "production_hot_water";
const CLAUSE_18: &str = "ПП 354 п. 54, прил. 2 ф. 18";
const CLAUSE_20: &str = "ПП 354 п. 54, прил. 2 ф. 20";

/// Whether a scope says what the house makes something of, and so is none of the house's input.
pub(super) fn is_production(scope: &ScopeFact) -> bool {
    matches!(scope.name.as_str(), OF_HEAT | OF_HOT_WATER)
}

fn scope_of(made: Resource) -> Option<&'static str> {
    match made {
        Resource::Heat => Some(OF_HEAT),
        Resource::HotWater => Some(OF_HOT_WATER),
        _ => None,
    }
}

/// What the production of a month cost.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// Volume and price of what was used, one a price, each volume in the unit of its price.
    used: Vec<(Ratio, Ratio)>,
    because: Explanation,
}

impl Made {
    fn used(&self) -> Vec<Used<'_>> {
        let used = self.used.iter();
        used.map(|(volume, price)| Used { volume, price }).collect()
    }
}

impl<'a> Settling<'a> {
    /// Scopes of what `made` is made of, with the resource that is used.
    fn production(&self, made: Resource) -> Vec<(Resource, &'a ScopeFact)> {
        let Some(name) = scope_of(made) else {
            return Vec::new();
        };
        let of = |resource: Resource| {
            let scopes = self.book.balance.scopes_on(self.last_day(), resource);
            let named = scopes.into_iter().filter(|one| one.name.as_str() == name);
            named
                .map(move |scope| (resource, scope))
                .collect::<Vec<_>>()
        };
        Resource::ALL.into_iter().flat_map(of).collect()
    }

    /// Whether the house makes the resource itself.
    pub(super) fn is_made_here(&self, made: Resource) -> bool {
        !self.production(made).is_empty()
    }

    /// V_кр: what of a resource is used to make heating and hot water, and why; `None` where a
    /// meter of it tells nothing.
    pub(super) fn used_for_production(
        &self,
        resource: Resource,
    ) -> Result<Option<(Ratio, Vec<Explanation>)>, SettlementError> {
        let mut sum = Ratio::zero();
        let mut steps = Vec::new();
        for made in [Resource::Heat, Resource::HotWater] {
            for (used, scope) in self.production(made) {
                if used != resource {
                    continue;
                }
                let Some((volume, because)) = self.metered_by(used, scope)? else {
                    return Ok(None);
                };
                sum = sum + volume;
                steps.push(because);
            }
        }
        Ok(Some((sum, steps)))
    }

    /// What the meters of a scope counted; `None` where one of them tells nothing.
    fn metered_by(
        &self,
        resource: Resource,
        scope: &ScopeFact,
    ) -> Result<Option<(Ratio, Explanation)>, SettlementError> {
        let unit = unit_of(resource);
        let mut sum = Ratio::zero();
        let mut parts = Vec::new();
        for member in &scope.house {
            let consumption = &self.book.balance.consumption;
            if !consumption.points.contains_key(&member.point) {
                return Ok(None);
            }
            let told = consumption.of_point(member.point, self.period)?;
            let Some(known) = told.value.volume.known() else {
                return Ok(None);
            };
            let amount = self.amount(known, unit)?;
            sum = match member.sign {
                Sign::Plus => sum + amount,
                Sign::Minus => sum - amount,
            };
            parts.push(told.because);
        }
        let text = format!("израсходовано на производство: {}", resource.title_ru());
        let because = Explanation::new("settlement.used_for_production", text)
            .formula(shown_in(&sum, unit))
            .events([scope.event])
            .parts(parts);
        Ok(Some((sum, because)))
    }

    /// What the production of the month cost; `None`, which is noted, where a meter or a price of
    /// it is missing. Cold water is paid by what each premises took of the hot.
    fn made(&mut self, serving: Serving<'a>) -> Result<Option<Made>, SettlementError> {
        let mut used = Vec::new();
        let mut steps = Vec::new();
        for (resource, scope) in self.production(serving.resource) {
            if serving.resource == Resource::HotWater && resource == Resource::ColdWater {
                continue;
            }
            let Some((volume, because)) = self.metered_by(resource, scope)? else {
                let text = format!(
                    "{}: неизвестно, сколько израсходовано на производство в доме ({}): снимите \
                     прибор",
                    serving.resource.title_ru(),
                    resource.title_ru()
                );
                self.not_made(serving, ProblemKind::NoBasis, text);
                return Ok(None);
            };
            let priced = self.priced_use(resource, &volume);
            if priced.is_empty() {
                let text = format!(
                    "{}: цена на израсходованный ресурс ({}) не внесена: добавьте тариф",
                    serving.resource.title_ru(),
                    resource.title_ru()
                );
                self.not_made(serving, ProblemKind::NoPrice, text);
                return Ok(None);
            }
            let terms: Vec<String> = priced
                .iter()
                .map(|(volume, price)| format!("{} · {}", shown(volume), shown(price)))
                .collect();
            let step = Explanation::new("settlement.production_cost", resource.title_ru());
            steps.push(step.formula(terms.join(" + ")).parts([because]));
            used.extend(priced);
        }
        let because = Explanation::new("settlement.production", "произведено в доме").parts(steps);
        Ok(Some(Made { used, because }))
    }

    fn not_made(&mut self, serving: Serving<'a>, kind: ProblemKind, text: String) {
        let place = Place {
            resource: Some(serving.resource),
            premises: None,
        };
        let severity = match serving.is_billed_here {
            true => Severity::Blocking,
            false => Severity::Flag,
        };
        self.note(severity, kind, place, text, Vec::new());
    }

    /// A volume by the prices of the population in the month, as much of it on each day.
    fn priced_use(&mut self, resource: Resource, volume: &Ratio) -> Vec<(Ratio, Ratio)> {
        let Some(payers) = self.prices.payers(resource, true, None) else {
            return Vec::new();
        };
        let key = PriceKey {
            resource,
            component: TariffComponent::Single,
            zone: None,
            payers,
        };
        let spread = Spread::new(volume, std::iter::empty(), &[], self.period);
        let spans = self.prices.spans(&key);
        let priced = spans.iter().filter_map(|span| {
            let rate = span.rows.first()?.price.rate;
            let within = spread.within(span.from, span.until());
            let within = in_unit(&within, unit_of(resource), rate.per())?;
            Some((within, Ratio::from(rate)))
        });
        priced.collect()
    }

    /// Heating made in the house: its cost by area (ф. 18).
    pub(super) fn made_heat(
        &mut self,
        serving: Serving<'a>,
        house: &HouseVolume,
    ) -> Result<HouseService, SettlementError> {
        let bare = self.bare_service(serving, house)?;
        if !self.is_heat_on() {
            return Ok(bare);
        }
        let Some(made) = self.made(serving)? else {
            return Ok(bare);
        };
        let total = self.total_area();
        let book = self.book;
        let whole = book
            .premises
            .iter()
            .filter(|(_, facts)| facts.part_of.is_none());
        let mut premises = Vec::new();
        for served in self.served(Resource::Heat, whole.map(|(id, _)| id)) {
            let Some(area) = served.facts.area.on(self.last_day()) else {
                self.no_area(served.id, served.facts, Resource::Heat);
                continue;
            };
            let own = Ratio::from(area.value);
            let share = AreaShare {
                area: &own,
                total_area: &total.area,
            };
            let amount = formula_18(&made.used(), share).map_err(|_| self.too_large())?;
            let because = Explanation::new("settlement.made_heat", "отопление, сделанное в доме")
                .formula(format!(
                    "стоимость · {} / {} = {} ₽",
                    shown(&own),
                    shown(&total.area),
                    shown(&amount)
                ))
                .clause(CLAUSE_18)
                .events([area.event, serving.arrangement.event])
                .events(total.events.iter().copied().take(MOST_AREA_EVENTS))
                .parts([made.because.clone()]);
            let charge = self.made_charge(
                serving,
                (TariffComponent::Single, CLAUSE_18),
                amount,
                because,
            )?;
            let mut of_premises = self.premises_of(served, None, vec![charge]);
            let parting = Parting {
                id: served.id,
                facts: served.facts,
                resource: Resource::Heat,
                own: None,
                relief: None,
            };
            self.part_rooms(&mut of_premises, &parting)?;
            premises.push(of_premises);
        }
        Ok(HouseService { premises, ..bare })
    }

    /// What hot water made in the house cost; `None` where it is not made here, and, noted, where
    /// its cost is not known.
    pub(super) fn made_water(
        &mut self,
        serving: Serving<'a>,
    ) -> Result<Option<Made>, SettlementError> {
        let is_made =
            serving.resource == Resource::HotWater && self.is_made_here(Resource::HotWater);
        match is_made {
            true => self.made(serving),
            false => Ok(None),
        }
    }

    /// The heat in the hot water of premises: its cost by volume (ф. 20), beside the cold water.
    pub(super) fn made_water_charge(
        &self,
        serving: Serving<'a>,
        made: &Made,
        (volume, all): (&Ratio, &Ratio),
    ) -> Result<Option<Charge>, SettlementError> {
        if all.is_zero() {
            return Ok(None);
        }
        let water = MadeWater {
            volume,
            all,
            water_price: &Ratio::zero(),
        };
        let amount = formula_20(&made.used(), &water).map_err(|_| self.too_large())?;
        let because = Explanation::new("settlement.made_water", "горячая вода, сделанная в доме")
            .formula(format!(
                "стоимость · {} / {} = {} ₽",
                shown(volume),
                shown(all),
                shown(&amount)
            ))
            .clause(CLAUSE_20)
            .events([serving.arrangement.event])
            .parts([made.because.clone()]);
        let key = (TariffComponent::HeatEnergy, CLAUSE_20);
        self.made_charge(serving, key, amount, because).map(Some)
    }

    fn made_charge(
        &self,
        serving: Serving<'a>,
        (component, clause): (TariffComponent, &'static str),
        amount: Ratio,
        because: Explanation,
    ) -> Result<Charge, SettlementError> {
        Ok(Charge {
            key: ChargeKey {
                resource: serving.resource,
                part: ChargePart::Individual,
                component,
                zone: None,
                from: self.period.first_day(),
            },
            days: self.period.days(),
            provider: serving.arrangement.value.provider,
            volume: None,
            method: VolumeMethod::Calculated,
            price: None,
            vat: None,
            multiplier: None,
            amount,
            clause: label(clause)?,
            because,
        })
    }
}
