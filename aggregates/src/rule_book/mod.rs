//! Правила, за которые в этой установке программы кто-то отвечает: one book for all houses.

pub mod command;
pub mod error;
pub mod event;

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::ledger::LedgerAggregate;
use crate::rule::RuleConfirmation;
use crate::rule_book::command::RuleBookCommand;
use crate::rule_book::error::RuleBookError;
use crate::rule_book::event::RuleBookEvent;
use crate::text::Code;

/// Which uncertain rows of the rules stand confirmed, by identity of the row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleBook {
    standing: BTreeMap<Code, Standing>,
}

/// How a row stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Standing {
    Confirmed(RuleConfirmation),
    Withdrawn(RuleConfirmation),
}

type Outcome = Result<Vec<RuleBookEvent>, RuleBookError>;

impl RuleBook {
    /// Who answers for the row, where somebody does.
    pub fn confirmation_of(&self, rule: &Code) -> Option<&RuleConfirmation> {
        match self.standing.get(rule)? {
            Standing::Confirmed(confirmation) => Some(confirmation),
            Standing::Withdrawn(_) => None,
        }
    }

    fn confirm(&self, rule: Code, parameter: Code, confirmation: RuleConfirmation) -> Outcome {
        let text = rule.as_str();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(RuleBookError::NotASha256 { rule });
        }
        match self.confirmation_of(&rule) {
            Some(known) if *known == confirmation => Ok(Vec::new()),
            Some(known) => Err(RuleBookError::ConfirmedAlready {
                by: known.to_string(),
            }),
            None => Ok(vec![RuleBookEvent::RuleConfirmed {
                rule,
                parameter,
                confirmation,
            }]),
        }
    }

    fn withdraw(&self, rule: Code, withdrawal: RuleConfirmation) -> Outcome {
        match self.standing.get(&rule) {
            None => Err(RuleBookError::NotConfirmed),
            Some(Standing::Withdrawn(known)) if *known == withdrawal => Ok(Vec::new()),
            Some(Standing::Withdrawn(_)) => Err(RuleBookError::NotConfirmed),
            Some(Standing::Confirmed(_)) => Ok(vec![RuleBookEvent::RuleConfirmationWithdrawn {
                rule,
                withdrawal,
            }]),
        }
    }

    fn decide(&self, command: RuleBookCommand) -> Outcome {
        match command {
            RuleBookCommand::ConfirmRule {
                rule,
                parameter,
                confirmation,
            } => self.confirm(rule, parameter, confirmation),
            RuleBookCommand::WithdrawRuleConfirmation { rule, withdrawal } => {
                self.withdraw(rule, withdrawal)
            }
        }
    }
}

impl Aggregate for RuleBook {
    const TYPE: &'static str = "rule_book";
    type Command = RuleBookCommand;
    type Event = RuleBookEvent;
    type Error = RuleBookError;
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
        let (rule, standing) = match event {
            RuleBookEvent::RuleConfirmed {
                rule, confirmation, ..
            } => (rule, Standing::Confirmed(confirmation)),
            RuleBookEvent::RuleConfirmationWithdrawn { rule, withdrawal } => {
                (rule, Standing::Withdrawn(withdrawal))
            }
        };
        self.standing.insert(rule, standing);
    }
}

impl LedgerAggregate for RuleBook {
    const STATE_VERSION: u32 = 1;
}
