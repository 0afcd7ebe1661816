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
use crate::tariff_book::event::{NormKey, RateBasis, TariffBookEvent, TariffKey, TariffPrice};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::AdoptionSource;

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
    /// Act of the regulator, or where the figure was read.
    pub basis: RateBasis,
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
    /// Act of the region, or where the figure was read.
    pub basis: RateBasis,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NormRows {
    key: NormKey,
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
    pub fn norm_on(&self, key: &NormKey, date: NaiveDate) -> Option<&Norm> {
        self.norm_rows(key)?.on(date)
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

    fn norm_rows(&self, key: &NormKey) -> Option<&DatedRows<Norm>> {
        self.norms
            .iter()
            .find(|known| known.key == *key)
            .map(|known| &known.rows)
    }

    fn take_norm(&mut self, key: NormKey, validity: DateSpan, norm: Norm) {
        match self.norms.iter().position(|known| known.key == key) {
            Some(place) => self.norms[place].rows.record(validity, norm),
            None => {
                let mut rows = DatedRows::default();
                rows.record(validity, norm);
                self.norms.push(NormRows { key, rows });
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
                basis,
                adopted,
            } => {
                let sequence = self.events + 1;
                self.set(Tariff {
                    sequence,
                    key,
                    price,
                    validity,
                    supplier,
                    basis,
                    adopted,
                })
            }
            Command::WithdrawTariff { tariff, reason } => self.withdraw(tariff, reason),
            Command::SetNorm {
                key,
                rate,
                validity,
                basis,
            } => self.set_norm(key, validity, Norm { rate, basis }),
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
                basis,
                adopted,
            } => {
                let sequence = self.events;
                self.tariffs.push(Tariff {
                    sequence,
                    key,
                    price,
                    validity,
                    supplier,
                    basis,
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
                key,
                rate,
                validity,
                basis,
            } => {
                self.take_norm(key, validity, Norm { rate, basis });
            }
        }
    }
}

impl LedgerAggregate for TariffBook {
    const STATE_VERSION: u32 = 1;
}
