//! The way from one mark to another: difference by difference, never across two devices.

use aggregates::ids::MeterId;
use aggregates::meter::model::TransformerRatio;
use aggregates::quantity::{Measure, Unit};
use rust_decimal::Decimal;

use crate::consumption::cut::around;
use crate::consumption::facts::{Acceptance, MeterFacts, RolloverFact};
use crate::consumption::timeline::{Mark, MarkKind, StayAt, Timeline, final_mark, initial_mark};
use crate::volume::{Fault, Reason, add, subtract};

/// What one device counted between two marks.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) meter: &'a MeterFacts,
    pub(crate) from: Mark<'a>,
    /// `None` where the device went without a final reading.
    pub(crate) to: Option<Mark<'a>>,
    /// One entry a fitting register, in the register's unit.
    pub(crate) registers: Vec<(usize, Result<Decimal, Reason>)>,
    /// Sum of the counting registers.
    pub(crate) total: Result<Decimal, Vec<Reason>>,
    pub(crate) turns: Vec<&'a RolloverFact>,
    /// Whether a control reading closes it that contradicts the reading it begins with (п. 61).
    pub(crate) is_recheck: bool,
    /// What the difference of the display is multiplied by.
    pub(crate) ratio: Option<TransformerRatio>,
}

impl Segment<'_> {
    /// Unit of the total; `None` where no register makes up the volume.
    pub(crate) fn unit(&self) -> Option<Unit> {
        unit_of(self.meter)
    }
}

/// Unit of a meter's volume; `None` where no register makes up the volume.
pub(crate) fn unit_of(meter: &MeterFacts) -> Option<Unit> {
    meter
        .counting
        .first()
        .map(|index| meter.registers[*index].unit)
}

/// All segments from `base` to `mark`, through every device between them; what no reading tells of
/// is left out.
pub(crate) fn segments<'a>(
    timeline: &Timeline<'a>,
    base: Mark<'a>,
    mark: Mark<'a>,
) -> Result<Vec<Segment<'a>>, Fault> {
    let mut found = Vec::new();
    for index in base.stay..=mark.stay {
        let at = &timeline.stays[index];
        let from = match index == base.stay {
            true => base,
            false => initial_mark(index, at),
        };
        let last = match index == mark.stay {
            true => Some(mark),
            false => final_mark(index, at),
        };
        let Some(last) = last else {
            found.push(lost(at, from));
            continue;
        };
        for (from, to) in around(&timeline.cuts, from, last) {
            found.push(measured(at, from, to)?);
        }
    }
    Ok(found)
}

/// A device that was taken away, or replaced, without telling what it counted last.
fn lost<'a>(at: &StayAt<'a>, from: Mark<'a>) -> Segment<'a> {
    let meter = at.meter;
    let reason = match &at.stay.removal {
        Some(removal) => Reason::FinalReadingUnknown {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
            removed_at: removal.at,
        },
        None => Reason::RemovalNotRecorded {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
        },
    };
    let registers = meter
        .fitting
        .iter()
        .map(|index| (*index, Err(reason.clone())))
        .collect();
    Segment {
        meter,
        from,
        to: None,
        registers,
        total: Err(vec![reason]),
        turns: Vec::new(),
        is_recheck: false,
        ratio: at.stay.transformer_ratio,
    }
}

fn measured<'a>(at: &StayAt<'a>, from: Mark<'a>, to: Mark<'a>) -> Result<Segment<'a>, Fault> {
    let meter = at.meter;
    let turns = turns_between(meter, &from, &to);
    let is_recheck = is_recheck(meter, &from, &to);
    let registers = meter
        .fitting
        .iter()
        .map(|index| Ok((*index, difference(at, *index, (&from, &to), &turns)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let total = total_of(meter, &registers)?;
    Ok(Segment {
        meter,
        from,
        to: Some(to),
        registers,
        total,
        turns,
        is_recheck,
        ratio: at.stay.transformer_ratio,
    })
}

/// What passed, where the display counted so much behind transformers.
fn transformed(counted: Decimal, ratio: Option<TransformerRatio>) -> Result<Decimal, Fault> {
    match ratio {
        Some(ratio) => counted
            .checked_mul(Decimal::from(ratio.value()))
            .ok_or(Fault::Inexact),
        None => Ok(counted),
    }
}

/// Whether a control reading shows that the reading before it, which was charged, was wrong.
fn is_recheck(meter: &MeterFacts, from: &Mark<'_>, to: &Mark<'_>) -> bool {
    let readings = meter.readings_at(from.place.sequence);
    to.kind == MarkKind::Reading(Acceptance::Control)
        && matches!(from.kind, MarkKind::Reading(_))
        && readings.iter().any(|reading| reading.contradicted)
}

/// Turns declared on accepted readings after `from`, up to `to`, that later events left standing.
fn turns_between<'a>(
    meter: &'a MeterFacts,
    from: &Mark<'a>,
    to: &Mark<'a>,
) -> Vec<&'a RolloverFact> {
    let after = (from.at, from.place.sequence);
    let up_to = (to.at, to.place.sequence);
    let stands_at = |sequence: u64| {
        if sequence == to.place.sequence {
            return Some(up_to);
        }
        let reading = meter
            .readings
            .iter()
            .find(|reading| reading.place.sequence == sequence)?;
        (!reading.withdrawn).then_some((reading.taken_at, sequence))
    };
    let turned = |turn: &&RolloverFact| {
        let at = stands_at(turn.reading).filter(|_| !turn.needless);
        at.is_some_and(|at| after < at && at <= up_to)
    };
    meter.rollovers.iter().filter(turned).collect()
}

/// What passed by one register between two marks.
fn difference(
    at: &StayAt<'_>,
    register: usize,
    (from, to): (&Mark<'_>, &Mark<'_>),
    turns: &[&RolloverFact],
) -> Result<Result<Decimal, Reason>, Fault> {
    let meter = at.meter;
    let spec = &meter.registers[register];
    let (Some(before), Some(now)) = (from.values[register], to.values[register]) else {
        return Ok(Err(Reason::RegisterMissing {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
            register: spec.name.clone(),
        }));
    };
    let turned = turns.iter().filter(|turn| turn.register == register);
    let shown = turned.map(|turn| turn.capacity).try_fold(now, add)?;
    let counted = subtract(shown, before)?;
    let is_negative = counted.is_sign_negative() && !counted.is_zero();
    // By an act a reading below one that was charged is a credit, and no riddle.
    Ok(match is_negative && !is_recheck(meter, from, to) {
        false => Ok(transformed(counted, at.stay.transformer_ratio)?),
        true => Err(Reason::NegativeDifference {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
            register: spec.name.clone(),
            before: Measure::new(before, spec.unit),
            now: Measure::new(now, spec.unit),
        }),
    })
}

/// Sum of the counting registers, or every reason why one of them is unknown.
fn total_of(
    meter: &MeterFacts,
    registers: &[(usize, Result<Decimal, Reason>)],
) -> Result<Result<Decimal, Vec<Reason>>, Fault> {
    if meter.counting.is_empty() {
        let (meter, serial) = (MeterId(meter.id), meter.serial.clone());
        return Ok(Err(vec![Reason::RegistersAmbiguous { meter, serial }]));
    }
    let mut sum = Decimal::ZERO;
    let mut reasons = Vec::new();
    for (index, counted) in registers {
        if !meter.counting.contains(index) {
            continue;
        }
        match counted {
            Ok(counted) => sum = add(sum, *counted)?,
            Err(reason) => reasons.push(reason.clone()),
        }
    }
    Ok(if reasons.is_empty() {
        Ok(sum)
    } else {
        Err(reasons)
    })
}
