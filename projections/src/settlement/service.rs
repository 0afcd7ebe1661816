//! One utility of the house: its arrangement, volumes, common part and the charges of premises.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{ChargePart, VolumeMethod};
use aggregates::building::arrangement::Arrangement;
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::quantity::Unit;
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::settlement::absence::Relief;
use crate::settlement::common::{Common, Consumed};
use crate::settlement::facts::{Fact, PremisesFacts};
use crate::settlement::formulas::common::{AreaShare, by_area};
use crate::settlement::house::{HouseArea, HouseVolume, MOST_AREA_EVENTS};
use crate::settlement::individual::{Individual, Own};
use crate::settlement::model::{
    Charge, CommonBasis, CommonPart, ExactVolume, HouseService, PremisesSettlement, SettlementError,
};
use crate::settlement::norms::Normed;
use crate::settlement::pricing::Priced;
use crate::settlement::rates::unit_of;
use crate::settlement::ratio::Ratio;
use crate::settlement::rooms::Parting;
use crate::settlement::settling::Settling;
use crate::settlement::spread::Dated;
use crate::settlement::units::{shown, shown_in};
use crate::text;

/// Own consumption of every premises, by resource.
pub(crate) type OwnOf = BTreeMap<Resource, BTreeMap<PremisesId, Own>>;

/// A service in the making.
#[derive(Clone, Copy)]
pub(super) struct Serving<'a> {
    pub(super) resource: Resource,
    pub(super) arrangement: &'a Fact<Arrangement>,
    pub(super) is_billed_here: bool,
}

/// Premises that a service is settled for.
#[derive(Clone, Copy)]
pub(super) struct Served<'a> {
    pub(super) id: PremisesId,
    pub(super) facts: &'a PremisesFacts,
    pub(super) billed_by: Option<OrganisationId>,
}

impl<'a> Settling<'a> {
    /// The service of a resource with an arrangement; `house` holds what came in of every resource
    /// settled before.
    pub(crate) fn service(
        &mut self,
        resource: Resource,
        arrangement: &'a Fact<Arrangement>,
        own: &mut OwnOf,
        house: &mut BTreeMap<Resource, HouseVolume>,
    ) -> Result<HouseService, SettlementError> {
        let biller = arrangement.value.biller;
        let serving = Serving {
            resource,
            arrangement,
            is_billed_here: self
                .book
                .house
                .bills_here(biller, resource, self.last_day()),
        };
        let consumed = self.consume(resource, own)?;
        let came_in = self.house_volume(resource)?;
        let service = match resource {
            Resource::Heat if self.is_made_here(Resource::Heat) => {
                self.made_heat(serving, &came_in)?
            }
            Resource::Heat => {
                let hot_water = house.get(&Resource::HotWater);
                self.heat(serving, &consumed, &came_in, hot_water)?
            }
            _ => self.shared_by_area(serving, &consumed, &came_in, own)?,
        };
        own.insert(resource, consumed);
        house.insert(resource, came_in);
        Ok(service)
    }

    /// What every premises consumed itself. Rooms are part of their flat.
    fn consume(
        &mut self,
        resource: Resource,
        own: &OwnOf,
    ) -> Result<BTreeMap<PremisesId, Own>, SettlementError> {
        let book = self.book;
        let mut consumed = BTreeMap::new();
        let is_idle_heat = resource == Resource::Heat && !self.is_heat_on();
        for (id, premises) in &book.premises {
            if premises.part_of.is_some() || is_idle_heat {
                continue;
            }
            let has_point = book.points.contains_key(&(*id, resource));
            let found = match resource {
                Resource::Sewage if !has_point && !self.is_sewage_normed(*id, premises, own) => {
                    self.sewage(*id, own)
                }
                _ => self.individual(*id, premises, resource)?,
            };
            consumed.insert(*id, found);
        }
        Ok(consumed)
    }

    /// Water, sewage, electricity, gas: own consumption and a part of the common one by area.
    fn shared_by_area(
        &mut self,
        serving: Serving<'a>,
        own: &BTreeMap<PremisesId, Own>,
        house: &HouseVolume,
        waters: &OwnOf,
    ) -> Result<HouseService, SettlementError> {
        let resource = serving.resource;
        let known = own.values().filter_map(Own::known);
        let sum: Ratio = known.map(|known| &known.volume).sum();
        let is_whole = !own.values().any(|own| matches!(own, Own::Unknown));
        let consumed = Consumed {
            sum: &sum,
            is_whole,
        };
        let common = match resource {
            Resource::Gas | Resource::Cooling => without_common(),
            _ => self.common(resource, &serving.arrangement.value, house, consumed)?,
        };
        let total = self.total_area();
        let made = self.made_water(serving)?;
        let mut premises = Vec::with_capacity(own.len());
        let mut steps = Vec::with_capacity(own.len());
        for served in self.served(resource, own.keys()) {
            let known = own.get(&served.id).and_then(Own::known);
            let mut charges = Vec::new();
            let mut relief = None;
            if let Some(known) = known {
                charges = self.own_charges(serving, served, known)?;
                if let Some(made) = &made {
                    let volumes = (&known.volume, &sum);
                    charges.extend(self.made_water_charge(serving, made, volumes)?);
                }
                relief = self.relief(normed(serving, served), known, waters)?;
                charges.extend(self.relief_charges(serving, served, relief.as_ref())?);
            }
            charges.extend(self.interference_charges(serving, served)?);
            charges.extend(self.common_charges(serving, served, &common, &total)?);
            if known.is_none() && charges.is_empty() {
                continue;
            }
            steps.extend(known.map(|known| premises_step(served, &known.volume, known)));
            let mut of_premises = self.premises_of(served, known, charges);
            let parting = Parting {
                relief: relief.as_ref(),
                ..parting(serving, served, known)
            };
            self.part_rooms(&mut of_premises, &parting)?;
            premises.push(of_premises);
        }
        let title = format!("{}, {}", resource.title_ru(), self.period.title_ru());
        let because = Explanation::new("settlement.service", title)
            .formula(format!("помещения: {}", shown_in(&sum, unit_of(resource))))
            .events([serving.arrangement.event])
            .parts((common.part.basis != CommonBasis::HouseMeter).then(|| house.because.clone()))
            .parts(common.because)
            .parts([Explanation::new("settlement.premises", "по помещениям").parts(steps)]);
        Ok(HouseService {
            consumed: Some(ExactVolume::new(sum, unit_of(resource))),
            common: common.part,
            account: common.account,
            premises,
            because,
            ..self.bare_service(serving, house)?
        })
    }

    fn heat(
        &mut self,
        serving: Serving<'a>,
        own: &BTreeMap<PremisesId, Own>,
        house: &HouseVolume,
        hot_water: Option<&HouseVolume>,
    ) -> Result<HouseService, SettlementError> {
        let bare = self.bare_service(serving, house)?;
        // Nothing was asked of the premises where no heat is charged.
        let shared = match (self.even_payment(), own.is_empty()) {
            (Some(chosen), _) => self.share_evenly(chosen)?,
            (None, true) => None,
            (None, false) => self.share_heat(house, hot_water, own)?,
        };
        let Some(shared) = shared else {
            return Ok(bare);
        };
        let mut premises = Vec::with_capacity(shared.premises.len());
        for served in self.served(Resource::Heat, shared.premises.keys()) {
            let Some(heat) = shared.premises.get(&served.id) else {
                continue;
            };
            let priced = Priced {
                volume: heat.volume.clone(),
                unit: Unit::Gigacalorie,
                method: shared.method,
                clause: shared.clause,
                because: heat.because.clone(),
                ..self.unpriced(serving, served)
            };
            let charges = self.price(&priced)?;
            let mut of_premises = PremisesSettlement {
                volume: Some(ExactVolume::new(heat.volume.clone(), Unit::Gigacalorie)),
                method: Some(shared.method),
                ..self.premises_of(served, None, charges)
            };
            self.part_rooms(&mut of_premises, &parting(serving, served, None))?;
            premises.push(of_premises);
        }
        let unit = Unit::Gigacalorie;
        Ok(HouseService {
            consumed: Some(ExactVolume::new(shared.consumed, unit)),
            common: CommonPart {
                part: None,
                basis: shared.basis,
                volume: shared.common.map(|left| ExactVolume::new(left, unit)),
                borne_by_provider: None,
            },
            premises,
            because: shared.because.events([serving.arrangement.event]),
            ..bare
        })
    }

    /// Premises in the order of their numbers, with who bills them.
    pub(super) fn served<'k>(
        &self,
        resource: Resource,
        ids: impl Iterator<Item = &'k PremisesId>,
    ) -> Vec<Served<'a>> {
        let day = self.last_day();
        let book = self.book;
        let mut served: Vec<Served<'a>> = ids
            .filter_map(|id| {
                let facts = book.premises.get(id)?;
                let separate = facts.separate.get(&resource);
                let billed_by = separate
                    .and_then(|rows| rows.on(day))
                    .map(|fact| fact.value);
                Some(Served {
                    id: *id,
                    facts,
                    billed_by,
                })
            })
            .collect();
        served.sort_by_cached_key(|one| text::natural(one.facts.number.as_str()));
        served
    }

    /// What an absence takes off, as a credit beside the charge by the norm.
    fn relief_charges(
        &mut self,
        serving: Serving<'a>,
        served: Served<'a>,
        relief: Option<&Relief>,
    ) -> Result<Vec<Charge>, SettlementError> {
        let Some(relief) = relief else {
            return Ok(Vec::new());
        };
        let of_day = |(day, volume): (&NaiveDate, &Ratio)| Dated {
            days: vec![*day],
            register: None,
            counts: true,
            is_multiplied: false,
            is_refused_twice: false,
            volume: -volume.clone(),
        };
        let priced = Priced {
            part: ChargePart::Absence,
            volume: -relief.volume.clone(),
            unit: relief.unit,
            method: VolumeMethod::Norm,
            dated: relief.by_day.iter().map(of_day).collect(),
            clause: "ПП 354 п. 86, 90",
            because: relief.because(),
            ..self.unpriced(serving, served)
        };
        self.price(&priced)
    }

    fn common_charges(
        &mut self,
        serving: Serving<'a>,
        served: Served<'a>,
        common: &Common,
        total: &HouseArea,
    ) -> Result<Vec<Charge>, SettlementError> {
        let found = common.part.part.zip(common.part.volume.as_ref());
        let Some((part, house)) = found.filter(|(_, house)| !house.value.is_zero()) else {
            return Ok(Vec::new());
        };
        let Some(area) = served.facts.area.on(self.last_day()) else {
            self.no_area(served.id, served.facts, serving.resource);
            return Ok(Vec::new());
        };
        let own = Ratio::from(area.value);
        let share = AreaShare {
            area: &own,
            total_area: &total.area,
        };
        let volume = by_area(&house.value, share).map_err(|_| self.too_large())?;
        let formula = format!(
            "{} · {} / {} = {}",
            shown(&house.value),
            shown(&own),
            shown(&total.area),
            shown_in(&volume, house.unit)
        );
        let because = Explanation::new("settlement.area_share", "доля помещения по площади")
            .formula(formula)
            .events([area.event])
            .events(total.events.iter().copied().take(MOST_AREA_EVENTS))
            .parts(common.because.clone());
        let priced = Priced {
            part,
            volume,
            unit: house.unit,
            method: match common.part.basis {
                CommonBasis::HouseMeter => VolumeMethod::HouseMeter,
                CommonBasis::Average => VolumeMethod::Average,
                CommonBasis::Norm | CommonBasis::None => VolumeMethod::CommonNorm,
            },
            clause: common.clause,
            because,
            ..self.unpriced(serving, served)
        };
        self.price(&priced)
    }

    /// What every volume of a service that is to be priced has in common.
    pub(super) fn unpriced(&self, serving: Serving<'a>, served: Served<'a>) -> Priced<'a> {
        Priced {
            premises: served.id,
            facts: served.facts,
            resource: serving.resource,
            part: ChargePart::Individual,
            provider: serving.arrangement.value.provider,
            is_billed_here: serving.is_billed_here && served.billed_by.is_none(),
            volume: Ratio::zero(),
            unit: unit_of(serving.resource),
            method: VolumeMethod::Meter,
            registers: BTreeMap::<Code, Ratio>::new(),
            dated: Vec::new(),
            bare: Vec::new(),
            handovers: BTreeSet::new(),
            multiplied: Ratio::zero(),
            is_refused_twice: false,
            clause: "",
            because: Explanation::new("settlement.volume", ""),
            arrangement: serving.arrangement.event,
        }
    }

    pub(super) fn premises_of(
        &self,
        served: Served<'a>,
        own: Option<&Individual>,
        charges: Vec<Charge>,
    ) -> PremisesSettlement {
        PremisesSettlement {
            premises: served.id,
            number: served.facts.number.clone(),
            kind: served.facts.kind_on(self.last_day()).value,
            billed_by: served.billed_by,
            volume: own.map(|own| ExactVolume::new(own.volume.clone(), own.unit)),
            method: own.map(|own| own.method),
            charges,
            rooms: Vec::new(),
        }
    }

    pub(super) fn bare_service(
        &self,
        serving: Serving<'a>,
        house: &HouseVolume,
    ) -> Result<HouseService, SettlementError> {
        let arrangement = &serving.arrangement.value;
        let title = format!(
            "{}, {}",
            serving.resource.title_ru(),
            self.period.title_ru()
        );
        Ok(HouseService {
            resource: serving.resource,
            provider: arrangement.provider,
            biller: arrangement.biller,
            billed_here: serving.is_billed_here,
            arrangement: serving.arrangement.event,
            unit: unit_of(serving.resource),
            house: house.told(self.period)?,
            consumed: None,
            common: without_common().part,
            account: None,
            premises: Vec::new(),
            because: Explanation::new("settlement.service", title)
                .events([serving.arrangement.event])
                .parts([house.because.clone()]),
        })
    }
}

fn normed<'a>(serving: Serving<'a>, served: Served<'a>) -> Normed<'a> {
    Normed {
        id: served.id,
        facts: served.facts,
        resource: serving.resource,
    }
}

fn parting<'a, 'p>(
    serving: Serving<'a>,
    served: Served<'a>,
    own: Option<&'p Individual>,
) -> Parting<'a, 'p> {
    Parting {
        id: served.id,
        facts: served.facts,
        resource: serving.resource,
        own,
        relief: None,
    }
}

pub(super) fn clause_of(resource: Resource, own: &Individual) -> &'static str {
    let with_multiplier = !own.multiplied.is_zero();
    match own.method {
        _ if resource == Resource::HotWater && with_multiplier => "ПП 354 прил. 2 ф. 4(1), 23(1)",
        VolumeMethod::Sum => "ПП 354 п. 42, прил. 2 ф. 4",
        VolumeMethod::Average => "ПП 354 п. 59, прил. 2 ф. 1",
        VolumeMethod::Norm if own.is_refused_twice => "ПП 354 п. 60(3), прил. 2 ф. 1",
        VolumeMethod::Norm if own.is_metered => "ПП 354 п. 60, прил. 2 ф. 1",
        VolumeMethod::Norm if resource == Resource::Gas => "ПП 354 прил. 2 ф. 5",
        VolumeMethod::Norm if with_multiplier => "ПП 354 прил. 2 ф. 4(1)",
        VolumeMethod::Norm => "ПП 354 прил. 2 ф. 4",
        _ => "ПП 354 прил. 2 ф. 1",
    }
}

fn premises_step(served: Served<'_>, volume: &Ratio, own: &Individual) -> Explanation {
    Explanation::new(
        "settlement.premises_volume",
        format!("пом. {}", served.facts.number),
    )
    .formula(shown_in(volume, own.unit))
    .parts([own.because.clone()])
}

fn without_common() -> Common {
    Common {
        part: CommonPart {
            part: None,
            basis: CommonBasis::None,
            volume: None,
            borne_by_provider: None,
        },
        clause: "",
        because: None,
        account: None,
    }
}
