//! Facts with dates: which of the recorded rows holds on a day.
//!
//! One rule for all of them, so that the fold does not depend on the order of recording:
//!
//! * a row begins on `from` and ends before `until`, or stays open;
//! * recording a row with a beginning that is already there replaces that row: so a term is
//!   shortened, prolonged or corrected;
//! * a row that begins later ends the one before it ([`DatedRows::on`]): after a row with an end
//!   nothing holds until the next one begins, because unknown is better than guessed;
//! * only where a fact is an exception for a time (people staying for the summer) does the row
//!   below show again afterwards ([`DatedRows::covering`]).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::quantity::{Quantity, SquareMetre};
use crate::time::DateSpan;
use crate::vocabulary::FactSource;

/// A value that holds from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row<T> {
    /// First day.
    pub from: NaiveDate,
    /// First day after; `None` while open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// What holds.
    pub value: T,
}

impl<T> Row<T> {
    fn contains(&self, date: NaiveDate) -> bool {
        self.from <= date && self.until.is_none_or(|until| date < until)
    }
}

/// Rows of one fact, oldest first, one a beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatedRows<T> {
    rows: Vec<Row<T>>,
}

impl<T> Default for DatedRows<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<T: PartialEq> DatedRows<T> {
    /// Takes a row in; one with the same beginning is replaced.
    pub fn record(&mut self, validity: DateSpan, value: T) {
        self.put(Row {
            from: validity.from(),
            until: validity.until(),
            value,
        });
    }

    /// Takes in a row that stays open.
    pub fn record_from(&mut self, from: NaiveDate, value: T) {
        self.put(Row {
            from,
            until: None,
            value,
        });
    }

    /// Takes the row with this beginning back, as if it had never been recorded.
    pub fn take_back(&mut self, from: NaiveDate) {
        self.rows.retain(|row| row.from != from);
    }

    /// Whether exactly this row stands here: recording it again would tell nothing new.
    pub fn has(&self, validity: DateSpan, value: &T) -> bool {
        self.find(validity.from())
            .is_some_and(|row| row.until == validity.until() && row.value == *value)
    }

    /// Whether exactly this open row stands here.
    pub fn has_from(&self, from: NaiveDate, value: &T) -> bool {
        self.find(from)
            .is_some_and(|row| row.until.is_none() && row.value == *value)
    }

    /// What holds on `date`, a later row ending the one before it.
    pub fn on(&self, date: NaiveDate) -> Option<&T> {
        self.started_by(date)
            .last()
            .filter(|row| row.contains(date))
            .map(|row| &row.value)
    }

    /// What holds on `date`, an earlier row showing again after a later one has ended.
    pub fn covering(&self, date: NaiveDate) -> Option<&T> {
        self.started_by(date)
            .iter()
            .rev()
            .find(|row| row.contains(date))
            .map(|row| &row.value)
    }

    /// All rows, oldest first.
    pub fn rows(&self) -> &[Row<T>] {
        &self.rows
    }

    /// The row that begins last.
    pub fn last(&self) -> Option<&Row<T>> {
        self.rows.last()
    }

    fn put(&mut self, row: Row<T>) {
        match self
            .rows
            .binary_search_by_key(&row.from, |known| known.from)
        {
            Ok(place) => self.rows[place] = row,
            Err(place) => self.rows.insert(place, row),
        }
    }

    fn find(&self, from: NaiveDate) -> Option<&Row<T>> {
        let place = self.rows.binary_search_by_key(&from, |row| row.from).ok()?;
        self.rows.get(place)
    }

    fn started_by(&self, date: NaiveDate) -> &[Row<T>] {
        &self.rows[..self.rows.partition_point(|row| row.from <= date)]
    }
}

/// An area with its dates and documents: from the day ЕГРН is presented on, only ЕГРН counts
/// (ПП 354 п. 36); the other documents stay on record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedArea {
    /// Rows by ЕГРН.
    egrn: DatedRows<Quantity<SquareMetre>>,
    /// Rows by every other document, with the document.
    other: DatedRows<(Quantity<SquareMetre>, FactSource)>,
}

impl DatedArea {
    /// Takes a row in; one with the same beginning and the same standing is replaced.
    pub fn record(&mut self, area: Quantity<SquareMetre>, from: NaiveDate, source: FactSource) {
        match source {
            FactSource::Egrn => self.egrn.record_from(from, area),
            _ => self.other.record_from(from, (area, source)),
        }
    }

    /// Whether exactly this row stands here.
    pub fn has(&self, area: Quantity<SquareMetre>, from: NaiveDate, source: FactSource) -> bool {
        match source {
            FactSource::Egrn => self.egrn.has_from(from, &area),
            _ => self.other.has_from(from, &(area, source)),
        }
    }

    /// The area on `date`, and by which document.
    pub fn on(&self, date: NaiveDate) -> Option<(Quantity<SquareMetre>, FactSource)> {
        let egrn = self.egrn.on(date).map(|area| (*area, FactSource::Egrn));
        egrn.or_else(|| self.other.on(date).copied())
    }

    /// The days on which the answer may change, in no order.
    pub fn changes(&self) -> impl Iterator<Item = NaiveDate> {
        let egrn = self.egrn.rows().iter().map(|row| row.from);
        egrn.chain(self.other.rows().iter().map(|row| row.from))
    }
}
