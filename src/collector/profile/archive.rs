//! The archive of a device: records of closed periods, selected by their date.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::collector::profile::{DateField, Register};

/// How records are asked for and what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Which end of its period the date of a record names.
    pub stamp: Stamp,
    /// First register that says which record is wanted; written by function 16.
    pub select: u16,
    /// The bytes written there.
    pub select_fields: Vec<SelectField>,
    /// Where the record then is: function 3.
    pub read: u16,
    /// How many registers it has.
    pub count: u16,
    /// The date at its beginning.
    pub date: Register,
    /// The kinds of records, each with the number that selects it.
    pub kinds: BTreeMap<RecordKind, u8>,
    /// What a record says.
    pub registers: Vec<Register>,
}

/// Which end of its period the date of a record names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// Its beginning.
    Start,
    /// Its end.
    End,
}

/// Kinds of records.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Of an hour.
    Hour,
    /// Of a day.
    Day,
}

impl RecordKind {
    /// As stored; never changed.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// How long its period is by the device's own clock, which keeps no summer time.
    pub fn period(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The end of the last period that is closed when the device's clock shows `clock`.
    pub fn last_closed(self, clock: NaiveDateTime) -> Option<NaiveDateTime> {
        let hour = match self {
            Self::Hour => clock.hour(),
            Self::Day => 0,
        };
        clock.date().and_hms_opt(hour, 0, 0)
    }
}

/// A byte that says which record is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectField {
    /// A part of the record's date.
    Date(DateField),
    /// The number of the kind.
    Kind,
}

impl SelectField {
    /// Reads a word of the layout: those of a date, and `kind`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "kind" => Some(Self::Kind),
            other => match DateField::named(other)? {
                DateField::YearLittleEndian => None,
                field => Some(Self::Date(field)),
            },
        }
    }
}

impl Archive {
    /// What is written to select the record of `kind` whose period ends at `end`; none for a kind
    /// that the device does not keep.
    pub fn selection(&self, kind: RecordKind, end: NaiveDateTime) -> Option<Vec<u16>> {
        let code = *self.kinds.get(&kind)?;
        let named = self.named_by(kind, end);
        let bytes: Option<Vec<u8>> = self
            .select_fields
            .iter()
            .map(|field| match field {
                SelectField::Kind => Some(code),
                SelectField::Date(field) => date_byte(*field, named),
            })
            .collect();
        let bytes = bytes?;
        let pairs = bytes.chunks_exact(2);
        Some(
            pairs
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect(),
        )
    }

    /// The date that names the record whose period ends at `end`.
    pub fn named_by(&self, kind: RecordKind, end: NaiveDateTime) -> NaiveDateTime {
        match self.stamp {
            Stamp::End => end,
            Stamp::Start => end - kind.period(),
        }
    }
}

fn date_byte(field: DateField, date: NaiveDateTime) -> Option<u8> {
    let part = match field {
        DateField::Second => date.second(),
        DateField::Minute => date.minute(),
        DateField::Hour => date.hour(),
        DateField::Day => date.day(),
        DateField::Month => date.month(),
        DateField::YearOfCentury => u32::try_from(date.year() - 2000).ok()?,
        DateField::YearLittleEndian => return None,
        DateField::Skipped => 0,
    };
    u8::try_from(part).ok()
}
