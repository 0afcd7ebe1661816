//! What became of a poll, written down in one transaction with what it gave.

use std::time::Duration;

use serde_json::{Value as Json, json};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::collector::driver::{Fault, Poll};
use crate::collector::registry::lines::{HeldLine, seconds};
use crate::collector::registry::samples::{self, Sample};
use crate::collector::registry::{Registry, RegistryError};

/// The outcome of a poll that gave values.
const OK: &str = "ok";
/// The outcome of a device that was not asked, because the line had just failed.
const LINE_DOWN: &str = "line_down";

/// A poll to be written down.
#[derive(Debug)]
pub struct Recorded<'a> {
    /// Of which device.
    pub device: Uuid,
    /// What became of it.
    pub outcome: Outcome<'a>,
    /// What it gave.
    pub samples: &'a [Sample],
    /// By how many seconds the device's clock was fast, where it told.
    pub drift_s: Option<i64>,
    /// Polls one after another that gave nothing, with this one.
    pub failures: u32,
    /// How long the device is left alone.
    pub pause: Duration,
}

/// What became of a poll.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// The device was asked.
    Polled(&'a Poll),
    /// It was not: the line is down.
    LineDown,
}

impl Registry {
    /// Writes down what became of a poll, if the line is still ours.
    ///
    /// # Errors
    /// [`RegistryError::LeaseLost`] when another collector has the line: nothing is written.
    pub async fn record(
        &self,
        held: &HeldLine,
        recorded: &Recorded<'_>,
    ) -> Result<(), RegistryError> {
        let mut transaction = self.pool.begin().await?;
        held.still_ours(&mut transaction).await?;
        insert_poll(&mut transaction, recorded).await?;
        samples::keep(&mut transaction, recorded.samples).await?;
        let told = match &recorded.outcome {
            Outcome::Polled(poll) => poll.outcome.as_ref().ok(),
            Outcome::LineDown => None,
        };
        sqlx::query(
            "update collector.devices
             set failures = $2, due_at = now() + $3 * interval '1 second',
                 serial = coalesce(serial, $4)
             where device_id = $1",
        )
        .bind(recorded.device)
        .bind(i32::try_from(recorded.failures).unwrap_or(i32::MAX))
        .bind(seconds(recorded.pause))
        .bind(told.and_then(|readout| readout.serial.as_deref()))
        .execute(&mut *transaction)
        .await?;
        if let Some((expected, found)) = stranger(&recorded.outcome) {
            sqlx::query(
                "insert into collector.questions (device_id, expected, found)
                 values ($1, $2, $3) on conflict do nothing",
            )
            .bind(recorded.device)
            .bind(expected)
            .bind(found)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Devices at which another number answers than the one known: device, known, told.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn questions(&self) -> Result<Vec<(Uuid, String, String)>, RegistryError> {
        let rows = sqlx::query(
            "select device_id, expected, found from collector.questions
             where answered_at is null order by asked_at",
        )
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &sqlx::postgres::PgRow| {
            Ok((
                row.try_get("device_id")?,
                row.try_get("expected")?,
                row.try_get("found")?,
            ))
        };
        rows.iter().map(one).collect()
    }
}

async fn insert_poll(
    connection: &mut PgConnection,
    recorded: &Recorded<'_>,
) -> Result<(), RegistryError> {
    let insert = "insert into collector.polls
                    (device_id, started_at, took_ms, attempts, outcome, cause, told, missing,
                     drift_s, frames)
                  values ($1, coalesce($2, now()), $3, $4, $5, $6, $7, $8, $9, $10)";
    let drift = recorded.drift_s.and_then(|drift| i32::try_from(drift).ok());
    let query = sqlx::query(insert).bind(recorded.device);
    let query = match &recorded.outcome {
        Outcome::Polled(poll) => {
            let readout = poll.outcome.as_ref().ok();
            let fault = poll.outcome.as_ref().err();
            let told = readout.map_or(0, |readout| readout.values.len());
            let missing = readout.map_or(0, |readout| {
                let lacking = readout.values.iter().filter(|told| told.observed.is_err());
                lacking.count()
            });
            query
                .bind(Some(poll.started_at))
                .bind(small(poll.took.as_millis()))
                .bind(small(poll.attempts.len()))
                .bind(fault.map_or(OK, Fault::code))
                .bind(fault.map(ToString::to_string))
                .bind(small(told))
                .bind(small(missing))
                .bind(drift)
                .bind(fault.map(|_| frames(poll)))
        }
        Outcome::LineDown => query
            .bind(None::<chrono::DateTime<chrono::Utc>>)
            .bind(0)
            .bind(0)
            .bind(LINE_DOWN)
            .bind(Some("линия не отвечает: прибор не опрашивался".to_owned()))
            .bind(0)
            .bind(0)
            .bind(drift)
            .bind(None::<Json>),
    };
    query.execute(connection).await?;
    Ok(())
}

/// Another serial number, told by more than one attempt: a late answer is not taken for a new
/// meter.
fn stranger<'a>(outcome: &'a Outcome<'_>) -> Option<(&'a str, &'a str)> {
    let Outcome::Polled(poll) = outcome else {
        return None;
    };
    let told = |fault: &'a Fault| match fault {
        Fault::WrongSerial { expected, found } => Some((expected.as_str(), found.as_str())),
        _ => None,
    };
    let last = poll.outcome.as_ref().err().and_then(told)?;
    let attempts = poll
        .attempts
        .iter()
        .filter_map(|attempt| attempt.fault.as_ref());
    let alike = attempts.filter_map(told).filter(|one| *one == last);
    (alike.count() > 1).then_some(last)
}

/// The bytes of a poll in hexadecimal: attempts, each with its exchanges.
fn frames(poll: &Poll) -> Json {
    let attempts = poll.attempts.iter().map(|attempt| {
        let exchanges = attempt.exchanges.iter().map(|exchange| {
            json!([
                hex::encode(&exchange.sent),
                hex::encode(&exchange.received),
                small(exchange.took.as_millis())
            ])
        });
        Json::Array(exchanges.collect())
    });
    Json::Array(attempts.collect())
}

/// A count that is never near the end of the type.
fn small(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
