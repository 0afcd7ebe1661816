//! Devices of a house as its people see them: state, quality of the polls by day, the last
//! sessions.

use aggregates::ids::{BookId, MeterId};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::collector::registry::{Registry, RegistryError};

/// A device that feeds a meter of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// Its id.
    pub id: Uuid,
    /// The line it stands on.
    pub line: String,
    /// Its address there.
    pub unit: i16,
    /// Its profile.
    pub profile: String,
    /// The serial number it is known by.
    pub serial: Option<String>,
    /// Whether it or its line is paused.
    pub paused: bool,
    /// Polls one after another that gave nothing.
    pub failures: i32,
    /// When it last gave values.
    pub read_at: Option<DateTime<Utc>>,
    /// By how many seconds its clock was fast then.
    pub drift_s: Option<i32>,
    /// Another number that answers in its place, where a person has to decide.
    pub stranger: Option<String>,
    /// Meters of the house that it is.
    pub meters: Vec<MeterId>,
}

/// Polls of a device on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfPolls {
    /// The device.
    pub device: Uuid,
    /// The day of the house.
    pub day: NaiveDate,
    /// How many polls.
    pub polls: i64,
    /// How many gave values.
    pub ok: i64,
    /// The cause of the last one that did not.
    pub cause: Option<String>,
}

/// Attempts of a poll, each with its exchanges: sent and received in hexadecimal, ms.
pub type Frames = Vec<Vec<(String, String, i64)>>;

/// One poll, for an engineer.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The device.
    pub device: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took, ms.
    pub took_ms: i32,
    /// How many attempts.
    pub attempts: i32,
    /// Why it gave nothing.
    pub cause: Option<String>,
    /// Values it gave.
    pub told: i32,
    /// Its bytes, kept of polls that failed.
    pub frames: Frames,
}

impl Registry {
    /// Devices that feed meters of `book` now.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn devices_of_book(&self, book: BookId) -> Result<Vec<DeviceView>, RegistryError> {
        let rows = sqlx::query(
            "select device.device_id, line.name, device.unit, device.profile, device.serial,
               device.paused or line.paused as paused, device.failures,
               good.started_at as read_at, good.drift_s, question.found,
               array_agg(distinct binding.meter_id) as meters
             from collector.bindings binding
             join collector.devices device using (device_id)
             join collector.lines line using (line_id)
             left join lateral (
               select started_at, drift_s from collector.polls
               where device_id = device.device_id and outcome = 'ok'
               order by started_at desc limit 1) good on true
             left join lateral (
               select found from collector.questions
               where device_id = device.device_id and answered_at is null
               order by asked_at desc limit 1) question on true
             where binding.book_id = $1 and binding.until_at is null
             group by device.device_id, line.line_id, good.started_at, good.drift_s, question.found
             order by line.name, device.unit",
        )
        .bind(book.0)
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &PgRow| {
            let meters: Vec<Uuid> = row.try_get("meters")?;
            Ok(DeviceView {
                id: row.try_get("device_id")?,
                line: row.try_get("name")?,
                unit: row.try_get("unit")?,
                profile: row.try_get("profile")?,
                serial: row.try_get("serial")?,
                paused: row.try_get("paused")?,
                failures: row.try_get("failures")?,
                read_at: row.try_get("read_at")?,
                drift_s: row.try_get("drift_s")?,
                stranger: row.try_get("found")?,
                meters: meters.into_iter().map(MeterId).collect(),
            })
        };
        rows.iter().map(one).collect()
    }

    /// Makes a device of `book`, and its line, due at once. False when the house has no such one.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn poll_now(&self, book: BookId, device: Uuid) -> Result<bool, RegistryError> {
        let due = sqlx::query(
            "with due as (
               update collector.devices set due_at = now()
               where device_id = $1 and exists (
                 select 1 from collector.bindings
                 where device_id = $1 and book_id = $2 and until_at is null)
               returning line_id)
             update collector.lines line set due_at = now()
             from due where line.line_id = due.line_id",
        )
        .bind(device)
        .bind(book.0)
        .execute(&self.pool)
        .await?;
        Ok(due.rows_affected() > 0)
    }

    /// Pauses or resumes a device of `book`. False when the house has no such one.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn pause_device(
        &self,
        book: BookId,
        device: Uuid,
        paused: bool,
    ) -> Result<bool, RegistryError> {
        let done = sqlx::query(
            "update collector.devices set paused = $3
             where device_id = $1 and exists (
               select 1 from collector.bindings
               where device_id = $1 and book_id = $2 and until_at is null)",
        )
        .bind(device)
        .bind(book.0)
        .bind(paused)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Polls by device and day of `zone`, from `since` on.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn days(
        &self,
        devices: &[Uuid],
        zone: &str,
        since: NaiveDate,
    ) -> Result<Vec<DayOfPolls>, RegistryError> {
        let rows = sqlx::query(
            "select device_id, (started_at at time zone $2)::date as day, count(*) as polls,
               count(*) filter (where outcome = 'ok') as ok,
               (array_agg(cause order by started_at desc) filter (where outcome <> 'ok'))[1]
                 as cause
             from collector.polls
             where device_id = any ($1) and started_at >= $3::timestamp at time zone $2
             group by 1, 2",
        )
        .bind(devices)
        .bind(zone)
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &PgRow| {
            Ok(DayOfPolls {
                device: row.try_get("device_id")?,
                day: row.try_get("day")?,
                polls: row.try_get("polls")?,
                ok: row.try_get("ok")?,
                cause: row.try_get("cause")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// The last polls of these devices, the newest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn sessions(
        &self,
        devices: &[Uuid],
        limit: i64,
    ) -> Result<Vec<Session>, RegistryError> {
        let rows = sqlx::query(
            "select device_id, started_at, took_ms, attempts, cause, told, frames
             from collector.polls where device_id = any ($1)
             order by started_at desc, poll_id desc limit $2",
        )
        .bind(devices)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &PgRow| {
            let frames: Option<Json<Frames>> = row.try_get("frames")?;
            Ok(Session {
                device: row.try_get("device_id")?,
                started_at: row.try_get("started_at")?,
                took_ms: row.try_get("took_ms")?,
                attempts: row.try_get("attempts")?,
                cause: row.try_get("cause")?,
                told: row.try_get("told")?,
                frames: frames.map(|Json(frames)| frames).unwrap_or_default(),
            })
        };
        rows.iter().map(one).collect()
    }
}
