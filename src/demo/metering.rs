//! Metering points and meters of the demonstration.

use aggregates::meter::model::{ModelRef, RegisterKind, RegisterSpec};
use aggregates::meter::reading::RegisterValue;
use aggregates::metering_point::event::{BoundaryLoss, ComponentKind, PointKind};
use aggregates::quantity::{Measure, Percent, Unit};
use aggregates::vocabulary::Resource;
use chrono::{DateTime, Days, FixedOffset, Months, NaiveDate};
use rust_decimal::Decimal;

use super::error::DemoDataError;
use super::house_file::{act, code, label};
use super::houses::House;
use super::plan::{
    BOILER_FLAT, COMMUNAL_FLAT, COMMUNAL_ROOMS, FIVE_STOREYS, OFFICE, SECTIONS, TAKEN_OVER, day,
    installed_on, is_without_water_meters, serial,
};
use crate::import::house::file::{
    AdmissionEntry, ComponentEntry, LossEntry, MeterEntry, PointEntry, SealEntry, VerificationEntry,
};

/// Kinds of individual meter, as they stand in serial numbers.
pub(super) const COLD: u32 = 1;
/// Hot water.
pub(super) const HOT: u32 = 2;
/// Electricity by two zones.
pub(super) const ELECTRICITY: u32 = 3;
/// Meters of the house.
pub(super) const HOUSE: u32 = 9;

/// What distinguishes the kinds of meter.
struct Kind {
    word: &'static str,
    label: &'static str,
    resource: Resource,
    model: &'static str,
    unit: Unit,
    registers: &'static [&'static str],
    digits: u8,
    decimals: u8,
    interval_months: u16,
}

const COLD_KIND: Kind = Kind {
    word: "cold",
    label: "холодная вода",
    resource: Resource::ColdWater,
    model: "СХВ-15",
    unit: Unit::CubicMetre,
    registers: &["total"],
    digits: 5,
    decimals: 3,
    interval_months: 72,
};

const HOT_KIND: Kind = Kind {
    word: "hot",
    label: "горячая вода",
    resource: Resource::HotWater,
    model: "СГВ-15",
    interval_months: 72,
    ..COLD_KIND
};

const ELECTRICITY_KIND: Kind = Kind {
    word: "electricity",
    label: "электроэнергия",
    resource: Resource::Electricity,
    model: "двухтарифный однофазный",
    unit: Unit::KilowattHour,
    registers: &["t1", "t2"],
    digits: 6,
    decimals: 2,
    interval_months: 192,
};

const HEAT_KIND: Kind = Kind {
    word: "heat",
    label: "тепло",
    resource: Resource::Heat,
    model: "теплосчётчик",
    unit: Unit::Gigacalorie,
    registers: &["total"],
    digits: 6,
    decimals: 3,
    interval_months: 48,
};

/// All points of house `index`.
pub(super) fn points(index: u8, house: &House) -> Result<Vec<PointEntry>, DemoDataError> {
    let mut points = house_points(index)?;
    for (_, _, flat) in house.flats() {
        points.extend(flat_points(index, flat)?);
    }
    if index == SECTIONS {
        let place = Place {
            kind: PointKind::Individual,
            premises: Some(OFFICE.to_owned()),
        };
        points.push(point(
            "office-1-cold",
            &COLD_KIND,
            place,
            &office_serial(),
            day(2022, 5, 16),
        )?);
    }
    Ok(points)
}

/// Serial number of the office's meter.
pub(super) fn office_serial() -> String {
    serial(COLD, SECTIONS, 900, 1)
}

/// Serial number of a house meter: by input and kind.
pub(super) fn house_serial(index: u8, word: &str, input: u16) -> String {
    let kind = match word {
        "cold" => 1,
        "hot" => 2,
        "heat" => 3,
        _ => 4,
    };
    serial(HOUSE, index, 900 + kind * 10 + input, 1)
}

fn house_points(index: u8) -> Result<Vec<PointEntry>, DemoDataError> {
    let place = || Place {
        kind: PointKind::House,
        premises: None,
    };
    let single = |kind: &Kind| {
        let name = format!("input-{}", kind.word);
        point(
            &name,
            kind,
            place(),
            &house_serial(index, kind.word, 0),
            day(2023, 8, 14),
        )
    };
    let mut points = Vec::new();
    for kind in [&COLD_KIND, &HOT_KIND] {
        if index != SECTIONS {
            points.push(single(kind)?);
            continue;
        }
        for input in 1..=2 {
            let name = format!("input-{input}-{}", kind.word);
            let serial = house_serial(index, kind.word, input);
            points.push(point(&name, kind, place(), &serial, day(2023, 8, 14))?);
        }
    }
    points.push(single(&ELECTRICITY_KIND)?);
    points.push(heat_node(index, single(&HEAT_KIND)?)?);
    Ok(points)
}

/// The heat meter is a node: calculator, two flow parts and a pair of thermometers.
fn heat_node(index: u8, mut node: PointEntry) -> Result<PointEntry, DemoDataError> {
    let parts = [
        ("calculator", ComponentKind::Calculator, day(2027, 8, 13)),
        ("flow-1", ComponentKind::FlowPart, day(2027, 8, 13)),
        ("flow-2", ComponentKind::FlowPart, day(2027, 8, 13)),
        (
            "thermometers-1",
            ComponentKind::ThermometerPair,
            day(2026, 10, 19),
        ),
    ];
    for (number, (name, kind, verified_until)) in (0_u16..).zip(parts) {
        node.components.push(ComponentEntry {
            component: code(name)?,
            kind,
            serial: label(&house_serial(index, "heat", number + 1))?,
            verified_until: Some(verified_until),
            installed_at: at_ten(day(2023, 8, 14))?,
        });
    }
    node.admissions.push(AdmissionEntry {
        act: act(&format!("Д-{}", index + 41), day(2025, 9, 10))?,
        from: day(2025, 9, 15),
        until: day(2027, 9, 15),
    });
    let percent =
        Percent::new(Decimal::new(12, 1)).map_err(|error| DemoDataError::plan("1.2 %", error))?;
    node.losses.push(LossEntry {
        loss: BoundaryLoss::Share { percent },
        from: TAKEN_OVER,
        act: act(&format!("ТС-{}/потери", index + 1), TAKEN_OVER)?,
    });
    Ok(node)
}

struct Place {
    kind: PointKind,
    premises: Option<String>,
}

fn flat_points(house: u8, flat: u16) -> Result<Vec<PointEntry>, DemoDataError> {
    let mut kinds = vec![(ELECTRICITY, &ELECTRICITY_KIND)];
    if !is_without_water_meters(house, flat) {
        kinds.push((COLD, &COLD_KIND));
        if !(house == FIVE_STOREYS && flat == BOILER_FLAT) {
            kinds.push((HOT, &HOT_KIND));
        }
    }
    let communal = house == FIVE_STOREYS && flat == COMMUNAL_FLAT;
    let kind_of_point = if communal {
        PointKind::CommunalFlat
    } else {
        PointKind::Individual
    };
    let mut points = Vec::new();
    for (number, kind) in kinds {
        let name = format!("{flat}-{}", kind.word);
        let place = Place {
            kind: kind_of_point,
            premises: Some(flat.to_string()),
        };
        let serial = serial(number, house, flat, 1);
        points.push(point(
            &name,
            kind,
            place,
            &serial,
            installed_on(number, flat),
        )?);
    }
    if communal {
        for (number, (room, _)) in (1_u16..).zip(COMMUNAL_ROOMS) {
            let name = format!("{flat}-room-{room}-electricity");
            let place = Place {
                kind: PointKind::Room,
                premises: Some(format!("{flat}/{room}")),
            };
            let serial = room_serial(number);
            points.push(point(
                &name,
                &ELECTRICITY_KIND,
                place,
                &serial,
                day(2021, 3, 15),
            )?);
        }
    }
    Ok(points)
}

/// Serial number of a room's electricity meter.
pub(super) fn room_serial(room: u16) -> String {
    serial(ELECTRICITY, FIVE_STOREYS, 800 + room, 1)
}

fn point(
    name: &str,
    kind: &Kind,
    place: Place,
    serial: &str,
    installed: NaiveDate,
) -> Result<PointEntry, DemoDataError> {
    Ok(PointEntry {
        name: code(name)?,
        resource: kind.resource,
        kind: place.kind,
        label: label(kind.label)?,
        premises: place.premises.as_deref().map(label).transpose()?,
        meters: vec![meter(kind, serial, installed)?],
        components: Vec::new(),
        admissions: Vec::new(),
        losses: Vec::new(),
        radiators: Vec::new(),
    })
}

fn meter(kind: &Kind, serial: &str, installed: NaiveDate) -> Result<MeterEntry, DemoDataError> {
    let register = |name: &&str| {
        Ok(RegisterSpec {
            name: code(name)?,
            unit: kind.unit,
            kind: RegisterKind::Cumulative,
            digits: Some(kind.digits),
            decimals: Some(kind.decimals),
        })
    };
    let zero = |name: &&str| {
        let value = Measure::new(Decimal::ZERO, kind.unit);
        Ok(RegisterValue {
            register: code(name)?,
            value,
        })
    };
    let act_date = installed
        .checked_add_days(Days::new(3))
        .unwrap_or(installed);
    Ok(MeterEntry {
        serial: label(serial)?,
        model: Some(ModelRef {
            name: label(kind.model)?,
            type_approval: None,
        }),
        registers: kind
            .registers
            .iter()
            .map(register)
            .collect::<Result<_, DemoDataError>>()?,
        verification_interval_months: Some(kind.interval_months),
        made_in: None,
        installed_at: at_ten(installed)?,
        initial: kind
            .registers
            .iter()
            .map(zero)
            .collect::<Result<_, DemoDataError>>()?,
        transformer_ratio: None,
        commissioned: Some(act(&format!("ВЭ-{serial}"), act_date)?),
        seal: Some(SealEntry {
            number: label(&format!("П-{serial}"))?,
            place: label("вход")?,
        }),
        verifications: vec![VerificationEntry {
            performed_on: installed,
            valid_until: installed
                .checked_add_months(Months::new(u32::from(kind.interval_months)))
                .and_then(|end| end.pred_opt()),
            certificate: None,
            registry_record: None,
        }],
    })
}

/// Ten in the morning of Ekaterinburg (UTC+5, without summer time since 2014).
pub(super) fn at_ten(date: NaiveDate) -> Result<DateTime<FixedOffset>, DemoDataError> {
    FixedOffset::east_opt(5 * 3600)
        .zip(date.and_hms_opt(10, 0, 0))
        .and_then(|(offset, ten)| ten.and_local_timezone(offset).single())
        .ok_or_else(|| DemoDataError::plan(date.to_string(), "нет такого времени"))
}

/// The successor of a replaced cold-water meter.
pub(super) fn successor(serial: &str, installed: NaiveDate) -> Result<MeterEntry, DemoDataError> {
    meter(&COLD_KIND, serial, installed)
}
