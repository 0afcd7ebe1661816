//! Rows as written turned into entries of the ledger: zones joined, meters found, times fixed.

use std::collections::HashMap;

use aggregates::ids::MeterId;
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::Measure;
use aggregates::text::Label;
use chrono::{DateTime, Utc};
use projections::directory::fold::{AccountCard, Directory, MeterCard};

use crate::import::readings::houses::KnownHouse;
use crate::import::table::{MeterRef, ReadingRow, Row, RowRefusal, WrittenTime, WrittenValue};
use crate::readings::Entry;

/// A reading as written, with all the rows that hold parts of it.
pub(super) struct Joined {
    pub(super) lines: Vec<u64>,
    pub(super) raw: String,
    pub(super) row: Result<ReadingRow, RowRefusal>,
}

/// Joins rows that hold further zones of one reading, wherever they stand in the file.
pub(super) fn join(rows: impl Iterator<Item = Row>) -> Vec<Joined> {
    let mut joined: Vec<Joined> = Vec::new();
    // Only rows of one meter and moment can belong together.
    let mut begun_at: HashMap<(MeterRef, WrittenTime), Vec<usize>> = HashMap::new();
    for row in rows {
        let Ok(reading) = &row.content else {
            joined.push(Joined {
                lines: vec![row.line],
                raw: row.raw,
                row: row.content,
            });
            continue;
        };
        let moment = (reading.meter.clone(), reading.taken);
        let earlier = begun_at.entry(moment).or_default();
        let continued = earlier.iter().rev().copied().find(|index| {
            let begun = joined.get(*index).map(|begun: &Joined| &begun.row);
            matches!(begun, Some(Ok(begun)) if begun.is_continued_by(reading))
        });
        match continued.and_then(|index| joined.get_mut(index)) {
            Some(begun) => {
                begun.lines.push(row.line);
                if let (Ok(begun), Ok(more)) = (&mut begun.row, row.content) {
                    begun.values.extend(more.values);
                }
            }
            None => {
                earlier.push(joined.len());
                joined.push(Joined {
                    lines: vec![row.line],
                    raw: row.raw,
                    row: row.content,
                });
            }
        }
    }
    joined
}

fn refusal(code: &'static str, what: impl Into<String>, remedy: &str) -> RowRefusal {
    RowRefusal {
        code,
        what_ru: what.into(),
        remedy_ru: remedy.to_owned(),
    }
}

/// The entry that a reading becomes in its house.
pub(super) fn entry_of(
    row: &ReadingRow,
    house: &KnownHouse,
    now: DateTime<Utc>,
) -> Result<Entry, RowRefusal> {
    let directory = &house.directory;
    let (meter, card) = find_meter(directory, &row.meter)?;
    let zone = house.zone.tz();
    let taken_at = row.taken.resolve_not_after(zone, now)?;
    let received_at = match &row.received {
        Some(received) => received_at(received, taken_at, house)?,
        None => now,
    };
    let values: Result<Vec<_>, _> = row
        .values
        .iter()
        .map(|value| register_value(value, card))
        .collect();
    Ok(Entry {
        meter,
        values: values?,
        taken_at,
        received_at,
        source: row.source,
        channel: row.channel.clone(),
        account: sender(directory, &row.meter)?,
        origin: origin(row, taken_at)?,
        confirms: None,
        act: row.act.clone(),
    })
}

/// A day of receipt without a time covers readings taken later that day.
fn received_at(
    received: &WrittenTime,
    taken_at: DateTime<Utc>,
    house: &KnownHouse,
) -> Result<DateTime<Utc>, RowRefusal> {
    let at = received.resolve(house.zone.tz())?;
    let same_day = house.zone.local_date(at) == house.zone.local_date(taken_at);
    Ok(if received.is_date_alone() && same_day {
        at.max(taken_at)
    } else {
        at
    })
}

/// Names the row: the same meter, way, source and time of taking are the same submission.
fn origin(row: &ReadingRow, taken_at: DateTime<Utc>) -> Result<Option<Label>, RowRefusal> {
    let stamp = taken_at.format("%Y-%m-%dT%H:%M:%S%.fZ");
    Label::new(format!("{}/{}/{stamp}", row.channel, row.source.code()))
        .map(Some)
        .map_err(|error| {
            refusal(
                "row.identity",
                error.to_string(),
                "Сократите название канала.",
            )
        })
}

fn find_meter<'d>(
    directory: &'d Directory,
    asked: &MeterRef,
) -> Result<(MeterId, &'d MeterCard), RowRefusal> {
    let candidates = match &asked.serial {
        Some(serial) => by_serial(directory, serial.as_str(), asked),
        None => in_premises(directory, asked)?,
    };
    let found: Vec<(MeterId, &MeterCard)> = candidates
        .into_iter()
        .filter_map(|meter| Some((meter, directory.meter(meter)?)))
        .filter(|(_, card)| {
            asked
                .resource
                .is_none_or(|resource| card.resource == resource)
        })
        .collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(refusal(
            "meter.unknown",
            format!("В доме нет такого прибора: {asked}"),
            "Проверьте номер; новый прибор сначала внесите в файл дома (import house) или \
             оформите замену.",
        )),
        _ => Err(refusal(
            "meter.ambiguous",
            format!("Подходит несколько приборов: {asked}"),
            "Укажите заводской номер и ресурс.",
        )),
    }
}

fn by_serial(directory: &Directory, serial: &str, asked: &MeterRef) -> Vec<MeterId> {
    let exact = directory.meters_by_serial(serial);
    if !exact.is_empty() || !asked.serial_was_number {
        return exact.to_vec();
    }
    // A sheet keeps numbers without the zeros in front.
    let bare = serial.trim_start_matches('0');
    directory
        .meters()
        .filter(|(_, card)| card.serial.trim_start_matches('0') == bare)
        .map(|(meter, _)| meter)
        .collect()
}

fn in_premises(directory: &Directory, asked: &MeterRef) -> Result<Vec<MeterId>, RowRefusal> {
    let premises = match (&asked.premises, sender(directory, asked)?) {
        (Some(number), _) => directory
            .premises_by_number(number.as_str())
            .ok_or_else(|| {
                refusal(
                    "premises.unknown",
                    format!("В доме нет помещения «{number}»"),
                    "Проверьте номер помещения; комната пишется как квартира/комната.",
                )
            })?,
        (None, Some(account)) => account.premises,
        (None, None) => return Ok(Vec::new()),
    };
    let resource = asked.resource.ok_or_else(|| {
        refusal(
            "resource.missing",
            "Прибор назван помещением, но не сказано, какой ресурс он считает",
            "Заполните столбец «Ресурс» или укажите заводской номер.",
        )
    })?;
    Ok(directory.meters_in(premises, resource))
}

fn sender(directory: &Directory, asked: &MeterRef) -> Result<Option<AccountCard>, RowRefusal> {
    let Some(number) = &asked.account else {
        return Ok(None);
    };
    directory.account(number.as_str()).map(Some).ok_or_else(|| {
        refusal(
            "account.unknown",
            format!("В доме нет лицевого счёта «{number}»"),
            "Проверьте номер счёта.",
        )
    })
}

fn register_value(value: &WrittenValue, card: &MeterCard) -> Result<RegisterValue, RowRefusal> {
    let spec = match (&value.register, &card.registers[..]) {
        (None, [only]) => only,
        (Some(register), specs) => match specs.iter().find(|spec| spec.name == *register) {
            Some(spec) => spec,
            // What the meter does not have is judged, and kept, by the meter itself.
            None => {
                let unit = value.unit.or_else(|| specs.first().map(|spec| spec.unit));
                let unit = unit.ok_or_else(|| no_register(card))?;
                let value = Measure::new(value.value, unit);
                return Ok(RegisterValue {
                    register: register.clone(),
                    value,
                });
            }
        },
        (None, _) => return Err(no_register(card)),
    };
    let unit = value.unit.unwrap_or(spec.unit);
    Ok(RegisterValue {
        register: spec.name.clone(),
        value: Measure::new(value.value, unit),
    })
}

fn no_register(card: &MeterCard) -> RowRefusal {
    let names: Vec<&str> = card
        .registers
        .iter()
        .map(|spec| spec.name.as_str())
        .collect();
    refusal(
        "register.missing",
        format!(
            "У прибора {} несколько регистров: {}",
            card.serial,
            names.join(", ")
        ),
        "Назовите регистр в столбце «Зона» или заполните столбцы Т1, Т2 …",
    )
}
