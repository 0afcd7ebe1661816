//! A large house to measure with: shaped like the tower of the demonstration, as many flats as
//! asked for, readings once a month.

use std::ops::Range;
use std::sync::Arc;

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Reading, RegisterValue};
use aggregates::quantity::Measure;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use futures_util::FutureExt;
use projections::directory::fold::Directory;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bench::error::BenchError;
use crate::demo::house_file::house_file;
use crate::demo::houses::{self, Floor, Section};
use crate::demo::series::Shapes;
use crate::figures;
use crate::import::house::file::{HouseFile, MeterEntry, PointEntry};
use crate::import::house::{self, meter_id};
use crate::readings::Entry;
use crate::store::books::BookKind;
use crate::store::{Actor, Ledger};

/// Flats on a floor.
const FLATS_PER_FLOOR: u16 = 10;

/// The house of the demonstration whose shape is taken.
const TOWER: u8 = 0;

/// A house whose book is to be measured with.
pub(super) struct LargeHouse {
    pub(super) book: BookId,
    file: HouseFile,
    meters: Vec<Counter>,
}

/// A meter that counts the same every month.
struct Counter {
    id: MeterId,
    serial: String,
    resource: Resource,
    registers: Vec<(Code, aggregates::quantity::Unit)>,
    /// Thousandths of the unit a month.
    monthly: i64,
}

/// A reading of the house, before it has a form.
struct Shown<'h> {
    meter: &'h Counter,
    month: u32,
}

impl LargeHouse {
    /// House `number` (any two differ) of `flats` flats, known from 2015 on.
    pub(super) fn new(number: u32, flats: u16) -> Result<Self, BenchError> {
        let mut tower = houses::load()
            .map_err(BenchError::material)?
            .swap_remove(usize::from(TOWER));
        let fias = Uuid::from_u128(0x4_0000_0000 + u128::from(number));
        tower.fias_guid = fias.to_string();
        tower.sections = vec![Section {
            section: 1,
            floors: floors(flats),
        }];
        let shapes = Shapes::load().map_err(BenchError::material)?;
        let mut file = house_file(TOWER, &tower, &shapes).map_err(BenchError::material)?;
        let book = BookId::of_building(fias);
        backdate(&mut file)?;
        let meters = file.points.iter().flat_map(|point| {
            let meters = point.meters.iter();
            meters.map(move |meter| Counter::of(book, point, meter))
        });
        Ok(Self {
            book,
            meters: meters.collect(),
            file,
        })
    }

    /// How many meters are read every month.
    pub(super) fn meters(&self) -> usize {
        self.meters.len()
    }

    /// Opens the book and records all that is known of the house, without readings.
    pub(super) async fn register(&self, ledger: &Ledger) -> Result<Arc<Directory>, BenchError> {
        let book = self.book;
        ledger.open_book(book.0, BookKind::Building).await?;
        let file = Arc::new(self.file.clone());
        let done = ledger
            .run(book.0, &actor()?, None, move |unit| {
                let file = Arc::clone(&file);
                async move { house::apply(unit, book, &file).await }.boxed()
            })
            .await
            .map_err(BenchError::material)?;
        let refused = done.value.as_ref().and_then(|import| {
            let (path, reason) = import.refused().next()?;
            Some(format!("{path}: {reason}"))
        });
        match refused {
            Some(refused) => Err(BenchError::Material(refused)),
            None => Ok(Arc::new(
                figures::directory(ledger, book, done.receipt.last).await?,
            )),
        }
    }

    /// Readings month by month from January 2016 on; which of them, by number from 0.
    fn readings(&self, which: Range<usize>) -> impl Iterator<Item = Shown<'_>> {
        let month = |month| self.meters.iter().map(move |meter| Shown { meter, month });
        (0..).flat_map(month).skip(which.start).take(which.len())
    }

    /// The same as a table for `import readings`.
    pub(super) fn table(&self, which: Range<usize>) -> String {
        let mut text =
            "Заводской номер;Ресурс;Показание;Т1;Т2;Дата снятия;Дата передачи\n".to_owned();
        for shown in self.readings(which) {
            shown.add_line(&mut text);
        }
        text
    }

    /// What reading `number` of a poll becomes that reads every meter once a day from 2016 on.
    pub(super) fn polled(&self, number: usize) -> Result<(MeterId, MeterEvent), BenchError> {
        let meter = &self.meters[number % self.meters.len()];
        let days = u64::try_from(number / self.meters.len()).unwrap_or(u64::MAX);
        let day = NaiveDate::from_ymd_opt(2016, 1, 1)
            .and_then(|first| first.checked_add_days(Days::new(days)))
            .ok_or_else(|| BenchError::Material(format!("нет дня {days}")))?;
        // Eight in the morning in Ekaterinburg.
        let taken_at = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(3);
        let passed = Decimal::from(days + 1) * Decimal::from(meter.monthly / 30);
        let values = meter
            .registers
            .iter()
            .map(|(register, unit)| RegisterValue {
                register: register.clone(),
                value: Measure::new(passed / Decimal::from(1_000), *unit),
            });
        let reading = Reading {
            values: values.collect(),
            taken_at,
            received_at: taken_at + TimeDelta::minutes(1),
            period: Period::of_date(day).map_err(BenchError::material)?,
            source: ReadingSource::Polled,
            channel: Code::new("modbus-tcp").map_err(BenchError::material)?,
            accepted_for: None,
            account: None,
            evidence: None,
            origin: None,
        };
        let event = MeterEvent::ReadingRecorded {
            reading,
            flags: Vec::new(),
            confirms: None,
        };
        Ok((meter.id, event))
    }

    /// The same as entries for `readings::record`.
    pub(super) fn entries(&self, which: Range<usize>) -> Result<Vec<Entry>, BenchError> {
        self.readings(which).map(|shown| shown.entry()).collect()
    }
}

/// Who writes what is measured.
pub(super) fn actor() -> Result<Actor, BenchError> {
    Ok(Actor::new("bench")?)
}

fn floors(flats: u16) -> Vec<Floor> {
    let first = (1..=flats).step_by(usize::from(FLATS_PER_FLOOR));
    (1..)
        .zip(first)
        .map(|(floor, first_flat)| Floor {
            floor,
            first_flat,
            last_flat: flats.min(first_flat + FLATS_PER_FLOOR - 1),
        })
        .collect()
}

/// Lets the house have been metered for many years.
fn backdate(file: &mut HouseFile) -> Result<(), BenchError> {
    let from = date(2015, 1)?;
    file.arrangements
        .iter_mut()
        .for_each(|entry| entry.from = from);
    file.relations
        .iter_mut()
        .for_each(|entry| entry.from = from);
    file.windows.iter_mut().for_each(|entry| entry.from = from);
    file.scopes.iter_mut().for_each(|entry| entry.from = from);
    for area in &mut file.areas {
        area.from = from;
    }
    backdate_premises(file, from);
    backdate_rates(file, from);
    let until = date(2045, 1)?;
    for point in &mut file.points {
        for meter in &mut point.meters {
            meter.installed_at = from
                .and_time(NaiveTime::MIN)
                .and_utc()
                .with_timezone(meter.installed_at.offset());
            for verification in &mut meter.verifications {
                verification.performed_on = from;
                verification.valid_until = Some(until);
            }
            if let Some(act) = &mut meter.commissioned {
                act.date = from;
            }
        }
    }
    Ok(())
}

fn backdate_premises(file: &mut HouseFile, from: NaiveDate) {
    for premises in &mut file.premises {
        premises.areas.iter_mut().for_each(|row| row.from = from);
        premises
            .residents
            .iter_mut()
            .for_each(|row| row.from = from);
        premises.owners.iter_mut().for_each(|row| row.from = from);
        premises
            .amenities
            .iter_mut()
            .for_each(|row| row.from = from);
        premises.accounts.iter_mut().for_each(|row| row.from = from);
    }
}

/// The first step of every price and norm holds from the beginning on.
fn backdate_rates(file: &mut HouseFile, from: NaiveDate) {
    let first = file.tariffs.iter().map(|tariff| tariff.from).min();
    for tariff in &mut file.tariffs {
        if Some(tariff.from) == first {
            tariff.from = from;
        }
    }
    file.norms.iter_mut().for_each(|norm| norm.from = from);
}

fn date(year: i32, month: u32) -> Result<NaiveDate, BenchError> {
    NaiveDate::from_ymd_opt(year, month, 20)
        .ok_or_else(|| BenchError::Material(format!("нет месяца {year}-{month}")))
}

impl Counter {
    fn of(book: BookId, point: &PointEntry, meter: &MeterEntry) -> Self {
        let id = meter_id(book, point.resource, &meter.serial);
        // Flats differ a little, the house counts more than they do together.
        let spread = i64::from(id.0.as_bytes()[0]);
        let monthly = match (point.premises.is_some(), point.resource) {
            (false, _) => 900_000,
            (true, Resource::Electricity) => 60_000 + spread * 100,
            (true, _) => 1_100 + spread * 4,
        };
        let registers = meter.registers.iter();
        Self {
            id,
            serial: meter.serial.to_string(),
            resource: point.resource,
            registers: registers
                .map(|spec| (spec.name.clone(), spec.unit))
                .collect(),
            monthly,
        }
    }
}

impl Shown<'_> {
    fn value(&self, register: usize) -> Decimal {
        let months = i64::from(self.month) + 1;
        let share = if register == 0 { 1 } else { 2 };
        Decimal::new(self.meter.monthly / share * months / 10 * 10, 3)
    }

    fn day(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2016, 1, 20)
            .and_then(|first| first.checked_add_months(Months::new(self.month)))
            .unwrap_or(NaiveDate::MAX)
    }

    fn add_line(&self, text: &mut String) {
        let day = self.day().format("%d.%m.%Y");
        let comma = |value: Decimal| value.to_string().replace('.', ",");
        let (serial, resource) = (&self.meter.serial, self.meter.resource.title_ru());
        let values = match self.meter.registers.len() {
            1 => format!("{};;", comma(self.value(0))),
            _ => format!(";{};{}", comma(self.value(0)), comma(self.value(1))),
        };
        text.push_str(&format!(
            "{serial};{resource};{values};{day} 12:00;{day} 12:30\n"
        ));
    }

    fn entry(&self) -> Result<Entry, BenchError> {
        // Noon in Ekaterinburg.
        let taken_at = self.day().and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(7);
        let registers = self.meter.registers.iter().enumerate();
        let values = registers.map(|(index, (register, unit))| RegisterValue {
            register: register.clone(),
            value: Measure::new(self.value(index), *unit),
        });
        Ok(Entry {
            meter: self.meter.id,
            values: values.collect(),
            taken_at,
            received_at: taken_at + TimeDelta::minutes(30),
            source: ReadingSource::Import,
            channel: Code::new("csv").map_err(BenchError::material)?,
            account: None,
            origin: None,
            confirms: None,
            act: None,
        })
    }
}

/// Reading `number` of an hourly archive of the first cold-water meter of `house`.
pub(super) fn hourly(house: &LargeHouse, number: u32) -> Result<Entry, BenchError> {
    let cold = |meter: &&Counter| meter.resource == Resource::ColdWater;
    let meter = house.meters.iter().find(cold);
    let meter =
        meter.ok_or_else(|| BenchError::Material("нет прибора холодной воды".to_owned()))?;
    let shown = Shown { meter, month: 0 };
    let mut entry = shown.entry()?;
    let taken_at: DateTime<Utc> = Utc
        .with_ymd_and_hms(2015, 6, 1, 0, 0, 0)
        .single()
        .ok_or_else(|| BenchError::Material("нет начала архива".to_owned()))?
        + TimeDelta::hours(i64::from(number));
    entry.taken_at = taken_at;
    entry.received_at = taken_at + TimeDelta::minutes(1);
    entry.source = ReadingSource::Archive;
    let liters = Decimal::new(i64::from(number) * 7, 3);
    for value in &mut entry.values {
        value.value = Measure::new(liters, value.value.unit());
    }
    Ok(entry)
}
