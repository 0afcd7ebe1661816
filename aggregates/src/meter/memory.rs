//! What the meter knows around an instant: neighbours in time, winners of periods.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::meter::Meter;
use crate::meter::state::{
    KnownReading, PERIODS, Placement, READINGS_MAX, RECENT_READINGS, Values, capacity,
};
use crate::quantity::exact;
use crate::text::Label;
use crate::time::Period;

/// A value of one register at one instant, with the reading it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    pub value: Decimal,
    pub taken_at: DateTime<Utc>,
    /// Sequence of the reading, or of the installation whose initial value it is.
    pub sequence: u64,
    /// `None`: the initial value of an installation.
    pub reading: Option<&'a KnownReading>,
}

impl<'a> Mark<'a> {
    fn of(reading: &'a KnownReading, register: usize) -> Option<Self> {
        let value = *reading.values.get(register)?;
        Some(Self {
            value: value?,
            taken_at: reading.taken_at,
            sequence: reading.sequence,
            reading: Some(reading),
        })
    }

    /// Whether the register turned over just before this value.
    pub(super) fn is_turned(&self, register: usize) -> bool {
        self.reading
            .is_some_and(|reading| reading.turned.contains(&register))
    }
}

impl Meter {
    /// The stay at a point that covers `at`.
    pub(super) fn placement_at(&self, at: DateTime<Utc>) -> Option<&Placement> {
        self.placements
            .iter()
            .rev()
            .find(|placement| placement.covers(at))
    }

    /// Readings of one stay that can be compared with, save `without`.
    pub(super) fn sound_readings<'a>(
        &'a self,
        placement: &'a Placement,
        without: Option<u64>,
    ) -> impl Iterator<Item = &'a KnownReading> {
        self.readings.iter().filter(move |known| {
            known.is_sound()
                && placement.covers(known.taken_at)
                && (known.source.is_none() || Some(known.sequence) != without)
        })
    }

    /// The last known value of `register` at or before `at` in the same stay.
    pub(super) fn mark_before(
        &self,
        register: usize,
        at: DateTime<Utc>,
        without: Option<u64>,
    ) -> Option<Mark<'_>> {
        let placement = self.placement_at(at)?;
        self.sound_readings(placement, without)
            .filter(|known| known.taken_at <= at)
            .filter_map(|known| Mark::of(known, register))
            .max_by_key(|mark| (mark.taken_at, mark.sequence))
            .or_else(|| initial_mark(placement, register))
    }

    /// The first known value of `register` after `at` in the same stay.
    pub(super) fn mark_after(
        &self,
        register: usize,
        at: DateTime<Utc>,
        without: Option<u64>,
    ) -> Option<Mark<'_>> {
        let placement = self.placement_at(at)?;
        self.sound_readings(placement, without)
            .filter(|known| known.taken_at > at)
            .filter_map(|known| Mark::of(known, register))
            .min_by_key(|mark| (mark.taken_at, mark.sequence))
    }

    /// The winning value of `register` in `period`, in the stay that covers `at`.
    pub(super) fn winner(
        &self,
        register: usize,
        period: Period,
        at: DateTime<Utc>,
    ) -> Option<Mark<'_>> {
        let placement = self.placement_at(at)?;
        self.sound_readings(placement, None)
            .filter(|known| known.period == period)
            .max_by_key(|known| known.rank())
            .and_then(|known| Mark::of(known, register))
    }

    /// Winning values of `register` in the remembered periods before `before`, oldest first; the
    /// initial value of the stay leads where nothing older was let go.
    pub(super) fn winners_before(
        &self,
        register: usize,
        before: Period,
        at: DateTime<Utc>,
    ) -> Vec<(Option<Period>, Mark<'_>)> {
        let Some(placement) = self.placement_at(at) else {
            return vec![];
        };
        let mut winners: BTreeMap<Period, &KnownReading> = BTreeMap::new();
        for known in self
            .sound_readings(placement, None)
            .filter(|known| known.period < before)
        {
            let winner = winners.entry(known.period).or_insert(known);
            if known.rank() > winner.rank() {
                *winner = known;
            }
        }
        let marks = winners.into_iter().filter_map(|(period, known)| {
            Mark::of(known, register).map(|mark| (Some(period), mark))
        });
        initial_mark(placement, register)
            .map(|mark| (None, mark))
            .into_iter()
            .chain(marks)
            .collect()
    }

    /// What `register` counted from `earlier` to `later`, one turn allowed where one is declared.
    pub(super) fn counted(
        &self,
        register: usize,
        earlier: &Mark<'_>,
        later: &Mark<'_>,
    ) -> Option<Decimal> {
        let difference = exact::sub(later.value, earlier.value).ok()?;
        if difference >= Decimal::ZERO {
            return Some(difference);
        }
        let turned = self.turns_between(register, earlier.taken_at, later.taken_at);
        let spec = self.registers().get(register)?;
        let whole = capacity(spec).filter(|_| turned)?;
        exact::add(difference, whole).ok()
    }

    /// Whether `register` turned over just before the reading `sequence`.
    pub(super) fn is_turned(&self, sequence: u64, register: usize) -> bool {
        let mut known = self
            .readings
            .iter()
            .filter(|known| known.sequence == sequence);
        known.any(|known| known.turned.contains(&register))
    }

    /// Lets `change` act on the readings and forgets the turns that lose their reason by it: their
    /// reading was below the one before and no longer is. Turns that lie elsewhere now are declared
    /// by events of their own; a whole turn declared by hand stands whatever is changed.
    pub(super) fn change_readings(&mut self, change: impl FnOnce(&mut Self)) {
        let explained = self.turns_explained();
        change(self);
        for (sequence, register) in explained {
            let mut known = self.readings.iter();
            let known = known.position(|known| known.sequence == sequence);
            if let Some(known) = known
                && self.lies_below(&self.readings[known], register) == Some(false)
            {
                self.readings[known].turned.remove(&register);
            }
        }
    }

    /// Turns whose reading is below the one before, by reading and register.
    fn turns_explained(&self) -> Vec<(u64, usize)> {
        let turns = self.readings.iter().flat_map(|known| {
            let turned = known.turned.iter();
            turned.map(move |register| (known, *register))
        });
        turns
            .filter(|(known, register)| self.lies_below(known, *register) == Some(true))
            .map(|(known, register)| (known.sequence, register))
            .collect()
    }

    /// Whether a reading is below the one before; `None` where there is nothing to compare.
    fn lies_below(&self, known: &KnownReading, register: usize) -> Option<bool> {
        let value = known.values.get(register).copied().flatten()?;
        let before = self.mark_before(register, known.taken_at, Some(known.sequence))?;
        (!known.withdrawn).then_some(value < before.value)
    }

    fn turns_between(&self, register: usize, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        self.readings.iter().any(|known| {
            known.is_sound()
                && known.turned.contains(&register)
                && from < known.taken_at
                && known.taken_at <= until
        })
    }

    /// Whether an accepted reading and values at `at` exclude each other: it stands higher and was
    /// taken before, or lower and was taken after.
    pub(super) fn contradicts(
        &self,
        known: &KnownReading,
        at: DateTime<Utc>,
        values: &Values,
    ) -> bool {
        let registered = self.registered.iter();
        registered
            .flat_map(|registered| registered.cumulative())
            .any(|register| {
                let pair = known.values.get(register).copied().flatten();
                let (Some(theirs), Some(ours)) = (pair, values.get(register).copied().flatten())
                else {
                    return false;
                };
                let (from, until) = (known.taken_at.min(at), known.taken_at.max(at));
                let turned = self.turns_between(register, from, until);
                match known.taken_at <= at {
                    true => theirs > ours && !turned,
                    false => theirs < ours && !turned,
                }
            })
    }

    /// The last accepted reading of `origin`, withdrawn ones included.
    pub(super) fn accepted_of_origin(&self, origin: &Label) -> Option<&KnownReading> {
        self.readings.iter().rev().find(|known| {
            known
                .origin
                .as_ref()
                .is_some_and(|stated| is_of_origin(stated, origin))
        })
    }

    /// Whether the state remembers an accepted reading of this origin. Where it does not, the unit
    /// looks the origin up among the events of the stream ([`is_of_origin`] tells them) and hands
    /// the last accepted one, or else the last one, over as `ReadingFacts::earlier`.
    pub fn recalls_origin(&self, origin: &Label) -> bool {
        self.accepted_of_origin(origin).is_some()
    }

    /// `origin`, or with the number of the new event behind it where an event of this stream
    /// carries it already: the key of an event is unique for ever, and the row of a file may be
    /// judged anew. `None` when the number would not fit.
    pub(super) fn free_origin(&self, origin: &Label, earlier: Option<&Label>) -> Option<Label> {
        let accepted = self
            .readings
            .iter()
            .filter_map(|known| known.origin.as_ref());
        let unaccepted = self
            .unaccepted
            .iter()
            .filter_map(|known| known.origin.as_ref());
        let mut taken = accepted.chain(unaccepted).chain(earlier);
        match taken.any(|known| is_of_origin(known, origin)) {
            true => Label::new(format!("{origin}{ANEW}{}", self.sequence + 1)).ok(),
            false => Some(origin.clone()),
        }
    }

    /// Lets go of readings that no later one is judged by.
    pub(super) fn prune_readings(&mut self) {
        if self.readings.len() <= READINGS_MAX {
            return;
        }
        let kept = self.readings_worth_keeping();
        let mut index = 0;
        self.readings.retain(|_| {
            index += 1;
            kept.contains(&(index - 1))
        });
    }

    fn readings_worth_keeping(&self) -> BTreeSet<usize> {
        let mut winners: BTreeMap<Period, usize> = BTreeMap::new();
        for (index, known) in self
            .readings
            .iter()
            .enumerate()
            .filter(|(_, k)| k.is_sound())
        {
            let winner = winners.entry(known.period).or_insert(index);
            if known.rank() > self.readings[*winner].rank() {
                *winner = index;
            }
        }
        let recent = self.readings.len().saturating_sub(RECENT_READINGS)..self.readings.len();
        winners
            .into_values()
            .rev()
            .take(PERIODS)
            .chain(recent)
            .collect()
    }
}

fn initial_mark(placement: &Placement, register: usize) -> Option<Mark<'_>> {
    let value = placement.initial.get(register).copied().flatten()?;
    Some(Mark {
        value,
        taken_at: placement.installed_at,
        sequence: placement.sequence,
        reading: None,
    })
}

/// Stands between an origin and the number of the event that judged it anew.
const ANEW: char = '~';

/// Whether an event whose origin is `stated` came from a submission with the origin `origin`: it
/// carries that very one, or, where the submission was judged anew, `origin~N` with the event's own
/// sequence N.
pub fn is_of_origin(stated: &Label, origin: &Label) -> bool {
    let rest = stated.as_str().strip_prefix(origin.as_str());
    rest.is_some_and(|rest| match rest.strip_prefix(ANEW) {
        Some(number) => number.parse::<u64>().is_ok(),
        None => rest.is_empty(),
    })
}
