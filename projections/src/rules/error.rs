//! What may be wrong with the rules, or missing from them.

use aggregates::text::Code;
use aggregates::time::Period;
use chrono::NaiveDate;

use crate::rules::Name;

/// Rules that cannot be used. The texts reach the person who closes a period.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be read.
    #[error("файл правил не читается: {0}")]
    NotRead(#[source] serde_json::Error),
    /// A row that cannot hold.
    #[error("правило «{name}» с {from}: {wrong}")]
    BadRow {
        /// Which parameter.
        name: Name,
        /// From when the row holds.
        from: NaiveDate,
        /// What is wrong with it.
        wrong: String,
    },
    /// Two rows answer the same question on the same day.
    #[error("правило «{name}» записано дважды на одни дни: строки с {first} и с {second}")]
    Overlap {
        /// Which parameter.
        name: Name,
        /// Beginning of one row.
        first: NaiveDate,
        /// Beginning of the other.
        second: NaiveDate,
    },
    /// No row holds on the day.
    #[error(
        "правило «{name}» на {day} не записано{of}: добавьте строку в parameters.json с пунктом и \
         источником"
    )]
    Missing {
        /// Which parameter.
        name: Name,
        /// For what it was asked, with a leading space and in brackets; empty for all.
        of: String,
        /// On which day.
        day: NaiveDate,
    },
    /// A day outside the edition's period.
    #[error("день {day} не входит в расчётный период {period}")]
    OutsidePeriod {
        /// The day.
        day: NaiveDate,
        /// The period.
        period: Period,
    },
    /// No parameter has this name.
    #[error("правила «{0}» нет: список показывает `rules list`")]
    UnknownName(String),
    /// No volume is calculated for this reason.
    #[error("причины расчёта «{0}» правила не знают")]
    UnknownReason(Code),
    /// An override would be limited by something that the parameter does not depend on.
    #[error("правило «{name}» не зависит от: {by}; уберите это условие")]
    ForeignScope {
        /// Which parameter.
        name: Name,
        /// By what, in Russian.
        by: String,
    },
    /// A day that no calendar holds.
    #[error("в месяце после периода {0} нет такого дня")]
    NoSuchDay(Period),
}
