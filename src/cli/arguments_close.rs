//! What can be typed after `close`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::arguments::Format;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct CloseArguments {
    #[command(subcommand)]
    pub(crate) step: Option<CloseStep>,
    /// Дом: код ФИАС, номер журнала или часть адреса
    #[arg(required = true)]
    pub(crate) house: Option<String>,
    /// Расчётный период: 2026-10
    #[arg(required = true)]
    pub(crate) period: Option<String>,
    /// Только показать этапы, что будет записано и что мешает; ничего не записывать
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Посчитать счета, но задержать: до `close release` период можно открыть снова
    #[arg(long)]
    pub(crate) hold_bills: bool,
    #[command(flatten)]
    pub(crate) causes: CauseOptions,
    #[command(flatten)]
    pub(crate) who: WhoOptions,
}

/// Causes given together with a closing.
#[derive(Debug, Args)]
pub(crate) struct CauseOptions {
    /// Причина для всех замечаний вида: no_norm=checked; можно повторять
    #[arg(long, value_name = "ВИД=ПРИЧИНА")]
    pub(crate) accept: Vec<String>,
    /// Одна причина для всех замечаний, у которых её ещё нет
    #[arg(long, value_name = "ПРИЧИНА")]
    pub(crate) accept_rest: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WhoOptions {
    /// Кто действует: учётная запись для журнала (без имён людей)
    #[arg(long, default_value = "cli", value_name = "КОД")]
    pub(crate) actor: String,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Period of a house.
#[derive(Debug, Args)]
pub(crate) struct HousePeriod {
    /// Дом: код ФИАС, номер журнала или часть адреса
    pub(crate) house: String,
    /// Расчётный период: 2026-10
    pub(crate) period: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CloseStep {
    /// Указать причину замечания: с ней период можно закрыть
    Accept {
        #[command(flatten)]
        of: HousePeriod,
        /// Вид замечания, как его называет `close … --dry-run --format json` (volume_unknown …)
        kind: String,
        /// Причина: checked, awaiting_documents, being_mended …
        cause: String,
        /// Только по этому ресурсу: cold_water …
        #[arg(long, value_name = "РЕСУРС")]
        resource: Option<String>,
        /// Только по этому помещению (номер)
        #[arg(long, value_name = "НОМЕР")]
        premises: Option<String>,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Пройти этап: collected, validated, gaps_decided, balanced, approved (и все до него)
    Stage {
        #[command(flatten)]
        of: HousePeriod,
        /// Этап
        stage: String,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Сверить закрытие: пересчитать строки по журналу и сравнить с записанным корнем
    Verify {
        #[command(flatten)]
        of: HousePeriod,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Выставить задержанные счета
    Release {
        #[command(flatten)]
        of: HousePeriod,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Открыть закрытый период снова, пока счета не выставлены: запрос и утверждение разными людьми
    Reopen {
        #[command(flatten)]
        of: HousePeriod,
        /// Основание запроса: closed_by_mistake, decision
        #[arg(long, value_name = "ОСНОВАНИЕ", required_unless_present = "approve")]
        reason: Option<String>,
        /// Утвердить запрос другого сотрудника
        #[arg(long, conflicts_with = "reason")]
        approve: bool,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Закрыть месяц многих домов одной партией
    #[command(subcommand)]
    Batch(BatchStep),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchStep {
    /// Рассчитать дома и предложить партию с контрольными итогами
    Propose {
        /// Расчётный период: 2026-10
        period: String,
        /// Все дома
        #[arg(long, conflicts_with = "houses", required_unless_present = "houses")]
        all: bool,
        /// Файл со списком домов, один в строке: код ФИАС, номер журнала или часть адреса
        #[arg(long, value_name = "ФАЙЛ")]
        houses: Option<PathBuf>,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Утвердить контрольные итоги партии (другой сотрудник, чем предложивший)
    Approve {
        /// Номер партии
        batch: String,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Закрыть дома утверждённой партии; прерванную — продолжить
    Run {
        /// Номер партии
        batch: String,
        #[command(flatten)]
        causes: CauseOptions,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Показать партию: итоги и что стало с каждым домом
    Show {
        /// Номер партии
        batch: String,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CorrectCommand {
    /// Показать, какие счета и балансы изменит исправление и на сколько; ничего не записывать
    Preview {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Файл исправления (форма: `energokabinet schema correction`)
        file: PathBuf,
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Запросить исправление вместе с его последствиями
    Request {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Файл исправления (форма: `energokabinet schema correction`)
        file: PathBuf,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Утвердить и выполнить исправление (другой сотрудник, чем запросивший)
    Approve {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Номер запроса
        id: String,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Отклонить исправление
    Decline {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Номер запроса
        id: String,
        #[command(flatten)]
        who: WhoOptions,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EngineCommand {
    /// Закрыть месяцы файлов расчёта этой версией и сохранить журналы (при выпуске версии)
    Export {
        /// Папка с файлами расчёта (tests/engines/cases) или один файл
        cases: PathBuf,
        /// Папка этой версии (tests/engines/ВЕРСИЯ)
        out: PathBuf,
    },
    /// Сохранить журнал дома с его закрытиями
    ExportHouse {
        /// Дом: код ФИАС, номер журнала или часть адреса
        house: String,
        /// Куда
        out: PathBuf,
    },
    /// Закрыть сохранённые месяцы этой версией ещё раз и сравнить до копейки
    Replay {
        /// Файлы или папки
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}
