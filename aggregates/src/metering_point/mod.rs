//! Точка учёта.

pub mod command;
pub mod error;
pub mod event;
mod node;
mod rules;

use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::dated::DatedRows;
use crate::ids::{MeterId, PremisesId};
use crate::ledger::LedgerAggregate;
use crate::meter::reading::RegisterValue;
use crate::metering_point::command::MeteringPointCommand;
use crate::metering_point::error::MeteringPointError;
use crate::metering_point::event::{BoundaryLoss, MeteringPointEvent, PointKind, RadiatorFactor};
use crate::metering_point::node::{Component, Node};
use crate::text::{Code, Label};
use crate::vocabulary::{ActRef, Resource};

/// Where a resource is measured; outlives the meters installed there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeteringPoint {
    registered: Option<Registered>,
    /// Every meter that stood here, oldest first; only the last one may still be in.
    attachments: Vec<Attachment>,
    node: Node,
    losses: DatedRows<(BoundaryLoss, ActRef)>,
    factors: DatedRows<(RadiatorFactor, ActRef)>,
    closed: Option<(NaiveDate, Code)>,
}

/// What the point was registered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Registered {
    resource: Resource,
    kind: PointKind,
    label: Label,
    premises: Option<PremisesId>,
}

/// The time of one meter at the point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Which meter.
    pub meter: MeterId,
    /// When it was put in.
    pub at: DateTime<Utc>,
    /// What it showed then.
    pub initial: Vec<RegisterValue>,
    /// How it was taken away, unless it is still in.
    pub detached: Option<Detachment>,
}

/// How a meter was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detachment {
    /// When.
    pub at: DateTime<Utc>,
    /// What it showed; empty when the display gave nothing.
    pub r#final: Vec<RegisterValue>,
}

impl MeteringPoint {
    /// Whether it is registered.
    pub fn is_registered(&self) -> bool {
        self.registered.is_some()
    }

    /// What is measured, once registered.
    pub fn resource(&self) -> Option<Resource> {
        self.registered.as_ref().map(|known| known.resource)
    }

    /// Whose consumption it is, once registered.
    pub fn kind(&self) -> Option<PointKind> {
        self.registered.as_ref().map(|known| known.kind)
    }

    /// The premises it stands in, for points inside them.
    pub fn premises(&self) -> Option<PremisesId> {
        self.registered.as_ref().and_then(|known| known.premises)
    }

    /// The meter that is in now.
    pub fn attached_meter(&self) -> Option<MeterId> {
        self.standing().map(|standing| standing.meter)
    }

    /// The meter that was in at an instant.
    pub fn meter_at(&self, instant: DateTime<Utc>) -> Option<MeterId> {
        let stood = |attachment: &&Attachment| {
            let detached = attachment.detached.as_ref();
            attachment.at <= instant && detached.is_none_or(|detached| instant < detached.at)
        };
        self.attachments
            .iter()
            .find(stood)
            .map(|attachment| attachment.meter)
    }

    /// Every meter that stood here, oldest first.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// First day without the point, once closed.
    pub fn closed_on(&self) -> Option<NaiveDate> {
        self.closed.as_ref().map(|(on, _)| *on)
    }

    /// How losses to the boundary are reckoned on `date`.
    pub fn boundary_loss_on(&self, date: NaiveDate) -> Option<&BoundaryLoss> {
        self.losses.on(date).map(|(loss, _)| loss)
    }

    /// The factor of the radiator under a distributor on `date`.
    pub fn radiator_factor_on(&self, date: NaiveDate) -> Option<RadiatorFactor> {
        self.factors.on(date).map(|(factor, _)| *factor)
    }

    /// Whether the node is admitted to commercial metering on `date`.
    pub fn is_admitted_on(&self, date: NaiveDate) -> bool {
        self.node.admission_on(date).is_some()
    }

    /// First day on which the node has been out of order without a break up to `date`, because the
    /// verification of a component had expired (V30): the earliest expiry rules the node. `None`
    /// while every known verification is valid.
    pub fn node_out_of_order_since(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.node.out_of_order_since(date)
    }

    /// Components in place on `date` whose verification is not known, so that nothing can be said
    /// about them; a modem measures nothing and needs none.
    pub fn components_without_verification_on(
        &self,
        date: NaiveDate,
    ) -> impl Iterator<Item = &Code> {
        self.node.unverified_on(date)
    }

    fn standing(&self) -> Option<&Attachment> {
        self.attachments
            .last()
            .filter(|last| last.detached.is_none())
    }

    fn decide(
        &self,
        command: MeteringPointCommand,
    ) -> Result<Vec<MeteringPointEvent>, MeteringPointError> {
        use MeteringPointCommand as Command;
        match command {
            Command::RegisterPoint {
                resource,
                kind,
                label,
                premises,
            } => self.register(Registered {
                resource,
                kind,
                label,
                premises,
            }),
            Command::AttachMeter { meter, at, initial } => self.attach(meter, at, initial),
            Command::DetachMeter { meter, at, r#final } => self.detach(meter, at, r#final),
            Command::ReplaceMeter {
                old,
                r#final,
                new,
                initial,
                at,
            } => self.replace((old, r#final), (new, initial), at),
            Command::InstallComponent {
                component,
                kind,
                serial,
                verified_until,
                at,
            } => {
                let given = Component::installed(kind, serial, verified_until, at);
                self.install_component(component, given)
            }
            Command::VerifyComponent {
                component,
                performed_on,
                valid_until,
                registry_record,
            } => self.verify_component(component, performed_on, valid_until, registry_record),
            Command::RemoveComponent { component, at } => self.remove_component(component, at),
            Command::AdmitNode { act, validity } => self.admit(act, validity),
            Command::EndNodeAdmission { on, cause, act } => self.end_admission(on, cause, act),
            Command::SetBoundaryLoss { loss, from, act } => self.set_loss(loss, from, act),
            Command::SetRadiatorFactor { factor, from, act } => {
                self.set_radiator_factor(factor, from, act)
            }
            Command::ClosePoint { on, cause } => self.close(on, cause),
        }
    }
}

impl Aggregate for MeteringPoint {
    const TYPE: &'static str = "metering_point";
    type Command = MeteringPointCommand;
    type Event = MeteringPointEvent;
    type Error = MeteringPointError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        use MeteringPointEvent as Event;
        match event {
            Event::PointRegistered {
                resource,
                kind,
                label,
                premises,
            } => {
                self.registered = Some(Registered {
                    resource,
                    kind,
                    label,
                    premises,
                });
            }
            Event::MeterAttached { meter, at, initial } => {
                self.attachments.push(Attachment {
                    meter,
                    at,
                    initial,
                    detached: None,
                });
            }
            Event::MeterDetached { meter, at, r#final } => {
                let standing = self
                    .attachments
                    .last_mut()
                    .filter(|last| last.meter == meter);
                if let Some(attachment) = standing {
                    attachment.detached = Some(Detachment { at, r#final });
                }
            }
            Event::ComponentInstalled {
                component,
                kind,
                serial,
                verified_until,
                at,
            } => {
                let given = Component::installed(kind, serial, verified_until, at);
                self.node.install(component, given);
            }
            Event::ComponentVerified {
                component,
                performed_on,
                valid_until,
                registry_record,
            } => self
                .node
                .verify(&component, performed_on, valid_until, registry_record),
            Event::ComponentRemoved { component, at } => self.node.remove(&component, at),
            Event::NodeAdmitted { act, validity } => self.node.admit(act, validity),
            Event::NodeAdmissionEnded { on, cause, act } => {
                self.node.end_admission(on, cause, act);
            }
            Event::BoundaryLossSet { loss, from, act } => {
                self.losses.record_from(from, (loss, act));
            }
            Event::RadiatorFactorSet { factor, from, act } => {
                self.factors.record_from(from, (factor, act));
            }
            Event::PointClosed { on, cause } => self.closed = Some((on, cause)),
        }
    }
}

impl LedgerAggregate for MeteringPoint {
    const STATE_VERSION: u32 = 2;
}
