//! What can go wrong between a command and the book, told apart by what the caller can do about it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A failure to read or to prepare something; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer a question.
    #[error("не удалось прочитать из базы данных; проверьте, что PostgreSQL запущен и доступен")]
    Read(#[source] sqlx::Error),
    /// The pool could not be opened.
    #[error(
        "не удалось подключиться к базе данных «{target}»; проверьте адрес и что сервер запущен"
    )]
    Connect {
        /// Host and database, without user and password.
        target: String,
        /// The driver's reason.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed or the schema belongs to another version of the program.
    #[error("миграция базы данных не выполнена")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// There is no such book.
    #[error("журнала {0} нет; откройте его (import house) или проверьте идентификатор")]
    NoSuchBook(Uuid),
    /// The book is of another kind.
    #[error("журнал {0} уже открыт как журнал другого вида")]
    OtherKind(Uuid),
    /// The book ends before this position.
    #[error("в журнале {book} нет позиции {position}: последняя — {head}")]
    NoSuchPosition {
        /// The book.
        book: Uuid,
        /// What was asked for.
        position: i64,
        /// The head's position.
        head: i64,
    },
    /// An instant that has not come has no answer yet.
    #[error("момент {0} ещё не наступил; укажите прошедший момент или позицию")]
    Future(DateTime<Utc>),
    /// A stored event or state cannot be read as what it should be.
    #[error("{place}: сохранённое событие не читается ({reason})")]
    Undecodable {
        /// Stream and sequence, or position.
        place: String,
        /// What does not fit.
        reason: String,
    },
    /// A stream in the book is not 1, 2, 3 …
    #[error("поток {stream} нарушен: после события {after} идёт {found}; запустите `books verify`")]
    BrokenStream {
        /// `type/id`.
        stream: String,
        /// The last good sequence.
        after: u64,
        /// What came instead.
        found: i64,
    },
    /// A reading task ended without saying so.
    #[error("чтение журнала прервалось; повторите")]
    ReadInterrupted,
    /// The operating system gives no random bytes.
    #[error("операционная система не даёт случайных чисел; повторите")]
    NoRandomness,
    /// A key, an actor or another name is empty, too long or holds control characters.
    #[error("{what} «{text}» не годится: нужно от 1 до 256 байт без управляющих символов")]
    BadName {
        /// What it was meant for.
        what: &'static str,
        /// As it was given.
        text: String,
    },
    /// The program must not run with rights that go past the guards.
    #[error(
        "сервер запущен от роли «{role}» ({why}); задайте в DATABASE_URL роль, входящую только в ek_app"
    )]
    Privileged {
        /// The session's role.
        role: String,
        /// Which right is too much.
        why: &'static str,
    },
}

impl StoreError {
    /// A failed read.
    pub(crate) fn read(error: sqlx::Error) -> Self {
        Self::Read(error)
    }
}

/// Why a command gave no events.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E: std::error::Error + 'static> {
    /// The aggregate refused; the unit is as it was before the command.
    #[error(transparent)]
    Refused(E),
    /// An event cannot be kept; the unit is as it was before the command.
    #[error("событие {event_type} агрегата {stream} нельзя записать")]
    Unrecordable {
        /// `type/id`.
        stream: String,
        /// The event's type.
        event_type: String,
        /// What does not fit.
        #[source]
        reason: super::entry::UnrecordableError,
    },
    /// The aggregate could not be loaded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a unit of work was not appended. Nothing of it is stored, except where said.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else continued a stream of this unit. Judge again.
    #[error("данные изменены одновременно с вами: {0}; повторите")]
    Conflict(String),
    /// Something this unit only read has moved. Judge again.
    #[error("изменились сведения, по которым принималось решение: {0}; повторите")]
    ReadMoved(String),
    /// A fact of this unit is in the book already. Judge again: the same is nothing new, another
    /// content is a correction.
    #[error("такой факт уже записан: {0}")]
    NaturalKeyKnown(String),
    /// The connection broke, nothing was stored and nothing will be. Try again.
    #[error("связь с базой данных прервалась, ничего не записано; повторите")]
    NotStored,
    /// The idempotency key was used with another request.
    #[error("ключ идемпотентности уже использован с другим запросом; задайте новый ключ")]
    KeyReused,
    /// The book takes no further events.
    #[error("журнал {0} закрыт для записи")]
    Sealed(Uuid),
    /// There is no such book.
    #[error("журнала {0} нет; откройте его (import house) или проверьте идентификатор")]
    NoSuchBook(Uuid),
    /// A stream of this unit stands in another book, or has a gap.
    #[error("поток продолжается не в своём журнале: {0}")]
    ForeignStream(String),
    /// The database could not be asked whether the append was stored. Repeat the request under its
    /// idempotency key, or read the commit by its id.
    #[error("неизвестно, записан ли пакет {commit} журнала {book}: база данных недоступна")]
    OutcomeUnknown {
        /// The book.
        book: Uuid,
        /// The id under which it would stand.
        commit: Uuid,
        /// Why the database could not be asked.
        #[source]
        source: sqlx::Error,
    },
    /// The database refused for another reason; nothing is stored.
    #[error("база данных отказала в записи; ничего не записано")]
    Refused(#[source] sqlx::Error),
    /// Something could not be read or prepared.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommitError {
    /// Whether judging the same commands again on fresh facts may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Conflict(_) | Self::ReadMoved(_) | Self::NaturalKeyKnown(_) | Self::NotStored
        )
    }
}
