//! Two small aggregates: what the store is tried with.

use aggregates::ledger::{LedgerAggregate, LedgerFact};
use chrono::{DateTime, Utc};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// Counts what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    pub opened: bool,
    pub total: i64,
    pub events: u64,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Refused the second time.
    Open,
    Add(i64),
    /// With a time and a natural key.
    Take {
        amount: i64,
        at: DateTime<Utc>,
        key: String,
    },
    /// So many events at once.
    AddMany(u32),
    /// Written in any script.
    Note(String),
    /// An event that cannot be kept: a fraction.
    Weigh,
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Opened,
    Added {
        amount: i64,
    },
    Taken {
        amount: i64,
        at: DateTime<Utc>,
        key: String,
    },
    Noted {
        text: String,
    },
    Weighed {
        weight: f64,
    },
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("already open")]
    AlreadyOpen,
    #[error("only positive amounts")]
    NotPositive,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Opened => "opened",
            Self::Added { .. } => "added",
            Self::Taken { .. } => "taken",
            Self::Noted { .. } => "noted",
            Self::Weighed { .. } => "weighed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1.0.0".to_owned()
    }
}

impl LedgerFact for Event {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Taken { at, .. } => Some(*at),
            _ => None,
        }
    }

    fn natural_key(&self) -> Option<String> {
        match self {
            Self::Taken { key, .. } => Some(key.clone()),
            _ => None,
        }
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refusal> {
        match command {
            Command::Open if self.opened => return Err(Refusal::AlreadyOpen),
            Command::Open => sink.write(Event::Opened, self).await,
            Command::Add(amount) => {
                sink.write(Event::Added { amount }, self).await;
                // Judged after it was written, so that a refusal must undo it.
                if amount <= 0 {
                    return Err(Refusal::NotPositive);
                }
            }
            Command::Take { amount, at, key } => {
                sink.write(Event::Taken { amount, at, key }, self).await;
            }
            Command::AddMany(count) => {
                for _ in 0..count {
                    sink.write(Event::Added { amount: 1 }, self).await;
                }
            }
            Command::Note(text) => sink.write(Event::Noted { text }, self).await,
            Command::Weigh => sink.write(Event::Weighed { weight: 1.5 }, self).await,
            Command::Nothing => {}
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.events += 1;
        match event {
            Event::Opened => self.opened = true,
            Event::Added { amount } | Event::Taken { amount, .. } => self.total += amount,
            Event::Noted { .. } | Event::Weighed { .. } => {}
        }
    }
}

impl LedgerAggregate for Counter {
    const STATE_VERSION: u32 = 1;
}

/// The same streams under the next program's idea of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterOfNextVersion {
    pub grand_total: i64,
}

impl Aggregate for CounterOfNextVersion {
    const TYPE: &'static str = "counter";
    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, _: Command, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        sink.write(Event::Added { amount: 1 }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        if let Event::Added { amount } | Event::Taken { amount, .. } = event {
            self.grand_total += amount;
        }
    }
}

impl LedgerAggregate for CounterOfNextVersion {
    const STATE_VERSION: u32 = 2;
}
