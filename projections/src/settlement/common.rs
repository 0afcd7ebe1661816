//! The common part of water, electricity and sewage: КР на СОИ or ОДН.

use aggregates::account::bill::ChargePart;
use aggregates::building::arrangement::{Arrangement, Management, ProviderRole};
use aggregates::quantity::{NormBasis, Unit};
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::settlement::formulas::common::{
    CommonNorm, HouseVolumes, cap_44, formula_11, formula_12, formula_15, negative_45,
};
use crate::settlement::house::HouseVolume;
use crate::settlement::model::{
    CommonBasis, CommonPart, ExactVolume, ProblemKind, SettlementError,
};
use crate::settlement::rates::{NormOf, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{decimal_in, shown, shown_in};

/// Norm of the resource for common property.
const COMMON_PROPERTY: &str = "common_property";
/// Owners pay for common property by the house meter.
const BY_FACT: &str = "soi_by_fact";
/// Owners pay what ОДН exceeds the norm by.
const EXCESS_BY_AREA: &str = "odn_excess_by_area";

/// The common part of the house with its reason.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) part: CommonPart,
    /// Clause and formula of a line.
    pub(crate) clause: &'static str,
    /// Why the house's volume is so; `None` where nothing is shared out.
    pub(crate) because: Option<Explanation>,
}

/// What the premises consumed altogether.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consumed<'a> {
    pub(crate) sum: &'a Ratio,
    /// Whether every premises is known.
    pub(crate) is_whole: bool,
}

/// A volume of the house with its reason.
pub(crate) struct Found {
    pub(crate) volume: Ratio,
    pub(crate) because: Explanation,
}

impl Settling<'_> {
    /// The common part of a resource under an arrangement.
    pub(crate) fn common(
        &mut self,
        resource: Resource,
        arrangement: &Arrangement,
        house: &HouseVolume,
        consumed: Consumed<'_>,
    ) -> Result<Common, SettlementError> {
        let part = match arrangement.management {
            Management::ManagingCompany | Management::Association => ChargePart::CommonProperty,
            Management::Direct | Management::NotChosen => ChargePart::CommonNeeds,
        };
        let norm = self.common_norm(resource);
        match self.by_house_meter(resource, part, house, consumed)? {
            Some(found) if part == ChargePart::CommonNeeds => {
                self.common_needs(resource, arrangement, found, norm)
            }
            Some(found) => Ok(Common {
                part: shared(part, CommonBasis::HouseMeter, found.volume, resource),
                clause: "ПП 491 п. 29(2), ПП 354 прил. 2 ф. 11, 12",
                because: Some(found.because),
            }),
            None => Ok(self.common_by_norm(resource, part, norm)),
        }
    }

    /// ОДПУ less all premises, where it is to be charged by the fact and everything is known.
    fn by_house_meter(
        &mut self,
        resource: Resource,
        part: ChargePart,
        house: &HouseVolume,
        consumed: Consumed<'_>,
    ) -> Result<Option<Found>, SettlementError> {
        let place = Place {
            resource: Some(resource),
            premises: None,
        };
        let day = self.last_day();
        let decided = self.book.house.decision_on(BY_FACT, resource, day);
        let by_fact = part == ChargePart::CommonNeeds || decided.is_some();
        if !by_fact || resource == Resource::Sewage || !house.is_metered {
            return Ok(None);
        }
        let whole = house.amount.as_ref().filter(|_| consumed.is_whole);
        let Some(came_in) = whole.filter(|_| house.months == 1) else {
            let text = match whole {
                None => {
                    "общая часть по ОДПУ не рассчитана: неизвестен объём ОДПУ или части помещений"
                }
                Some(_) => {
                    "общая часть по ОДПУ не рассчитана: разность показаний ОДПУ охватывает \
                     несколько месяцев, а объёмы помещений — один"
                }
            };
            self.flag(ProblemKind::NoBasis, place, text, Vec::new());
            return Ok(None);
        };
        let volumes = HouseVolumes {
            house: came_in,
            premises: consumed.sum,
            own_production: &Ratio::zero(),
        };
        let left = match resource {
            Resource::ColdWater => formula_11(&volumes, &Ratio::zero()),
            _ => formula_12(&volumes),
        };
        let unit = house.unit;
        let formula = format!(
            "{} − {} = {}",
            shown(came_in),
            shown(consumed.sum),
            shown_in(&left, unit)
        );
        let mut because = Explanation::new("settlement.common", "ОДПУ − все помещения")
            .formula(formula)
            .events(decided)
            .parts([house.because.clone()]);
        if left.is_negative() {
            let text = format!(
                "помещения потребили больше, чем пришло в дом, на {}: проверьте показания",
                shown_in(&-left.clone(), unit)
            );
            self.flag(ProblemKind::NegativeCommonPart, place, text, Vec::new());
            let rule = self.edition.negative_volume(resource, day)?;
            because = because.parts([rule_step("отрицательный объём", &rule)]);
            return Ok(Some(Found {
                volume: negative_45(left, rule.value),
                because,
            }));
        }
        Ok(Some(Found {
            volume: left,
            because,
        }))
    }

    /// ОДН by the house meter, under the cap of the norm where it applies (п. 44).
    fn common_needs(
        &mut self,
        resource: Resource,
        arrangement: &Arrangement,
        found: Found,
        norm: Option<Found>,
    ) -> Result<Common, SettlementError> {
        let day = self.last_day();
        let excess = self.book.house.decision_on(EXCESS_BY_AREA, resource, day);
        let rule = self.edition.common_needs_capped(day)?;
        let is_capped =
            rule.value && excess.is_none() && arrangement.provider_role == ProviderRole::Manager;
        let part = ChargePart::CommonNeeds;
        let mut common = Common {
            part: shared(
                part,
                CommonBasis::HouseMeter,
                found.volume.clone(),
                resource,
            ),
            clause: match resource {
                Resource::ColdWater => "ПП 354 прил. 2 ф. 10, 11",
                _ => "ПП 354 прил. 2 ф. 10, 12",
            },
            because: Some(found.because.clone().events(excess)),
        };
        let Some(norm) = norm.filter(|_| is_capped) else {
            return Ok(common);
        };
        let capped = cap_44(&found.volume, &norm.volume);
        if capped.borne_by_provider.is_zero() {
            return Ok(common);
        }
        let unit = unit_of(resource);
        let borne = ExactVolume::new(capped.borne_by_provider, unit);
        let text = format!(
            "общая часть выше норматива на {}: превышение несёт исполнитель (ПП 354 п. 44)",
            shown_in(&borne.value, unit)
        );
        let place = Place {
            resource: Some(resource),
            premises: None,
        };
        self.flag(ProblemKind::AboveCap, place, text, Vec::new());
        let step = Explanation::new("settlement.cap", "не больше норматива")
            .formula(shown_in(&capped.distributed, unit))
            .parts([found.because, norm.because, rule_step("предел", &rule)]);
        common.part.volume = Some(ExactVolume::new(capped.distributed, unit));
        common.part.borne_by_provider = Some(borne);
        common.because = Some(step);
        Ok(common)
    }

    fn common_by_norm(
        &mut self,
        resource: Resource,
        part: ChargePart,
        norm: Option<Found>,
    ) -> Common {
        let clause = match part {
            ChargePart::CommonProperty => "ПП 491 п. 29(2), ПП 354 прил. 2 ф. 15",
            _ => "ПП 354 прил. 2 ф. 10, 15",
        };
        if let Some(norm) = norm {
            return Common {
                part: shared(part, CommonBasis::Norm, norm.volume, resource),
                clause,
                because: Some(norm.because),
            };
        }
        if resource != Resource::Sewage {
            let place = Place {
                resource: Some(resource),
                premises: None,
            };
            let text = "общая часть не начислена: нет ни решения собственников о начислении по \
                        ОДПУ, ни норматива с площадью общего имущества";
            self.flag(ProblemKind::NoCommonPart, place, text, Vec::new());
        }
        Common {
            part: CommonPart {
                part: Some(part),
                basis: CommonBasis::None,
                volume: None,
                borne_by_provider: None,
            },
            clause,
            because: None,
        }
    }

    /// N_ои · S_ои (ф. 15), where both are on record.
    pub(crate) fn common_norm(&self, resource: Resource) -> Option<Found> {
        let of = NormOf {
            resource,
            purpose: COMMON_PROPERTY,
            amenities: None,
            persons: None,
        };
        let (_, norm) = self.book.rates.norm_on(of, self.last_day())?;
        let rate = norm.value;
        if rate.per() != NormBasis::SquareMetreMonth || rate.unit() != unit_of(resource) {
            return None;
        }
        let area = self.common_area(resource)?;
        let volume = formula_15(CommonNorm {
            norm: &Ratio::from(rate),
            common_area: &area.area,
        });
        let formula = format!(
            "{} · {} = {}",
            decimal_in(rate.value(), rate.unit()),
            shown_in(&area.area, Unit::SquareMetre),
            shown_in(&volume, rate.unit())
        );
        let because = Explanation::new("settlement.common_norm", "норматив на общее имущество")
            .formula(formula)
            .clause("ПП 354 прил. 2 ф. 15")
            .events([norm.event])
            .events(area.events);
        Some(Found { volume, because })
    }
}

fn shared(part: ChargePart, basis: CommonBasis, volume: Ratio, resource: Resource) -> CommonPart {
    CommonPart {
        part: Some(part),
        basis,
        volume: Some(ExactVolume::new(volume, unit_of(resource))),
        borne_by_provider: None,
    }
}
