//! What can be wrong with the data files carried in the program.

use thiserror::Error;

/// A data file of the demonstration that cannot be used.
///
/// The files are compiled in, so the remedy is always the same: restore the file and build again.
#[derive(Debug, Error)]
pub enum DemoDataError {
    /// The file is not CSV of the expected columns.
    #[error(
        "файл демонстрации {file} не читается: восстановите его из репозитория \
         и соберите программу заново"
    )]
    Csv {
        /// Name of the file under `src/demo/data/`.
        file: &'static str,
        /// What the reader found, with the line.
        #[source]
        source: csv::Error,
    },
    /// The file is not JSON of the expected fields.
    #[error(
        "файл демонстрации {file} не читается: восстановите его из репозитория \
         и соберите программу заново"
    )]
    Json {
        /// Name of the file under `src/demo/data/`.
        file: &'static str,
        /// What the reader found, with the line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The file reads well but says something impossible.
    #[error(
        "файл демонстрации {file}: {problem}; восстановите его из репозитория \
         и соберите программу заново"
    )]
    Content {
        /// Name of the file under `src/demo/data/`.
        file: &'static str,
        /// What is impossible about it.
        problem: String,
    },
    /// A fact written in the plan of the demonstration is not of its form.
    #[error("план демонстрации: «{fact}» — {problem}; сообщите разработчикам")]
    Plan {
        /// The fact.
        fact: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl DemoDataError {
    /// A fact of the plan that is not of its form.
    pub(super) fn plan(fact: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Plan {
            fact: fact.into(),
            problem: problem.to_string(),
        }
    }

    /// An impossible content of `file`.
    pub(super) fn content(file: &'static str, problem: impl Into<String>) -> Self {
        Self::Content {
            file,
            problem: problem.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_how_to_mend_it() {
        assert_eq!(
            DemoDataError::content("houses.json", "нет квартиры 5").to_string(),
            "файл демонстрации houses.json: нет квартиры 5; восстановите его из репозитория \
             и соберите программу заново"
        );
    }
}
