//! What happens in the houses beside the monthly readings: mistakes and their mending, replaced
//! meters, outages. Each deed is one unit of work.

use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::building::event::OutageKind;
use aggregates::ids::MeteringPointId;
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::{MeterCommand, Verification};
use aggregates::meter::event::RemovalReason;
use aggregates::meter::reading::{CorrectionReason, WithdrawalReason};
use aggregates::meter::submission::{Choice, Confirmation};
use aggregates::quantity::Unit;
use aggregates::time::{DateSpan, Interval, Period};
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use projections::directory::fold::Directory;
use rust_decimal::Decimal;

use super::error::DemoDataError;
use super::feed::{Feed, Sender, house_successor, value};
use super::house_file::{act, code, label};
use super::metering::{COLD, at_ten, successor};
use super::plan::{
    COMMA_FLAT, FIVE_STOREYS, FUTURE_FLAT, HOUSE_REPLACED_ON, MISTYPED_FLAT, PAPER_FLATS,
    REPLACED_FLAT, REPLACED_ON, SECTIONS, TAKEN_OVER, TOWER, WITHDRAWN_FLAT, day, serial,
};
use super::series::{FlatShape, HouseInput, hot_water_outage};
use crate::operations::{
    ControlReading, Correction, OperationError, Removal, Replacement, Withdrawal, correct_reading,
    record_control_reading, replace_meter, withdraw_reading,
};
use crate::readings::{Entry, record};
use crate::store::error::StoreError;
use crate::store::unit::UnitOfWork;

/// Why a deed was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeedError {
    /// A fact of the plan is not of its form.
    #[error(transparent)]
    Data(#[from] DemoDataError),
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger refused.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The ledger did something else than the plan expects.
    #[error("демонстрация пошла не по плану: {0}; сообщите разработчикам")]
    Unexpected(String),
}

/// Something that happens after the readings of a month are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// The owners decide to pay for common property by the house meter.
    CommonByFact,
    /// Our own intake stands still over the last day of the window.
    IntakeOutage,
    /// A decimal comma is lost; the reading waits, and is sent again rightly.
    LostComma,
    /// A date of the next year is refused, and kept.
    FutureDate,
    /// A meter is verified in time.
    Verification,
    /// A flat's meter is replaced, two days lie between.
    ReplaceFlatMeter,
    /// Hydraulic tests: no hot water.
    HotWaterOutage,
    /// The house's meter is replaced within an hour.
    ReplaceHouseMeter,
    /// A control reading by an act.
    ControlReading,
    /// Paper forms of October come in November.
    LateForms,
    /// A mistyped reading of October is corrected by an act.
    CorrectMistyped,
    /// A reading of October turns out to be another meter's.
    WithdrawForeign,
}

impl Deed {
    /// Whether it happens when the bills of its month are out already.
    pub(super) fn is_after_closing(self) -> bool {
        matches!(
            self,
            Self::LateForms | Self::CorrectMistyped | Self::WithdrawForeign
        )
    }
}

/// All deeds: the house, the month after whose readings it happens, its key, the deed.
pub(super) fn deeds() -> Vec<(u8, (i32, u32), &'static str, Deed)> {
    let mut deeds = vec![
        (SECTIONS, (2025, 10), "common-by-fact", Deed::CommonByFact),
        (TOWER, (2025, 11), "intake-outage", Deed::IntakeOutage),
        (TOWER, (2026, 2), "lost-comma", Deed::LostComma),
        (TOWER, (2026, 2), "future-date", Deed::FutureDate),
        (TOWER, (2026, 3), "verification", Deed::Verification),
        (
            SECTIONS,
            (2026, 4),
            "replace-flat-meter",
            Deed::ReplaceFlatMeter,
        ),
        (
            TOWER,
            (2026, 6),
            "replace-house-meter",
            Deed::ReplaceHouseMeter,
        ),
        (
            FIVE_STOREYS,
            (2026, 8),
            "control-reading",
            Deed::ControlReading,
        ),
        (SECTIONS, (2026, 10), "late-forms", Deed::LateForms),
        (
            SECTIONS,
            (2026, 10),
            "correct-mistyped",
            Deed::CorrectMistyped,
        ),
        (
            SECTIONS,
            (2026, 10),
            "withdraw-foreign",
            Deed::WithdrawForeign,
        ),
    ];
    for house in [TOWER, SECTIONS, FIVE_STOREYS] {
        deeds.push((house, (2026, 5), "hot-water-outage", Deed::HotWaterOutage));
    }
    deeds
}

/// Does `deed` in `unit`.
pub(super) async fn act_out(
    deed: Deed,
    feed: &Feed<'_>,
    directory: &Directory,
    unit: &mut UnitOfWork,
) -> Result<(), DeedError> {
    match deed {
        Deed::CommonByFact => common_by_fact(feed, unit).await,
        Deed::IntakeOutage => intake_outage(feed, unit).await,
        Deed::LostComma => lost_comma(feed, directory, unit).await,
        Deed::FutureDate => future_date(feed, directory, unit).await,
        Deed::Verification => verification(feed, unit).await,
        Deed::ReplaceFlatMeter => replace_flat_meter(feed, unit).await,
        Deed::HotWaterOutage => no_hot_water(feed, unit).await,
        Deed::ReplaceHouseMeter => replace_house_meter(feed, unit).await,
        Deed::ControlReading => control_reading(feed, unit).await,
        Deed::LateForms => late_forms(feed, directory, unit).await,
        Deed::CorrectMistyped => correct_mistyped(feed, unit).await,
        Deed::WithdrawForeign => withdraw_foreign(feed, unit).await,
    }
}

fn flat(feed: &Feed<'_>, number: u16) -> Result<FlatShape, DeedError> {
    let found = feed.flats.iter().find(|flat| flat.flat == number);
    found
        .copied()
        .ok_or_else(|| DeedError::Unexpected(format!("нет квартиры {number}")))
}

async fn tell(
    feed: &Feed<'_>,
    unit: &mut UnitOfWork,
    command: BuildingCommand,
) -> Result<(), DeedError> {
    unit.execute::<Building>(feed.book.0, command)
        .await
        .map_err(OperationError::from)?;
    Ok(())
}

async fn common_by_fact(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let validity = DateSpan::new(TAKEN_OVER, None)
        .map_err(|error| DemoDataError::plan(TAKEN_OVER.to_string(), error))?;
    let command = BuildingCommand::RecordMeetingDecision {
        decision: code("soi_by_fact")?,
        resource: Some(Resource::ColdWater),
        validity,
        act: act("ОСС-2/2025", day(2025, 9, 12))?,
    };
    unit.execute::<Building>(feed.book.0, command)
        .await
        .map_err(OperationError::from)?;
    Ok(())
}

async fn intake_outage(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let Some(interval) = feed.intake_outage()? else {
        return Ok(());
    };
    let channels = vec![code("app")?, code("web")?];
    tell(
        feed,
        unit,
        BuildingCommand::RecordIntakeOutage { interval, channels },
    )
    .await
}

async fn no_hot_water(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let Some((from, until)) = hot_water_outage(feed.index) else {
        return Ok(());
    };
    let midnight = |date: NaiveDate| feed.at(date.and_time(NaiveTime::MIN));
    let interval = Interval::new(midnight(from)?, midnight(until)?)
        .map_err(|error| DeedError::Unexpected(error.to_string()))?;
    let command = BuildingCommand::RecordServiceOutage {
        resource: Resource::HotWater,
        interval,
        premises: Vec::new(),
        kind: OutageKind::Planned,
        act: Some(act(&format!("ГИ-{}", feed.index + 1), from)?),
    };
    tell(feed, unit, command).await
}

/// A resident's entry of one cold-water value.
fn cold_entry(
    feed: &Feed<'_>,
    number: u16,
    sender: &Sender,
    shown: Decimal,
) -> Result<Entry, DeedError> {
    let meter = feed.meter(Resource::ColdWater, &serial(COLD, feed.index, number, 1))?;
    Ok(sender.entry(meter, vec![value("total", shown, Unit::CubicMetre)?])?)
}

fn sender_at(
    feed: &Feed<'_>,
    on: NaiveDate,
    hour: u32,
    delay: TimeDelta,
) -> Result<Sender, DeedError> {
    let local = on
        .and_hms_opt(hour, 12, 0)
        .ok_or_else(|| DeedError::Unexpected("нет такого часа".to_owned()))?;
    Ok(Sender::new(
        local,
        feed.at(local)?,
        delay,
        ReadingSource::Resident,
        "web",
    ))
}

async fn lost_comma(
    feed: &Feed<'_>,
    directory: &Directory,
    unit: &mut UnitOfWork,
) -> Result<(), DeedError> {
    let flat = flat(feed, COMMA_FLAT)?;
    let on = day(2026, 2, 23);
    let shown = feed.cold_shown(&flat, on);
    let minute = TimeDelta::minutes(1);
    let sender = sender_at(feed, on, 20, minute)?;
    let wrong = cold_entry(feed, COMMA_FLAT, &sender, shown * Decimal::TEN)?;
    let held = one(feed, directory, unit, &wrong).await?;
    let mut right = cold_entry(feed, COMMA_FLAT, &sender_at(feed, on, 21, minute)?, shown)?;
    right.confirms = Some(Confirmation {
        held: held.sequence,
        choice: Choice::Replace,
    });
    one(feed, directory, unit, &right).await?;
    Ok(())
}

async fn future_date(
    feed: &Feed<'_>,
    directory: &Directory,
    unit: &mut UnitOfWork,
) -> Result<(), DeedError> {
    let flat = flat(feed, FUTURE_FLAT)?;
    let a_year_ahead = TimeDelta::days(-365);
    let sender = sender_at(feed, day(2027, 2, 21), 19, a_year_ahead)?;
    let shown = feed.cold_shown(&flat, day(2026, 2, 21));
    one(
        feed,
        directory,
        unit,
        &cold_entry(feed, FUTURE_FLAT, &sender, shown)?,
    )
    .await?;
    Ok(())
}

async fn one(
    feed: &Feed<'_>,
    directory: &Directory,
    unit: &mut UnitOfWork,
    entry: &Entry,
) -> Result<EventId, DeedError> {
    let answers = record(unit, feed.book, directory, std::slice::from_ref(entry)).await?;
    match answers.into_iter().next() {
        Some(Ok(answer)) => Ok(answer.event),
        Some(Err(refusal)) => Err(DeedError::Unexpected(refusal)),
        None => Err(DeedError::Unexpected("нет ответа на показание".to_owned())),
    }
}

async fn verification(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let meter = feed.meter(Resource::ColdWater, &serial(COLD, feed.index, 30, 1))?;
    let command = MeterCommand::RecordVerification(Verification {
        performed_on: day(2026, 4, 2),
        valid_until: Some(day(2032, 4, 1)),
        certificate: Some(label("С-ДЕМО/02-04-2026")?),
        registry_record: None,
        organisation: None,
    });
    unit.execute::<Meter>(meter.0, command)
        .await
        .map_err(OperationError::from)?;
    Ok(())
}

async fn replace_flat_meter(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let flat = flat(feed, REPLACED_FLAT)?;
    let removed_on = day(2026, 5, 13);
    let r#final = feed.cold_shown(&flat, removed_on);
    let point = format!("{REPLACED_FLAT}-cold");
    let serial = serial(COLD, feed.index, REPLACED_FLAT, 2);
    let initial = Decimal::new(12, 3);
    replace(
        feed,
        unit,
        &point,
        (removed_on, r#final),
        (REPLACED_ON, initial),
        &serial,
    )
    .await
}

async fn replace_house_meter(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let shown = feed.house_water(Resource::ColdWater, HouseInput::Whole, HOUSE_REPLACED_ON);
    let (old, new) = (
        (HOUSE_REPLACED_ON, shown),
        (HOUSE_REPLACED_ON, Decimal::ZERO),
    );
    replace(feed, unit, "input-cold", old, new, &house_successor()).await
}

async fn replace(
    feed: &Feed<'_>,
    unit: &mut UnitOfWork,
    point: &str,
    (removed_on, r#final): (NaiveDate, Decimal),
    (installed_on, initial): (NaiveDate, Decimal),
    serial: &str,
) -> Result<(), DeedError> {
    let point = MeteringPointId::named(feed.book, code(point)?.as_str());
    let mut meter = successor(serial, installed_on)?;
    meter.initial = vec![value("total", initial, Unit::CubicMetre)?];
    if installed_on == removed_on {
        meter.installed_at += TimeDelta::hours(1);
    }
    let replacement = Replacement {
        removal: Removal {
            at: at_ten(removed_on)?,
            r#final: vec![value("total", r#final, Unit::CubicMetre)?],
            reason: RemovalReason::Replaced,
            act: Some(act(&format!("З-{serial}"), removed_on)?),
        },
        meter: Some(meter),
    };
    replace_meter(unit, feed.book, point, replacement).await?;
    Ok(())
}

async fn control_reading(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let flat = flat(feed, 20)?;
    let on = day(2026, 9, 3);
    let control = ControlReading {
        values: vec![value(
            "total",
            feed.cold_shown(&flat, on),
            Unit::CubicMetre,
        )?],
        taken_at: at_ten(on)?.to_utc(),
        act: act("КС-20", on)?,
    };
    let meter = feed.meter(Resource::ColdWater, &serial(COLD, feed.index, 20, 1))?;
    let received_at = control.taken_at + TimeDelta::hours(4);
    record_control_reading(unit, feed.book, meter, control, received_at).await?;
    Ok(())
}

async fn late_forms(
    feed: &Feed<'_>,
    directory: &Directory,
    unit: &mut UnitOfWork,
) -> Result<(), DeedError> {
    let october = october()?;
    let received = feed.at(day(2026, 11, 3).and_time(NaiveTime::MIN) + TimeDelta::hours(11))?;
    let mut entries = Vec::new();
    for number in PAPER_FLATS {
        entries.extend(feed.paper_form(&flat(feed, number)?, october, received)?);
    }
    for answer in record(unit, feed.book, directory, &entries).await? {
        answer.map_err(DeedError::Unexpected)?;
    }
    Ok(())
}

fn october() -> Result<Period, DeedError> {
    Period::new(2026, 10).map_err(|error| DeedError::Unexpected(error.to_string()))
}

/// The sequence of the cold-water reading that `number` sent for October.
async fn october_reading(
    feed: &Feed<'_>,
    unit: &UnitOfWork,
    number: u16,
) -> Result<(Entry, u64), DeedError> {
    let sent = feed.cold_of(&flat(feed, number)?, october()?)?;
    let origin = sent
        .origin
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let key = format!("meter/{}/reading/{origin}", sent.meter);
    let known = unit.events_by_natural_key(&[key]).await?;
    match known.first() {
        Some((_, row)) => Ok((sent, row.sequence)),
        None => Err(DeedError::Unexpected(format!(
            "нет октябрьского показания кв. {number}"
        ))),
    }
}

async fn correct_mistyped(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let (sent, sequence) = october_reading(feed, unit, MISTYPED_FLAT).await?;
    let taken_on = feed.zone.local_date(sent.taken_at);
    let right = feed.cold_shown(&flat(feed, MISTYPED_FLAT)?, taken_on);
    let correction = Correction {
        values: vec![value("total", right, Unit::CubicMetre)?],
        reason: CorrectionReason::TypingMistake,
        act: Some(act("К-21", day(2026, 11, 6))?),
        note: None,
    };
    correct_reading(unit, feed.book, sent.meter, sequence, correction).await?;
    Ok(())
}

async fn withdraw_foreign(feed: &Feed<'_>, unit: &mut UnitOfWork) -> Result<(), DeedError> {
    let (sent, sequence) = october_reading(feed, unit, WITHDRAWN_FLAT).await?;
    let withdrawal = Withdrawal {
        reason: WithdrawalReason::WrongMeter,
        note: None,
    };
    withdraw_reading(unit, sent.meter, sequence, withdrawal).await?;
    Ok(())
}

/// Whether a period is the one named.
pub(super) fn is_month(period: Period, (year, month): (i32, u32)) -> bool {
    let first = period.first_day();
    (first.year(), first.month()) == (year, month)
}
