//! Партия закрытий: a month of many houses, proposed by one and approved by another.

pub mod command;
pub mod error;
pub mod event;

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::closing_batch::command::ClosingBatchCommand;
use crate::closing_batch::error::ClosingBatchError;
use crate::closing_batch::event::{ClosingBatchEvent, HouseOutcome, HouseProposal};
use crate::ids::BookId;
use crate::ledger::LedgerAggregate;
use crate::quantity::Money;
use crate::text::Code;
use crate::time::Period;

/// A batch: its houses with their control totals, and what became of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosingBatch {
    proposed: Option<Proposed>,
    houses: BTreeMap<BookId, BatchHouse>,
    approved_by: Option<Code>,
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The month.
    pub period: Period,
    /// Who proposes.
    pub by: Code,
    /// How many bills all houses have.
    pub bills: u32,
    /// Sum of the charges.
    pub charged: Money,
    /// Sum of the adjustments.
    pub adjusted: Money,
    /// Hash over the control totals.
    pub totals_hash: Code,
}

/// A house of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchHouse {
    /// Its control totals.
    pub proposal: HouseProposal,
    /// What became of it; `None` before its turn.
    pub outcome: Option<HouseOutcome>,
}

type Outcome = Result<Vec<ClosingBatchEvent>, ClosingBatchError>;

impl ClosingBatch {
    /// What is proposed, once it is.
    pub fn proposed(&self) -> Option<&Proposed> {
        self.proposed.as_ref()
    }

    /// The houses by their books.
    pub fn houses(&self) -> &BTreeMap<BookId, BatchHouse> {
        &self.houses
    }

    /// Who agreed, once somebody did.
    pub fn approved_by(&self) -> Option<&Code> {
        self.approved_by.as_ref()
    }

    fn propose(&self, given: Proposed, houses: Vec<(BookId, HouseProposal)>) -> Outcome {
        check_sha256(&given.totals_hash)?;
        if let Some(known) = &self.proposed {
            return match known.totals_hash == given.totals_hash && known.by == given.by {
                true => Ok(Vec::new()),
                false => Err(ClosingBatchError::ProposedDifferently),
            };
        }
        let count = u32::try_from(houses.len()).map_err(|_| ClosingBatchError::SumTooLarge)?;
        if count == 0 {
            return Err(ClosingBatchError::Empty);
        }
        let (mut bills, mut charged, mut adjusted) = (0_u32, Money::ZERO, Money::ZERO);
        let mut events = Vec::with_capacity(houses.len() + 1);
        let mut seen = std::collections::BTreeSet::new();
        for (house, proposal) in houses {
            if !seen.insert(house) {
                return Err(ClosingBatchError::HouseRepeated(house));
            }
            check_sha256(&proposal.lines_root)?;
            let too_large = |_| ClosingBatchError::SumTooLarge;
            bills = bills.saturating_add(proposal.bills);
            charged = charged.checked_add(proposal.charged).map_err(too_large)?;
            adjusted = adjusted.checked_add(proposal.adjusted).map_err(too_large)?;
            events.push(ClosingBatchEvent::BatchHouseProposed { house, proposal });
        }
        let first = ClosingBatchEvent::BatchProposed {
            period: given.period,
            by: given.by,
            houses: count,
            bills,
            charged,
            adjusted,
            totals_hash: given.totals_hash,
        };
        events.insert(0, first);
        Ok(events)
    }

    fn approve(&self, by: Code, totals_hash: Code) -> Outcome {
        let proposed = self.proposed.as_ref();
        let proposed = proposed.ok_or(ClosingBatchError::NotProposed)?;
        if proposed.totals_hash != totals_hash {
            return Err(ClosingBatchError::OtherTotals);
        }
        if proposed.by == by {
            return Err(ClosingBatchError::SameActor);
        }
        match self.approved_by {
            Some(_) => Ok(Vec::new()),
            None => Ok(vec![ClosingBatchEvent::BatchApproved { by, totals_hash }]),
        }
    }

    fn finish(&self, house: BookId, outcome: HouseOutcome) -> Outcome {
        if self.approved_by.is_none() {
            return Err(ClosingBatchError::NotApproved);
        }
        let known = self.houses.get(&house);
        let known = known.ok_or(ClosingBatchError::NotInBatch(house))?;
        match known.outcome == Some(outcome) {
            true => Ok(Vec::new()),
            false => Ok(vec![ClosingBatchEvent::BatchHouseFinished {
                house,
                outcome,
            }]),
        }
    }

    fn decide(&self, command: ClosingBatchCommand) -> Outcome {
        match command {
            ClosingBatchCommand::ProposeBatch {
                period,
                by,
                houses,
                totals_hash,
            } => {
                let given = Proposed {
                    period,
                    by,
                    bills: 0,
                    charged: Money::ZERO,
                    adjusted: Money::ZERO,
                    totals_hash,
                };
                self.propose(given, houses)
            }
            ClosingBatchCommand::ApproveBatch { by, totals_hash } => self.approve(by, totals_hash),
            ClosingBatchCommand::FinishBatchHouse { house, outcome } => self.finish(house, outcome),
        }
    }
}

fn check_sha256(given: &Code) -> Result<(), ClosingBatchError> {
    let digits = given.as_str();
    match digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(ClosingBatchError::NotASha256(given.clone())),
    }
}

impl Aggregate for ClosingBatch {
    const TYPE: &'static str = "closing_batch";
    type Command = ClosingBatchCommand;
    type Event = ClosingBatchEvent;
    type Error = ClosingBatchError;
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
            ClosingBatchEvent::BatchProposed {
                period,
                by,
                houses: _,
                bills,
                charged,
                adjusted,
                totals_hash,
            } => {
                self.proposed = Some(Proposed {
                    period,
                    by,
                    bills,
                    charged,
                    adjusted,
                    totals_hash,
                });
            }
            ClosingBatchEvent::BatchHouseProposed { house, proposal } => {
                let outcome = None;
                self.houses.insert(house, BatchHouse { proposal, outcome });
            }
            ClosingBatchEvent::BatchApproved { by, .. } => self.approved_by = Some(by),
            ClosingBatchEvent::BatchHouseFinished { house, outcome } => {
                if let Some(known) = self.houses.get_mut(&house) {
                    known.outcome = Some(outcome);
                }
            }
        }
    }
}

impl LedgerAggregate for ClosingBatch {
    const STATE_VERSION: u32 = 1;
}
