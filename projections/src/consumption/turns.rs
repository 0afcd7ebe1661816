//! Turns of registers that a later event leaves without reason.
//!
//! The meter's own state forgets them by the same rule (`change_readings` there): what is
//! declared anew and what is dropped go together.

use aggregates::time::Period;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::consumption::facts::{MeterFacts, ReadingFact, RolloverFact, Stay, Values};

/// A value of one register, when the display showed it.
#[derive(Clone, Copy)]
struct Shown {
    at: DateTime<Utc>,
    value: Decimal,
}

impl Shown {
    fn of(values: &Values, register: usize, at: DateTime<Utc>) -> Option<Self> {
        let value = values.get(register).copied().flatten()?;
        Some(Self { at, value })
    }
}

impl MeterFacts {
    /// Lets `change` act on the readings and drops the turns that lose their reason by it: the
    /// value they stand at was below the one before and no longer is. A whole turn declared by
    /// hand stands whatever is changed.
    pub(super) fn change_readings<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let turns = self.rollovers.iter();
        let explained: Vec<bool> = turns
            .map(|turn| self.lies_below(turn) == Some(true))
            .collect();
        let outcome = change(self);
        let turns = self.rollovers.iter().zip(explained);
        let lost: Vec<bool> = turns
            .map(|(turn, explained)| explained && self.lies_below(turn) == Some(false))
            .collect();
        for (turn, lost) in self.rollovers.iter_mut().zip(lost) {
            turn.needless |= lost;
        }
        outcome
    }

    /// The first period that a reading tells of: its own, and where the register has turned also
    /// those of readings taken after it, at which turns may come and go with it.
    pub(crate) fn told_from(&self, reading: u64) -> Option<Period> {
        let named = self.readings_at(reading);
        let own = named.iter().map(|reading| reading.period).min()?;
        if self.rollovers.is_empty() {
            return Some(own);
        }
        let since = named.iter().map(|reading| reading.taken_at).min()?;
        let after = self.readings.iter().filter(|one| since <= one.taken_at);
        after.map(|one| one.period).min()
    }

    /// Whether a turn stands at a value below the one before; `None` where there is nothing to
    /// compare.
    fn lies_below(&self, turn: &RolloverFact) -> Option<bool> {
        let (stay, now) = self.shown_at(turn)?;
        let before = self.shown_before(stay, turn, now.at)?;
        Some(now.value < before.value)
    }

    /// The value that a turn stands at, with the stay it belongs to.
    fn shown_at(&self, turn: &RolloverFact) -> Option<(&Stay, Shown)> {
        if let Some(reading) = self.readings_at(turn.reading).first() {
            let at = reading.taken_at;
            let stay = self.stays.iter().rev().find(|stay| stay.contains(at))?;
            let shown = Shown::of(&reading.values, turn.register, at)?;
            return (!reading.withdrawn).then_some((stay, shown));
        }
        self.stays.iter().find_map(|stay| {
            let removal = stay.removal.as_ref()?;
            let shown = removal.shown.as_ref()?;
            let shown = Shown::of(shown, turn.register, removal.at)?;
            (removal.place.sequence == turn.reading).then_some((stay, shown))
        })
    }

    /// The last value of the stay before the one that a turn stands at.
    fn shown_before(&self, stay: &Stay, turn: &RolloverFact, at: DateTime<Utc>) -> Option<Shown> {
        let is_before = |reading: &&ReadingFact| {
            !reading.withdrawn
                && !reading.contradicted
                && stay.contains(reading.taken_at)
                && reading.taken_at <= at
                && reading.place.sequence != turn.reading
        };
        let shown = |reading: &ReadingFact| {
            let shown = Shown::of(&reading.values, turn.register, reading.taken_at)?;
            Some((reading.place.sequence, shown))
        };
        let readings = self.readings.iter().filter(is_before).filter_map(shown);
        readings
            .max_by_key(|(sequence, shown)| (shown.at, *sequence))
            .map(|(_, shown)| shown)
            .or_else(|| Shown::of(&stay.initial, turn.register, stay.from))
    }
}
