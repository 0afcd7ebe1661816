//! The course of one point: which meters stood there, which reading counts for which period.

use std::collections::BTreeMap;

use aggregates::ids::MeteringPointId;
use aggregates::time::{Period, ZoneName};
use chrono::{DateTime, Utc};

use crate::calendar::{self, OutOfCalendar};
use crate::consumption::cut::{Cut, cuts_of};
use crate::consumption::facts::{
    Acceptance, ImputedFact, MeterFacts, Place, ReadingFact, Removal, Stay, Values,
};
use crate::consumption::fold::Consumption;
use crate::consumption::imputed::{ImputedAt, parts_of};

/// A stay of a meter at the point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StayAt<'a> {
    pub(crate) meter: &'a MeterFacts,
    pub(crate) stay: &'a Stay,
}

/// A value of a meter that consumption is counted from or to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark<'a> {
    /// Index of the stay in the timeline.
    pub(crate) stay: usize,
    pub(crate) meter: &'a MeterFacts,
    pub(crate) kind: MarkKind,
    pub(crate) at: DateTime<Utc>,
    pub(crate) place: Place,
    pub(crate) corrected: Option<Place>,
    pub(crate) values: &'a Values,
}

/// What a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    Initial,
    Reading(Acceptance),
    Final,
}

impl Mark<'_> {
    /// Order of marks along the point: by device, then by time.
    pub(crate) fn order(&self) -> (usize, DateTime<Utc>, u64) {
        (self.stay, self.at, self.place.sequence)
    }
}

/// The course of one point up to a period.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    /// In the order of time.
    pub(crate) stays: Vec<StayAt<'a>>,
    /// The mark that closes each period that has one, in the order of periods and of time.
    pub(crate) marks: Vec<(Period, Mark<'a>)>,
    /// Of periods without a mark: the reading that was taken before that of an earlier period.
    pub(crate) stale: Vec<(Period, Mark<'a>)>,
    /// Times that no reading tells of, oldest first.
    pub(crate) cuts: Vec<Cut<'a>>,
    /// Calculated volumes that stand, in the order of recording.
    pub(crate) imputed: Vec<ImputedAt<'a>>,
}

impl<'a> Timeline<'a> {
    /// The course of `point` up to the end of `through`.
    pub(crate) fn of(
        book: &'a Consumption,
        point: MeteringPointId,
        zone: ZoneName,
        through: Period,
    ) -> Result<Self, OutOfCalendar> {
        let stays = stays_of(book, point);
        let (marks, stale) = marks_of(&stays, zone, through)?;
        let cuts = cuts_of(&stays, through);
        let imputed = imputed_of(&stays, &cuts, point, zone, through)?;
        Ok(Self {
            stays,
            marks,
            stale,
            cuts,
            imputed,
        })
    }

    /// The mark that closes `period`.
    pub(crate) fn mark_of(&self, period: Period) -> Option<Mark<'a>> {
        let index = self
            .marks
            .binary_search_by_key(&period, |(of, _)| *of)
            .ok()?;
        Some(self.marks[index].1)
    }

    /// The last mark before `period`: of an earlier period, else what the first meter showed when
    /// it was put in.
    pub(crate) fn base_of(&self, period: Period) -> Option<(Option<Period>, Mark<'a>)> {
        let before = self.marks.partition_point(|(of, _)| *of < period);
        match before.checked_sub(1) {
            Some(last) => Some((Some(self.marks[last].0), self.marks[last].1)),
            None => self
                .stays
                .first()
                .map(|first| (None, initial_mark(0, first))),
        }
    }
}

/// Stays at the point in the order of time.
fn stays_of(book: &Consumption, point: MeteringPointId) -> Vec<StayAt<'_>> {
    let recorded = book
        .stays
        .get(&point)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut stays: Vec<StayAt<'_>> = recorded
        .iter()
        .filter_map(|(id, index)| {
            let meter = book.meter(*id)?;
            Some(StayAt {
                meter,
                stay: meter.stays.get(*index)?,
            })
        })
        .collect();
    stays.sort_by_key(|at| (at.stay.from, at.stay.installed.position));
    stays
}

pub(crate) fn initial_mark<'a>(index: usize, at: &StayAt<'a>) -> Mark<'a> {
    Mark {
        stay: index,
        meter: at.meter,
        kind: MarkKind::Initial,
        at: at.stay.from,
        place: at.stay.installed,
        corrected: None,
        values: &at.stay.initial,
    }
}

/// What the meter showed when it was taken away, where that is known.
pub(crate) fn final_mark<'a>(index: usize, at: &StayAt<'a>) -> Option<Mark<'a>> {
    let Removal {
        at: removed_at,
        shown,
        place,
        told,
        ..
    } = at.stay.removal.as_ref()?;
    Some(Mark {
        stay: index,
        meter: at.meter,
        kind: MarkKind::Final,
        at: *removed_at,
        place: *place,
        corrected: *told,
        values: shown.as_ref()?,
    })
}

pub(super) fn reading_mark<'a>(
    index: usize,
    meter: &'a MeterFacts,
    reading: &'a ReadingFact,
) -> Mark<'a> {
    Mark {
        stay: index,
        meter,
        kind: MarkKind::Reading(reading.acceptance),
        at: reading.taken_at,
        place: reading.place,
        corrected: reading.corrected.as_deref().copied(),
        values: &reading.values,
    }
}

/// A control reading beats all others of its period; among equals the last taken wins. The device
/// that stood later goes first.
fn rank(mark: &Mark<'_>) -> (usize, bool, DateTime<Utc>, u64) {
    let control = mark.kind == MarkKind::Reading(Acceptance::Control);
    (mark.stay, control, mark.at, mark.place.sequence)
}

/// Periods with their marks.
type Marks<'a> = Vec<(Period, Mark<'a>)>;

/// What may close a period.
#[derive(Default)]
struct Candidates<'a> {
    readings: Vec<Mark<'a>>,
    /// Removals of the month, in the order of stays.
    removals: Vec<Closing<'a>>,
}

/// A removal, and whether a successor was put in within the month.
struct Closing<'a> {
    mark: Mark<'a>,
    has_successor: bool,
}

impl<'a> Candidates<'a> {
    /// The mark that closes the period: of those after `last`, or where there are none the one that
    /// would be it, were it not taken before.
    fn winner(&self, last: Option<&Mark<'a>>) -> Option<Mark<'a>> {
        let readings = || self.readings.iter().copied();
        let usable = readings().filter(|mark| follows(last, mark));
        let best = usable.max_by_key(rank).or(readings().max_by_key(rank));
        self.removals.iter().fold(best, |winner, removal| {
            match removal.closes(winner.map(|winner| winner.stay)) {
                true => Some(removal.mark),
                false => winner,
            }
        })
    }
}

impl Closing<'_> {
    /// A removal closes its month where the device had been read for it, or where no successor was
    /// put in within the month that could still be read. Otherwise the successor's reading does.
    fn closes(&self, read: Option<usize>) -> bool {
        match read {
            Some(stay) if stay == self.mark.stay => true,
            Some(stay) if stay > self.mark.stay => false,
            _ => !self.has_successor,
        }
    }
}

/// Whether a mark goes forward from the last one.
fn follows(last: Option<&Mark<'_>>, mark: &Mark<'_>) -> bool {
    last.is_none_or(|last| last.order() < mark.order())
}

/// The marks that close the periods one after another, and the readings of periods that have none
/// but those taken before an earlier period's mark, which measure nothing new.
fn marks_of<'a>(
    stays: &[StayAt<'a>],
    zone: ZoneName,
    through: Period,
) -> Result<(Marks<'a>, Marks<'a>), OutOfCalendar> {
    let candidates = candidates(stays, zone, through)?;
    let mut marks: Marks<'a> = Vec::with_capacity(candidates.len());
    let mut stale = Vec::new();
    for (period, of_period) in candidates {
        let last = marks.last().map(|(_, last)| last);
        let Some(winner) = of_period.winner(last) else {
            continue;
        };
        match follows(last, &winner) {
            true => marks.push((period, winner)),
            false => stale.push((period, winner)),
        }
    }
    Ok((marks, stale))
}

fn candidates<'a>(
    stays: &[StayAt<'a>],
    zone: ZoneName,
    through: Period,
) -> Result<BTreeMap<Period, Candidates<'a>>, OutOfCalendar> {
    let mut found: BTreeMap<Period, Candidates<'a>> = BTreeMap::new();
    for (index, at) in stays.iter().enumerate() {
        let barred = at.meter.barred();
        for reading in &at.meter.readings {
            let counts = !reading.withdrawn
                && reading.period <= through
                && at.stay.contains(reading.taken_at)
                && !MeterFacts::is_barred(reading, &barred);
            if counts {
                let mark = reading_mark(index, at.meter, reading);
                found.entry(reading.period).or_default().readings.push(mark);
            }
        }
        let Some(mark) = final_mark(index, at) else {
            continue;
        };
        let month = calendar::month_of(mark.at, zone)?;
        if through < month {
            continue;
        }
        let has_successor = match stays.get(index + 1) {
            Some(next) => calendar::month_of(next.stay.from, zone)? <= month,
            None => false,
        };
        let closing = Closing {
            mark,
            has_successor,
        };
        found.entry(month).or_default().removals.push(closing);
    }
    Ok(found)
}

fn imputed_of<'a>(
    stays: &[StayAt<'a>],
    cuts: &[Cut<'a>],
    point: MeteringPointId,
    zone: ZoneName,
    through: Period,
) -> Result<Vec<ImputedAt<'a>>, OutOfCalendar> {
    let mut found: Vec<ImputedAt<'a>> = Vec::new();
    for (index, at) in stays.iter().enumerate() {
        if stays[..index]
            .iter()
            .any(|earlier| earlier.meter.id == at.meter.id)
        {
            continue;
        }
        for fact in &at.meter.imputations {
            let stands = fact.superseded.is_none() && fact.period <= through;
            if stands && stood_at(at.meter, fact) == Some(point) {
                found.extend(parts_of(stays, cuts, at.meter, fact, zone)?);
            }
        }
    }
    found.sort_by_key(|imputed| imputed.fact.place.position);
    Ok(found)
}

/// The point whose consumption the volume is: where the meter stood last before the interval's end.
fn stood_at(meter: &MeterFacts, fact: &ImputedFact) -> Option<MeteringPointId> {
    let before = meter
        .stays
        .iter()
        .filter(|stay| stay.from < fact.interval.until());
    before
        .max_by_key(|stay| stay.from)
        .or(meter.stays.first())
        .map(|stay| stay.point)
}
