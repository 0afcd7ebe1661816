//! Why nothing could be measured.

use crate::figures::FigureError;
use crate::import::readings::ImportError;
use crate::import::report::ReportError;
use crate::read_models::ReadModelError;
use crate::store::error::{CommitError, StoreError};

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// An address of a database is none.
    #[error("адрес базы «{0}» не понят: нужен вид postgres://пользователь@узел/база")]
    BadUrl(String),
    /// The server would lose acknowledged events, so its speed says nothing.
    #[error(
        "сервер с {setting} = {value} теряет подтверждённое; включите {setting} и повторите: \
         скорость без этого ни о чём не говорит"
    )]
    NotDurable {
        /// Which setting.
        setting: &'static str,
        /// What it says.
        value: String,
    },
    /// A statement of the measurement failed.
    #[error("база данных отказала при измерении ({doing})")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An append was refused.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// An import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The report of an import failed.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A figure could not be told.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// Read models could not be brought up to date.
    #[error(transparent)]
    ReadModels(#[from] ReadModelError),
    /// The data of the measurement are not what it needs.
    #[error("данные для измерения негодны: {0}")]
    Material(String),
    /// A file or another program could not be used.
    #[error("не удалось {doing}")]
    Outside {
        /// What was being done.
        doing: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A program that was measured ended badly or said something unexpected.
    #[error("{program}: {said}")]
    Program {
        /// Which program.
        program: &'static str,
        /// Its words.
        said: String,
    },
    /// A task of the measurement was interrupted.
    #[error("измерение прервано")]
    Interrupted,
}

impl BenchError {
    /// For `map_err` on statements.
    pub(super) fn database(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// For `map_err` on files and programs.
    pub(super) fn outside(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Outside { doing, source }
    }

    /// For `map_err` on the making of material.
    pub(super) fn material(error: impl std::fmt::Display) -> Self {
        Self::Material(error.to_string())
    }
}
