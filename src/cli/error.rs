//! Errors as the command line shows them: what is wrong, where, how to mend it.

use std::fmt::Write as _;

/// A command that did not succeed.
#[derive(Debug)]
pub(crate) struct CliError {
    what: String,
    remedy: Option<String>,
    code: u8,
}

/// Exit code of an unusable file or argument.
pub(crate) const UNUSABLE: u8 = 2;
/// Exit code of a run in which some rows were refused.
pub(crate) const SOME_REFUSED: u8 = 3;

impl CliError {
    /// A failure of the run (exit code 1).
    pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            what: chain(error),
            remedy: None,
            code: 1,
        }
    }

    /// A failure told in one's own words (exit code 1).
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
            code: 1,
        }
    }

    /// An unusable file or argument (exit code 2).
    pub(crate) fn unusable(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
            code: UNUSABLE,
        }
    }

    /// Adds how to mend it.
    pub(crate) fn mend(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Exit code of the process.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ошибка: {}", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\nКак исправить: {remedy}"),
            None => Ok(()),
        }
    }
}

/// The error and what caused it, each once.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        if !text.contains(&told) && write!(text, "\n  причина: {told}").is_err() {
            break;
        }
        cause = inner.source();
    }
    text
}

macro_rules! failures {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::failed(&error)
            }
        }
    )*};
}

failures!(
    crate::api::ApiError,
    crate::api::TokenError,
    crate::bench::BenchError,
    crate::bills::BillError,
    crate::closing::CloseError,
    crate::collector::collect::CollectError,
    crate::collector::profile::ProfileError,
    crate::collector::registry::RegistryError,
    crate::corrections::CorrectionFailure,
    crate::embedded::EmbeddedError,
    crate::figures::FigureError,
    crate::import::house::RecordHouseError,
    crate::import::report::ReportError,
    crate::proof::error::ProofError,
    crate::read_models::ReadModelError,
    crate::rules::book::RuleError,
    crate::sites::SitesError,
    crate::store::error::StoreError,
    projections::rules::RulesError,
    serde_json::Error,
    std::io::Error,
);
