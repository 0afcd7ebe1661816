//! How the lines are, for people.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::collector::registry::{Registry, RegistryError};

/// A line and how it has done in the last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineState {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub endpoint: String,
    /// Whether somebody paused it.
    pub paused: bool,
    /// Whether a collector speaks on it now.
    pub held: bool,
    /// Cycles one after another in which no device answered.
    pub failures: i32,
    /// Devices that are not paused.
    pub devices: i64,
    /// Polls of the last day.
    pub polls: i64,
    /// Those that gave values.
    pub polls_ok: i64,
    /// Samples that were read and are not in the ledger yet.
    pub waiting: i64,
    /// Open questions about who stands on the line.
    pub questions: i64,
}

impl LineState {
    /// The word a Russian reader expects.
    pub fn title_ru(&self) -> &'static str {
        match (self.paused, self.held, self.failures) {
            (true, ..) => "приостановлена",
            (_, true, _) => "опрашивается",
            (.., 0) => "исправна",
            (.., 1 | 2) => "под сомнением",
            _ => "не отвечает",
        }
    }
}

impl Registry {
    /// All lines, by name.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn states(&self) -> Result<Vec<LineState>, RegistryError> {
        let rows = sqlx::query(
            "select line.name, line.endpoint, line.paused, line.failures,
               coalesce(line.held_until > now(), false) as held,
               count(device.device_id) filter (where not device.paused) as devices,
               coalesce(sum(polled.polls), 0)::bigint as polls,
               coalesce(sum(polled.polls_ok), 0)::bigint as polls_ok,
               coalesce(sum(read.waiting), 0)::bigint as waiting,
               coalesce(sum(asked.questions), 0)::bigint as questions
             from collector.lines line
             left join collector.devices device using (line_id)
             left join lateral (
               select count(*) as polls, count(*) filter (where outcome = 'ok') as polls_ok
               from collector.polls
               where device_id = device.device_id and started_at > now() - interval '1 day'
             ) polled on true
             left join lateral (
               select count(*) as waiting from collector.samples
               where device_id = device.device_id and appended_at is null) read on true
             left join lateral (
               select count(*) as questions from collector.questions
               where device_id = device.device_id and answered_at is null) asked on true
             group by line.line_id order by line.name",
        )
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &PgRow| {
            Ok(LineState {
                name: row.try_get("name")?,
                endpoint: row.try_get("endpoint")?,
                paused: row.try_get("paused")?,
                held: row.try_get("held")?,
                failures: row.try_get("failures")?,
                devices: row.try_get("devices")?,
                polls: row.try_get("polls")?,
                polls_ok: row.try_get("polls_ok")?,
                waiting: row.try_get("waiting")?,
                questions: row.try_get("questions")?,
            })
        };
        rows.iter().map(one).collect()
    }
}
