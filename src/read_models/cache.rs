//! Folded states kept between batches. They are a cache: whoever misses one folds the book again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::read_models::Build;
use crate::read_models::set::ModelSet;

/// Books whose state is kept.
const BOOKS_MAX: usize = 64;

/// Events of all books whose states are kept together; the last one used is kept whatever its size.
/// A state holds most of the memory in readings, about 100 bytes each.
const EVENTS_MAX: i64 = 2_000_000;

/// The states used last.
#[derive(Default)]
pub(super) struct Cache {
    /// The one used last at the back.
    kept: Mutex<VecDeque<(Build, ModelSet)>>,
}

impl Cache {
    /// Takes the state out, so that a state that is being changed is in nobody else's hands and is
    /// gone where the change is given up.
    pub(super) fn take(&self, build: Build) -> Option<ModelSet> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|(of, _)| *of == build)?;
        kept.remove(index).map(|(_, set)| set)
    }

    pub(super) fn put(&self, build: Build, set: ModelSet) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| *of != build);
        kept.push_back((build, set));
        let mut events: i64 = kept.iter().map(|(_, set)| set.position()).sum();
        while kept.len() > 1 && (kept.len() > BOOKS_MAX || events > EVENTS_MAX) {
            events -= kept.pop_front().map_or(0, |(_, set)| set.position());
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn state(book: Uuid, position: i64) -> ModelSet {
        let mut set = ModelSet::new(book);
        set.read_to(position);
        set
    }

    fn build(number: u128) -> Build {
        let book = Uuid::from_u128(number);
        Build { book, version: 1 }
    }

    #[test]
    fn the_least_used_states_go_first_and_the_last_one_stays() {
        let cache = Cache::default();
        for number in 0..3 {
            cache.put(build(number), state(build(number).book, 800_000));
        }
        assert!(cache.take(build(0)).is_none());
        assert!(cache.take(build(1)).is_some());
        cache.put(build(9), state(build(9).book, EVENTS_MAX * 2));
        assert!(cache.take(build(2)).is_none());
        assert!(cache.take(build(9)).is_some());
    }

    #[test]
    fn a_state_is_in_one_hand_only() {
        let cache = Cache::default();
        cache.put(build(1), state(build(1).book, 10));
        assert!(cache.take(build(1)).is_some());
        assert!(cache.take(build(1)).is_none());
    }
}
