//! Tariffs and norms of the demonstration as entries of the house file.

use aggregates::quantity::{Measure, NormBasis, NormRate, Percent, TariffRate, Unit};
use aggregates::tariff_book::event::{RateBasis, TariffComponent, VolumeRange};
use aggregates::vocabulary::Resource;
use rust_decimal::Decimal;

use super::error::DemoDataError;
use super::house_file::{act, code, label};
use super::plan::{AMENITIES, FIVE_STOREYS, TAKEN_OVER};
use super::tariffs::{self, Act, NormRow, TariffRow};
use crate::import::house::file::{NormEntry, TariffEntry};

/// All tariffs, the same for the three houses.
pub(super) fn tariffs() -> Result<Vec<TariffEntry>, DemoDataError> {
    tariffs::load_tariffs()?.iter().map(tariff).collect()
}

/// Norms that a house of its kind needs.
pub(super) fn norms(index: u8) -> Result<Vec<NormEntry>, DemoDataError> {
    let stoves = if index == FIVE_STOREYS {
        "без лифта"
    } else {
        "с лифтом"
    };
    tariffs::load_norms()?
        .iter()
        .filter(|row| !row.category.contains("лифт") || row.category.contains(stoves))
        .map(norm)
        .collect()
}

fn tariff(row: &TariffRow) -> Result<TariffEntry, DemoDataError> {
    let refuse = |error| DemoDataError::plan(row.price.to_string(), error);
    let unit = unit_after_slash(&row.unit)?;
    let volume = |value: Decimal| Measure::new(value, unit);
    Ok(TariffEntry {
        resource: resource(row.resource).0,
        component: match row.component {
            None => TariffComponent::Single,
            Some(tariffs::Component::ColdWater) => TariffComponent::ColdWater,
            Some(tariffs::Component::Heat) => TariffComponent::HeatEnergy,
        },
        zone: row.zone.map(|zone| code(zone_register(zone))).transpose()?,
        range: row.range_from.map(|above| VolumeRange {
            above: volume(above),
            up_to: row.range_until.map(volume),
        }),
        payers: code(payers(&row.payer_group)?)?,
        rate: TariffRate::new(row.price, unit).map_err(refuse)?,
        vat: Some(Percent::new(row.vat_percent).map_err(refuse)?),
        vat_included: row.vat_included,
        from: row.from,
        until: Some(row.until),
        supplier: code(match resource(row.resource).0 {
            Resource::ColdWater | Resource::Sewage => "water",
            Resource::Electricity => "power",
            _ => "heat",
        })?,
        basis: basis(&row.act, row.demonstration)?,
    })
}

fn norm(row: &NormRow) -> Result<NormEntry, DemoDataError> {
    let refuse = |error| DemoDataError::plan(row.value.to_string(), error);
    let (resource, purpose) = resource(row.resource);
    let (unit, per) = norm_unit(&row.unit)?;
    Ok(NormEntry {
        resource,
        purpose: code(purpose)?,
        category: code(match (resource, purpose) {
            (_, "common_property") | (Resource::Heat, _) => "all",
            _ => AMENITIES,
        })?,
        rooms: row.rooms,
        persons: row.persons,
        rate: NormRate::new(row.value, unit, per).map_err(refuse)?,
        from: TAKEN_OVER,
        until: None,
        basis: basis(&row.act, row.demonstration)?,
    })
}

fn basis(document: &Act, demonstration: bool) -> Result<RateBasis, DemoDataError> {
    let source = label(&document.source)?;
    match (&document.number, document.date, demonstration) {
        (_, _, true) => Ok(RateBasis::Demonstration { source }),
        (Some(number), Some(date), false) => Ok(RateBasis::Act {
            act: act(number, date)?,
        }),
        _ => Ok(RateBasis::Publication { source }),
    }
}

fn resource(resource: tariffs::Resource) -> (Resource, &'static str) {
    match resource {
        tariffs::Resource::ColdWater => (Resource::ColdWater, "individual"),
        tariffs::Resource::HotWater => (Resource::HotWater, "individual"),
        tariffs::Resource::HotWaterHeating => (Resource::HotWater, "heating_of_water"),
        tariffs::Resource::Heat => (Resource::Heat, "individual"),
        tariffs::Resource::Sewage => (Resource::Sewage, "individual"),
        tariffs::Resource::Electricity => (Resource::Electricity, "individual"),
        tariffs::Resource::ColdWaterCommon => (Resource::ColdWater, "common_property"),
        tariffs::Resource::HotWaterCommon => (Resource::HotWater, "common_property"),
        tariffs::Resource::SewageCommon => (Resource::Sewage, "common_property"),
        tariffs::Resource::ElectricityCommon => (Resource::Electricity, "common_property"),
    }
}

/// T1 is the day zone, T2 the night zone.
fn zone_register(zone: tariffs::Zone) -> &'static str {
    match zone {
        tariffs::Zone::Day => "t1",
        tariffs::Zone::Night => "t2",
    }
}

fn payers(group: &str) -> Result<&'static str, DemoDataError> {
    match group {
        "население" => Ok("population"),
        "прочие потребители" => Ok("others"),
        "население, электроплиты" => Ok("population_electric_stoves"),
        "население, газовые плиты" => Ok("population_gas_stoves"),
        unknown => Err(DemoDataError::plan(
            unknown,
            "неизвестная группа потребителей",
        )),
    }
}

fn unit_after_slash(text: &str) -> Result<Unit, DemoDataError> {
    let unit = text.split('/').nth(1).unwrap_or_default();
    unit.parse()
        .map_err(|error| DemoDataError::plan(text, error))
}

fn norm_unit(text: &str) -> Result<(Unit, NormBasis), DemoDataError> {
    match text {
        "м³ на человека в месяц" => {
            Ok((Unit::CubicMetre, NormBasis::PersonMonth))
        }
        "кВт·ч на человека в месяц" => {
            Ok((Unit::KilowattHour, NormBasis::PersonMonth))
        }
        "Гкал/м³" => Ok((Unit::Gigacalorie, NormBasis::CubicMetre)),
        "Гкал/м² в месяц" => Ok((Unit::Gigacalorie, NormBasis::SquareMetreMonth)),
        "м³/м² в месяц" => Ok((Unit::CubicMetre, NormBasis::SquareMetreMonth)),
        "кВт·ч/м² в месяц" => Ok((Unit::KilowattHour, NormBasis::SquareMetreMonth)),
        unknown => Err(DemoDataError::plan(
            unknown,
            "неизвестная единица норматива",
        )),
    }
}
