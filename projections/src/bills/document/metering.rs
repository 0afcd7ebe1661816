//! Meters with their readings, and what the house consumed.

use aggregates::building::event::BuildingAreaPurpose;
use aggregates::ids::{MeterId, MeteringPointId, PremisesId};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::{Measure, Quantity, QuantityError, SquareMetre};
use aggregates::text::Label;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::bills::document::model::{
    HouseAreas, HouseTotals, MeterRow, ReadingShown, RegisterShown,
};
use crate::consumption::{
    CalculatedPart, MarkName, MarkView, MeteredPart, PointConsumption, QueryError, VolumePart,
};
use crate::settlement::{ExactVolume, HouseBook, HouseService};
use crate::text;

/// Meters of the premises with their readings of the period, by resource.
pub(super) fn of_premises(
    house: &HouseBook,
    premises: PremisesId,
    period: Period,
) -> Result<Vec<MeterRow>, QueryError> {
    let mut rows = Vec::new();
    for resource in Resource::ALL {
        let points = house.points.get(&(premises, resource));
        for point in points.into_iter().flatten() {
            rows.extend(of_point(house, *point, period)?);
        }
    }
    Ok(rows)
}

/// The meters of a point: those that its volume is told of, else the one that stands there.
fn of_point(
    house: &HouseBook,
    point: MeteringPointId,
    period: Period,
) -> Result<Vec<MeterRow>, QueryError> {
    let told = house.balance.consumption.of_point(point, period)?.value;
    let mut rows: Vec<(MeterId, MeterRow)> = Vec::new();
    for part in &told.parts {
        match part {
            VolumePart::Metered(part) => {
                let row = row(house, &told, part.meter, &part.serial);
                rows.push((part.meter, metered(row, part)));
            }
            VolumePart::Calculated(part) => {
                place(house, &mut rows, &told, part)
                    .notes
                    .push(note(part, "рассчитано"));
            }
            VolumePart::TrueUp(part) => {
                place(house, &mut rows, &told, part)
                    .notes
                    .push(note(part, "зачтено учтённое раньше"));
            }
        }
    }
    if rows.is_empty() {
        rows.extend(standing(house, point, &told));
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The row of the meter in whose place a part was calculated.
fn place<'r>(
    house: &HouseBook,
    rows: &'r mut Vec<(MeterId, MeterRow)>,
    told: &PointConsumption,
    part: &CalculatedPart,
) -> &'r mut MeterRow {
    let known = rows.iter().position(|(meter, _)| *meter == part.meter);
    let index = known.unwrap_or_else(|| {
        let row = last_read(
            house,
            row(house, told, part.meter, &part.serial),
            part.meter,
        );
        rows.push((part.meter, row));
        rows.len() - 1
    });
    &mut rows[index].1
}

fn note(part: &CalculatedPart, what: &str) -> String {
    let volume = part.volume.known().map(text::rounded_with_unit);
    format!(
        "{what} {} {}: {} ({})",
        text::method(part.method),
        part.period.title_ru(),
        volume.unwrap_or_else(|| "неизвестно".to_owned()),
        part.clause
    )
}

/// The meter that stands at a point of which nothing is told.
fn standing(
    house: &HouseBook,
    point: MeteringPointId,
    told: &PointConsumption,
) -> Option<(MeterId, MeterRow)> {
    let stays = house.balance.consumption.stays.get(&point)?;
    let (meter, _) = stays.last()?;
    let facts = house.balance.consumption.meter(*meter)?;
    let meter = MeterId(*meter);
    Some((
        meter,
        last_read(house, row(house, told, meter, &facts.serial), meter),
    ))
}

fn row(house: &HouseBook, told: &PointConsumption, meter: MeterId, serial: &Label) -> MeterRow {
    let life = house.meters.get(&meter.0);
    let verified = life.and_then(|life| life.verification_on(told.period.last_day()));
    MeterRow {
        resource: told.resource,
        label: told.label.clone(),
        serial: serial.clone(),
        verified_until: verified.and_then(|verified| verified.value.1),
        previous: None,
        current: None,
        registers: Vec::new(),
        consumption: None,
        notes: Vec::new(),
    }
}

/// The row of a meter without a reading of the period: with the one before.
fn last_read(house: &HouseBook, mut row: MeterRow, meter: MeterId) -> MeterRow {
    let Some(last) = house.balance.consumption.last_reading(meter) else {
        return row;
    };
    row.previous = Some(ReadingShown {
        at: last.taken_at,
        source: last
            .source
            .map_or("принято от прежней организации", |source| source.title_ru()),
        event: last.event,
    });
    let shown = |value: RegisterValue| RegisterShown {
        register: value.register,
        previous: Some(value.value),
        current: None,
    };
    row.registers = last.values.into_iter().map(shown).collect();
    row
}

fn metered(mut row: MeterRow, part: &MeteredPart) -> MeterRow {
    row.previous = Some(shown(&part.from));
    row.current = part.until.as_ref().map(shown);
    let value_of = |mark: Option<&MarkView>, register: &RegisterValue| {
        let values = mark.map(|mark| mark.values.as_slice()).unwrap_or_default();
        let found = values
            .iter()
            .find(|value| value.register == register.register);
        found.map(|value| value.value)
    };
    let registers = part.from.values.iter();
    row.registers = registers
        .map(|register| RegisterShown {
            register: register.register.clone(),
            previous: Some(register.value),
            current: value_of(part.until.as_ref(), register),
        })
        .collect();
    row.consumption = part.volume.known().copied();
    row
}

fn shown(mark: &MarkView) -> ReadingShown {
    let source = match (mark.kind, mark.source) {
        (MarkName::Initial, _) => "при установке",
        (MarkName::Final, _) => "при снятии",
        (MarkName::Control, _) => "контрольное снятие",
        (MarkName::Adopted, _) => "принято от прежней организации",
        (MarkName::Reading, source) => {
            source.map_or("показание", |source| source.title_ru())
        }
    };
    ReadingShown {
        at: mark.at,
        source,
        event: mark.event,
    }
}

/// What the house consumed, by resource.
pub(super) fn of_house(
    house: &HouseBook,
    services: &[HouseService],
    period: Period,
) -> Result<Vec<HouseTotals>, QueryError> {
    services
        .iter()
        .map(|service| {
            let resource = service.resource;
            let mut meters = Vec::new();
            for scope in house.balance.scopes_on(period.last_day(), resource) {
                for member in &scope.house {
                    meters.extend(of_point(house, member.point, period)?);
                }
            }
            Ok(HouseTotals {
                resource,
                house: service.house.known().copied(),
                premises: stored(service.consumed.as_ref()),
                common: stored(service.common.volume.as_ref()),
                basis: service.common.basis,
                borne_by_provider: stored(service.common.borne_by_provider.as_ref()),
                meters,
            })
        })
        .collect()
}

/// For display: a volume beyond 28 digits is not printed.
fn stored(volume: Option<&ExactVolume>) -> Option<Measure> {
    volume.and_then(|volume| volume.stored().ok())
}

/// Areas of the house on a day.
pub(super) fn areas(house: &HouseBook, day: NaiveDate) -> Result<HouseAreas, QuantityError> {
    let area = |purpose| house.house.area_on(purpose, day).map(|area| area.value);
    Ok(HouseAreas {
        all_premises: area(BuildingAreaPurpose::AllPremises),
        common_heated: area(BuildingAreaPurpose::CommonHeated),
        common_water: area(BuildingAreaPurpose::CommonWater),
        common_electricity: area(BuildingAreaPurpose::CommonElectricity),
        without_heating: area(BuildingAreaPurpose::WithoutHeating),
        with_heat_meters: with_heat_meters(house, day)?,
    })
}

/// Areas of the premises that have heat meters of their own, added up; `None` where the area of
/// one of them is not recorded.
fn with_heat_meters(
    house: &HouseBook,
    day: NaiveDate,
) -> Result<Option<Quantity<SquareMetre>>, QuantityError> {
    let metered = house
        .points
        .keys()
        .filter(|(_, resource)| *resource == Resource::Heat);
    let mut sum = Quantity::<SquareMetre>::new(Decimal::ZERO);
    for (premises, _) in metered {
        let facts = house.premises.get(premises);
        let Some(area) = facts.and_then(|facts| facts.area.on(day)) else {
            return Ok(None);
        };
        sum = sum.checked_add(area.value)?;
    }
    Ok(Some(sum))
}
