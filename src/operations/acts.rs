//! Acts about a meter: refusals of access, inspections, tampering, and final readings that come
//! after a removal.

use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::Measure;
use aggregates::vocabulary::ActRef;
use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operations::OperationError;
use crate::store::execute::Execute;

/// What an act says of a meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MeterAct {
    /// Отказ в допуске (ПП 354 п. 85).
    AccessRefused {
        /// When.
        at: DateTime<FixedOffset>,
        /// The act.
        act: ActRef,
    },
    /// Осмотр: it ends the refusals before it.
    Inspected {
        /// When.
        at: DateTime<FixedOffset>,
        /// The act.
        act: ActRef,
    },
    /// Вмешательство в работу прибора (ПП 354 п. 81(11)).
    TamperingFound {
        /// When it was found.
        at: DateTime<FixedOffset>,
        /// Since when, where established.
        #[serde(default)]
        since: Option<DateTime<FixedOffset>>,
        /// What goes through in an hour, where the act tells it.
        #[serde(default)]
        hourly: Option<Measure>,
        /// The act.
        act: ActRef,
    },
    /// Вмешательство устранено.
    TamperingEnded {
        /// Since when.
        at: DateTime<FixedOffset>,
        /// The act.
        act: ActRef,
    },
    /// Final readings of a removal that was recorded without them.
    FinalReading {
        /// One a register.
        r#final: Vec<RegisterValue>,
        /// Act or another document.
        #[serde(default)]
        act: Option<ActRef>,
    },
}

impl From<MeterAct> for MeterCommand {
    fn from(said: MeterAct) -> Self {
        match said {
            MeterAct::AccessRefused { at, act } => Self::RefuseAccess {
                act,
                at: at.to_utc(),
            },
            MeterAct::Inspected { at, act } => Self::Inspect {
                act,
                at: at.to_utc(),
            },
            MeterAct::TamperingFound {
                at,
                since,
                hourly,
                act,
            } => Self::FindTampering {
                act,
                at: at.to_utc(),
                since: since.map(|since| since.to_utc()),
                hourly,
            },
            MeterAct::TamperingEnded { at, act } => Self::EndTampering {
                act,
                at: at.to_utc(),
            },
            MeterAct::FinalReading { r#final, act } => Self::RecordFinalReading { r#final, act },
        }
    }
}

/// Records what an act says of `meter`.
///
/// # Errors
/// [`OperationError`]: the meter refuses.
pub async fn record_act(
    unit: &mut impl Execute,
    meter: MeterId,
    said: MeterAct,
) -> Result<Vec<EventId>, OperationError> {
    Ok(unit.execute::<Meter>(meter.0, said.into()).await?)
}
