//! Corrections, withdrawals and control readings.

use aggregates::book_event::BookEvent;
use aggregates::building::Building;
use aggregates::ids::{BookId, MeterId};
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::reading::{CorrectionReason, RegisterValue, WithdrawalReason};
use aggregates::meter::submission::{ReadingFacts, Submission, TargetReading};
use aggregates::text::Code;
use aggregates::vocabulary::{ActRef, NoteRef, ReadingSource};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operations::OperationError;
use crate::store::execute::Execute;

/// The right values of a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// One value for every register of the reading.
    pub values: Vec<RegisterValue>,
    /// Why.
    pub reason: CorrectionReason,
    /// Act, where there is one.
    #[serde(default)]
    pub act: Option<ActRef>,
    /// Comment, kept outside the events.
    #[serde(default)]
    pub note: Option<NoteRef>,
}

/// A reading taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why.
    pub reason: WithdrawalReason,
    /// Comment, kept outside the events.
    #[serde(default)]
    pub note: Option<NoteRef>,
}

/// A контрольное снятие.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlReading {
    /// One value for every register.
    pub values: Vec<RegisterValue>,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// The act.
    pub act: ActRef,
}

/// Replaces the values of reading `sequence` of `meter`.
///
/// # Errors
/// [`OperationError`]: no such reading, or the meter refuses.
pub async fn correct_reading(
    unit: &mut impl Execute,
    book: BookId,
    meter: MeterId,
    sequence: u64,
    correction: Correction,
) -> Result<Vec<EventId>, OperationError> {
    let target = Box::new(target(unit, meter, sequence).await?);
    let facts = Box::new(house_facts(unit, book, meter, target.reading.taken_at).await?);
    let Correction {
        values,
        reason,
        act,
        note,
    } = correction;
    let command = MeterCommand::CorrectReading {
        target,
        values,
        reason,
        act,
        note,
        facts,
    };
    Ok(unit.execute::<Meter>(meter.0, command).await?)
}

/// Takes reading `sequence` of `meter` back.
///
/// # Errors
/// [`OperationError`]: no such reading, or the meter refuses.
pub async fn withdraw_reading(
    unit: &mut impl Execute,
    meter: MeterId,
    sequence: u64,
    withdrawal: Withdrawal,
) -> Result<Vec<EventId>, OperationError> {
    let target = Box::new(target(unit, meter, sequence).await?);
    let Withdrawal { reason, note } = withdrawal;
    let command = MeterCommand::WithdrawReading {
        target,
        reason,
        note,
    };
    Ok(unit.execute::<Meter>(meter.0, command).await?)
}

/// Records a control reading of `meter`, received at `received_at`.
///
/// # Errors
/// [`OperationError`]: the building or the meter is unknown, or the meter refuses.
pub async fn record_control_reading(
    unit: &mut impl Execute,
    book: BookId,
    meter: MeterId,
    control: ControlReading,
    received_at: DateTime<Utc>,
) -> Result<Vec<EventId>, OperationError> {
    let facts = house_facts(unit, book, meter, control.taken_at).await?;
    let submission = Submission {
        values: control.values,
        taken_at: control.taken_at,
        received_at,
        source: ReadingSource::Control,
        channel: Code::new("act").map_err(|error| OperationError::Refused(error.to_string()))?,
        account: None,
        evidence: None,
        origin: None,
        confirms: None,
        facts,
    };
    let command = MeterCommand::RecordControlReading {
        submission: Box::new(submission),
        act: control.act,
    };
    Ok(unit.execute::<Meter>(meter.0, command).await?)
}

/// What staff's own entries are judged by: the house's terms, no sender and no pair.
async fn house_facts(
    unit: &mut impl Execute,
    book: BookId,
    meter: MeterId,
    at: DateTime<Utc>,
) -> Result<ReadingFacts, OperationError> {
    let resource = unit.read::<Meter>(meter.0).await?.resource();
    let resource = resource.ok_or_else(|| OperationError::Missing {
        what: "прибора",
        name: meter.to_string(),
    })?;
    let building = unit.read::<Building>(book.0).await?;
    let terms = building.reading_terms(resource, at);
    terms
        .map(ReadingFacts::of_house)
        .map_err(|error| OperationError::Refused(error.to_string()))
}

async fn target(
    unit: &mut impl Execute,
    meter: MeterId,
    sequence: u64,
) -> Result<TargetReading, OperationError> {
    let id = EventId::of::<Meter>(meter.0, sequence);
    let missing = || OperationError::Missing {
        what: "показания",
        name: id.to_string(),
    };
    match unit.recorded_event(&id).await? {
        Some(BookEvent::Meter(event)) => TargetReading::of(sequence, &event).ok_or_else(missing),
        _ => Err(missing()),
    }
}
