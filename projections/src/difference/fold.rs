//! Follows a balance event by event and notes the effect of each.

use std::collections::BTreeMap;

use aggregates::building::event::ScopeMember;
use aggregates::ids::MeteringPointId;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use rust_decimal::Decimal;

use crate::balance::{Balance, BalanceError, HouseBalance, PointName};
use crate::consumption::{Tally, Touched};
use crate::difference::model::{Change, ChangedSide, Effect, HouseDifference, ScopeDifference};
use crate::recorded::{FoldError, Recorded};
use crate::volume::{Fault, Volume, common_unit};

/// Compares a balance with its own later state: hand it the balance as folded up to the earlier
/// vantage, feed it the events up to the later one, and ask.
#[derive(Clone, Debug)]
pub struct Comparison {
    balance: Balance,
    period: Period,
    resource: Resource,
    from_position: u64,
    before: Option<HouseBalance>,
    figures: Figures,
    steps: Vec<(Code, Step)>,
}

/// Where a figure stands: scope, side, point.
type Place = (Code, ChangedSide, MeteringPointId);

type Figures = BTreeMap<Place, Figure>;

#[derive(Clone, Debug, PartialEq)]
struct Figure {
    member: ScopeMember,
    volume: Volume,
    contribution: Option<Measure>,
}

#[derive(Clone, Debug)]
struct Step {
    change: Change,
    was: Option<Measure>,
    is: Option<Measure>,
}

/// A comparison that cannot be carried on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// An event cannot be taken in.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A balance cannot be told.
    #[error(transparent)]
    Balance(#[from] BalanceError),
}

impl Comparison {
    /// Starts from the balance as it stands now, its earlier vantage.
    ///
    /// # Errors
    /// [`BalanceError`] where the balance cannot be told; that no scope is defined yet is no error.
    pub fn start(
        balance: Balance,
        period: Period,
        resource: Resource,
    ) -> Result<Self, BalanceError> {
        let before = told(&balance, period, resource)?;
        let from_position = balance.position();
        let mut comparison = Self {
            balance,
            period,
            resource,
            from_position,
            before,
            figures: Figures::new(),
            steps: Vec::new(),
        };
        comparison.figures = comparison.all_figures()?;
        Ok(comparison)
    }

    /// Takes in the next event of the book and notes what it changed.
    ///
    /// # Errors
    /// [`ComparisonError`]: the event cannot be taken in, or a figure after it cannot be told.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), ComparisonError> {
        let points: Vec<MeteringPointId> = match self.balance.apply(recorded)? {
            Touched::Nothing => return Ok(()),
            Touched::House => {
                let now = self.all_figures()?;
                let was = std::mem::take(&mut self.figures);
                self.note_all(recorded, &was, &now);
                self.figures = now;
                return Ok(());
            }
            Touched::Point(point) => vec![point],
            Touched::Meter(meter) => self.balance.consumption().points_of(meter).collect(),
        };
        let touched = |place: &&Place| points.contains(&place.2);
        let places: Vec<Place> = self.figures.keys().filter(touched).cloned().collect();
        for place in places {
            let Some(was) = self.figures.get(&place).cloned() else {
                continue;
            };
            let now = self.figure(&was.member)?;
            self.note(recorded, &place, Some(&was), Some(&now));
            self.figures.insert(place, now);
        }
        Ok(())
    }

    /// The difference between the two vantages, the later one being the last event taken in.
    ///
    /// # Errors
    /// [`BalanceError`] where the later balance cannot be told or added exactly.
    pub fn finish(self) -> Result<HouseDifference, BalanceError> {
        let (period, resource) = (self.period, self.resource);
        let after = told(&self.balance, period, resource)?;
        let mut by_scope: BTreeMap<Code, Vec<Step>> = BTreeMap::new();
        for balance in self.before.iter().chain(&after) {
            for scope in &balance.scopes {
                by_scope.entry(scope.name.clone()).or_default();
            }
        }
        for (scope, step) in self.steps {
            by_scope.entry(scope).or_default().push(step);
        }
        let scopes = by_scope.into_iter().map(|(name, steps)| {
            let scope = name.as_str().to_owned();
            scope_difference(name, steps).map_err(|_| BalanceError::Inexact { scope, period })
        });
        Ok(HouseDifference {
            period,
            resource,
            from_position: self.from_position,
            to_position: self.balance.position(),
            scopes: scopes.collect::<Result<Vec<_>, _>>()?,
            before: self.before,
            after,
        })
    }

    fn figure(&self, member: &ScopeMember) -> Result<Figure, BalanceError> {
        let told = self.balance.tell(member, self.resource, self.period)?;
        Ok(Figure {
            member: member.clone(),
            volume: told.volume().clone(),
            contribution: told.contribution(),
        })
    }

    fn all_figures(&self) -> Result<Figures, BalanceError> {
        let mut figures = Figures::new();
        for scope in self
            .balance
            .scopes_on(self.period.last_day(), self.resource)
        {
            let sides = [
                (ChangedSide::House, &scope.house),
                (ChangedSide::Members, &scope.members),
            ];
            for (side, members) in sides {
                for member in members {
                    let place = (scope.name.clone(), side, member.point);
                    figures.insert(place, self.figure(member)?);
                }
            }
        }
        Ok(figures)
    }

    fn note_all(&mut self, recorded: &Recorded, was: &Figures, now: &Figures) {
        for (place, figure) in was {
            self.note(recorded, place, Some(figure), now.get(place));
        }
        for (place, figure) in now {
            if !was.contains_key(place) {
                self.note(recorded, place, None, Some(figure));
            }
        }
    }

    fn note(
        &mut self,
        recorded: &Recorded,
        place: &Place,
        was: Option<&Figure>,
        now: Option<&Figure>,
    ) {
        if was == now {
            return;
        }
        let (scope, side, point) = place;
        let point: PointName = self.balance.name(*point);
        let change = Change {
            event: recorded.at(),
            name: recorded.event.name(),
            recorded_at: recorded.recorded_at,
            effective_at: recorded.effective_at,
            point,
            side: *side,
            before: was.map(|figure| figure.volume.clone()),
            after: now.map(|figure| figure.volume.clone()),
            effect: Effect(None),
        };
        let contribution = |figure: Option<&Figure>| figure.and_then(|figure| figure.contribution);
        let step = Step {
            change,
            was: contribution(was),
            is: contribution(now),
        };
        self.steps.push((scope.clone(), step));
    }
}

/// The balance, or `None` where no scope is defined yet.
fn told(
    balance: &Balance,
    period: Period,
    resource: Resource,
) -> Result<Option<HouseBalance>, BalanceError> {
    match balance.of_house(period, resource) {
        Ok(told) => Ok(Some(told.value)),
        Err(BalanceError::NoScope { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Turns the steps of a scope into effects in one unit, and adds them up.
fn scope_difference(name: Code, steps: Vec<Step>) -> Result<ScopeDifference, Fault> {
    let values = steps.iter().flat_map(|step| [step.was, step.is]).flatten();
    let unit = common_unit(values.map(Measure::unit));
    let mut house = Tally::new(unit);
    let mut members = Tally::new(unit);
    let mut changes = Vec::with_capacity(steps.len());
    for Step {
        mut change,
        was,
        is,
    } in steps
    {
        change.effect = Effect(effect(was, is, unit)?);
        if let Some(effect) = change.effect.0 {
            match change.side {
                ChangedSide::House => house.add_measure(&effect)?,
                ChangedSide::Members => members.add_measure(&effect)?,
            }
        }
        changes.push(change);
    }
    let sum = |tally: &Tally| tally.sum().or_else(|| zero(unit));
    let (house, members) = (sum(&house), sum(&members));
    let difference = match (house, members) {
        (Some(house), Some(members)) => Some(house.checked_sub(members)?),
        _ => None,
    };
    Ok(ScopeDifference {
        name,
        house: Effect(house),
        members: Effect(members),
        difference: Effect(difference),
        changes,
    })
}

/// What a sum of the known gained: a value that was or becomes unknown counts as not in the sum.
fn effect(
    was: Option<Measure>,
    is: Option<Measure>,
    unit: Option<Unit>,
) -> Result<Option<Measure>, Fault> {
    let Some(zero) = zero(unit) else {
        return Ok(None);
    };
    let in_sum = |value: Option<Measure>| value.unwrap_or(zero).convert(zero.unit());
    Ok(Some(in_sum(is)?.checked_sub(in_sum(was)?)?))
}

fn zero(unit: Option<Unit>) -> Option<Measure> {
    Some(Measure::new(Decimal::ZERO, unit?))
}
