//! Exact arithmetic on volumes, and volumes that may be unknown.

use aggregates::ids::MeterId;
use aggregates::quantity::{Measure, QuantityError, Unit, exact};
use aggregates::text::{Code, Label};
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::calendar::OutOfCalendar;

/// A volume, or the reasons why it is not known. Unknown is never zero.
///
/// As JSON: `{"state": "known", "value": …}` or `{"state": "unknown", "reasons": […],
/// "known_part": …}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Volume {
    /// It is known.
    Known {
        /// How much.
        value: Measure,
    },
    /// It is not known.
    Unknown {
        /// Why; never empty.
        reasons: Vec<Reason>,
        /// The part that is known all the same, for example of the meter taken away. It is not a
        /// lower bound: a true-up may lower it.
        #[serde(skip_serializing_if = "Option::is_none")]
        known_part: Option<Measure>,
    },
}

impl Volume {
    /// The volume where it is known.
    pub fn known(&self) -> Option<&Measure> {
        match self {
            Self::Known { value } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// Whether it is unknown, and nothing is missing but a reading that measures something new.
    pub(crate) fn is_only_unread(&self) -> bool {
        let unread = |reason: &Reason| {
            matches!(
                reason,
                Reason::NoReading { .. } | Reason::TakenBeforePrevious { .. }
            )
        };
        !self.reasons().is_empty() && self.reasons().iter().all(unread)
    }

    /// Why it is unknown; empty where it is known.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Known { .. } => &[],
            Self::Unknown { reasons, .. } => reasons,
        }
    }
}

/// Why a volume is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// No reading was accepted for the period, and nothing was calculated in its place.
    NoReading {
        /// When the last reading that counts was taken, where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_taken_at: Option<DateTime<Utc>>,
    },
    /// No meter stands at the point.
    NoMeter {
        /// Since when, where one stood there before.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<DateTime<Utc>>,
    },
    /// The register shows less than before and no turn was declared: somebody must decide what
    /// happened.
    NegativeDifference {
        /// The device.
        meter: MeterId,
        /// Its serial number.
        serial: Label,
        /// The register.
        register: Code,
        /// What it showed before.
        before: Measure,
        /// What it shows now.
        now: Measure,
    },
    /// The display gave nothing when the meter was taken away: what it counted last is lost.
    FinalReadingUnknown {
        /// The device.
        meter: MeterId,
        /// Its serial number.
        serial: Label,
        /// When it was taken away.
        removed_at: DateTime<Utc>,
    },
    /// Another device was put in before this one was taken away by the records.
    RemovalNotRecorded {
        /// The device without a removal.
        meter: MeterId,
        /// Its serial number.
        serial: Label,
    },
    /// The period's reading was taken before the one that closed an earlier period.
    TakenBeforePrevious {
        /// When it was taken.
        taken_at: DateTime<Utc>,
        /// When the earlier period's one was.
        previous: DateTime<Utc>,
    },
    /// A reading lacks the value of a register.
    RegisterMissing {
        /// The device.
        meter: MeterId,
        /// Its serial number.
        serial: Label,
        /// The register.
        register: Code,
    },
    /// The meter has several registers and none is known to be the whole.
    RegistersAmbiguous {
        /// The device.
        meter: MeterId,
        /// Its serial number.
        serial: Label,
    },
    /// The point was closed.
    PointClosed {
        /// First day without it.
        on: NaiveDate,
    },
    /// The balance scope names a point that the book does not know.
    PointNotRegistered,
}

/// Why a figure cannot be told at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A sum or conversion would have to be rounded, or units do not go together.
    Inexact,
    /// An instant lies outside the years that periods are defined for.
    OutOfCalendar,
}

impl From<QuantityError> for Fault {
    fn from(_: QuantityError) -> Self {
        Self::Inexact
    }
}

impl From<OutOfCalendar> for Fault {
    fn from(_: OutOfCalendar) -> Self {
        Self::OutOfCalendar
    }
}

/// The measure's value in `unit`; `None` where it cannot be converted exactly.
pub(crate) fn amount_in(measure: Measure, unit: Unit) -> Option<Decimal> {
    measure.convert(unit).ok().map(Measure::value)
}

/// Whether a register in this unit measures the resource itself (and not, say, the flow that
/// carries the heat).
pub(crate) fn measures(unit: Unit, resource: Resource) -> bool {
    match resource {
        Resource::ColdWater | Resource::HotWater | Resource::Gas | Resource::Sewage => {
            unit == Unit::CubicMetre
        }
        Resource::Heat | Resource::Cooling => {
            matches!(
                unit,
                Unit::Gigacalorie | Unit::Gigajoule | Unit::MegawattHour | Unit::AllocatorUnit
            )
        }
        Resource::Electricity => matches!(unit, Unit::KilowattHour | Unit::MegawattHour),
    }
}

/// The unit to add values of these units in: theirs where all agree, else the one into which all
/// convert exactly. `None` where there are no values, or where none fits.
pub(crate) fn common_unit(units: impl Iterator<Item = Unit>) -> Option<Unit> {
    let mut found: Vec<Unit> = units.collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => None,
        [single] => Some(*single),
        [Unit::KilowattHour, Unit::MegawattHour] => Some(Unit::KilowattHour),
        [Unit::Gigacalorie, Unit::Gigajoule] => Some(Unit::Gigajoule),
        // 1 Гкал = 1.163 МВт·ч exactly, the other way round not always.
        [Unit::Gigacalorie, Unit::MegawattHour] => Some(Unit::MegawattHour),
        several => several.first().copied(),
    }
}

/// `value` in another unit, refused where that is not exact.
pub(crate) fn convert(value: Decimal, from: Unit, to: Unit) -> Result<Decimal, Fault> {
    Ok(Measure::new(value, from).convert(to)?.value())
}

/// `a + b`, refused where it would be rounded.
pub(crate) fn add(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    Ok(exact::add(a, b)?)
}

/// `a − b`, refused where it would be rounded.
pub(crate) fn subtract(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    Ok(exact::sub(a, b)?)
}
