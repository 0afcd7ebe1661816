//! Heating by the norm, in a house without a heat meter (ПП 354 прил. 2 ф. 2, 2(3)).

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::building::event::BuildingAreaPurpose;
use aggregates::quantity::{NormBasis, NormRate, Unit};
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::formulas::heating::{NormedHouse, formula_2, formula_2_3};
use crate::settlement::heat::{HEAT, HeatShared, HeatedArea, PremisesHeat};
use crate::settlement::house::MOST_AREA_EVENTS;
use crate::settlement::model::{CommonBasis, ProblemKind, SettlementError, Severity};
use crate::settlement::rates::NormOf;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::{decimal_in, in_unit, shown, shown_in};

/// S_об, S_ои and S_инд.
struct NormedAreas {
    total: Ratio,
    common: Ratio,
    own_source: Ratio,
    events: Vec<EventAt>,
}

impl Settling<'_> {
    /// The heat of every premises by the norm of a month; `None` where there is no norm, which is
    /// noted.
    pub(crate) fn heat_by_norm(
        &mut self,
        members: &[HeatedArea<'_>],
    ) -> Result<Option<HeatShared>, SettlementError> {
        let Some((rate, event)) = self.heat_norm() else {
            return Ok(None);
        };
        let day = self.last_day();
        let is_shared = self.edition.heat_norm_shared(day)?;
        let clause = match is_shared.value {
            true => "ПП 354 прил. 2 ф. 2(3)",
            false => "ПП 354 прил. 2 ф. 2",
        };
        let norm = in_unit(&Ratio::from(rate), rate.unit(), Unit::Gigacalorie);
        let norm = norm.ok_or_else(|| self.too_large())?;
        let areas = self.normed_areas(members);
        let house = NormedHouse {
            norm: &norm,
            total_area: &areas.total,
            common_area: &areas.common,
            own_source_area: &areas.own_source,
        };
        let rule = rule_step("норматив отопления по площадям дома", &is_shared);
        let mut premises = BTreeMap::new();
        for member in members {
            let area = Ratio::from(member.area.value);
            let volume = match is_shared.value {
                true => formula_2_3(&house, &area, member.is_own).map_err(|_| self.too_large())?,
                false if member.is_own => continue,
                false => formula_2(&norm, &area),
            };
            let formula = format!(
                "S_i {}, N {}, S_об {}, S_ои {}, S_инд {} → {}",
                shown_in(&area, Unit::SquareMetre),
                decimal_in(rate.value(), rate.unit()),
                shown(&areas.total),
                shown(&areas.common),
                shown(&areas.own_source),
                shown_in(&volume, Unit::Gigacalorie)
            );
            let because = Explanation::new("settlement.heat_norm", "тепло по нормативу")
                .formula(formula)
                .clause(clause)
                .events([event])
                .parts([member.step.clone(), rule.clone()]);
            premises.insert(member.id, PremisesHeat { volume, because });
        }
        let because = Explanation::new("settlement.heat", "тепло дома по нормативу")
            .clause(clause)
            .events([event])
            .events(areas.events.iter().copied().take(MOST_AREA_EVENTS));
        Ok(Some(HeatShared {
            clause,
            consumed: premises.values().map(|heat| &heat.volume).sum(),
            common: None,
            premises,
            basis: CommonBasis::Norm,
            method: VolumeMethod::Norm,
            because,
        }))
    }

    /// Whether a norm of heat is in force.
    pub(crate) fn has_heat_norm(&self) -> bool {
        self.known_heat_norm().is_some()
    }

    /// N of a month, a square metre; noted where there is none.
    fn heat_norm(&mut self) -> Option<(NormRate, EventAt)> {
        let found = self.known_heat_norm();
        if found.is_none() {
            let text = "в доме нет ни ОДПУ тепла, ни норматива отопления: плату не рассчитать";
            let kind = ProblemKind::NoBasis;
            self.note(Severity::Blocking, kind, HEAT, text, Vec::new());
        }
        found
    }

    fn known_heat_norm(&self) -> Option<(NormRate, EventAt)> {
        let of = NormOf {
            resource: Resource::Heat,
            purpose: "individual",
            amenities: None,
            persons: None,
        };
        let (_, norm) = self.book.rates.norm_on(of, self.last_day())?;
        let is_monthly = norm.value.per() == NormBasis::SquareMetreMonth;
        is_monthly.then_some((norm.value, norm.event))
    }

    fn normed_areas(&self, members: &[HeatedArea<'_>]) -> NormedAreas {
        let total = self.total_area();
        let common = self.house_area(BuildingAreaPurpose::CommonHeated);
        let own = members.iter().filter(|member| member.is_own);
        let events = common.iter().flat_map(|common| common.events.clone());
        NormedAreas {
            own_source: own.map(|member| Ratio::from(member.area.value)).sum(),
            events: total.events.iter().copied().chain(events).collect(),
            total: total.area,
            common: common.map_or_else(Ratio::zero, |common| common.area),
        }
    }
}
