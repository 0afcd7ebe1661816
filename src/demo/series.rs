//! Consumption of the demonstration: real daily series, varied per flat without any randomness.
//!
//! Every quantity is a sum of whole litres, watt-hours or thousandths of a gigacalorie over the
//! days of a half-open interval, so adjacent intervals add up exactly. An interval that holds no
//! day sums to zero.
//!
//! **The calendar.** The series are of 2016, whose first day was a Friday. Their first 364 days
//! form a ring of 52 weeks; the ring starts again on every 364th day counted from Friday
//! 2025-01-03. So a Saturday always takes a Saturday's value, and the season is off by two days
//! in 2025 and by one in 2026.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::climate::{Climate, HeatingSeason};
use super::draw::{Purpose, draw};
use super::error::DemoDataError;
use super::tariffs::Zone;

const WATER_FILE: &str = "water_day_litres.csv";
const WATER_TEXT: &str = include_str!("data/water_day_litres.csv");
const HOURS_FILE: &str = "water_hour_share.csv";
const HOURS_TEXT: &str = include_str!("data/water_hour_share.csv");
const DAY_ZONE_FILE: &str = "electricity_t1_wh.csv";
const DAY_ZONE_TEXT: &str = include_str!("data/electricity_t1_wh.csv");
const NIGHT_ZONE_FILE: &str = "electricity_t2_wh.csv";
const NIGHT_ZONE_TEXT: &str = include_str!("data/electricity_t2_wh.csv");

/// Days of the source year.
const SOURCE_DAYS: usize = 366;

/// Length of the ring: whole weeks, so that the days of the week never slip.
const RING_DAYS: u16 = 52 * 7;

/// The Friday the ring is laid on.
const RING_START: NaiveDate =
    NaiveDate::from_ymd_opt(2025, 1, 3).expect("the third of January 2025 exists");

/// The electricity series without holes filled in by the source (see `SOURCE.md`): a flat takes
/// its shape from one of these.
const SOUND_METERS: [&str; 8] = [
    "3aa4", "b841", "a7d5", "9afa", "ce8a", "d209", "cf6d", "7863",
];
const LAST_SOUND_METER: u32 = 7;

/// Water of a household by residents, per mille of the source household taken as three persons.
const WATER_BY_RESIDENTS: [u32; 6] = [0, 450, 750, 1000, 1250, 1450];
const WATER_OF_FURTHER_RESIDENT: u32 = 200;

/// Electricity of a year by residents, kWh.
const KWH_BY_RESIDENTS: [u32; 6] = [0, 1300, 1900, 2500, 3000, 3400];
const KWH_OF_FURTHER_RESIDENT: u32 = 300;

/// Share of hot water by month, per mille: about 40 %, more when the cold water is colder.
const HOT_SHARE: [u64; 12] = [430, 430, 425, 415, 400, 380, 365, 370, 390, 405, 415, 425];

/// Common needs and losses of a house, per mille of what its flats draw, drawn per month.
const LOSS_PER_MILLE: (u32, u32) = (30, 90);

/// Share of the first input of a house with two, in percent.
const FIRST_INPUT_PERCENT: u64 = 58;

/// Heat of a square metre per tenth of a degree and day, billionths of a gigacalorie, by house:
/// two towers of recent years and a five-storey house.
const HEAT_NANO_GCAL: [u64; 3] = [2_500, 2_700, 3_600];

/// Yearly hydraulic tests by house: no hot water from the first day until the second, excluded.
/// None touches the days of readings, so that balances do not depend on who was read first.
const HOT_WATER_OUTAGES: [(NaiveDate, NaiveDate); 3] = [
    (day_of_2026(6, 1), day_of_2026(6, 15)),
    (day_of_2026(6, 29), day_of_2026(7, 13)),
    (day_of_2026(7, 27), day_of_2026(8, 10)),
];

const fn day_of_2026(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day of 2026 written in this file")
}

/// A flat as far as its consumption goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlatShape {
    /// Index of the house in [`super::houses::load`].
    pub house: u8,
    /// Number of the flat.
    pub flat: u16,
    /// Persons living there; a flat without residents draws nothing.
    pub residents: u8,
    /// A flat with its own boiler takes no hot water from the house: all it draws is cold.
    pub own_boiler: bool,
}

impl FlatShape {
    /// A flat with one to five residents as the lot falls, without a boiler of its own.
    #[must_use]
    pub fn typical(house: u8, flat: u16) -> Self {
        let lot = draw(
            Purpose::Residents,
            &[u32::from(house), u32::from(flat)],
            0..=99,
        );
        let residents = match lot {
            0..25 => 1,
            25..55 => 2,
            55..80 => 3,
            80..95 => 4,
            _ => 5,
        };
        Self {
            house,
            flat,
            residents,
            own_boiler: false,
        }
    }

    fn draw(&self, purpose: Purpose, from: u32, to: u32) -> u32 {
        draw(
            purpose,
            &[u32::from(self.house), u32::from(self.flat)],
            from..=to,
        )
    }

    fn by_residents(&self, table: &[u32; 6], further: u32) -> u64 {
        let most = table.len() - 1;
        let residents = usize::from(self.residents);
        let extra = u32::from(self.residents).saturating_sub(5) * further;
        u64::from(table[residents.min(most)] + extra)
    }
}

/// Which common-house meter of a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseInput {
    /// The only meter of the house, or both inputs together.
    Whole,
    /// The first of two inputs, 58 % of each day.
    First,
    /// The second of two inputs, the rest of each day.
    Second,
}

impl HouseInput {
    fn part_of(self, day: u64) -> u64 {
        let first = day * FIRST_INPUT_PERCENT / 100;
        match self {
            Self::Whole => day,
            Self::First => first,
            Self::Second => day - first,
        }
    }
}

/// What common-house meters measure beside heat; each resource has its own losses.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum HouseResource {
    ColdWater = 1,
    HotWater,
    ElectricityDay,
    ElectricityNight,
}

/// One sound electricity series over the ring, watt-hours a day by zone.
#[derive(Debug)]
struct ElectricityShape {
    day: Vec<u32>,
    night: Vec<u32>,
    ring_total: u64,
}

/// The real series, loaded once.
#[derive(Debug)]
pub struct Shapes {
    /// Litres a day over the ring.
    water: Vec<u32>,
    electricity: Vec<ElectricityShape>,
    climate: Climate,
    /// Share of each hour of the day in the water of a year, per mille.
    hours: Vec<u32>,
}

impl Shapes {
    /// Reads the files carried in the program.
    ///
    /// # Errors
    /// A carried file is damaged: not CSV or JSON of the expected form, or not the expected days.
    pub fn load() -> Result<Self, DemoDataError> {
        let (_, water) = read_days(WATER_FILE, WATER_TEXT)?;
        let day = read_days(DAY_ZONE_FILE, DAY_ZONE_TEXT)?;
        let night = read_days(NIGHT_ZONE_FILE, NIGHT_ZONE_TEXT)?;
        let water = water
            .into_iter()
            .next()
            .ok_or_else(|| DemoDataError::content(WATER_FILE, "нет столбца со счётчиком"))?;
        let electricity = SOUND_METERS
            .iter()
            .map(|meter| {
                let day = column(DAY_ZONE_FILE, &day, meter)?;
                let night = column(NIGHT_ZONE_FILE, &night, meter)?;
                let ring_total = day.iter().chain(&night).copied().map(u64::from).sum();
                Ok(ElectricityShape {
                    day,
                    night,
                    ring_total,
                })
            })
            .collect::<Result<_, DemoDataError>>()?;
        Ok(Self {
            water,
            electricity,
            climate: Climate::load()?,
            hours: read_hours()?,
        })
    }

    /// Cold water of a flat, м³ with three decimals.
    #[must_use]
    pub fn cold_water(&self, flat: &FlatShape, from: NaiveDate, until: NaiveDate) -> Decimal {
        thousandths(
            days(from, until)
                .map(|date| self.water_litres(flat, date).cold)
                .sum(),
        )
    }

    /// Hot water of a flat, м³ with three decimals; none while the house has none.
    #[must_use]
    pub fn hot_water(&self, flat: &FlatShape, from: NaiveDate, until: NaiveDate) -> Decimal {
        thousandths(
            days(from, until)
                .map(|date| self.water_litres(flat, date).hot)
                .sum(),
        )
    }

    /// Electricity of a flat in one zone of the day, kWh with three decimals.
    ///
    /// Both zones are measured ones: the hours 23:00–07:00 of the source meter are the night.
    #[must_use]
    pub fn electricity(
        &self,
        flat: &FlatShape,
        zone: Zone,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        thousandths(
            days(from, until)
                .map(|date| self.watt_hours(flat, zone, date))
                .sum(),
        )
    }

    /// Cold water through a common-house meter, м³ with three decimals: what the flats draw and
    /// 3–9 % more, by month, for common needs and losses.
    #[must_use]
    pub fn house_cold_water(
        &self,
        flats: &[FlatShape],
        input: HouseInput,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        house_total(
            flats,
            HouseResource::ColdWater,
            input,
            (from, until),
            |flat, date| self.water_litres(flat, date).cold,
        )
    }

    /// Hot water through a common-house meter, м³ with three decimals.
    #[must_use]
    pub fn house_hot_water(
        &self,
        flats: &[FlatShape],
        input: HouseInput,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        house_total(
            flats,
            HouseResource::HotWater,
            input,
            (from, until),
            |flat, date| self.water_litres(flat, date).hot,
        )
    }

    /// Electricity through a common-house meter in one zone of the day, kWh with three decimals.
    #[must_use]
    pub fn house_electricity(
        &self,
        flats: &[FlatShape],
        zone: Zone,
        input: HouseInput,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        let resource = match zone {
            Zone::Day => HouseResource::ElectricityDay,
            Zone::Night => HouseResource::ElectricityNight,
        };
        house_total(flats, resource, input, (from, until), |flat, date| {
            self.watt_hours(flat, zone, date)
        })
    }

    /// Heat of a house for heating, Гкал with three decimals.
    ///
    /// Derived, not measured: degree-days under 20 °C of an ordinary year with small departures,
    /// times the heated area in whole m² and a coefficient of the house (houses beyond the third
    /// take that of the second).
    #[must_use]
    pub fn house_heat(
        &self,
        house: u8,
        heated_area_m2: u32,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Decimal {
        let coefficient = *HEAT_NANO_GCAL
            .get(usize::from(house))
            .unwrap_or(&HEAT_NANO_GCAL[1]);
        thousandths(
            days(from, until)
                .map(|date| {
                    let tenths = self.climate.heating_tenths(date);
                    u64::from(heated_area_m2) * tenths * coefficient / 1_000_000
                })
                .sum(),
        )
    }

    /// The heating seasons the heat is derived from.
    #[must_use]
    pub fn heating_seasons(&self) -> &[HeatingSeason] {
        &self.climate.seasons
    }

    /// The hour of the day at which a thousandth part of a day's water runs, counted from midnight.
    pub(super) fn hour_at(&self, thousandth: u32) -> u32 {
        let mut passed = 0;
        (0..)
            .zip(&self.hours)
            .find(|(_, share)| {
                passed += **share;
                thousandth < passed
            })
            .map_or(23, |(hour, _)| hour)
    }

    fn water_litres(&self, flat: &FlatShape, date: NaiveDate) -> Litres {
        let shift = flat.draw(Purpose::WaterShift, 0, 51);
        let spread = u64::from(flat.draw(Purpose::WaterSpread, 800, 1250));
        let household = flat.by_residents(&WATER_BY_RESIDENTS, WATER_OF_FURTHER_RESIDENT);
        let total = ring_day(&self.water, date, shift) * household * spread / 1_000_000;
        if flat.own_boiler {
            return Litres {
                cold: total,
                hot: 0,
            };
        }
        let hot = total * HOT_SHARE[date.month0() as usize] / 1000;
        let outage = hot_water_outage(flat.house)
            .is_some_and(|(first, until)| first <= date && date < until);
        // Without hot water a household draws its cold water and no more: kettles are small.
        Litres {
            cold: total - hot,
            hot: if outage { 0 } else { hot },
        }
    }

    fn watt_hours(&self, flat: &FlatShape, zone: Zone, date: NaiveDate) -> u64 {
        // Two weeks either way only: unlike water, light and cooking follow the season.
        let shift = flat.draw(Purpose::ElectricityShift, 50, 54) % 52;
        let spread = u64::from(flat.draw(Purpose::ElectricitySpread, 750, 1300));
        let kwh_a_year = flat.by_residents(&KWH_BY_RESIDENTS, KWH_OF_FURTHER_RESIDENT);
        let chosen = flat.draw(Purpose::ElectricitySeries, 0, LAST_SOUND_METER);
        let shape = &self.electricity[chosen as usize];
        let ring = match zone {
            Zone::Day => &shape.day,
            Zone::Night => &shape.night,
        };
        // kWh times per mille is watt-hours.
        ring_day(ring, date, shift) * kwh_a_year * spread / shape.ring_total
    }
}

/// The days without hot water in `house`: the first day and the first day with it again.
///
/// None for a house beyond the three.
#[must_use]
pub fn hot_water_outage(house: u8) -> Option<(NaiveDate, NaiveDate)> {
    HOT_WATER_OUTAGES.get(usize::from(house)).copied()
}

/// Water of one flat and day.
struct Litres {
    cold: u64,
    hot: u64,
}

/// Sums the days of a common-house meter; each day is rounded down to its least unit.
fn house_total(
    flats: &[FlatShape],
    resource: HouseResource,
    input: HouseInput,
    (from, until): (NaiveDate, NaiveDate),
    of_flat: impl Fn(&FlatShape, NaiveDate) -> u64,
) -> Decimal {
    let Some(house) = flats.first().map(|flat| flat.house) else {
        return thousandths(0);
    };
    let total = days(from, until).map(|date| {
        let drawn: u64 = flats.iter().map(|flat| of_flat(flat, date)).sum();
        let month = [
            u32::from(house),
            resource as u32,
            date.year().unsigned_abs(),
            date.month(),
        ];
        let (least, most) = LOSS_PER_MILLE;
        let loss = u64::from(draw(Purpose::HouseLoss, &month, least..=most));
        input.part_of(drawn * (1000 + loss) / 1000)
    });
    thousandths(total.sum())
}

fn days(from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |date| *date < until)
}

fn thousandths(count: u64) -> Decimal {
    Decimal::from(count) * Decimal::new(1, 3)
}

/// The value of `date` on a ring turned by `weeks`.
fn ring_day(ring: &[u32], date: NaiveDate, weeks: u32) -> u64 {
    let since_start = date.num_days_from_ce() - RING_START.num_days_from_ce();
    let day = since_start.rem_euclid(i32::from(RING_DAYS)).unsigned_abs();
    u64::from(ring[(day + weeks * 7) as usize % ring.len()])
}

/// Reads a file of 366 days: names of the meters, and for each its first 364 days.
fn read_days(
    file: &'static str,
    text: &str,
) -> Result<(Vec<String>, Vec<Vec<u32>>), DemoDataError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|source| DemoDataError::Csv { file, source })?;
    let names: Vec<String> = header.iter().skip(1).map(str::to_owned).collect();
    let mut rings = vec![Vec::with_capacity(usize::from(RING_DAYS)); names.len()];
    let mut expected = NaiveDate::from_ymd_opt(2016, 1, 1);
    let mut count = 0;
    for row in reader.deserialize::<(NaiveDate, Vec<u32>)>() {
        let (date, values) = row.map_err(|source| DemoDataError::Csv { file, source })?;
        if expected != Some(date) {
            return Err(DemoDataError::content(
                file,
                format!("день {date} не на своём месте"),
            ));
        }
        expected = date.succ_opt();
        for (ring, value) in rings.iter_mut().zip(values) {
            if count < usize::from(RING_DAYS) {
                ring.push(value);
            }
        }
        count += 1;
    }
    if count != SOURCE_DAYS {
        let problem = format!("дней {count} вместо {SOURCE_DAYS}");
        return Err(DemoDataError::content(file, problem));
    }
    Ok((names, rings))
}

/// The ring of one named meter.
fn column(
    file: &'static str,
    (names, rings): &(Vec<String>, Vec<Vec<u32>>),
    meter: &str,
) -> Result<Vec<u32>, DemoDataError> {
    names
        .iter()
        .position(|name| name == meter)
        .and_then(|index| rings.get(index))
        .cloned()
        .ok_or_else(|| DemoDataError::content(file, format!("нет счётчика {meter}")))
}

#[derive(Deserialize)]
struct HourRow {
    hour: u32,
    per_mille: u32,
}

fn read_hours() -> Result<Vec<u32>, DemoDataError> {
    let rows: Vec<HourRow> = csv::Reader::from_reader(HOURS_TEXT.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|source| DemoDataError::Csv {
            file: HOURS_FILE,
            source,
        })?;
    let whole: u32 = rows.iter().map(|row| row.per_mille).sum();
    if !rows.iter().map(|row| row.hour).eq(0..24) || whole != 1000 {
        return Err(DemoDataError::content(
            HOURS_FILE,
            "нужны 24 часа с суммой долей 1000",
        ));
    }
    Ok(rows.into_iter().map(|row| row.per_mille).collect())
}

#[cfg(test)]
#[path = "series_tests.rs"]
mod tests;
