//! What can be typed about devices on lines.

use clap::{Args, Subcommand};

use crate::collector::driver::Endpoint;

/// Приборы на линиях.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Профили приборов: список или один целиком
    Profiles(ProfilesArguments),
    /// Пробное чтение прибора по профилю; ничего не записывает
    Read(ReadArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ProfilesArguments {
    /// Профиль целиком: регистры, типы, единицы
    #[arg(value_name = "ПРОФИЛЬ")]
    pub(crate) profile: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArguments {
    /// Профиль: `energokabinet device profiles`
    #[arg(value_name = "ПРОФИЛЬ")]
    pub(crate) profile: String,
    /// Линия: tcp://узел:порт (Modbus TCP) или rtu://узел:порт (RTU через TCP)
    #[arg(value_name = "АДРЕС")]
    pub(crate) endpoint: Endpoint,
    /// Сетевой адрес прибора на линии
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=247))]
    pub(crate) unit: u8,
    /// Заводской номер, который должен назвать прибор
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) serial: Option<String>,
    /// Показать кадры в шестнадцатеричном виде
    #[arg(long)]
    pub(crate) frames: bool,
    /// Сколько ждать ответа, мс
    #[arg(long, value_name = "МС", default_value_t = 2000)]
    pub(crate) response_ms: u64,
    /// На сколько ответ может опоздать, мс: столько линия слушается перед чтением и после него
    #[arg(long, value_name = "МС", default_value_t = 3000)]
    pub(crate) late_ms: u64,
    /// Сколько раз повторить после ошибки
    #[arg(long, value_name = "РАЗ", default_value_t = 2)]
    pub(crate) retries: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// Сколько линий: чётные — RTU через TCP, нечётные — Modbus TCP
    #[arg(long, default_value_t = 2, value_name = "ЧИСЛО")]
    pub(crate) lines: u16,
    /// Сколько приборов на линии
    #[arg(long, default_value_t = 4, value_name = "ЧИСЛО")]
    pub(crate) meters: u8,
    /// Профили приборов, по очереди; по умолчанию все
    #[arg(long, value_name = "ПРОФИЛЬ", value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// Порт первой линии на 127.0.0.1; 0 — любые свободные
    #[arg(long, default_value_t = 15020, value_name = "ПОРТ")]
    pub(crate) port: u16,
    /// Через сколько прибор отвечает, мс
    #[arg(long, default_value_t = 20, value_name = "МС")]
    pub(crate) latency_ms: u64,
    /// Сколько ответов из тысячи портить: молчать, опаздывать, рвать связь, шуметь…
    #[arg(long, default_value_t = 0, value_name = "ЧИСЛО")]
    pub(crate) faults: u64,
    /// На сколько опаздывать, мс
    #[arg(long, default_value_t = 3000, value_name = "МС")]
    pub(crate) late_ms: u64,
}
