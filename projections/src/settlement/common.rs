//! The common part of water, electricity and sewage: КР на СОИ or ОДН.

use aggregates::account::bill::ChargePart;
use aggregates::building::arrangement::{Arrangement, Management, ProviderRole, ReadingsOwner};
use aggregates::quantity::{NormBasis, Unit};
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::formulas::common::{
    CommonNorm, HouseVolumes, cap_44, formula_11, formula_12, formula_15, negative_45,
};
use crate::settlement::house::HouseVolume;
use crate::settlement::model::{
    CommonAccount, CommonBasis, CommonPart, ExactVolume, ProblemKind, SettlementError,
};
use crate::settlement::rates::{NormOf, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::soi::Month;
use crate::settlement::units::{decimal_in, shown, shown_in};

/// Norm of the resource for common property.
const COMMON_PROPERTY: &str = "common_property";
/// Owners pay for common property by the house meter.
pub(crate) const BY_FACT: &str = "soi_by_fact";
/// Owners pay for common property by the mean month of the year before.
const BY_AVERAGE: &str = "soi_by_average";
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
    /// The account of КР на СОИ.
    pub(crate) account: Option<CommonAccount>,
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
        let production = self.used_for_production(resource)?;
        let difference = self.difference(resource, house, consumed, production);
        let account = match part {
            ChargePart::CommonProperty if resource != Resource::Sewage && house.is_metered => {
                let month = Month {
                    difference: difference.as_ref().ok().map(|found| &found.volume),
                    house: house.amount.as_ref(),
                    premises: consumed.sum,
                    norm: norm.as_ref().map(|norm| &norm.volume),
                    is_unread: house.calculated == Some(GapReason::NotSubmitted),
                };
                Some(self.common_account(resource, arrangement, &month)?)
            }
            _ => None,
        };
        let by_fact = self.by_fact(resource, arrangement, part, house);
        let mut common = match by_fact {
            Some(decided) => match difference {
                Ok(found) => {
                    self.by_house_meter(resource, arrangement, found, decided, norm, &account)?
                }
                Err(why) => {
                    let place = Place {
                        resource: Some(resource),
                        premises: None,
                    };
                    self.flag(ProblemKind::NoBasis, place, why, Vec::new());
                    self.common_by_norm(resource, part, norm)
                }
            },
            None => self.by_average_or_norm(resource, part, norm),
        };
        common.account = account;
        Ok(common)
    }

    /// By what decision, if any, the common part goes by the house meter; `None` where it does not.
    /// Electricity that the supplier's intelligent system reads goes by it anyway.
    fn by_fact(
        &self,
        resource: Resource,
        arrangement: &Arrangement,
        part: ChargePart,
        house: &HouseVolume,
    ) -> Option<Option<EventAt>> {
        let decided = self
            .book
            .house
            .decision_on(BY_FACT, resource, self.last_day());
        let is_read_by_supplier = resource == Resource::Electricity
            && arrangement.readings_owner == ReadingsOwner::SupplierIsu;
        let by_fact = part == ChargePart::CommonNeeds || decided.is_some() || is_read_by_supplier;
        (by_fact && resource != Resource::Sewage && house.is_metered).then_some(decided)
    }

    /// ОДПУ less all premises, with its sign; what to say where that is not known.
    fn difference(
        &self,
        resource: Resource,
        house: &HouseVolume,
        consumed: Consumed<'_>,
        production: Option<(Ratio, Vec<Explanation>)>,
    ) -> Result<Found, &'static str> {
        let (production, used) = production.ok_or(
            "общая часть по ОДПУ не рассчитана: неизвестно, сколько ушло на отопление и горячую \
             воду, которые дом делает сам",
        )?;
        let whole = house.amount.as_ref().filter(|_| consumed.is_whole);
        let came_in = whole.ok_or(
            "общая часть по ОДПУ не рассчитана: неизвестен объём ОДПУ или части помещений",
        )?;
        let earlier = self.charged_before(resource, house).ok_or(
            "общая часть по ОДПУ не рассчитана: разность показаний ОДПУ охватывает несколько \
             месяцев, а объёмы помещений — один",
        )?;
        let volumes = HouseVolumes {
            house: came_in,
            premises: &(consumed.sum + &earlier),
            own_production: &production,
        };
        let left = match resource {
            Resource::ColdWater => formula_11(&volumes, &Ratio::zero()),
            _ => formula_12(&volumes),
        };
        let mut formula = format!("{} − {}", shown(came_in), shown(consumed.sum));
        if !earlier.is_zero() {
            formula.push_str(&format!(" − {} за прошлые месяцы", shown(&earlier)));
        }
        if !production.is_zero() {
            formula.push_str(&format!(" − {} на производство", shown(&production)));
        }
        let formula = format!("{formula} = {}", shown_in(&left, house.unit));
        let because = Explanation::new("settlement.common", "ОДПУ − все помещения")
            .formula(formula)
            .parts([house.because.clone()])
            .parts(used);
        Ok(Found {
            volume: left,
            because,
        })
    }

    /// What was consumed and shared out in the earlier months that the house meter's difference
    /// covers too; `None` where a closing does not tell it.
    fn charged_before(&self, resource: Resource, house: &HouseVolume) -> Option<Ratio> {
        let mut sum = Ratio::zero();
        for period in &house.earlier {
            let volume = |kind| self.book.periods.volume(resource, *period, kind);
            let premises = volume("premises")?;
            sum = sum + Ratio::from(premises.value.1);
            if let Some(common) = volume("common") {
                sum = sum + Ratio::from(common.value.1);
            }
        }
        (house.months == 1 + house.earlier.len()).then_some(sum)
    }

    /// The common part by the house meter: КР на СОИ as it is due, ОДН under its cap.
    fn by_house_meter(
        &mut self,
        resource: Resource,
        arrangement: &Arrangement,
        found: Found,
        decided: Option<EventAt>,
        norm: Option<Found>,
        account: &Option<CommonAccount>,
    ) -> Result<Common, SettlementError> {
        let mut because = found.because.events(decided);
        if found.volume.is_negative() {
            self.flag_negative(resource, &found.volume);
            let rule = self.edition.negative_volume(resource, self.last_day())?;
            because = because.parts([rule_step("отрицательный объём", &rule)]);
        }
        let rule = self.edition.negative_volume(resource, self.last_day())?;
        let volume = negative_45(found.volume, rule.value);
        let Some(account) = account else {
            let found = Found { volume, because };
            return self.common_needs(resource, arrangement, found, norm);
        };
        let carried = self.edition.negative_carries_to_owners(self.last_day())?;
        let due = account.due.as_ref().filter(|_| carried.value);
        let volume = match due {
            Some(due) if due.value != volume => {
                because = because.parts([
                    account.because.clone(),
                    rule_step("перенос учитывается и собственникам", &carried),
                ]);
                due.value.clone()
            }
            _ => volume,
        };
        let part = ChargePart::CommonProperty;
        Ok(Common {
            part: shared(part, CommonBasis::HouseMeter, volume, resource),
            clause: "ПП 491 п. 29(2), ПП 354 прил. 2 ф. 11, 12",
            because: Some(because),
            account: None,
        })
    }

    /// КР на СОИ by the mean month of the year before where the owners decided so and a month of it
    /// is on record; else by the norm.
    fn by_average_or_norm(
        &mut self,
        resource: Resource,
        part: ChargePart,
        norm: Option<Found>,
    ) -> Common {
        let day = self.last_day();
        let decided = self.book.house.decision_on(BY_AVERAGE, resource, day);
        let Some(decided) = decided.filter(|_| part == ChargePart::CommonProperty) else {
            return self.common_by_norm(resource, part, norm);
        };
        let Some((mean, because)) = self.soi_average(resource) else {
            let place = Place {
                resource: Some(resource),
                premises: None,
            };
            let text = "КР на СОИ по среднему не рассчитаны: за прошлый год в журнале нет объёмов \
                        по ОДПУ; применён норматив";
            self.flag(ProblemKind::NoBasis, place, text, vec![decided]);
            return self.common_by_norm(resource, part, norm);
        };
        Common {
            part: shared(part, CommonBasis::Average, mean, resource),
            clause: "ПП 491 п. 29(2)",
            because: Some(because.events([decided])),
            account: None,
        }
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
            account: None,
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
                account: None,
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
            account: None,
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
