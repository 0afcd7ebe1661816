//! Heating paid in the heating season (ПП 354 п. 42(1), прил. 2 ф. 2, 3, 3(1), 3(3)).

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::building::event::BuildingAreaPurpose;
use aggregates::ids::PremisesId;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::rules::NegativeVolume;
use crate::settlement::facts::{Area, PremisesFacts};
use crate::settlement::formulas::heating::{
    HeatedHouse, HeatedPremises, HouseHeat, MeteredPremises, SharedHeat, formula_3, formula_3_6,
    formula_3_7, heat_less_hot_water,
};
use crate::settlement::heat_gaps::{HeatShare, UnreadMeters};
use crate::settlement::house::{HouseArea, HouseVolume, MOST_AREA_EVENTS};
use crate::settlement::individual::Own;
use crate::settlement::model::{CommonBasis, ProblemKind, SettlementError, Severity};
use crate::settlement::rates::NormOf;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{decimal_in, in_unit, shown, shown_in};

/// The heat meter of the house counts the hot water too.
const INCLUDES_HOT_WATER: &str = "heat_meter_includes_hot_water";
pub(crate) const HEAT: Place<'static> = Place {
    resource: Some(Resource::Heat),
    premises: None,
};

/// The heat of premises.
#[derive(Clone, Debug)]
pub(crate) struct PremisesHeat {
    /// The whole volume that is charged, Гкал.
    pub(crate) volume: Ratio,
    pub(crate) because: Explanation,
}

/// The heat of the house, shared out.
#[derive(Clone, Debug)]
pub(crate) struct HeatShared {
    pub(crate) clause: &'static str,
    /// ΣV_i.
    pub(crate) consumed: Ratio,
    /// V_d − ΣV_i; `None` where there is no house meter.
    pub(crate) common: Option<Ratio>,
    pub(crate) premises: BTreeMap<PremisesId, PremisesHeat>,
    pub(crate) basis: CommonBasis,
    pub(crate) method: VolumeMethod,
    pub(crate) because: Explanation,
}

/// Premises with what heat is shared out by.
struct Member<'a> {
    id: PremisesId,
    area: &'a Area,
    /// By the meter; `None` without one.
    metered: Option<(Ratio, Explanation)>,
    /// Meters without a reading, which the volume is recorded for.
    unread: UnreadMeters<'a>,
    /// No heating from the house.
    is_own: bool,
    step: Explanation,
}

impl<'a> Member<'a> {
    fn place(&self) -> HeatedArea<'a> {
        HeatedArea {
            id: self.id,
            area: self.area,
            is_own: self.is_own,
            step: self.step.clone(),
        }
    }

    fn metered_volume(&self) -> Option<&Ratio> {
        self.metered.as_ref().map(|(volume, _)| volume)
    }
}

/// Who has a heat meter, and with it which of the formulas applies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metering {
    /// Ф. 3.
    Nobody,
    /// Ф. 3(1).
    Part,
    /// Ф. 3(3).
    Everybody,
}

impl Metering {
    fn of(members: &[Member<'_>]) -> Self {
        let mut heated = members.iter().filter(|member| !member.is_own);
        match members.iter().any(|member| member.metered.is_some()) {
            false => Self::Nobody,
            true if heated.all(|member| member.metered.is_some()) => Self::Everybody,
            true => Self::Part,
        }
    }

    fn clause(self) -> &'static str {
        match self {
            Self::Nobody => "ПП 354 прил. 2 ф. 3, 3(6)",
            Self::Part => "ПП 354 прил. 2 ф. 3(1), 3(7)",
            Self::Everybody => "ПП 354 прил. 2 ф. 3(3)",
        }
    }
}

/// The areas that heat is shared out by, м².
struct Areas {
    total: Ratio,
    common: Ratio,
    own_source: Ratio,
    metered: Ratio,
    /// Heated premises without a meter. Those that are not on record are a part of S_об and have
    /// their V_i all the same.
    unmetered: Ratio,
}

impl Areas {
    fn of(members: &[Member<'_>], total: &HouseArea, common: Option<&HouseArea>) -> Self {
        let sum_of = |counts: fn(&Member<'_>) -> bool| -> Ratio {
            let counted = members.iter().filter(|member| counts(member));
            counted.map(|member| Ratio::from(member.area.value)).sum()
        };
        let own_source = sum_of(|member| member.is_own);
        let metered = sum_of(|member| member.metered.is_some());
        let recorded = sum_of(|member| !member.is_own && member.metered.is_none());
        Self {
            unmetered: (&total.area - &own_source - &metered).max(recorded),
            total: total.area.clone(),
            common: common.map_or_else(Ratio::zero, |common| common.area.clone()),
            own_source,
            metered,
        }
    }

    fn house<'h>(&'h self, volume: &'h Ratio) -> HeatedHouse<'h> {
        HeatedHouse {
            volume,
            total_area: &self.total,
            common_area: &self.common,
            own_source_area: &self.own_source,
        }
    }
}

impl<'a> Settling<'a> {
    /// Whether anything is consumed by the heat meters of premises in the period.
    pub(crate) fn is_heat_on(&self) -> bool {
        self.is_heated_in(self.period) != Some(false)
    }

    /// Shares the heat of the house out among its premises; `None` where there is no basis, which
    /// is noted.
    pub(crate) fn share_heat(
        &mut self,
        house: &HouseVolume,
        hot_water: Option<&HouseVolume>,
        own: &BTreeMap<PremisesId, Own>,
    ) -> Result<Option<HeatShared>, SettlementError> {
        let members = self.heated(own)?;
        if !house.is_metered {
            let premises: Vec<HeatedArea<'_>> = members.iter().map(Member::place).collect();
            return self.heat_by_norm(&premises);
        }
        let Some((volume, came_in)) = self.heat_came_in(house, hot_water) else {
            if house.amount.is_none() && self.has_heat_norm() {
                let premises: Vec<HeatedArea<'_>> = members.iter().map(Member::place).collect();
                return self.heat_by_norm(&premises);
            }
            let text = "объём тепла по ОДПУ неизвестен, а без него плата за отопление не \
                        рассчитывается: внесите показание";
            self.note(
                Severity::Blocking,
                ProblemKind::NoBasis,
                HEAT,
                text,
                Vec::new(),
            );
            return Ok(None);
        };
        self.by_formula_3(&members, &volume, came_in).map(Some)
    }

    /// Premises with an area; others are noted.
    fn heated(
        &mut self,
        own: &BTreeMap<PremisesId, Own>,
    ) -> Result<Vec<Member<'a>>, SettlementError> {
        let day = self.last_day();
        let book = self.book;
        let mut members = Vec::new();
        for (id, premises) in &book.premises {
            if premises.part_of.is_some() {
                continue;
            }
            let Some(area) = premises.area.on(day) else {
                self.no_area(*id, premises, Resource::Heat);
                continue;
            };
            let without = premises.without_heating_on(day);
            let known = own.get(id).and_then(Own::known);
            let is_read = known.is_some_and(|known| known.method == VolumeMethod::Meter);
            let unread = match is_read || without.is_some() {
                true => UnreadMeters::default(),
                false => self.unread_heat(*id, premises)?,
            };
            let metered = known.filter(|known| known.is_metered && without.is_none());
            // What was charged by the others is no measure for them, recorded though it is.
            let metered = metered.filter(|_| !unread.is_recorded());
            members.push(Member {
                id: *id,
                area,
                metered: metered.map(|known| (known.volume.clone(), known.because.clone())),
                unread,
                is_own: without.is_some(),
                step: area_step(premises, area).events(without),
            });
        }
        Ok(members)
    }

    /// V_d for heating: what the house meter shows, less the heat in the hot water where it counts
    /// that too.
    fn heat_came_in(
        &self,
        house: &HouseVolume,
        hot_water: Option<&HouseVolume>,
    ) -> Option<(Ratio, Explanation)> {
        let total = house.amount.as_ref()?;
        let day = self.last_day();
        let includes = self
            .book
            .house
            .decision_on(INCLUDES_HOT_WATER, Resource::Heat, day);
        let Some(decided) = includes else {
            return Some((total.clone(), house.because.clone()));
        };
        let hot = hot_water?;
        let of = NormOf {
            resource: Resource::HotWater,
            purpose: "heating_of_water",
            amenities: None,
            persons: None,
        };
        let (_, norm) = self.book.rates.norm_on(of, day)?;
        let rate = norm.value;
        let q = in_unit(&Ratio::from(rate), rate.unit(), house.unit)?;
        let volume = heat_less_hot_water(&HouseHeat {
            total,
            hot_water: hot.amount.as_ref()?,
            heat_norm: &q,
        });
        let formula = format!(
            "{} − {} · {} = {}",
            shown(total),
            shown(hot.amount.as_ref()?),
            decimal_in(rate.value(), rate.unit()),
            shown_in(&volume, house.unit)
        );
        let step = Explanation::new(
            "settlement.heat_less_hot_water",
            "тепло по ОДПУ без тепла горячей воды",
        )
        .formula(formula)
        .events([decided, norm.event])
        .parts([house.because.clone(), hot.because.clone()]);
        Some((volume, step))
    }

    fn by_formula_3(
        &mut self,
        members: &[Member<'a>],
        volume: &Ratio,
        came_in: Explanation,
    ) -> Result<HeatShared, SettlementError> {
        let total = self.total_area();
        let common = self.house_area(BuildingAreaPurpose::CommonHeated);
        let areas = Areas::of(members, &total, common.as_ref());
        let metering = Metering::of(members);
        let metered: Ratio = members.iter().filter_map(Member::metered_volume).sum();
        self.warn_of_few_meters(metering, &areas);
        let period = self.period;
        let own_volume = |area: &Ratio| {
            let volume = match metering {
                Metering::Nobody => formula_3_6(&areas.house(volume), area),
                Metering::Part => {
                    let measured = MeteredPremises {
                        volume: &metered,
                        area: &areas.metered,
                    };
                    formula_3_7(&measured, area)
                }
                Metering::Everybody => Ok(Ratio::zero()),
            };
            volume.map_err(|_| SettlementError::TooLarge { period })
        };
        let mut consumed = &metered + own_volume(&areas.unmetered)?;
        let told_by = self.told_by(metering, members, &came_in);
        let mut volumes = Vec::with_capacity(members.len());
        for member in members {
            volumes.push(match member.metered_volume() {
                Some(metered) => metered.clone(),
                None if member.is_own => Ratio::zero(),
                None => {
                    let share = own_volume(&Ratio::from(member.area.value))?;
                    let volume = self.in_place(metering, member, &share, &told_by)?;
                    consumed = consumed - share + &volume;
                    volume
                }
            });
        }
        let shared = SharedHeat {
            house: volume,
            premises: &consumed,
            total_area: &areas.total,
        };
        let because = Explanation::new("settlement.heat", "тепло дома")
            .formula(format!(
                "V_d {}, ΣV {}, S_об {}, S_ои {}, S_инд {}",
                shown_in(volume, Unit::Gigacalorie),
                shown(&consumed),
                shown_in(&areas.total, Unit::SquareMetre),
                shown(&areas.common),
                shown(&areas.own_source)
            ))
            .clause(metering.clause())
            .events(total.events.iter().copied().take(MOST_AREA_EVENTS))
            .events(common.iter().flat_map(|common| common.events.clone()))
            .parts([came_in]);
        self.shared(members, &volumes, shared, metering.clause(), because)
    }

    /// What tells the volume of premises without a reading.
    fn told_by(
        &self,
        metering: Metering,
        members: &[Member<'a>],
        came_in: &Explanation,
    ) -> Explanation {
        let step = Explanation::new("settlement.heat_by_others", "чем определён объём");
        match metering {
            Metering::Nobody => step.parts([came_in.clone()]),
            Metering::Part | Metering::Everybody => {
                let metered = members.iter().filter_map(|member| member.metered.as_ref());
                step.parts(metered.map(|(_, because)| because.clone()))
            }
        }
    }

    /// V_i of premises that have no reading of their own.
    fn in_place(
        &mut self,
        metering: Metering,
        member: &Member<'a>,
        share: &Ratio,
        told_by: &Explanation,
    ) -> Result<Ratio, SettlementError> {
        if member.unread.is_empty() {
            return Ok(share.clone());
        }
        let because = Explanation::new("settlement.heat_of_area", "тепло на площадь помещения")
            .formula(shown_in(share, Unit::Gigacalorie))
            .parts([member.step.clone(), told_by.clone()]);
        let share = HeatShare {
            volume: share.clone(),
            is_by_metered: metering != Metering::Nobody,
            because,
        };
        self.heat_in_place(&member.unread, &share)
    }

    /// V_i + S_i · (V_d − ΣV) / S_об of every premises.
    fn shared(
        &mut self,
        members: &[Member<'a>],
        volumes: &[Ratio],
        shared: SharedHeat<'_>,
        clause: &'static str,
        because: Explanation,
    ) -> Result<HeatShared, SettlementError> {
        let left = shared.house - shared.premises;
        let rule = self
            .edition
            .negative_volume(Resource::Heat, self.last_day())?;
        // Q3: where the sign is not kept the bracket is nothing.
        let is_kept = !left.is_negative() || rule.value == NegativeVolume::Signed;
        if left.is_negative() {
            let text = format!(
                "помещения потребили больше, чем пришло в дом, на {}: проверьте показания",
                shown_in(&-left.clone(), Unit::Gigacalorie)
            );
            self.flag(ProblemKind::NegativeCommonPart, HEAT, text, Vec::new());
        }
        let mut premises = BTreeMap::new();
        for (member, own) in members.iter().zip(volumes) {
            let area = Ratio::from(member.area.value);
            let heated = HeatedPremises {
                volume: own,
                area: &area,
            };
            let volume = match is_kept {
                true => formula_3(&shared, &heated).map_err(|_| self.too_large())?,
                false => own.clone(),
            };
            let formula = format!(
                "{} + {} · {} / {} = {}",
                shown(own),
                shown(&area),
                shown(&left),
                shown(shared.total_area),
                shown_in(&volume, Unit::Gigacalorie)
            );
            let mut step = Explanation::new("settlement.heat_share", "тепло помещения")
                .formula(formula)
                .clause(clause)
                .parts([member.step.clone()]);
            if let Some((_, metered)) = &member.metered {
                step = step.parts([metered.clone()]);
            }
            if left.is_negative() {
                step = step.parts([rule_step("отрицательный остаток дома", &rule)]);
            }
            step = step.parts([because.clone()]);
            let heat = PremisesHeat {
                volume,
                because: step,
            };
            premises.insert(member.id, heat);
        }
        Ok(HeatShared {
            clause,
            consumed: shared.premises.clone(),
            common: Some(left),
            premises,
            basis: CommonBasis::HouseMeter,
            method: VolumeMethod::HouseMeter,
            because,
        })
    }

    fn warn_of_few_meters(&mut self, metering: Metering, areas: &Areas) {
        let few = &areas.metered * Ratio::from(2_u32) < areas.total;
        if metering == Metering::Part && few {
            let text = format!(
                "приборы тепла есть только у {} из {} м²: по обстоятельствам формула 3(1) может \
                 быть несправедливой (ВС РФ 304-ЭС24-21712)",
                shown(&areas.metered),
                shown(&areas.total)
            );
            self.flag(ProblemKind::FewHeatMeters, HEAT, text, Vec::new());
        }
    }

    /// Notes that premises have no area on record.
    pub(crate) fn no_area(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) {
        let place = Place {
            resource: Some(resource),
            premises: Some((id, premises)),
        };
        let text = "площадь помещения не записана: доля в общей части не рассчитана";
        self.flag(
            ProblemKind::NoArea,
            place,
            text,
            vec![premises.registered.event],
        );
    }
}

/// Premises and the area that heat is shared out by.
pub(crate) struct HeatedArea<'a> {
    pub(crate) id: PremisesId,
    pub(crate) area: &'a Area,
    /// No heating from the house.
    pub(crate) is_own: bool,
    pub(crate) step: Explanation,
}

pub(crate) fn area_step(premises: &PremisesFacts, area: &Area) -> Explanation {
    let text = format!("площадь помещения {}", premises.number);
    Explanation::new("settlement.premises_area", text)
        .formula(shown_in(&Ratio::from(area.value), Unit::SquareMetre))
        .events([area.event])
}
