//! What one may ask of a metering point. Fields mean what they mean in the event of the same form.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{MeterId, PremisesId};
use crate::meter::reading::RegisterValue;
use crate::metering_point::event::{BoundaryLoss, ComponentKind, PointKind, RadiatorFactor};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource};

/// Commands of a metering point. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MeteringPointCommand {
    /// Enter the point into the book.
    RegisterPoint {
        /// What is measured.
        resource: Resource,
        /// Whose consumption it is.
        kind: PointKind,
        /// Name on site.
        label: Label,
        /// The premises, for points inside them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        premises: Option<PremisesId>,
    },
    /// Put a meter in.
    AttachMeter {
        /// Which.
        meter: MeterId,
        /// When.
        at: DateTime<Utc>,
        /// What it showed, one value a register.
        initial: Vec<RegisterValue>,
    },
    /// Take the meter away.
    DetachMeter {
        /// Which.
        meter: MeterId,
        /// When.
        at: DateTime<Utc>,
        /// What it showed; empty when the display gave nothing.
        r#final: Vec<RegisterValue>,
    },
    /// Put one meter in the place of another: detaches the old and attaches the new at once.
    ReplaceMeter {
        /// The meter taken away.
        old: MeterId,
        /// What it showed; empty when the display gave nothing.
        r#final: Vec<RegisterValue>,
        /// The meter put in.
        new: MeterId,
        /// What that showed.
        initial: Vec<RegisterValue>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Put a component of the node in.
    InstallComponent {
        /// Name within the node.
        component: Code,
        /// What it is.
        kind: ComponentKind,
        /// Serial number.
        serial: Label,
        /// Last day of its verification, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verified_until: Option<NaiveDate>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Record a verification of a component.
    VerifyComponent {
        /// Which.
        component: Code,
        /// When it was done.
        performed_on: NaiveDate,
        /// Last day of validity.
        valid_until: NaiveDate,
        /// Record in ФГИС «Аршин», where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registry_record: Option<Label>,
    },
    /// Take a component away.
    RemoveComponent {
        /// Which.
        component: Code,
        /// When.
        at: DateTime<Utc>,
    },
    /// Admit the node to commercial metering.
    AdmitNode {
        /// The act.
        act: ActRef,
        /// From when, and until when.
        validity: DateSpan,
    },
    /// End the admission before its term.
    EndNodeAdmission {
        /// First day without admission.
        on: NaiveDate,
        /// Why.
        cause: Code,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Set the losses between node and boundary.
    SetBoundaryLoss {
        /// How they are reckoned.
        loss: BoundaryLoss,
        /// From which day.
        from: NaiveDate,
        /// Contract or calculation.
        act: ActRef,
    },
    /// Set the factor of the radiator that a distributor hangs on.
    SetRadiatorFactor {
        /// k.
        factor: RadiatorFactor,
        /// From which day.
        from: NaiveDate,
        /// Project or act of installation.
        act: ActRef,
    },
    /// Give the point up.
    ClosePoint {
        /// First day.
        on: NaiveDate,
        /// Why.
        cause: Code,
    },
}
