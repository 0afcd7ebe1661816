//! What can be typed after `instalments`.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::arguments_close::WhoOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum InstalmentsCommand {
    /// Оформить рассрочку начисления, давшего на неё право: равные части по месяцам
    Agree {
        #[command(flatten)]
        of: ChargeOptions,
        /// Сколько отсрочить, ₽; без этого — всё начисление
        #[arg(long, value_name = "СУММА")]
        deferred: Option<String>,
        /// На сколько частей; без этого — на столько, сколько даёт правило
        #[arg(long, value_name = "ЧИСЛО")]
        parts: Option<u32>,
        /// Период первой части; без этого — период начисления
        #[arg(long, value_name = "ПЕРИОД")]
        first: Option<String>,
        #[command(flatten)]
        act: ActOptions,
        #[command(flatten)]
        who: WhoOptions,
    },
    /// Прекратить рассрочку досрочно: остаток платится сразу
    End {
        #[command(flatten)]
        of: ChargeOptions,
        /// Период, за который платится весь остаток; период начисления отменяет рассрочку целиком
        #[arg(long, value_name = "ПЕРИОД")]
        from: String,
        /// Почему
        #[arg(long, value_enum, default_value_t = EndReason::ByConsumer)]
        reason: EndReason,
        #[command(flatten)]
        act: ActOptions,
        #[command(flatten)]
        who: WhoOptions,
    },
}

/// Which charge.
#[derive(Debug, Args)]
pub(crate) struct ChargeOptions {
    /// Номер лицевого счёта
    pub(crate) account: String,
    /// Расчётный период начисления: 2026-10
    pub(crate) period: String,
    /// Ресурс: cold_water …
    pub(crate) resource: String,
    /// Исполнитель (UUID), если в счёте по ресурсу их несколько
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) provider: Option<String>,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если номер есть в нескольких домах
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
}

/// The consumer's application.
#[derive(Debug, Args)]
pub(crate) struct ActOptions {
    /// Номер заявления потребителя
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) act: String,
    /// Его дата
    #[arg(long, value_name = "ДАТА")]
    pub(crate) act_date: NaiveDate,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EndReason {
    /// По заявлению потребителя
    ByConsumer,
    /// Оформлена ошибочно
    Mistaken,
}
