//! What can go wrong with the private server; each message names the remedy.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The private PostgreSQL could not be started, reached or stopped.
///
/// The texts are Russian, for the person at the terminal. The cause, where there is one, is the
/// error's source and not part of the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No directory with `initdb`, `pg_ctl` and `postgres` was found.
    #[error(
        "не найдены программы сервера PostgreSQL (initdb, pg_ctl, postgres).\n\
         Установите их без создания общего кластера:\n  \
         sudo apt-get install -y --no-install-recommends postgresql-common\n  \
         echo 'create_main_cluster = false' | \
         sudo tee -a /etc/postgresql-common/createcluster.conf\n  \
         sudo apt-get install -y --no-install-recommends postgresql\n\
         либо укажите каталог с ними в переменной EK_PG_BIN"
    )]
    NoServerBinaries,

    /// `EK_PG_BIN` names a directory without the server programs.
    #[error(
        "в каталоге {} из переменной EK_PG_BIN нет программ initdb, pg_ctl и postgres: \
         исправьте путь (например, /usr/lib/postgresql/17/bin) или уберите переменную",
        dir.display()
    )]
    BadBinDir {
        /// The value of `EK_PG_BIN`.
        dir: PathBuf,
    },

    /// Every server found is older than the store supports.
    #[error(
        "найден PostgreSQL {found}, нужна версия {minimum} или новее: установите её \
         (apt.postgresql.org) и при необходимости укажите её каталог bin в EK_PG_BIN"
    )]
    ServerTooOld {
        /// The newest major version found.
        found: u32,
        /// The oldest major version supported.
        minimum: u32,
    },

    /// The data belong to a major version whose programs are not installed.
    #[error(
        "данные в {} созданы PostgreSQL {data_major}, а установлены программы версии {found}.\n\
         Установите прежнюю версию (sudo apt-get install postgresql-{data_major}) либо перенесите \
         данные программой pg_upgrade; если данные не нужны, удалите этот каталог",
        data.display()
    )]
    VersionMismatch {
        /// The data directory.
        data: PathBuf,
        /// The major version that wrote it.
        data_major: u32,
        /// The major versions installed, comma-separated.
        found: String,
    },

    /// The data directory is there but holds no cluster.
    #[error(
        "каталог {} есть, но это не кластер PostgreSQL (нет файла PG_VERSION): переименуйте \
         или удалите его, и кластер будет создан заново",
        data.display()
    )]
    NotACluster {
        /// The data directory.
        data: PathBuf,
    },

    /// Run as root, and there is no account the server could run under.
    #[error(
        "PostgreSQL не работает от имени root, а учётной записи postgres или nobody в \
         /etc/passwd нет: создайте её (useradd --system postgres) или запустите программу \
         обычным пользователем"
    )]
    NoAccount,

    /// The account of the server cannot enter a directory above the data.
    #[error(
        "учётная запись {account}, под которой работает сервер, не может войти в каталог {}: \
         задайте ENERGOKABINET_HOME вне его (например, /var/lib/energokabinet) или откройте \
         проход (chmod o+x)",
        ancestor.display()
    )]
    HomeUnreachable {
        /// The directory that cannot be entered.
        ancestor: PathBuf,
        /// The account's name.
        account: String,
    },

    /// A directory that must be ours belongs to another user.
    #[error(
        "{} принадлежит пользователю с uid {owner}, а ожидался uid {expected}: запустите \
         программу от имени владельца или задайте другой каталог в ENERGOKABINET_HOME",
        path.display()
    )]
    ForeignOwner {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who it should belong to.
        expected: u32,
    },

    /// The path of the home is not UTF-8, which PostgreSQL would garble.
    #[error(
        "путь {} не в кодировке UTF-8: задайте другой каталог в ENERGOKABINET_HOME",
        home.display()
    )]
    HomeNotUtf8 {
        /// The home.
        home: PathBuf,
    },

    /// The socket directory could let a stranger in.
    #[error(
        "каталог сокета {} небезопасен ({why}): вход на сервер без пароля держится на правах \
         этого каталога. Удалите его, если он ваш, и повторите",
        path.display()
    )]
    UnsafeSocketDir {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },

    /// A server of another home answers on our socket.
    #[error(
        "на сокете {} отвечает сервер с другими данными ({data_directory}): остановите его и \
         повторите",
        socket_dir.display()
    )]
    ForeignServer {
        /// Our socket directory.
        socket_dir: PathBuf,
        /// The data directory that server works on.
        data_directory: String,
    },

    /// Another process holds the lock of this home for too long.
    #[error(
        "другой процесс запускает или останавливает этот же сервер дольше {seconds} с \
         (блокировка {}): дождитесь его или завершите и повторите",
        path.display()
    )]
    LockTimeout {
        /// The lock file.
        path: PathBuf,
        /// How long we waited.
        seconds: u64,
    },

    /// A PostgreSQL program ended with an error.
    #[error("{tool} завершилась с ошибкой ({status}):\n{output}")]
    ToolFailed {
        /// The program's name.
        tool: &'static str,
        /// How it ended.
        status: String,
        /// The last lines of what it printed.
        output: String,
    },

    /// The server ended instead of starting.
    #[error(
        "сервер PostgreSQL не запустился ({status}). Последние строки журнала {}:\n{tail}",
        log.display()
    )]
    StartFailed {
        /// How the process ended.
        status: String,
        /// The server log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// The server runs but takes no connections.
    #[error(
        "сервер PostgreSQL не принимает соединения дольше {seconds} с; если в журнале видно \
         восстановление после сбоя, просто повторите позже. Последние строки журнала {}:\n{tail}",
        log.display()
    )]
    StartTimeout {
        /// How long we waited.
        seconds: u64,
        /// The server log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
        /// The last refusal.
        #[source]
        source: Option<sqlx::Error>,
    },

    /// Processes of the cluster did not end when asked.
    #[error(
        "процессы сервера PostgreSQL ({pids}) не завершаются дольше {seconds} с: завершите их \
         командой kill -QUIT {pids} и повторите"
    )]
    WillNotEnd {
        /// Their ids, separated by blanks.
        pids: String,
        /// How long we waited.
        seconds: u64,
    },

    /// The running server could lose acknowledged data.
    #[error(
        "сервер PostgreSQL работает с {setting} = {value}: подтверждённые данные могут пропасть \
         при сбое питания. Остановите сервер, уберите эту настройку из postgresql.conf и повторите"
    )]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// Its value; `on` is needed.
        value: String,
    },

    /// `/proc` does not tell who we are.
    #[error(
        "не удалось узнать, от чьего имени работает программа (/proc/self/status): \
         встроенный сервер поддерживается в Linux со смонтированным /proc; иначе задайте \
         DATABASE_URL и DATABASE_OWNER_URL"
    )]
    NoProcessInfo,

    /// Neither `ENERGOKABINET_HOME` nor `HOME` says where to keep the data.
    #[error("не задано, где хранить данные: задайте ENERGOKABINET_HOME (переменной HOME тоже нет)")]
    NoHome,

    /// The operating system refused.
    #[error("не удалось {action}: {}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },

    /// The server answered a set-up statement with an error.
    #[error("сервер PostgreSQL запущен, но не удалось {action}")]
    Sql {
        /// What was attempted.
        action: &'static str,
        /// The answer.
        #[source]
        source: sqlx::Error,
    },
}

impl EmbeddedError {
    /// For `map_err`: an I/O error with what was attempted and on what.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// For `map_err`: an SQL error with what was attempted.
    pub(super) fn sql(action: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { action, source }
    }
}
