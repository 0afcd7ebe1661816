//! The life of the device: registration, installation, seals, verification, failure, removal.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::ids::{MeteringPointId, OrganisationId};
use crate::meter::Meter;
use crate::meter::command::{Registration, Verification};
use crate::meter::error::MeterError;
use crate::meter::event::{FailureCause, MeterEvent, RemovalReason};
use crate::meter::model::{RegisterKind, RegisterSpec, SubsystemChannel, TransformerRatio};
use crate::meter::reading::{Finding, RegisterValue, ValidationRule};
use crate::meter::state::{DatedAct, KnownReading, Placement, Registered, Removal, Values};
use crate::quantity::Unit;
use crate::text::Label;
use crate::vocabulary::{ActRef, Resource};

/// Digits of a display beyond which no device goes.
const DIGITS_MAX: u8 = 12;
/// Decimals of a display beyond which no device goes.
const DECIMALS_MAX: u8 = 9;

type Decision = Result<Vec<MeterEvent>, MeterError>;

impl Meter {
    /// Registers the device. The same registration again is nothing new.
    pub fn register(&self, registration: Registration) -> Decision {
        check_registers(&registration)?;
        if let Some(known) = &self.registered {
            return match *known == Registered::from(registration) {
                true => Ok(vec![]),
                false => Err(MeterError::AlreadyRegistered {
                    serial: known.serial.clone(),
                }),
            };
        }
        Ok(vec![MeterEvent::MeterRegistered {
            resource: registration.resource,
            serial: registration.serial,
            model: registration.model,
            registers: registration.registers,
            verification_interval_months: registration.verification_interval_months,
            made_in: registration.made_in,
        }])
    }

    /// Links an electronic passport.
    pub fn link_passport(&self, registry: Label, number: Label) -> Decision {
        self.in_book()?;
        let linked = |known: &super::Passport| known.registry == registry && known.number == number;
        match self.passports.iter().any(linked) {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::PassportLinked { registry, number }]),
        }
    }

    /// Puts the meter in at `point`, unless it stands there or elsewhere.
    pub fn install(
        &self,
        point: MeteringPointId,
        at: DateTime<Utc>,
        initial: &[RegisterValue],
        (act, transformer_ratio): (Option<ActRef>, Option<TransformerRatio>),
    ) -> Decision {
        let registered = self.in_book()?;
        if transformer_ratio.is_some() && registered.resource != Resource::Electricity {
            return Err(MeterError::NoTransformers(registered.resource));
        }
        let values = registered.arrange_all_cumulative(initial)?;
        let same = |known: &Placement| {
            known.point == point
                && known.installed_at == at
                && known.initial == values
                && known.transformer_ratio == transformer_ratio
        };
        if self.placements.iter().any(same) {
            return Ok(vec![]);
        }
        if let Some(current) = self.current_placement() {
            return Err(MeterError::AlreadyInstalled {
                since: current.installed_at,
            });
        }
        if let Some(removal) = self.last_removal() {
            not_before(at, removal.at)?;
        }
        let initial = registered.spell(&values);
        Ok(vec![MeterEvent::MeterInstalled {
            point,
            at,
            initial,
            act,
            transformer_ratio,
        }])
    }

    fn last_removal(&self) -> Option<&Removal> {
        self.placements
            .last()
            .and_then(|placement| placement.removal.as_ref())
    }

    /// Ввод в эксплуатацию; a meter may be admitted anew after a repair.
    pub fn commission(&self, act: ActRef, at: DateTime<Utc>) -> Decision {
        self.in_book()?;
        let known = DatedAct { act, at };
        if self
            .placements
            .iter()
            .any(|placement| placement.commissionings.contains(&known))
        {
            return Ok(vec![]);
        }
        self.current_placement().ok_or(MeterError::NotInstalled)?;
        Ok(vec![MeterEvent::MeterCommissioned { act: known.act, at }])
    }

    /// Sets a seal.
    pub fn seal(
        &self,
        seal: Label,
        place: Label,
        at: DateTime<Utc>,
        act: Option<ActRef>,
    ) -> Decision {
        self.in_book()?;
        let intact = self
            .seals
            .iter()
            .find(|known| known.seal == seal && known.broken_at.is_none());
        match intact.map(|known| known.set_at == Some(at)) {
            Some(true) => Ok(vec![]),
            Some(false) => Err(MeterError::SealIntact { seal }),
            None => Ok(vec![MeterEvent::MeterSealed {
                seal,
                place,
                at,
                act,
            }]),
        }
    }

    /// Notes a broken seal. One that the ledger never saw set can be found broken too.
    pub fn break_seal(&self, seal: Label, at: DateTime<Utc>, act: Option<ActRef>) -> Decision {
        self.in_book()?;
        let last = self.seals.iter().rev().find(|known| known.seal == seal);
        match last.and_then(|known| known.broken_at) {
            Some(since) if since == at => Ok(vec![]),
            Some(since) => Err(MeterError::SealAlreadyBroken { seal, since }),
            None => Ok(vec![MeterEvent::SealBroken { seal, at, act }]),
        }
    }

    /// Replaces the map of channels by a new version.
    pub fn configure_subsystem(
        &self,
        from: DateTime<Utc>,
        channels: Vec<SubsystemChannel>,
    ) -> Decision {
        let registered = self.in_book()?;
        for (index, line) in channels.iter().enumerate() {
            if registered.index_of(&line.register).is_none() {
                let known = registered.names();
                return Err(MeterError::UnknownRegister {
                    register: line.register.clone(),
                    known,
                });
            }
            let same_input = |other: &SubsystemChannel| {
                other.subsystem == line.subsystem && other.channel == line.channel
            };
            if channels[..index].iter().any(same_input) {
                return Err(MeterError::DuplicateChannel {
                    subsystem: line.subsystem.clone(),
                    channel: line.channel.clone(),
                });
            }
        }
        if self.channels.from == Some(from) && self.channels.channels == channels {
            return Ok(vec![]);
        }
        let version = self.channels.version + 1;
        Ok(vec![MeterEvent::SubsystemConfigured {
            version,
            from,
            channels,
        }])
    }

    /// Records a поверка.
    pub fn record_verification(&self, verification: Verification) -> Decision {
        self.in_book()?;
        let performed_on = verification.performed_on;
        if let Some(valid_until) = verification
            .valid_until
            .filter(|until| *until < performed_on)
        {
            return Err(MeterError::VerificationReversed {
                performed_on,
                valid_until,
            });
        }
        if self.verifications.contains(&verification) {
            return Ok(vec![]);
        }
        Ok(vec![MeterEvent::VerificationRecorded {
            performed_on,
            valid_until: verification.valid_until,
            certificate: verification.certificate,
            registry_record: verification.registry_record,
            organisation: verification.organisation,
        }])
    }

    /// Notes that the meter counts as out of order.
    pub fn fail(&self, at: DateTime<Utc>, cause: FailureCause, act: Option<ActRef>) -> Decision {
        self.in_book()?;
        match &self.failure {
            Some(known) if known.at == at && known.cause == cause => Ok(vec![]),
            Some(known) => Err(MeterError::AlreadyFailed { since: known.at }),
            None => Ok(vec![MeterEvent::MeterFailed { at, cause, act }]),
        }
    }

    /// Notes that metering was restored.
    pub fn restore(&self, at: DateTime<Utc>, act: Option<ActRef>) -> Decision {
        self.in_book()?;
        match &self.failure {
            Some(failure) => {
                not_before(at, failure.at)?;
                Ok(vec![MeterEvent::MeterRestored { at, act }])
            }
            None if self.restored_at == Some(at) => Ok(vec![]),
            None => Err(MeterError::NotFailed),
        }
    }

    /// Notes a repair.
    pub fn repair(
        &self,
        at: DateTime<Utc>,
        organisation: Option<OrganisationId>,
        act: Option<ActRef>,
    ) -> Decision {
        self.in_book()?;
        match self.repairs.contains(&at) {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::MeterRepaired {
                at,
                organisation,
                act,
            }]),
        }
    }

    /// Takes the meter away. Accepted readings that the final ones contradict are marked (V25),
    /// and so are those taken after the removal (V03).
    pub fn remove(
        &self,
        at: DateTime<Utc>,
        r#final: &[RegisterValue],
        reason: RemovalReason,
        act: Option<ActRef>,
    ) -> Decision {
        let registered = self.in_book()?;
        let values = match r#final.is_empty() {
            true => vec![None; registered.registers.len()],
            false => registered.arrange_all_cumulative(r#final)?,
        };
        let removal = Removal {
            at,
            r#final: values,
            reason,
        };
        if self
            .placements
            .iter()
            .any(|placement| placement.removal.as_ref() == Some(&removal))
        {
            return Ok(vec![]);
        }
        let current = self.current_placement().ok_or(MeterError::NotInstalled)?;
        not_before(at, current.installed_at)?;
        let mut events = vec![MeterEvent::MeterRemoved {
            at,
            r#final: registered.spell(&removal.r#final),
            reason,
            act,
        }];
        events.extend(self.readings_contradicted_by_removal(current, at, &removal.r#final));
        Ok(events)
    }

    /// Adds what the display showed at the last removal without final readings; readings that they
    /// contradict are marked (V25).
    ///
    /// # Errors
    /// The meter was never taken away, its final readings are known to be other ones, or values do
    /// not fit its registers.
    pub fn record_final_reading(&self, r#final: &[RegisterValue], act: Option<ActRef>) -> Decision {
        let registered = self.registered()?;
        let values = registered.arrange_all_cumulative(r#final)?;
        let ended = |placement: &'_ Placement| placement.removal.clone();
        let removals = || self.placements.iter().rev();
        if removals()
            .filter_map(ended)
            .any(|known| known.r#final == values)
        {
            return Ok(vec![]);
        }
        let unknown = removals().find_map(|placement| {
            let removal = placement.removal.as_ref()?;
            let is_unknown = removal.r#final.iter().all(Option::is_none);
            is_unknown.then_some((placement, removal))
        });
        let Some((placement, removal)) = unknown else {
            let last = removals().find_map(ended);
            return Err(match last {
                Some(removal) => MeterError::FinalReadingKnown {
                    removed_at: removal.at,
                },
                None => MeterError::NeverRemoved,
            });
        };
        let mut events = vec![MeterEvent::FinalReadingRecorded {
            removed_at: removal.at,
            r#final: registered.spell(&values),
            act,
        }];
        events.extend(self.readings_contradicted_by_removal(placement, removal.at, &values));
        Ok(events)
    }

    fn readings_contradicted_by_removal(
        &self,
        placement: &Placement,
        at: DateTime<Utc>,
        r#final: &Values,
    ) -> Vec<MeterEvent> {
        let after = |sequence| MeterEvent::ReadingFlagged {
            reading: sequence,
            finding: Finding::new(ValidationRule::V03)
                .with("problem", "removed")
                .with("removed_at", at.to_rfc3339()),
        };
        let above = |sequence| MeterEvent::ReadingFlagged {
            reading: sequence,
            finding: Finding::new(ValidationRule::V25).with("removed_at", at.to_rfc3339()),
        };
        let stays = self.readings.iter().filter(|known| {
            known.is_sound() && known.source.is_some() && placement.covers(known.taken_at)
        });
        let marked = |known: &KnownReading, rule| known.marks.contains(&rule);
        stays
            .filter_map(|known| match known.taken_at > at {
                true => (!marked(known, ValidationRule::V03)).then(|| after(known.sequence)),
                false => {
                    let contradicts = self.contradicts(known, at, r#final);
                    let is_new = contradicts && !marked(known, ValidationRule::V25);
                    is_new.then(|| above(known.sequence))
                }
            })
            .collect()
    }
}

impl From<Registration> for Registered {
    fn from(registration: Registration) -> Self {
        Self {
            resource: registration.resource,
            serial: registration.serial,
            model: registration.model,
            registers: registration.registers,
            verification_interval_months: registration.verification_interval_months,
            made_in: registration.made_in,
        }
    }
}

/// Refuses an instant that lies before one it must follow.
pub(super) fn not_before(at: DateTime<Utc>, earliest: DateTime<Utc>) -> Result<(), MeterError> {
    match at < earliest {
        true => Err(MeterError::TooEarly { at, earliest }),
        false => Ok(()),
    }
}

fn check_registers(registration: &Registration) -> Result<(), MeterError> {
    let registers = &registration.registers;
    for (index, spec) in registers.iter().enumerate() {
        if registers[..index]
            .iter()
            .any(|other| other.name == spec.name)
        {
            return Err(MeterError::DuplicateRegister {
                register: spec.name.clone(),
            });
        }
        check_places(spec)?;
        if !unit_suits(registration.resource, spec) {
            return Err(MeterError::UnitNotOfResource {
                register: spec.name.clone(),
                unit: spec.unit,
                resource: registration.resource,
            });
        }
    }
    match registers
        .iter()
        .any(|spec| spec.kind == RegisterKind::Cumulative)
    {
        true => Ok(()),
        false => Err(MeterError::NoCumulativeRegister),
    }
}

fn check_places(spec: &RegisterSpec) -> Result<(), MeterError> {
    let refuse = |places, limit| {
        Err(MeterError::DigitsOutOfRange {
            register: spec.name.clone(),
            places,
            limit,
        })
    };
    match (spec.digits, spec.decimals) {
        (Some(digits), _) if digits == 0 || digits > DIGITS_MAX => refuse(digits, DIGITS_MAX),
        (_, Some(decimals)) if decimals > DECIMALS_MAX => refuse(decimals, DECIMALS_MAX),
        _ => Ok(()),
    }
}

/// Whether a register that counts in this unit can belong to a meter of this resource. A heat
/// meter counts energy, volumes, masses and hours of work; a water meter may count its heat too.
fn unit_suits(resource: Resource, spec: &RegisterSpec) -> bool {
    use Unit as U;
    let of_flow = matches!(
        spec.unit,
        U::CubicMetre
            | U::Tonne
            | U::Gigacalorie
            | U::Gigajoule
            | U::MegawattHour
            | U::KilowattHour
    );
    match (resource, spec.kind) {
        (_, RegisterKind::Instant) => true,
        (_, RegisterKind::Cumulative) if spec.unit == U::Hour => true,
        (Resource::Electricity, _) => matches!(spec.unit, U::KilowattHour | U::MegawattHour),
        (Resource::ColdWater | Resource::Sewage, _) => {
            matches!(spec.unit, U::CubicMetre | U::Tonne)
        }
        (Resource::Gas, _) => matches!(spec.unit, U::CubicMetre),
        (Resource::Heat, _) if spec.unit == U::AllocatorUnit => true,
        (Resource::HotWater | Resource::Heat | Resource::Cooling, _) => of_flow,
    }
}

/// Whether the value of a cumulative register is possible at all.
pub(super) fn is_negative(spec: &RegisterSpec, value: Decimal) -> bool {
    spec.kind == RegisterKind::Cumulative && value < Decimal::ZERO
}
