//! Rules of a metering point: what a command leads to.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::ids::MeterId;
use crate::meter::reading::RegisterValue;
use crate::metering_point::error::MeteringPointError;
use crate::metering_point::event::{BoundaryLoss, MeteringPointEvent, PointKind, RadiatorFactor};
use crate::metering_point::node::{Component, Ending};
use crate::metering_point::{Attachment, MeteringPoint, Registered};
use crate::quantity::Unit;
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource};

type Outcome = Result<Vec<MeteringPointEvent>, MeteringPointError>;

impl MeteringPoint {
    pub(super) fn register(&self, given: Registered) -> Outcome {
        check_place(&given)?;
        if let Some(known) = &self.registered {
            return match differing_field(known, &given) {
                Some(field) => Err(MeteringPointError::RegisteredDifferently { field }),
                None => Ok(Vec::new()),
            };
        }
        let Registered {
            resource,
            kind,
            label,
            premises,
        } = given;
        Ok(vec![MeteringPointEvent::PointRegistered {
            resource,
            kind,
            label,
            premises,
        }])
    }

    pub(super) fn attach(
        &self,
        meter: MeterId,
        at: DateTime<Utc>,
        initial: Vec<RegisterValue>,
    ) -> Outcome {
        if self.has_attached(meter, at, &initial) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if let Some(attached) = self.attached_meter() {
            return Err(MeteringPointError::MeterAttached { attached });
        }
        self.check_after_last(at)?;
        self.check_initial(&initial)?;
        Ok(vec![MeteringPointEvent::MeterAttached {
            meter,
            at,
            initial,
        }])
    }

    /// A distributor counts in units of its own, and nothing else does.
    fn check_initial(&self, initial: &[RegisterValue]) -> Result<(), MeteringPointError> {
        if initial.is_empty() {
            return Err(MeteringPointError::NoInitialReadings);
        }
        let kind = self.kind().unwrap_or(PointKind::Individual);
        let allocates = |value: &RegisterValue| value.value.unit() == Unit::AllocatorUnit;
        match initial.iter().any(allocates) == (kind == PointKind::Distributor) {
            true => check_registers(initial),
            false => Err(MeteringPointError::AllocatorElsewhere { kind }),
        }
    }

    pub(super) fn detach(
        &self,
        meter: MeterId,
        at: DateTime<Utc>,
        r#final: Vec<RegisterValue>,
    ) -> Outcome {
        if self.has_detached(meter, at, &r#final) {
            return Ok(Vec::new());
        }
        self.check_detachable(meter, at, &r#final)?;
        Ok(vec![MeteringPointEvent::MeterDetached {
            meter,
            at,
            r#final,
        }])
    }

    pub(super) fn replace(
        &self,
        (old, r#final): (MeterId, Vec<RegisterValue>),
        (new, initial): (MeterId, Vec<RegisterValue>),
        at: DateTime<Utc>,
    ) -> Outcome {
        if old == new {
            return Err(MeteringPointError::ReplacedByItself);
        }
        if self.has_detached(old, at, &r#final) && self.has_attached(new, at, &initial) {
            return Ok(Vec::new());
        }
        self.check_detachable(old, at, &r#final)?;
        self.check_initial(&initial)?;
        Ok(vec![
            MeteringPointEvent::MeterDetached {
                meter: old,
                at,
                r#final,
            },
            MeteringPointEvent::MeterAttached {
                meter: new,
                at,
                initial,
            },
        ])
    }

    pub(super) fn install_component(&self, name: Code, given: Component) -> Outcome {
        if self.node.has_installed(&name, &given) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if self.node.standing(&name).is_some() {
            return Err(MeteringPointError::ComponentInstalled { component: name });
        }
        let removed = self
            .node
            .named(&name)
            .next_back()
            .and_then(Component::removed_at);
        check_order(given.installed_at(), removed)?;
        let (kind, serial, verified_until, at) = given.into_parts();
        Ok(vec![MeteringPointEvent::ComponentInstalled {
            component: name,
            kind,
            serial,
            verified_until,
            at,
        }])
    }

    pub(super) fn verify_component(
        &self,
        component: Code,
        performed_on: NaiveDate,
        valid_until: NaiveDate,
        registry_record: Option<Label>,
    ) -> Outcome {
        if valid_until <= performed_on {
            return Err(MeteringPointError::VerificationReversed {
                performed_on,
                valid_until,
            });
        }
        let record = registry_record.as_ref();
        if self
            .node
            .has_verified(&component, performed_on, valid_until, record)
        {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if self.node.standing(&component).is_none() {
            return Err(MeteringPointError::NoSuchComponent { component });
        }
        Ok(vec![MeteringPointEvent::ComponentVerified {
            component,
            performed_on,
            valid_until,
            registry_record,
        }])
    }

    pub(super) fn remove_component(&self, component: Code, at: DateTime<Utc>) -> Outcome {
        if self
            .node
            .named(&component)
            .any(|known| known.removed_at() == Some(at))
        {
            return Ok(Vec::new());
        }
        self.require_open()?;
        let Some(standing) = self.node.standing(&component) else {
            return Err(MeteringPointError::NoSuchComponent { component });
        };
        check_order(at, Some(standing.installed_at()))?;
        Ok(vec![MeteringPointEvent::ComponentRemoved { component, at }])
    }

    /// The same act with another term corrects the term.
    pub(super) fn admit(&self, act: ActRef, validity: DateSpan) -> Outcome {
        let from = validity.from();
        let known = self
            .node
            .admissions()
            .iter()
            .find(|known| known.validity.from() == from);
        match known {
            Some(known) if known.act == act && known.validity == validity => return Ok(Vec::new()),
            Some(known) if known.act != act => {
                return Err(MeteringPointError::AdmittedThatDay { from });
            }
            _ => self.require_open()?,
        }
        Ok(vec![MeteringPointEvent::NodeAdmitted { act, validity }])
    }

    pub(super) fn end_admission(&self, on: NaiveDate, cause: Code, act: Option<ActRef>) -> Outcome {
        let given = Ending { on, cause, act };
        if self
            .node
            .admissions()
            .iter()
            .any(|known| known.ended.as_ref() == Some(&given))
        {
            return Ok(Vec::new());
        }
        self.require_open()?;
        let term = self
            .node
            .admission_term_on(on)
            .ok_or(MeteringPointError::NotAdmitted { on })?;
        if let Some(ended) = &term.ended {
            return Err(MeteringPointError::AdmissionEnded { on: ended.on });
        }
        let Ending { on, cause, act } = given;
        Ok(vec![MeteringPointEvent::NodeAdmissionEnded {
            on,
            cause,
            act,
        }])
    }

    pub(super) fn set_loss(&self, loss: BoundaryLoss, from: NaiveDate, act: ActRef) -> Outcome {
        let known = self
            .registered
            .as_ref()
            .ok_or(MeteringPointError::NotRegistered)?;
        if self.losses.has_from(from, &(loss.clone(), act.clone())) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if !matches!(known.kind, PointKind::House | PointKind::Transit) {
            return Err(MeteringPointError::NoBoundary { kind: known.kind });
        }
        check_loss(&loss, known.resource)?;
        Ok(vec![MeteringPointEvent::BoundaryLossSet {
            loss,
            from,
            act,
        }])
    }

    pub(super) fn set_radiator_factor(
        &self,
        factor: RadiatorFactor,
        from: NaiveDate,
        act: ActRef,
    ) -> Outcome {
        let known = self
            .registered
            .as_ref()
            .ok_or(MeteringPointError::NotRegistered)?;
        if self.factors.has_from(from, &(factor, act.clone())) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if known.kind != PointKind::Distributor {
            return Err(MeteringPointError::NoRadiator { kind: known.kind });
        }
        Ok(vec![MeteringPointEvent::RadiatorFactorSet {
            factor,
            from,
            act,
        }])
    }

    pub(super) fn close(&self, on: NaiveDate, cause: Code) -> Outcome {
        if self.closed.as_ref() == Some(&(on, cause.clone())) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        if let Some(attached) = self.attached_meter() {
            return Err(MeteringPointError::ClosedWithMeter { attached });
        }
        match self
            .last_change()
            .map(|at| at.date_naive())
            .filter(|last| on < *last)
        {
            Some(last) => Err(MeteringPointError::ClosedTooEarly { on, last }),
            None => Ok(vec![MeteringPointEvent::PointClosed { on, cause }]),
        }
    }

    fn require_open(&self) -> Result<(), MeteringPointError> {
        if self.registered.is_none() {
            return Err(MeteringPointError::NotRegistered);
        }
        match self.closed_on() {
            Some(on) => Err(MeteringPointError::Closed { on }),
            None => Ok(()),
        }
    }

    fn check_detachable(
        &self,
        meter: MeterId,
        at: DateTime<Utc>,
        r#final: &[RegisterValue],
    ) -> Result<(), MeteringPointError> {
        self.require_open()?;
        let attached = self
            .attached_meter()
            .ok_or(MeteringPointError::NoMeterAttached)?;
        if attached != meter {
            return Err(MeteringPointError::AnotherMeterAttached {
                attached,
                given: meter,
            });
        }
        self.check_after_last(at)?;
        check_registers(r#final)
    }

    fn has_attached(&self, meter: MeterId, at: DateTime<Utc>, initial: &[RegisterValue]) -> bool {
        let same =
            |known: &Attachment| known.meter == meter && known.at == at && known.initial == initial;
        self.attachments.iter().any(same)
    }

    fn has_detached(&self, meter: MeterId, at: DateTime<Utc>, r#final: &[RegisterValue]) -> bool {
        self.attachments
            .iter()
            .filter(|known| known.meter == meter)
            .any(|known| {
                known
                    .detached
                    .as_ref()
                    .is_some_and(|end| end.at == at && end.r#final == r#final)
            })
    }

    /// Instant of the last attachment or detachment.
    fn last_change(&self) -> Option<DateTime<Utc>> {
        let last = self.attachments.last()?;
        Some(last.detached.as_ref().map_or(last.at, |end| end.at))
    }

    fn check_after_last(&self, at: DateTime<Utc>) -> Result<(), MeteringPointError> {
        check_order(at, self.last_change())
    }
}

fn check_order(at: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Result<(), MeteringPointError> {
    match last.filter(|last| at < *last) {
        Some(last) => Err(MeteringPointError::NotInOrder { at, last }),
        None => Ok(()),
    }
}

fn check_place(given: &Registered) -> Result<(), MeteringPointError> {
    let (kind, resource) = (given.kind, given.resource);
    if kind == PointKind::Distributor && resource != Resource::Heat {
        return Err(MeteringPointError::DistributorOfHeatOnly { resource });
    }
    match (kind, given.premises.is_some()) {
        (PointKind::House | PointKind::Transit, true) => {
            Err(MeteringPointError::PremisesForbidden { kind })
        }
        (
            PointKind::Individual
            | PointKind::CommunalFlat
            | PointKind::Room
            | PointKind::Distributor,
            false,
        ) => Err(MeteringPointError::PremisesMissing { kind }),
        _ => Ok(()),
    }
}

fn check_registers(values: &[RegisterValue]) -> Result<(), MeteringPointError> {
    let repeated = values.iter().enumerate().find(|(place, value)| {
        values[..*place]
            .iter()
            .any(|earlier| earlier.register == value.register)
    });
    match repeated {
        Some((_, value)) => Err(MeteringPointError::RegisterRepeated {
            register: value.register.clone(),
        }),
        None => Ok(()),
    }
}

fn check_loss(loss: &BoundaryLoss, resource: Resource) -> Result<(), MeteringPointError> {
    let BoundaryLoss::Monthly { amount } = loss else {
        return Ok(());
    };
    let unit = amount.unit();
    if !resource.amount_units().contains(&unit) {
        return Err(MeteringPointError::LossInForeignUnit { resource, unit });
    }
    match amount.value() < Decimal::ZERO {
        true => Err(MeteringPointError::LossNegative {
            loss: amount.to_string(),
        }),
        false => Ok(()),
    }
}

fn differing_field(known: &Registered, given: &Registered) -> Option<&'static str> {
    let same = [
        ("ресурс", known.resource == given.resource),
        ("вид точки", known.kind == given.kind),
        ("название", known.label == given.label),
        ("помещение", known.premises == given.premises),
    ];
    same.into_iter()
        .find(|(_, same)| !same)
        .map(|(field, _)| field)
}
