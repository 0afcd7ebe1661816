//! Values on their way to the ledger: kept first, appended afterwards.

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::reading::RegisterValue;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::collector::registry::{Registry, RegistryError};

/// What the registers of one meter said at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The device that told it.
    pub device: Uuid,
    /// The moment it is of.
    pub stamped_at: DateTime<Utc>,
    /// The house.
    pub book: BookId,
    /// The meter.
    pub meter: MeterId,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// By which way, for the ledger: `modbus-tcp`, `modbus-rtu`.
    pub channel: String,
    /// The registers of the meter.
    pub values: Vec<RegisterValue>,
}

/// What the ledger said of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// A word: accepted, flagged, held, rejected, repeated, corrected, refused.
    pub answer: String,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Keeps samples; one that is here already stays as it is.
pub(super) async fn keep(
    connection: &mut PgConnection,
    samples: &[Sample],
) -> Result<(), RegistryError> {
    for sample in samples {
        sqlx::query(
            "insert into collector.samples
               (device_id, kind, stamped_at, meter_id, book_id, read_at, channel, \"values\")
             values ($1, 'live', $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind(sample.device)
        .bind(sample.stamped_at)
        .bind(sample.meter.0)
        .bind(sample.book.0)
        .bind(sample.read_at)
        .bind(&sample.channel)
        .bind(Json(&sample.values))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Registry {
    /// Samples of a line that are not appended yet, the oldest first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn waiting(&self, line: Uuid) -> Result<Vec<Sample>, RegistryError> {
        let rows = sqlx::query(
            "select sample.* from collector.samples sample
             join collector.devices device using (device_id)
             where device.line_id = $1 and sample.appended_at is null
             order by sample.stamped_at, sample.meter_id",
        )
        .bind(line)
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &PgRow| {
            let Json(values) = row.try_get("values")?;
            Ok(Sample {
                device: row.try_get("device_id")?,
                stamped_at: row.try_get("stamped_at")?,
                book: BookId(row.try_get("book_id")?),
                meter: MeterId(row.try_get("meter_id")?),
                read_at: row.try_get("read_at")?,
                channel: row.try_get("channel")?,
                values,
            })
        };
        rows.iter().map(one).collect()
    }

    /// Writes down what the ledger said.
    ///
    /// # Errors
    /// [`RegistryError`]: the samples are appended again later, under the same keys.
    pub async fn settle(&self, settled: &[(Sample, Settled)]) -> Result<(), RegistryError> {
        let mut transaction = self.pool.begin().await?;
        for (sample, settled) in settled {
            sqlx::query(
                "update collector.samples
                 set appended_at = now(), answer = $4, reason = $5
                 where device_id = $1 and kind = 'live' and stamped_at = $2 and meter_id = $3",
            )
            .bind(sample.device)
            .bind(sample.stamped_at)
            .bind(sample.meter.0)
            .bind(&settled.answer)
            .bind(&settled.reason)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
