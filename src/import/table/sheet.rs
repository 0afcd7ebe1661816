//! Rows of an XLSX sheet.

use std::io::{Cursor, Read, Seek};

use calamine::{
    DataRef, ExcelDateTime, ExcelDateTimeType, Reader, SheetType, SheetVisible, Xlsx, XlsxError,
};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::cell::{Cell, EXACT_WHOLE_LIMIT, SheetNumber};
use super::columns::{Columns, Layout};
use super::csv_source::{HEADER_ROWS, NearestHeader};
use super::refusal::UnusableFile;
use super::row::Cells;
use super::words::folded;

/// Columns beyond this one are not read.
const WIDTH_LIMIT: u32 = 256;
/// Filled cells that are held in memory, about 100 bytes each.
const CELLS_LIMIT: usize = 4_000_000;
/// A book is read whole into memory.
pub(crate) const BOOK_LIMIT_BYTES: u64 = 128 * 1024 * 1024;

/// A cell as held in memory.
#[derive(Clone, Debug)]
enum SheetCell {
    Empty,
    Text(String),
    Number(SheetNumber),
    Moment(NaiveDateTime),
    Broken(String),
}

/// How an XLSX file is to be read.
pub(crate) struct SheetShape {
    pub(crate) sheet: String,
    pub(crate) other_sheets: Vec<String>,
    pub(crate) header_line: u64,
    pub(crate) columns: Columns,
}

#[derive(Debug)]
struct SheetRow {
    line: u64,
    cells: Vec<SheetCell>,
}

/// The rows of a sheet.
pub(crate) struct SheetRows {
    rows: Vec<SheetRow>,
    next: usize,
}

/// Reads the book, chooses the sheet and finds its header.
pub(crate) fn open_sheet(
    bytes: Vec<u8>,
    name: &str,
    layout: &'static Layout,
) -> Result<(SheetShape, SheetRows), UnusableFile> {
    let broken = |cause| unusable_book(name, &cause);
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut sheets = visible_sheets(&book);
    let no_sheet = || UnusableFile::NoSheet {
        name: name.to_owned(),
    };
    let chosen = sheets
        .iter()
        .position(|sheet| folded(sheet) == layout.sheet)
        .unwrap_or(0);
    if sheets.is_empty() {
        return Err(no_sheet());
    }
    let sheet = sheets.remove(chosen);
    let rows = read_rows(&mut book, &sheet)
        .map_err(broken)?
        .ok_or_else(|| {
            let what = format!("на листе больше {CELLS_LIMIT} заполненных ячеек");
            UnusableFile::TooLarge {
                name: name.to_owned(),
                what,
            }
        })?;
    let mut nearest = NearestHeader::default();
    for (index, row) in rows.iter().enumerate().take(HEADER_ROWS) {
        let shown = |cell: &SheetCell| cell.as_cell().shown().into_owned();
        let columns = Columns::of_headers(row.cells.iter().map(shown).collect(), layout);
        if columns.missing().is_empty() {
            let header_line = row.line;
            let shape = SheetShape {
                sheet,
                other_sheets: sheets,
                header_line,
                columns,
            };
            return Ok((
                shape,
                SheetRows {
                    rows,
                    next: index + 1,
                },
            ));
        }
        nearest.offer(columns);
    }
    Err(nearest.into_error(name))
}

fn unusable_book(name: &str, cause: &XlsxError) -> UnusableFile {
    let name = name.to_owned();
    match cause {
        XlsxError::FileNotFound(_) => UnusableFile::WrongKind {
            name,
            found: "архив без листов Excel (.ods, .docx, .zip)",
        },
        _ => UnusableFile::BrokenWorkbook {
            name,
            cause: cause.to_string(),
        },
    }
}

fn visible_sheets<RS: Read + Seek>(book: &Xlsx<RS>) -> Vec<String> {
    let sheets = book.sheets_metadata().iter();
    sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect()
}

/// `None` if the sheet holds too much. Cells come one by one: the sheet is never laid out as a
/// rectangle, whose corners a damaged file may set arbitrarily far apart.
fn read_rows<RS: Read + Seek>(
    book: &mut Xlsx<RS>,
    sheet: &str,
) -> Result<Option<Vec<SheetRow>>, XlsxError> {
    let is_1904 = book.has_1904_epoch();
    let mut reader = book.worksheet_cells_reader(sheet)?;
    let mut rows: Vec<SheetRow> = Vec::new();
    let mut count = 0;
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let value = sheet_cell(cell.get_value(), is_1904);
        if matches!(value, SheetCell::Empty) || WIDTH_LIMIT <= column {
            continue;
        }
        count += 1;
        if CELLS_LIMIT < count {
            return Ok(None);
        }
        let line = u64::from(row) + 1;
        if rows.last().is_none_or(|last| last.line != line) {
            rows.push(SheetRow {
                line,
                cells: Vec::new(),
            });
        }
        if let Some(last) = rows.last_mut() {
            let column = column as usize;
            last.cells
                .resize(last.cells.len().max(column + 1), SheetCell::Empty);
            last.cells[column] = value;
        }
    }
    Ok(Some(rows))
}

fn sheet_cell(value: &DataRef<'_>, is_1904: bool) -> SheetCell {
    match value {
        DataRef::Empty => SheetCell::Empty,
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::DateTimeIso(text) => text_cell(text),
        DataRef::Int(number) => SheetCell::Number(SheetNumber {
            text: number.to_string(),
            as_moment: None,
            is_exact_whole: true,
        }),
        DataRef::Float(number) => SheetCell::Number(sheet_number(*number, is_1904)),
        DataRef::DateTime(serial) if serial.is_duration() => {
            SheetCell::Broken(format!("длительность {}", serial.as_f64()))
        }
        DataRef::DateTime(serial) => match moment(serial) {
            Some(at) => SheetCell::Moment(at),
            None => SheetCell::Broken(serial.as_f64().to_string()),
        },
        DataRef::DurationIso(text) => SheetCell::Broken(text.clone()),
        DataRef::Bool(true) => SheetCell::Broken("ИСТИНА".to_owned()),
        DataRef::Bool(false) => SheetCell::Broken("ЛОЖЬ".to_owned()),
        DataRef::Error(error) => SheetCell::Broken(error.to_string()),
    }
}

fn text_cell(text: &str) -> SheetCell {
    match text.trim() {
        "" => SheetCell::Empty,
        trimmed => SheetCell::Text(trimmed.to_owned()),
    }
}

fn sheet_number(number: f64, is_1904: bool) -> SheetNumber {
    let serial = ExcelDateTime::new(number, ExcelDateTimeType::DateTime, is_1904);
    SheetNumber {
        // Rust prints the shortest digits that read back as the same double, without exponent.
        text: number.to_string(),
        as_moment: moment(&serial).filter(|at| super::moment::is_plausible(at.date())),
        is_exact_whole: number.fract() == 0.0 && (0.0..EXACT_WHOLE_LIMIT).contains(&number),
    }
}

/// The moment of a serial, to the nearest second: a double does not hold a time of day exactly.
fn moment(serial: &ExcelDateTime) -> Option<NaiveDateTime> {
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))?;
    let at = date.and_hms_opt(u32::from(hour), u32::from(minute), u32::from(second))?;
    at.checked_add_signed(TimeDelta::seconds(i64::from(500 <= milli)))
}

impl SheetCell {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => Cell::Number(number),
            Self::Moment(at) => Cell::Moment(*at),
            Self::Broken(text) => Cell::Broken(text),
        }
    }
}

impl SheetRows {
    /// Goes to the next row; false at the end.
    pub(crate) fn advance(&mut self) -> bool {
        let has_row = self.next < self.rows.len();
        self.next += usize::from(has_row);
        has_row
    }

    fn current(&self) -> Option<&SheetRow> {
        self.next
            .checked_sub(1)
            .and_then(|index| self.rows.get(index))
    }

    /// Number of the row in the sheet, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.current().map_or(0, |row| row.line)
    }

    /// Rows read so far, and in all.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.next as u64, self.rows.len() as u64)
    }
}

impl Cells for SheetRows {
    fn cell(&self, index: usize) -> Cell<'_> {
        let cell = self.current().and_then(|row| row.cells.get(index));
        cell.map_or(Cell::Empty, SheetCell::as_cell)
    }

    fn width(&self) -> usize {
        self.current().map_or(0, |row| row.cells.len())
    }
}
