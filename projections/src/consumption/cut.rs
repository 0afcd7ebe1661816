//! Times that no reading tells of: those before did not count, and counting begins anew after.

use aggregates::time::Period;

use crate::consumption::acts::Barred;
use crate::consumption::facts::{MeterFacts, ReadingFact};
use crate::consumption::timeline::{Mark, StayAt, final_mark, initial_mark, reading_mark};

/// A time that no reading tells of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a> {
    /// The last value before it that counts.
    pub(crate) last: Mark<'a>,
    /// The settlement period of that value; `None` where it is that of the installation.
    pub(crate) last_period: Option<Period>,
    /// Since when readings did not count.
    pub(crate) barred: Barred,
    /// The value that counting begins anew with, once there is one.
    pub(crate) resumed: Option<Mark<'a>>,
}

/// The cuts of all devices at a point, as far as readings up to `through` show them.
pub(crate) fn cuts_of<'a>(stays: &[StayAt<'a>], through: Period) -> Vec<Cut<'a>> {
    let mut found = Vec::new();
    for (index, at) in stays.iter().enumerate() {
        let barred = at.meter.barred();
        if barred.is_empty() {
            continue;
        }
        let counts = |reading: &&ReadingFact| {
            !reading.withdrawn
                && reading.period <= through
                && at.stay.contains(reading.taken_at)
                && !MeterFacts::is_barred(reading, &barred)
        };
        let readings: Vec<&'a ReadingFact> = at.meter.readings.iter().filter(counts).collect();
        let cuts = barred.iter().copied();
        found.extend(cuts.filter_map(|barred| cut(index, at, &readings, barred)));
    }
    found
}

/// The cut of a time in which readings did not count; `None` where one was taken in it that did.
fn cut<'a>(
    index: usize,
    at: &StayAt<'a>,
    readings: &[&'a ReadingFact],
    barred: Barred,
) -> Option<Cut<'a>> {
    let readings = || readings.iter().copied();
    let is_told = readings().any(|reading| barred.holds_at(reading.taken_at));
    if is_told || !at.stay.contains(barred.act.at) {
        return None;
    }
    let order = |reading: &&ReadingFact| (reading.taken_at, reading.place.sequence);
    let resumes =
        |reading: &&ReadingFact| barred.until.is_some_and(|until| until <= reading.taken_at);
    let after = readings().filter(resumes).min_by_key(order);
    let resumed = after.map(|after| reading_mark(index, at.meter, after));
    let before = readings().filter(|reading| reading.taken_at < barred.act.at);
    let last = before.max_by_key(order);
    Some(Cut {
        last: match last {
            Some(last) => reading_mark(index, at.meter, last),
            None => initial_mark(index, at),
        },
        last_period: last.map(|last| last.period),
        barred,
        resumed: resumed.or_else(|| barred.until.and_then(|_| final_mark(index, at))),
    })
}

/// The ways from one value of a device to a later one, with the cuts between left out.
pub(crate) fn around<'a>(
    cuts: &[Cut<'a>],
    from: Mark<'a>,
    to: Mark<'a>,
) -> Vec<(Mark<'a>, Mark<'a>)> {
    let mut ways = Vec::new();
    let mut from = from;
    for cut in cuts.iter().filter(|cut| cut.last.stay == to.stay) {
        let resumed = cut.resumed.filter(|resumed| resumed.order() <= to.order());
        let Some(resumed) = resumed.filter(|_| from.at <= cut.last.at) else {
            continue;
        };
        if from.order() < cut.last.order() {
            ways.push((from, cut.last));
        }
        from = resumed;
    }
    ways.push((from, to));
    ways
}
