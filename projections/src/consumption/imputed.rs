//! How a calculated volume relates to the readings around it, day by day.

use aggregates::time::{Interval, ZoneName};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::calendar::{self, OutOfCalendar};
use crate::consumption::cut::Cut;
use crate::consumption::facts::{ImputedFact, MeterFacts};
use crate::consumption::timeline::StayAt;
use crate::volume::{Fault, subtract};

/// Decimals that a part of a calculated volume is rounded to; the parts add up to the whole.
const PART_DECIMALS: u32 = 12;

/// A calculated volume as it counts at this point: the whole of it, or the part of some days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImputedAt<'a> {
    pub(crate) meter: &'a MeterFacts,
    pub(crate) fact: &'a ImputedFact,
    pub(crate) role: ImputedRole,
    /// The days that the role is of.
    pub(crate) interval: Interval,
    part: DayPart,
}

/// How a calculated volume relates to the readings around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImputedRole {
    /// The meter counted all the same: the next reading contains this volume.
    Ahead,
    /// No meter stood there: no reading contains it.
    FillsGap,
    /// The meter was out of order: by law what it shows then does not count (ПП 354 п. 59(а)).
    DuringFailure,
    /// Readings did not count: no later one tells what the meter counted then (п. 60(2), 81(11)).
    Stands,
}

/// Days `before .. until` of the `of` days of an interval.
#[derive(Clone, Copy, Debug)]
struct DayPart {
    before: u32,
    until: u32,
    of: u32,
}

impl DayPart {
    const WHOLE: Self = Self {
        before: 0,
        until: 1,
        of: 1,
    };
}

impl ImputedAt<'_> {
    /// What of a register's calculated volume falls on the days.
    pub(crate) fn amount(&self, register: usize) -> Result<Option<Decimal>, Fault> {
        let DayPart { before, until, of } = self.part;
        let Some(whole) = self.fact.volumes[register] else {
            return Ok(None);
        };
        if before == 0 && until == of {
            return Ok(Some(whole));
        }
        let begins = of_first_days(whole, before, of)?;
        subtract(of_first_days(whole, until, of)?, begins).map(Some)
    }
}

/// The part of a volume that falls on the first `days` of its `of` days.
fn of_first_days(whole: Decimal, days: u32, of: u32) -> Result<Decimal, Fault> {
    let scale = whole.scale().max(PART_DECIMALS);
    let raised = 10_i128.checked_pow(scale - whole.scale());
    let scaled = raised.and_then(|raised| whole.mantissa().checked_mul(raised));
    let shared = scaled.and_then(|scaled| scaled.checked_mul(i128::from(days)));
    let (shared, of) = (shared.ok_or(Fault::Inexact)?, i128::from(of));
    let (cut, rest) = (shared / of, shared % of);
    let rounded = match 2 * rest.abs() >= of {
        true => cut + rest.signum(),
        false => cut,
    };
    let part = Decimal::try_from_i128_with_scale(rounded, scale);
    part.map(|part| part.normalize())
        .map_err(|_| Fault::Inexact)
}

/// A calculated volume with its role; where an outage or an exchange recorded later begins or ends
/// inside its interval, one part for each run of days.
pub(crate) fn parts_of<'a>(
    stays: &[StayAt<'a>],
    cuts: &[Cut<'a>],
    meter: &'a MeterFacts,
    fact: &'a ImputedFact,
    zone: ZoneName,
) -> Result<Vec<ImputedAt<'a>>, OutOfCalendar> {
    let whole = |role| {
        vec![ImputedAt {
            meter,
            fact,
            role,
            interval: fact.interval,
            part: DayPart::WHOLE,
        }]
    };
    if let Some(role) = role_of_whole(stays, cuts, meter, fact, zone)? {
        return Ok(whole(role));
    }
    let (first, end) = (fact.interval.from(), fact.interval.until());
    let is_of_days = [first, end]
        .into_iter()
        .all(|edge| zone.start_of(zone.local_date(edge)) == Some(edge));
    let (first, end) = (zone.local_date(first), zone.local_date(end));
    let mut idle = idle_days(stays, cuts, meter, zone);
    idle.retain(|idle| idle.from < end && idle.until.is_none_or(|until| first < until));
    if idle.is_empty() || !is_of_days {
        return Ok(whole(ImputedRole::Ahead));
    }
    let mut runs: Vec<(ImputedRole, u32)> = Vec::new();
    for day in first.iter_days().take_while(|day| *day < end) {
        let role = idle.iter().find(|idle| idle.contains(day));
        let role = role.map_or(ImputedRole::Ahead, |idle| idle.role);
        match runs.last_mut().filter(|(known, _)| *known == role) {
            Some((_, days)) => *days += 1,
            None => runs.push((role, 1)),
        }
    }
    let of = runs.iter().map(|(_, days)| days).sum();
    let mut before = 0;
    let mut parts = Vec::with_capacity(runs.len());
    for (role, days) in runs {
        let until = before + days;
        parts.push(ImputedAt {
            meter,
            fact,
            role,
            interval: interval(first, before, until, zone)?,
            part: DayPart { before, until, of },
        });
        before = until;
    }
    Ok(parts)
}

fn interval(
    first: NaiveDate,
    before: u32,
    until: u32,
    zone: ZoneName,
) -> Result<Interval, OutOfCalendar> {
    let edge = |days: u32| {
        let day = first.checked_add_days(chrono::Days::new(days.into()));
        day.and_then(|day| zone.start_of(day)).ok_or(OutOfCalendar)
    };
    Interval::new(edge(before)?, edge(until)?).map_err(|_| OutOfCalendar)
}

/// Days on which no meter that works stands at the point.
#[derive(Clone, Copy)]
struct Idle {
    from: NaiveDate,
    until: Option<NaiveDate>,
    role: ImputedRole,
}

impl Idle {
    fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// Days between two devices, then days on which `meter` was out of order, then days that no reading
/// tells of. The day of a removal or a
/// failure is one of them, that of an installation or a restoration is not.
fn idle_days(
    stays: &[StayAt<'_>],
    cuts: &[Cut<'_>],
    meter: &MeterFacts,
    zone: ZoneName,
) -> Vec<Idle> {
    let idle = |from: DateTime<Utc>, until: Option<DateTime<Utc>>, role| Idle {
        from: zone.local_date(from),
        until: until.map(|until| zone.local_date(until)),
        role,
    };
    let gaps = stays.iter().enumerate().filter_map(|(index, at)| {
        let removal = at.stay.removal.as_ref()?;
        let next = stays.get(index + 1).map(|next| next.stay.from);
        Some(idle(removal.at, next, ImputedRole::FillsGap))
    });
    let failures = meter
        .failures
        .iter()
        .map(|failure| idle(failure.from, failure.until, ImputedRole::DuringFailure));
    let untold = cuts
        .iter()
        .filter(|cut| cut.last.meter.id == meter.id)
        .map(|cut| {
            let resumed = cut.resumed.map(|resumed| resumed.at);
            idle(cut.last.at, resumed, ImputedRole::Stands)
        });
    gaps.chain(failures)
        .chain(untold)
        .filter(|idle| idle.until.is_none_or(|until| idle.from < until))
        .collect()
}

/// The role of an interval that lies within one time without a working meter.
fn role_of_whole(
    stays: &[StayAt<'_>],
    cuts: &[Cut<'_>],
    meter: &MeterFacts,
    fact: &ImputedFact,
    zone: ZoneName,
) -> Result<Option<ImputedRole>, OutOfCalendar> {
    for (index, at) in stays.iter().enumerate() {
        let next = stays.get(index + 1).map(|next| next.stay.from);
        if let Some(removal) = &at.stay.removal
            && lies_within(fact, removal.at, next, zone)?
        {
            return Ok(Some(ImputedRole::FillsGap));
        }
    }
    if let Some(first) = stays.first()
        && fact.interval.from() < first.stay.from
        && fact.interval.until() <= calendar::day_end(first.stay.from, zone)?
    {
        return Ok(Some(ImputedRole::FillsGap));
    }
    for failure in &meter.failures {
        if lies_within(fact, failure.from, failure.until, zone)? {
            return Ok(Some(ImputedRole::DuringFailure));
        }
    }
    for cut in cuts.iter().filter(|cut| cut.last.meter.id == meter.id) {
        let resumed = cut.resumed.map(|resumed| resumed.at);
        if lies_within(fact, cut.last.at, resumed, zone)? {
            return Ok(Some(ImputedRole::Stands));
        }
    }
    Ok(None)
}

/// Whether the filled interval lies between two instants, counted in whole days of the house as
/// the law counts gaps and failures.
fn lies_within(
    fact: &ImputedFact,
    start: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    zone: ZoneName,
) -> Result<bool, OutOfCalendar> {
    let begins = calendar::day_start(start, zone)? <= fact.interval.from();
    Ok(begins
        && match end {
            Some(end) => fact.interval.until() <= calendar::day_end(end, zone)?,
            None => true,
        })
}
