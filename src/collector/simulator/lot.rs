//! Lots that are the same on every run.

use crate::demo::draw::split_mix;

/// A sequence of numbers that look drawn by lot.
#[derive(Clone, Debug)]
pub(super) struct Lot(u64);

impl Lot {
    /// The sequence of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is above zero.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        split_mix(self.0) % end.max(1)
    }
}
