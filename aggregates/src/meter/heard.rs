//! What other streams ask of a meter.

use rust_decimal::Decimal;

use crate::meter::Meter;
use crate::meter::reading::RegisterValue;
use crate::quantity::exact;
use crate::time::Period;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

impl Meter {
    /// Whether anything was sent for `period` that still stands: accepted, or waiting for an
    /// answer. A meter that has forgotten the period says yes, so that nobody is reminded in vain.
    pub fn is_heard_for(&self, period: Period) -> bool {
        let oldest = self.readings.iter().map(|known| known.period).min();
        let forgotten = oldest.is_some_and(|oldest| period < oldest);
        forgotten
            || self
                .readings
                .iter()
                .any(|known| known.period == period && !known.withdrawn)
            || self
                .unaccepted
                .iter()
                .any(|known| known.period == period && known.waits())
    }

    /// Values of the reading taken last, as they stand after corrections; those of the installation
    /// before the first reading, empty before the installation.
    pub fn last_values(&self) -> Vec<RegisterValue> {
        let Some(registered) = &self.registered else {
            return vec![];
        };
        let sound = self.readings.iter().filter(|known| known.is_sound());
        let last = sound.max_by_key(|known| (known.taken_at, known.sequence));
        let initial = self.placements.last().map(|placement| &placement.initial);
        let values = match (last, self.placements.last()) {
            (Some(known), Some(stay)) if known.taken_at >= stay.installed_at => Some(&known.values),
            (Some(known), None) => Some(&known.values),
            _ => initial,
        };
        values.map_or_else(Vec::new, |values| registered.spell(values))
    }

    /// Mean daily use that led to the accepted reading with this sequence: what its cumulative
    /// registers counted since the sound reading taken before it, by the days between. A threshold,
    /// not a quantity to be charged: rounded to 28 digits. `None` where nothing can be compared.
    pub fn daily_use(&self, sequence: u64) -> Option<Decimal> {
        let registered = self.registered.as_ref()?;
        let now = self
            .readings
            .iter()
            .find(|known| known.sequence == sequence && known.is_sound())?;
        let installed_at = self.placements.last()?.installed_at;
        let before = self
            .readings
            .iter()
            .filter(|known| known.is_sound() && known.taken_at < now.taken_at)
            .filter(|known| known.taken_at >= installed_at)
            .max_by_key(|known| (known.taken_at, known.sequence))?;
        let mut used = Decimal::ZERO;
        for index in registered.cumulative() {
            let (Some(later), Some(earlier)) = (now.values[index], before.values[index]) else {
                continue;
            };
            used = exact::add(used, exact::sub(later, earlier).ok()?).ok()?;
        }
        let seconds = (now.taken_at - before.taken_at).num_seconds();
        used.checked_mul(Decimal::from(SECONDS_A_DAY))?
            .checked_div(Decimal::from(seconds))
    }
}
