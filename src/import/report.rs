//! What became of every row of an import: collected, counted, printed, written to a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use aggregates::ledger::EventId;
use serde::Serialize;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// Accepted («принято»).
    Taken,
    /// Accepted with a mark («принято с отметкой»).
    Flagged,
    /// Kept, waits for a confirmation or a missing part («ждёт подтверждения»).
    Held,
    /// Kept, but cannot be used («отклонено»).
    Rejected,
    /// Known already: nothing new was written.
    Repeated,
    /// Replaced an earlier reading by a correction.
    Corrected,
    /// Not understood: no event was written.
    Refused,
}

impl RowStatus {
    /// All statuses, in the order of the summary.
    pub const ALL: [Self; 7] = [
        Self::Taken,
        Self::Flagged,
        Self::Corrected,
        Self::Repeated,
        Self::Held,
        Self::Rejected,
        Self::Refused,
    ];

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Taken => "принято",
            Self::Flagged => "принято с отметкой",
            Self::Held => "ждёт подтверждения",
            Self::Rejected => "отклонено проверкой",
            Self::Repeated => "было принято раньше",
            Self::Corrected => "исправлено",
            Self::Refused => "не прочитано",
        }
    }

    /// Whether the row's reading cannot be used: the exit code says so.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Rejected | Self::Refused)
    }

    /// Whether somebody has to do something about the row.
    pub fn needs_action(self) -> bool {
        self.is_failure() || self == Self::Held
    }
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowOutcome {
    /// Line of the file or row of the sheet, from 1.
    pub line: u64,
    /// What became of it.
    pub status: RowStatus,
    /// The meter as the row names it; empty if it names none.
    pub meter: String,
    /// What happened, or what is wrong.
    pub message_ru: String,
    /// What to do about it; absent where nothing has to be done.
    pub remedy_ru: Option<String>,
    /// The event that was written, if one was.
    pub event: Option<EventId>,
}

/// How many rows met which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    counts: [u64; RowStatus::ALL.len()],
}

impl ImportSummary {
    /// Rows with this status.
    pub fn count(&self, status: RowStatus) -> u64 {
        self.counts[status as usize]
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Exit code of the command: 0, or 3 when a row was refused or its reading rejected.
    ///
    /// A held reading is kept and lacks only a confirmation, so it does not make the import fail;
    /// the printed report says loudly what to do about it.
    pub fn exit_code(&self) -> u8 {
        let failed = |status: &RowStatus| status.is_failure() && self.count(*status) > 0;
        if RowStatus::ALL.iter().any(failed) {
            3
        } else {
            0
        }
    }
}

/// In which form a report is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// CSV for Excel: `;`, UTF-8 with its mark.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ending of the file name names no form.
    #[error(
        "Отчёт «{0}»: по имени не понятно, в каком виде писать. Дайте файлу имя на .csv или .jsonl."
    )]
    UnknownFormat(String),
    /// The file cannot be created or written.
    #[error(
        "Отчёт «{path}» не пишется: {cause}. Проверьте папку, право на запись и свободное место."
    )]
    Unwritable {
        /// The file.
        path: String,
        /// What the operating system said.
        cause: io::Error,
    },
}

impl ReportFormat {
    /// The form that the name of a file asks for: `.csv`, or `.jsonl`, `.ndjson`, `.json`.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`].
    pub fn of_path(path: &Path) -> Result<Self, ReportError> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson" | "json") => Ok(Self::JsonLines),
            _ => Err(ReportError::UnknownFormat(path.display().to_string())),
        }
    }
}

/// Rows that need action are kept for printing up to this many, whatever the size of the file.
const KEPT_LIMIT: usize = 10_000;

/// What the rows of an import are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What is counted: «Строк показаний».
    pub rows: &'static str,
    /// Head of the column that names what a row is about: «Прибор».
    pub column: &'static str,
}

impl Subject {
    /// Rows of readings.
    pub const READINGS: Self = Self {
        rows: "Строк показаний",
        column: "Прибор",
    };
}

/// Collects what became of the rows, in the order they come.
pub struct ImportReport {
    subject: Subject,
    summary: ImportSummary,
    kept: Vec<RowOutcome>,
    file: Option<ReportFile>,
}

struct ReportFile {
    path: String,
    writer: RowWriter,
}

enum RowWriter {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    JsonLines(BufWriter<File>),
}

impl ImportReport {
    /// A report of readings that is only printed.
    pub fn printed() -> Self {
        Self::printed_of(Subject::READINGS)
    }

    /// A report that is only printed.
    pub fn printed_of(subject: Subject) -> Self {
        Self {
            subject,
            summary: ImportSummary::default(),
            kept: Vec::new(),
            file: None,
        }
    }

    /// A report of readings whose every row is also written to the file at `path`.
    ///
    /// # Errors
    /// As [`ImportReport::written_of`].
    pub fn written_to(path: &Path) -> Result<Self, ReportError> {
        Self::written_of(Subject::READINGS, path)
    }

    /// A report whose every row is also written to the file at `path`, replacing it.
    ///
    /// # Errors
    /// When the name names no form or the file cannot be created.
    pub fn written_of(subject: Subject, path: &Path) -> Result<Self, ReportError> {
        let format = ReportFormat::of_path(path)?;
        let name = path.display().to_string();
        let writer = RowWriter::create(path, format, subject);
        let writer = writer.map_err(|cause| ReportError::Unwritable {
            path: name.clone(),
            cause,
        })?;
        Ok(Self {
            file: Some(ReportFile { path: name, writer }),
            ..Self::printed_of(subject)
        })
    }

    /// Adds the next row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, outcome: RowOutcome) -> Result<(), ReportError> {
        self.summary.counts[outcome.status as usize] += 1;
        if let Some(file) = &mut self.file {
            let ReportFile { path, writer } = file;
            writer
                .write(&outcome)
                .map_err(|cause| ReportError::Unwritable {
                    path: path.clone(),
                    cause,
                })?;
        }
        if outcome.status.needs_action() && self.kept.len() < KEPT_LIMIT {
            self.kept.push(outcome);
        }
        Ok(())
    }

    /// The counts so far.
    pub fn summary(&self) -> ImportSummary {
        self.summary
    }

    /// Writes out what is still in memory; call it once after the last row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(&mut self) -> Result<ImportSummary, ReportError> {
        if let Some(ReportFile { path, writer }) = &mut self.file {
            let unwritable = |cause| ReportError::Unwritable {
                path: path.clone(),
                cause,
            };
            writer.flush().map_err(unwritable)?;
        }
        Ok(self.summary)
    }

    /// Prints the counts and the rows that need action, at most `limit` of a status.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn print(&self, out: &mut dyn Write, limit: usize) -> io::Result<()> {
        let rows = self.subject.rows;
        writeln!(out, "{rows}: {}", grouped(self.summary.total()))?;
        for status in RowStatus::ALL {
            let count = self.summary.count(status);
            if count > 0 {
                writeln!(out, "  {:<20} {:>12}", status.title_ru(), grouped(count))?;
            }
        }
        let sections = [
            (RowStatus::Refused, "Не прочитаны, в журнал не попали"),
            (
                RowStatus::Rejected,
                "Записаны в журнал, но отклонены проверкой",
            ),
            (
                RowStatus::Held,
                "Ждут подтверждения: без него в расчёт не войдут",
            ),
        ];
        for (status, title) in sections {
            self.print_section(out, status, title, limit)?;
        }
        match &self.file {
            Some(file) => writeln!(out, "\nПострочный отчёт: {}", file.path),
            None => Ok(()),
        }
    }

    fn print_section(
        &self,
        out: &mut dyn Write,
        status: RowStatus,
        title: &str,
        limit: usize,
    ) -> io::Result<()> {
        let count = self.summary.count(status);
        if count == 0 {
            return Ok(());
        }
        writeln!(out, "\n{title} ({}):", grouped(count))?;
        let mut shown = 0;
        for outcome in self
            .kept
            .iter()
            .filter(|kept| kept.status == status)
            .take(limit)
        {
            print_outcome(out, outcome)?;
            shown += 1;
        }
        let rest = count - shown;
        if rest > 0 {
            let word = plural(rest, "строка", "строки", "строк");
            let hint = if self.file.is_some() {
                ""
            } else {
                "; полностью: --report ФАЙЛ.csv"
            };
            writeln!(out, "  … ещё {} {word}{hint}", grouped(rest))?;
        }
        Ok(())
    }
}

fn print_outcome(out: &mut dyn Write, outcome: &RowOutcome) -> io::Result<()> {
    let meter = if outcome.meter.is_empty() { "" } else { ", " };
    let RowOutcome {
        line, message_ru, ..
    } = outcome;
    writeln!(out, "  строка {line}{meter}{}: {message_ru}", outcome.meter)?;
    match &outcome.remedy_ru {
        Some(remedy) => writeln!(out, "    → {remedy}"),
        None => Ok(()),
    }
}

impl RowWriter {
    fn create(path: &Path, format: ReportFormat, subject: Subject) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        match format {
            ReportFormat::JsonLines => Ok(Self::JsonLines(file)),
            ReportFormat::Csv => {
                file.write_all("\u{feff}".as_bytes())?;
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(b';')
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(file);
                let headers = [
                    "Строка",
                    "Итог",
                    subject.column,
                    "Что произошло",
                    "Что делать",
                    "Событие",
                ];
                writer.write_record(headers)?;
                Ok(Self::Csv(Box::new(writer)))
            }
        }
    }

    fn write(&mut self, outcome: &RowOutcome) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                let event = outcome
                    .event
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let record = [
                    &outcome.line.to_string(),
                    outcome.status.title_ru(),
                    &inert(&outcome.meter),
                    &inert(&outcome.message_ru),
                    &inert(outcome.remedy_ru.as_deref().unwrap_or_default()),
                    &event,
                ];
                writer.write_record(record).map_err(io::Error::other)
            }
            Self::JsonLines(file) => {
                serde_json::to_writer(&mut *file, outcome)?;
                file.write_all(b"\n")
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.flush(),
            Self::JsonLines(file) => file.flush(),
        }
    }
}

/// A text that Excel will not take for a formula, whatever the imported file held.
fn inert(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// `1 234 567` with no-break spaces.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

/// The Russian form of a noun after `count`: 1 строка, 2 строки, 5 строк.
fn plural(count: u64, one: &'static str, few: &'static str, many: &'static str) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(line: u64, status: RowStatus) -> RowOutcome {
        RowOutcome {
            line,
            status,
            meter: "прибор 123".to_owned(),
            message_ru: "«12.5.3» — не число".to_owned(),
            remedy_ru: status
                .needs_action()
                .then(|| "Оставьте одну запятую.".to_owned()),
            event: None,
        }
    }

    fn printed(report: &ImportReport, limit: usize) -> String {
        let mut out = Vec::new();
        report.print(&mut out, limit).expect("memory is writable");
        String::from_utf8(out).expect("valid UTF-8")
    }

    fn report_of(statuses: &[RowStatus]) -> ImportReport {
        let mut report = ImportReport::printed();
        for (index, status) in statuses.iter().enumerate() {
            report
                .add(outcome(index as u64 + 2, *status))
                .expect("nothing is written");
        }
        report
    }

    #[test]
    fn the_exit_code_follows_the_worst_row() {
        use RowStatus::{Corrected, Flagged, Held, Refused, Rejected, Repeated, Taken};
        let code = |statuses: &[RowStatus]| report_of(statuses).summary().exit_code();
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[Taken, Flagged, Held, Repeated, Corrected]), 0);
        assert_eq!(code(&[Taken, Refused]), 3);
        assert_eq!(code(&[Taken, Rejected]), 3);
    }

    #[test]
    fn refused_rows_are_printed_with_their_remedy_and_limited() {
        use RowStatus::{Held, Refused, Taken};
        let report = report_of(&[Taken, Refused, Refused, Refused, Held]);
        let text = printed(&report, 1);
        assert!(text.contains("Строк показаний: 5\n"), "{text}");
        assert!(
            text.contains("Не прочитаны, в журнал не попали (3):\n"),
            "{text}"
        );
        assert!(
            text.contains("  строка 3, прибор 123: «12.5.3» — не число\n"),
            "{text}"
        );
        assert!(text.contains("    → Оставьте одну запятую.\n"), "{text}");
        assert!(
            text.contains("  … ещё 2 строки; полностью: --report ФАЙЛ.csv\n"),
            "{text}"
        );
        assert!(
            text.contains("Ждут подтверждения: без него в расчёт не войдут (1):"),
            "{text}"
        );
        assert!(
            !text.contains("строка 2,"),
            "a taken row is not listed: {text}"
        );
    }

    fn written(name: &str, event: Option<EventId>) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        let mut report = ImportReport::written_to(&path).expect("writable");
        let mut row = outcome(7, RowStatus::Refused);
        row.meter = "=cmd()".to_owned();
        row.event = event;
        report.add(row).expect("writable");
        report.finish().expect("writable");
        std::fs::read_to_string(path).expect("readable")
    }

    #[test]
    fn the_csv_report_opens_in_excel_and_runs_nothing() {
        let text = written("report.csv", None);
        let expected = "\u{feff}Строка;Итог;Прибор;Что произошло;Что делать;Событие\r\n\
            7;не прочитано;'=cmd();«12.5.3» — не число;Оставьте одну запятую.;\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_json_report_is_an_object_a_line() {
        let event = "meter/6f1cae1e-5a5b-4c39-a7a7-6a2f6f7f5a10/17"
            .parse()
            .expect("an event id");
        let text = written("report.jsonl", Some(event));
        let row: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(row["line"], 7);
        assert_eq!(row["status"], "refused");
        assert_eq!(
            row["event"],
            "meter/6f1cae1e-5a5b-4c39-a7a7-6a2f6f7f5a10/17"
        );
    }

    #[test]
    fn an_unknown_form_and_an_unwritable_place_are_named() {
        let unknown = ImportReport::written_to(Path::new("report.txt"))
            .err()
            .expect("refused");
        assert!(unknown.to_string().contains(".csv или .jsonl"), "{unknown}");
        let nowhere = ImportReport::written_to(Path::new("/nonexistent/report.csv")).err();
        assert!(matches!(nowhere, Some(ReportError::Unwritable { .. })));
    }

    #[test]
    fn numbers_and_nouns_are_russian() {
        assert_eq!(grouped(1_234_567), "1\u{a0}234\u{a0}567");
        let rows = |count| plural(count, "строка", "строки", "строк");
        assert_eq!(
            [rows(1), rows(2), rows(5), rows(11), rows(21)],
            ["строка", "строки", "строк", "строк", "строка"]
        );
    }
}
