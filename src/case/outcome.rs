//! What became of the entries of a case file.

use aggregates::meter::reading::{Finding, Proposal};
use serde::Serialize;

use crate::import::house::EntryStatus;
use crate::readings::{Answer, AnswerStatus};

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseEntry {
    /// Where it stands in the file: `readings[3]`, `house.premises[0] («12»).areas[0]`.
    pub path: String,
    /// What became of it.
    pub status: CaseStatus,
    /// What was found; empty where there is nothing to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What to do; absent where nothing needs to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// It counts.
    Taken,
    /// It counts, and something was noticed.
    Flagged,
    /// Another entry had said the same.
    Known,
    /// A reading that waited and was answered by another one.
    Answered,
    /// A reading that waits for an answer and does not count.
    Held,
    /// A reading that cannot be used.
    Rejected,
    /// It contradicts the others; it is as if it were not there.
    Refused,
}

impl CaseStatus {
    /// Whether somebody must look at the entry.
    pub fn needs_mending(self) -> bool {
        matches!(self, Self::Held | Self::Rejected | Self::Refused)
    }

    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Taken => "принято",
            Self::Flagged => "принято с отметкой",
            Self::Known => "повторяет другую запись",
            Self::Answered => "подтверждено или заменено другим показанием",
            Self::Held => "ждёт подтверждения",
            Self::Rejected => "отклонено проверкой",
            Self::Refused => "не принято",
        }
    }

    fn remedy_ru(self) -> Option<&'static str> {
        match self {
            Self::Taken | Self::Flagged | Self::Known | Self::Answered => None,
            Self::Held => Some(
                "исправьте значение или ответьте на это показание другим, с полем confirms; без \
                 этого оно в расчёт не входит",
            ),
            Self::Rejected => Some("исправьте показание; отклонённое проверкой в расчёт не входит"),
            Self::Refused => Some("исправьте запись и повторите; без неё она в расчёт не входит"),
        }
    }
}

impl CaseEntry {
    /// An entry with its status and what was found.
    pub(super) fn new(path: impl Into<String>, status: CaseStatus, reason: String) -> Self {
        Self {
            path: path.into(),
            status,
            reason,
            remedy: status.remedy_ru().map(str::to_owned),
        }
    }

    /// An entry that was carried out or refused.
    pub(super) fn carried_out(path: &str, outcome: Result<(), String>) -> Self {
        match outcome {
            Ok(()) => Self::new(path, CaseStatus::Taken, String::new()),
            Err(reason) => Self::new(path, CaseStatus::Refused, reason),
        }
    }

    /// A reading that was judged: what was found, and what it proposes to do.
    pub(super) fn answered(path: &str, answer: Result<&Answer, String>) -> Self {
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => return Self::new(path, CaseStatus::Refused, reason),
        };
        let found: Vec<String> = answer.findings.iter().map(Finding::explain_ru).collect();
        let mut entry = Self::new(path, status_of(answer.status), found.join(" "));
        let proposed = answer.proposals.iter().map(Proposal::explain_ru);
        let remedy = entry.remedy.take();
        let remedies: Vec<String> = proposed.chain(remedy).collect();
        entry.remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
        entry
    }

    /// Notes that a held reading was answered by one that counts.
    pub(super) fn settle_held(&mut self) {
        if self.status == CaseStatus::Held {
            (self.status, self.remedy) = (CaseStatus::Answered, None);
        }
    }

    /// An entry of the house.
    pub(super) fn of_house(path: &str, status: &EntryStatus) -> Self {
        let path = format!("house.{path}");
        match status {
            EntryStatus::Taken { .. } => Self::new(path, CaseStatus::Taken, String::new()),
            EntryStatus::Known => Self::new(path, CaseStatus::Known, String::new()),
            EntryStatus::Refused { reason } => Self::new(path, CaseStatus::Refused, reason.clone()),
        }
    }
}

fn status_of(status: AnswerStatus) -> CaseStatus {
    match status {
        AnswerStatus::Accepted | AnswerStatus::Corrected => CaseStatus::Taken,
        AnswerStatus::Flagged => CaseStatus::Flagged,
        AnswerStatus::Repeated => CaseStatus::Known,
        AnswerStatus::Held => CaseStatus::Held,
        AnswerStatus::Rejected => CaseStatus::Rejected,
    }
}
