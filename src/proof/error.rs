//! What keeps a proof from being made.

use uuid::Uuid;

use crate::proof::note::NoteError;
use crate::store::error::StoreError;

/// Why there is no checkpoint or proof. Nothing is signed that could not be shown later.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The book cannot be read, or is not there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Positions of the book are not 1, 2, 3 …
    #[error(
        "журнал {book}: нет события на позиции {expected}; такой журнал не подписывается — \
         запустите `books verify`"
    )]
    Gap {
        /// The book.
        book: Uuid,
        /// The position that should have come.
        expected: u64,
    },
    /// The book ends before what was signed.
    #[error(
        "журнал {book} короче подписанной отметки ({signed}): события пропали; восстановите базу \
         из более новой копии"
    )]
    Shortened {
        /// The book.
        book: Uuid,
        /// Events of the checkpoint.
        signed: u64,
    },
    /// What is kept of the last checkpoint does not fit its note.
    #[error("последняя отметка журнала {0} в базе испорчена: её корень не тот, что подписан")]
    BrokenCheckpoint(Uuid),
    /// The last checkpoint is not one of ours.
    #[error(
        "последняя отметка журнала {book} подписана другим ключом; верните файл checkpoint.key, \
         которым подписывали раньше"
    )]
    OtherKey {
        /// The book.
        book: Uuid,
        /// What is wrong with the signature.
        #[source]
        source: NoteError,
    },
    /// A checkpoint of the database cannot be read.
    #[error("отметка журнала {book} в базе не читается")]
    BadNote {
        /// The book.
        book: Uuid,
        /// Why.
        #[source]
        source: NoteError,
    },
    /// No such event.
    #[error("в отметке журнала {book} нет позиции {position}: событий {size}")]
    NoSuchPosition {
        /// The book.
        book: Uuid,
        /// What was asked for.
        position: u64,
        /// Events of the checkpoint.
        size: u64,
    },
}
