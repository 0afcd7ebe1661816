//! A reading taken on the day on which premises pass from one account to another: what the meter
//! counted before it is the old account's, what it counted since is the new one's. Without such a
//! reading the month is parted by days (ЖК РФ ст. 153; case DC-13).

use std::collections::BTreeSet;

use aggregates::ids::PremisesId;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use chrono::NaiveDate;

use crate::consumption::{
    CalculatedPart, MeterFacts, MeteredPart, PointConsumption, ReadingFact, RegisterVolume,
    VolumePart,
};
use crate::explanation::Explanation;
use crate::settlement::individual::Sum;
use crate::settlement::model::SettlementError;
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::spread::Dated;
use crate::settlement::units::shown_in;
use crate::text;

/// What a meter counted, parted by the readings of handovers.
#[derive(Debug, Default)]
struct Parted {
    /// The parts of the volume on their days.
    dated: Vec<Dated>,
    /// The days of handover, each the first of a new account.
    days: BTreeSet<NaiveDate>,
    steps: Vec<Explanation>,
}

impl Settling<'_> {
    /// Days of the period, but its first, on which one account of premises ends and another begins.
    fn handovers(&self, premises: PremisesId) -> Vec<NaiveDate> {
        let ids = self.book.accounts_of.get(&premises);
        let accounts = || {
            let ids = ids.into_iter().flatten();
            ids.filter_map(|id| self.book.accounts.get(id))
        };
        let passes = |day: &NaiveDate| {
            let closed = accounts().filter_map(|account| account.closed.as_ref());
            let mut closed = closed.map(|fact| fact.value.0);
            let mut opened = accounts().map(|account| account.opened.value.0);
            closed.any(|on| on == *day) && opened.any(|on| on == *day)
        };
        days(self.period).skip(1).filter(passes).collect()
    }

    /// Dates what was measured by the readings of days of handover; answers the steps of it. What
    /// is taken off for earlier months is the old account's.
    pub(super) fn date_by_handover(
        &self,
        id: PremisesId,
        figure: &PointConsumption,
        sum: &mut Sum,
    ) -> Result<Vec<Explanation>, SettlementError> {
        let handovers = self.handovers(id);
        let mut steps = Vec::new();
        let mut first = None;
        for part in figure.parts.iter().filter(|_| !handovers.is_empty()) {
            if let VolumePart::Metered(part) = part
                && !part.recheck
            {
                let parted = self.part_by_handover(&handovers, part, sum.unit)?;
                let earliest = parted.days.first().copied();
                first = first.into_iter().chain(earliest).min();
                sum.dated.extend(parted.dated);
                sum.handovers.extend(parted.days);
                steps.extend(parted.steps);
            }
        }
        let Some(first) = first else {
            return Ok(steps);
        };
        let before: Vec<NaiveDate> = days(self.period).filter(|day| *day < first).collect();
        for part in &figure.parts {
            if let VolumePart::TrueUp(part) = part {
                self.date_taken_off(part, &before, sum)?;
            }
        }
        Ok(steps)
    }

    /// Puts what is taken off for an earlier month on these days.
    fn date_taken_off(
        &self,
        part: &CalculatedPart,
        before: &[NaiveDate],
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        let meter = self.book.balance.consumption.meter(part.meter.0);
        for register in &part.registers {
            let Some(volume) = register.volume.known() else {
                continue;
            };
            sum.dated.push(Dated {
                days: before.to_vec(),
                register: Some(register.register.clone()),
                counts: meter.is_some_and(|meter| meter.counts(&register.register)),
                is_multiplied: false,
                is_refused_twice: false,
                volume: self.amount(volume, sum.unit)?,
            });
        }
        Ok(())
    }

    /// Parts what one device counted between two of its readings by the readings of days of
    /// handover; nothing where there is none.
    fn part_by_handover(
        &self,
        handovers: &[NaiveDate],
        part: &MeteredPart,
        unit: Unit,
    ) -> Result<Parted, SettlementError> {
        let mut parted = Parted::default();
        let Some(meter) = self.book.balance.consumption.meter(part.meter.0) else {
            return Ok(parted);
        };
        for register in &part.registers {
            let Some(whole) = register.volume.known() else {
                continue;
            };
            let whole = self.amount(whole, unit)?;
            let mut edges = vec![(self.period.first_day(), Ratio::zero())];
            for day in handovers {
                let Some(taken) = self.taken_on(*day, meter, part) else {
                    continue;
                };
                let Some(counted) = self.counted_until(taken, meter, (part, register), unit)?
                else {
                    continue;
                };
                let before = edges.last().map(|(_, counted)| counted);
                // A register that turned, or a reading that does not lie between the others, parts
                // nothing: the days do.
                if whole < counted || before.is_some_and(|before| counted < *before) {
                    continue;
                }
                parted.days.insert(*day);
                parted.steps.push(step(meter, taken, *day, &counted, unit));
                edges.push((*day, counted));
            }
            if edges.len() > 1 {
                let end = self.last_day().succ_opt();
                edges.push((end.ok_or(SettlementError::OutOfCalendar)?, whole));
                let counts = meter.counts(&register.register);
                parted
                    .dated
                    .extend(rows(&edges, &register.register, counts));
            }
        }
        Ok(parted)
    }

    /// The last reading of a day between the two that the volume was measured by.
    fn taken_on<'m>(
        &self,
        day: NaiveDate,
        meter: &'m MeterFacts,
        part: &MeteredPart,
    ) -> Option<&'m ReadingFact> {
        let until = part.until.as_ref()?.at;
        let mut readings = meter.readings.iter().rev();
        readings.find(|reading| {
            let is_between = part.from.at <= reading.taken_at && reading.taken_at <= until;
            let stands = !reading.withdrawn && !reading.contradicted;
            is_between && stands && self.zone.local_date(reading.taken_at) == day
        })
    }

    /// What a register counted from the first reading of a part to a later one.
    fn counted_until(
        &self,
        taken: &ReadingFact,
        meter: &MeterFacts,
        (part, register): (&MeteredPart, &RegisterVolume),
        unit: Unit,
    ) -> Result<Option<Ratio>, SettlementError> {
        let name = &register.register;
        let begins = part
            .from
            .values
            .iter()
            .find(|value| value.register == *name);
        let index = meter.register(name).ok();
        let value = index.and_then(|index| taken.values.get(index).copied().flatten());
        let Some((begins, value)) = begins.zip(value) else {
            return Ok(None);
        };
        let shown = Measure::new(value, begins.value.unit());
        let counted = self.amount(&shown, unit)? - self.amount(&begins.value, unit)?;
        Ok(Some(match part.transformer_ratio {
            Some(ratio) => counted * Ratio::from(ratio.value()),
            None => counted,
        }))
    }
}

/// A register's volume on the days between the edges.
fn rows<'e>(
    edges: &'e [(NaiveDate, Ratio)],
    register: &'e Code,
    counts: bool,
) -> impl Iterator<Item = Dated> + 'e {
    edges.windows(2).map(move |pair| {
        let ((from, before), (until, counted)) = (&pair[0], &pair[1]);
        Dated {
            days: from.iter_days().take_while(|day| day < until).collect(),
            register: Some(register.clone()),
            counts,
            is_multiplied: false,
            is_refused_twice: false,
            volume: counted - before,
        }
    })
}

fn step(
    meter: &MeterFacts,
    taken: &ReadingFact,
    day: NaiveDate,
    counted: &Ratio,
    unit: Unit,
) -> Explanation {
    let text = format!(
        "показание при передаче {}, прибор № {}: прежнему счёту",
        text::day(day),
        meter.serial
    );
    Explanation::new("settlement.handover", text)
        .formula(shown_in(counted, unit))
        .clause("ЖК РФ ст. 153")
        .events([meter.event(taken.place)])
}
