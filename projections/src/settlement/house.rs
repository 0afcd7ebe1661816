//! What came into the house by its meters, and the areas that it is shared out by.

use aggregates::building::event::{BuildingAreaPurpose, ScopeMember, Sign};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::Datelike;

use crate::consumption::{MarkName, PointConsumption, VolumePart};
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::model::{SettlementError, VOLUME_DECIMALS};
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

/// An area with the events that it rests on.
#[derive(Clone, Debug)]
pub(crate) struct HouseArea {
    pub(crate) area: Ratio,
    pub(crate) events: Vec<EventAt>,
}

impl Settling<'_> {
    /// The volume of the house meters, transit taken off.
    pub(crate) fn house_volume(&self, resource: Resource) -> Result<HouseVolume, SettlementError> {
        let unit = unit_of(resource);
        let (points, defined) = self.house_points(resource);
        let mut amount = Ratio::zero();
        let mut reasons: Vec<Reason> = Vec::new();
        let mut parts = Vec::new();
        let mut months = 1;
        for member in &points {
            let consumption = &self.book.balance.consumption;
            let told = match consumption.points.get(&member.point) {
                Some(_) => consumption.of_point(member.point, self.period)?,
                None => {
                    reasons.push(Reason::PointNotRegistered);
                    continue;
                }
            };
            match &told.value.volume {
                Volume::Known { value } => {
                    let value = self.amount(value, unit)?;
                    amount = match member.sign {
                        Sign::Plus => amount + value,
                        Sign::Minus => amount - value,
                    };
                }
                Volume::Unknown { reasons: why, .. } => reasons.extend(why.iter().cloned()),
            }
            months = months.max(self.months_covered(&told.value));
            parts.push(told.because);
        }
        if points.is_empty() {
            reasons.push(Reason::NoMeter { since: None });
        }
        let nothing_stands = reasons
            .iter()
            .all(|reason| matches!(reason, Reason::NoMeter { .. }));
        let is_metered = !points.is_empty() && (reasons.is_empty() || !nothing_stands);
        let known = reasons.is_empty();
        let formula = match known {
            true => shown_in(&amount, unit),
            false => format!("неизвестно: {}", text::reasons(&reasons, self.zone)),
        };
        Ok(HouseVolume {
            amount: known.then_some(amount),
            unit,
            reasons,
            is_metered,
            months,
            because: Explanation::new("settlement.house", "по общедомовым приборам")
                .formula(formula)
                .events(defined)
                .parts(parts),
        })
    }

    /// How many months a difference of readings covers. A meter put in on the first day of a month
    /// has counted that month too.
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
        figure.covers.len() + usize::from(begins)
    }

    /// The points that make up the house's input: those of its scope less what passes through, else
    /// every house meter there is.
    fn house_points(&self, resource: Resource) -> (Vec<ScopeMember>, Option<EventAt>) {
        let consumption = &self.book.balance.consumption;
        let scopes = self.book.balance.scopes_on(self.last_day(), resource);
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
