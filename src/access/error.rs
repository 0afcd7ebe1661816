//! What keeps a question about people from its answer.

use aggregates::access_grant::error::AccessGrantError;

use crate::access::keys::KeyError;
use crate::figures::FigureError;
use crate::store::error::{CommitError, StoreError};

/// Why people cannot be asked about or written down.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The tables of people cannot be read or written.
    #[error("таблицы людей недоступны; проверьте, что PostgreSQL запущен и схема обновлена")]
    Database(#[from] sqlx::Error),
    /// What is sealed cannot be opened, or a key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// A right was refused.
    #[error(transparent)]
    Grant(#[from] AccessGrantError),
    /// A right could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A password cannot be hashed.
    #[error("пароль не обработан: {0}; повторите")]
    Hashing(String),
    /// A password that is too easy.
    #[error("пароль короче {min} знаков; придумайте длиннее")]
    ShortPassword {
        /// The shortest that is taken.
        min: usize,
    },
    /// Neither a telephone nor an e-mail.
    #[error("«{0}» — не телефон и не почта; пример: +7 912 000-00-00 или name@example.ru")]
    BadLogin(String),
    /// Somebody else signs in by it.
    #[error("этот телефон или почта уже у другого человека; укажите другой")]
    LoginTaken,
    /// A text that is too long.
    #[error("текст длиннее {max} знаков; сократите его или разделите на части")]
    LongText {
        /// The longest that is taken.
        max: usize,
    },
    /// A kept text has not its form.
    #[error("сохранённый текст повреждён; сообщите о дефекте")]
    BrokenNote,
    /// The task was shut down.
    #[error("запись прервалась; повторите")]
    Interrupted,
}
