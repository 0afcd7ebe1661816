//! Тарифы и нормативы.
//!
//! A tariff without an end holds until the next one for the same thing begins, in whatever order
//! the two were entered; a tariff with an end holds to it, and two that would overlap are refused.
//! “The same thing” is the same resource, component, zone and payers with ranges of volume that
//! have volumes in common: new bounds of the social norm end the old ones.

pub mod command;
pub mod error;
pub mod event;
mod rules;

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::dated::DatedRows;
use crate::ids::OrganisationId;
use crate::ledger::LedgerAggregate;
use crate::quantity::NormRate;
use crate::tariff_book::command::TariffBookCommand;
use crate::tariff_book::error::TariffBookError;
use crate::tariff_book::event::{TariffBookEvent, TariffKey, TariffPrice};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, AdoptionSource, Resource};

/// Tariffs and norms in force for a house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TariffBook {
    title: Option<Label>,
    /// Number of events so far: the sequence of the last one.
    events: u64,
    /// Tariffs that were not withdrawn, by sequence.
    tariffs: Vec<Tariff>,
    withdrawn: Vec<Withdrawal>,
    norms: Vec<NormRows>,
}

/// A tariff on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// Sequence of the event that set it.
    pub sequence: u64,
    /// What is priced and for whom.
    pub key: TariffKey,
    /// The price.
    pub price: TariffPrice,
    /// Its term as the act gives it; see [`TariffBook::tariff_on`] for when it really holds.
    pub validity: DateSpan,
    /// Who sells.
    pub supplier: OrganisationId,
    /// Act of the regulator.
    pub act: ActRef,
    /// Where it was adopted from, if not typed in here.
    pub adopted: Option<AdoptionSource>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Withdrawal {
    sequence: u64,
    reason: Code,
}

/// A norm on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Norm {
    /// How much.
    pub rate: NormRate,
    /// Act of the region.
    pub act: ActRef,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NormRows {
    resource: Resource,
    purpose: Code,
    category: Code,
    rows: DatedRows<Norm>,
}

impl TariffBook {
    /// Title, once opened.
    pub fn title(&self) -> Option<&Label> {
        self.title.as_ref()
    }

    /// All tariffs that were not withdrawn, in the order of recording.
    pub fn tariffs(&self) -> &[Tariff] {
        &self.tariffs
    }

    /// The tariff in force for `key` on `date`; `None` when none is known.
    pub fn tariff_on(&self, key: &TariffKey, date: NaiveDate) -> Option<&Tariff> {
        let holds = |tariff: &&Tariff| {
            let until = self.holds_until(tariff);
            tariff.validity.from() <= date && until.is_none_or(|until| date < until)
        };
        self.tariffs
            .iter()
            .filter(|tariff| tariff.key == *key)
            .find(holds)
    }

    /// The norm in force on `date`; `None` when none is known.
    pub fn norm_on(
        &self,
        resource: Resource,
        purpose: &Code,
        category: &Code,
        date: NaiveDate,
    ) -> Option<&Norm> {
        self.norm_rows(resource, purpose, category)?.on(date)
    }

    /// First day on which `tariff` holds no more: its own end, or the beginning of the next.
    fn holds_until(&self, tariff: &Tariff) -> Option<NaiveDate> {
        let rivals = self
            .tariffs
            .iter()
            .filter(|other| other.key.rivals(&tariff.key));
        let next = rivals
            .map(|other| other.validity.from())
            .filter(|from| *from > tariff.validity.from())
            .min();
        next.into_iter().chain(tariff.validity.until()).min()
    }

    fn norm_rows(
        &self,
        resource: Resource,
        purpose: &Code,
        category: &Code,
    ) -> Option<&DatedRows<Norm>> {
        let found = self.norms.iter().find(|known| {
            known.resource == resource && known.purpose == *purpose && known.category == *category
        });
        found.map(|known| &known.rows)
    }

    fn take_norm(
        &mut self,
        (resource, purpose, category): (Resource, Code, Code),
        validity: DateSpan,
        norm: Norm,
    ) {
        let place = self.norms.iter().position(|known| {
            known.resource == resource && known.purpose == purpose && known.category == category
        });
        match place {
            Some(place) => self.norms[place].rows.record(validity, norm),
            None => {
                let mut rows = DatedRows::default();
                rows.record(validity, norm);
                self.norms.push(NormRows {
                    resource,
                    purpose,
                    category,
                    rows,
                });
            }
        }
    }

    fn decide(&self, command: TariffBookCommand) -> Result<Vec<TariffBookEvent>, TariffBookError> {
        use TariffBookCommand as Command;
        match command {
            Command::OpenTariffBook { title } => self.open(title),
            Command::SetTariff {
                key,
                price,
                validity,
                supplier,
                act,
                adopted,
            } => {
                let sequence = self.events + 1;
                self.set(Tariff {
                    sequence,
                    key,
                    price,
                    validity,
                    supplier,
                    act,
                    adopted,
                })
            }
            Command::WithdrawTariff { tariff, reason } => self.withdraw(tariff, reason),
            Command::SetNorm {
                resource,
                purpose,
                category,
                rate,
                validity,
                act,
            } => self.set_norm((resource, purpose, category), validity, Norm { rate, act }),
        }
    }
}

impl Aggregate for TariffBook {
    const TYPE: &'static str = "tariff_book";
    type Command = TariffBookCommand;
    type Event = TariffBookEvent;
    type Error = TariffBookError;
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
        self.events += 1;
        match event {
            TariffBookEvent::TariffBookOpened { title } => self.title = Some(title),
            TariffBookEvent::TariffSet {
                key,
                price,
                validity,
                supplier,
                act,
                adopted,
            } => {
                let sequence = self.events;
                self.tariffs.push(Tariff {
                    sequence,
                    key,
                    price,
                    validity,
                    supplier,
                    act,
                    adopted,
                });
            }
            TariffBookEvent::TariffWithdrawn { tariff, reason } => {
                self.tariffs
                    .retain(|known| known.sequence != tariff.sequence);
                self.withdrawn.push(Withdrawal {
                    sequence: tariff.sequence,
                    reason,
                });
            }
            TariffBookEvent::NormSet {
                resource,
                purpose,
                category,
                rate,
                validity,
                act,
            } => {
                self.take_norm((resource, purpose, category), validity, Norm { rate, act });
            }
        }
    }
}

impl LedgerAggregate for TariffBook {
    const STATE_VERSION: u32 = 1;
}
