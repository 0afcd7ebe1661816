//! Tables of readings: a CSV or XLSX file becomes typed rows, each with its own error where it has
//! one.
//!
//! Nothing here knows which meters exist: a row names its meter by texts, and whoever turns rows
//! into commands looks it up. The format is described for its writers in
//! `docs/formats/readings.md`.
//!
//! A file is either unusable as a whole ([`UnusableFile`]: not a table, no header found) or read to
//! its end; a row that cannot be understood is a [`RowRefusal`] with its line and a remedy, and the
//! rows after it are read all the same. Empty rows are skipped. CSV is decoded and split as a
//! stream; the cells of an XLSX sheet are held in memory.

mod cell;
mod columns;
mod csv_source;
mod encoding;
mod moment;
mod number;
mod refusal;
mod row;
mod rows;
mod sheet;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use cell::Cell;
pub use columns::{Column, IgnoredColumn};
pub(crate) use columns::{Columns, Layout, TableColumn};
pub use encoding::{EncodingCertainty, TextEncoding};
pub use moment::WrittenTime;
pub(crate) use number::read_decimal;
pub use refusal::{RowRefusal, UnusableFile};
pub(crate) use row::{Cells, RowReader, TableRow, day_of};
pub use row::{MeterRef, ReadingRow, WrittenValue};
pub(crate) use rows::open_table;
pub use rows::{Row, Rows, TableInfo, TableKind, open_bytes, open_file};
pub(crate) use words::folded;
