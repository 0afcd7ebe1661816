//! What can be typed after `rules`.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::arguments::Format;
use crate::cli::arguments_close::WhoOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Правила, которые действуют в день: значение, пункт, статус, кто подтвердил
    List {
        /// День; без него сегодня
        #[arg(long, value_name = "ДАТА")]
        on: Option<NaiveDate>,
        /// Правила дома: вместе с его особыми правилами
        #[arg(long, value_name = "ДОМ")]
        house: Option<String>,
        /// Только такие
        #[arg(long, value_enum)]
        status: Option<RuleStatus>,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Все строки одного правила: с какого дня, по какому пункту, из какого источника
    Show {
        /// Правило, как его называет `rules list`: multiplier …
        parameter: String,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Чем правила одного дня отличаются от правил другого
    Diff {
        /// Первый день
        from: NaiveDate,
        /// Второй день
        to: NaiveDate,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Ответить за строки, которые не сверены с законом: до этого месяцы по ним не закрываются
    Confirm {
        /// Номера строк (достаточно начала)
        #[arg(required_unless_present = "all")]
        rows: Vec<String>,
        /// Все несверенные строки, за которые никто ещё не отвечает
        #[arg(long, conflicts_with = "rows")]
        all: bool,
        #[command(flatten)]
        by: AnswerOptions,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Отозвать подтверждение: закрытые месяцы остаются закрытыми
    Withdraw {
        /// Номер строки (достаточно начала)
        row: String,
        #[command(flatten)]
        by: AnswerOptions,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Записать особое правило дома по акту региона, решению собрания, суда или порядку поставщика
    Override(OverrideArguments),
}

/// Who answers, and by what.
#[derive(Debug, Args)]
pub(crate) struct AnswerOptions {
    /// Должность того, кто отвечает: «главный бухгалтер ООО …» (имени в журнале нет)
    #[arg(long, value_name = "ДОЛЖНОСТЬ")]
    pub(crate) office: String,
    /// Где он это прочитал: «КонсультантПлюс, 25.11.2026»
    #[arg(long, value_name = "ИСТОЧНИК")]
    pub(crate) source: String,
    /// Номер человека в кадровом учёте (UUID); без него выдаётся новый и печатается
    #[arg(long, value_name = "UUID")]
    pub(crate) person: Option<uuid::Uuid>,
}

#[derive(Debug, Args)]
pub(crate) struct OverrideArguments {
    /// Дом: код ФИАС, номер журнала или часть адреса
    pub(crate) house: String,
    /// Правило, как его называет `rules list`
    pub(crate) parameter: String,
    /// Значение: 1.5, 6, true, event_period
    pub(crate) value: String,
    /// Первый день
    #[arg(long)]
    pub(crate) from: NaiveDate,
    /// Первый день, когда его уже нет
    #[arg(long)]
    pub(crate) until: Option<NaiveDate>,
    /// Только этот ресурс: cold_water …; можно повторять
    #[arg(long, value_name = "РЕСУРС")]
    pub(crate) resource: Vec<String>,
    /// Основание
    #[arg(long, value_enum)]
    pub(crate) basis: Basis,
    /// Номер акта, протокола, решения
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) act: String,
    /// Его дата
    #[arg(long, value_name = "ДАТА")]
    pub(crate) act_date: NaiveDate,
    /// Кто его издал
    #[arg(long, value_name = "ОРГАН")]
    pub(crate) issued_by: Option<String>,
    #[command(flatten)]
    pub(crate) who: WhoOptions,
}

/// Grounds of another rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Basis {
    /// Акт региона
    RegionalAct,
    /// Решение собрания собственников
    MeetingDecision,
    /// Судебный акт
    CourtAct,
    /// Порядок поставщика
    SupplierPolicy,
    /// Договор с ресурсоснабжающей организацией
    Contract,
}

/// Which rows are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleStatus {
    /// Не сверено с законом или источники расходятся
    Uncertain,
    /// Из них те, за которые никто не отвечает
    Unanswered,
    /// Прочитано в законе
    Certain,
}

#[derive(Debug, Args)]
pub(crate) struct ShadowArguments {
    /// Дом: код ФИАС, номер журнала или часть адреса
    pub(crate) house: String,
    /// Первый расчётный период: 2025-01
    #[arg(long, value_name = "ПЕРИОД")]
    pub(crate) from: String,
    /// Последний расчётный период
    #[arg(long, value_name = "ПЕРИОД")]
    pub(crate) to: String,
    /// Считать все месяцы по правилам этого месяца
    #[arg(long, value_name = "ПЕРИОД")]
    pub(crate) rules_of: Option<String>,
    /// Другое значение правила: multiplier=1 или multiplier@cold_water=1; можно повторять
    #[arg(long, value_name = "ПРАВИЛО=ЗНАЧЕНИЕ")]
    pub(crate) set: Vec<String>,
    /// Другая цена: cold_water=50 или hot_water/energy=2500; можно повторять
    #[arg(long, value_name = "РЕСУРС=ЦЕНА")]
    pub(crate) price: Vec<String>,
    /// Будто собрание решило: soi_by_fact@cold_water; можно повторять
    #[arg(long, value_name = "РЕШЕНИЕ@РЕСУРС")]
    pub(crate) decide: Vec<String>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = ShadowFormat::Text)]
    pub(crate) format: ShadowFormat,
}

/// Forms of the answer of a shadow run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShadowFormat {
    /// Таблица по месяцам и наибольшие разности
    Text,
    /// Всё в JSON
    Json,
    /// Разности по счетам в CSV (точка с запятой)
    Csv,
}
