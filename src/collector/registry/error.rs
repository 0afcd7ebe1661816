//! What keeps lines from being read or written.

use crate::collector::driver::EndpointError;
use crate::collector::profile::ProfileError;
use crate::figures::FigureError;

/// Why the tables of the collector cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// They cannot be read or written.
    #[error("таблицы сборщика недоступны; проверьте, что PostgreSQL запущен и схема обновлена")]
    Database(#[from] sqlx::Error),
    /// Another collector has taken the line over.
    #[error("линию взял другой сборщик: эта запись не сделана")]
    LeaseLost,
    /// A stored address of a line cannot be read.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A stored profile is not known to this program.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// What is stored was not written by this program.
    #[error("в таблицах сборщика неожиданное значение: {0}")]
    Strange(String),
    /// A file of a line that contradicts itself or the ledger.
    #[error("{0}")]
    File(String),
}
