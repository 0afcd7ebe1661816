//! What can go wrong between the events and the tables.

use uuid::Uuid;

use crate::store::error::StoreError;

/// Read models could not be brought up to date or read.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tables could not be read or written; nothing of the batch is in them.
    #[error("не удалось записать списки дома в базу данных; повторите")]
    Tables(#[source] sqlx::Error),
    /// A figure does not serialise.
    #[error("строка списка не записывается в JSON")]
    Json(#[from] serde_json::Error),
    /// Another program moved the checkpoint although this one held it.
    #[error("отметку журнала {0} сдвинули одновременно; пакет отменён")]
    CheckpointMoved(Uuid),
    /// The book's read models stand still at an event that cannot be taken in.
    #[error(
        "списки журнала {book} остановлены на позиции {position}: {reason}; после исправления \
         выполните `projections rebuild`"
    )]
    Parked {
        /// The book.
        book: Uuid,
        /// The event's position.
        position: i64,
        /// Why it cannot be taken in.
        reason: String,
    },
    /// They did not reach the position in time.
    #[error(
        "списки журнала {book} за отведённое время не дошли до позиции {wanted} (сейчас {stands}); \
         работает ли `serve`? Повторите позже"
    )]
    NotReached {
        /// The book.
        book: Uuid,
        /// What was waited for.
        wanted: i64,
        /// Where they stand.
        stands: i64,
    },
    /// Nobody has begun to build them.
    #[error("списков журнала {0} ещё нет: запустите `serve` или `projections run`")]
    NoReadModels(Uuid),
}

impl From<sqlx::Error> for ReadModelError {
    fn from(error: sqlx::Error) -> Self {
        Self::Tables(error)
    }
}
