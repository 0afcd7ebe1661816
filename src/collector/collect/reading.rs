//! What a readout says to the registers of meters.

use std::collections::BTreeMap;

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::Measure;
use aggregates::text::Code;
use aggregates::time::ZoneName;
use chrono::{DateTime, SubsecRound as _, Utc};

use crate::collector::decode::{Observed, Value};
use crate::collector::driver::{Protocol, Readout, Told};
use crate::collector::profile::{Kind, Profile};
use crate::collector::registry::{Binding, Installation, Sample};

/// The samples of a readout: one a meter, where every register that is bound to it has a value. A
/// meter with a part missing gives none: half a reading looks like a whole one.
pub(super) fn samples(
    installed: &Installation,
    protocol: Protocol,
    readout: &Readout,
) -> Vec<Sample> {
    let mut by_meter: BTreeMap<(BookId, MeterId), Option<Vec<RegisterValue>>> = BTreeMap::new();
    for binding in &installed.bindings {
        let value = bound(binding, &installed.device.profile, &readout.values);
        let slot = by_meter.entry((binding.book, binding.meter));
        let values = slot.or_insert_with(|| Some(Vec::new()));
        match (values.as_mut(), value) {
            (Some(values), Some(value)) => values.push(value),
            _ => *values = None,
        }
    }
    // The stamp is part of a key: it must come back from the database as it went there.
    let read_at = readout.read_at.trunc_subsecs(3);
    let sample = |((book, meter), values): ((BookId, MeterId), Option<Vec<RegisterValue>>)| {
        Some(Sample {
            device: installed.id,
            stamped_at: read_at,
            book,
            meter,
            read_at,
            channel: channel(protocol).to_owned(),
            values: values?,
        })
    };
    by_meter.into_iter().filter_map(sample).collect()
}

fn channel(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "modbus-tcp",
        Protocol::RtuOverTcp => "modbus-rtu",
    }
}

/// The value that a binding names, as the ledger keeps it.
fn bound(binding: &Binding, profile: &Profile, values: &[Told]) -> Option<RegisterValue> {
    let told = values.iter().find(|told| {
        let register = &profile.registers[told.register];
        register.quantity == binding.quantity
            && register.channel.as_deref().unwrap_or_default() == binding.channel
            && register.kind == Kind::Total
    })?;
    let unit = profile.registers[told.register].unit?;
    Some(RegisterValue {
        register: Code::new(&binding.register).ok()?,
        value: measure(told, unit)?,
    })
}

fn measure(told: &Told, unit: crate::collector::profile::DeviceUnit) -> Option<Measure> {
    match &told.observed {
        Ok(Observed::Value(Value::Number(number))) => unit.measure(*number).ok().flatten(),
        _ => None,
    }
}

/// What the device's clock showed, where it told the time.
pub(super) fn clock(profile: &Profile, zone: ZoneName, readout: &Readout) -> Option<DateTime<Utc>> {
    let clock = readout.values.iter().find(|told| {
        let register = &profile.registers[told.register];
        register.kind == Kind::Clock && register.quantity == "clock"
    })?;
    match &clock.observed {
        Ok(Observed::Value(Value::Utc(shown))) => Some(*shown),
        Ok(Observed::Value(Value::Civil(shown))) => {
            let shown = shown.and_local_timezone(zone.tz()).earliest()?;
            Some(shown.to_utc())
        }
        _ => None,
    }
}

/// By how many seconds the device's clock was fast, where it told the time.
pub(super) fn drift_s(profile: &Profile, zone: ZoneName, readout: &Readout) -> Option<i64> {
    let shown = clock(profile, zone, readout)?;
    Some((shown - readout.read_at).num_seconds())
}
