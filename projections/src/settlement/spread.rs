//! Which days of the month a volume belongs to.

use aggregates::text::Code;
use aggregates::time::Period;
use chrono::NaiveDate;

use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;

/// A part of the volume of premises that belongs to known days of the month: what was calculated
/// in the place of a reading, and the norm for days without a meter.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    pub(crate) days: Vec<NaiveDate>,
    /// The register it was calculated for; `None` without a meter.
    pub(crate) register: Option<Code>,
    /// Whether it is in the volume of the premises: registers beside the counting ones are not.
    pub(crate) counts: bool,
    /// Whether a multiplier raises its price.
    pub(crate) is_multiplied: bool,
    /// Whether it was calculated after a second refusal of access.
    pub(crate) is_refused_twice: bool,
    pub(crate) volume: Ratio,
}

/// A volume of a month, spread over its days.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    /// What the meters counted: as much on each of the days on which there was one.
    even: Ratio,
    even_days: Vec<NaiveDate>,
    dated: Vec<(Vec<NaiveDate>, Ratio)>,
}

impl Spread {
    /// `total`, the given parts of it on their own days and the rest on all days that are not
    /// `bare` of a meter.
    pub(crate) fn new<'d>(
        total: &Ratio,
        dated: impl Iterator<Item = &'d Dated>,
        bare: &[NaiveDate],
        period: Period,
    ) -> Self {
        let dated: Vec<(Vec<NaiveDate>, Ratio)> = dated
            .filter(|part| !part.days.is_empty())
            .map(|part| (part.days.clone(), part.volume.clone()))
            .collect();
        let known: Ratio = dated.iter().map(|(_, volume)| volume).sum();
        Self {
            even: total - known,
            even_days: with_meter(bare, period),
            dated,
        }
    }

    /// The volume of the whole month.
    pub(crate) fn total(&self) -> Ratio {
        &self.even + self.dated.iter().map(|(_, volume)| volume).sum::<Ratio>()
    }

    /// Whether nothing falls on any day.
    pub(crate) fn is_zero(&self) -> bool {
        self.even.is_zero() && self.dated.iter().all(|(_, volume)| volume.is_zero())
    }

    /// What of it falls on the days from `from` to `until`, the latter left out.
    pub(crate) fn within(&self, from: NaiveDate, until: NaiveDate) -> Ratio {
        let part = |days: &[NaiveDate], volume: &Ratio| {
            let inside = days.iter().filter(|day| from <= **day && **day < until);
            let whole = Ratio::from(number(days.len()));
            // No part is of no days, so there is something to divide by.
            let share = Ratio::from(number(inside.count())).checked_div(&whole);
            volume * share.unwrap_or_default()
        };
        let dated = self.dated.iter().map(|(days, volume)| part(days, volume));
        part(&self.even_days, &self.even) + dated.sum::<Ratio>()
    }

    pub(crate) fn times(&self, factor: &Ratio) -> Self {
        let scaled = |(days, volume): &(Vec<NaiveDate>, Ratio)| (days.clone(), volume * factor);
        Self {
            even: &self.even * factor,
            even_days: self.even_days.clone(),
            dated: self.dated.iter().map(scaled).collect(),
        }
    }

    /// The volume less a part of it that is spread over the same days.
    pub(crate) fn less(mut self, part: &Self) -> Self {
        self.even = self.even - &part.even;
        let taken = part.dated.iter();
        self.dated
            .extend(taken.map(|(days, volume)| (days.clone(), -volume.clone())));
        self
    }
}

/// The days of the month that are not bare of a meter; all of them where none is left, as of a
/// meter that was taken away on the first day.
pub(crate) fn with_meter(bare: &[NaiveDate], period: Period) -> Vec<NaiveDate> {
    let metered: Vec<NaiveDate> = days(period).filter(|day| !bare.contains(day)).collect();
    match metered.is_empty() {
        true => days(period).collect(),
        false => metered,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
