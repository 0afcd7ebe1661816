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

    /// Values of the last accepted reading; empty before the first.
    pub fn last_values(&self) -> Vec<RegisterValue> {
        let last = self.readings.iter().max_by_key(|known| known.rank());
        last.zip(self.registered.as_ref())
            .map_or_else(Vec::new, |(known, registered)| {
                registered.spell(known.reported())
            })
    }
}
