//! Many figures of the same points: the course of each point is followed once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use aggregates::ids::MeteringPointId;
use aggregates::time::Period;

use crate::consumption::fold::Consumption;
use crate::consumption::model::PointConsumption;
use crate::consumption::query::{Asked, QueryError};
use crate::consumption::timeline::Timeline;

/// The courses of points up to a period, each found when it is first asked for.
///
/// A course up to a later period answers for an earlier one alike: what closes a period depends on
/// that period and those before it.
#[derive(Debug)]
pub(crate) struct Courses<'a> {
    book: &'a Consumption,
    through: Period,
    found: BTreeMap<MeteringPointId, Timeline<'a>>,
}

impl<'a> Courses<'a> {
    /// The courses of `book` up to the end of `through`.
    pub(crate) fn new(book: &'a Consumption, through: Period) -> Self {
        Self {
            book,
            through,
            found: BTreeMap::new(),
        }
    }

    /// The course of `point`.
    ///
    /// # Errors
    /// As [`Consumption::of_point`].
    pub(crate) fn of(&mut self, point: MeteringPointId) -> Result<&Timeline<'a>, QueryError> {
        let zone = self.book.zone.ok_or(QueryError::BuildingNotRegistered)?;
        Ok(match self.found.entry(point) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let course = Timeline::of(self.book, point, zone, self.through);
                place.insert(course.map_err(|_| QueryError::OutOfCalendar { point })?)
            }
        })
    }

    /// What [`Consumption::of_point`] answers, without the explanation.
    ///
    /// # Errors
    /// As [`Consumption::of_point`].
    pub(crate) fn figure(
        &mut self,
        point: MeteringPointId,
        period: Period,
    ) -> Result<PointConsumption, QueryError> {
        let book = self.book;
        let facts = book.points.get(&point);
        let facts = facts.ok_or(QueryError::UnknownPoint(point))?;
        let zone = book.zone.ok_or(QueryError::BuildingNotRegistered)?;
        let timeline = self.of(point)?;
        let asked = Asked {
            point,
            facts,
            period,
            zone,
            timeline,
        };
        asked
            .value()
            .map_err(|fault| QueryError::of(fault, point, period))
    }
}
