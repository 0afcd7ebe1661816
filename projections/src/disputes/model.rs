//! A dispute as pages show it.

use aggregates::dispute::command::DisputeRequest;
use aggregates::dispute::event::{DisputeOutcome, DisputeRemedy, DisputeSide};
use aggregates::ids::DisputeId;
use aggregates::text::Code;
use aggregates::vocabulary::NoteRef;
use chrono::{DateTime, NaiveDate, Utc};

use crate::recorded::EventAt;

/// A dispute with all that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputeCard {
    /// Its id.
    pub id: DisputeId,
    /// What is contested, by whom, until when it is to be answered.
    pub opened: DisputeRequest,
    /// The event that opened it.
    pub event: EventAt,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// What was said since, in the order of the book.
    pub statements: Vec<Statement>,
    /// How it ended, once it has.
    pub end: Option<DisputeEnd>,
}

/// What one of the sides said.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Which side.
    pub side: DisputeSide,
    /// Who: the code of an actor.
    pub by: Code,
    /// What, kept outside.
    pub note: NoteRef,
    /// The event.
    pub event: EventAt,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
}

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq)]
pub enum DisputeEnd {
    /// The provider answered.
    Decided {
        /// Who is right.
        outcome: DisputeOutcome,
        /// How what was wrong is put right.
        remedy: Option<DisputeRemedy>,
        /// Day of the answer.
        on: NaiveDate,
        /// Why, kept outside.
        note: NoteRef,
        /// The event.
        event: EventAt,
        /// When the book took it in.
        recorded_at: DateTime<Utc>,
    },
    /// The one who contested took it back.
    Withdrawn {
        /// The event.
        event: EventAt,
        /// When the book took it in.
        recorded_at: DateTime<Utc>,
    },
}

/// Where a dispute stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeState {
    /// Waits for an answer, so many days are left; 0 on the last one.
    Waiting(i64),
    /// Waits for an answer that is so many days late.
    Late(i64),
    /// Answered.
    Decided(DisputeOutcome),
    /// Taken back.
    Withdrawn,
}

impl DisputeCard {
    /// Where it stands on `day`.
    pub fn state_on(&self, day: NaiveDate) -> DisputeState {
        match &self.end {
            Some(DisputeEnd::Decided { outcome, .. }) => DisputeState::Decided(*outcome),
            Some(DisputeEnd::Withdrawn { .. }) => DisputeState::Withdrawn,
            None => match (self.opened.answer_due - day).num_days() {
                late @ ..=-1 => DisputeState::Late(-late),
                left => DisputeState::Waiting(left),
            },
        }
    }

    /// Whether an answer is still owed.
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }
}
