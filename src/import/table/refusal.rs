//! Why a file or a row cannot be taken, and what its writer can do about it.

/// A row that did not become a reading.
///
/// The texts quote cells of recognised columns only, shortened; a column that is not recognised
/// (a name, a phone, a comment) is never quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what_ru}")]
pub struct RowRefusal {
    /// A stable word for programs, for example `value.not_a_number`.
    pub code: &'static str,
    /// What is wrong and in which column.
    pub what_ru: String,
    /// How to mend it.
    pub remedy_ru: String,
}

impl RowRefusal {
    pub(crate) fn new(
        code: &'static str,
        what_ru: impl Into<String>,
        remedy_ru: impl Into<String>,
    ) -> Self {
        Self {
            code,
            what_ru: what_ru.into(),
            remedy_ru: remedy_ru.into(),
        }
    }
}

/// A file from which no row can be taken.
#[derive(Debug, thiserror::Error)]
pub enum UnusableFile {
    /// The file cannot be opened or read.
    #[error("Файл «{name}» не читается: {cause}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// No bytes, or nothing but empty rows.
    #[error("Файл «{name}» пуст")]
    Empty {
        /// The file.
        name: String,
    },
    /// Recognised as something that is not CSV or XLSX.
    #[error("Файл «{name}» — это {found}, а не CSV и не XLSX")]
    WrongKind {
        /// The file.
        name: String,
        /// What it looks like.
        found: &'static str,
    },
    /// An XLSX that cannot be taken apart.
    #[error("Книга XLSX «{name}» повреждена: {cause}")]
    BrokenWorkbook {
        /// The file.
        name: String,
        /// What exactly could not be read.
        cause: String,
    },
    /// An XLSX without a visible sheet of cells.
    #[error("В книге «{name}» нет ни одного видимого листа с ячейками")]
    NoSheet {
        /// The file.
        name: String,
    },
    /// More than is held in memory.
    #[error("Файл «{name}» слишком велик: {what}")]
    TooLarge {
        /// The file.
        name: String,
        /// Which limit was passed.
        what: String,
    },
    /// No row holds the headers of the required columns.
    #[error(
        "В файле «{name}» не найдена строка заголовков. Не хватает столбцов: {}. Найдены: {}",
        missing.join("; "),
        if found.is_empty() { "ни одного".to_owned() } else { found.join(", ") }
    )]
    HeaderNotFound {
        /// The file.
        name: String,
        /// Headers of the row that looks most like a header.
        found: Vec<String>,
        /// Columns that are required and absent, with their synonyms.
        missing: Vec<String>,
        /// Headers for example.
        example: &'static str,
    },
    /// Two columns mean the same.
    #[error("В файле «{name}» столбцы «{first}» и «{second}» значат одно и то же: {meaning}")]
    SameColumnTwice {
        /// The file.
        name: String,
        /// Header of the first.
        first: String,
        /// Header of the second.
        second: String,
        /// What both mean.
        meaning: &'static str,
    },
}

impl UnusableFile {
    /// How to mend it.
    pub fn remedy_ru(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "Проверьте путь к файлу и право на его чтение; если файл открыт в Excel, \
                 закройте его."
            }
            Self::Empty { .. } => {
                "Выгрузите таблицу заново: нужна строка заголовков и строки под ней."
            }
            Self::WrongKind { .. } => {
                "Откройте его в Excel или LibreOffice и сохраните как «Книга Excel (.xlsx)» или \
                 «CSV UTF-8»."
            }
            Self::BrokenWorkbook { .. } => {
                "Откройте книгу в Excel или LibreOffice и сохраните заново; если она защищена \
                 паролем, снимите его."
            }
            Self::NoSheet { .. } => "Поместите таблицу на обычный видимый лист.",
            Self::TooLarge { .. } => {
                "Разделите таблицу на несколько файлов или сохраните её как CSV."
            }
            Self::HeaderNotFound { example, .. } => {
                return format!(
                    "Дайте столбцам названия в одной строке над данными, например: {example}."
                );
            }
            Self::SameColumnTwice { .. } => "Оставьте один из них или переименуйте второй.",
        }
        .to_owned()
    }
}
