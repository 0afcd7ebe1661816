//! Среднемесячный объём of a meter (ПП 354 п. 59).

use std::collections::BTreeMap;

use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};

use crate::calendar;
use crate::consumption::{Mark, MarkKind, Timeline, initial_mark, segments};
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::formulas::gaps::average_59;
use crate::settlement::gap_runs::{calculated_in, is_beside_readings};
use crate::settlement::gaps::GapOf;
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::shown_in;
use crate::text;

/// A meter's monthly average.
#[derive(Debug)]
pub(crate) struct Average {
    /// Months that it is taken over.
    pub(crate) months: u32,
    /// The days of the two readings.
    pub(crate) between: (NaiveDate, NaiveDate),
    /// By register, in the register's unit.
    pub(crate) registers: Vec<(usize, Ratio)>,
    pub(crate) inputs: Vec<EventAt>,
    pub(crate) because: Explanation,
}

/// The average by the last real reading and the latest one that is far enough before it; `None`
/// where the meter has not been read for long enough (п. 59(2)).
///
/// The difference of two real readings contains every month between them as it was consumed:
/// calculated volumes and their true-up never enter.
pub(crate) fn average(
    settling: &Settling<'_>,
    of: GapOf<'_>,
    timeline: &Timeline<'_>,
) -> Result<Option<Average>, SettlementError> {
    let last_day = settling.last_day();
    let window = settling
        .edition
        .average_window_months(of.resource, last_day)?;
    let least = settling.edition.average_months_min(of.resource, last_day)?;
    let marks = marks_of(settling, of, timeline)?;
    let Some(((last_period, last), earlier)) = marks.split_last() else {
        return Ok(None);
    };
    let months = |from: Period| months_between(settling, of, timeline, (from, *last_period));
    let enough = earlier
        .iter()
        .rev()
        .find(|(period, _)| months(*period) >= window.value);
    let Some((from_period, from)) = enough.or(earlier.first()) else {
        return Ok(None);
    };
    let span = months(*from_period);
    if span < least.value {
        return Ok(None);
    }
    let Some(counted) = counted_between(settling, timeline, (*from, *last))? else {
        return Ok(None);
    };
    let mut registers = Vec::with_capacity(counted.len());
    for (index, counted) in &counted {
        let monthly = average_59(counted, span).map_err(|_| settling.too_large())?;
        registers.push((*index, monthly));
    }
    let day = |mark: &Mark<'_>| settling.zone.local_date(mark.at);
    let between = (day(from), day(last));
    let marks = [from, last];
    let places = marks
        .iter()
        .flat_map(|mark| [Some(mark.place), mark.corrected]);
    let inputs: Vec<EventAt> = places
        .flatten()
        .map(|place| of.meter.event(place))
        .collect();
    let monthly = registers.iter().map(|(index, monthly)| {
        let spec = &of.meter.registers[*index];
        format!("{}: {} в месяц", spec.name, shown_in(monthly, spec.unit))
    });
    let monthly: Vec<String> = monthly.collect();
    let text = format!(
        "показания {} и {}, между ними {span} мес.",
        text::local_day(from.at, settling.zone),
        text::local_day(last.at, settling.zone)
    );
    let because = Explanation::new("settlement.average_window", text)
        .formula(monthly.join("; "))
        .events(inputs.iter().copied())
        .parts([rule_step(
            format!(
                "среднее за {} мес., не менее чем за {}",
                window.value, least.value
            ),
            &window,
        )]);
    Ok(Some(Average {
        months: span,
        between,
        registers,
        inputs,
        because,
    }))
}

/// What the meter counted between two of its values, by register; what no reading tells of is left
/// out. `None` where a difference is unknown.
fn counted_between(
    settling: &Settling<'_>,
    timeline: &Timeline<'_>,
    (from, last): (Mark<'_>, Mark<'_>),
) -> Result<Option<BTreeMap<usize, Ratio>>, SettlementError> {
    let found = segments(timeline, from, last).map_err(|fault| settling.fault(fault))?;
    let mut sums: BTreeMap<usize, Ratio> = BTreeMap::new();
    for (index, counted) in found.iter().flat_map(|segment| &segment.registers) {
        let Ok(counted) = counted else {
            return Ok(None);
        };
        let sum = sums.entry(*index).or_default();
        *sum = &*sum + Ratio::from(*counted);
    }
    Ok((!sums.is_empty()).then_some(sums))
}

/// What the meter showed at the point: when it was put in, then by its readings.
fn marks_of<'t>(
    settling: &Settling<'_>,
    of: GapOf<'_>,
    timeline: &Timeline<'t>,
) -> Result<Vec<(Period, Mark<'t>)>, SettlementError> {
    let stay = timeline
        .stays
        .iter()
        .rposition(|at| at.meter.id == of.meter.id && at.stay.installed == of.stay.installed);
    let Some(stay) = stay else {
        return Ok(Vec::new());
    };
    let at = &timeline.stays[stay];
    let begins = calendar::month_of(at.stay.from, settling.zone)?;
    // A meter put in on the first day has counted that whole month.
    let begins = match settling.zone.local_date(at.stay.from).day() {
        1 => begins.previous(),
        _ => begins,
    };
    let readings = timeline
        .marks
        .iter()
        .filter(|(_, mark)| mark.stay == stay && mark.kind != MarkKind::Final)
        // A reading that an act has shown to be wrong is no actual one.
        .filter(|(_, mark)| {
            let readings = of.meter.readings_at(mark.place.sequence);
            !readings.iter().any(|reading| reading.contradicted)
        })
        // A month that was calculated in part is no month with actual readings.
        .filter(|(period, _)| calculated_in(timeline, of.meter, *period).is_none());
    let mut marks = vec![(begins, initial_mark(stay, at))];
    marks.extend(readings.copied());
    Ok(marks)
}

/// Months of one period to another in which the meter counted: not those in which it was out of
/// order, and of heat only those with heating.
fn months_between(
    settling: &Settling<'_>,
    of: GapOf<'_>,
    timeline: &Timeline<'_>,
    (from, last): (Period, Period),
) -> u32 {
    let mut period = from.next();
    let mut counted = 0;
    while period <= last {
        let failed = timeline.imputed.iter().any(|imputed| {
            imputed.meter.id == of.meter.id
                && imputed.fact.period == period
                && is_beside_readings(imputed.role)
        });
        let idle = of.resource == Resource::Heat && settling.is_heated_in(period) == Some(false);
        if !failed && !idle {
            counted += 1;
        }
        period = period.next();
    }
    counted
}
