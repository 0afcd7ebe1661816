//! Rows of a CSV file: its encoding, its delimiter, its header, then its records one by one.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;

use super::cell::{Cell, quoted};
use super::columns::{Columns, Layout};
use super::encoding::{Candidate, TextEncoding, Utf8Reader};
use super::refusal::{RowRefusal, UnusableFile};
use super::row::Cells;

/// Where the bytes of a file come from; they are read more than once.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A file on disk, never held whole.
    Path(PathBuf),
    /// Bytes that came over a connection or from a test.
    Bytes(Arc<[u8]>),
}

impl Origin {
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Path(path) => Ok(Box::new(File::open(path)?)),
            Self::Bytes(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
        }
    }

    pub(crate) fn size(&self) -> io::Result<u64> {
        match self {
            Self::Path(path) => std::fs::metadata(path).map(|about| about.len()),
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }
}

const DELIMITERS: [u8; 3] = [b';', b'\t', b','];

/// The header is looked for in this many first records…
pub(crate) const HEADER_ROWS: usize = 30;
/// …and in this many first bytes.
const HEADER_BYTES: u64 = 1024 * 1024;

/// How a CSV file is to be read.
pub(crate) struct CsvShape {
    pub(crate) encoding: TextEncoding,
    pub(crate) delimiter: char,
    pub(crate) header_line: u64,
    pub(crate) columns: Columns,
}

/// Finds encoding, delimiter and header together: the right ones are those in which the header
/// names the required columns.
pub(crate) fn open_csv(
    origin: &Origin,
    name: &str,
    candidates: &[Candidate],
    layout: &'static Layout,
) -> Result<(CsvShape, CsvRows), UnusableFile> {
    let unreadable = |cause| UnusableFile::Unreadable {
        name: name.to_owned(),
        cause,
    };
    let mut nearest = NearestHeader::default();
    for candidate in candidates {
        let mut best: Option<(CsvShape, CsvRows)> = None;
        for delimiter in DELIMITERS {
            let head = CsvRows::new(origin, candidate.encoding, delimiter, Some(HEADER_BYTES));
            let Some(found) = find_header(head.map_err(unreadable)?, &mut nearest, layout) else {
                continue;
            };
            let is_wider = |(shape, _): &(CsvShape, CsvRows)| {
                shape.columns.read_places().len() < found.columns.read_places().len()
            };
            if best.as_ref().is_none_or(is_wider) {
                let mut rows = CsvRows::new(origin, candidate.encoding, delimiter, None)
                    .map_err(unreadable)?;
                rows.skip_records(found.record).map_err(unreadable)?;
                let shape = CsvShape {
                    encoding: candidate.described(),
                    delimiter: char::from(delimiter),
                    header_line: found.line,
                    columns: found.columns,
                };
                rows.header_width = shape.columns.width();
                best = Some((shape, rows));
            }
        }
        if let Some(found) = best {
            return Ok(found);
        }
    }
    Err(nearest.into_error(name))
}

struct FoundHeader {
    record: usize,
    line: u64,
    columns: Columns,
}

fn find_header(
    mut rows: CsvRows,
    nearest: &mut NearestHeader,
    layout: &'static Layout,
) -> Option<FoundHeader> {
    for record in 0..HEADER_ROWS {
        // A damaged head is no header; the full reading reports what is wrong.
        if !matches!(rows.advance(), Ok(true)) {
            return None;
        }
        let columns = Columns::of_headers(rows.record.iter().map(str::to_owned).collect(), layout);
        if columns.missing().is_empty() {
            return Some(FoundHeader {
                record,
                line: rows.line,
                columns,
            });
        }
        nearest.offer(columns);
    }
    None
}

/// The row that looks most like a header, for the message when there is none.
#[derive(Default)]
pub(crate) struct NearestHeader(Option<Columns>);

impl NearestHeader {
    pub(crate) fn offer(&mut self, columns: Columns) {
        let rank = |columns: &Columns| (columns.read_places().len(), columns.found().len().min(3));
        if self
            .0
            .as_ref()
            .is_none_or(|best| rank(best) < rank(&columns))
        {
            self.0 = Some(columns);
        }
    }

    pub(crate) fn into_error(self, name: &str) -> UnusableFile {
        let name = name.to_owned();
        match self.0 {
            None => UnusableFile::Empty { name },
            Some(best) if best.found().is_empty() => UnusableFile::Empty { name },
            Some(best) => {
                let found = best
                    .found()
                    .iter()
                    .take(20)
                    .map(|text| quoted(text))
                    .collect();
                UnusableFile::HeaderNotFound {
                    name,
                    found,
                    missing: best.missing(),
                    example: best.layout.example,
                }
            }
        }
    }
}

/// The records of a CSV file.
pub(crate) struct CsvRows {
    reader: csv::Reader<Utf8Reader<Box<dyn Read + Send>>>,
    record: StringRecord,
    line: u64,
    delimiter: char,
    header_width: usize,
    size: u64,
}

impl CsvRows {
    fn new(
        origin: &Origin,
        encoding: &'static Encoding,
        delimiter: u8,
        limit: Option<u64>,
    ) -> io::Result<Self> {
        let source: Box<dyn Read + Send> = match limit {
            Some(limit) => Box::new(origin.open()?.take(limit)),
            None => origin.open()?,
        };
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(Utf8Reader::new(source, encoding));
        let (record, delimiter) = (StringRecord::new(), char::from(delimiter));
        let size = origin.size()?;
        Ok(Self {
            reader,
            record,
            line: 0,
            delimiter,
            header_width: 0,
            size,
        })
    }

    fn skip_records(&mut self, count: usize) -> io::Result<()> {
        for _ in 0..=count {
            self.advance()?;
        }
        Ok(())
    }

    /// Goes to the next record; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        let lines_before = self.reader.position().line();
        let has_record = self
            .reader
            .read_record(&mut self.record)
            .map_err(io::Error::other)?;
        let breaks = self.record.as_slice().matches('\n').count() as u64;
        // Every line ends with one `\n`, so the record began this many lines above; a quote that
        // is open at the end of the file has swallowed that last one.
        let lines_after = self.reader.position().line();
        self.line = lines_after.saturating_sub(1 + breaks).max(lines_before);
        Ok(has_record)
    }

    /// Number of the record's first line, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Bytes read so far, and in all.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.reader.get_ref().bytes_read(), self.size)
    }

    /// Whether the record is one row of the table.
    ///
    /// # Errors
    /// A quote that swallowed rows, or cells beyond the header.
    pub(crate) fn check_record(&self) -> Result<(), RowRefusal> {
        if let Some(swallowed) = self
            .record
            .iter()
            .find_map(|cell| self.swallowed_lines(cell))
        {
            let last = self.line + swallowed;
            return Err(RowRefusal::new(
                "row.open_quote",
                format!(
                    "кавычка не закрыта: строки {}–{last} прочитаны как одна",
                    self.line
                ),
                "Закройте кавычку в этой строке (кавычка внутри значения пишется дважды) и \
                 загрузите файл снова: прочитанные строки не удвоятся.",
            ));
        }
        // Between comma delimiters an unquoted «12,5» shifts the cells after it, so that even an
        // empty cell too many is a sign of a wrong value.
        let counts = |cell: &&str| self.delimiter == ',' || !cell.trim().is_empty();
        match self
            .record
            .iter()
            .skip(self.header_width)
            .filter(counts)
            .count()
        {
            0 => Ok(()),
            count => Err(RowRefusal::new(
                "row.surplus_cells",
                format!("в строке больше ячеек, чем заголовков (лишних: {count})"),
                "Скорее всего, разделитель столбцов стоит внутри значения, например запятая в \
                 «12,5»: возьмите такое значение в кавычки или сохраните файл с разделителем «;».",
            )),
        }
    }

    /// Lines inside a cell, if one of them looks like a row of this table or there are too many
    /// for a note.
    fn swallowed_lines(&self, cell: &str) -> Option<u64> {
        const NOTE_LINES: usize = 50;
        if !cell.contains('\n') {
            return None;
        }
        let breaks = cell.trim_end_matches('\n').matches('\n').count();
        let delimiters = self.header_width.saturating_sub(1).max(1);
        let is_row = |line: &str| delimiters <= line.matches(self.delimiter).count();
        let has_row = cell.lines().skip(1).any(is_row);
        (NOTE_LINES < breaks || has_row).then_some(breaks as u64)
    }
}

impl Cells for CsvRows {
    fn cell(&self, index: usize) -> Cell<'_> {
        self.record.get(index).map_or(Cell::Empty, Cell::of_text)
    }

    fn width(&self) -> usize {
        self.record.len()
    }
}
