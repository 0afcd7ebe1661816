//! Whose turn it is: a line is held by one collector at a time, by a lease in its row.

use std::time::Duration;

use aggregates::ids::{BookId, MeterId};
use aggregates::time::ZoneName;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::collector::driver::{Device, Endpoint, Timing};
use crate::collector::profile;
use crate::collector::registry::{Registry, RegistryError};

/// For how long a line is taken. It is renewed before every device, so it must be longer than a
/// poll of one: a collector that was killed leaves its lines to the others after this.
const LEASE_SECONDS: i64 = 180;

/// A line that this process may speak on.
#[derive(Clone, Debug)]
pub struct HeldLine {
    /// Its id.
    pub id: Uuid,
    /// Its name, as people call it.
    pub name: String,
    /// Where it is.
    pub endpoint: Endpoint,
    /// How long to wait on it.
    pub timing: Timing,
    /// How often it is polled.
    pub period: Duration,
    /// The zone that clocks of its devices show.
    pub zone: ZoneName,
    /// Cycles one after another in which no device answered.
    pub failures: u32,
    /// By which the line is ours until it is given back or runs out.
    pub lease: Uuid,
    /// The lease before it.
    pub lease_before: Option<Uuid>,
}

impl HeldLine {
    /// Holds the line for the rest of a transaction.
    ///
    /// # Errors
    /// [`RegistryError::LeaseLost`] when another collector has it.
    pub(super) async fn still_ours(
        &self,
        transaction: &mut PgConnection,
    ) -> Result<(), RegistryError> {
        let ours = sqlx::query(
            "select 1 from collector.lines where line_id = $1 and lease = $2 for share",
        )
        .bind(self.id)
        .bind(self.lease)
        .fetch_optional(transaction)
        .await?;
        match ours {
            Some(_) => Ok(()),
            None => Err(RegistryError::LeaseLost),
        }
    }
}

/// A device as it is installed.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its id.
    pub id: Uuid,
    /// What is polled.
    pub device: Device,
    /// Polls one after another that gave nothing.
    pub failures: u32,
    /// Which of its values are registers of meters, now.
    pub bindings: Vec<Binding>,
}

/// A value of a device that is a register of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The quantity of the profile.
    pub quantity: String,
    /// Its channel; empty where there is none.
    pub channel: String,
    /// The house.
    pub book: BookId,
    /// The meter.
    pub meter: MeterId,
    /// The register of the meter.
    pub register: String,
}

impl Registry {
    /// Takes the line that has been due longest, or the one called `name` whether it is due or not.
    /// None when there is none that nobody holds.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn claim(&self, name: Option<&str>) -> Result<Option<HeldLine>, RegistryError> {
        let row = sqlx::query(
            "with taken as (
               select line_id, last_lease as lease_before from collector.lines
               where (name = $3 or $3 is null and not paused and due_at <= now())
                 and (held_until is null or held_until < now())
               order by due_at limit 1 for update skip locked)
             update collector.lines line
             set lease = $1, last_lease = $1, held_until = now() + $2 * interval '1 second'
             from taken where line.line_id = taken.line_id
             returning line.*, taken.lease_before",
        )
        .bind(Uuid::new_v4())
        .bind(LEASE_SECONDS)
        .bind(name)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| held(&row)).transpose()
    }

    /// Keeps the line for another while.
    ///
    /// # Errors
    /// [`RegistryError::LeaseLost`] when another collector has it.
    pub async fn renew(&self, held: &HeldLine) -> Result<(), RegistryError> {
        let renewed = sqlx::query(
            "update collector.lines set held_until = now() + $3 * interval '1 second'
             where line_id = $1 and lease = $2",
        )
        .bind(held.id)
        .bind(held.lease)
        .bind(LEASE_SECONDS)
        .execute(&self.pool)
        .await?;
        match renewed.rows_affected() {
            1 => Ok(()),
            _ => Err(RegistryError::LeaseLost),
        }
    }

    /// Gives the line back; it is due again after `pause`. A line that is not held any more is left
    /// as it is.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn release(
        &self,
        held: &HeldLine,
        failures: u32,
        pause: Duration,
    ) -> Result<(), RegistryError> {
        sqlx::query(
            "update collector.lines
             set lease = null, held_until = null, failures = $3,
                 due_at = now() + $4 * interval '1 second'
             where line_id = $1 and lease = $2",
        )
        .bind(held.id)
        .bind(held.lease)
        .bind(i32::try_from(failures).unwrap_or(i32::MAX))
        .bind(seconds(pause))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The devices of a line that are due, in the order of their units.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn devices(&self, line: Uuid) -> Result<Vec<Installation>, RegistryError> {
        let rows = sqlx::query(
            "select device_id, unit, profile, serial, failures from collector.devices
             where line_id = $1 and not paused and due_at <= now() order by unit",
        )
        .bind(line)
        .fetch_all(&self.pool)
        .await?;
        let mut devices = Vec::with_capacity(rows.len());
        for row in rows {
            let id: Uuid = row.try_get("device_id")?;
            let unit: i16 = row.try_get("unit")?;
            let unit = u8::try_from(unit).map_err(|error| strange(&error))?;
            let profile = profile::find(row.try_get("profile")?)?;
            devices.push(Installation {
                id,
                device: Device::new(profile, unit, row.try_get("serial")?),
                failures: count(&row, "failures")?,
                bindings: self.bindings(id).await?,
            });
        }
        Ok(devices)
    }

    async fn bindings(&self, device: Uuid) -> Result<Vec<Binding>, RegistryError> {
        let rows = sqlx::query(
            "select quantity, channel, book_id, meter_id, register from collector.bindings
             where device_id = $1 and from_at <= now() and (until_at is null or until_at > now())
             order by meter_id, register",
        )
        .bind(device)
        .fetch_all(&self.pool)
        .await?;
        let binding = |row: &PgRow| {
            Ok(Binding {
                quantity: row.try_get("quantity")?,
                channel: row.try_get("channel")?,
                book: BookId(row.try_get("book_id")?),
                meter: MeterId(row.try_get("meter_id")?),
                register: row.try_get("register")?,
            })
        };
        rows.iter().map(binding).collect()
    }
}

fn held(row: &PgRow) -> Result<HeldLine, RegistryError> {
    let endpoint: String = row.try_get("endpoint")?;
    let zone: String = row.try_get("zone")?;
    let ours = Timing::default();
    let millis = |column: &str, otherwise: Duration| -> Result<Duration, RegistryError> {
        let set: Option<i32> = row.try_get(column)?;
        let set = set.and_then(|ms| u64::try_from(ms).ok());
        Ok(set.map_or(otherwise, Duration::from_millis))
    };
    let retries: Option<i32> = row.try_get("retries")?;
    let retries = retries.and_then(|retries| u32::try_from(retries).ok());
    let timing = Timing {
        response: millis("response_ms", ours.response)?,
        late: millis("late_ms", ours.late)?,
        retries: retries.unwrap_or(ours.retries),
        ..ours
    };
    Ok(HeldLine {
        id: row.try_get("line_id")?,
        name: row.try_get("name")?,
        endpoint: endpoint.parse()?,
        timing,
        period: Duration::from_secs(u64::from(count(row, "period_s")?)),
        zone: ZoneName::new(&zone).map_err(|error| strange(&error))?,
        failures: count(row, "failures")?,
        lease: row.try_get("lease")?,
        lease_before: row.try_get("lease_before")?,
    })
}

/// A count, as PostgreSQL keeps it.
fn count(row: &PgRow, column: &str) -> Result<u32, RegistryError> {
    let number: i32 = row.try_get(column)?;
    u32::try_from(number).map_err(|error| strange(&error))
}

/// Whole seconds, as PostgreSQL multiplies them.
pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

pub(super) fn strange(error: &dyn std::error::Error) -> RegistryError {
    RegistryError::Strange(error.to_string())
}

/// A count, as PostgreSQL takes it.
pub(super) fn count_of(count: u32) -> Result<i32, RegistryError> {
    i32::try_from(count).map_err(|error| strange(&error))
}
