//! What goes wrong on command.

use std::collections::VecDeque;
use std::time::Duration;

use crate::collector::simulator::lot::Lot;

/// One thing that goes wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedFault {
    /// No answer.
    Silence,
    /// The answer comes after so long; what is asked meanwhile waits its turn.
    Late(Duration),
    /// The connection ends in the middle of the answer.
    Cut,
    /// The answer comes two bytes at a time. No fault to a patient reader.
    Fragments,
    /// So many bytes of noise before the answer.
    Junk(usize),
    /// One bit of the answer is turned over, after its checksum was made.
    FlippedBit,
    /// Exception 6.
    Busy,
    /// One register less than asked for, in a frame that is sound.
    Short,
    /// The answer comes twice.
    Twice,
    /// The answer lacks its last bytes.
    Truncated,
}

impl SimulatedFault {
    /// One of each, with a late answer of that length.
    pub fn all(late: Duration) -> [Self; 10] {
        [
            Self::Silence,
            Self::Late(late),
            Self::Cut,
            Self::Fragments,
            Self::Junk(3),
            Self::FlippedBit,
            Self::Busy,
            Self::Short,
            Self::Twice,
            Self::Truncated,
        ]
    }
}

/// The faults of a bus: those ordered first, then by lot.
#[derive(Debug)]
pub struct Faults {
    ordered: VecDeque<Option<SimulatedFault>>,
    per_thousand: u64,
    late: Duration,
    lot: Lot,
}

impl Faults {
    /// None; those drawn by lot later depend on the seed alone.
    pub fn none(seed: u64) -> Self {
        Self {
            ordered: VecDeque::new(),
            per_thousand: 0,
            late: Duration::ZERO,
            lot: Lot::new(seed),
        }
    }

    /// The next answers have these, in order; `None` is an answer without one.
    pub fn order(&mut self, faults: impl IntoIterator<Item = Option<SimulatedFault>>) {
        self.ordered.extend(faults);
    }

    /// So many answers of a thousand have one, drawn by lot; a late one comes after `late`.
    pub fn by_lot(&mut self, per_thousand: u64, late: Duration) {
        self.per_thousand = per_thousand;
        self.late = late;
    }

    /// The fault of the next answer.
    pub(super) fn next(&mut self) -> Option<SimulatedFault> {
        if let Some(ordered) = self.ordered.pop_front() {
            return ordered;
        }
        if self.lot.below(1000) >= self.per_thousand {
            return None;
        }
        let all = SimulatedFault::all(self.late);
        let drawn = self.lot.below(u64::try_from(all.len()).unwrap_or(1));
        all.get(usize::try_from(drawn).unwrap_or(0)).copied()
    }
}
