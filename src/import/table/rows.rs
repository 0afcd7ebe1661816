//! Opening a table and going through its rows.

use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use super::cell::quoted;
use super::columns::{Columns, IgnoredColumn, Layout};
use super::csv_source::{CsvRows, Origin, open_csv};
use super::encoding::{Bytes, EncodingCertainty, TextEncoding, examine};
use super::refusal::{RowRefusal, UnusableFile};
use super::row::{Cells, ReadingRow, RowReader, TableRow};
use super::sheet::{BOOK_LIMIT_BYTES, SheetRows, open_sheet};
use super::words::folded;

/// What kind of table a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// A text with delimiters.
    Csv {
        /// In which encoding.
        encoding: TextEncoding,
        /// `;`, `,` or a tab.
        delimiter: char,
    },
    /// An Excel book.
    Xlsx {
        /// The sheet that is read.
        sheet: String,
        /// Visible sheets that are not read.
        other_sheets: Vec<String>,
    },
}

/// What was recognised about a table before its rows are read.
#[derive(Clone, Debug)]
pub struct TableInfo {
    /// Name of the file, without its folder.
    pub file_name: String,
    /// CSV or XLSX.
    pub kind: TableKind,
    /// Line (CSV) or row (XLSX) of the header, from 1.
    pub header_line: u64,
    /// Headers of the columns that are read, in the order of the table.
    pub read: Vec<String>,
    /// Columns that are not read.
    pub ignored: Vec<IgnoredColumn>,
}

impl TableInfo {
    /// What the user should know, a sentence each: how the file was understood, what in it is not
    /// read and why.
    pub fn notes_ru(&self) -> Vec<String> {
        let mut notes = vec![
            self.kind_ru(),
            format!("Читаются столбцы: {}.", self.read.join(", ")),
        ];
        if let TableKind::Xlsx { other_sheets, .. } = &self.kind
            && !other_sheets.is_empty()
        {
            notes.push(format!(
                "Другие листы не читаются: {}.",
                other_sheets.join(", ")
            ));
        }
        let headers = |is_personal: bool| -> Vec<&str> {
            let chosen = self
                .ignored
                .iter()
                .filter(|column| column.is_personal == is_personal);
            chosen.map(|column| column.header.as_str()).collect()
        };
        if !headers(false).is_empty() {
            notes.push(format!(
                "Неизвестные столбцы не читаются: {}.",
                headers(false).join(", ")
            ));
        }
        if !headers(true).is_empty() {
            notes.push(format!(
                "Столбцы с личными сведениями и примечаниями в журнал не попадают: {}.",
                headers(true).join(", ")
            ));
        }
        notes
    }

    fn kind_ru(&self) -> String {
        match &self.kind {
            TableKind::Xlsx { sheet, .. } => {
                format!(
                    "Книга XLSX, лист «{sheet}», заголовки в строке {}.",
                    self.header_line
                )
            }
            TableKind::Csv {
                encoding,
                delimiter,
            } => {
                let delimiter = match delimiter {
                    '\t' => "табуляция".to_owned(),
                    sign => format!("«{sign}»"),
                };
                let certainty = match encoding.certainty {
                    EncodingCertainty::Marked => "указана в самом файле",
                    EncodingCertainty::Valid => "проверена по всему файлу",
                    EncodingCertainty::Guessed => "угадана по буквам — сверьте русские слова ниже",
                };
                format!(
                    "CSV, кодировка {} ({certainty}), разделитель {delimiter}, заголовки в \
                     строке {}.",
                    encoding.name, self.header_line
                )
            }
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T = ReadingRow> {
    /// Line of the file (CSV) or row of the sheet (XLSX), from 1.
    pub line: u64,
    /// What it holds, a reading for example, or why there is nothing.
    pub content: Result<T, RowRefusal>,
    /// The cells that are read, shortened, for a message.
    pub raw: String,
}

/// The rows of a table below its header, without the empty ones and the lines of totals.
pub struct Rows<T = ReadingRow> {
    source: RowSource,
    columns: Columns,
    /// Places of the columns that are read.
    places: Vec<usize>,
    totals_skipped: u64,
    is_over: bool,
    read_as: PhantomData<fn() -> T>,
}

// One of them exists at a time; boxing the larger one would only add a step to every cell.
#[expect(
    clippy::large_enum_variant,
    reason = "a single value, never in a collection"
)]
enum RowSource {
    Csv(CsvRows),
    Sheet(SheetRows),
}

/// Opens the file at `path`; a CSV file is read as a stream, a book is read whole.
///
/// # Errors
/// When no row of the file can be taken.
pub fn open_file(path: &Path) -> Result<(TableInfo, Rows), UnusableFile> {
    open_table(path)
}

/// Opens the file at `path` as a table of such rows.
pub(crate) fn open_table<T: TableRow>(path: &Path) -> Result<(TableInfo, Rows<T>), UnusableFile> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    open(&Origin::Path(path.to_owned()), &name)
}

/// Opens the table in `bytes`, which came under the name `file_name`.
///
/// # Errors
/// When no row of the file can be taken.
pub fn open_bytes(bytes: Vec<u8>, file_name: &str) -> Result<(TableInfo, Rows), UnusableFile> {
    open(&Origin::Bytes(Arc::from(bytes)), file_name)
}

/// First bytes of a ZIP archive, which a book is.
const ZIP: &[u8] = b"PK\x03\x04";
/// First bytes of a compound file: XLS of Excel 97–2003, or a book with a password.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0";
const PDF: &[u8] = b"%PDF";

fn open<T: TableRow>(origin: &Origin, name: &str) -> Result<(TableInfo, Rows<T>), UnusableFile> {
    let unreadable = |cause| UnusableFile::Unreadable {
        name: name.to_owned(),
        cause,
    };
    let wrong_kind = |found| UnusableFile::WrongKind {
        name: name.to_owned(),
        found,
    };
    let mut magic = Vec::new();
    let mut head = origin.open().map_err(unreadable)?.take(4);
    head.read_to_end(&mut magic).map_err(unreadable)?;
    match magic.as_slice() {
        ZIP => return open_book(origin, name),
        COMPOUND_FILE => return Err(wrong_kind("старая книга Excel (.xls) или книга с паролем")),
        PDF => return Err(wrong_kind("PDF")),
        _ => {}
    }
    let candidates = match examine(origin.open().map_err(unreadable)?).map_err(unreadable)? {
        Bytes::Empty => {
            return Err(UnusableFile::Empty {
                name: name.to_owned(),
            });
        }
        Bytes::Binary => return Err(wrong_kind("двоичный файл или UTF-16 без метки")),
        Bytes::Text(candidates) => candidates,
    };
    let (shape, rows) = open_csv(origin, name, &candidates, T::LAYOUT)?;
    let kind = TableKind::Csv {
        encoding: shape.encoding,
        delimiter: shape.delimiter,
    };
    finish(
        name,
        kind,
        shape.header_line,
        shape.columns,
        RowSource::Csv(rows),
    )
}

fn open_book<T: TableRow>(
    origin: &Origin,
    name: &str,
) -> Result<(TableInfo, Rows<T>), UnusableFile> {
    let unreadable = |cause| UnusableFile::Unreadable {
        name: name.to_owned(),
        cause,
    };
    let mut bytes = Vec::new();
    let mut source = origin
        .open()
        .map_err(unreadable)?
        .take(BOOK_LIMIT_BYTES + 1);
    source.read_to_end(&mut bytes).map_err(unreadable)?;
    if BOOK_LIMIT_BYTES < bytes.len() as u64 {
        let what = format!("книга XLSX больше {} МиБ", BOOK_LIMIT_BYTES / (1024 * 1024));
        return Err(UnusableFile::TooLarge {
            name: name.to_owned(),
            what,
        });
    }
    let (shape, rows) = open_sheet(bytes, name, T::LAYOUT)?;
    let kind = TableKind::Xlsx {
        sheet: shape.sheet,
        other_sheets: shape.other_sheets,
    };
    finish(
        name,
        kind,
        shape.header_line,
        shape.columns,
        RowSource::Sheet(rows),
    )
}

fn finish<T>(
    name: &str,
    kind: TableKind,
    header_line: u64,
    mut columns: Columns,
    source: RowSource,
) -> Result<(TableInfo, Rows<T>), UnusableFile> {
    let file_name = name.to_owned();
    if let Some((first, second, meaning)) = columns.same.take() {
        return Err(UnusableFile::SameColumnTwice {
            name: file_name,
            first,
            second,
            meaning,
        });
    }
    let places = columns.read_places();
    let read = places
        .iter()
        .map(|index| columns.header(*index).to_owned())
        .collect();
    let ignored = columns.ignored.clone();
    let info = TableInfo {
        file_name,
        kind,
        header_line,
        read,
        ignored,
    };
    Ok((
        info,
        Rows {
            source,
            columns,
            places,
            totals_skipped: 0,
            is_over: false,
            read_as: PhantomData,
        },
    ))
}

impl<T> Rows<T> {
    /// How far the reading has come: bytes of a CSV file, rows of a sheet; and how many in all.
    pub fn progress(&self) -> (u64, u64) {
        match &self.source {
            RowSource::Csv(rows) => rows.progress(),
            RowSource::Sheet(rows) => rows.progress(),
        }
    }

    /// Lines of totals («Итого», «Всего») that were passed over so far.
    pub fn totals_skipped(&self) -> u64 {
        self.totals_skipped
    }

    fn line(&self) -> u64 {
        match &self.source {
            RowSource::Csv(rows) => rows.line(),
            RowSource::Sheet(rows) => rows.line(),
        }
    }

    fn is_totals(&self, cells: &impl Cells) -> bool {
        let layout: &Layout = self.columns.layout;
        let filled = layout.never_in_totals;
        let filled = filled.and_then(|column| self.columns.place_at(column));
        if filled.is_some_and(|index| !cells.cell(index).is_empty()) {
            return false;
        }
        let begins = |index| {
            let word = folded(&cells.cell(index).shown());
            word.starts_with("итого") || word.starts_with("всего")
        };
        (0..cells.width()).any(begins)
    }

    /// What the current row holds; `None` if it is to be passed over.
    fn read(&self, cells: &impl Cells, channel: &'static str) -> Option<Row<T>>
    where
        T: TableRow,
    {
        let is_empty = (0..cells.width()).all(|index| cells.cell(index).is_empty());
        if is_empty {
            return None;
        }
        let text = match &self.source {
            RowSource::Csv(rows) => rows.check_record(),
            RowSource::Sheet(_) => Ok(()),
        };
        let columns = &self.columns;
        let content = text.and_then(|()| self.check_damage(cells)).and_then(|()| {
            T::read(&RowReader {
                columns,
                cells,
                channel,
            })
        });
        Some(Row {
            line: self.line(),
            content,
            raw: self.raw_text(cells),
        })
    }

    /// Looks for a character that the file's encoding does not have.
    fn check_damage(&self, cells: &impl Cells) -> Result<(), RowRefusal> {
        let damaged = |index: &&usize| cells.cell(**index).shown().contains('\u{fffd}');
        let Some(index) = self.places.iter().find(damaged) else {
            return Ok(());
        };
        let header = self.columns.header(*index);
        let shown = quoted(&cells.cell(*index).shown());
        Err(RowRefusal::new(
            "text.damaged",
            format!("столбец «{header}»: {shown} — часть знаков повреждена"),
            "Выгрузите файл заново в кодировке UTF-8 или исправьте эту ячейку.",
        ))
    }

    fn raw_text(&self, cells: &impl Cells) -> String {
        let mut raw = String::new();
        for index in &self.places {
            if !raw.is_empty() {
                raw.push_str("; ");
            }
            raw.push_str(&cells.cell(*index).shown());
        }
        let plain = raw.chars().map(|c| if c.is_control() { ' ' } else { c });
        plain.take(RAW_LIMIT).collect()
    }
}

impl<T: TableRow> Iterator for Rows<T> {
    type Item = Row<T>;

    fn next(&mut self) -> Option<Row<T>> {
        while !self.is_over {
            let advanced = match &mut self.source {
                RowSource::Csv(rows) => rows.advance(),
                RowSource::Sheet(rows) => Ok(rows.advance()),
            };
            match advanced {
                Ok(true) => {}
                Ok(false) => break,
                Err(cause) => {
                    self.is_over = true;
                    return Some(unread_rest(self.line(), &cause));
                }
            }
            let (row, is_totals) = match &self.source {
                RowSource::Csv(rows) => (self.read(rows, "csv"), self.is_totals(rows)),
                RowSource::Sheet(rows) => (self.read(rows, "xlsx"), self.is_totals(rows)),
            };
            match row {
                Some(_) if is_totals => self.totals_skipped += 1,
                Some(row) => return Some(row),
                None => {}
            }
        }
        self.is_over = true;
        None
    }
}

fn unread_rest<T>(line: u64, cause: &std::io::Error) -> Row<T> {
    let content = Err(RowRefusal::new(
        "file.unread_rest",
        format!("дальше файл не читается: {cause}"),
        "Скопируйте файл на исправный диск и загрузите снова: прочитанные строки не удвоятся.",
    ));
    Row {
        line,
        content,
        raw: String::new(),
    }
}

/// At most this many characters of a row are kept for messages.
const RAW_LIMIT: usize = 120;
