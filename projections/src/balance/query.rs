//! The balance of a house: asked of the state, answered with the reason.

use std::collections::BTreeMap;

use aggregates::building::event::{ScopeMember, Sign};
use aggregates::ids::MeteringPointId;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};

use crate::balance::explain;
use crate::balance::fold::{Balance, ScopeFact};
use crate::balance::model::{
    Difference, HouseBalance, MissingPoint, Origin, OriginPart, PointFigure, PointName,
    ScopeBalance, Side,
};
use crate::consumption::{Courses, PointConsumption, QueryError, Tally, VolumePart, signed};
use crate::explanation::{Explained, Explanation};
use crate::volume::{Fault, Reason, Volume, common_unit};

/// The figure of a point, with its explanation where one is wanted.
type Figure = Result<(PointConsumption, Option<Explanation>), QueryError>;

/// Where the figures of points come from.
type OfPoint<'f> = dyn FnMut(MeteringPointId) -> Figure + 'f;

/// A balance that cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// Nobody said which points belong to the balance.
    #[error(
        "для ресурса «{}» на последний день периода {period} состав баланса не задан: добавьте \
         его в файл дома (раздел балансов) и загрузите файл снова", resource.title_ru()
    )]
    NoScope {
        /// The resource.
        resource: Resource,
        /// The period.
        period: Period,
    },
    /// The volumes of a scope cannot be added exactly.
    #[error(
        "объёмы баланса «{scope}» за {period} нельзя сложить точно: проверьте единицы приборов"
    )]
    Inexact {
        /// Name of the scope.
        scope: String,
        /// The period.
        period: Period,
    },
    /// The consumption of a point cannot be told.
    #[error(transparent)]
    Consumption(#[from] QueryError),
}

impl Balance {
    /// The balance of the house for a period, by the scopes in force on its last day.
    ///
    /// Missing points are named, and a difference without them is typed as such; without the
    /// house meters the difference is unknown. Losses between a node and the boundary of
    /// responsibility are no part of it.
    ///
    /// # Errors
    /// [`BalanceError`] where the question has no answer. An unknown volume is no error.
    pub fn of_house(
        &self,
        period: Period,
        resource: Resource,
    ) -> Result<Explained<HouseBalance>, BalanceError> {
        let facts = self.scopes_on(period.last_day(), resource);
        if facts.is_empty() {
            return Err(BalanceError::NoScope { resource, period });
        }
        let mut scopes = Vec::with_capacity(facts.len());
        let mut reasons = Vec::with_capacity(facts.len());
        for scope in facts {
            let Explained { value, because } = self.scope(scope, period)?;
            scopes.push(value);
            reasons.push(because);
        }
        let value = HouseBalance {
            period,
            resource,
            position: self.position(),
            scopes,
        };
        let because = explain::house(&value, reasons);
        Ok(Explained { value, because })
    }

    fn scope(
        &self,
        scope: &ScopeFact,
        period: Period,
    ) -> Result<Explained<ScopeBalance>, BalanceError> {
        let mut explained = |point| self.explained(point, period);
        let house = self.told(&scope.house, scope.resource, &mut explained)?;
        let members = self.told(&scope.members, scope.resource, &mut explained)?;
        let value = self.weigh(scope, period, &house, &members)?;
        let zone = self
            .consumption
            .zone
            .ok_or(QueryError::BuildingNotRegistered)?;
        let because = explain::scope(&value, house, members, zone);
        Ok(Explained { value, because })
    }

    /// The balance of one scope from figures told before, without the explanation.
    pub(crate) fn scope_alone(
        &self,
        scope: &ScopeFact,
        period: Period,
        courses: &mut Courses<'_>,
    ) -> Result<ScopeBalance, BalanceError> {
        let mut alone = |point| Ok((courses.figure(point, period)?, None));
        let house = self.told(&scope.house, scope.resource, &mut alone)?;
        let members = self.told(&scope.members, scope.resource, &mut alone)?;
        self.weigh(scope, period, &house, &members)
    }

    /// Adds up both sides of a scope.
    fn weigh(
        &self,
        scope: &ScopeFact,
        period: Period,
        house: &[Told],
        members: &[Told],
    ) -> Result<ScopeBalance, BalanceError> {
        let unit = common_unit(
            house
                .iter()
                .chain(members)
                .filter_map(|told| Some(told.volume().known()?.unit())),
        );
        let build = || -> Result<ScopeBalance, Fault> {
            let parts = self.origins(members, unit, period)?;
            let (house, members) = (side(house, unit)?, side(members, unit)?);
            Ok(ScopeBalance {
                name: scope.name.clone(),
                from: scope.from,
                defined_by: scope.event,
                difference: difference(&house, &members)?,
                house,
                members,
                parts,
            })
        };
        build().map_err(|_| BalanceError::Inexact {
            scope: scope.name.as_str().to_owned(),
            period,
        })
    }

    /// The figures of all points of one side.
    fn told(
        &self,
        side: &[ScopeMember],
        resource: Resource,
        of_point: &mut OfPoint<'_>,
    ) -> Result<Vec<Told>, BalanceError> {
        side.iter()
            .map(|member| self.tell_by(member, resource, of_point))
            .collect()
    }

    fn explained(&self, point: MeteringPointId, period: Period) -> Figure {
        let Explained { value, because } = self.consumption.of_point(point, period)?;
        Ok((value, Some(because)))
    }

    /// The figure of one point.
    pub(crate) fn tell(
        &self,
        member: &ScopeMember,
        resource: Resource,
        period: Period,
    ) -> Result<Told, BalanceError> {
        self.tell_by(member, resource, &mut |point| self.explained(point, period))
    }

    fn tell_by(
        &self,
        member: &ScopeMember,
        resource: Resource,
        of_point: &mut OfPoint<'_>,
    ) -> Result<Told, BalanceError> {
        let name = self.name(member.point);
        let known = self.consumption.points.get(&member.point);
        if known.is_none_or(|point| point.resource != resource) {
            let reasons = vec![Reason::PointNotRegistered];
            let figure = Err(Volume::Unknown {
                reasons,
                known_part: None,
            });
            return Ok(Told {
                name: PointName {
                    label: None,
                    kind: None,
                    ..name
                },
                sign: member.sign,
                figure,
                because: None,
            });
        }
        let (figure, because) = of_point(member.point)?;
        Ok(Told {
            name,
            sign: member.sign,
            figure: Ok(figure),
            because,
        })
    }

    /// How people know the point.
    pub(crate) fn name(&self, point: MeteringPointId) -> PointName {
        let facts = self.consumption.points.get(&point);
        let premises = facts.and_then(|facts| self.premises.get(&facts.premises?));
        PointName {
            point,
            label: facts.map(|facts| facts.label.clone()),
            kind: facts.map(|facts| facts.kind),
            premises: premises.map(|premises| premises.number.clone()),
        }
    }

    /// The members' known volumes by where they come from.
    pub(crate) fn origins(
        &self,
        members: &[Told],
        unit: Option<Unit>,
        period: Period,
    ) -> Result<Vec<OriginPart>, Fault> {
        let mut found: BTreeMap<Origin, (Tally, usize)> = BTreeMap::new();
        for told in members {
            let (Ok(figure), Some(_)) = (&told.figure, told.volume().known()) else {
                continue;
            };
            let whole = self.whole_origin(figure, told.sign, period);
            let mut origins: Vec<Origin> = Vec::new();
            for part in &figure.parts {
                let origin = whole.unwrap_or_else(|| origin_of(part));
                let Some(volume) = part.volume().known() else {
                    continue;
                };
                let (tally, points) = found.entry(origin).or_insert_with(|| (Tally::new(unit), 0));
                tally.add(signed(volume.value(), told.sign), volume.unit())?;
                if !origins.contains(&origin) {
                    origins.push(origin);
                    *points += 1;
                }
            }
        }
        Ok(found
            .into_iter()
            .filter_map(|(origin, (tally, points))| {
                Some(OriginPart {
                    origin,
                    volume: tally.sum()?,
                    points,
                })
            })
            .collect())
    }

    /// The origin of a point whose whole volume stands under one name.
    fn whole_origin(
        &self,
        figure: &PointConsumption,
        sign: Sign,
        period: Period,
    ) -> Option<Origin> {
        match figure.kind {
            PointKind::Transit => return Some(Origin::Transit),
            _ if sign == Sign::Minus => return Some(Origin::SubConsumer),
            PointKind::Technical => return Some(Origin::Technical),
            _ => {}
        }
        let premises = self.premises.get(&figure.premises?)?;
        let residential = premises.kind_on(period.last_day()).is_residential();
        (!residential).then_some(Origin::NonResidential)
    }
}

/// A point of a scope with its figure, or with the reason why there is none.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) name: PointName,
    pub(crate) sign: Sign,
    pub(crate) figure: Result<PointConsumption, Volume>,
    because: Option<Explanation>,
}

impl Told {
    pub(crate) fn volume(&self) -> &Volume {
        match &self.figure {
            Ok(figure) => &figure.volume,
            Err(unknown) => unknown,
        }
    }

    /// What the point adds to its side's sum; `None` where it is unknown.
    pub(crate) fn contribution(&self) -> Option<Measure> {
        let volume = self.volume().known()?;
        Some(Measure::new(
            signed(volume.value(), self.sign),
            volume.unit(),
        ))
    }

    pub(crate) fn into_explanation(self) -> Option<Explanation> {
        self.because
    }
}

/// Where a part of a point's volume comes from.
pub(crate) fn origin_of(part: &VolumePart) -> Origin {
    use aggregates::meter::reading::ImputationMethod as Method;
    match part {
        VolumePart::TrueUp(_) => Origin::TrueUp,
        VolumePart::Calculated(part) => match part.method {
            Method::Average => Origin::Average,
            Method::Norm => Origin::Norm,
            Method::DeviceTotals
            | Method::Profile
            | Method::Interpolation
            | Method::ContractLoad => Origin::Calculated,
        },
        VolumePart::Metered(part) => match part.until.as_ref().and_then(|until| until.source) {
            Some(ReadingSource::Polled | ReadingSource::Archive | ReadingSource::Isu) => {
                Origin::Automatic
            }
            Some(ReadingSource::Control) => Origin::Control,
            _ => Origin::Submitted,
        },
    }
}

fn side(told: &[Told], unit: Option<Unit>) -> Result<Side, Fault> {
    let mut tally = Tally::new(unit);
    let mut missing = Vec::new();
    let mut known = Tally::new(unit);
    for point in told {
        match (point.contribution(), point.volume()) {
            (Some(contribution), _) => {
                tally.add_measure(&contribution)?;
                known.add_measure(&contribution)?;
            }
            (None, volume) => {
                let known_part = match volume {
                    Volume::Unknown { known_part, .. } => *known_part,
                    Volume::Known { .. } => None,
                };
                let reasons = volume.reasons().to_vec();
                tally.miss(reasons.iter().cloned());
                missing.push(MissingPoint {
                    point: point.name.clone(),
                    reasons,
                    known_part,
                });
            }
        }
    }
    let points = told.iter().map(|point| PointFigure {
        point: point.name.clone(),
        sign: point.sign,
        volume: point.volume().clone(),
        covers: match &point.figure {
            Ok(figure) if figure.covers.len() > 1 => figure.covers.clone(),
            _ => Vec::new(),
        },
    });
    Ok(Side {
        total: tally.into_volume(),
        known: known.sum(),
        known_points: told.len() - missing.len(),
        all_points: told.len(),
        missing,
        points: points.collect(),
    })
}

fn difference(house: &Side, members: &Side) -> Result<Difference, Fault> {
    let Volume::Known { value: came_in } = &house.total else {
        return Ok(Difference::Unknown {
            reasons: house.total.reasons().to_vec(),
        });
    };
    let volume = match &members.known {
        Some(consumed) => came_in.checked_sub(*consumed)?,
        None => *came_in,
    };
    Ok(match members.missing.len() {
        0 => Difference::Known { volume },
        missing => Difference::WithoutMissing { volume, missing },
    })
}
