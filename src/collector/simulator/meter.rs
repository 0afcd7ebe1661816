//! A meter that is not there: its registers and what they say.

use std::collections::BTreeMap;

use aggregates::quantity::exact;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::collector::decode::{Observed, Value, decode};
use crate::collector::profile::{
    Archive, Encoding, Kind, Profile, RecordKind, Register, SERIAL, Table,
};
use crate::collector::simulator::encode::encode;
use crate::collector::simulator::records::Records;

/// A simulated meter of some profile.
#[derive(Clone, Debug)]
pub struct Meter {
    profile: Profile,
    serial: u32,
    /// What each register says, by index in the profile.
    values: BTreeMap<usize, Value>,
    /// The registers themselves.
    cells: BTreeMap<(Table, u16), u16>,
    /// By how much its clock is fast.
    drift: TimeDelta,
    records: Records,
}

impl Meter {
    /// A meter whose every register says something of its own, so that no two can be taken for each
    /// other.
    pub fn new(profile: Profile, serial: u32, now: DateTime<Utc>) -> Self {
        let mut meter = Self {
            profile,
            serial,
            values: BTreeMap::new(),
            cells: BTreeMap::new(),
            drift: TimeDelta::zero(),
            records: Records::default(),
        };
        for index in 0..meter.profile.registers.len() {
            let value = meter.first(index);
            meter.values.insert(index, value);
        }
        meter.set_clock(now);
        meter.write();
        meter
    }

    /// Its serial number, as its profile reads it.
    pub fn serial(&self) -> Option<String> {
        self.profile.serial().map(|_| self.serial.to_string())
    }

    /// Another meter stands in its place.
    pub fn replace(&mut self, serial: u32) {
        self.serial = serial;
        for (index, register) in self.profile.registers.iter().enumerate() {
            if register.quantity == SERIAL {
                self.values.insert(index, Value::Text(serial.to_string()));
            }
        }
        self.write();
    }

    /// It does not have register `index` of its profile: a request that touches it is refused.
    pub fn forget(&mut self, index: usize) {
        self.values.remove(&index);
        let register = &self.profile.registers[index];
        let (table, start, end) = (register.table, register.address, register.end());
        self.cells
            .retain(|(of, at), _| *of != table || *at < start || u32::from(*at) >= end);
    }

    /// Its clock is fast by so much.
    pub fn set_drift(&mut self, drift: TimeDelta, now: DateTime<Utc>) {
        self.drift = drift;
        self.live(0, now);
    }

    /// So many seconds go by: each total grows by its step, but no less than a thousandth, a
    /// second.
    pub fn live(&mut self, seconds: u32, now: DateTime<Utc>) {
        for (index, register) in self.profile.registers.iter().enumerate() {
            if let (Kind::Total, Some(Value::Number(total))) =
                (register.kind, self.values.get_mut(&index))
            {
                let a_second = smallest_step(register).max(Decimal::new(1, 3));
                let grown = exact::mul(a_second, Decimal::from(seconds));
                let sum = grown.and_then(|grown| exact::add(*total, grown));
                *total = sum.unwrap_or(*total);
            }
        }
        self.set_clock(now);
        self.write();
    }

    /// Its archive.
    pub fn records(&mut self) -> &mut Records {
        &mut self.records
    }

    /// Keeps a record of the period that ends at `end`: numbers that no other record says.
    pub fn record(&mut self, kind: RecordKind, end: NaiveDateTime) {
        if let Some(archive) = &self.profile.archive {
            self.records.keep(archive, kind, end);
        }
    }

    /// A record is selected. False where no such thing can be written.
    pub(super) fn select(&mut self, start: u16, words: &[u16]) -> bool {
        let selects = |archive: &Archive| archive.select == start;
        let known = self.profile.archive.as_ref().is_some_and(selects);
        if known {
            self.records.select(words);
        }
        known
    }

    /// What register `index` of the profile says, read beside the wire.
    pub fn truth(&self, index: usize) -> Option<Observed> {
        let register = self.profile.registers.get(index)?;
        let words = self.read(register.table, register.address, register.words())?;
        decode(register, &words).ok()
    }

    /// The registers asked for; none when the meter does not have all of them.
    pub(super) fn read(&self, table: Table, start: u16, count: u16) -> Option<Vec<u16>> {
        if let Some(archive) = &self.profile.archive
            && (table, start) == (Table::Holding, archive.read)
        {
            return self.records.selected(archive, count);
        }
        let addresses = (0..count).map(|offset| start.checked_add(offset));
        addresses
            .map(|address| self.cells.get(&(table, address?)).copied())
            .collect()
    }

    /// What a register says at first: numbers that no other register of this meter says.
    fn first(&self, index: usize) -> Value {
        let register = &self.profile.registers[index];
        let place = i64::try_from(index).unwrap_or_default() + 1;
        let own = 1000 * place + i64::from(self.serial % 997);
        match (register.kind, &register.encoding) {
            (Kind::Identity, _) if register.quantity == SERIAL => {
                Value::Text(self.serial.to_string())
            }
            (Kind::Identity, Encoding::Text(_)) => Value::Text(format!("SIM-{own}")),
            (Kind::Identity, _) => Value::Text(own.to_string()),
            (Kind::Flags, _) => Value::Flags(u64::try_from(own).unwrap_or_default()),
            (Kind::Clock, _) => clock_value(register, DateTime::UNIX_EPOCH),
            _ => {
                let step = smallest_step(register);
                Value::Number(exact::mul(Decimal::from(own), step).unwrap_or(step))
            }
        }
    }

    fn set_clock(&mut self, now: DateTime<Utc>) {
        let shown = now + self.drift;
        for (index, register) in self.profile.registers.iter().enumerate() {
            if register.kind == Kind::Clock {
                self.values.insert(index, clock_value(register, shown));
            }
        }
    }

    /// Brings the registers up to what they should say.
    fn write(&mut self) {
        for (index, value) in &self.values {
            let register = &self.profile.registers[*index];
            let words = encode(register, value).unwrap_or_default();
            let addresses = register.address..;
            let cells = addresses.zip(words);
            self.cells
                .extend(cells.map(|(address, word)| ((register.table, address), word)));
        }
    }
}

/// The clocks of the simulation show the time of Yekaterinburg, five hours ahead of UTC.
fn clock_value(register: &Register, now: DateTime<Utc>) -> Value {
    match register.encoding {
        Encoding::UnixSeconds => Value::Utc(now),
        _ => {
            let civil: NaiveDateTime = now.naive_utc() + TimeDelta::hours(5);
            Value::Civil(civil)
        }
    }
}

/// The least that a register can tell apart, as far as the simulation counts: hundredths of a
/// float, one of a whole number, times the scale.
fn smallest_step(register: &Register) -> Decimal {
    let written = match register.encoding {
        Encoding::Float32 | Encoding::Float64 | Encoding::WholeAndFraction { .. } => {
            Decimal::new(1, 2)
        }
        _ => Decimal::ONE,
    };
    exact::mul(written, register.scale).unwrap_or(written)
}
