//! Which column of a table is which, by the words of its header.

use aggregates::quantity::Unit;

use super::words::{folded, zone};

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Заводской номер прибора.
    Meter,
    /// The house, where a file holds several.
    House,
    /// Помещение.
    Premises,
    /// Ресурс.
    Resource,
    /// Лицевой счёт.
    Account,
    /// Зона суток or another register of the meter.
    Register,
    /// Показание.
    Value,
    /// Единица измерения.
    Unit,
    /// Дата снятия.
    TakenAt,
    /// Дата передачи.
    ReceivedAt,
    /// Источник.
    Source,
    /// Канал.
    Channel,
    /// Number of the act of a control reading.
    ActNumber,
    /// Date of the act of a control reading.
    ActDate,
}

impl Column {
    /// Every column, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Meter,
        Self::House,
        Self::Premises,
        Self::Resource,
        Self::Account,
        Self::Register,
        Self::Value,
        Self::Unit,
        Self::TakenAt,
        Self::ReceivedAt,
        Self::Source,
        Self::Channel,
        Self::ActNumber,
        Self::ActDate,
    ];

    /// The headers by which the column is known, the preferred one first; case, spaces, dots and
    /// ё do not matter.
    pub fn headers(self) -> impl Iterator<Item = &'static str> {
        self.header_list().split(", ")
    }

    fn header_list(self) -> &'static str {
        match self {
            Self::Meter => {
                "Заводской номер, Прибор, Номер прибора, Прибор учёта, Номер прибора учёта, \
                 Заводской номер прибора, Заводской номер прибора учёта, Заводской номер ПУ, \
                 Номер ПУ, ПУ, ИПУ, Счётчик, Номер счётчика, Заводской номер счётчика, \
                 Зав. №, Зав. номер, Серийный номер, meter, meter number, meter serial, \
                 serial, serial number"
            }
            Self::House => "Дом, Адрес, Адрес дома, ФИАС, house, building, fias",
            Self::Premises => {
                "Помещение, Номер помещения, Квартира, Номер квартиры, Кв., flat, premises, \
                 apartment"
            }
            Self::Resource => {
                "Ресурс, Вид ресурса, Коммунальный ресурс, Услуга, Вид услуги, \
                 Коммунальная услуга, resource, service"
            }
            Self::Account => {
                "Лицевой счёт, Номер лицевого счёта, Л/с, № л/с, account, account number"
            }
            Self::Register => "Зона, Тарифная зона, Зона суток, Регистр, Шкала, zone, register",
            Self::Value => {
                "Показание, Показания, Показание прибора, Показания прибора, \
                 Показание прибора учёта, Показания прибора учёта, Показания ПУ, \
                 Текущее показание, Текущие показания, value, reading"
            }
            Self::Unit => "Единица, Единица измерения, Ед., Ед. изм., unit",
            Self::TakenAt => {
                "Дата снятия, Время снятия, Дата и время снятия, Дата снятия показания, \
                 Дата снятия показаний, Дата показания, Дата показаний, Дата, taken at, date"
            }
            Self::ReceivedAt => {
                "Дата передачи, Время передачи, Дата и время передачи, \
                 Дата передачи показаний, Дата поступления, Дата приёма, received at"
            }
            Self::Source => "Источник, Источник показания, Источник показаний, Кто передал, source",
            Self::Channel => "Канал, channel",
            Self::ActNumber => "Номер акта, Акт, act, act number",
            Self::ActDate => "Дата акта, act date",
        }
    }

    /// The preferred Russian header.
    pub fn title_ru(self) -> &'static str {
        self.headers().next().unwrap_or_default()
    }

    fn of_header(header: &str) -> Option<Self> {
        let header = folded(header);
        let names = |column: &Self| column.headers().any(|name| folded(name) == header);
        Self::ALL.into_iter().find(names)
    }
}

/// A column of some layout.
pub(crate) trait TableColumn: Copy {
    /// Its place in the layout.
    fn index(self) -> usize;
    /// The preferred Russian header.
    fn title_ru(self) -> &'static str;
}

impl TableColumn for Column {
    fn index(self) -> usize {
        self as usize
    }

    fn title_ru(self) -> &'static str {
        Self::title_ru(self)
    }
}

/// What kind of table a file is read as: which columns it may have and which it must.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Of each column the headers by which it is known, the preferred one first, joined by `, `.
    pub(crate) headers: &'static [fn() -> &'static str],
    /// Whether its values may stand in columns of zones.
    pub(crate) has_values: bool,
    /// Required columns that are absent, in words.
    pub(crate) missing: fn(&Columns) -> Vec<String>,
    /// The column that a line of totals never fills.
    pub(crate) never_in_totals: Option<usize>,
    /// Folded name of the sheet that is taken when a book has several.
    pub(crate) sheet: &'static str,
    /// Three headers for example, and the document that names all of them.
    pub(crate) example: &'static str,
}

impl Layout {
    fn of_header(&self, header: &str) -> Option<usize> {
        let header = folded(header);
        let names =
            |list: &fn() -> &'static str| list().split(", ").any(|name| folded(name) == header);
        self.headers.iter().position(names)
    }

    fn title_ru(&self, index: usize) -> &'static str {
        let list = self.headers.get(index).map_or("", |list| list());
        list.split(", ").next().unwrap_or_default()
    }
}

macro_rules! header_lists {
    ($($column:ident)*) => {
        &[$(|| Column::$column.header_list()),*]
    };
}

/// Tables of readings.
pub(crate) static READINGS: Layout = Layout {
    headers: header_lists!(
        Meter House Premises Resource Account Register Value Unit TakenAt ReceivedAt Source Channel
        ActNumber ActDate
    ),
    has_values: true,
    missing: missing_of_readings,
    never_in_totals: Some(Column::TakenAt as usize),
    sheet: "показания",
    example: "Заводской номер; Показание; Дата снятия. Все названия: docs/formats/readings.md",
};

/// A column that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredColumn {
    /// Its header.
    pub header: String,
    /// Whether by its header it holds what must never enter the ledger: names, phones, comments.
    pub is_personal: bool,
}

/// A column of values.
#[derive(Clone, Debug)]
pub(crate) struct ValueColumn {
    pub(crate) index: usize,
    /// The tariff zone of the header; absent for «Показание».
    pub(crate) zone: Option<&'static str>,
    /// The unit of the header, as in «Показание, м³».
    pub(crate) unit: Option<Unit>,
}

/// Where everything stands in the rows of one table.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) layout: &'static Layout,
    headers: Vec<String>,
    places: Vec<Option<usize>>,
    pub(crate) values: Vec<ValueColumn>,
    pub(crate) ignored: Vec<IgnoredColumn>,
    /// Two headers with one meaning, and the meaning.
    pub(crate) same: Option<(String, String, &'static str)>,
}

impl Columns {
    /// Takes `headers` for a row of headers.
    pub(crate) fn of_headers(headers: Vec<String>, layout: &'static Layout) -> Self {
        let mut columns = Self {
            layout,
            headers,
            places: vec![None; layout.headers.len()],
            values: Vec::new(),
            ignored: Vec::new(),
            same: None,
        };
        for index in 0..columns.width() {
            let header = columns.header(index).to_owned();
            columns.place_header(index, &header);
        }
        columns
    }

    fn place_header(&mut self, index: usize, header: &str) {
        if folded(header).is_empty() {
            return;
        }
        let value = match self.layout.has_values {
            true => value_header(header),
            false => None,
        };
        if let Some((zone, unit)) = value {
            return self.place_value(index, header, zone, unit);
        }
        let Some(column) = self.layout.of_header(header) else {
            let is_personal = is_personal(header);
            self.ignored.push(IgnoredColumn {
                header: header.to_owned(),
                is_personal,
            });
            return;
        };
        match self.places[column] {
            None => self.places[column] = Some(index),
            Some(first) => self.note_same(first, header, self.layout.title_ru(column)),
        }
    }

    fn place_value(
        &mut self,
        index: usize,
        header: &str,
        zone: Option<&'static str>,
        unit: Option<Unit>,
    ) {
        if let Some(first) = self.values.iter().find(|value| value.zone == zone) {
            let meaning = zone.unwrap_or(Column::Value.title_ru());
            return self.note_same(first.index, header, meaning);
        }
        self.values.push(ValueColumn { index, zone, unit });
    }

    fn note_same(&mut self, first: usize, second: &str, meaning: &'static str) {
        let first = self.header(first).to_owned();
        self.same.get_or_insert((first, second.to_owned(), meaning));
    }

    /// The place of `column` in a row.
    pub(crate) fn place(&self, column: impl TableColumn) -> Option<usize> {
        self.places.get(column.index()).copied().flatten()
    }

    /// The place of the layout's column at `index`.
    pub(crate) fn place_at(&self, index: usize) -> Option<usize> {
        self.places.get(index).copied().flatten()
    }

    /// The header at `index`, as written.
    pub(crate) fn header(&self, index: usize) -> &str {
        self.headers.get(index).map_or("", |header| header.trim())
    }

    /// Number of cells in the row of headers.
    pub(crate) fn width(&self) -> usize {
        self.headers.len()
    }

    /// Headers as written, those without a letter or digit left out.
    pub(crate) fn found(&self) -> Vec<String> {
        let written = self.headers.iter().map(|header| header.trim().to_owned());
        written
            .filter(|header| !folded(header).is_empty())
            .collect()
    }

    /// Places of the columns that are read, in the order of the table.
    pub(crate) fn read_places(&self) -> Vec<usize> {
        let values = self.values.iter().map(|value| value.index);
        let mut places: Vec<usize> = self
            .places
            .iter()
            .flatten()
            .copied()
            .chain(values)
            .collect();
        places.sort_unstable();
        places
    }

    /// Required columns that are absent, in words; empty if this is a header.
    pub(crate) fn missing(&self) -> Vec<String> {
        (self.layout.missing)(self)
    }
}

fn missing_of_readings(columns: &Columns) -> Vec<String> {
    let has = |column: Column| columns.place(column).is_some();
    let mut missing = Vec::new();
    if !has(Column::Meter) {
        let has_place = has(Column::Premises) || has(Column::Account);
        match (has_place, has(Column::Resource)) {
            (true, true) => {}
            (true, false) => missing.push("«Заводской номер» или «Ресурс»".to_owned()),
            (false, _) => missing.push(
                "«Заводской номер» (или «Помещение» либо «Лицевой счёт» вместе с «Ресурс»)"
                    .to_owned(),
            ),
        }
    }
    if columns.values.is_empty() {
        missing.push("«Показание» (или «Т1», «Т2», «Т3»)".to_owned());
    }
    if !has(Column::TakenAt) {
        missing.push("«Дата снятия»".to_owned());
    }
    missing
}
/// The zone and unit of a column of values; `None` if the header names another column.
fn value_header(header: &str) -> Option<(Option<&'static str>, Option<Unit>)> {
    if let Some(zone) = value_name(header) {
        return Some((zone, None));
    }
    let (name, tail) = header.split_once([',', '('])?;
    let unit = tail.trim().trim_end_matches(')').parse().ok()?;
    Some((value_name(name)?, Some(unit)))
}

/// `Some(None)` for «Показание», `Some(Some(zone))` for «Т1», «Показание Т1», «День».
fn value_name(header: &str) -> Option<Option<&'static str>> {
    if Column::of_header(header) == Some(Column::Value) {
        return Some(None);
    }
    let name = header.trim();
    let lower = name.to_lowercase();
    let prefix = ["показания ", "показание "]
        .into_iter()
        .find(|word| lower.starts_with(word));
    let zone_name = prefix.map_or(lower.as_str(), |word| &lower[word.len()..]);
    zone(zone_name).map(Some)
}

/// Whether a header promises what must not enter the ledger.
fn is_personal(header: &str) -> bool {
    const WORDS: [&str; 21] = [
        "фио",
        "фамилия",
        "имяабонента",
        "отчество",
        "абонент",
        "собственник",
        "наниматель",
        "жилец",
        "плательщик",
        "потребитель",
        "телефон",
        "почта",
        "email",
        "паспорт",
        "снилс",
        "примечание",
        "комментарий",
        "phone",
        "name",
        "note",
        "comment",
    ];
    let header = folded(header);
    WORDS.iter().any(|word| header.contains(word))
}
