//! What came into the house by its meters, and the areas that it is shared out by.

use aggregates::building::event::{BuildingAreaPurpose, ScopeMember, Sign};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::Datelike;

use crate::consumption::{MarkName, PointConsumption, VolumePart};
use crate::explanation::{Explained, Explanation};
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::house_gaps::{Change, HouseFilling};
use crate::settlement::model::{SettlementError, VOLUME_DECIMALS};
use crate::settlement::production::is_production;
use crate::settlement::rates::unit_of;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::units::shown_in;
use crate::text;
use crate::volume::{Reason, Volume};

/// Name of the scope that is the whole house.
const WHOLE_HOUSE: &str = "house";
/// An area that is the sum of many is not repeated event by event in every line.
pub(crate) const MOST_AREA_EVENTS: usize = 1;

/// What came in by the house meters.
#[derive(Clone, Debug)]
pub(crate) struct HouseVolume {
    pub(crate) amount: Option<Ratio>,
    pub(crate) unit: Unit,
    pub(crate) reasons: Vec<Reason>,
    /// Whether the house has a meter of the resource at all.
    pub(crate) is_metered: bool,
    /// Why a part of it was calculated in the place of readings, where it was.
    pub(crate) calculated: Option<GapReason>,
    /// Earlier months without a volume of their own that the longest difference covers.
    pub(crate) earlier: Vec<Period>,
    /// How many months the longest difference of readings covers: more than one where a reading
    /// of an earlier month is missing.
    pub(crate) months: usize,
    pub(crate) because: Explanation,
}

impl HouseVolume {
    /// As it is told to the outside.
    pub(crate) fn told(&self, period: Period) -> Result<Volume, SettlementError> {
        let Some(amount) = &self.amount else {
            let reasons = self.reasons.clone();
            return Ok(Volume::Unknown {
                reasons,
                known_part: None,
            });
        };
        let value = amount.half_up(VOLUME_DECIMALS);
        let value = value.map_err(|_| SettlementError::TooLarge { period })?;
        Ok(Volume::Known {
            value: Measure::new(value, self.unit),
        })
    }
}

/// What came in, on its way to a sum.
struct HouseSum {
    unit: Unit,
    amount: Ratio,
    reasons: Vec<Reason>,
    parts: Vec<Explanation>,
    months: usize,
    earlier: Vec<Period>,
    calculated: Option<GapReason>,
}

impl HouseSum {
    fn new(unit: Unit) -> Self {
        Self {
            unit,
            amount: Ratio::zero(),
            reasons: Vec::new(),
            parts: Vec::new(),
            months: 1,
            earlier: Vec::new(),
            calculated: None,
        }
    }
}

/// Months before `period` that a difference covers and nothing on record fills.
fn earlier_of(figure: &PointConsumption, period: Period) -> Vec<Period> {
    let recorded = |covered: &Period| {
        figure.parts.iter().any(|part| match part {
            VolumePart::TrueUp(part) | VolumePart::Calculated(part) => part.period == *covered,
            VolumePart::Metered(_) => false,
        })
    };
    let covers = figure.covers.iter().copied();
    covers
        .filter(|covered| *covered != period && !recorded(covered))
        .collect()
}

/// An area with the events that it rests on.
#[derive(Clone, Debug)]
pub(crate) struct HouseArea {
    pub(crate) area: Ratio,
    pub(crate) events: Vec<EventAt>,
}

impl<'a> Settling<'a> {
    /// The volume of the house meters, transit taken off. Where a reading is missing it is told by
    /// the meter's average (п. 59(1)), of heat brought to the outdoor temperature.
    pub(crate) fn house_volume(
        &mut self,
        resource: Resource,
    ) -> Result<HouseVolume, SettlementError> {
        let (points, defined) = self.house_points(resource);
        let mut sum = HouseSum::new(unit_of(resource));
        let by_contract = self.is_by_contract(resource)?;
        for member in &points {
            let told = match self.book.balance.consumption.points.get(&member.point) {
                Some(_) => self
                    .book
                    .balance
                    .consumption
                    .of_point(member.point, self.period)?,
                None => {
                    sum.reasons.push(Reason::PointNotRegistered);
                    continue;
                }
            };
            sum.months = sum.months.max(self.months_covered(&told.value));
            let earlier = earlier_of(&told.value, self.period);
            if sum.earlier.len() < earlier.len() {
                sum.earlier = earlier;
            }
            let filled = match resource {
                Resource::Cooling => HouseFilling::default(),
                _ if by_contract => self.fill_by_contract(member.point, &told.value)?,
                _ => self.fill_house_meter(member.point, resource, &told.value)?,
            };
            self.take_house_point(member.sign, told, filled, &mut sum)?;
        }
        if points.is_empty() {
            match by_contract {
                true => self.take_no_node(&mut sum)?,
                false => sum.reasons.push(Reason::NoMeter { since: None }),
            }
        }
        let nothing_stands = sum
            .reasons
            .iter()
            .all(|reason| matches!(reason, Reason::NoMeter { .. }));
        let is_metered = sum.reasons.is_empty() || !nothing_stands;
        let title = match sum.calculated {
            Some(_) if by_contract => "по узлам учёта и договору (ПП 1034)",
            Some(_) => "по общедомовым приборам, за дни без показаний — по среднему",
            None if points.is_empty() => "по договору, без узла учёта (ПП 1034)",
            None => "по общедомовым приборам",
        };
        let known = sum.reasons.is_empty();
        let formula = match known {
            true => shown_in(&sum.amount, sum.unit),
            false => format!("неизвестно: {}", text::reasons(&sum.reasons, self.zone)),
        };
        Ok(HouseVolume {
            amount: known.then_some(sum.amount),
            unit: sum.unit,
            reasons: sum.reasons,
            is_metered,
            calculated: sum.calculated,
            earlier: sum.earlier,
            months: sum.months,
            because: Explanation::new("settlement.house", title)
                .formula(formula)
                .events(defined)
                .parts(sum.parts),
        })
    }

    /// Heat of a house without a node, by its contract.
    fn take_no_node(&mut self, sum: &mut HouseSum) -> Result<(), SettlementError> {
        match self.heat_without_node()? {
            Some((heat, because)) => {
                sum.amount = heat;
                sum.parts.push(because);
            }
            None => sum.reasons.push(Reason::NoMeter { since: None }),
        }
        Ok(())
    }

    /// Adds one point with what fills its gaps.
    fn take_house_point(
        &mut self,
        sign: Sign,
        told: Explained<PointConsumption>,
        filled: HouseFilling,
        sum: &mut HouseSum,
    ) -> Result<(), SettlementError> {
        let known = match &told.value.volume {
            Volume::Known { value } => Some(value),
            Volume::Unknown { known_part, .. } if filled.is_whole => known_part.as_ref(),
            Volume::Unknown { reasons, .. } => {
                sum.reasons.extend(reasons.iter().cloned());
                None
            }
        };
        let mut amount = match known {
            Some(value) => self.amount(value, sum.unit)?,
            None => Ratio::zero(),
        };
        for part in &told.value.parts {
            if let VolumePart::Calculated(part) = part {
                let day = self.zone.local_date(part.from);
                let (reason, _) = self.gap_reason(part.meter, told.value.resource, day);
                sum.calculated = sum.calculated.or(Some(reason));
            }
        }
        sum.calculated = sum.calculated.or(filled.gaps.first().map(|gap| gap.reason));
        let mut because = told.because;
        for gap in filled.gaps {
            amount = amount + self.filled_amount(&gap, sum.unit)?;
            because = because.parts([gap.because.clone()]);
            self.gaps.push(gap);
        }
        match filled.change {
            Some(Change::Instead(whole, why)) => {
                amount = whole;
                because = because.parts([why]);
            }
            Some(Change::Added(more, why)) => {
                amount = amount + more;
                because = because.parts([why]);
            }
            None => {}
        }
        sum.amount = match sign {
            Sign::Plus => &sum.amount + amount,
            Sign::Minus => &sum.amount - amount,
        };
        sum.parts.push(because);
        Ok(())
    }

    /// How many months a difference of readings covers, those left out that are on record as
    /// calculated. A meter put in on the first day of a month has counted that month too.
    fn months_covered(&self, figure: &PointConsumption) -> usize {
        let begins = figure.parts.first().is_some_and(|part| match part {
            VolumePart::Metered(part) => {
                let day = self.zone.local_date(part.from.at);
                part.from.kind == MarkName::Initial
                    && day.day() == 1
                    && day < self.period.first_day()
            }
            VolumePart::Calculated(_) | VolumePart::TrueUp(_) => false,
        });
        1 + earlier_of(figure, self.period).len() + usize::from(begins)
    }

    /// The points that make up the house's input: those of its scope less what passes through, else
    /// every house meter there is.
    fn house_points(&self, resource: Resource) -> (Vec<ScopeMember>, Option<EventAt>) {
        let consumption = &self.book.balance.consumption;
        let mut scopes = self.book.balance.scopes_on(self.last_day(), resource);
        scopes.retain(|scope| !is_production(scope));
        let whole = scopes
            .iter()
            .find(|scope| scope.name.as_str() == WHOLE_HOUSE)
            .or(match scopes.as_slice() {
                [only] => Some(only),
                _ => None,
            });
        if let Some(scope) = whole {
            let mut points = scope.house.clone();
            let transit = scope.members.iter().filter(|member| {
                let facts = consumption.points.get(&member.point);
                facts.is_some_and(|facts| facts.kind == PointKind::Transit)
            });
            points.extend(transit.map(|member| ScopeMember {
                point: member.point,
                sign: match member.sign {
                    Sign::Plus => Sign::Minus,
                    Sign::Minus => Sign::Plus,
                },
            }));
            return (points, Some(scope.event));
        }
        let first_day = self.period.first_day();
        let inputs = consumption.points.iter().filter(|(_, facts)| {
            facts.resource == resource
                && facts.kind == PointKind::House
                && facts.closed.is_none_or(|(on, _)| on > first_day)
        });
        let plus = |point| ScopeMember {
            point,
            sign: Sign::Plus,
        };
        (inputs.map(|(point, _)| plus(*point)).collect(), None)
    }

    /// An area of the house on the period's last day.
    pub(crate) fn house_area(&self, purpose: BuildingAreaPurpose) -> Option<HouseArea> {
        let area = self.book.house.area_on(purpose, self.last_day())?;
        Some(HouseArea {
            area: Ratio::from(area.value),
            events: vec![area.event],
        })
    }

    /// S_об: as recorded of the house, else the sum of its premises.
    pub(crate) fn total_area(&self) -> HouseArea {
        if let Some(recorded) = self.house_area(BuildingAreaPurpose::AllPremises) {
            return recorded;
        }
        let day = self.last_day();
        let whole = self
            .book
            .premises
            .values()
            .filter(|premises| premises.part_of.is_none());
        let areas = whole.filter_map(|premises| premises.area.on(day));
        areas.fold(
            HouseArea {
                area: Ratio::zero(),
                events: Vec::new(),
            },
            |mut sum, area| {
                sum.area = sum.area + Ratio::from(area.value);
                sum.events.push(area.event);
                sum
            },
        )
    }

    /// S_ои of a resource.
    pub(crate) fn common_area(&self, resource: Resource) -> Option<HouseArea> {
        if resource != Resource::Electricity {
            return self.house_area(BuildingAreaPurpose::CommonWater);
        }
        let mut area = self.house_area(BuildingAreaPurpose::CommonElectricity)?;
        if let Some(extra) = self.house_area(BuildingAreaPurpose::CommonElectricityExtra) {
            area.area = area.area + extra.area;
            area.events.extend(extra.events);
        }
        Some(area)
    }
}
