//! What a point consumed: asked of the state, answered with the reason.

use aggregates::ids::MeteringPointId;
use aggregates::quantity::Unit;
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;

use crate::calendar;
use crate::consumption::explain;
use crate::consumption::facts::PointFacts;
use crate::consumption::fold::Consumption;
use crate::consumption::imputed::{ImputedAt, ImputedRole};
use crate::consumption::model::{
    MeasuredInterval, PeriodOfSpan, PointConsumption, PointSpan, Uncounted, Unmetered,
};
use crate::consumption::path::{Segment, segments, unit_of};
use crate::consumption::sum::{Sums, Tally};
use crate::consumption::timeline::{Mark, Timeline};
use crate::explanation::Explained;
use crate::volume::{Fault, Reason, Volume, common_unit};

/// A question that has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The book does not know the point.
    #[error("точка учёта {0} не зарегистрирована в журнале к этому моменту")]
    UnknownPoint(MeteringPointId),
    /// The house, and with it the time zone of its months, is not registered.
    #[error("дом не зарегистрирован в журнале к этому моменту: месяцы дома не определены")]
    BuildingNotRegistered,
    /// A sum left the range in which decimals are exact.
    #[error("объём точки {point} за {period} не помещается в 28 десятичных знаков")]
    Inexact {
        /// The point.
        point: MeteringPointId,
        /// The period.
        period: Period,
    },
    /// A fact of the point lies outside the years that periods are defined for.
    #[error("у точки {point} есть факт с датой вне 1901–2199 годов: исправьте дату")]
    OutOfCalendar {
        /// The point.
        point: MeteringPointId,
    },
    /// The fold was limited to another period or resource.
    #[error(
        "состояние собрано только за {kept} ({}): соберите его заново", kept_resource.title_ru()
    )]
    NotKept {
        /// The period that was kept.
        kept: Period,
        /// The resource that was kept.
        kept_resource: Resource,
    },
    /// The span ends before it begins.
    #[error("период {through} раньше периода {from}")]
    Backwards {
        /// First period asked for.
        from: Period,
        /// Last period asked for.
        through: Period,
    },
}

impl QueryError {
    pub(crate) fn of(fault: Fault, point: MeteringPointId, period: Period) -> Self {
        match fault {
            Fault::Inexact => Self::Inexact { point, period },
            Fault::OutOfCalendar => Self::OutOfCalendar { point },
        }
    }
}

impl Consumption {
    /// Consumption of a point in a settlement period: the difference between the period's winning
    /// reading (a control reading, else the last taken) and the last winning one before, over all
    /// devices between; or volumes calculated in its place; or unknown, with the reasons.
    ///
    /// # Errors
    /// [`QueryError`] where the question itself has no answer. An unknown volume is no error.
    pub fn of_point(
        &self,
        point: MeteringPointId,
        period: Period,
    ) -> Result<Explained<PointConsumption>, QueryError> {
        let facts = self
            .points
            .get(&point)
            .ok_or(QueryError::UnknownPoint(point))?;
        self.check_kept(period, facts.resource)?;
        let zone = self.zone.ok_or(QueryError::BuildingNotRegistered)?;
        let answer = || {
            let timeline = Timeline::of(self, point, zone, period)?;
            Asked {
                point,
                facts,
                period,
                zone,
                timeline: &timeline,
            }
            .answer()
        };
        answer().map_err(|fault| QueryError::of(fault, point, period))
    }

    /// Consumption of a point over the periods `from ..= through`.
    ///
    /// # Errors
    /// As [`Consumption::of_point`]; also when `through` comes before `from`.
    pub fn of_point_between(
        &self,
        point: MeteringPointId,
        from: Period,
        through: Period,
    ) -> Result<Explained<PointSpan>, QueryError> {
        if through < from {
            return Err(QueryError::Backwards { from, through });
        }
        let mut answers = Vec::new();
        let mut period = from;
        while period <= through {
            answers.push(self.of_point(point, period)?);
            period = period.next();
        }
        span(from, through, answers).map_err(|fault| QueryError::of(fault, point, through))
    }

    fn check_kept(&self, period: Period, resource: Resource) -> Result<(), QueryError> {
        match self.only {
            Some(only) if only.period != period || only.resource != resource => {
                Err(QueryError::NotKept {
                    kept: only.period,
                    kept_resource: only.resource,
                })
            }
            _ => Ok(()),
        }
    }
}

/// Joins the answers of single periods: what one reading covers is known for all it covers.
fn span(
    from: Period,
    through: Period,
    answers: Vec<Explained<PointConsumption>>,
) -> Result<Explained<PointSpan>, Fault> {
    let covering = |period: Period| {
        answers.iter().map(|answer| &answer.value).find(|later| {
            later.period > period
                && later.covers.contains(&period)
                && later.volume.known().is_some()
        })
    };
    let mut tally =
        Tally::new(common_unit(answers.iter().filter_map(|answer| {
            answer.value.volume.known().map(|value| value.unit())
        })));
    let mut covered = Vec::new();
    for answer in &answers {
        let consumption = &answer.value;
        let by = match consumption.volume.is_only_unread() {
            true => covering(consumption.period).map(|later| later.period),
            false => None,
        };
        covered.push(by);
        match (&consumption.volume, by) {
            (Volume::Known { value }, _) => tally.add_measure(value)?,
            (Volume::Unknown { .. }, Some(_)) => {}
            (Volume::Unknown { reasons, .. }, None) => tally.miss(reasons.clone()),
        }
    }
    let volume = tally.into_volume();
    let because = explain::span(
        &volume,
        from,
        through,
        answers.iter().map(|a| a.because.clone()),
    );
    let periods = answers
        .into_iter()
        .zip(covered)
        .map(|(answer, covered_by)| PeriodOfSpan {
            consumption: answer.value,
            covered_by,
        });
    let value = PointSpan {
        from,
        through,
        volume,
        periods: periods.collect(),
    };
    Ok(Explained { value, because })
}

/// A question with all that the answer depends on.
pub(crate) struct Asked<'q, 'a> {
    pub(crate) point: MeteringPointId,
    pub(crate) facts: &'a PointFacts,
    pub(crate) period: Period,
    pub(crate) zone: ZoneName,
    pub(crate) timeline: &'q Timeline<'a>,
}

/// What the volume of the period is made of.
pub(crate) struct Pieces<'a> {
    pub(crate) segments: Vec<Segment<'a>>,
    /// Calculated volumes that count in this period.
    pub(crate) calculated: Vec<ImputedAt<'a>>,
    /// Calculated volumes of earlier periods that the segments contain.
    pub(crate) counted_before: Vec<ImputedAt<'a>>,
    /// Why there is nothing more, where that leaves the volume unknown.
    pub(crate) missing: Vec<Reason>,
    pub(crate) interval: Option<MeasuredInterval>,
    pub(crate) covers: Vec<Period>,
    pub(crate) unmetered: Vec<Unmetered>,
    pub(crate) uncounted: Vec<Uncounted>,
}

impl<'a> Asked<'_, 'a> {
    fn answer(&self) -> Result<Explained<PointConsumption>, Fault> {
        let value = self.value()?;
        let because = explain::point(&value, self.facts, self.zone);
        Ok(Explained { value, because })
    }

    /// The figure alone.
    pub(crate) fn value(&self) -> Result<PointConsumption, Fault> {
        let pieces = self.pieces()?;
        let unit = self.unit(&pieces);
        let mut sums = Sums::new(unit);
        let parts = sums.take_in(&pieces)?;
        sums.miss(&pieces.missing);
        let (volume, registers) = sums.into_volumes();
        Ok(PointConsumption {
            point: self.point,
            label: self.facts.label.clone(),
            kind: self.facts.kind,
            resource: self.facts.resource,
            premises: self.facts.premises,
            period: self.period,
            volume,
            registers,
            parts,
            interval: pieces.interval,
            covers: pieces.covers,
            unmetered: pieces.unmetered,
            uncounted: pieces.uncounted,
        })
    }

    fn pieces(&self) -> Result<Pieces<'a>, Fault> {
        let closed = self
            .facts
            .closed
            .filter(|(on, _)| *on <= self.period.first_day());
        let base = self.timeline.base_of(self.period);
        match (closed, self.timeline.mark_of(self.period), base) {
            (Some((on, _)), _, _) => self.without_mark(Reason::PointClosed { on }),
            (None, Some(mark), Some((base_period, base))) => {
                self.with_mark(base_period, base, mark)
            }
            _ => self.without_mark(self.why_nothing()?),
        }
    }

    fn with_mark(
        &self,
        base_period: Option<Period>,
        base: Mark<'a>,
        mark: Mark<'a>,
    ) -> Result<Pieces<'a>, Fault> {
        let between = |imputed: &&ImputedAt<'a>| {
            base_period.is_none_or(|base| base < imputed.fact.period)
                && imputed.fact.period < self.period
        };
        let earlier = self.timeline.imputed.iter().filter(between);
        let (ahead, beside): (Vec<_>, Vec<_>) = earlier
            .copied()
            .partition(|imputed| imputed.role == ImputedRole::Ahead);
        let mut calculated = Vec::new();
        for imputed in beside {
            if !self.fills(imputed.fact.period)? {
                calculated.push(imputed);
            }
        }
        calculated.extend(
            self.imputed_in(self.period)
                .filter(|imputed| imputed.role != ImputedRole::Ahead),
        );
        let first = match base_period {
            Some(period) => period,
            None => calendar::month_of(base.at, self.zone)?,
        };
        Ok(Pieces {
            segments: segments(self.timeline, base, mark)?,
            calculated,
            counted_before: ahead,
            missing: Vec::new(),
            interval: Some(MeasuredInterval {
                from: base.at,
                until: mark.at,
            }),
            covers: self.periods_after(first),
            unmetered: self.unmetered(base, mark),
            uncounted: self.uncounted(base, mark),
        })
    }

    /// Without a reading the calculated volumes are the period's, if they fill it.
    fn without_mark(&self, reason: Reason) -> Result<Pieces<'a>, Fault> {
        let missing = match self.fills(self.period)? {
            true => Vec::new(),
            false => vec![reason],
        };
        Ok(Pieces {
            segments: Vec::new(),
            calculated: self.imputed_in(self.period).collect(),
            counted_before: Vec::new(),
            missing,
            interval: None,
            covers: Vec::new(),
            unmetered: Vec::new(),
            uncounted: Vec::new(),
        })
    }

    fn imputed_in(&self, period: Period) -> impl Iterator<Item = ImputedAt<'a>> {
        let imputed = self.timeline.imputed.iter().copied();
        imputed.filter(move |imputed| imputed.fact.period == period)
    }

    /// Whether calculated volumes fill a period without a reading: those of a gap between two
    /// devices do not say what the devices themselves counted.
    fn fills(&self, period: Period) -> Result<bool, Fault> {
        let mut any = false;
        for imputed in self.imputed_in(period) {
            any = true;
            if imputed.role != ImputedRole::FillsGap {
                return Ok(true);
            }
        }
        Ok(any && !self.metered_in(period)?)
    }

    fn metered_in(&self, period: Period) -> Result<bool, Fault> {
        let (start, end) = calendar::bounds(period, self.zone)?;
        Ok(self.timeline.stays.iter().any(|at| {
            let gone = at
                .stay
                .removal
                .as_ref()
                .is_some_and(|removal| removal.at <= start);
            at.stay.from < end && !gone
        }))
    }

    fn why_nothing(&self) -> Result<Reason, Fault> {
        let base = self.timeline.base_of(self.period).map(|(_, mark)| mark);
        let stale = self
            .timeline
            .stale
            .iter()
            .find(|(of, _)| *of == self.period);
        if let (Some((_, stale)), Some(base)) = (stale, base) {
            return Ok(Reason::TakenBeforePrevious {
                taken_at: stale.at,
                previous: base.at,
            });
        }
        let (_, end) = calendar::bounds(self.period, self.zone)?;
        if self.metered_in(self.period)? {
            return Ok(Reason::NoReading {
                last_taken_at: base.map(|mark| mark.at),
            });
        }
        let removals = self
            .timeline
            .stays
            .iter()
            .filter_map(|at| at.stay.removal.as_ref());
        Ok(Reason::NoMeter {
            since: removals.map(|r| r.at).filter(|at| *at < end).max(),
        })
    }

    /// Periods after `base` up to the one asked for; at least that one.
    fn periods_after(&self, base: Period) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut period = base.next();
        while period < self.period {
            periods.push(period);
            period = period.next();
        }
        periods.push(self.period);
        periods
    }

    /// What the difference leaves out because readings did not count. Where one of this period
    /// stands before it, that tells of the days up to the act.
    fn uncounted(&self, base: Mark<'a>, mark: Mark<'a>) -> Vec<Uncounted> {
        let cuts = self.timeline.cuts.iter().filter_map(|cut| {
            let resumed = cut.resumed?;
            let within = base.order() <= cut.last.order() && resumed.order() <= mark.order();
            within.then(|| Uncounted {
                from: match cut.last_period == Some(self.period) {
                    true => cut.barred.act.at,
                    false => cut.last.at,
                },
                until: resumed.at,
                barred_by: resumed.meter.event(cut.barred.act.place),
            })
        });
        cuts.collect()
    }

    fn unmetered(&self, base: Mark<'a>, mark: Mark<'a>) -> Vec<Unmetered> {
        let stays = &self.timeline.stays[base.stay..=mark.stay];
        stays
            .iter()
            .enumerate()
            .filter_map(|(index, at)| {
                let removal = at.stay.removal.as_ref()?;
                let next = stays.get(index + 1);
                let is_last = next.is_none();
                // A device taken away after the mark is the next period's matter.
                if is_last && removal.at > mark.at {
                    return None;
                }
                next.is_none_or(|next| next.stay.from > removal.at)
                    .then(|| Unmetered {
                        from: removal.at,
                        until: next.map(|next| next.stay.from),
                        removed_by: at.meter.event(removal.place),
                        installed_by: next.map(|next| next.meter.event(next.stay.installed)),
                    })
            })
            .collect()
    }

    /// The unit of the figure: that of the devices, the finer one where they differ.
    fn unit(&self, pieces: &Pieces<'a>) -> Option<Unit> {
        let metered = pieces.segments.iter().filter_map(Segment::unit);
        let calculated = pieces.calculated.iter().chain(&pieces.counted_before);
        common_unit(metered.chain(calculated.filter_map(|imputed| unit_of(imputed.meter))))
    }
}
