//! The archive of a meter that is not there.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::collector::decode::{Observed, Value, decode};
use crate::collector::profile::{Archive, Kind, RecordKind};
use crate::collector::simulator::encode::encode;

/// Records by kind and end of their period.
#[derive(Clone, Debug, Default)]
pub struct Records {
    kept: BTreeMap<(RecordKind, NaiveDateTime), Vec<u16>>,
    /// What was written to select one.
    wanted: Vec<u16>,
    /// Whether the last record is given where there is not the one asked for.
    gives_another: bool,
}

impl Records {
    /// A record is lost.
    pub fn lose(&mut self, kind: RecordKind, end: NaiveDateTime) {
        self.kept.remove(&(kind, end));
    }

    /// From now on the last record is given where there is not the one asked for.
    pub fn give_another(&mut self) {
        self.gives_another = true;
    }

    /// What register `index` of the record says, read beside the wire.
    pub fn truth(
        &self,
        archive: &Archive,
        (kind, end): (RecordKind, NaiveDateTime),
        index: usize,
    ) -> Option<Observed> {
        let register = archive.registers.get(index)?;
        let from = usize::from(register.address - archive.read);
        let words = self.kept.get(&(kind, end))?;
        let words = words.get(from..from + usize::from(register.words()))?;
        decode(register, words).ok()
    }

    pub(super) fn keep(&mut self, archive: &Archive, kind: RecordKind, end: NaiveDateTime) {
        let mut image = vec![0; usize::from(archive.count)];
        let date = Value::Civil(archive.named_by(kind, end));
        let seed = 100 * i64::try_from(self.kept.len()).unwrap_or_default();
        let numbered = archive.registers.iter().zip(1..);
        let values = numbered.map(|(register, place)| {
            let value = match register.kind {
                Kind::Timer => Decimal::new(place, 0),
                _ => Decimal::new(seed + place, 2),
            };
            (register, Value::Number(value))
        });
        for (register, value) in [(&archive.date, date)].into_iter().chain(values) {
            let words = encode(register, &value).unwrap_or_default();
            let from = usize::from(register.address - archive.read);
            image[from..from + words.len()].copy_from_slice(&words);
        }
        self.kept.insert((kind, end), image);
    }

    pub(super) fn select(&mut self, words: &[u16]) {
        self.wanted = words.to_vec();
    }

    /// The record that was selected; none where there is no such one.
    pub(super) fn selected(&self, archive: &Archive, count: u16) -> Option<Vec<u16>> {
        let is_wanted = |(kind, end): &(RecordKind, NaiveDateTime)| {
            archive.selection(*kind, *end).as_ref() == Some(&self.wanted)
        };
        let found = self.kept.iter().find(|(key, _)| is_wanted(key));
        let another = self.kept.iter().next_back().filter(|_| self.gives_another);
        let (_, image) = found.or(another)?;
        image.get(..usize::from(count)).map(<[u16]>::to_vec)
    }
}
