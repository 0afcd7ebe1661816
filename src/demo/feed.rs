//! The readings of a month, as they would have come in.

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Label;
use aggregates::time::{Interval, Period, ZoneName};
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::error::DemoDataError;
use super::house_file::{code, label};
use super::houses::House;
use super::metering::{COLD, ELECTRICITY, HOT, HOUSE, house_serial, office_serial, room_serial};
use super::plan::{
    BOILER_FLAT, COMMA_FLAT, COMMUNAL_FLAT, COMMUNAL_ROOMS, FIVE_STOREYS, HOUSE_REPLACED_ON,
    INTAKE_OUTAGE, MISTYPED_FLAT, PAPER_FLATS, REPLACED_FLAT, REPLACED_ON, ROLLOVER_FLAT, SECTIONS,
    TOWER, WITHDRAWN_FLAT, day, flat_area_tenths, is_without_water_meters, opening_thousandths,
    serial,
};
use super::schedule::house_read_on;
use super::series::{FlatShape, HouseInput, Shapes};
use super::tariffs::Zone;
use crate::import::house::meter_id;
use crate::readings::Entry;

/// A house that is being fed.
pub(super) struct Feed<'a> {
    pub(super) index: u8,
    pub(super) book: BookId,
    pub(super) zone: ZoneName,
    pub(super) shapes: &'a Shapes,
    pub(super) flats: Vec<FlatShape>,
}

/// The month whose readings open the ledger, handed over by the billing centre.
const OPENING: (i32, u32) = (2025, 10);

/// What a flat's meter counts from the opening until `until`.
#[derive(Clone, Copy)]
enum Counter {
    Cold,
    Hot,
    Day,
    Night,
}

impl<'a> Feed<'a> {
    pub(super) fn new(
        index: u8,
        house: &'a House,
        book: BookId,
        shapes: &'a Shapes,
    ) -> Result<Self, DemoDataError> {
        let zone = ZoneName::new(&house.time_zone)
            .map_err(|error| DemoDataError::plan(&house.time_zone, error))?;
        let shape = |(_, _, flat)| {
            let own_boiler = index == FIVE_STOREYS && flat == BOILER_FLAT;
            FlatShape {
                own_boiler,
                ..FlatShape::typical(index, flat)
            }
        };
        let flats = house.flats().map(shape).collect();
        Ok(Self {
            index,
            book,
            zone,
            shapes,
            flats,
        })
    }

    /// The readings of `period` in the order in which they were received, up to the local
    /// `deadline`.
    pub(super) fn month(
        &self,
        period: Period,
        deadline: NaiveDateTime,
    ) -> Result<Vec<Entry>, DemoDataError> {
        let mut entries = Vec::new();
        for flat in &self.flats {
            entries.extend(self.flat(flat, period)?);
        }
        entries.extend(self.house_meters(period)?);
        if self.index == SECTIONS {
            entries.push(self.office(period)?);
        }
        if self.index == FIVE_STOREYS {
            entries.extend(self.rooms(period)?);
        }
        let deadline = self.at(deadline)?;
        entries.retain(|entry| entry.received_at <= deadline);
        entries.sort_by_key(|entry| (entry.received_at, entry.meter));
        Ok(entries)
    }

    pub(super) fn at(&self, local: NaiveDateTime) -> Result<DateTime<Utc>, DemoDataError> {
        let instant = local.and_local_timezone(self.zone.tz()).earliest();
        instant
            .map(|instant| instant.to_utc())
            .ok_or_else(|| DemoDataError::plan(local.to_string(), "нет такого времени"))
    }

    pub(super) fn meter(&self, resource: Resource, serial: &str) -> Result<MeterId, DemoDataError> {
        Ok(meter_id(self.book, resource, &label(serial)?))
    }

    fn flat(&self, flat: &FlatShape, period: Period) -> Result<Vec<Entry>, DemoDataError> {
        let taken = self.shapes.flat_read_at(flat, period.first_day());
        let mut entries = vec![self.isu(flat, period)?];
        let unmetered = is_without_water_meters(self.index, flat.flat);
        if unmetered || self.is_silent(flat, period) {
            return Ok(entries);
        }
        let sender = self.sender(flat, period, taken)?;
        let lost_comma = self.index == TOWER
            && flat.flat == COMMA_FLAT
            && (period.year(), period.month()) == (2026, 2);
        if !lost_comma {
            entries.push(self.cold_or_successor(flat, period, &sender)?);
        }
        if !flat.own_boiler {
            entries.push(self.water(flat, Counter::Hot, &sender)?);
        }
        Ok(entries)
    }

    /// The cold-water reading, of the meter that stands there in `period`, with its mistakes.
    fn cold_or_successor(
        &self,
        flat: &FlatShape,
        period: Period,
        sender: &Sender,
    ) -> Result<Entry, DemoDataError> {
        if self.index == SECTIONS && flat.flat == REPLACED_FLAT && sender.taken.date() > REPLACED_ON
        {
            let shown = Decimal::new(12, 3)
                + self
                    .shapes
                    .cold_water(flat, REPLACED_ON, sender.taken.date());
            let meter = self.meter(Resource::ColdWater, &serial(COLD, self.index, flat.flat, 2))?;
            return sender.entry(meter, vec![value("total", shown, Unit::CubicMetre)?]);
        }
        let mut entry = self.water(flat, Counter::Cold, sender)?;
        let october = (period.year(), period.month()) == (2026, 10);
        let slip = match flat.flat {
            MISTYPED_FLAT => Decimal::from(8),
            WITHDRAWN_FLAT => Decimal::from(6),
            _ => return Ok(entry),
        };
        if self.index == SECTIONS && october {
            let shown = self.cold_shown(flat, sender.taken.date()) + slip;
            entry.values = vec![value("total", shown, Unit::CubicMetre)?];
        }
        Ok(entry)
    }

    /// One flat in sixteen forgets a month, another one every month; the opening is complete.
    fn is_silent(&self, flat: &FlatShape, period: Period) -> bool {
        let opening = (period.year(), period.month()) == OPENING;
        let lot = u32::from(flat.flat) * 31 + period.month() * 17 + u32::from(self.index) * 7;
        let on_paper = self.index == SECTIONS
            && PAPER_FLATS.contains(&flat.flat)
            && (period.year(), period.month()) == (2026, 10);
        !opening && (lot.is_multiple_of(16) || on_paper)
    }

    fn sender(
        &self,
        flat: &FlatShape,
        period: Period,
        taken: NaiveDateTime,
    ) -> Result<Sender, DemoDataError> {
        let opening = (period.year(), period.month()) == OPENING;
        let lot = (u32::from(flat.flat) * 7 + period.month() * 3) % 20;
        let (source, channel, delay) = match lot {
            _ if opening => (
                ReadingSource::BillingCentre,
                "handover",
                TimeDelta::hours(1),
            ),
            0..=10 => (ReadingSource::Resident, "web", TimeDelta::minutes(2)),
            11..=13 => (ReadingSource::Resident, "app", TimeDelta::minutes(1)),
            14..=15 => (ReadingSource::Phone, "phone", TimeDelta::minutes(5)),
            16..=18 => (ReadingSource::SeniorsRound, "round", TimeDelta::hours(3)),
            // Dropped into the box, typed in two days later.
            _ => (ReadingSource::Paper, "box", TimeDelta::hours(50)),
        };
        let taken_at = self.at(taken)?;
        let received_at = match self.intake_outage()? {
            Some(outage) if source == ReadingSource::Resident && outage.contains(taken_at) => {
                outage.until() + TimeDelta::minutes(i64::from(flat.flat))
            }
            _ => taken_at + delay,
        };
        Ok(Sender {
            taken,
            taken_at,
            received_at,
            source,
            channel,
        })
    }

    /// When our own intake did not work: from eight in the evening until nine in the morning.
    pub(super) fn intake_outage(&self) -> Result<Option<Interval>, DemoDataError> {
        if self.index != TOWER {
            return Ok(None);
        }
        let at = |date: NaiveDate, hour| {
            let local = date.and_hms_opt(hour, 0, 0);
            self.at(local.ok_or_else(|| DemoDataError::plan("час", "нет такого часа"))?)
        };
        let (from, until) = INTAKE_OUTAGE;
        Interval::new(at(from, 20)?, at(until, 9)?)
            .map(Some)
            .map_err(|error| DemoDataError::plan("intake outage", error))
    }

    fn water(
        &self,
        flat: &FlatShape,
        counter: Counter,
        sender: &Sender,
    ) -> Result<Entry, DemoDataError> {
        let (kind, resource) = match counter {
            Counter::Hot => (HOT, Resource::HotWater),
            _ => (COLD, Resource::ColdWater),
        };
        let shown = self.shown(flat, counter, sender.taken.date(), 3);
        let meter = self.meter(resource, &serial(kind, self.index, flat.flat, 1))?;
        sender.entry(meter, vec![value("total", shown, Unit::CubicMetre)?])
    }

    /// What the register shows at the end of the day before `on`, with the display's decimals.
    fn shown(&self, flat: &FlatShape, counter: Counter, on: NaiveDate, decimals: u32) -> Decimal {
        let opening_on = self.opening_day(flat, counter);
        let kind = match counter {
            Counter::Cold => COLD,
            Counter::Hot => HOT,
            Counter::Day => ELECTRICITY,
            Counter::Night => ELECTRICITY + 1,
        };
        let counted = self.counted(flat, counter, opening_on, on);
        let opening = match (self.index, flat.flat, counter) {
            // A few months before the display of five digits passes zero.
            (TOWER, ROLLOVER_FLAT, Counter::Hot) => Decimal::new(99_984_310, 3),
            _ => Decimal::new(opening_thousandths(kind, self.index, flat.flat), 3),
        };
        let turned = match counter {
            Counter::Cold | Counter::Hot => Decimal::from(100_000),
            Counter::Day | Counter::Night => Decimal::from(1_000_000),
        };
        ((opening + counted) % turned).trunc_with_scale(decimals)
    }

    fn opening_day(&self, flat: &FlatShape, counter: Counter) -> NaiveDate {
        let (year, month) = OPENING;
        let any_day = day(year, month, 1);
        match counter {
            Counter::Cold | Counter::Hot => self.shapes.flat_read_at(flat, any_day).date(),
            Counter::Day | Counter::Night => house_read_on(self.index, any_day),
        }
    }

    fn counted(
        &self,
        flat: &FlatShape,
        counter: Counter,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        match counter {
            Counter::Cold => self.shapes.cold_water(flat, from, until),
            Counter::Hot => self.shapes.hot_water(flat, from, until),
            Counter::Day => self.shapes.electricity(flat, Zone::Day, from, until),
            Counter::Night => self.shapes.electricity(flat, Zone::Night, from, until),
        }
    }

    /// What the cold-water meter of `flat` shows on a day.
    pub(super) fn cold_shown(&self, flat: &FlatShape, on: NaiveDate) -> Decimal {
        self.shown(flat, Counter::Cold, on, 3)
    }

    /// The cold-water reading that `flat` sends for `period`.
    pub(super) fn cold_of(&self, flat: &FlatShape, period: Period) -> Result<Entry, DemoDataError> {
        let taken = self.shapes.flat_read_at(flat, period.first_day());
        self.cold_or_successor(flat, period, &self.sender(flat, period, taken)?)
    }

    /// Both water readings of `period` on a paper form that was typed in at `received`.
    pub(super) fn paper_form(
        &self,
        flat: &FlatShape,
        period: Period,
        received: DateTime<Utc>,
    ) -> Result<Vec<Entry>, DemoDataError> {
        let taken = self.shapes.flat_read_at(flat, period.first_day());
        let taken_at = self.at(taken)?;
        let delay = received - taken_at;
        let sender = Sender::new(taken, taken_at, delay, ReadingSource::Paper, "box");
        [Counter::Cold, Counter::Hot]
            .into_iter()
            .map(|counter| self.water(flat, counter, &sender))
            .collect()
    }

    /// Electricity is read by the supplier's intelligent system on the house's day.
    fn isu(&self, flat: &FlatShape, period: Period) -> Result<Entry, DemoDataError> {
        let on = house_read_on(self.index, period.first_day());
        let values = vec![
            value(
                "t1",
                self.shown(flat, Counter::Day, on, 2),
                Unit::KilowattHour,
            )?,
            value(
                "t2",
                self.shown(flat, Counter::Night, on, 2),
                Unit::KilowattHour,
            )?,
        ];
        let serial = serial(ELECTRICITY, self.index, flat.flat, 1);
        let meter = self.meter(Resource::Electricity, &serial)?;
        self.device(on, ReadingSource::Isu, "isu")?
            .entry(meter, values)
    }

    /// A device that is read at midnight and delivers in the morning.
    fn device(
        &self,
        on: NaiveDate,
        source: ReadingSource,
        channel: &'static str,
    ) -> Result<Sender, DemoDataError> {
        let midnight = on.and_time(chrono::NaiveTime::MIN);
        let taken_at = self.at(midnight)?;
        let received_at = taken_at + TimeDelta::hours(7);
        Ok(Sender {
            taken: midnight,
            taken_at,
            received_at,
            source,
            channel,
        })
    }

    fn house_meters(&self, period: Period) -> Result<Vec<Entry>, DemoDataError> {
        let on = house_read_on(self.index, period.first_day());
        let archive = self.device(on, ReadingSource::Archive, "modbus-tcp")?;
        let mut entries = Vec::new();
        let inputs: &[(u16, HouseInput)] = match self.index {
            SECTIONS => &[(1, HouseInput::First), (2, HouseInput::Second)],
            _ => &[(0, HouseInput::Whole)],
        };
        for (number, input) in inputs {
            for (word, resource) in [("cold", Resource::ColdWater), ("hot", Resource::HotWater)] {
                let (shown, serial) = self.house_counter(resource, word, (*number, *input), on);
                let meter = self.meter(resource, &serial)?;
                entries.push(archive.entry(meter, vec![value("total", shown, Unit::CubicMetre)?])?);
            }
        }
        entries.push(self.house_electricity(on, &archive)?);
        entries.push(self.house_heat(on, &archive)?);
        Ok(entries)
    }

    /// What the house meter of an input shows and which device it is: one was replaced.
    fn house_counter(
        &self,
        resource: Resource,
        word: &str,
        (number, input): (u16, HouseInput),
        on: NaiveDate,
    ) -> (Decimal, String) {
        let shown = self.house_water(resource, input, on);
        let replaced = self.index == TOWER && resource == Resource::ColdWater;
        if replaced && on > HOUSE_REPLACED_ON {
            let before = self.house_water(resource, input, HOUSE_REPLACED_ON);
            return (shown - before, house_successor());
        }
        (shown, house_serial(self.index, word, number))
    }

    fn opening_of_house(&self) -> NaiveDate {
        let (year, month) = OPENING;
        house_read_on(self.index, day(year, month, 1))
    }

    pub(super) fn house_water(
        &self,
        resource: Resource,
        input: HouseInput,
        on: NaiveDate,
    ) -> Decimal {
        let from = self.opening_of_house();
        let counted = match resource {
            Resource::HotWater => self.shapes.house_hot_water(&self.flats, input, from, on),
            _ => self.shapes.house_cold_water(&self.flats, input, from, on),
        };
        Decimal::new(opening_thousandths(9, self.index, 1), 1) + counted
    }

    fn house_electricity(&self, on: NaiveDate, archive: &Sender) -> Result<Entry, DemoDataError> {
        let from = self.opening_of_house();
        let zone = |register, zone| {
            let counted =
                self.shapes
                    .house_electricity(&self.flats, zone, HouseInput::Whole, from, on);
            let shown = Decimal::new(opening_thousandths(9, self.index, 2), 1) + counted;
            value(register, shown.trunc_with_scale(2), Unit::KilowattHour)
        };
        let values = vec![zone("t1", Zone::Day)?, zone("t2", Zone::Night)?];
        let serial = house_serial(self.index, "electricity", 0);
        archive.entry(self.meter(Resource::Electricity, &serial)?, values)
    }

    fn house_heat(&self, on: NaiveDate, archive: &Sender) -> Result<Entry, DemoDataError> {
        let tenths: i64 = self
            .flats
            .iter()
            .map(|flat| flat_area_tenths(self.index, flat.flat))
            .sum();
        let area = u32::try_from(tenths / 10)
            .map_err(|error| DemoDataError::plan("heated area", error))?;
        let counted = self
            .shapes
            .house_heat(self.index, area, self.opening_of_house(), on);
        let shown = Decimal::new(opening_thousandths(9, self.index, 3), 2) + counted;
        let serial = house_serial(self.index, "heat", 0);
        let meter = self.meter(Resource::Heat, &serial)?;
        archive.entry(meter, vec![value("total", shown, Unit::Gigacalorie)?])
    }

    /// The supplier reads the office itself and tells us.
    fn office(&self, period: Period) -> Result<Entry, DemoDataError> {
        let on = house_read_on(self.index, period.first_day());
        let supplier = self.device(on, ReadingSource::Supplier, "supplier-file")?;
        let months = i64::from(first_period()?.months_until(period));
        let shown = Decimal::new(412_000 + months * 6_350 + months * months % 7 * 140, 3);
        let meter = self.meter(Resource::ColdWater, &office_serial())?;
        supplier.entry(meter, vec![value("total", shown, Unit::CubicMetre)?])
    }

    /// Rooms of the communal flat have electricity meters of their own.
    fn rooms(&self, period: Period) -> Result<Vec<Entry>, DemoDataError> {
        let Some(flat) = self.flats.iter().find(|flat| flat.flat == COMMUNAL_FLAT) else {
            return Ok(Vec::new());
        };
        let on = house_read_on(self.index, period.first_day());
        let isu = self.device(on, ReadingSource::Isu, "isu")?;
        let mut entries = Vec::new();
        for (number, _) in (1_u16..).zip(COMMUNAL_ROOMS) {
            let share = |counter| {
                let from = self.opening_day(flat, counter);
                let whole = self.counted(flat, counter, from, on);
                let shown = Decimal::new(i64::from(number) * 211_740, 2) + whole / Decimal::from(4);
                shown.trunc_with_scale(2)
            };
            let values = vec![
                value("t1", share(Counter::Day), Unit::KilowattHour)?,
                value("t2", share(Counter::Night), Unit::KilowattHour)?,
            ];
            let meter = self.meter(Resource::Electricity, &room_serial(number))?;
            entries.push(isu.entry(meter, values)?);
        }
        Ok(entries)
    }
}

/// Who sends readings, how and when.
pub(super) struct Sender {
    taken: NaiveDateTime,
    pub(super) taken_at: DateTime<Utc>,
    pub(super) received_at: DateTime<Utc>,
    pub(super) source: ReadingSource,
    pub(super) channel: &'static str,
}

impl Sender {
    pub(super) fn new(
        taken: NaiveDateTime,
        taken_at: DateTime<Utc>,
        delay: TimeDelta,
        source: ReadingSource,
        channel: &'static str,
    ) -> Self {
        Self {
            taken,
            taken_at,
            received_at: taken_at + delay,
            source,
            channel,
        }
    }

    pub(super) fn entry(
        &self,
        meter: MeterId,
        values: Vec<RegisterValue>,
    ) -> Result<Entry, DemoDataError> {
        Ok(Entry {
            meter,
            values,
            taken_at: self.taken_at,
            received_at: self.received_at,
            source: self.source,
            channel: code(self.channel)?,
            account: None,
            origin: origin(self.channel, self.taken_at)?,
            confirms: None,
            act: None,
        })
    }
}

/// A device's reading is known by its stamp, a person's by channel and time of taking.
fn origin(channel: &str, taken_at: DateTime<Utc>) -> Result<Option<Label>, DemoDataError> {
    label(&format!(
        "{channel}/{}",
        taken_at.format("%Y-%m-%dT%H:%M:%SZ")
    ))
    .map(Some)
}

pub(super) fn value(
    register: &str,
    shown: Decimal,
    unit: Unit,
) -> Result<RegisterValue, DemoDataError> {
    Ok(RegisterValue {
        register: code(register)?,
        value: Measure::new(shown, unit),
    })
}

/// The month that the ledger opens with.
pub(super) fn first_period() -> Result<Period, DemoDataError> {
    let (year, month) = OPENING;
    Period::new(year, month).map_err(|error| DemoDataError::plan("2025-10", error))
}

/// Serial number of the meter that follows the replaced one of [`TOWER`].
pub(super) fn house_successor() -> String {
    serial(HOUSE, TOWER, 910, 2)
}
