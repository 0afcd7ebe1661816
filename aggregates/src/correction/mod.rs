//! Исправление в четыре руки: asked for by one who has seen what it changes, approved by another.

pub mod command;
pub mod error;
pub mod event;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::correction::command::CorrectionCommand;
use crate::correction::error::CorrectionError;
use crate::correction::event::{CorrectionEffect, CorrectionEvent, CorrectionOperation};
use crate::ledger::LedgerAggregate;
use crate::text::Code;

/// A correction and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    requested: Option<Requested>,
    decided: Option<Decided>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    /// What is to be done.
    pub operation: Box<CorrectionOperation>,
    /// Who asked.
    pub by: Code,
    /// What it changes.
    pub effect: CorrectionEffect,
}

/// How a correction ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decided {
    Approved(Code),
    Declined(Code),
}

type Outcome = Result<Vec<CorrectionEvent>, CorrectionError>;

impl Correction {
    /// What was asked for, once it is.
    pub fn requested(&self) -> Option<&Requested> {
        self.requested.as_ref()
    }

    /// Whether it was approved and with that carried out.
    pub fn is_approved(&self) -> bool {
        matches!(self.decided, Some(Decided::Approved(_)))
    }

    fn request(&self, given: Requested) -> Outcome {
        check_sha256(&given.effect.effect_hash)?;
        if let Some(known) = &self.requested {
            return match *known == given {
                true => Ok(Vec::new()),
                false => Err(CorrectionError::RequestedDifferently),
            };
        }
        let Requested {
            operation,
            by,
            effect,
        } = given;
        Ok(vec![CorrectionEvent::CorrectionRequested {
            operation,
            by,
            effect,
        }])
    }

    fn approve(&self, by: Code, effect_hash: &Code) -> Outcome {
        let requested = self.requested.as_ref();
        let requested = requested.ok_or(CorrectionError::NotRequested)?;
        match &self.decided {
            Some(Decided::Approved(known)) if *known == by => return Ok(Vec::new()),
            Some(Decided::Approved(_)) => return Err(CorrectionError::Approved),
            Some(Decided::Declined(_)) => return Err(CorrectionError::Declined),
            None => {}
        }
        if requested.by == by {
            return Err(CorrectionError::SameActor);
        }
        match requested.effect.effect_hash == *effect_hash {
            true => Ok(vec![CorrectionEvent::CorrectionApproved { by }]),
            false => Err(CorrectionError::EffectMoved),
        }
    }

    fn decide(&self, command: CorrectionCommand) -> Outcome {
        match command {
            CorrectionCommand::RequestCorrection {
                operation,
                by,
                effect,
            } => self.request(Requested {
                operation,
                by,
                effect,
            }),
            CorrectionCommand::ApproveCorrection { by, effect_hash } => {
                self.approve(by, &effect_hash)
            }
            CorrectionCommand::DeclineCorrection { by, note } => {
                match (&self.requested, &self.decided) {
                    (None, _) => Err(CorrectionError::NotRequested),
                    (_, Some(Decided::Approved(_))) => Err(CorrectionError::Approved),
                    (_, Some(Decided::Declined(_))) => Ok(Vec::new()),
                    (Some(_), None) => Ok(vec![CorrectionEvent::CorrectionDeclined { by, note }]),
                }
            }
        }
    }
}

fn check_sha256(given: &Code) -> Result<(), CorrectionError> {
    let digits = given.as_str();
    match digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(CorrectionError::NotASha256(given.clone())),
    }
}

impl Aggregate for Correction {
    const TYPE: &'static str = "correction";
    type Command = CorrectionCommand;
    type Event = CorrectionEvent;
    type Error = CorrectionError;
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
            CorrectionEvent::CorrectionRequested {
                operation,
                by,
                effect,
            } => {
                self.requested = Some(Requested {
                    operation,
                    by,
                    effect,
                });
            }
            CorrectionEvent::CorrectionApproved { by } => {
                self.decided = Some(Decided::Approved(by));
            }
            CorrectionEvent::CorrectionDeclined { by, .. } => {
                self.decided = Some(Decided::Declined(by));
            }
        }
    }
}

impl LedgerAggregate for Correction {
    const STATE_VERSION: u32 = 1;
}
