//! Figures told again, one point and one resource at a time.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;

use aggregates::ids::MeteringPointId;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::balance::{ScopeBalance, Side, origin_of};
use crate::calendar;
use crate::consumption::{Courses, PointConsumption, QueryError};
use crate::house_figures::fold::HouseFigures;
use crate::house_figures::model::{PointMonth, ScopeMonth, ScopeSide, ScopeSums};
use crate::house_figures::stale::{Since, Stale};
use crate::volume::Reason;

/// New figures of a point: they take the place of all it had from a period on.
#[derive(Clone, Debug, PartialEq)]
pub struct PointChange {
    /// The point.
    pub point: MeteringPointId,
    /// From which period on earlier figures are void; `None` for all.
    pub from: Option<Period>,
    /// The figures that hold, oldest first.
    pub months: Vec<PointMonth>,
}

/// New balances of a resource: they take the place of all there were from a period on.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceChange {
    /// The resource.
    pub resource: Resource,
    /// From which period on earlier balances are void; `None` for all.
    pub from: Option<Period>,
    /// The balances that hold, oldest first, by scope.
    pub months: Vec<ScopeMonth>,
}

/// Figures that replace earlier ones. They are told when asked for, so that those of a large house
/// need not lie in memory together.
#[derive(Debug)]
pub struct FigureChanges<'a> {
    house: &'a HouseFigures,
    courses: Option<(Period, Courses<'a>)>,
    points: IntoIter<MeteringPointId, Since>,
    resources: IntoIter<Resource, Since>,
    firsts: BTreeMap<Resource, Option<Period>>,
}

impl<'a> FigureChanges<'a> {
    pub(super) fn new(house: &'a HouseFigures, stale: Stale) -> Self {
        let courses = |latest| (latest, Courses::new(house.consumption(), latest));
        Self {
            house,
            courses: house.latest.map(courses),
            points: stale.points.into_iter(),
            resources: stale.resources.into_iter(),
            firsts: BTreeMap::new(),
        }
    }

    /// The next point with its figures.
    pub fn next_point(&mut self) -> Option<PointChange> {
        let (latest, courses) = self.courses.as_mut()?;
        let (point, since) = self.points.next()?;
        let first = first_period(self.house, point, courses);
        let mut months = Vec::new();
        let mut next = first.map(|first| since.not_before(first));
        while let Some(period) = next.filter(|period| period <= latest) {
            let told = courses.figure(point, period);
            if !told.as_ref().is_ok_and(is_of_closed_point) {
                months.extend(month(self.house, point, period, told));
            }
            next = Some(period.next());
        }
        Some(PointChange {
            point,
            from: since.period(),
            months,
        })
    }

    /// The next resource with its balances.
    pub fn next_resource(&mut self) -> Option<ResourceChange> {
        let (resource, since) = self.resources.next()?;
        let first = self.first_period(resource);
        let (latest, courses) = self.courses.as_mut()?;
        let mut months = Vec::new();
        let mut next = first.map(|first| since.not_before(first));
        while let Some(period) = next.filter(|period| period <= latest) {
            months.extend(scopes(self.house, resource, period, courses));
            next = Some(period.next());
        }
        Some(ResourceChange {
            resource,
            from: since.period(),
            months,
        })
    }

    /// The first period that any point of the resource has a figure for.
    fn first_period(&mut self, resource: Resource) -> Option<Period> {
        let (_, courses) = self.courses.as_mut()?;
        let house = self.house;
        *self.firsts.entry(resource).or_insert_with(|| {
            let points = house.consumption().points.iter();
            let of_resource = points.filter(|(_, facts)| facts.resource == resource);
            of_resource
                .filter_map(|(point, _)| first_period(house, *point, courses))
                .min()
        })
    }
}

/// The first period that a point has a figure for.
fn first_period(
    house: &HouseFigures,
    point: MeteringPointId,
    courses: &mut Courses<'_>,
) -> Option<Period> {
    let zone = house.balance.zone()?;
    let course = courses.of(point).ok()?;
    let installed = calendar::month_of(course.stays.first()?.stay.from, zone).ok()?;
    let marks = course.marks.iter().chain(&course.stale);
    let imputed = course.imputed.iter().map(|imputed| imputed.fact.period);
    let others = marks.map(|(period, _)| *period).chain(imputed).min();
    Some(others.map_or(installed, |other| other.min(installed)))
}

fn is_of_closed_point(figure: &PointConsumption) -> bool {
    matches!(figure.volume.reasons(), [Reason::PointClosed { .. }])
}

fn month(
    house: &HouseFigures,
    point: MeteringPointId,
    period: Period,
    told: Result<PointConsumption, QueryError>,
) -> Option<PointMonth> {
    let facts = house.consumption().points.get(&point)?;
    let mut month = PointMonth {
        point,
        label: facts.label.clone(),
        kind: facts.kind,
        resource: facts.resource,
        premises: facts.premises,
        period,
        volume: None,
        registers: Vec::new(),
        origins: Vec::new(),
        interval: None,
        covers: Vec::new(),
        fault: None,
    };
    match told {
        Ok(figure) => {
            month.origins = figure.parts.iter().map(origin_of).collect();
            month.origins.sort_unstable();
            month.origins.dedup();
            month.volume = Some(figure.volume);
            month.registers = figure.registers;
            month.interval = figure.interval;
            month.covers = figure.covers;
        }
        Err(error) => month.fault = Some(error.to_string()),
    }
    Some(month)
}

fn scopes(
    house: &HouseFigures,
    resource: Resource,
    period: Period,
    courses: &mut Courses<'_>,
) -> Vec<ScopeMonth> {
    let scopes = house.balance.scopes_on(period.last_day(), resource);
    let months = scopes.into_iter().map(|scope| {
        let told = house.balance.scope_alone(scope, period, courses);
        let (sums, fault) = match told {
            Ok(balance) => (Some(sums(balance)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        ScopeMonth {
            period,
            resource,
            scope: scope.name.clone(),
            from: scope.from,
            defined_by: scope.event,
            sums,
            fault,
        }
    });
    months.collect()
}

fn sums(balance: ScopeBalance) -> ScopeSums {
    ScopeSums {
        house: side(&balance.house),
        members: side(&balance.members),
        parts: balance.parts,
        difference: balance.difference,
    }
}

fn side(side: &Side) -> ScopeSide {
    ScopeSide {
        total: side.total.known().copied(),
        known: side.known,
        known_points: side.known_points,
        all_points: side.all_points,
    }
}
