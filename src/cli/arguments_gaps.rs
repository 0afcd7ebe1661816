//! What can be typed after `gaps`.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::arguments::Format;
use crate::cli::arguments_close::{HousePeriod, WhoOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum GapsCommand {
    /// Пробелы месяца: чем заполняются, почему, сколько это стоит, кто решил
    List {
        #[command(flatten)]
        of: HousePeriod,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Один прибор: все способы по порядку, входные данные и расчёт
    Show {
        #[command(flatten)]
        of: HousePeriod,
        /// Заводской номер прибора
        serial: String,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Принять предложенное, или выбрать другой допустимый способ с основанием
    Accept(AcceptGaps),
    /// Кто принимает: само правило закона (by-law) или человек (by-person)
    Policy {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Кто
        #[arg(value_enum)]
        policy: Policy,
        /// С какого расчётного периода: 2026-11
        #[arg(long, value_name = "ПЕРИОД")]
        from: String,
        #[command(flatten)]
        who: WhoOptions,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AcceptGaps {
    #[command(flatten)]
    pub(crate) of: HousePeriod,
    /// Заводские номера приборов
    #[arg(required_unless_present = "all")]
    pub(crate) serials: Vec<String>,
    /// Все открытые пробелы месяца, как предложено
    #[arg(long, conflicts_with_all = ["serials", "method"])]
    pub(crate) all: bool,
    /// Из всех только по этому ресурсу: cold_water …
    #[arg(long, value_name = "РЕСУРС", requires = "all")]
    pub(crate) resource: Option<String>,
    /// Из всех только по этой причине: not_submitted …
    #[arg(long, value_name = "ПРИЧИНА", requires = "all")]
    pub(crate) reason: Option<String>,
    /// Другой способ: average, norm
    #[arg(long, value_name = "СПОСОБ", requires = "act")]
    pub(crate) method: Option<String>,
    /// Номер документа, по которому взят другой способ
    #[arg(long, value_name = "НОМЕР", requires = "act_date")]
    pub(crate) act: Option<String>,
    /// Его дата
    #[arg(long, value_name = "ДАТА")]
    pub(crate) act_date: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) who: WhoOptions,
}

/// Who accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    /// Правило закона принимается само
    ByLaw,
    /// Каждый пробел решает человек
    ByPerson,
}
