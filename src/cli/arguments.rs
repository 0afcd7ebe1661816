//! What can be typed: commands, their arguments and their help.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::arguments_audit::AuditCommand;
use crate::cli::arguments_close::{CloseArguments, CorrectCommand, EngineCommand};
use crate::cli::arguments_collect::CollectArguments;
use crate::cli::arguments_device::{DeviceCommand, SimulateArguments};
use crate::cli::arguments_gaps::GapsCommand;
use crate::cli::arguments_instalments::InstalmentsCommand;
use crate::cli::arguments_rules::{RulesCommand, ShadowArguments};

/// ЭнергоКабинет: учёт коммунальных ресурсов многоквартирных домов в неизменяемых журналах.
///
/// Без настройки команды работают с собственным сервером PostgreSQL, который программа
/// запускает сама (как `bin/demo`). Своя база: DATABASE_URL для работы и DATABASE_OWNER_URL
/// для миграций.
#[derive(Debug, Parser)]
#[command(name = "energokabinet", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// База данных: postgres://пользователь@узел/база
    #[arg(
        long,
        env = "DATABASE_URL",
        global = true,
        hide_env_values = true,
        value_name = "URL",
        help_heading = "База данных"
    )]
    pub(crate) database_url: Option<String>,

    /// База данных под владельцем схемы: нужна для миграций
    #[arg(
        long,
        env = "DATABASE_OWNER_URL",
        global = true,
        hide_env_values = true,
        value_name = "URL",
        help_heading = "База данных"
    )]
    pub(crate) database_owner_url: Option<String>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Команды.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Показать систему на трёх домах Екатеринбурга
    Demo(DemoArguments),
    /// Загрузить дом или показания из файла
    #[command(subcommand)]
    Import(ImportCommand),
    /// Напечатать описание формата файла (JSON Schema)
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Рассчитать дом из одного файла, без базы данных
    Settle(SettleArguments),
    /// История прибора: каждое значение и откуда оно взялось
    History(HistoryArguments),
    /// Баланс дома за расчётный период: общедомовые приборы минус индивидуальные
    Balance(BalanceArguments),
    /// Закрыть расчётный период дома: заполнить пробелы, выставить счета, открыть следующий
    ///
    /// Причины замечаний, этапы, сверка, задержанные счета и партии домов — отдельные команды.
    Close(CloseArguments),
    /// Исправление: что оно изменит в счетах, запрос и утверждение разными людьми
    #[command(subcommand)]
    Correct(CorrectCommand),
    /// Закрытия выпущенных версий: сохранить, повторить и сравнить
    #[command(subcommand)]
    Engine(EngineCommand),
    /// Пробелы в показаниях: чем заполняются, сколько это стоит, кто решает
    #[command(subcommand)]
    Gaps(GapsCommand),
    /// Правила: что действует, с какого дня, по какому пункту и кто за это отвечает
    #[command(subcommand)]
    Rules(RulesCommand),
    /// КР на СОИ дома за год: разность, перенос, долг перед РСО, начисления и корректировка
    Soi(SoiArguments),
    /// Теневой расчёт: другие правила, цены или решения на настоящей истории дома
    ///
    /// Ничего не записывает: показывает, сколько стоил бы каждый месяц и каждому счёту.
    Shadow(ShadowArguments),
    /// Счёт по лицевому счёту за период: выставленный, предварительный, пересчитанный
    Bill(BillArguments),
    /// Рассрочка (ПП 354 п. 72): оформить по заявлению потребителя, прекратить досрочно
    #[command(subcommand)]
    Instalments(InstalmentsCommand),
    /// Сверить полученный счёт с нашим: каждая разница с причиной
    CheckBill(CheckBillArguments),
    /// Почему такая цифра: от суммы до событий журнала
    Why(WhyArguments),
    /// Журналы: список и проверка
    #[command(subcommand)]
    Books(BooksCommand),
    /// Доказательства для тех, кто нам не верит: отметки, пути, выгрузка и её проверка
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Приборы на линиях: профили и пробное чтение
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Опрашивать линии по расписанию; установить линию, опросить её сейчас, приостановить
    Collect(CollectArguments),
    /// Улица приборов, которых нет: для пробы линий и сборщика
    Simulate(SimulateArguments),
    /// Создать или обновить схему базы данных
    Migrate,
    /// Списки дома (приборы, потребление, балансы, счета): состояние и построение
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    /// Запустить оба сайта и API (сокет или 127.0.0.1 с токеном)
    Serve(ServeArguments),
    /// Измерить скорость журнала относительно COPY и простых запросов
    Bench(BenchArguments),
    /// Собственный сервер PostgreSQL: запустить, остановить, состояние
    #[command(subcommand)]
    Postgres(PostgresCommand),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Напечатать и выйти, не оставляя сайты и API работать
    #[arg(long)]
    pub(crate) once: bool,
    /// Порт API на 127.0.0.1
    #[arg(long, default_value_t = 8354)]
    pub(crate) port: u16,
    /// Порт сайта сотрудников на 127.0.0.1
    #[arg(long, default_value_t = 8355)]
    pub(crate) staff_port: u16,
    /// Порт сайта жителей на 127.0.0.1
    #[arg(long, default_value_t = 8356)]
    pub(crate) residents_port: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Дом целиком из JSON: адрес, договорённости, помещения, счета, точки, приборы, тарифы
    House(ImportHouseArguments),
    /// Показания из CSV или XLSX
    Readings(ImportReadingsArguments),
    /// Долги, оплаты, пени, субсидии и льготы расчётного центра из CSV или XLSX
    Balances(ImportBalancesArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ImportHouseArguments {
    /// Файл дома (формат: `energokabinet schema house`, docs/formats/house.md)
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) import: ImportOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ImportReadingsArguments {
    /// Файл показаний (формат: docs/formats/readings.md)
    pub(crate) file: PathBuf,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если домов несколько
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    #[command(flatten)]
    pub(crate) import: ImportOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ImportBalancesArguments {
    /// Файл сальдо (формат: docs/formats/balances.md)
    pub(crate) file: PathBuf,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если домов несколько
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    #[command(flatten)]
    pub(crate) import: ImportOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Только показать, что будет сделано; ничего не записывать
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Записать отчёт по строкам в файл (.csv или .jsonl)
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) report: Option<PathBuf>,
    /// Кто загружает: учётная запись для журнала (без имён людей)
    #[arg(long, default_value = "cli", value_name = "КОД")]
    pub(crate) actor: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Файл дома
    House,
    /// Файл расчёта (для settle)
    Case,
    /// Файл исправления (для correct)
    Correction,
    /// Файл линии (docs/formats/line.md)
    Line,
    /// Профиль прибора (docs/formats/device-profile.md)
    Profile,
}

#[derive(Debug, Args)]
pub(crate) struct SettleArguments {
    /// Файл расчёта (формат: `energokabinet schema case`, docs/formats/case.md)
    pub(crate) file: PathBuf,
    /// Расчётный период: 2026-03
    #[arg(long, value_name = "ПЕРИОД")]
    pub(crate) period: String,
    /// Показать в тексте только этот лицевой счёт
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) account: Option<String>,
    /// Показать в тексте только это помещение
    #[arg(long, value_name = "НОМЕР")]
    pub(crate) premises: Option<String>,
    /// Показать в тексте и объяснение каждой цифры; в JSON оно есть всегда
    #[arg(long)]
    pub(crate) explain: bool,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    /// Прибор: заводской номер или UUID
    pub(crate) meter: String,
    /// Дом: код ФИАС, номер журнала или часть адреса
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    #[command(flatten)]
    pub(crate) view: ViewOptions,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BalanceArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BalanceCommand>,
    /// Дом: код ФИАС, номер журнала или часть адреса
    #[arg(required = true)]
    pub(crate) house: Option<String>,
    /// Расчётный период: 2026-10
    #[arg(required = true)]
    pub(crate) period: Option<String>,
    /// Ресурс: cold_water, hot_water, heat, electricity, gas; без него — все с балансом
    #[arg(long, value_name = "РЕСУРС")]
    pub(crate) resource: Option<String>,
    /// Показать и объяснение каждой цифры
    #[arg(long)]
    pub(crate) explain: bool,
    /// Сравнить с более ранним взглядом: что изменилось и почему
    #[arg(long, value_name = "МОМЕНТ|ПОЗИЦИЯ")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) view: ViewOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BalanceCommand {
    /// Записать, чем объясняется разность: предложенные причины отрицательных балансов или свою
    Explain(ExplainArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Расчётный период: 2026-10
    pub(crate) period: String,
    /// Дом: код ФИАС, номер журнала или часть адреса
    #[arg(
        long,
        value_name = "ДОМ",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub(crate) house: Option<String>,
    /// Все дома
    #[arg(long)]
    pub(crate) all: bool,
    /// Ресурс; без него — все с балансом
    #[arg(long, value_name = "РЕСУРС")]
    pub(crate) resource: Option<String>,
    /// Причина: leak, own_needs, not_simultaneous …; без неё — предложенные
    #[arg(long, value_name = "КОД")]
    pub(crate) cause: Option<String>,
    /// Сколько объясняется, в единицах баланса; без него — предложенный объём этой причины
    #[arg(
        long,
        value_name = "ОБЪЁМ",
        requires_all = ["cause", "resource", "house"],
        allow_hyphen_values = true
    )]
    pub(crate) amount: Option<String>,
    /// Только показать; ничего не записывать
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Кто принимает: учётная запись для журнала (без имён людей)
    #[arg(long, default_value = "cli", value_name = "КОД")]
    pub(crate) actor: String,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SoiArguments {
    /// Дом: код ФИАС, номер журнала или часть адреса
    pub(crate) house: String,
    /// Год: 2026
    pub(crate) year: i32,
    /// Только этот ресурс: cold_water …
    #[arg(long, value_name = "РЕСУРС")]
    pub(crate) resource: Option<String>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CheckBillArguments {
    /// Полученный счёт: CSV, XLSX или JSONL (формат: docs/formats/foreign-bill.md)
    pub(crate) file: PathBuf,
    /// Номер лицевого счёта
    pub(crate) account: String,
    /// Расчётный период: 2026-10
    pub(crate) period: String,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если номер есть в нескольких домах
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct BillArguments {
    /// Номер лицевого счёта
    pub(crate) account: String,
    /// Расчётный период: 2026-10
    pub(crate) period: String,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если номер есть в нескольких домах
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    /// Показать рядом тот же период, как он известен теперь (или на --known-at), и почему иначе
    #[arg(long)]
    pub(crate) recomputed: bool,
    /// Объяснить каждую строку до событий журнала
    #[arg(long)]
    pub(crate) explain: bool,
    /// Как было известно: момент (2026-10-24T12:00:00+05:00) или позиция журнала
    #[arg(long, value_name = "МОМЕНТ|ПОЗИЦИЯ")]
    pub(crate) known_at: Option<String>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = BillFormat::Text)]
    pub(crate) format: BillFormat,
}

/// Виды счёта.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BillFormat {
    /// Текст для людей
    Text,
    /// JSON для программ
    Json,
    /// Страница для печати и телефона
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// Цифра: СЧЁТ/ПЕРИОД, СЧЁТ/ПЕРИОД/СТРОКА или ДОМ/ПЕРИОД/РЕСУРС (например 4501/2026-10/2)
    pub(crate) figure: String,
    /// Дом: код ФИАС, номер журнала или часть адреса; нужен, если номер есть в нескольких домах
    #[arg(long, value_name = "ДОМ")]
    pub(crate) house: Option<String>,
    #[command(flatten)]
    pub(crate) view: ViewOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ViewOptions {
    /// Как было известно: момент (2026-10-24T12:00:00+05:00) или позиция журнала
    #[arg(long, value_name = "МОМЕНТ|ПОЗИЦИЯ")]
    pub(crate) known_at: Option<String>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Виды ответа.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Текст для людей
    Text,
    /// JSON для программ
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BooksCommand {
    /// Список журналов
    List {
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Пересчитать записи журналов и сверить с сохранённой вне базы отметкой
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Журнал: номер, код ФИАС или часть адреса; без него — все
    pub(crate) book: Option<String>,
    /// Сверить с отметками из файла (сделан раньше через --save-heads)
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) against: Option<PathBuf>,
    /// Сохранить отметки проверенных журналов в файл; хранить его вне этой машины
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) save_heads: Option<PathBuf>,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionsCommand {
    /// По каждому журналу: докуда доведены списки, отставание, версия, на чём остановлены
    Status {
        /// Вид ответа
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Построить списки заново рядом с прежними и переключиться на них; снимает остановку
    Rebuild {
        /// Журнал: номер, код ФИАС или часть адреса
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        book: Option<String>,
        /// Все дома
        #[arg(long)]
        all: bool,
    },
    /// Доводить списки до конца журналов (то же делает `serve`)
    Run {
        /// Довести и выйти
        #[arg(long)]
        once: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Слушать сокет по этому пути (доступ — права на файл)
    #[arg(long, value_name = "ПУТЬ", conflicts_with = "port")]
    pub(crate) socket: Option<PathBuf>,
    /// Слушать 127.0.0.1 на этом порту (нужен токен)
    #[arg(long, default_value_t = 8354)]
    pub(crate) port: u16,
    /// Файл с токеном; без него токен создаётся и печатается при запуске
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sites: SiteOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Сайты")]
pub(crate) struct SiteOptions {
    /// Где слушает сайт сотрудников
    #[arg(long, value_name = "АДРЕС:ПОРТ", default_value = "127.0.0.1:8355")]
    pub(crate) staff: SocketAddr,
    /// Где слушает сайт жителей
    #[arg(long, value_name = "АДРЕС:ПОРТ", default_value = "127.0.0.1:8356")]
    pub(crate) residents: SocketAddr,
    /// Адрес сайта сотрудников в браузере, если перед ним стоит TLS: `https://uk.example.ru`
    #[arg(long, value_name = "URL")]
    pub(crate) staff_origin: Option<String>,
    /// Адрес сайта жителей в браузере: `https://dom.example.ru`
    #[arg(long, value_name = "URL")]
    pub(crate) residents_origin: Option<String>,
    /// Файл ключа, которым закрыты данные людей; без него — people.key в каталоге программы
    #[arg(long, value_name = "ФАЙЛ", env = "ENERGOKABINET_PEOPLE_KEY")]
    pub(crate) people_key: Option<PathBuf>,
    /// Только API, без сайтов
    #[arg(long)]
    pub(crate) no_sites: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// Что мерить; без этого — всё
    #[arg(value_enum)]
    pub(crate) only: Vec<BenchPart>,
    /// Повторов каждого измерения
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: u32,
    /// Вид ответа
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Измерения.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchPart {
    /// Пакетная запись против COPY
    Batch,
    /// Импорт 100 000 показаний против COPY
    Import,
    /// Одиночная запись против простого запроса
    Append,
    /// Команды целиком против pgbench
    Commands,
    /// Первая команда прибору с длинной историей
    LongMeter,
    /// Баланс на прошлую позицию против COPY
    Balance,
    /// Построение списков по журналу в миллион событий против COPY
    Projections,
    /// Месяц города из 10, 100 и 1000 домов против свёртки тех же журналов
    City,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PostgresCommand {
    /// Запустить и напечатать адреса баз
    Start,
    /// Остановить
    Stop,
    /// Работает ли
    Status,
}
