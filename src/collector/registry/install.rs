//! A line as it is installed: its file, checked against the profiles and the books, into the
//! tables.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::ids::{BookId, MeterId};
use aggregates::time::ZoneName;
use schemars::JsonSchema;
use serde::Deserialize;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::collector::driver::Endpoint;
use crate::collector::profile::{self, Kind, Profile};
use crate::collector::registry::lines::{Binding, count_of};
use crate::collector::registry::{Registry, RegistryError};
use crate::figures::{directory, find_house};
use crate::store::Ledger;

/// A line with its devices (docs/formats/line.md).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineFile {
    /// What people call it; a file of the same name replaces the line.
    pub name: String,
    /// `tcp://host:port` (Modbus TCP) or `rtu://host:port` (RTU through TCP).
    pub endpoint: String,
    /// The zone that clocks of its devices show: `Asia/Yekaterinburg`.
    pub zone: String,
    /// How often it is polled, seconds: 10 to 2 678 400.
    pub period_s: u32,
    /// How long an answer may take, ms.
    pub response_ms: Option<u32>,
    /// By how much an answer may be late, ms.
    pub late_ms: Option<u32>,
    /// Attempts after the first.
    pub retries: Option<u32>,
    /// What stands on it.
    pub devices: Vec<DeviceFile>,
}

/// A device on a line.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceFile {
    /// Its address on the line, 1 to 247.
    pub unit: u8,
    /// Its profile.
    pub profile: String,
    /// Its serial number, as it tells it itself; learnt at the first poll where absent.
    pub serial: Option<String>,
    /// The meters of the books that it is.
    #[serde(default)]
    pub meters: Vec<MeterFile>,
}

/// A meter of a book, and which values of the device are its registers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeterFile {
    /// The house: code ФИАС, number of the book or part of the address.
    pub house: String,
    /// The meter's serial number in the book.
    pub meter: String,
    /// By register of the meter: the value of the device.
    pub registers: BTreeMap<String, ValueFile>,
}

/// A value of a device, as its profile calls it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueFile {
    /// The quantity.
    pub quantity: String,
    /// The channel, where it has one.
    #[serde(default)]
    pub channel: String,
}

/// What an installation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Devices on the line now.
    pub devices: usize,
    /// Registers of meters that they feed.
    pub registers: usize,
    /// Devices that the file does not name any more: they are paused.
    pub paused: u64,
}

/// A device of a file, checked.
struct Checked<'f> {
    file: &'f DeviceFile,
    bindings: Vec<Binding>,
}

impl Registry {
    /// Installs a line from the text of its file. Doing it again changes nothing; a changed file
    /// changes what it says from now on, and the past keeps its own bindings.
    ///
    /// # Errors
    /// [`RegistryError::File`] names what does not fit; then nothing is written.
    pub async fn install(&self, ledger: &Ledger, text: &str) -> Result<Installed, RegistryError> {
        let file: LineFile = toml::from_str(text)
            .map_err(|error| wrong(format!("файл линии не читается: {error}")))?;
        check_line(&file)?;
        let mut checked = Vec::with_capacity(file.devices.len());
        for device in &file.devices {
            checked.push(check_device(ledger, device).await?);
        }
        let mut transaction = self.pool.begin().await?;
        let line = put_line(&mut transaction, &file).await?;
        for device in &checked {
            put_device(&mut transaction, line, device).await?;
        }
        let units: Vec<i16> = file
            .devices
            .iter()
            .map(|device| device.unit.into())
            .collect();
        let left = sqlx::query(
            "update collector.devices set paused = true
             where line_id = $1 and not paused and unit <> all ($2)",
        )
        .bind(line)
        .bind(units)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Installed {
            devices: checked.len(),
            registers: checked.iter().map(|device| device.bindings.len()).sum(),
            paused: left.rows_affected(),
        })
    }

    /// Pauses or resumes a line. False when there is none of that name.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn pause(&self, name: &str, paused: bool) -> Result<bool, RegistryError> {
        let done = sqlx::query(
            "update collector.lines set paused = $2, due_at = least(due_at, now()) where name = $1",
        )
        .bind(name)
        .bind(paused)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn wrong(problem: String) -> RegistryError {
    RegistryError::File(problem)
}

fn check_line(file: &LineFile) -> Result<(), RegistryError> {
    let _: Endpoint = file.endpoint.parse()?;
    ZoneName::new(&file.zone).map_err(|error| wrong(error.to_string()))?;
    if !(10..=2_678_400).contains(&file.period_s) {
        return Err(wrong(
            "period_s должно быть от 10 до 2678400 секунд".to_owned(),
        ));
    }
    let mut units = BTreeSet::new();
    for device in &file.devices {
        if !(1..=247).contains(&device.unit) {
            return Err(wrong(format!(
                "адрес {} на линии не бывает: 1–247",
                device.unit
            )));
        }
        if !units.insert(device.unit) {
            return Err(wrong(format!(
                "два прибора с адресом {} на одной линии",
                device.unit
            )));
        }
    }
    Ok(())
}

async fn check_device<'f>(
    ledger: &Ledger,
    file: &'f DeviceFile,
) -> Result<Checked<'f>, RegistryError> {
    let profile = profile::find(&file.profile)?;
    let mut bindings = Vec::new();
    for meter in &file.meters {
        bindings.extend(bindings_of(ledger, &profile, meter).await?);
    }
    Ok(Checked { file, bindings })
}

async fn bindings_of(
    ledger: &Ledger,
    profile: &Profile,
    file: &MeterFile,
) -> Result<Vec<Binding>, RegistryError> {
    let house = find_house(ledger, &file.house).await?;
    let directory = directory(ledger, house.book, house.position).await?;
    let (meter, card) = match directory.meters_by_serial(&file.meter) {
        [meter] => (*meter, directory.meter(*meter)),
        [] => {
            return Err(wrong(format!(
                "в доме {} нет прибора № {}",
                house.address, file.meter
            )));
        }
        _ => return Err(wrong(format!("приборов № {} в доме несколько", file.meter))),
    };
    let specs = card
        .map(|card| card.registers.as_slice())
        .unwrap_or_default();
    let mut bindings = Vec::with_capacity(file.registers.len());
    for (register, value) in &file.registers {
        let spec = specs.iter().find(|spec| spec.name.as_str() == register);
        let spec = spec.ok_or_else(|| {
            wrong(format!(
                "у прибора № {} нет регистра {register}",
                file.meter
            ))
        })?;
        let source = profile.registers.iter().find(|source| {
            source.kind == Kind::Total
                && source.quantity == value.quantity
                && source.channel.as_deref().unwrap_or_default() == value.channel
        });
        let unit = source.and_then(|source| source.unit).ok_or_else(|| {
            let name = format!("{} {}", value.quantity, value.channel);
            wrong(format!(
                "в профиле {} нет итога {}",
                profile.name,
                name.trim_end()
            ))
        })?;
        if unit.ledger_unit() != Some(spec.unit) {
            return Err(wrong(format!(
                "регистр {register} прибора № {} считает в {}, а профиль {} сообщает {}",
                file.meter,
                spec.unit,
                profile.name,
                unit.symbol_ru()
            )));
        }
        bindings.push(binding(house.book, meter, register, value));
    }
    Ok(bindings)
}

fn binding(book: BookId, meter: MeterId, register: &str, value: &ValueFile) -> Binding {
    Binding {
        quantity: value.quantity.clone(),
        channel: value.channel.clone(),
        book,
        meter,
        register: register.to_owned(),
    }
}

async fn put_line(connection: &mut PgConnection, file: &LineFile) -> Result<Uuid, RegistryError> {
    let row = sqlx::query(
        "insert into collector.lines
           (line_id, name, endpoint, zone, period_s, response_ms, late_ms, retries)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)
         on conflict (name) do update set
           endpoint = excluded.endpoint, zone = excluded.zone, period_s = excluded.period_s,
           response_ms = excluded.response_ms, late_ms = excluded.late_ms,
           retries = excluded.retries
         returning line_id",
    )
    .bind(&file.name)
    .bind(&file.endpoint)
    .bind(&file.zone)
    .bind(count_of(file.period_s)?)
    .bind(file.response_ms.map(count_of).transpose()?)
    .bind(file.late_ms.map(count_of).transpose()?)
    .bind(file.retries.map(count_of).transpose()?)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get("line_id")?)
}

/// Who installs a device says which one it is: an open question whether it is that one is answered.
async fn put_device(
    connection: &mut PgConnection,
    line: Uuid,
    device: &Checked<'_>,
) -> Result<(), RegistryError> {
    let row = sqlx::query(
        "insert into collector.devices (device_id, line_id, unit, profile, serial)
         values (gen_random_uuid(), $1, $2, $3, $4)
         on conflict (line_id, unit) do update set
           profile = excluded.profile, serial = coalesce(excluded.serial, devices.serial),
           paused = false, failures = 0, due_at = now()
         returning device_id",
    )
    .bind(line)
    .bind(i16::from(device.file.unit))
    .bind(&device.file.profile)
    .bind(&device.file.serial)
    .fetch_one(&mut *connection)
    .await?;
    let id: Uuid = row.try_get("device_id")?;
    sqlx::query(
        "update collector.questions set answered_at = now(), answered_by = 'install'
         where device_id = $1 and found = $2 and answered_at is null",
    )
    .bind(id)
    .bind(&device.file.serial)
    .execute(&mut *connection)
    .await?;
    put_bindings(connection, id, &device.bindings).await
}

/// Ends the bindings that are not said any more and begins those that are new.
async fn put_bindings(
    connection: &mut PgConnection,
    device: Uuid,
    bindings: &[Binding],
) -> Result<(), RegistryError> {
    let column = |of: fn(&Binding) -> &str| -> Vec<String> {
        bindings
            .iter()
            .map(|binding| of(binding).to_owned())
            .collect()
    };
    let books: Vec<Uuid> = bindings.iter().map(|binding| binding.book.0).collect();
    let meters: Vec<Uuid> = bindings.iter().map(|binding| binding.meter.0).collect();
    let said = "select * from unnest($2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[])
                as said (quantity, channel, book_id, meter_id, register)";
    let end = format!(
        "update collector.bindings known set until_at = now()
         where known.device_id = $1 and known.until_at is null
           and (quantity, channel, book_id, meter_id, register) not in ({said})"
    );
    let begin = format!(
        "insert into collector.bindings
           (device_id, quantity, channel, book_id, meter_id, register, from_at)
         select $1, said.*, now() from ({said}) said
         where not exists (
           select 1 from collector.bindings known
           where known.device_id = $1 and known.until_at is null
             and (known.quantity, known.channel) = (said.quantity, said.channel))"
    );
    for statement in [end, begin] {
        sqlx::query(&statement)
            .bind(device)
            .bind(column(|binding| &binding.quantity))
            .bind(column(|binding| &binding.channel))
            .bind(&books)
            .bind(&meters)
            .bind(column(|binding| &binding.register))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
