//! Спор: a figure of a bill is contested, both sides speak, the provider answers in its term.

pub mod command;
pub mod error;
pub mod event;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::dispute::command::{DisputeCommand, DisputeRequest};
use crate::dispute::error::DisputeError;
use crate::dispute::event::{DisputeEvent, DisputeOutcome, DisputeRemedy, DisputeSide};
use crate::ledger::LedgerAggregate;
use crate::text::Code;
use crate::vocabulary::NoteRef;

/// A dispute and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    opened: Option<DisputeRequest>,
    last: Option<(DisputeSide, NoteRef)>,
    ended: Option<Ended>,
}

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    Decided(Box<DisputeEvent>),
    Withdrawn,
}

type Outcome = Result<Vec<DisputeEvent>, DisputeError>;

impl Dispute {
    /// What was contested, once it is.
    pub fn opened(&self) -> Option<&DisputeRequest> {
        self.opened.as_ref()
    }

    /// Whether both sides may still speak.
    pub fn is_open(&self) -> bool {
        self.opened.is_some() && self.ended.is_none()
    }

    fn open(&self, given: DisputeRequest) -> Outcome {
        if let Some(known) = &self.opened {
            return match *known == given {
                true => Ok(Vec::new()),
                false => Err(DisputeError::OpenedDifferently),
            };
        }
        if given.answer_due < given.on {
            return Err(DisputeError::DueBeforeRequest {
                on: given.on,
                due: given.answer_due,
            });
        }
        Ok(vec![DisputeEvent::DisputeOpened {
            subject: given.subject,
            claim: given.claim,
            provider: given.provider,
            on: given.on,
            answer_due: given.answer_due,
            by: given.by,
            note: given.note,
        }])
    }

    fn add_statement(&self, side: DisputeSide, by: Code, note: NoteRef) -> Outcome {
        if self.last.as_ref() == Some(&(side, note.clone())) {
            return Ok(Vec::new());
        }
        self.require_open()?;
        Ok(vec![DisputeEvent::StatementAdded { side, by, note }])
    }

    /// `decision` as the event that it becomes.
    fn answer(&self, decision: DisputeEvent) -> Outcome {
        if self.ended == Some(Ended::Decided(Box::new(decision.clone()))) {
            return Ok(Vec::new());
        }
        let opened = self.require_open()?;
        if let DisputeEvent::DisputeDecided {
            outcome,
            remedy,
            by,
            ..
        } = &decision
        {
            if *by == opened.by {
                return Err(DisputeError::OwnDispute);
            }
            check_remedy(*outcome, *remedy)?;
        }
        Ok(vec![decision])
    }

    fn withdraw(&self, by: Code) -> Outcome {
        if self.ended == Some(Ended::Withdrawn) {
            return Ok(Vec::new());
        }
        match self.require_open()?.by == by {
            true => Ok(vec![DisputeEvent::DisputeWithdrawn { by }]),
            false => Err(DisputeError::NotTheirs),
        }
    }

    fn require_open(&self) -> Result<&DisputeRequest, DisputeError> {
        match self.ended {
            Some(Ended::Decided(_)) => Err(DisputeError::Decided),
            Some(Ended::Withdrawn) => Err(DisputeError::Withdrawn),
            None => self.opened.as_ref().ok_or(DisputeError::NotOpened),
        }
    }

    fn decide(&self, command: DisputeCommand) -> Outcome {
        match command {
            DisputeCommand::OpenDispute(request) => self.open(request),
            DisputeCommand::AddStatement { side, by, note } => self.add_statement(side, by, note),
            DisputeCommand::DecideDispute {
                outcome,
                remedy,
                on,
                by,
                note,
            } => self.answer(DisputeEvent::DisputeDecided {
                outcome,
                remedy,
                on,
                by,
                note,
            }),
            DisputeCommand::WithdrawDispute { by } => self.withdraw(by),
        }
    }
}

/// What was wrong has to be put right, and nothing else.
fn check_remedy(
    outcome: DisputeOutcome,
    remedy: Option<DisputeRemedy>,
) -> Result<(), DisputeError> {
    match (outcome == DisputeOutcome::Rejected, remedy.is_some()) {
        (false, false) => Err(DisputeError::RemedyMissing),
        (true, true) => Err(DisputeError::RemedyNeedless),
        _ => Ok(()),
    }
}

impl Aggregate for Dispute {
    const TYPE: &'static str = "dispute";
    type Command = DisputeCommand;
    type Event = DisputeEvent;
    type Error = DisputeError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            DisputeEvent::DisputeOpened {
                subject,
                claim,
                provider,
                on,
                answer_due,
                by,
                note,
            } => {
                self.opened = Some(DisputeRequest {
                    subject,
                    claim,
                    provider,
                    on,
                    answer_due,
                    by,
                    note,
                });
            }
            DisputeEvent::StatementAdded { side, note, .. } => self.last = Some((side, note)),
            decided @ DisputeEvent::DisputeDecided { .. } => {
                self.ended = Some(Ended::Decided(Box::new(decided)));
            }
            DisputeEvent::DisputeWithdrawn { .. } => self.ended = Some(Ended::Withdrawn),
        }
    }
}

impl LedgerAggregate for Dispute {
    const STATE_VERSION: u32 = 1;
}
