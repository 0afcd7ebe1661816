//! What other streams ask of a meter.

use crate::meter::Meter;
use crate::meter::reading::RegisterValue;
use crate::time::Period;

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
}
