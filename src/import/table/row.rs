//! One row of the table as a typed reading.

use aggregates::quantity::Unit;
use aggregates::text::{Code, Label, TextError};
use aggregates::vocabulary::{ActRef, ReadingSource, Resource};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::cell::{Cell, SheetNumber, quoted};
use super::columns::{Column, Columns, Layout, READINGS, TableColumn, ValueColumn};
use super::moment::{WrittenTime, moment_of_sheet, read_moment};
use super::number::{looks_like_exponent, read_decimal};
use super::refusal::RowRefusal;
use super::words;

/// How a row names its meter; at least `serial`, or `resource` with `premises` or `account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeterRef {
    /// The house, where the file names it: its address or ФИАС GUID as written.
    pub house: Option<Label>,
    /// Заводской номер as written.
    pub serial: Option<Label>,
    /// The serial stood in a sheet as a number, so zeros in front of it may have been lost.
    pub serial_was_number: bool,
    /// Number of the premises as written.
    pub premises: Option<Label>,
    /// What the meter measures.
    pub resource: Option<Resource>,
    /// Лицевой счёт as written.
    pub account: Option<Label>,
}

impl std::fmt::Display for MeterRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.house.as_ref().map(ToString::to_string));
        parts.extend(
            self.serial
                .as_ref()
                .map(|serial| format!("прибор {serial}")),
        );
        parts.extend(
            self.premises
                .as_ref()
                .map(|premises| format!("помещение {premises}")),
        );
        parts.extend(
            self.account
                .as_ref()
                .map(|account| format!("л/с {account}")),
        );
        parts.extend(self.resource.map(|resource| resource.title_ru().to_owned()));
        f.write_str(&parts.join(", "))
    }
}

/// The value of one register as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenValue {
    /// `t1`, `t2`, `t3`, `total` …; absent where the row names none: the meter's only register.
    pub register: Option<Code>,
    /// The number, never negative, never rounded.
    pub value: Decimal,
    /// The unit, where the file names one; otherwise the register's own.
    pub unit: Option<Unit>,
}

/// A row that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingRow {
    /// Whose reading it is.
    pub meter: MeterRef,
    /// At least one value; no register twice.
    pub values: Vec<WrittenValue>,
    /// When the display showed them.
    pub taken: WrittenTime,
    /// When the reading was handed in, where the file says so.
    pub received: Option<WrittenTime>,
    /// Who reported it; [`ReadingSource::Import`] where the row names nobody.
    pub source: ReadingSource,
    /// By which way it came; `csv` or `xlsx` where the row names none.
    pub channel: Code,
    /// Act of a control reading; always there when `source` is [`ReadingSource::Control`].
    pub act: Option<ActRef>,
}

impl ReadingRow {
    /// Whether `other` holds further zones of the very same reading: all the same but for the
    /// registers, which are named in both rows and differ.
    pub fn is_continued_by(&self, other: &Self) -> bool {
        let names_another = |value: &WrittenValue| {
            value.register.is_some() && self.values.iter().all(|own| own.register != value.register)
        };
        self.values.iter().all(|own| own.register.is_some())
            && other.values.iter().all(names_another)
            && self.meter == other.meter
            && self.taken == other.taken
            && self.received == other.received
            && self.source == other.source
            && self.channel == other.channel
            && self.act == other.act
    }
}

/// Gives the cell at a place of a row; a place beyond the row's end is empty.
pub(crate) trait Cells {
    fn cell(&self, index: usize) -> Cell<'_>;
    fn width(&self) -> usize;
}

/// What a row of a table is read as.
pub(crate) trait TableRow: Sized {
    /// Columns of the table.
    const LAYOUT: &'static Layout;

    /// The content of a row.
    ///
    /// # Errors
    /// The first thing found wrong.
    fn read<C: Cells>(reader: &RowReader<'_, C>) -> Result<Self, RowRefusal>;
}

impl TableRow for ReadingRow {
    const LAYOUT: &'static Layout = &READINGS;

    fn read<C: Cells>(reader: &RowReader<'_, C>) -> Result<Self, RowRefusal> {
        reader.read()
    }
}

/// Reads the cells of one row by the columns of its table.
pub(crate) struct RowReader<'a, C> {
    pub(crate) columns: &'a Columns,
    pub(crate) cells: &'a C,
    /// Channel of a row that names none.
    pub(crate) channel: &'static str,
}

impl<C: Cells> RowReader<'_, C> {
    /// The reading of the row.
    ///
    /// # Errors
    /// The first thing found wrong, from the meter to the act.
    pub(crate) fn read(&self) -> Result<ReadingRow, RowRefusal> {
        let meter = self.meter()?;
        let values = self.values()?;
        let taken = self.moment(Column::TakenAt)?.ok_or_else(|| {
            self.empty(
                Column::TakenAt,
                "Впишите, когда показание снято: 25.03.2026 21:15.",
            )
        })?;
        let source = self.source()?;
        let act = self.act(source)?;
        let received = self.moment(Column::ReceivedAt)?;
        Ok(ReadingRow {
            meter,
            values,
            taken,
            received,
            source,
            channel: self.channel()?,
            act,
        })
    }

    pub(crate) fn cell(&self, column: impl TableColumn) -> Cell<'_> {
        self.columns
            .place(column)
            .map_or(Cell::Empty, |index| self.cells.cell(index))
    }

    /// A refusal that quotes the cell at `index`.
    pub(crate) fn refuse(
        &self,
        index: usize,
        code: &'static str,
        what: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> RowRefusal {
        let header = self.columns.header(index);
        let shown = quoted(&self.cells.cell(index).shown());
        RowRefusal::new(
            code,
            format!("столбец «{header}»: {shown} — {what}"),
            remedy,
        )
    }

    pub(crate) fn refuse_in(
        &self,
        column: impl TableColumn,
        code: &'static str,
        what: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> RowRefusal {
        self.refuse(
            self.columns.place(column).unwrap_or_default(),
            code,
            what,
            remedy,
        )
    }

    pub(crate) fn empty(&self, column: impl TableColumn, remedy: &str) -> RowRefusal {
        let header = self
            .columns
            .place(column)
            .map(|index| self.columns.header(index));
        let header = header.unwrap_or(column.title_ru());
        RowRefusal::new(
            "cell.empty",
            format!("столбец «{header}» не заполнен"),
            remedy,
        )
    }

    fn meter(&self) -> Result<MeterRef, RowRefusal> {
        let meter = MeterRef {
            house: self.label(Column::House)?,
            serial: self.label(Column::Meter)?,
            serial_was_number: matches!(self.cell(Column::Meter), Cell::Number(_)),
            premises: self.label(Column::Premises)?,
            resource: self.resource(Column::Resource)?,
            account: self.label(Column::Account)?,
        };
        let has_place = meter.premises.is_some() || meter.account.is_some();
        if meter.serial.is_none() && !(has_place && meter.resource.is_some()) {
            return Err(RowRefusal::new(
                "meter.unnamed",
                "не указано, чьё это показание",
                "Впишите заводской номер прибора, или помещение (лицевой счёт) и ресурс.",
            ));
        }
        Ok(meter)
    }

    pub(crate) fn resource(
        &self,
        column: impl TableColumn,
    ) -> Result<Option<Resource>, RowRefusal> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return Ok(None);
        }
        words::resource(&cell.shown()).map(Some).ok_or_else(|| {
            let remedy = format!("Впишите один из ресурсов: {}.", words::RESOURCES_RU);
            self.refuse_in(column, "resource.unknown", "такого ресурса нет", remedy)
        })
    }

    /// A number or name kept as written.
    pub(crate) fn label(&self, column: impl TableColumn) -> Result<Option<Label>, RowRefusal> {
        let refuse = |code, what: &str, remedy: &str| self.refuse_in(column, code, what, remedy);
        let text = match self.cell(column) {
            Cell::Empty => return Ok(None),
            Cell::Text(text) if text.contains('+') && looks_like_exponent(text) => {
                return Err(refuse(
                    "text.digits_lost",
                    "Excel сократил длинный номер, его цифры потеряны",
                    "Задайте столбцу формат «Текстовый», впишите номер заново и выгрузите снова.",
                ));
            }
            Cell::Text(text) => text.to_owned(),
            Cell::Number(SheetNumber {
                text,
                is_exact_whole: true,
                ..
            }) => text.clone(),
            Cell::Number(_) => {
                return Err(refuse(
                    "text.digits_lost",
                    "номер хранится в книге как дробное или слишком длинное число",
                    "Задайте столбцу формат «Текстовый» и впишите номер заново.",
                ));
            }
            Cell::Moment(_) => {
                return Err(refuse(
                    "text.became_date",
                    "Excel принял номер за дату",
                    "Задайте столбцу формат «Текстовый» и впишите номер заново.",
                ));
            }
            Cell::Broken(_) => return Err(self.broken(column)),
        };
        Label::new(text)
            .map(Some)
            .map_err(|error| self.not_a_label(column, &error))
    }

    fn not_a_label(&self, column: impl TableColumn, error: &TextError) -> RowRefusal {
        let what = match error {
            TextError::TooLong { length, limit } => {
                format!("слишком длинно: {length} знаков при пределе {limit}")
            }
            TextError::ControlCharacter => "внутри есть перенос строки или табуляция".to_owned(),
            _ => "не читается как номер или название".to_owned(),
        };
        self.refuse_in(
            column,
            "text.unfit",
            what,
            "Оставьте только номер, в одну строку.",
        )
    }

    pub(crate) fn broken(&self, column: impl TableColumn) -> RowRefusal {
        self.broken_at(self.columns.place(column).unwrap_or_default())
    }

    fn broken_at(&self, index: usize) -> RowRefusal {
        self.refuse(
            index,
            "cell.no_value",
            "в ячейке не значение",
            "Исправьте формулу или впишите значение вместо неё.",
        )
    }

    fn values(&self) -> Result<Vec<WrittenValue>, RowRefusal> {
        let filled = |column: &&ValueColumn| !self.cells.cell(column.index).is_empty();
        let columns: Vec<_> = self.columns.values.iter().filter(filled).collect();
        if columns.is_empty() {
            return Err(self.no_value());
        }
        let has_zones = columns.iter().any(|column| column.zone.is_some());
        let row_register = self.register(has_zones)?;
        let row_unit = self.unit()?;
        let value = |column: &ValueColumn| {
            // Beside the values of zones, «Показание» is their sum.
            let register = match column.zone {
                Some(zone) => Some(self.code(column.index, zone)?),
                None if has_zones => Some(self.code(column.index, "total")?),
                None => row_register.clone(),
            };
            let value = self.number(column.index)?;
            Ok(WrittenValue {
                register,
                value,
                unit: self.one_unit(column, row_unit)?,
            })
        };
        columns.into_iter().map(value).collect()
    }

    fn no_value(&self) -> RowRefusal {
        let headers = self
            .columns
            .values
            .iter()
            .map(|value| self.columns.header(value.index));
        let headers: Vec<_> = headers.map(|header| format!("«{header}»")).collect();
        RowRefusal::new(
            "value.empty",
            format!("показания нет: не заполнено {}", headers.join(", ")),
            "Впишите показание; если его не передавали, уберите строку.",
        )
    }

    fn register(&self, has_zones: bool) -> Result<Option<Code>, RowRefusal> {
        let Some(index) = self.columns.place(Column::Register) else {
            return Ok(None);
        };
        let cell = self.cells.cell(index);
        if cell.is_empty() {
            return Ok(None);
        }
        if has_zones {
            return Err(self.refuse(
                index,
                "register.twice",
                "зона указана и в строке, и в заголовке столбца показаний",
                "Оставьте одно: либо столбцы «Т1», «Т2», «Т3», либо столбец «Зона».",
            ));
        }
        let name = words::register(&cell.shown()).and_then(|name| Code::new(name).ok());
        name.map(Some).ok_or_else(|| {
            let remedy =
                "Впишите Т1, Т2, Т3 или «общее»; у прибора с одним показанием оставьте пусто.";
            self.refuse(index, "register.unknown", "такой зоны нет", remedy)
        })
    }

    pub(crate) fn unit(&self) -> Result<Option<Unit>, RowRefusal> {
        let cell = self.cell(Column::Unit);
        if cell.is_empty() {
            return Ok(None);
        }
        cell.shown().parse().map(Some).map_err(|_| {
            let names: Vec<_> = Unit::ALL.into_iter().map(Unit::symbol_ru).collect();
            let remedy = format!("Впишите одну из единиц: {}.", names.join(", "));
            self.refuse_in(Column::Unit, "unit.unknown", "такой единицы нет", remedy)
        })
    }

    fn one_unit(
        &self,
        column: &ValueColumn,
        row_unit: Option<Unit>,
    ) -> Result<Option<Unit>, RowRefusal> {
        match (column.unit, row_unit) {
            (Some(header), Some(row)) if header != row => Err(self.refuse_in(
                Column::Unit,
                "unit.twice",
                format!("а в заголовке показаний {header}"),
                "Оставьте единицу в одном месте: в заголовке или в столбце «Единица».",
            )),
            (header, row) => Ok(header.or(row)),
        }
    }

    pub(crate) fn number(&self, index: usize) -> Result<Decimal, RowRefusal> {
        let cell = self.cells.cell(index);
        let text = match &cell {
            Cell::Text(text) => text,
            Cell::Number(number) => number.text.as_str(),
            Cell::Moment(_) => {
                return Err(self.refuse(
                    index,
                    "value.became_date",
                    "Excel принял показание за дату",
                    "Задайте столбцу формат «Числовой» и впишите показание заново.",
                ));
            }
            Cell::Empty | Cell::Broken(_) => return Err(self.broken_at(index)),
        };
        read_decimal(text).map_err(|problem| {
            self.refuse(
                index,
                problem.code(),
                problem.what_ru(),
                problem.remedy_ru(),
            )
        })
    }

    pub(crate) fn moment(
        &self,
        column: impl TableColumn,
    ) -> Result<Option<WrittenTime>, RowRefusal> {
        let refuse = |code, what: &str, remedy: &str| self.refuse_in(column, code, what, remedy);
        let written = match self.cell(column) {
            Cell::Empty => return Ok(None),
            Cell::Text(text) => read_moment(text),
            Cell::Moment(at) => moment_of_sheet(at),
            Cell::Number(SheetNumber {
                as_moment: Some(at),
                ..
            }) => moment_of_sheet(*at),
            Cell::Number(_) => {
                return Err(refuse(
                    "time.form",
                    "число, а не дата",
                    "Задайте столбцу формат «Дата» и впишите дату: 25.03.2026.",
                ));
            }
            Cell::Broken(_) => return Err(self.broken(column)),
        };
        written
            .map(Some)
            .map_err(|problem| refuse(problem.code(), problem.what_ru(), problem.remedy_ru()))
    }

    fn source(&self) -> Result<ReadingSource, RowRefusal> {
        let cell = self.cell(Column::Source);
        if cell.is_empty() {
            return Ok(ReadingSource::Import);
        }
        words::source(&cell.shown()).ok_or_else(|| {
            let remedy = format!("Впишите один из источников: {}.", words::SOURCES_RU);
            self.refuse_in(
                Column::Source,
                "source.unknown",
                "такого источника нет",
                remedy,
            )
        })
    }

    fn channel(&self) -> Result<Code, RowRefusal> {
        let cell = self.cell(Column::Channel);
        let name = if cell.is_empty() {
            self.channel.into()
        } else {
            cell.shown()
        };
        Code::new(name.to_lowercase()).map_err(|_| {
            let remedy = "Впишите слово латиницей, например web, app, phone; или оставьте пусто.";
            self.refuse_in(
                Column::Channel,
                "channel.unfit",
                "не слово латиницей",
                remedy,
            )
        })
    }

    pub(crate) fn code(&self, index: usize, name: &str) -> Result<Code, RowRefusal> {
        Code::new(name).map_err(|error| {
            self.refuse(index, "register.unknown", error, "Впишите Т1, Т2 или Т3.")
        })
    }

    fn act(&self, source: ReadingSource) -> Result<Option<ActRef>, RowRefusal> {
        let number = self.label(Column::ActNumber)?;
        let date = self.moment(Column::ActDate)?.map(day_of);
        match (number, date) {
            (Some(number), Some(date)) => Ok(Some(ActRef {
                number,
                date,
                document: None,
            })),
            (None, None) if source != ReadingSource::Control => Ok(None),
            _ => Err(RowRefusal::new(
                "act.incomplete",
                "у контрольного снятия нужны и номер, и дата акта",
                "Заполните столбцы «Номер акта» и «Дата акта» или укажите другой источник.",
            )),
        }
    }
}

pub(crate) fn day_of(written: WrittenTime) -> NaiveDate {
    match written {
        WrittenTime::Date(date) => date,
        WrittenTime::Local(at) => at.date(),
        WrittenTime::Fixed(at) => at.date_naive(),
    }
}
