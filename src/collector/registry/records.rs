//! Records of archives as the database keeps them: versions side by side.

use aggregates::time::ZoneName;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value as Json, json};
use sqlx::Row;
use uuid::Uuid;

use crate::collector::decode::Observed;
use crate::collector::driver::{RecordRead, Told};
use crate::collector::profile::{Archive, RecordKind};
use crate::collector::registry::{HeldLine, Registry, RegistryError};

impl Registry {
    /// The end of the last period of which something is known: a record, or that there is none.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn last_record(
        &self,
        device: Uuid,
        kind: RecordKind,
    ) -> Result<Option<DateTime<Utc>>, RegistryError> {
        let row = sqlx::query(
            "select max(ended_at) as last from collector.records
             where device_id = $1 and kind = $2",
        )
        .bind(device)
        .bind(kind.code())
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get("last")?)
    }

    /// Keeps records, if the line is still ours. One that is known with the same content changes
    /// nothing; other content becomes another version. Gives how many are new.
    ///
    /// # Errors
    /// [`RegistryError::LeaseLost`]: nothing is written.
    pub async fn keep_records(
        &self,
        held: &HeldLine,
        (device, archive): (Uuid, &Archive),
        kind: RecordKind,
        records: &[RecordRead],
    ) -> Result<u64, RegistryError> {
        let mut transaction = self.pool.begin().await?;
        held.still_ours(&mut transaction).await?;
        let mut new = 0;
        for record in records {
            let (content, missing) = match &record.content {
                Ok(values) => (Some(content(archive, values)), None),
                Err(why) => (None, Some(why.to_string())),
            };
            let kept = sqlx::query(
                "insert into collector.records
                   (device_id, kind, ended_at, version, content, missing)
                 select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5
                 from collector.records
                 where device_id = $1 and kind = $2 and ended_at = $3
                 having not coalesce(
                   (array_agg(content order by version desc))[1] is not distinct from $4
                     and count(*) > 0, false)",
            )
            .bind(device)
            .bind(kind.code())
            .bind(instant(record.end, held.zone)?)
            .bind(content)
            .bind(missing)
            .execute(&mut *transaction)
            .await?;
            new += kept.rows_affected();
        }
        transaction.commit().await?;
        Ok(new)
    }
}

/// What a record says, by name of the value.
fn content(archive: &Archive, values: &[Told]) -> Json {
    let said = values.iter().map(|told| {
        let register = &archive.registers[told.register];
        let channel = register.channel.as_deref().unwrap_or_default();
        let name = format!("{} {channel}", register.quantity);
        let value = match &told.observed {
            Ok(Observed::Value(value)) => json!({ "value": value.to_string() }),
            Ok(Observed::Absent) => json!({ "absent": true }),
            Err(missing) => json!({ "error": missing.to_string() }),
        };
        (name.trim_end().to_owned(), value)
    });
    Json::Object(said.collect::<Map<String, Json>>())
}

/// A moment of the device's clock in the zone of its place; of two the earlier one.
fn instant(civil: NaiveDateTime, zone: ZoneName) -> Result<DateTime<Utc>, RegistryError> {
    let instant = civil.and_local_timezone(zone.tz()).earliest();
    let strange = || RegistryError::Strange(format!("{civil} в этом часовом поясе не бывает"));
    instant.map(|instant| instant.to_utc()).ok_or_else(strange)
}
