//! Removal and replacement of meters.

use aggregates::ids::{BookId, MeterId, MeteringPointId};
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::event::RemovalReason;
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::MeteringPoint;
use aggregates::metering_point::command::MeteringPointCommand;
use aggregates::vocabulary::ActRef;
use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::import::house::file::MeterEntry;
use crate::import::house::meter_commands;
use crate::operations::OperationError;
use crate::store::execute::Execute;

/// A meter taken away.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// What it showed, one a register; empty when the display gave nothing.
    pub r#final: Vec<RegisterValue>,
    /// Why.
    pub reason: RemovalReason,
    /// Act.
    #[serde(default)]
    pub act: Option<ActRef>,
}

/// A meter taken away and, where there is one, its successor.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// What happened to the old one.
    #[serde(flatten)]
    pub removal: Removal,
    /// The new one, as in a house file.
    #[serde(default)]
    pub meter: Option<MeterEntry>,
}

/// Takes the meter of `point` away.
///
/// # Errors
/// [`OperationError`]: no meter stands there, or an aggregate refuses.
pub async fn remove_meter(
    unit: &mut impl Execute,
    point: MeteringPointId,
    removal: Removal,
) -> Result<Vec<EventId>, OperationError> {
    let attached = unit.read::<MeteringPoint>(point.0).await?.attached_meter();
    let meter = attached.ok_or_else(|| OperationError::Missing {
        what: "прибора в точке учёта",
        name: point.to_string(),
    })?;
    let Removal {
        at,
        r#final,
        reason,
        act,
    } = removal;
    let at = at.to_utc();
    let remove = MeterCommand::Remove {
        at,
        r#final: r#final.clone(),
        reason,
        act,
    };
    let mut events = unit.execute::<Meter>(meter.0, remove).await?;
    let detach = MeteringPointCommand::DetachMeter { meter, at, r#final };
    events.extend(unit.execute::<MeteringPoint>(point.0, detach).await?);
    Ok(events)
}

/// Takes the meter of `point` away and puts the next one in, if there is one.
///
/// # Errors
/// [`OperationError`]: no meter stands there, or an aggregate refuses; then nothing happens.
pub async fn replace_meter(
    unit: &mut impl Execute,
    book: BookId,
    point: MeteringPointId,
    replacement: Replacement,
) -> Result<Vec<EventId>, OperationError> {
    let mut events = remove_meter(unit, point, replacement.removal).await?;
    let Some(entry) = replacement.meter else {
        return Ok(events);
    };
    let resource = unit.read::<MeteringPoint>(point.0).await?.resource();
    let resource = resource.ok_or_else(|| OperationError::Missing {
        what: "точки учёта",
        name: point.to_string(),
    })?;
    let (meter, commands, attach) = meter_commands(book, point, resource, &entry);
    events.extend(put_in(unit, point, meter, commands, attach).await?);
    Ok(events)
}

async fn put_in(
    unit: &mut impl Execute,
    point: MeteringPointId,
    meter: MeterId,
    commands: Vec<MeterCommand>,
    attach: MeteringPointCommand,
) -> Result<Vec<EventId>, OperationError> {
    let mut events = Vec::new();
    for command in commands {
        events.extend(unit.execute::<Meter>(meter.0, command).await?);
    }
    events.extend(unit.execute::<MeteringPoint>(point.0, attach).await?);
    Ok(events)
}
