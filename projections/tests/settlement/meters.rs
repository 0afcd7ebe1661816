//! Meters of a house and what becomes of them.

use aggregates::book_event::BookEvent;
use aggregates::ids::{MeterId, MeteringPointId, PremisesId};
use aggregates::meter::event::{FailureCause, MeterEvent, RemovalReason};
use aggregates::meter::model::{RegisterKind, RegisterSpec};
use aggregates::meter::reading::{CorrectionReason, Reading, RegisterValue, WithdrawalReason};
use aggregates::metering_point::event::{MeteringPointEvent, PointKind};
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::TimeDelta;

use crate::support::{House, act, at, code, day, label, zone};

impl House {
    /// A metering point with a meter of one register, put in with `initial`.
    pub(crate) fn meter(
        &mut self,
        premises: Option<PremisesId>,
        resource: Resource,
        from: &str,
        initial: &str,
    ) -> MeterId {
        let point = self.point(premises, resource);
        self.install(point, resource, &["total"], from, initial)
    }

    pub(crate) fn point(
        &mut self,
        premises: Option<PremisesId>,
        resource: Resource,
    ) -> MeteringPointId {
        let kind = match premises {
            Some(_) => PointKind::Individual,
            None => PointKind::House,
        };
        self.point_of_kind(premises, resource, kind)
    }

    pub(crate) fn point_of_kind(
        &mut self,
        premises: Option<PremisesId>,
        resource: Resource,
        kind: PointKind,
    ) -> MeteringPointId {
        let point = MeteringPointId(self.id());
        let registered = MeteringPointEvent::PointRegistered {
            resource,
            kind,
            label: label("точка"),
            premises,
        };
        self.record(point.0, BookEvent::MeteringPoint(registered));
        point
    }

    pub(crate) fn install(
        &mut self,
        point: MeteringPointId,
        resource: Resource,
        registers: &[&str],
        from: &str,
        initial: &str,
    ) -> MeterId {
        let meter = MeterId(self.id());
        let unit_of = |name: &str| match name {
            "work_time" => Unit::Hour,
            "allocated" => Unit::AllocatorUnit,
            _ => resource.amount_units()[0],
        };
        let names = registers.iter().map(|name| (code(name), unit_of(name)));
        let names: Vec<(Code, Unit)> = names.collect();
        let specs = names.iter().map(|(name, unit)| RegisterSpec {
            name: name.clone(),
            unit: *unit,
            kind: RegisterKind::Cumulative,
            digits: Some(5),
            decimals: Some(3),
        });
        let registered = MeterEvent::MeterRegistered {
            resource,
            serial: label(&meter.0.as_u128().to_string()),
            model: None,
            registers: specs.collect(),
            verification_interval_months: None,
            made_in: None,
        };
        self.on(meter, registered);
        self.registers.insert(meter, names);
        let installed = MeterEvent::MeterInstalled {
            point,
            at: at(from),
            initial: self.values(meter, initial),
            act: None,
            transformer_ratio: None,
        };
        self.on(meter, installed);
        meter
    }

    /// Where a meter was put in.
    pub(crate) fn point_of(&self, meter: MeterId) -> MeteringPointId {
        let installed = self.events.iter().find_map(|event| match &event.event {
            BookEvent::Meter(MeterEvent::MeterInstalled { point, .. })
                if event.aggregate_id == meter.0 =>
            {
                Some(*point)
            }
            _ => None,
        });
        installed.expect("the meter was put in")
    }

    pub(crate) fn on(&mut self, meter: MeterId, event: MeterEvent) -> u64 {
        self.record(meter.0, BookEvent::Meter(event))
    }

    /// Values in the order of the registers, separated by `/`.
    fn values(&self, meter: MeterId, text: &str) -> Vec<RegisterValue> {
        let names = &self.registers[&meter];
        let given = text
            .split('/')
            .map(|value| value.parse().expect("a decimal"));
        let pairs = names.iter().zip(given);
        pairs
            .map(|((name, unit), value)| RegisterValue {
                register: name.clone(),
                value: Measure::new(value, *unit),
            })
            .collect()
    }

    /// A resident's reading, accepted for the month it was taken in.
    pub(crate) fn read(&mut self, meter: MeterId, when: &str, shows: &str) -> u64 {
        let of = Period::containing(at(when), zone()).expect("a month");
        self.read_for(meter, when, shows, of)
    }

    /// A reading accepted for another month.
    pub(crate) fn read_for(
        &mut self,
        meter: MeterId,
        when: &str,
        shows: &str,
        period: Period,
    ) -> u64 {
        let taken_at = at(when);
        let reading = Reading {
            values: self.values(meter, shows),
            taken_at,
            received_at: taken_at + TimeDelta::hours(1),
            period,
            source: ReadingSource::Resident,
            channel: code("web"),
            accepted_for: None,
            account: None,
            evidence: None,
            origin: None,
        };
        let event = MeterEvent::ReadingRecorded {
            reading,
            flags: vec![],
            confirms: None,
        };
        self.on(meter, event)
    }

    pub(crate) fn correct(&mut self, meter: MeterId, reading: u64, shows: &str) {
        let values = self.values(meter, shows);
        let event = MeterEvent::ReadingCorrected {
            reading,
            values,
            reason: CorrectionReason::TypingMistake,
            act: None,
            note: None,
        };
        self.on(meter, event);
    }

    pub(crate) fn withdraw(&mut self, meter: MeterId, reading: u64) {
        let event = MeterEvent::ReadingWithdrawn {
            reading,
            reason: WithdrawalReason::SendersMistake,
            note: None,
        };
        self.on(meter, event);
    }

    pub(crate) fn fail(&mut self, meter: MeterId, when: &str) {
        let event = MeterEvent::MeterFailed {
            at: at(when),
            cause: FailureCause::NoDisplay,
            act: None,
        };
        self.on(meter, event);
    }

    pub(crate) fn restore(&mut self, meter: MeterId, when: &str) {
        let event = MeterEvent::MeterRestored {
            at: at(when),
            act: None,
        };
        self.on(meter, event);
    }

    pub(crate) fn verify(&mut self, meter: MeterId, on: &str, valid_until: &str) {
        let event = MeterEvent::VerificationRecorded {
            performed_on: day(on),
            valid_until: Some(day(valid_until)),
            certificate: None,
            registry_record: None,
            organisation: None,
        };
        self.on(meter, event);
    }

    pub(crate) fn remove(&mut self, meter: MeterId, when: &str, shows: &str) {
        let event = MeterEvent::MeterRemoved {
            at: at(when),
            r#final: self.values(meter, shows),
            reason: RemovalReason::Replaced,
            act: None,
        };
        self.on(meter, event);
    }

    /// An act of refusal of access.
    pub(crate) fn refuse(&mut self, meter: MeterId, when: &str, ordinal: u32) {
        let event = MeterEvent::AccessRefused {
            act: act(),
            at: at(when),
            ordinal,
        };
        self.on(meter, event);
    }

    /// A control reading with the readings that it contradicts.
    pub(crate) fn control(
        &mut self,
        meter: MeterId,
        when: &str,
        shows: &str,
        contradicts: &[u64],
    ) -> u64 {
        let taken_at = at(when);
        let reading = Reading {
            values: self.values(meter, shows),
            taken_at,
            received_at: taken_at + TimeDelta::hours(1),
            period: Period::containing(taken_at, zone()).expect("a month"),
            source: ReadingSource::Control,
            channel: code("act"),
            accepted_for: None,
            account: None,
            evidence: None,
            origin: None,
        };
        let event = MeterEvent::ControlReadingRecorded {
            reading,
            act: act(),
            contradicts: contradicts.to_vec(),
        };
        self.on(meter, event)
    }

    /// A meter taken away for a reason; `shows` is empty where the display gave nothing.
    pub(crate) fn take_away(
        &mut self,
        meter: MeterId,
        when: &str,
        shows: &str,
        reason: RemovalReason,
    ) {
        let r#final = match shows.is_empty() {
            true => vec![],
            false => self.values(meter, shows),
        };
        let event = MeterEvent::MeterRemoved {
            at: at(when),
            r#final,
            reason,
            act: None,
        };
        self.on(meter, event);
    }

    /// Final readings that come after the removal.
    pub(crate) fn add_final(&mut self, meter: MeterId, removed: &str, shows: &str) {
        let event = MeterEvent::FinalReadingRecorded {
            removed_at: at(removed),
            r#final: self.values(meter, shows),
            act: None,
        };
        self.on(meter, event);
    }
}
