//! Taking in readings: by whatever way they come, they are judged by the same facts in the same
//! unit of work.

mod peers;
mod record;
mod siblings;

use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::reading::{Finding, Proposal, RegisterValue};
use aggregates::meter::submission::{Confirmation, Outcome};
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::{ActRef, ReadingSource};
use chrono::{DateTime, Utc};
use projections::directory::fold::AccountCard;
use serde::Serialize;

pub use peers::flag_outliers;
pub use record::{Refusal, answer_of, record};
pub use siblings::note_missing;

/// What is said of a submission that is nothing new.
pub const REPEATED_RU: &str = "такое показание уже есть; ответ — прежняя квитанция";

/// A reading on its way in; its meter has been found in the book.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which meter.
    pub meter: MeterId,
    /// What its registers showed.
    pub values: Vec<RegisterValue>,
    /// When the display showed it.
    pub taken_at: DateTime<Utc>,
    /// When we got it.
    pub received_at: DateTime<Utc>,
    /// Who reports.
    pub source: ReadingSource,
    /// By which way.
    pub channel: Code,
    /// The account it was sent from, where it was.
    pub account: Option<AccountCard>,
    /// The submission's own identity, where it has one.
    pub origin: Option<Label>,
    /// The held reading that it answers.
    pub confirms: Option<Confirmation>,
    /// Act of a контрольное снятие; a reading with it is one, whatever its source says.
    pub act: Option<ActRef>,
}

/// What became of a reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// «принято», «принято с отметкой», «ждёт подтверждения», «отклонено», repeated or corrected.
    pub status: AnswerStatus,
    /// The event that carries it.
    pub event: EventId,
    /// The settlement period it belongs to.
    pub period: Option<Period>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What can be done.
    pub proposals: Vec<Proposal>,
    /// The findings in Russian: what happened and what to do.
    pub messages: Vec<String>,
}

/// Outcomes of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// «Принято».
    Accepted,
    /// «Принято с отметкой».
    Flagged,
    /// «Ждёт подтверждения».
    Held,
    /// «Отклонено»: kept, but cannot be used.
    Rejected,
    /// Was here already; the receipt is the first one's.
    Repeated,
    /// The same submission came with another value: the earlier reading was corrected.
    Corrected,
}

impl AnswerStatus {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::Flagged => Self::Flagged,
            Outcome::Held => Self::Held,
            Outcome::Rejected => Self::Rejected,
        }
    }

    /// Whether the reading counts, now or already before.
    pub fn is_taken(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Flagged | Self::Repeated | Self::Corrected
        )
    }

    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Accepted => "принято",
            Self::Flagged => "принято с отметкой",
            Self::Held => "ждёт подтверждения",
            Self::Rejected => "отклонено",
            Self::Repeated => "уже было",
            Self::Corrected => "исправлено",
        }
    }
}
